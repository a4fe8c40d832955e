// Instance and Caller of the public interface.
#include <utility>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "engine/instantiate.hpp"
#include "engine/link.hpp"
#include "engine/module_data.hpp"
#include "engine/store_data.hpp"
#include "engine/traps.hpp"
#include "runtime/budget.hpp"

namespace weir {

using detail::Access;
using detail::ModuleData;
using detail::StoreData;

namespace {

ModuleData const& module_of(runtime::Instance const& instance) noexcept {
  return *static_cast<ModuleData const*>(instance.code.get());
}

engine::ImportedEntity entity_at(runtime::Instance const& instance, ExternKind kind, std::uint32_t index) noexcept {
  engine::ImportedEntity entity;
  switch (kind) {
  case ExternKind::func: entity.function = instance.functions[index]; break;
  case ExternKind::table: entity.table = instance.tables[index]; break;
  case ExternKind::memory: entity.memory = instance.memories[index]; break;
  default: entity.global = instance.globals[index];
  }
  return entity;
}

Error no_export(ModuleData const& module, std::string_view name) {
  constexpr std::size_t shown = 20;
  std::string list;
  auto const& exports = module.module.exports;
  for (std::size_t i = 0; i < exports.size() && i < shown; ++i) {
    list += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", base::printable(exports[i].name, 60));
  }
  return {ErrorKind::usage, fmt::format("the instance has no export \"{}\"; it exports {}{}", base::printable(name),
                                        exports.empty() ? "nothing" : list, exports.size() > shown ? ", ..." : "")};
}

Result<Extern> find_export(StoreData& store, runtime::Instance const& instance, std::string_view name) {
  auto const& module = module_of(instance);
  auto const found = module.exports.find(name);
  if (found == module.exports.end()) {
    return std::unexpected(no_export(module, name));
  }
  auto const& entry = module.module.exports[found->second];
  return engine::extern_for(store, entry.kind, entity_at(instance, entry.kind, entry.index));
}

// The export as a T, or an error that says what it is.
template <class T>
Result<T> as(Result<Extern> found, std::string_view name) {
  if (!found.has_value()) {
    return std::unexpected(std::move(found).error());
  }
  if (auto* const wanted = std::get_if<T>(&*found)) {
    return *wanted;
  }
  return std::unexpected(Error{ErrorKind::usage, fmt::format("export \"{}\" is a {}, not a {}", base::printable(name),
                                                             to_string(static_cast<ExternKind>(found->index())),
                                                             to_string(static_cast<ExternKind>(Extern{T{}}.index())))});
}

template <class T>
Result<T> get_as(Instance const& instance, StoreContext store, std::string_view name) {
  return engine::guarded([&]() -> Result<T> { return as<T>(instance.get_export(store, name), name); });
}

} // namespace

Result<Module> Instance::module(StoreContext store) const {
  return engine::in_store<runtime::OwnedInstance>(
      store, *this, [](StoreData&, runtime::OwnedInstance& instance) -> Result<Module> {
        return Access::make_module(std::static_pointer_cast<ModuleData const>(instance.code));
      });
}

Result<std::vector<Export>> Instance::exports(StoreContext context) const {
  return engine::in_store<runtime::OwnedInstance>(
      context, *this, [](StoreData& store, runtime::OwnedInstance& instance) -> Result<std::vector<Export>> {
        std::vector<Export> exports;
        exports.reserve(instance.module->exports.size());
        for (auto const& entry : instance.module->exports) {
          exports.push_back({std::string{entry.name},
                             engine::extern_for(store, entry.kind, entity_at(instance, entry.kind, entry.index))});
        }
        return exports;
      });
}

Result<Extern> Instance::get_export(StoreContext context, std::string_view name) const {
  return engine::in_store<runtime::OwnedInstance>(
      context, *this, [&](StoreData& store, runtime::OwnedInstance& instance) -> Result<Extern> {
        return find_export(store, instance, name);
      });
}

Result<Func> Instance::get_func(StoreContext store, std::string_view name) const {
  return get_as<Func>(*this, store, name);
}
Result<Memory> Instance::get_memory(StoreContext store, std::string_view name) const {
  return get_as<Memory>(*this, store, name);
}
Result<Table> Instance::get_table(StoreContext store, std::string_view name) const {
  return get_as<Table>(*this, store, name);
}
Result<Global> Instance::get_global(StoreContext store, std::string_view name) const {
  return get_as<Global>(*this, store, name);
}

Result<void> Instance::reset(StoreContext context) const {
  return engine::in_store<runtime::OwnedInstance>(
      context, *this, [](StoreData& store, runtime::OwnedInstance& instance) -> Result<void> {
        if (store.depth != 0) {
          return std::unexpected(Error{ErrorKind::usage,
                                       "an instance can't be reset while a call into its store is active, which may "
                                       "still need what a reset takes away; return from it first"});
        }
        for (auto i = instance.module->imported_memories; i < instance.memories.size(); ++i) {
          if (static_cast<runtime::OwnedMemory const*>(instance.memories[i])->pins != 0) {
            return std::unexpected(
                Error{ErrorKind::usage,
                      fmt::format(
                          "the instance can't be reset while Memory::with_mutable gives access to its memory {}", i)});
          }
        }
        return engine::reset(store, instance);
      });
}

// ---- Caller

namespace {

Error no_instance() {
  return {ErrorKind::usage, "the host function was called by the host itself, so there is no calling instance"};
}

} // namespace

std::optional<Instance> Caller::instance() const noexcept {
  return instance_ != nullptr
             ? std::optional{engine::handle_for<Instance>(
                   *store_, static_cast<runtime::OwnedInstance*>(static_cast<runtime::Instance*>(instance_)))}
             : std::nullopt;
}

Result<Memory> Caller::memory(std::uint32_t index) const {
  return engine::in_store(Access::context(store_), [&](StoreData& store) -> Result<Memory> {
    if (instance_ == nullptr) {
      return std::unexpected(no_instance());
    }
    auto const& memories = static_cast<runtime::Instance*>(instance_)->memories;
    if (index >= memories.size()) {
      return std::unexpected(Error{ErrorKind::usage, fmt::format("the calling instance has {} memories, so there is no "
                                                                 "memory {}",
                                                                 memories.size(), index)});
    }
    return engine::handle_for<Memory>(store, static_cast<runtime::OwnedMemory*>(memories[index]));
  });
}

Result<Extern> Caller::get_export(std::string_view name) const {
  return engine::in_store(Access::context(store_), [&](StoreData& store) -> Result<Extern> {
    if (instance_ == nullptr) {
      return std::unexpected(no_instance());
    }
    return find_export(store, *static_cast<runtime::Instance*>(instance_), name);
  });
}

Result<Memory> Caller::get_memory(std::string_view name) const {
  return engine::guarded([&]() -> Result<Memory> { return as<Memory>(get_export(name), name); });
}

Result<Func> Caller::get_func(std::string_view name) const {
  return engine::guarded([&]() -> Result<Func> { return as<Func>(get_export(name), name); });
}

void* Caller::data_pointer(char const* tag) const noexcept {
  return store_->host_data_tag == tag ? store_->host_data.get() : nullptr;
}

Engine const& Caller::engine() const noexcept { return store_->engine; }

Result<void> Caller::check_interrupt() {
  return engine::in_store(Access::context(store_), [&](StoreData& store) -> Result<void> {
    auto const reason = runtime::stop_requested(*store.execution);
    if (reason == TrapReason::none) [[likely]] {
      return {};
    }
    return std::unexpected(engine::stop_error(store, reason));
  });
}

std::vector<TrapFrame> Caller::backtrace() const {
  return platform::guard_allocation([&] { return engine::backtrace_now(*store_); },
                                    [] { return std::vector<TrapFrame>{}; });
}

} // namespace weir
