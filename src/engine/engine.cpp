// Engine and its construction.
#include <cstdio>

#include "engine/access.hpp"
#include "engine/engine_data.hpp"
#include "engine/host_writes.hpp"
#include "engine/read_only.hpp"

namespace weir {

namespace {

Config const default_config{};

Result<std::shared_ptr<detail::EngineData const>> make_data(Config const& config) {
  return engine::guarded([&]() -> Result<std::shared_ptr<detail::EngineData const>> {
    auto data = std::make_shared<detail::EngineData>();
    data->config = config;
    data->forced_host_writes = engine::host_writes_of_environment(*data);
    data->forced_read_only_data = engine::read_only_data_of_environment(*data);
    data->types = std::make_shared<engine::TypeRegistry>();
    bool const tail_call = execute::has_backend(execute::Backend::tail_call);
    if (config.backend() == Backend::tail_call && !tail_call) {
      data->failure = Error{ErrorKind::unsupported,
                            "this build of Weir has no tail-call backend (it needs clang 19 or newer, or an "
                            "optimised build by g++ for x86-64); use Backend::automatic or Backend::loop"};
    }
    data->backend =
        tail_call && config.backend() != Backend::loop ? execute::Backend::tail_call : execute::Backend::loop;
    data->handlers = &execute::handlers(data->backend);
    return data;
  });
}

} // namespace

Engine::Engine(Config const& config) {
  if (auto data = make_data(config); data.has_value()) {
    data_ = *std::move(data);
  }
}

Result<Engine> Engine::create(Config const& config) {
  auto data = make_data(config);
  if (!data.has_value()) {
    return std::unexpected(std::move(data).error());
  }
  if ((*data)->failure.has_value()) {
    return std::unexpected(*(*data)->failure);
  }
  return detail::Access::make_engine(*std::move(data));
}

Config const& Engine::config() const noexcept {
  auto const* const data = data_.get();
  return data != nullptr ? data->config : default_config;
}

Backend Engine::backend() const noexcept {
  return data_ != nullptr && data_->backend == execute::Backend::tail_call ? Backend::tail_call : Backend::loop;
}

bool Engine::has_backend(Backend backend) noexcept {
  return backend != Backend::tail_call || execute::has_backend(execute::Backend::tail_call);
}

void Engine::diagnose(std::string_view text) const noexcept {
  if (data_ != nullptr) {
    engine::diagnose_to_sink(*data_, text);
  }
}

namespace engine {

Result<std::shared_ptr<detail::EngineData const>> data_of(Engine const& engine) {
  auto const& data = detail::Access::data(engine);
  if (data == nullptr) {
    return std::unexpected(out_of_memory());
  }
  if (data->failure.has_value()) {
    return std::unexpected(*data->failure);
  }
  return data;
}

void diagnose_to_sink(detail::EngineData const& engine, std::string_view text) noexcept {
  if (auto const& sink = engine.config.diagnostic_sink()) {
    // A sink that runs out of memory loses its message, nothing else.
    (void)platform::had_memory([&] { sink(text); });
    return;
  }
  std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}

} // namespace engine

char const* version() noexcept { return "0.1.0"; }

} // namespace weir
