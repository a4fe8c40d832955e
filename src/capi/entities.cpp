// Globals, tables and memories.
#include <limits>
#include <memory>
#include <span>

#include "capi/objects.hpp"
#include "capi/types.hpp"
#include "capi/values.hpp"

namespace weir::capi {

namespace {

// What an object of a store says about itself, or an error when it is NULL: query(store, handle).
template <class Ref, class Query>
auto ask(Ref const* ref, char const* function, char const* what, Query&& query)
    -> decltype(query(ref->store->store, ref->handle)) {
  if (ref == nullptr) {
    return std::unexpected(null_argument(function, what));
  }
  return query(ref->store->store, ref->handle);
}

// The type of an object under the type that it has in C.
template <class CType, class Ref>
CType* type_of(Ref const* ref, char const* function, char const* what) {
  return guarded_object<CType>([&]() -> Result<CType*> {
    auto type = ask(ref, function, what, [](Store& store, auto const& handle) { return handle.type(store); });
    if (!type.has_value()) {
      return std::unexpected(std::move(type).error());
    }
    return static_cast<CType*>(make_externtype(*type));
  });
}

Result<bool> succeeded(Result<void> done) {
  if (!done.has_value()) {
    return std::unexpected(std::move(done).error());
  }
  return true;
}

Result<Val> element_value(wasm_table_t const& table, wasm_ref_t const* ref) {
  auto const type = table.handle.type(table.store->store);
  if (!type.has_value()) {
    return std::unexpected(type.error());
  }
  return ref_to_val(*table.store, ref, type->element);
}

// A size for the 32 bits of the interface.
template <class To>
To clamp(std::uint64_t size) noexcept {
  return size > std::numeric_limits<To>::max() ? std::numeric_limits<To>::max() : static_cast<To>(size);
}

} // namespace

} // namespace weir::capi

using namespace weir::capi;

extern "C" {

wasm_global_t* wasm_global_new(wasm_store_t* store, wasm_globaltype_t const* type, wasm_val_t const* value) {
  return guarded_object<wasm_global_t>([&]() -> weir::Result<wasm_global_t*> {
    if (store == nullptr || type == nullptr || value == nullptr) {
      return std::unexpected(
          null_argument("wasm_global_new", store == nullptr ? "store" : (type == nullptr ? "type" : "value")));
    }
    auto const initial = to_val(*store->box, *value);
    if (!initial.has_value()) {
      return std::unexpected(initial.error());
    }
    auto global = weir::Global::create(store->box->store, type->type, *initial);
    if (!global.has_value()) {
      return std::unexpected(std::move(global).error());
    }
    return std::make_unique<wasm_global_t>(store->box, *global).release();
  });
}

wasm_globaltype_t* wasm_global_type(wasm_global_t const* global) {
  return type_of<wasm_globaltype_t>(global, "wasm_global_type", "global");
}

void wasm_global_get(wasm_global_t const* global, wasm_val_t* out) {
  if (out == nullptr) {
    return;
  }
  *out = wasm_val_t{.kind = WASM_I32, .of = {.i64 = 0}};
  guarded_void([&]() -> weir::Result<void> {
    auto const value = ask(global, "wasm_global_get", "global",
                           [](weir::Store& store, weir::Global const& handle) { return handle.get(store); });
    if (!value.has_value()) {
      return std::unexpected(value.error());
    }
    auto made = from_val(global->store, *value);
    if (!made.has_value()) {
      return std::unexpected(std::move(made).error());
    }
    *out = *made;
    return {};
  });
}

void wasm_global_set(wasm_global_t* global, wasm_val_t const* value) {
  guarded_void([&]() -> weir::Result<void> {
    if (global == nullptr || value == nullptr) {
      return std::unexpected(null_argument("wasm_global_set", global == nullptr ? "global" : "value"));
    }
    auto const wanted = to_val(*global->store, *value);
    if (!wanted.has_value()) {
      return std::unexpected(wanted.error());
    }
    return global->handle.set(global->store->store, *wanted);
  });
}

wasm_table_t* wasm_table_new(wasm_store_t* store, wasm_tabletype_t const* type, wasm_ref_t* init) {
  return guarded_object<wasm_table_t>([&]() -> weir::Result<wasm_table_t*> {
    if (store == nullptr || type == nullptr) {
      return std::unexpected(null_argument("wasm_table_new", store == nullptr ? "store" : "type"));
    }
    auto const initial = ref_to_val(*store->box, init, type->type.element);
    if (!initial.has_value()) {
      return std::unexpected(initial.error());
    }
    auto table = weir::Table::create(store->box->store, type->type, *initial);
    if (!table.has_value()) {
      return std::unexpected(std::move(table).error());
    }
    return std::make_unique<wasm_table_t>(store->box, *table).release();
  });
}

wasm_tabletype_t* wasm_table_type(wasm_table_t const* table) {
  return type_of<wasm_tabletype_t>(table, "wasm_table_type", "table");
}

wasm_ref_t* wasm_table_get(wasm_table_t const* table, wasm_table_size_t index) {
  return guarded_object<wasm_ref_t>([&]() -> weir::Result<wasm_ref_t*> {
    auto const value = ask(table, "wasm_table_get", "table",
                           [&](weir::Store& store, weir::Table const& handle) { return handle.get(store, index); });
    if (!value.has_value()) {
      return std::unexpected(value.error());
    }
    return ref_from_val(table->store, *value).release();
  });
}

bool wasm_table_set(wasm_table_t* table, wasm_table_size_t index, wasm_ref_t* ref) {
  return guarded_or(false, [&]() -> weir::Result<bool> {
    if (table == nullptr) {
      return std::unexpected(null_argument("wasm_table_set", "table"));
    }
    auto const value = element_value(*table, ref);
    if (!value.has_value()) {
      return std::unexpected(value.error());
    }
    return succeeded(table->handle.set(table->store->store, index, *value));
  });
}

wasm_table_size_t wasm_table_size(wasm_table_t const* table) {
  return guarded_or(wasm_table_size_t{0}, [&]() -> weir::Result<wasm_table_size_t> {
    auto const size = ask(table, "wasm_table_size", "table",
                          [](weir::Store& store, weir::Table const& handle) { return handle.size(store); });
    return size.has_value() ? weir::Result<wasm_table_size_t>{clamp<wasm_table_size_t>(*size)}
                            : std::unexpected(size.error());
  });
}

bool wasm_table_grow(wasm_table_t* table, wasm_table_size_t delta, wasm_ref_t* init) {
  return guarded_or(false, [&]() -> weir::Result<bool> {
    if (table == nullptr) {
      return std::unexpected(null_argument("wasm_table_grow", "table"));
    }
    auto const value = element_value(*table, init);
    if (!value.has_value()) {
      return std::unexpected(value.error());
    }
    auto const grown = table->handle.grow(table->store->store, delta, *value);
    return grown.has_value() ? weir::Result<bool>{true} : std::unexpected(grown.error());
  });
}

wasm_memory_t* wasm_memory_new(wasm_store_t* store, wasm_memorytype_t const* type) {
  return guarded_object<wasm_memory_t>([&]() -> weir::Result<wasm_memory_t*> {
    if (store == nullptr || type == nullptr) {
      return std::unexpected(null_argument("wasm_memory_new", store == nullptr ? "store" : "type"));
    }
    auto memory = weir::Memory::create(store->box->store, type->type);
    if (!memory.has_value()) {
      return std::unexpected(std::move(memory).error());
    }
    return std::make_unique<wasm_memory_t>(store->box, *memory).release();
  });
}

wasm_memorytype_t* wasm_memory_type(wasm_memory_t const* memory) {
  return type_of<wasm_memorytype_t>(memory, "wasm_memory_type", "memory");
}

byte_t* wasm_memory_data(wasm_memory_t* memory) {
  return guarded_object<byte_t>([&]() -> weir::Result<byte_t*> {
    auto const data = ask(memory, "wasm_memory_data", "memory",
                          [](weir::Store& store, weir::Memory const& handle) { return handle.unsafe_data(store); });
    return data.has_value() ? weir::Result<byte_t*>{reinterpret_cast<byte_t*>(*data)} : std::unexpected(data.error());
  });
}

size_t wasm_memory_data_size(wasm_memory_t const* memory) {
  return guarded_or(size_t{0}, [&]() -> weir::Result<size_t> {
    auto const size = ask(memory, "wasm_memory_data_size", "memory",
                          [](weir::Store& store, weir::Memory const& handle) { return handle.size(store); });
    return size.has_value() ? weir::Result<size_t>{static_cast<size_t>(*size)} : std::unexpected(size.error());
  });
}

wasm_memory_pages_t wasm_memory_size(wasm_memory_t const* memory) {
  return guarded_or(wasm_memory_pages_t{0}, [&]() -> weir::Result<wasm_memory_pages_t> {
    auto const pages = ask(memory, "wasm_memory_size", "memory",
                           [](weir::Store& store, weir::Memory const& handle) { return handle.pages(store); });
    return pages.has_value() ? weir::Result<wasm_memory_pages_t>{clamp<wasm_memory_pages_t>(*pages)}
                             : std::unexpected(pages.error());
  });
}

bool wasm_memory_grow(wasm_memory_t* memory, wasm_memory_pages_t delta) {
  return guarded_or(false, [&]() -> weir::Result<bool> {
    auto const grown = ask(memory, "wasm_memory_grow", "memory",
                           [&](weir::Store& store, weir::Memory const& handle) { return handle.grow(store, delta); });
    return grown.has_value() ? weir::Result<bool>{true} : std::unexpected(grown.error());
  });
}

weir_error_t* weir_memory_read(wasm_memory_t const* memory, uint64_t address, void* to, size_t size) {
  return guarded_error([&]() -> weir::Result<void> {
    if (memory == nullptr || (to == nullptr && size != 0)) {
      return std::unexpected(null_argument("weir_memory_read", memory == nullptr ? "memory" : "buffer"));
    }
    return memory->handle.read(memory->store->store, address, std::span{static_cast<std::byte*>(to), size});
  });
}

weir_error_t* weir_memory_write(wasm_memory_t* memory, uint64_t address, void const* from, size_t size) {
  return guarded_error([&]() -> weir::Result<void> {
    if (memory == nullptr || (from == nullptr && size != 0)) {
      return std::unexpected(null_argument("weir_memory_write", memory == nullptr ? "memory" : "buffer"));
    }
    return memory->handle.write(memory->store->store, address, std::span{static_cast<std::byte const*>(from), size},
                                std::source_location{});
  });
}

weir_error_t* weir_memory_allow_host_writes(wasm_memory_t* memory, uint64_t address, uint64_t size) {
  return guarded_error([&]() -> weir::Result<void> {
    if (memory == nullptr) {
      return std::unexpected(null_argument("weir_memory_allow_host_writes", "memory"));
    }
    return memory->handle.allow_host_writes(memory->store->store, address, size);
  });
}

weir_error_t* weir_memory_disallow_host_writes(wasm_memory_t* memory, uint64_t address, uint64_t size) {
  return guarded_error([&]() -> weir::Result<void> {
    if (memory == nullptr) {
      return std::unexpected(null_argument("weir_memory_disallow_host_writes", "memory"));
    }
    return memory->handle.disallow_host_writes(memory->store->store, address, size);
  });
}

weir_error_t* weir_memory_declare_read_only(wasm_memory_t* memory, uint64_t address, uint64_t size) {
  return guarded_error([&]() -> weir::Result<void> {
    if (memory == nullptr) {
      return std::unexpected(null_argument("weir_memory_declare_read_only", "memory"));
    }
    return memory->handle.declare_read_only(memory->store->store, address, size);
  });
}

weir_error_t* weir_memory_undeclare_read_only(wasm_memory_t* memory, uint64_t address, uint64_t size) {
  return guarded_error([&]() -> weir::Result<void> {
    if (memory == nullptr) {
      return std::unexpected(null_argument("weir_memory_undeclare_read_only", "memory"));
    }
    return memory->handle.undeclare_read_only(memory->store->store, address, size);
  });
}

weir_error_t* weir_memory_grow(wasm_memory_t* memory, uint64_t pages, uint64_t* previous) {
  if (previous != nullptr) {
    *previous = 0;
  }
  return guarded_error([&]() -> weir::Result<void> {
    auto const grown = ask(memory, "weir_memory_grow", "memory",
                           [&](weir::Store& store, weir::Memory const& handle) { return handle.grow(store, pages); });
    if (!grown.has_value()) {
      return std::unexpected(grown.error());
    }
    if (previous != nullptr) {
      *previous = *grown;
    }
    return {};
  });
}

} // extern "C"
