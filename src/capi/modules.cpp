// Modules.
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "capi/objects.hpp"
#include "capi/types.hpp"
#include "capi/vec.hpp"

namespace weir::capi {

namespace {

std::span<std::uint8_t const> bytes_of(wasm_byte_vec_t const* bytes) noexcept {
  if (bytes == nullptr || bytes->data == nullptr) {
    return {};
  }
  return {reinterpret_cast<std::uint8_t const*>(bytes->data), bytes->size};
}

// The module that make(engine) gives, as an object of the store.
template <class Make>
Result<std::unique_ptr<wasm_module_t>> make_module(wasm_store_t* store, char const* function, Make&& make) {
  if (store == nullptr) {
    return std::unexpected(null_argument(function, "store"));
  }
  auto module = make(store->box->store.engine());
  if (!module.has_value()) {
    return std::unexpected(std::move(module).error());
  }
  auto object = std::make_shared<ModuleObject>(*std::move(module), HostPointer{});
  return std::make_unique<wasm_module_t>(store->box, std::move(object));
}

template <class Make>
wasm_module_t* module_or_null(wasm_store_t* store, char const* function, Make&& make) {
  return guarded_object<wasm_module_t>([&]() -> Result<wasm_module_t*> {
    auto made = make_module(store, function, make);
    if (!made.has_value()) {
      return std::unexpected(std::move(made).error());
    }
    return made->release();
  });
}

template <class Make>
weir_error_t* module_or_error(wasm_store_t* store, char const* function, wasm_module_t** out, Make&& make) {
  if (out != nullptr) {
    *out = nullptr;
  }
  return guarded_error([&]() -> Result<void> {
    auto made = make_module(store, function, make);
    if (!made.has_value()) {
      return std::unexpected(std::move(made).error());
    }
    if (out != nullptr) {
      *out = made->release();
    }
    return {};
  });
}

std::string_view text_of(char const* text, std::size_t size) noexcept {
  return text != nullptr ? std::string_view{text, size} : std::string_view{};
}

// A vector of what make() gives for each; empty when there is no memory.
template <class Vec, class Types, class Make>
void types_to_vec(Types const& types, Vec* out, Make&& make) {
  Vec made;
  if (!vec_make(made, types.size())) {
    return;
  }
  // Deletes what was made so far when there is no memory for the rest.
  struct Guard {
    Vec* vec;
    void (*destroy)(Vec*);
    ~Guard() { destroy(vec); }
  } const guard{&made, make.destroy};
  for (std::size_t i = 0; i < types.size(); ++i) {
    made.data[i] = make.one(types[i]).release();
    if (made.data[i] == nullptr) {
      return;
    }
  }
  *out = std::exchange(made, Vec WASM_EMPTY_VEC);
}

struct ImportMaker {
  void (*destroy)(wasm_importtype_vec_t*) = &wasm_importtype_vec_delete;
  static std::unique_ptr<wasm_importtype_t> one(ImportType const& type) { return make_importtype(type); }
};
struct ExportMaker {
  void (*destroy)(wasm_exporttype_vec_t*) = &wasm_exporttype_vec_delete;
  static std::unique_ptr<wasm_exporttype_t> one(ExportType const& type) { return make_exporttype(type); }
};

} // namespace

} // namespace weir::capi

using namespace weir::capi;

extern "C" {

wasm_module_t* wasm_module_new(wasm_store_t* store, wasm_byte_vec_t const* binary) {
  return module_or_null(store, "wasm_module_new",
                        [&](weir::Engine const& engine) { return weir::Module::from_bytes(engine, bytes_of(binary)); });
}

bool wasm_module_validate(wasm_store_t* store, wasm_byte_vec_t const* binary) {
  return guarded_or(false, [&]() -> weir::Result<bool> {
    if (store == nullptr) {
      return std::unexpected(null_argument("wasm_module_validate", "store"));
    }
    auto valid = weir::Module::validate(store->box->store.engine(), bytes_of(binary));
    if (!valid.has_value()) {
      return std::unexpected(std::move(valid).error());
    }
    return true;
  });
}

void wasm_module_imports(wasm_module_t const* module, wasm_importtype_vec_t* out) {
  if (out == nullptr) {
    return;
  }
  vec_clear(*out);
  if (module != nullptr) {
    guarded_void([&]() -> weir::Result<void> {
      types_to_vec(module->object->module.imports(), out, ImportMaker{});
      return {};
    });
  }
}

void wasm_module_exports(wasm_module_t const* module, wasm_exporttype_vec_t* out) {
  if (out == nullptr) {
    return;
  }
  vec_clear(*out);
  if (module != nullptr) {
    guarded_void([&]() -> weir::Result<void> {
      types_to_vec(module->object->module.exports(), out, ExportMaker{});
      return {};
    });
  }
}

void wasm_module_serialize(wasm_module_t const* module, wasm_byte_vec_t* out) {
  auto const bytes = module != nullptr ? module->object->module.bytes() : std::span<uint8_t const>{};
  (void)vec_from_text(out, {reinterpret_cast<char const*>(bytes.data()), bytes.size()}, false);
}

wasm_module_t* wasm_module_deserialize(wasm_store_t* store, wasm_byte_vec_t const* binary) {
  return module_or_null(store, "wasm_module_deserialize",
                        [&](weir::Engine const& engine) { return weir::Module::from_bytes(engine, bytes_of(binary)); });
}

void wasm_shared_module_delete(wasm_shared_module_t* shared) { delete shared; }

wasm_shared_module_t* wasm_module_share(wasm_module_t const* module) {
  return guarded_object<wasm_shared_module_t>([&]() -> weir::Result<wasm_shared_module_t*> {
    if (module == nullptr) {
      return std::unexpected(null_argument("wasm_module_share", "module"));
    }
    return std::make_unique<wasm_shared_module_t>(module->object->module).release();
  });
}

wasm_module_t* wasm_module_obtain(wasm_store_t* store, wasm_shared_module_t const* shared) {
  return module_or_null(store, "wasm_module_obtain", [&](weir::Engine const& engine) -> weir::Result<weir::Module> {
    if (shared == nullptr) {
      return std::unexpected(null_argument("wasm_module_obtain", "shared module"));
    }
    // An engine has one Config. For another engine the module is compiled anew.
    return &shared->module.engine().config() == &engine.config()
               ? weir::Result<weir::Module>{shared->module}
               : weir::Module::from_bytes(engine, shared->module.bytes());
  });
}

weir_error_t* weir_module_new(wasm_store_t* store, wasm_byte_vec_t const* binary, wasm_module_t** out) {
  return module_or_error(store, "weir_module_new", out, [&](weir::Engine const& engine) {
    return weir::Module::from_bytes(engine, bytes_of(binary));
  });
}

weir_error_t* weir_module_new_from_text(wasm_store_t* store, char const* text, size_t size, wasm_module_t** out) {
  return module_or_error(store, "weir_module_new_from_text", out, [&](weir::Engine const& engine) {
    return weir::Module::from_wat(engine, text_of(text, size));
  });
}

weir_error_t* weir_module_new_from_file(wasm_store_t* store, char const* path, wasm_module_t** out) {
  return module_or_error(store, "weir_module_new_from_file", out, [&](weir::Engine const& engine) {
    return weir::Module::from_file(engine, path != nullptr ? path : "");
  });
}

weir_error_t* weir_wat_to_wasm(char const* text, size_t size, wasm_byte_vec_t* out) {
  if (out != nullptr) {
    vec_clear(*out);
  }
  return guarded_error([&]() -> weir::Result<void> {
    auto bytes = weir::wat_to_wasm(text_of(text, size));
    if (!bytes.has_value()) {
      return std::unexpected(std::move(bytes).error());
    }
    if (!vec_from_text(out, {reinterpret_cast<char const*>(bytes->data()), bytes->size()}, false)) {
      return std::unexpected(weir::Error{weir::ErrorKind::out_of_memory, "out of memory"});
    }
    return {};
  });
}

void weir_module_name(wasm_module_t const* module, wasm_name_t* out) {
  if (out == nullptr) {
    return;
  }
  vec_clear(*out);
  if (module != nullptr) {
    guarded_void([&]() -> weir::Result<void> {
      (void)vec_from_text(out, module->object->module.name(), false);
      return {};
    });
  }
}

void weir_module_function_name(wasm_module_t const* module, uint32_t index, wasm_name_t* out) {
  if (out == nullptr) {
    return;
  }
  vec_clear(*out);
  if (module != nullptr) {
    guarded_void([&]() -> weir::Result<void> {
      (void)vec_from_text(out, module->object->module.function_name(index), false);
      return {};
    });
  }
}

} // extern "C"
