// WASI preview 1.
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <weir/wasi.hpp>

#include "capi/functions.hpp"
#include "capi/linker.hpp"
#include "capi/objects.hpp"
#include "capi/traps.hpp"
#include "capi/vec.hpp"

struct weir_wasi_config_t {
  weir::wasi::Config config;
};

struct weir_wasi_capture_t {
  std::shared_ptr<weir::wasi::Capture> capture;
};

struct weir_wasi_files_t {
  std::shared_ptr<weir::wasi::MemoryFileSystem> files;
};

namespace weir::capi {

namespace {

std::string_view bytes_of(void const* bytes, std::size_t size) noexcept {
  return bytes != nullptr ? std::string_view{static_cast<char const*>(bytes), size} : std::string_view{};
}

wasi::Access access(bool read_only) noexcept { return read_only ? wasi::Access::read_only : wasi::Access::read_write; }

// Changes a configuration, if there is one: change(Config&).
template <class Change>
void configure(weir_wasi_config_t* config, Change&& change) {
  if (config != nullptr) {
    guarded_void([&]() -> Result<void> {
      change(config->config);
      return {};
    });
  }
}

bool tell(std::optional<std::uint32_t> status, uint32_t* out) noexcept {
  if (out != nullptr) {
    *out = status.value_or(0);
  }
  return status.has_value();
}

} // namespace

} // namespace weir::capi

using namespace weir::capi;

extern "C" {

weir_wasi_config_t* weir_wasi_config_new(void) {
  return guarded_object<weir_wasi_config_t>(
      []() -> weir::Result<weir_wasi_config_t*> { return std::make_unique<weir_wasi_config_t>().release(); });
}

void weir_wasi_config_delete(weir_wasi_config_t* config) { delete config; }

void weir_wasi_config_add_arg(weir_wasi_config_t* config, char const* arg) {
  configure(config, [&](weir::wasi::Config& inside) { inside.arg(std::string{text_of(arg)}); });
}

void weir_wasi_config_set_env(weir_wasi_config_t* config, char const* name, char const* value) {
  configure(config, [&](weir::wasi::Config& inside) { inside.env(text_of(name), text_of(value)); });
}

void weir_wasi_config_inherit_env(weir_wasi_config_t* config) {
  configure(config, [](weir::wasi::Config& inside) { inside.inherit_env(); });
}

void weir_wasi_config_inherit_stdio(weir_wasi_config_t* config) {
  configure(config, [](weir::wasi::Config& inside) { inside.inherit_stdio(); });
}

void weir_wasi_config_set_stdin(weir_wasi_config_t* config, void const* bytes, size_t size) {
  configure(config, [&](weir::wasi::Config& inside) { inside.stdin_bytes(std::string{bytes_of(bytes, size)}); });
}

void weir_wasi_config_preopen(weir_wasi_config_t* config, char const* host_folder, char const* guest_path,
                              bool read_only) {
  configure(config, [&](weir::wasi::Config& inside) {
    inside.preopen(std::string{text_of(host_folder)}, std::string{text_of(guest_path)}, access(read_only));
  });
}

void weir_wasi_config_add_socket(weir_wasi_config_t* config, int descriptor) {
  configure(config, [&](weir::wasi::Config& inside) { inside.socket(descriptor); });
}

void weir_wasi_config_set_deterministic(weir_wasi_config_t* config, uint64_t seed, uint64_t realtime) {
  configure(config, [&](weir::wasi::Config& inside) {
    inside.random(weir::wasi::seeded_random(seed)).clock(std::make_shared<weir::wasi::ManualClock>(realtime));
  });
}

void weir_wasi_config_set_max_descriptors(weir_wasi_config_t* config, uint32_t count) {
  configure(config, [&](weir::wasi::Config& inside) { inside.max_descriptors(count); });
}

weir_wasi_capture_t* weir_wasi_capture_new(size_t max_bytes) {
  return guarded_object<weir_wasi_capture_t>([&]() -> weir::Result<weir_wasi_capture_t*> {
    return std::make_unique<weir_wasi_capture_t>(std::make_shared<weir::wasi::Capture>(max_bytes)).release();
  });
}

void weir_wasi_capture_delete(weir_wasi_capture_t* capture) { delete capture; }

void weir_wasi_capture_take(weir_wasi_capture_t* capture, wasm_byte_vec_t* out) {
  auto const text = capture != nullptr ? capture->capture->take() : std::string{};
  (void)vec_from_text(out, text, false);
}

void weir_wasi_config_capture_stdout(weir_wasi_config_t* config, weir_wasi_capture_t const* capture) {
  configure(config, [&](weir::wasi::Config& inside) {
    if (capture != nullptr) {
      inside.capture_stdout(capture->capture);
    }
  });
}

void weir_wasi_config_capture_stderr(weir_wasi_config_t* config, weir_wasi_capture_t const* capture) {
  configure(config, [&](weir::wasi::Config& inside) {
    if (capture != nullptr) {
      inside.capture_stderr(capture->capture);
    }
  });
}

weir_wasi_files_t* weir_wasi_files_new(uint64_t max_bytes) {
  return guarded_object<weir_wasi_files_t>([&]() -> weir::Result<weir_wasi_files_t*> {
    return std::make_unique<weir_wasi_files_t>(std::make_shared<weir::wasi::MemoryFileSystem>(max_bytes)).release();
  });
}

void weir_wasi_files_delete(weir_wasi_files_t* files) { delete files; }

bool weir_wasi_files_write(weir_wasi_files_t* files, char const* path, void const* bytes, size_t size) {
  return guarded_or(false, [&]() -> weir::Result<bool> {
    if (files == nullptr) {
      return std::unexpected(null_argument("weir_wasi_files_write", "files"));
    }
    return files->files->write_file(text_of(path), bytes_of(bytes, size)).has_value();
  });
}

bool weir_wasi_files_read(weir_wasi_files_t* files, char const* path, wasm_byte_vec_t* out) {
  if (out != nullptr) {
    vec_clear(*out);
  }
  return guarded_or(false, [&]() -> weir::Result<bool> {
    if (files == nullptr) {
      return std::unexpected(null_argument("weir_wasi_files_read", "files"));
    }
    auto const contents = files->files->read_file(text_of(path));
    return contents.has_value() && vec_from_text(out, *contents, false);
  });
}

void weir_wasi_config_mount(weir_wasi_config_t* config, weir_wasi_files_t const* files, char const* guest_path,
                            bool read_only) {
  configure(config, [&](weir::wasi::Config& inside) {
    if (files != nullptr) {
      inside.mount(files->files, std::string{text_of(guest_path)}, access(read_only));
    }
  });
}

weir_error_t* weir_store_set_wasi(wasm_store_t* store, weir_wasi_config_t* config) {
  std::unique_ptr<weir_wasi_config_t> const owned{config};
  return guarded_error([&]() -> weir::Result<void> {
    if (store == nullptr || config == nullptr) {
      return std::unexpected(null_argument("weir_store_set_wasi", store == nullptr ? "store" : "configuration"));
    }
    auto context = weir::wasi::Context::create(config->config);
    if (!context.has_value()) {
      return std::unexpected(std::move(context).error());
    }
    store->box->wasi = std::make_shared<weir::wasi::Context>(*std::move(context));
    return {};
  });
}

weir_error_t* weir_linker_define_wasi(weir_linker_t* linker) {
  return guarded_error([&]() -> weir::Result<void> {
    if (linker == nullptr) {
      return std::unexpected(null_argument("weir_linker_define_wasi", "linker"));
    }
    return weir::wasi::add_to_linker(linker->linker, [](weir::Caller& caller) -> weir::wasi::Context* {
      auto const* const link = caller.data<BoxOfStore>();
      return link != nullptr ? link->box->wasi.get() : nullptr;
    });
  });
}

weir_error_t* weir_wasi_run(wasm_instance_t const* instance, uint32_t* status) {
  (void)tell(std::nullopt, status);
  return weir::detail::guard_memory(
      [&]() -> weir_error_t* {
        if (instance == nullptr) {
          return make_error(null_argument("weir_wasi_run", "instance"));
        }
        auto const store = instance->store;
        auto const start = instance->handle.get_func(store->store, "_start");
        if (!start.has_value()) {
          return make_error(start.error());
        }
        auto ended = start->call(store->store, {});
        if (ended.has_value() || tell(weir::wasi::exit_status(ended.error()), status)) {
          return nullptr;
        }
        return call_error(store, std::move(ended).error());
      },
      [] { return out_of_memory(); });
}

bool weir_error_exit_status(weir_error_t const* error, uint32_t* status) {
  return tell(error != nullptr ? weir::wasi::exit_status(error->error) : std::nullopt, status);
}

bool weir_trap_exit_status(wasm_trap_t const* trap, uint32_t* status) {
  return tell(trap != nullptr ? weir::wasi::exit_status(trap->object->error) : std::nullopt, status);
}

} // extern "C"
