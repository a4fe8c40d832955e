// What an Engine is inside, and the guards that every public function goes through.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <weir/weir.hpp>

#include "code/handler_table.hpp"
#include "engine/type_registry.hpp"
#include "execute/entry.hpp"
#include "platform/alloc_guard.hpp"

namespace weir::detail {

struct EngineData {
  Config config;
  execute::Backend backend = execute::Backend::loop;
  code::HandlerTable const* handlers = nullptr;
  std::shared_ptr<engine::TypeRegistry> types;
  std::optional<HostWrites> forced_host_writes; // by the environment
  std::optional<ReadOnlyData> forced_read_only_data;
  std::optional<Error> failure; // why the engine cannot be used
};

} // namespace weir::detail

namespace weir::engine {

// The text is short enough to need no allocation of its own.
inline Error out_of_memory() { return {ErrorKind::out_of_memory, "out of memory"}; }

// Runs a body that gives a Result; a failed allocation becomes its error.
template <class Body>
auto guarded(Body&& body) -> decltype(body()) {
  return platform::guard_allocation(std::forward<Body>(body),
                                    [] { return decltype(body()){std::unexpected(out_of_memory())}; });
}

// The engine's data, or why there is none.
Result<std::shared_ptr<detail::EngineData const>> data_of(Engine const& engine);

// Tells the Config's diagnostic sink, or the standard error stream.
void diagnose_to_sink(detail::EngineData const& engine, std::string_view text) noexcept;

} // namespace weir::engine
