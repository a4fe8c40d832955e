// Configurations and engines.
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "capi/objects.hpp"
#include "capi/traps.hpp"

namespace weir::capi {

namespace {

constexpr std::array<std::pair<std::string_view, Feature>, 10> feature_names{{
    {"mutable_globals", Feature::mutable_globals},
    {"sign_extension", Feature::sign_extension},
    {"saturating_float_to_int", Feature::saturating_float_to_int},
    {"multi_value", Feature::multi_value},
    {"bulk_memory", Feature::bulk_memory},
    {"reference_types", Feature::reference_types},
    {"simd", Feature::simd},
    {"function_references", Feature::function_references},
    {"multi_memory", Feature::multi_memory},
    {"exception_handling", Feature::exception_handling},
}};
static_assert(feature_names.size() + 1 == feature_count, "every feature but mvp can be switched");

// Takes the configuration over; null is the default one.
Result<wasm_engine_t*> make_engine(wasm_config_t* config) {
  std::unique_ptr<wasm_config_t> const owned{config};
  (void)out_of_memory_trap(); // made while there is memory
  auto engine = Engine::create(owned != nullptr ? owned->config : Config{});
  if (!engine.has_value()) {
    return std::unexpected(std::move(engine).error());
  }
  return std::make_unique<wasm_engine_t>(*std::move(engine)).release();
}

// A C enumeration and the C++ one have the same values.
static_assert(WEIR_BACKEND_LOOP == static_cast<int>(Backend::loop));
static_assert(WEIR_COMPILATION_LAZY == static_cast<int>(CompilationMode::lazy));
static_assert(WEIR_ERROR_MALFORMED == static_cast<int>(ErrorKind::malformed));
static_assert(WEIR_ERROR_GUEST == static_cast<int>(ErrorKind::guest));
static_assert(WEIR_TRAP_UNREACHABLE == static_cast<int>(TrapReason::unreachable));
static_assert(WEIR_TRAP_READ_ONLY_DATA == static_cast<int>(TrapReason::read_only_data));

} // namespace

} // namespace weir::capi

using namespace weir::capi;

extern "C" {

char const* weir_version(void) { return weir::version(); }

wasm_config_t* wasm_config_new(void) {
  return guarded_object<wasm_config_t>(
      []() -> weir::Result<wasm_config_t*> { return std::make_unique<wasm_config_t>().release(); });
}

void wasm_config_delete(wasm_config_t* config) { delete config; }

void weir_config_set_fuel(wasm_config_t* config, bool on) {
  if (config != nullptr) {
    config->config.consume_fuel(on);
  }
}

void weir_config_set_max_stack_bytes(wasm_config_t* config, uint64_t bytes) {
  if (config != nullptr) {
    config->config.max_stack_bytes(bytes);
  }
}

void weir_config_set_max_recursion_depth(wasm_config_t* config, uint32_t calls) {
  if (config != nullptr) {
    config->config.max_recursion_depth(calls);
  }
}

void weir_config_set_memory_reservation(wasm_config_t* config, uint64_t bytes) {
  if (config != nullptr) {
    config->config.memory_reservation(bytes);
  }
}

void weir_config_set_keep_custom_sections(wasm_config_t* config, bool on) {
  if (config != nullptr) {
    config->config.keep_custom_sections(on);
  }
}

void weir_config_set_keep_names(wasm_config_t* config, bool on) {
  if (config != nullptr) {
    config->config.keep_names(on);
  }
}

void weir_config_set_allow_start(wasm_config_t* config, bool on) {
  if (config != nullptr) {
    config->config.allow_start(on);
  }
}

void weir_config_set_host_writes(wasm_config_t* config, weir_host_writes_t policy) {
  if (config != nullptr && policy <= WEIR_HOST_WRITES_DENY) {
    config->config.host_writes(static_cast<weir::HostWrites>(policy));
  }
}

void weir_config_set_read_only_data(wasm_config_t* config, weir_read_only_data_t policy) {
  if (config != nullptr && policy <= WEIR_READ_ONLY_DATA_TRAP) {
    config->config.read_only_data(static_cast<weir::ReadOnlyData>(policy));
  }
}

void weir_config_set_keep_write_journal(wasm_config_t* config, bool on) {
  if (config != nullptr) {
    config->config.keep_write_journal(on);
  }
}

void weir_config_set_backend(wasm_config_t* config, weir_backend_t backend) {
  if (config != nullptr && backend <= WEIR_BACKEND_LOOP) {
    config->config.backend(static_cast<weir::Backend>(backend));
  }
}

bool weir_has_backend(weir_backend_t backend) {
  return backend <= WEIR_BACKEND_LOOP && weir::Engine::has_backend(static_cast<weir::Backend>(backend));
}

void weir_config_set_compilation(wasm_config_t* config, weir_compilation_t mode) {
  if (config != nullptr && mode <= WEIR_COMPILATION_LAZY) {
    config->config.compilation(static_cast<weir::CompilationMode>(mode));
  }
}

weir_error_t* weir_config_set_feature(wasm_config_t* config, char const* name, bool on) {
  return guarded_error([&]() -> weir::Result<void> {
    if (config == nullptr) {
      return std::unexpected(null_argument("weir_config_set_feature", "configuration"));
    }
    std::string_view const wanted = name != nullptr ? name : "";
    std::string known;
    for (auto const& [each, feature] : feature_names) {
      if (each == wanted) {
        config->config.feature(feature, on);
        return {};
      }
      known += (known.empty() ? "" : ", ") + std::string{each};
    }
    return std::unexpected(weir::Error{
        weir::ErrorKind::usage, "there is no feature \"" + std::string{wanted} + "\"; the features are " + known});
  });
}

void weir_config_set_diagnostic_sink(wasm_config_t* config, weir_diagnostic_sink_t sink, void* env,
                                     void (*finalizer)(void*)) {
  HostPointer pointer{env, finalizer};
  if (config == nullptr) {
    return;
  }
  guarded_void([&]() -> weir::Result<void> {
    if (sink == nullptr) {
      config->config.diagnostic_sink({});
      return {};
    }
    auto shared = std::make_shared<HostPointer>(std::move(pointer));
    config->config.diagnostic_sink(
        [sink, shared](std::string_view text) { sink(shared->get(), std::string{text}.c_str()); });
    return {};
  });
}

wasm_engine_t* wasm_engine_new(void) { return wasm_engine_new_with_config(nullptr); }

wasm_engine_t* wasm_engine_new_with_config(wasm_config_t* config) {
  return guarded_object<wasm_engine_t>([&] { return make_engine(config); });
}

weir_error_t* weir_engine_new(wasm_config_t* config, wasm_engine_t** out) {
  wasm_engine_t* made = nullptr;
  auto* const error = guarded_error([&]() -> weir::Result<void> {
    auto engine = make_engine(config);
    if (!engine.has_value()) {
      return std::unexpected(std::move(engine).error());
    }
    made = *engine;
    return {};
  });
  if (out != nullptr) {
    *out = made;
  } else {
    delete made;
  }
  return error;
}

void wasm_engine_delete(wasm_engine_t* engine) { delete engine; }

weir_backend_t weir_engine_backend(wasm_engine_t const* engine) {
  return engine != nullptr ? static_cast<weir_backend_t>(engine->engine.backend())
                           : weir_backend_t{WEIR_BACKEND_AUTOMATIC};
}

} // extern "C"
