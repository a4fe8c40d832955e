#include "engine/host_function.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "code/frame.hpp"
#include "engine/call.hpp"
#include "engine/host_writes.hpp"
#include "engine/store_data.hpp"
#include "engine/traps.hpp"
#include "engine/values.hpp"
#include "wasm/limits.hpp"

namespace weir::engine {

using detail::Access;
using detail::StoreData;

std::uint32_t slots_of(std::span<ValType const> types) noexcept {
  std::uint32_t slots = 0;
  for (ValType const type : types) {
    slots += code::slot_width(type);
  }
  return slots;
}

HostDefinition::HostDefinition(std::shared_ptr<TypeRegistry> registry, FuncType its_type, detail::HostCallable taken)
    : callable(taken),
      type(std::move(its_type)),
      ids(std::move(registry)),
      param_slots(slots_of(type.params())),
      result_slots(slots_of(type.results())),
      most_slots(std::max(param_slots, result_slots)) {}

HostDefinition::~HostDefinition() {
  if (callable.closure != nullptr) {
    callable.destroy(callable.closure);
  }
}

namespace {

Result<void> check_types(std::span<ValType const> types, std::uint32_t most, char const* what) {
  if (types.size() > most) {
    return std::unexpected(
        Error{ErrorKind::limit, fmt::format("a function may have {} {} at most, not {}", most, what, types.size())});
  }
  for (ValType const type : types) {
    if (!type.is_num() && !type.is_vec() && type != ValType::funcref() && type != ValType::externref()) {
      return std::unexpected(
          Error{ErrorKind::usage, fmt::format("a host function cannot have {} among its {}", to_string(type), what)});
    }
  }
  return {};
}

} // namespace

Result<std::shared_ptr<HostDefinition>> define_host(std::shared_ptr<TypeRegistry> const& registry,
                                                    std::span<ValType const> params, std::span<ValType const> results,
                                                    detail::HostCallable callable) {
  // Owns the closure until the definition does.
  struct Holder {
    detail::HostCallable callable;
    ~Holder() {
      if (callable.closure != nullptr) {
        callable.destroy(callable.closure);
      }
    }
  } holder{callable};
  return guarded([&]() -> Result<std::shared_ptr<HostDefinition>> {
    if (holder.callable.closure == nullptr) {
      return std::unexpected(out_of_memory());
    }
    if (auto good = check_types(params, wasm::limits::params, "parameters"); !good.has_value()) {
      return std::unexpected(std::move(good).error());
    }
    if (auto good = check_types(results, wasm::limits::results, "results"); !good.has_value()) {
      return std::unexpected(std::move(good).error());
    }
    FuncType type{{params.begin(), params.end()}, {results.begin(), results.end()}};
    auto definition = std::make_shared<HostDefinition>(registry, std::move(type), detail::HostCallable{});
    definition->ids.add(definition->type);
    definition->callable = std::exchange(holder.callable, {});
    return definition;
  });
}

namespace {

// Slots <-> values around a callback that takes values.
bool call_dynamic(StoreData& store, HostDefinition const& host, Caller& caller, std::uint64_t* slots) {
  // Few values need no allocation.
  std::array<Val, 8> few;
  std::vector<Val> many;
  std::size_t const params = host.type.params().size();
  std::size_t const results = host.type.results().size();
  std::span<Val> all{few};
  if (params + results > few.size()) {
    many.resize(params + results);
    all = many;
  }
  auto const args = all.first(params);
  auto const answers = all.subspan(params, results);
  all_from_slots(store, host.type.params(), slots, args);
  for (std::size_t i = 0; i < results; ++i) {
    answers[i] = Val::default_of(host.type.results()[i]);
  }
  if (!host.callable.dynamic(host.callable.closure, caller, args, answers)) {
    return false;
  }
  auto done = all_to_slots(store, answers, host.type.results(), slots, "result");
  if (!done.has_value()) {
    detail::fail_host_call(
        caller, Error{ErrorKind::usage, "a host function returned a wrong value: " + done.error().message()});
  }
  return done.has_value();
}

// A callback that takes values may need memory for them.
[[gnu::noinline]] bool call_dynamic_guarded(StoreData& store, HostDefinition const& host, Caller& caller,
                                            std::uint64_t* slots) noexcept {
  bool good = false;
  if (!platform::had_memory([&] { good = call_dynamic(store, host, caller, slots); })) {
    detail::fail_host_call(caller, detail::CallStatus::out_of_memory);
    return false;
  }
  return good;
}

} // namespace

TrapReason call_host(runtime::Function& function, runtime::InstanceContext* caller, std::uint64_t* slots) noexcept {
  auto& store = static_cast<StoreData&>(*function.store);
  auto const& host = *static_cast<HostDefinition const*>(function.host_data);
  // Calls that the host function makes use the value stack behind its own arguments and results. When the host called,
  // they are not on that stack.
  std::uint64_t* const stack_top = store.stack_top;
  if (caller != nullptr) {
    store.stack_top = slots + host.most_slots;
  }
  Caller handle = Access::make_caller(&store, caller != nullptr ? caller->instance : nullptr);
  bool good = host.callable.invoke != nullptr ? host.callable.invoke(host.callable.closure, handle, slots)
                                              : call_dynamic_guarded(store, host, handle, slots);
  store.stack_top = stack_top;
  if (Access::has_allowed(handle)) [[unlikely]] {
    end_passed_ranges(store, handle);
  }
  if (good && store.closed) [[unlikely]] {
    detail::fail_host_call(handle, detail::CallStatus::closed);
    good = false;
  }
  return good ? TrapReason::none : TrapReason::host_error;
}

} // namespace weir::engine

namespace weir::detail {

void fail_host_call(Caller& caller, Error error) noexcept { Access::data(caller)->pending = std::move(error); }

void fail_host_call(Caller& caller, CallStatus status) noexcept {
  auto& store = *Access::data(caller);
  if (status == CallStatus::failed) {
    return; // the error is there already
  }
  if (!platform::had_memory([&] { store.pending = engine::status_error(status); })) {
    store.pending = engine::out_of_memory();
  }
}

void fail_host_call(Caller& caller, char const* exception_text) noexcept {
  auto& store = *Access::data(caller);
  bool const done = platform::had_memory([&] {
    store.pending = Error{ErrorKind::host, exception_text != nullptr
                                               ? std::string{"a host function threw an exception: "} + exception_text
                                               : std::string{"a host function threw something that is not a "
                                                             "std::exception"}};
  });
  if (!done) {
    store.pending = engine::out_of_memory();
  }
}

void fail_parameter(Caller& caller, std::size_t first, std::size_t count, Error error) noexcept {
  auto& store = *Access::data(caller);
  bool const done = platform::had_memory([&] {
    auto const frames = engine::backtrace_now(store);
    // No frame of a host function: the host called it itself.
    std::string const name = !frames.empty() && frames.front().is_host && !frames.front().name.empty()
                                 ? frames.front().name
                                 : "a host function";
    std::string const which =
        count == 1 ? fmt::format("parameter {}", first) : fmt::format("parameters {} and {}", first, first + count - 1);
    store.pending = Error{error.kind(), fmt::format("{}: {}: {}", name, which, error.message()), error.shared_trap()};
  });
  if (!done) {
    store.pending = engine::out_of_memory();
  }
}

Result<Func> make_host_func(StoreContext context, std::span<ValType const> params, std::span<ValType const> results,
                            HostCallable callable) {
  auto* const store = Access::data(context);
  if (store == nullptr) {
    if (callable.closure != nullptr) {
      callable.destroy(callable.closure);
    }
    return engine::guarded([]() -> Result<Func> { return std::unexpected(engine::status_error(CallStatus::closed)); });
  }
  auto definition = engine::define_host(store->engine_data->types, params, results, callable);
  if (!definition.has_value()) {
    return std::unexpected(std::move(definition).error());
  }
  return engine::in_store(context, [&](StoreData& inside) -> Result<Func> {
    return engine::handle_for<Func>(inside, &engine::function_for(inside, *definition));
  });
}

} // namespace weir::detail
