// Externals and instances.
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "capi/objects.hpp"
#include "capi/traps.hpp"
#include "capi/types.hpp"
#include "capi/vec.hpp"

namespace weir::capi {

std::unique_ptr<wasm_extern_t> make_extern(StorePtr const& store, Extern const& value) {
  return std::visit(
      [&](auto const& handle) -> std::unique_ptr<wasm_extern_t> {
        using T = std::decay_t<decltype(handle)>;
        if constexpr (std::is_same_v<T, Func>) {
          return std::make_unique<wasm_func_t>(store, handle);
        } else if constexpr (std::is_same_v<T, Table>) {
          return std::make_unique<wasm_table_t>(store, handle);
        } else if constexpr (std::is_same_v<T, Memory>) {
          return std::make_unique<wasm_memory_t>(store, handle);
        } else {
          return std::make_unique<wasm_global_t>(store, handle);
        }
      },
      value);
}

Extern extern_of(wasm_extern_t const& ref) {
  switch (ref.kind) {
  case RefKind::func: return static_cast<wasm_func_t const&>(ref).handle;
  case RefKind::table: return static_cast<wasm_table_t const&>(ref).handle;
  case RefKind::memory: return static_cast<wasm_memory_t const&>(ref).handle;
  default: return static_cast<wasm_global_t const&>(ref).handle;
  }
}

namespace {

Result<Instance> make_instance(StorePtr const& store, wasm_module_t const* module, wasm_extern_vec_t const* imports,
                               char const* function) {
  if (module == nullptr) {
    return std::unexpected(null_argument(function, "module"));
  }
  std::vector<Extern> given;
  if (imports != nullptr && imports->data != nullptr) {
    given.reserve(imports->size);
    for (std::size_t i = 0; i < imports->size; ++i) {
      if (imports->data[i] == nullptr) {
        return std::unexpected(
            Error{ErrorKind::usage, std::string{function} + ": import " + std::to_string(i) + " is NULL"});
      }
      given.push_back(extern_of(*imports->data[i]));
    }
  }
  // A copy: host functions may delete what they like while the start function runs.
  auto const object = module->object;
  return Instance::create(store->store, object->module, given);
}

wasm_externkind_t kind_in_c(RefKind kind) noexcept {
  switch (kind) {
  case RefKind::func: return WASM_EXTERN_FUNC;
  case RefKind::global: return WASM_EXTERN_GLOBAL;
  case RefKind::table: return WASM_EXTERN_TABLE;
  default: return WASM_EXTERN_MEMORY;
  }
}

// What find(store, instance, name) gives, as a reference of this type.
template <class Ref, class Find>
Ref* find_export(wasm_instance_t const* instance, char const* name, char const* function, Find&& find) {
  return guarded_object<Ref>([&]() -> Result<Ref*> {
    if (instance == nullptr) {
      return std::unexpected(null_argument(function, "instance"));
    }
    auto found = find(instance->store->store, instance->handle, std::string_view{name != nullptr ? name : ""});
    if (!found.has_value()) {
      return std::unexpected(std::move(found).error());
    }
    return static_cast<Ref*>(make_extern(instance->store, *found).release());
  });
}

} // namespace

} // namespace weir::capi

using namespace weir::capi;

extern "C" {

wasm_externkind_t wasm_extern_kind(wasm_extern_t const* ref) {
  return ref != nullptr ? kind_in_c(ref->kind) : wasm_externkind_t{WASM_EXTERN_FUNC};
}

wasm_externtype_t* wasm_extern_type(wasm_extern_t const* ref) {
  if (ref == nullptr) {
    return nullptr;
  }
  switch (ref->kind) {
  case RefKind::func: return wasm_func_type(static_cast<wasm_func_t const*>(ref));
  case RefKind::global: return wasm_global_type(static_cast<wasm_global_t const*>(ref));
  case RefKind::table: return wasm_table_type(static_cast<wasm_table_t const*>(ref));
  default: return wasm_memory_type(static_cast<wasm_memory_t const*>(ref));
  }
}

wasm_instance_t* wasm_instance_new(wasm_store_t* store, wasm_module_t const* module, wasm_extern_vec_t const* imports,
                                   wasm_trap_t** trap) {
  if (trap != nullptr) {
    *trap = nullptr;
  }
  if (store == nullptr) {
    return guarded_object<wasm_instance_t>([]() -> weir::Result<wasm_instance_t*> {
      return std::unexpected(null_argument("wasm_instance_new", "store"));
    });
  }
  auto const box = store->box;
  auto const fail = [&](weir::Error error) {
    if (trap != nullptr) {
      *trap = call_trap(box, std::move(error));
    } else {
      box->thrown = nullptr;
      remember(std::move(error));
    }
    return nullptr;
  };
  return weir::detail::guard_memory(
      [&]() -> wasm_instance_t* {
        auto instance = make_instance(box, module, imports, "wasm_instance_new");
        if (!instance.has_value()) {
          return fail(std::move(instance).error());
        }
        return std::make_unique<wasm_instance_t>(box, *instance).release();
      },
      [&]() -> wasm_instance_t* { return fail(weir::Error{weir::ErrorKind::out_of_memory, "out of memory"}); });
}

weir_error_t* weir_instance_new(wasm_store_t* store, wasm_module_t const* module, wasm_extern_vec_t const* imports,
                                wasm_instance_t** out) {
  if (out != nullptr) {
    *out = nullptr;
  }
  return weir::detail::guard_memory(
      [&]() -> weir_error_t* {
        if (store == nullptr) {
          return make_error(null_argument("weir_instance_new", "store"));
        }
        auto const box = store->box;
        auto instance = make_instance(box, module, imports, "weir_instance_new");
        if (!instance.has_value()) {
          return call_error(box, std::move(instance).error());
        }
        if (out != nullptr) {
          *out = std::make_unique<wasm_instance_t>(box, *instance).release();
        }
        return nullptr;
      },
      [] { return out_of_memory(); });
}

void wasm_instance_exports(wasm_instance_t const* instance, wasm_extern_vec_t* out) {
  if (out == nullptr) {
    return;
  }
  vec_clear(*out);
  guarded_void([&]() -> weir::Result<void> {
    if (instance == nullptr) {
      return std::unexpected(null_argument("wasm_instance_exports", "instance"));
    }
    auto exports = instance->handle.exports(instance->store->store);
    if (!exports.has_value()) {
      return std::unexpected(std::move(exports).error());
    }
    std::vector<std::unique_ptr<wasm_extern_t>> made;
    made.reserve(exports->size());
    for (auto const& each : *exports) {
      made.push_back(make_extern(instance->store, each.value));
    }
    if (!vec_make(*out, made.size())) {
      return std::unexpected(weir::Error{weir::ErrorKind::out_of_memory, "out of memory"});
    }
    for (std::size_t i = 0; i < made.size(); ++i) {
      out->data[i] = made[i].release();
    }
    return {};
  });
}

wasm_extern_t* weir_instance_export(wasm_instance_t const* instance, char const* name) {
  return find_export<wasm_extern_t>(instance, name, "weir_instance_export",
                                    [](weir::Store& store, weir::Instance const& of, std::string_view wanted) {
                                      return of.get_export(store, wanted);
                                    });
}

wasm_func_t* weir_instance_func(wasm_instance_t const* instance, char const* name) {
  return find_export<wasm_func_t>(
      instance, name, "weir_instance_func",
      [](weir::Store& store, weir::Instance const& of, std::string_view wanted) { return of.get_func(store, wanted); });
}

wasm_memory_t* weir_instance_memory(wasm_instance_t const* instance, char const* name) {
  return find_export<wasm_memory_t>(instance, name, "weir_instance_memory",
                                    [](weir::Store& store, weir::Instance const& of, std::string_view wanted) {
                                      return of.get_memory(store, wanted);
                                    });
}

weir_error_t* weir_instance_reset(wasm_instance_t const* instance) {
  return weir::detail::guard_memory(
      [&]() -> weir_error_t* {
        if (instance == nullptr) {
          return make_error(null_argument("weir_instance_reset", "instance"));
        }
        auto const box =
            instance->store; // a copy: host functions may delete what they like while the start function runs
        auto const handle = instance->handle;
        auto done = handle.reset(box->store);
        return done.has_value() ? nullptr : call_error(box, std::move(done).error());
      },
      [] { return out_of_memory(); });
}

} // extern "C"
