#include "engine/link.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "engine/traps.hpp"

namespace weir::engine {

using detail::Access;
using detail::StoreData;

namespace {

bool limits_match(Limits const& expected, Limits const& found) noexcept {
  return found.min >= expected.min &&
         (!expected.max.has_value() || (found.max.has_value() && *found.max <= *expected.max));
}

std::string import_name(wasm::Import const& import) {
  return fmt::format("\"{}\" \"{}\"", base::printable(import.module), base::printable(import.name));
}

ExternType expected_type(wasm::Module const& module, wasm::Import const& import) {
  return type_of_entity(module, import.kind, import.index);
}

} // namespace

bool matches(ExternType const& expected, ExternType const& found) {
  if (expected.index() != found.index()) {
    return false;
  }
  if (auto const* const table = std::get_if<TableType>(&expected)) {
    auto const& other = std::get<TableType>(found);
    return table->element == other.element && table->is_64 == other.is_64 && limits_match(table->limits, other.limits);
  }
  if (auto const* const memory = std::get_if<MemoryType>(&expected)) {
    auto const& other = std::get<MemoryType>(found);
    return memory->is_64 == other.is_64 && memory->is_shared == other.is_shared &&
           limits_match(memory->limits, other.limits);
  }
  return expected == found;
}

ExternType type_of(ExternKind kind, ImportedEntity entity) {
  switch (kind) {
  case ExternKind::func: return *entity.function->type;
  case ExternKind::table: {
    TableType type = entity.table->type;
    type.limits.min = entity.table->elements.size();
    return type;
  }
  case ExternKind::memory: {
    MemoryType type = entity.memory->type;
    type.limits.min = entity.memory->size / Memory::page_size();
    return type;
  }
  default: return entity.global->type;
  }
}

Result<ImportedEntity> entity_of(StoreData& store, Extern const& value) {
  return std::visit(
      [&](auto const& handle) -> Result<ImportedEntity> {
        using T = std::decay_t<decltype(handle)>;
        ImportedEntity entity;
        bool good = false;
        if constexpr (std::is_same_v<T, Func>) {
          good = (entity.function = object_of<runtime::Function>(store, Access::handle(handle))) != nullptr;
        } else if constexpr (std::is_same_v<T, Table>) {
          good = (entity.table = object_of<runtime::Table>(store, Access::handle(handle))) != nullptr;
        } else if constexpr (std::is_same_v<T, Memory>) {
          good = (entity.memory = object_of<runtime::OwnedMemory>(store, Access::handle(handle))) != nullptr;
        } else {
          good = (entity.global = object_of<runtime::Global>(store, Access::handle(handle))) != nullptr;
        }
        if (!good) {
          return std::unexpected(status_error(detail::CallStatus::wrong_store));
        }
        return entity;
      },
      value);
}

Extern extern_for(StoreData const& store, ExternKind kind, ImportedEntity entity) noexcept {
  switch (kind) {
  case ExternKind::func: return handle_for<Func>(store, entity.function);
  case ExternKind::table: return handle_for<Table>(store, entity.table);
  case ExternKind::memory: return handle_for<Memory>(store, static_cast<runtime::OwnedMemory*>(entity.memory));
  default: return handle_for<Global>(store, entity.global);
  }
}

void LinkErrors::missing(wasm::Module const& module, wasm::Import const& import) {
  text_ += fmt::format("{}unknown import: {} is not defined; expected {}", text_.empty() ? "" : "\n",
                       import_name(import), to_string(expected_type(module, import)));
}

void LinkErrors::mismatch(wasm::Module const& module, wasm::Import const& import, ExternType const& found) {
  text_ += fmt::format("{}incompatible import type: {} is {}; expected {}", text_.empty() ? "" : "\n",
                       import_name(import), to_string(found), to_string(expected_type(module, import)));
}

void LinkErrors::mismatch_kind(wasm::Module const& module, wasm::Import const& import, ExternKind found) {
  text_ += fmt::format("{}incompatible import type: {} is a {}; expected {}", text_.empty() ? "" : "\n",
                       import_name(import), to_string(found), to_string(expected_type(module, import)));
}

Result<void> LinkErrors::result() const {
  if (text_.empty()) {
    return {};
  }
  return std::unexpected(Error{ErrorKind::link, text_});
}

namespace {

// An import's match by canonical type where it is a function (two modules may number equal types differently).
bool fits(wasm::Module const& module, wasm::Import const& import, ExternKind kind, ImportedEntity entity) {
  return kind == import.kind && matches(expected_type(module, import), type_of(kind, entity));
}

// The imports in the view of a store, checked. With a linker's host functions already checked, only the others are.
Result<std::vector<ImportedEntity>> resolve(StoreData& store, detail::PreData const& pre) {
  auto const& module = Access::data(pre.module)->module;
  std::vector<ImportedEntity> entities;
  entities.reserve(pre.imports.size());
  LinkErrors errors;
  for (std::size_t i = 0; i < pre.imports.size(); ++i) {
    auto const& definition = pre.imports[i];
    ImportedEntity entity;
    if (definition.host != nullptr) {
      entity.function = &function_for(store, definition.host);
    } else {
      auto found = entity_of(store, definition.value);
      if (!found.has_value()) {
        return std::unexpected(Error{ErrorKind::usage, fmt::format("import {} is defined as an object of another store",
                                                                   import_name(module.imports[i]))});
      }
      entity = *found;
      auto const kind = static_cast<ExternKind>(definition.value.index());
      if (!fits(module, module.imports[i], kind, entity)) {
        errors.mismatch(module, module.imports[i], type_of(kind, entity));
      }
    }
    entities.push_back(entity);
  }
  if (auto good = errors.result(); !good.has_value()) {
    return std::unexpected(std::move(good).error());
  }
  return entities;
}

Result<std::shared_ptr<detail::PreData>> prepare(detail::LinkerData const& linker, Module const& module) {
  auto const& data = *Access::data(module);
  if (data.engine_data != linker.engine_data) {
    return std::unexpected(Error{ErrorKind::usage, "the module was made by another engine than the linker"});
  }
  auto pre = std::make_shared<detail::PreData>(module);
  LinkErrors errors;
  for (auto const& import : data.module.imports) {
    auto const* const definition = linker.find(import.module, import.name);
    if (definition == nullptr) {
      errors.missing(data.module, import);
      continue;
    }
    if (definition->host != nullptr &&
        !(import.kind == ExternKind::func && data.module.type_of_function(import.index) == definition->host->type)) {
      errors.mismatch(data.module, import, definition->host->type);
    } else if (definition->host == nullptr && definition->value.index() != static_cast<std::size_t>(import.kind)) {
      errors.mismatch_kind(data.module, import, static_cast<ExternKind>(definition->value.index()));
    }
    pre->imports.push_back(*definition);
  }
  if (auto good = errors.result(); !good.has_value()) {
    return std::unexpected(std::move(good).error());
  }
  return pre;
}

Result<Instance> instantiate_from(StoreContext context, detail::PreData const& pre) {
  return in_store(context, [&](StoreData& store) -> Result<Instance> {
    auto entities = resolve(store, pre);
    if (!entities.has_value()) {
      return std::unexpected(std::move(entities).error());
    }
    auto instance = instantiate(store, Access::data(pre.module), *entities);
    if (!instance.has_value()) {
      return std::unexpected(std::move(instance).error());
    }
    return handle_for<Instance>(store, *instance);
  });
}

void delete_linker(detail::LinkerData* data) noexcept { delete data; }

// Runs body(LinkerData&), which gives a Result.
template <class Body>
auto in_linker(detail::LinkerData* data, Body&& body) -> decltype(body(*data)) {
  return guarded([&]() -> decltype(body(*data)) {
    if (data == nullptr) {
      return std::unexpected(
          Error{ErrorKind::usage, "the linker is empty: it was moved from, or its engine could not be made"});
    }
    return body(*data);
  });
}

} // namespace

} // namespace weir::engine

namespace weir::detail {

engine::Definition const* LinkerData::find(std::string_view module, std::string_view name) const noexcept {
  auto const names = modules.find(module);
  if (names == modules.end()) {
    return nullptr;
  }
  auto const found = names->second.find(name);
  return found == names->second.end() ? nullptr : &found->second;
}

Result<void> LinkerData::add(std::string_view module, std::string_view name, engine::Definition definition) {
  auto names = modules.find(module);
  if (names == modules.end()) {
    names = modules.try_emplace(std::string{module}).first;
  }
  auto const found = names->second.find(name);
  if (found == names->second.end()) {
    names->second.try_emplace(std::string{name}, std::move(definition));
    return {};
  }
  if (!allow_shadowing) {
    return std::unexpected(
        Error{ErrorKind::link, fmt::format("\"{}\" \"{}\" is defined already (Linker::allow_shadowing "
                                           "permits replacing it)",
                                           base::printable(module), base::printable(name))});
  }
  found->second = std::move(definition);
  return {};
}

Result<void> define_host_func(LinkerData* linker, std::string_view module, std::string_view name,
                              std::span<ValType const> params, std::span<ValType const> results,
                              HostCallable callable) {
  if (linker == nullptr && callable.closure != nullptr) {
    callable.destroy(callable.closure);
  }
  return engine::in_linker(linker, [&](LinkerData& data) -> Result<void> {
    auto definition = engine::define_host(data.engine_data->types, params, results, callable);
    if (!definition.has_value()) {
      return std::unexpected(std::move(definition).error());
    }
    return data.add(module, name, {*std::move(definition), {}});
  });
}

} // namespace weir::detail

namespace weir {

using detail::Access;
using detail::LinkerData;
using detail::StoreData;

Linker::Linker(Engine const& engine) : data_(nullptr, &engine::delete_linker) {
  (void)engine::guarded([&]() -> Result<void> {
    auto data = engine::data_of(engine);
    if (!data.has_value()) {
      return std::unexpected(std::move(data).error());
    }
    data_.reset(new LinkerData{engine, *std::move(data)});
    return {};
  });
}

Linker::~Linker() = default;

Linker& Linker::allow_shadowing(bool on) noexcept {
  if (data_ != nullptr) {
    data_->allow_shadowing = on;
  }
  return *this;
}

Result<void> Linker::define(std::string_view module, std::string_view name, Extern const& value) {
  return engine::in_linker(data_.get(), [&](LinkerData& data) -> Result<void> {
    bool const is_null = std::visit([](auto const& handle) { return Access::handle(handle).object == nullptr; }, value);
    if (is_null) {
      return std::unexpected(engine::status_error(detail::CallStatus::wrong_store));
    }
    return data.add(module, name, {nullptr, value});
  });
}

Result<void> Linker::instance(StoreContext store, std::string_view module, Instance const& instance) {
  return engine::in_linker(data_.get(), [&](LinkerData& data) -> Result<void> {
    auto exports = instance.exports(store);
    if (!exports.has_value()) {
      return std::unexpected(std::move(exports).error());
    }
    for (auto const& each : *exports) {
      if (auto done = data.add(module, each.name, {nullptr, each.value}); !done.has_value()) {
        return done;
      }
    }
    return {};
  });
}

Result<void> Linker::alias(std::string_view module, std::string_view name, std::string_view as_module,
                           std::string_view as_name) {
  return engine::in_linker(data_.get(), [&](LinkerData& data) -> Result<void> {
    auto const* const definition = data.find(module, name);
    if (definition == nullptr) {
      return std::unexpected(Error{ErrorKind::link, fmt::format("\"{}\" \"{}\" is not defined, so it can have no alias",
                                                                base::printable(module), base::printable(name))});
    }
    return data.add(as_module, as_name, engine::Definition{*definition});
  });
}

Result<void> Linker::alias_module(std::string_view module, std::string_view as_module) {
  return engine::in_linker(data_.get(), [&](LinkerData& data) -> Result<void> {
    auto const names = data.modules.find(module);
    if (names == data.modules.end()) {
      return std::unexpected(
          Error{ErrorKind::link,
                fmt::format("nothing is defined under \"{}\", so it can have no alias", base::printable(module))});
    }
    auto const all = names->second; // a copy: adding may change the map
    for (auto const& [name, definition] : all) {
      if (auto done = data.add(as_module, name, definition); !done.has_value()) {
        return done;
      }
    }
    return {};
  });
}

Result<void> Linker::define_unknown_imports_as_traps(Module const& module) {
  return engine::in_linker(data_.get(), [&](LinkerData& data) -> Result<void> {
    auto const& decoded = Access::data(module)->module;
    for (auto const& import : decoded.imports) {
      if (import.kind != ExternKind::func || data.find(import.module, import.name) != nullptr) {
        continue;
      }
      auto const& type = decoded.type_of_function(import.index);
      auto trap = [text = fmt::format("unknown import called: {} is not defined", engine::import_name(import))](
                      Caller&, std::span<Val const>, std::span<Val>) -> Result<void> {
        return std::unexpected(Error{ErrorKind::link, text});
      };
      auto done = detail::define_host_func(&data, import.module, import.name, type.params(), type.results(),
                                           detail::DynamicHostFunction<decltype(trap)>::make(std::move(trap)));
      if (!done.has_value()) {
        return done;
      }
    }
    return {};
  });
}

Result<std::optional<Extern>> Linker::get(StoreContext context, std::string_view module, std::string_view name) const {
  return engine::in_linker(data_.get(), [&](LinkerData const& data) -> Result<std::optional<Extern>> {
    auto const* const definition = data.find(module, name);
    if (definition == nullptr) {
      return std::nullopt;
    }
    return engine::in_store(context, [&](StoreData& store) -> Result<std::optional<Extern>> {
      if (definition->host != nullptr) {
        return engine::handle_for<Func>(store, &engine::function_for(store, definition->host));
      }
      if (auto good = engine::entity_of(store, definition->value); !good.has_value()) {
        return std::unexpected(std::move(good).error());
      }
      return definition->value;
    });
  });
}

Result<Instance> Linker::instantiate(StoreContext store, Module const& module) const {
  return engine::in_linker(data_.get(), [&](LinkerData const& data) -> Result<Instance> {
    auto pre = engine::prepare(data, module);
    if (!pre.has_value()) {
      return std::unexpected(std::move(pre).error());
    }
    return engine::instantiate_from(store, **pre);
  });
}

Result<InstancePre> Linker::instantiate_pre(Module const& module) const {
  return engine::in_linker(data_.get(), [&](LinkerData const& data) -> Result<InstancePre> {
    auto pre = engine::prepare(data, module);
    if (!pre.has_value()) {
      return std::unexpected(std::move(pre).error());
    }
    return Access::make_pre(*std::move(pre));
  });
}

Result<Instance> InstancePre::instantiate(StoreContext store) const { return engine::instantiate_from(store, *data_); }
Module const& InstancePre::module() const noexcept { return data_->module; }

Result<Instance> Instance::create(StoreContext context, Module const& module, std::span<Extern const> imports) {
  return engine::guarded([&]() -> Result<Instance> {
    auto const& decoded = Access::data(module)->module;
    if (imports.size() != decoded.imports.size()) {
      return std::unexpected(Error{ErrorKind::usage, fmt::format("the module has {} imports, and {} were given",
                                                                 decoded.imports.size(), imports.size())});
    }
    detail::PreData pre{module};
    engine::LinkErrors errors;
    for (std::size_t i = 0; i < imports.size(); ++i) {
      if (imports[i].index() != static_cast<std::size_t>(decoded.imports[i].kind)) {
        errors.mismatch_kind(decoded, decoded.imports[i], static_cast<ExternKind>(imports[i].index()));
      }
      pre.imports.push_back({nullptr, imports[i]});
    }
    if (auto good = errors.result(); !good.has_value()) {
      return std::unexpected(std::move(good).error());
    }
    return engine::instantiate_from(context, pre);
  });
}

} // namespace weir
