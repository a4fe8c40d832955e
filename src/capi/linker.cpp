// Linking by name.
#include <memory>

#include "capi/functions.hpp"
#include "capi/linker.hpp"
#include "capi/objects.hpp"
#include "capi/traps.hpp"

struct weir_instance_pre_t {
  weir::InstancePre pre;
};

namespace weir::capi {

namespace {

// Runs body(Linker&), which gives a Result<void>, for a function that gives an error.
template <class Body>
weir_error_t* with_linker(weir_linker_t* linker, char const* function, Body&& body) {
  return guarded_error([&]() -> Result<void> {
    if (linker == nullptr) {
      return std::unexpected(null_argument(function, "linker"));
    }
    return body(linker->linker);
  });
}

// The instance that make(Store&) gives. Host functions may delete what they like while the start function runs: the
// box is kept, and `make` must keep the rest.
template <class Make>
weir_error_t* instantiate(wasm_store_t* store, char const* function, wasm_instance_t** out, Make&& make) {
  if (out != nullptr) {
    *out = nullptr;
  }
  return detail::guard_memory(
      [&]() -> weir_error_t* {
        if (store == nullptr) {
          return make_error(null_argument(function, "store"));
        }
        auto const box = store->box;
        auto instance = make(box->store);
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

} // namespace

} // namespace weir::capi

using namespace weir::capi;

extern "C" {

weir_linker_t* weir_linker_new(wasm_engine_t const* engine) {
  return guarded_object<weir_linker_t>([&]() -> weir::Result<weir_linker_t*> {
    if (engine == nullptr) {
      return std::unexpected(null_argument("weir_linker_new", "engine"));
    }
    return std::make_unique<weir_linker_t>(weir::Linker{engine->engine}).release();
  });
}

void weir_linker_delete(weir_linker_t* linker) { delete linker; }

void weir_linker_allow_shadowing(weir_linker_t* linker, bool on) {
  if (linker != nullptr) {
    linker->linker.allow_shadowing(on);
  }
}

weir_error_t* weir_linker_define(weir_linker_t* linker, char const* module, char const* name,
                                 wasm_extern_t const* value) {
  return with_linker(linker, "weir_linker_define", [&](weir::Linker& inside) -> weir::Result<void> {
    if (value == nullptr) {
      return std::unexpected(null_argument("weir_linker_define", "external"));
    }
    return inside.define(text_of(module), text_of(name), extern_of(*value));
  });
}

weir_error_t* weir_linker_define_func(weir_linker_t* linker, char const* module, char const* name,
                                      wasm_functype_t const* type, weir_func_callback_t function, void* env,
                                      void (*finalizer)(void*)) {
  Callback callback{function, env, finalizer};
  return with_linker(linker, "weir_linker_define_func", [&](weir::Linker& inside) -> weir::Result<void> {
    auto functype = host_functype(type, callback, "weir_linker_define_func");
    if (!functype.has_value()) {
      return std::unexpected(std::move(functype).error());
    }
    return inside.func(text_of(module), text_of(name), *functype, std::move(callback));
  });
}

weir_error_t* weir_linker_define_instance(weir_linker_t* linker, char const* module, wasm_instance_t const* instance) {
  return with_linker(linker, "weir_linker_define_instance", [&](weir::Linker& inside) -> weir::Result<void> {
    if (instance == nullptr) {
      return std::unexpected(null_argument("weir_linker_define_instance", "instance"));
    }
    return inside.instance(instance->store->store, text_of(module), instance->handle);
  });
}

weir_error_t* weir_linker_alias(weir_linker_t* linker, char const* module, char const* name, char const* as_module,
                                char const* as_name) {
  return with_linker(linker, "weir_linker_alias", [&](weir::Linker& inside) {
    return inside.alias(text_of(module), text_of(name), text_of(as_module), text_of(as_name));
  });
}

weir_error_t* weir_linker_alias_module(weir_linker_t* linker, char const* module, char const* as_module) {
  return with_linker(linker, "weir_linker_alias_module",
                     [&](weir::Linker& inside) { return inside.alias_module(text_of(module), text_of(as_module)); });
}

weir_error_t* weir_linker_define_unknown_imports_as_traps(weir_linker_t* linker, wasm_module_t const* module) {
  constexpr char const* function = "weir_linker_define_unknown_imports_as_traps";
  return with_linker(linker, function, [&](weir::Linker& inside) -> weir::Result<void> {
    if (module == nullptr) {
      return std::unexpected(null_argument(function, "module"));
    }
    return inside.define_unknown_imports_as_traps(module->object->module);
  });
}

weir_error_t* weir_linker_get(weir_linker_t const* linker, wasm_store_t* store, char const* module, char const* name,
                              wasm_extern_t** out) {
  if (out != nullptr) {
    *out = nullptr;
  }
  return guarded_error([&]() -> weir::Result<void> {
    if (linker == nullptr || store == nullptr) {
      return std::unexpected(null_argument("weir_linker_get", linker == nullptr ? "linker" : "store"));
    }
    auto found = linker->linker.get(store->box->store, text_of(module), text_of(name));
    if (!found.has_value()) {
      return std::unexpected(std::move(found).error());
    }
    if (out != nullptr && found->has_value()) {
      *out = make_extern(store->box, **found).release();
    }
    return {};
  });
}

weir_error_t* weir_linker_instantiate(weir_linker_t const* linker, wasm_store_t* store, wasm_module_t const* module,
                                      wasm_instance_t** out) {
  return instantiate(store, "weir_linker_instantiate", out, [&](weir::Store& inside) -> weir::Result<weir::Instance> {
    if (linker == nullptr || module == nullptr) {
      return std::unexpected(null_argument("weir_linker_instantiate", linker == nullptr ? "linker" : "module"));
    }
    auto const object = module->object;
    return linker->linker.instantiate(inside, object->module);
  });
}

weir_error_t* weir_instance_pre_new(weir_linker_t const* linker, wasm_module_t const* module,
                                    weir_instance_pre_t** out) {
  if (out != nullptr) {
    *out = nullptr;
  }
  return guarded_error([&]() -> weir::Result<void> {
    if (linker == nullptr || module == nullptr) {
      return std::unexpected(null_argument("weir_instance_pre_new", linker == nullptr ? "linker" : "module"));
    }
    auto pre = linker->linker.instantiate_pre(module->object->module);
    if (!pre.has_value()) {
      return std::unexpected(std::move(pre).error());
    }
    if (out != nullptr) {
      *out = std::make_unique<weir_instance_pre_t>(*std::move(pre)).release();
    }
    return {};
  });
}

weir_error_t* weir_instance_pre_instantiate(weir_instance_pre_t const* pre, wasm_store_t* store,
                                            wasm_instance_t** out) {
  constexpr char const* function = "weir_instance_pre_instantiate";
  return instantiate(store, function, out, [&](weir::Store& inside) -> weir::Result<weir::Instance> {
    if (pre == nullptr) {
      return std::unexpected(null_argument(function, "prepared instance"));
    }
    auto const copy = pre->pre;
    return copy.instantiate(inside);
  });
}

void weir_instance_pre_delete(weir_instance_pre_t* pre) { delete pre; }

} // extern "C"
