#include "engine/instantiate.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/leb128.hpp"
#include "base/utf8.hpp"
#include "engine/call.hpp"
#include "engine/constant.hpp"
#include "engine/read_only.hpp"
#include "engine/traps.hpp"
#include "execute/entry.hpp"
#include "runtime/memory.hpp"
#include "runtime/table.hpp"

namespace weir::engine {

using detail::ModuleData;
using detail::StoreData;
using runtime::OwnedInstance;

namespace {

// One instantiation under way.
class Instantiation {
 public:
  Instantiation(StoreData& store, ModuleData const& data, OwnedInstance& instance) noexcept
      : store_(store), data_(data), module_(data.module), instance_(instance) {}

  void take_imports(std::span<ImportedEntity const> imports);
  Result<void> make_entities();
  void keep_passive_segments();
  void finish_context();
  // Active segments; those from a table or memory of this index on.
  Result<void> fill_tables(std::size_t from = 0);
  Result<void> fill_memories(std::size_t from = 0);
  // What the instance defines itself becomes what make_entities() made of it, and its own segments are there again.
  void restore_entities();
  Result<void> fill_own();
  Result<void> run_start();

 private:
  void make_functions();
  Result<void> make_tables();
  Result<void> make_memories();
  void make_globals();
  std::vector<std::uint64_t> evaluate_elements(wasm::ElementSegment const& segment) const;

  StoreData& store_;
  ModuleData const& data_;
  wasm::Module const& module_;
  OwnedInstance& instance_;
};

void Instantiation::take_imports(std::span<ImportedEntity const> imports) {
  instance_.functions.reserve(module_.functions.size());
  instance_.tables.reserve(module_.tables.size());
  instance_.memories.reserve(module_.memories.size());
  instance_.globals.reserve(module_.globals.size());
  for (std::size_t i = 0; i < imports.size(); ++i) {
    switch (module_.imports[i].kind) {
    case ExternKind::func: instance_.functions.push_back(imports[i].function); break;
    case ExternKind::table: instance_.tables.push_back(imports[i].table); break;
    case ExternKind::memory: instance_.memories.push_back(imports[i].memory); break;
    case ExternKind::global: instance_.globals.push_back(imports[i].global); break;
    case ExternKind::tag: break;
    }
  }
}

void Instantiation::make_functions() {
  std::uint32_t const count = data_.defined_functions();
  if (count == 0) {
    return;
  }
  instance_.own_functions = std::make_unique<runtime::Function[]>(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto& function = instance_.own_functions[i];
    std::uint32_t const type = module_.functions[module_.imported_functions + i];
    function.type_id = data_.type_ids.ids()[type];
    function.record = &data_.records[i];
    function.entry = function.record->entry.load(std::memory_order_acquire);
    function.context = &instance_.context;
    function.type = &module_.types[type];
    function.store = &store_;
    instance_.functions.push_back(&function);
  }
}

// What a limit refused to a module that is being instantiated: says so.
Error asked_by_module(ModuleData const& module, Error error, std::string_view what_for) {
  if (error.kind() != ErrorKind::limit) {
    return error;
  }
  auto const& name = names_of(module).module;
  return {ErrorKind::limit,
          fmt::format("{}; asked by instantiating {}{}", error.message(),
                      name.empty() ? "the module" : fmt::format("module `{}`", base::printable(name)), what_for)};
}

Result<void> Instantiation::make_tables() {
  for (std::size_t i = module_.imported_tables; i < module_.tables.size(); ++i) {
    auto const& declared = module_.tables[i];
    std::uint64_t const init = declared.init.has_value() ? evaluate(instance_, *declared.init)[0] : 0;
    auto table = runtime::create_table(store_.resources, declared.type, init);
    if (!table.has_value()) {
      return std::unexpected(asked_by_module(data_, std::move(table).error(), fmt::format(" for its table {}", i)));
    }
    (*table)->store = &store_;
    store_.tables.push_back(*std::move(table));
    instance_.tables.push_back(store_.tables.back().get());
  }
  return {};
}

Result<void> Instantiation::make_memories() {
  for (std::size_t i = module_.imported_memories; i < module_.memories.size(); ++i) {
    auto memory =
        runtime::create_memory(store_.resources, module_.memories[i], data_.engine_data->config.memory_reservation());
    if (!memory.has_value()) {
      return std::unexpected(asked_by_module(data_, std::move(memory).error(), fmt::format(" for its memory {}", i)));
    }
    (*memory)->store = &store_;
    store_.memories.push_back(*std::move(memory));
    instance_.memories.push_back(store_.memories.back().get());
  }
  return {};
}

void Instantiation::make_globals() {
  std::size_t const count = module_.globals.size() - module_.imported_globals;
  if (count == 0) {
    return;
  }
  auto* const own = store_.globals.emplace_back(std::make_unique<runtime::Global[]>(count)).get();
  for (std::size_t i = 0; i < count; ++i) {
    auto const& declared = module_.globals[module_.imported_globals + i];
    auto const value = evaluate(instance_, declared.init);
    own[i].value[0] = value[0];
    own[i].value[1] = value[1];
    own[i].type = declared.type;
    own[i].store = &store_;
    instance_.globals.push_back(own + i);
  }
}

Result<void> Instantiation::make_entities() {
  make_functions();
  make_globals(); // before tables: a table's initial value may name a global
  if (auto done = make_tables(); !done.has_value()) {
    return done;
  }
  return make_memories();
}

void Instantiation::finish_context() {
  auto& context = instance_.context;
  context.globals = instance_.globals.data();
  context.own_globals =
      instance_.globals.size() > module_.imported_globals ? instance_.globals[module_.imported_globals] : nullptr;
  context.functions = instance_.functions.data();
  context.tables = instance_.tables.data();
  context.memories = instance_.memories.data();
  context.execution = store_.execution.get();
  context.instance = &instance_;
  execute::set_exits(store_.engine_data->backend, context);
  if (!instance_.memories.empty()) {
    auto& memory = *instance_.memories.front();
    memory.contexts.push_back(&context);
    context.set_memory(memory.base, memory.size);
  }
}

std::vector<std::uint64_t> Instantiation::evaluate_elements(wasm::ElementSegment const& segment) const {
  std::vector<std::uint64_t> values;
  values.reserve(segment.count); // decode has found every one of them in the bytes
  if (segment.is_expressions) {
    std::uint32_t offset = segment.items.offset;
    for (std::uint32_t i = 0; i < segment.count; ++i) {
      values.push_back(evaluate_next(instance_, offset, segment.items.offset + segment.items.size)[0]);
    }
    return values;
  }
  auto const items = module_.view(segment.items);
  std::uint8_t const* at = items.data();
  for (std::uint32_t i = 0; i < segment.count; ++i) {
    std::uint32_t index = 0;
    (void)base::read_leb(at, items.data() + items.size(), index);
    values.push_back(reinterpret_cast<std::uintptr_t>(instance_.functions[index]));
  }
  return values;
}

void Instantiation::keep_passive_segments() {
  instance_.elements.resize(module_.elements.size());
  for (std::size_t i = 0; i < module_.elements.size(); ++i) {
    if (module_.elements[i].mode == wasm::SegmentMode::passive) {
      instance_.elements[i] = evaluate_elements(module_.elements[i]);
    }
  }
  instance_.data.resize(module_.data.size());
  for (std::size_t i = 0; i < module_.data.size(); ++i) {
    if (module_.data[i].mode == wasm::SegmentMode::passive) {
      instance_.data[i] = module_.view(module_.data[i].data);
    }
  }
}

Result<void> Instantiation::fill_tables(std::size_t from) {
  for (std::size_t i = 0; i < module_.elements.size(); ++i) {
    auto const& segment = module_.elements[i];
    if (segment.mode != wasm::SegmentMode::active || segment.table < from) {
      continue;
    }
    auto const values = evaluate_elements(segment);
    auto& table = *instance_.tables[segment.table];
    auto const offset_value = evaluate(instance_, segment.offset)[0];
    std::uint64_t const offset = table.type.is_64 ? offset_value : static_cast<std::uint32_t>(offset_value);
    std::uint64_t const size = table.elements.size();
    if (offset > size || values.size() > size - offset) {
      return std::unexpected(segment_error(
          TrapReason::out_of_bounds_table,
          fmt::format("out of bounds table access: element segment {} puts {} elements at {} into a table of {}", i,
                      values.size(), offset, size)));
    }
    std::ranges::copy(values, table.elements.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  return {};
}

Result<void> Instantiation::fill_memories(std::size_t from) {
  for (std::size_t i = 0; i < module_.data.size(); ++i) {
    auto const& segment = module_.data[i];
    if (segment.mode != wasm::SegmentMode::active || segment.memory < from) {
      continue;
    }
    auto const bytes = module_.view(segment.data);
    auto& memory = *instance_.memories[segment.memory];
    auto const offset_value = evaluate(instance_, segment.offset)[0];
    std::uint64_t const offset = memory.type.is_64 ? offset_value : static_cast<std::uint32_t>(offset_value);
    if (offset > memory.size || bytes.size() > memory.size - offset) {
      return std::unexpected(segment_error(
          TrapReason::out_of_bounds_memory,
          fmt::format(
              "out of bounds memory access: data segment {} puts {} bytes at {:#x} into a memory of {:#x} bytes", i,
              bytes.size(), offset, memory.size)));
    }
    if (!bytes.empty()) {
      std::memcpy(memory.base + offset, bytes.data(), bytes.size());
    }
  }
  return {};
}

void Instantiation::restore_entities() {
  for (std::size_t i = module_.imported_globals; i < module_.globals.size(); ++i) {
    auto const value = evaluate(instance_, module_.globals[i].init);
    instance_.globals[i]->value[0] = value[0];
    instance_.globals[i]->value[1] = value[1];
  }
  for (std::size_t i = module_.imported_tables; i < module_.tables.size(); ++i) {
    auto const& declared = module_.tables[i];
    std::uint64_t const init = declared.init.has_value() ? evaluate(instance_, *declared.init)[0] : 0;
    instance_.tables[i]->elements.assign(declared.type.limits.min, init);
  }
  for (std::size_t i = module_.imported_memories; i < module_.memories.size(); ++i) {
    runtime::reset_memory(store_.resources, static_cast<runtime::OwnedMemory&>(*instance_.memories[i]));
  }
  keep_passive_segments();
}

Result<void> Instantiation::fill_own() {
  auto done = fill_tables(module_.imported_tables);
  return done.has_value() ? fill_memories(module_.imported_memories) : done;
}

Result<void> Instantiation::run_start() {
  if (!module_.start.has_value()) {
    return {};
  }
  std::uint64_t slot = 0;
  if (!call_function(store_, *instance_.functions[*module_.start], &slot, 0, 0)) {
    return std::unexpected(take_pending(store_));
  }
  return {};
}

// Takes back what an instantiation has added to the store, unless it is kept.
class Rollback {
 public:
  explicit Rollback(StoreData& store) noexcept
      : store_(store),
        resources_(store.resources.in_use()),
        memories_(store.memories.size()),
        tables_(store.tables.size()),
        globals_(store.globals.size()) {}
  Rollback(Rollback const&) = delete;
  Rollback& operator=(Rollback const&) = delete;
  ~Rollback() {
    if (!kept_) {
      store_.memories.resize(memories_);
      store_.tables.resize(tables_);
      store_.globals.resize(globals_);
      store_.resources.set_in_use(resources_);
    }
  }
  void keep() noexcept { kept_ = true; }

 private:
  StoreData& store_;
  runtime::Resources::InUse resources_;
  std::size_t memories_;
  std::size_t tables_;
  std::size_t globals_;
  bool kept_ = false;
};

// Everything up to the first effect that others can see. Afterwards the store owns the instance.
Result<OwnedInstance*> make_instance(StoreData& store, std::shared_ptr<ModuleData const> module,
                                     std::span<ImportedEntity const> imports) {
  Rollback rollback{store};
  auto owned = std::make_unique<OwnedInstance>();
  auto& instance = *owned;
  instance.module = &module->module;
  instance.store = &store;
  Instantiation steps{store, *module, instance};
  instance.code = std::move(module);
  steps.take_imports(imports);
  if (auto done = steps.make_entities(); !done.has_value()) {
    return std::unexpected(std::move(done).error());
  }
  steps.keep_passive_segments();
  store.instances.push_back(nullptr);
  auto const remove_place = [&] { store.instances.pop_back(); };
  if (!platform::had_memory([&] { steps.finish_context(); })) {
    remove_place();
    return std::unexpected(out_of_memory());
  }
  store.instances.back() = std::move(owned);
  store.resources.instance_created();
  rollback.keep();
  return &instance;
}

} // namespace

Result<OwnedInstance*> instantiate(StoreData& store, std::shared_ptr<ModuleData const> const& module,
                                   std::span<ImportedEntity const> imports) {
  if (module->engine_data != store.engine_data) {
    return std::unexpected(Error{ErrorKind::usage, "the module was made by another engine than the store"});
  }
  if (module->module.start.has_value() && !module->engine_data->config.allow_start()) {
    return std::unexpected(
        Error{ErrorKind::link, "the module has a start function, and Config::allow_start is off for this engine"});
  }
  if (auto allowed = store.resources.ask_instance(); !allowed.has_value()) {
    return std::unexpected(asked_by_module(*module, std::move(allowed).error(), ""));
  }
  auto instance = make_instance(store, module, imports);
  if (!instance.has_value()) {
    return instance;
  }
  Instantiation steps{store, *module, **instance};
  if (auto done = steps.fill_tables(); !done.has_value()) {
    return std::unexpected(std::move(done).error());
  }
  if (auto done = steps.fill_memories(); !done.has_value()) {
    return std::unexpected(std::move(done).error());
  }
  if (auto done = steps.run_start(); !done.has_value()) {
    return std::unexpected(std::move(done).error());
  }
  watch_read_only_data(store, **instance);
  return instance;
}

Result<void> reset(StoreData& store, OwnedInstance& instance) {
  Instantiation steps{store, *static_cast<ModuleData const*>(instance.code.get()), instance};
  steps.restore_entities();
  if (auto done = steps.fill_own(); !done.has_value()) {
    return done;
  }
  auto done = steps.run_start();
  watch_read_only_data(store, instance, instance.module->imported_memories);
  return done;
}

} // namespace weir::engine
