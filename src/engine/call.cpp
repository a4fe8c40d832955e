#include "engine/call.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "code/frame.hpp"
#include "engine/read_only.hpp"
#include "engine/traps.hpp"
#include "engine/values.hpp"
#include "execute/entry.hpp"
#include "runtime/budget.hpp"
#include "wasm/limits.hpp"

namespace weir::engine {

using detail::CallStatus;
using detail::StoreData;

namespace {

// Not memcpy: they are few, and a call costs more than they do.
inline void copy_slots(std::uint64_t* to, std::uint64_t const* from, std::uint32_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    to[i] = from[i];
    asm volatile("" : "+r"(i));
  }
}

// The reason of a call that ends without having entered the guest: what is left of an earlier trap is not its own.
TrapReason not_entered(runtime::ExecutionState& execution, TrapReason reason) noexcept {
  execution.trap.ip = nullptr;
  return reason;
}

std::uint64_t* frame_at(std::uint64_t* first, std::uint32_t param_slots) noexcept {
  return first + param_slots - code::first_slot(0); // in front of the stack perhaps, where nothing is read or written
}

// That arguments or results take.
constexpr std::uint32_t most_slots = 2 * std::max(wasm::limits::params, wasm::limits::results);

// Whether the value stack has slots to spare beyond these. Not if it is yet to be mapped.
inline bool has_room(StoreData const& store, std::uint32_t slots) noexcept {
  return reinterpret_cast<std::uintptr_t>(store.stack_top) + slots * sizeof(std::uint64_t) <
         reinterpret_cast<std::uintptr_t>(store.execution->stack_limit);
}

// Where there is no room to spare: maps the stack if it is not yet, and answers none if the slots just fit.
[[gnu::noinline]] TrapReason make_room(StoreData& store, std::uint32_t slots) noexcept {
  if (store.stack_top == nullptr) {
    if (!runtime::map_stack(store, store.engine_data->config.max_stack_bytes())) {
      return TrapReason::host_memory;
    }
    store.set(detail::Detour::small_stack, !has_room(store, most_slots));
  }
  auto const room = static_cast<std::uint64_t>(store.execution->stack_limit - store.stack_top);
  return room < slots ? TrapReason::call_stack_exhausted : TrapReason::none;
}

// Calls into the guest: arguments to the value stack, results back.
inline TrapReason enter_guest(StoreData& store, runtime::Function& function, std::uint64_t* slots,
                              std::uint32_t param_slots, std::uint32_t result_slots, std::uint64_t*& frame) noexcept {
  auto& execution = *store.execution;
  if (std::uint32_t const most = std::max(param_slots, result_slots); !has_room(store, most)) [[unlikely]] {
    if (auto const reason = make_room(store, most); reason != TrapReason::none) {
      frame = store.stack_top != nullptr ? frame_at(store.stack_top, param_slots) : nullptr;
      return not_entered(execution, reason);
    }
  }
  std::uint64_t* const first = store.stack_top;
  frame = frame_at(first, param_slots);
  if (auto const stop = runtime::stop_requested(execution); stop != TrapReason::none) [[unlikely]] {
    return not_entered(execution, stop);
  }
  copy_slots(first, slots, param_slots);
  auto const reason = execute::enter(store.engine_data->backend, execution, function, frame);
  if (reason == TrapReason::none) [[likely]] {
    copy_slots(slots, first, result_slots);
  }
  return reason;
}

// The same with checks of read-only data before and behind it.
[[gnu::noinline]] TrapReason enter_guest_checked(StoreData& store, runtime::Function& function, std::uint64_t* slots,
                                                 std::uint32_t param_slots, std::uint32_t result_slots,
                                                 std::uint64_t*& frame) noexcept {
  if (auto const changed = check_read_only_data(store, Crossing::enter_guest); changed != TrapReason::none) {
    return changed;
  }
  auto const reason = enter_guest(store, function, slots, param_slots, result_slots, frame);
  if (reason == TrapReason::read_only_data) {
    return reason; // it was found where the guest called a host function, and is told by the trap
  }
  auto const changed = check_read_only_data(store, Crossing::leave_guest, reason != TrapReason::none);
  return reason != TrapReason::none ? reason : not_entered(*store.execution, changed);
}

// The error of a call that ended with `reason`, and the store as it was before.
[[gnu::noinline]] void fail_call(StoreData& store, runtime::Function& function, TrapReason reason,
                                 CallPoint point) noexcept {
  auto& execution = *store.execution;
  point.function = &function;
  bool const entered = point.frame != nullptr && execution.trap.ip != nullptr;
  point.context_stack_height =
      entered ? execution.ended_height : static_cast<std::uint32_t>(execution.context_stack.size());
  if (!platform::had_memory([&] { store.pending = trap_error(store, reason, point); })) {
    store.pending = out_of_memory();
  }
  store.trap_detail.clear();
  execution.context_stack.resize(point.context_stack_height);
}

// A call of any function, by anybody.
[[gnu::noinline]] bool call_the_long_way(StoreData& store, runtime::Function& function, std::uint64_t* slots,
                                         std::uint32_t param_slots, std::uint32_t result_slots) noexcept {
  CallPoint point;
  TrapReason reason = TrapReason::none;
  if (store.depth >= store.engine_data->config.max_recursion_depth()) [[unlikely]] {
    reason = TrapReason::call_stack_exhausted;
  } else {
    if (store.has(detail::Detour::refusals) && store.depth == 0) [[unlikely]] {
      store.refusals.clear(); // what was refused before is not this call's business
      store.set(detail::Detour::refusals, false);
    }
    ++store.depth;
    if (function.record == nullptr) [[unlikely]] {
      reason = call_host(function, nullptr, slots);
      point.is_host = true;
    } else {
      if (store.read_only_data == ReadOnlyData::off) [[likely]] {
        reason = enter_guest(store, function, slots, param_slots, result_slots, point.frame);
      } else {
        std::uint64_t* frame = nullptr; // of its own: what is passed by reference lies in memory
        reason = enter_guest_checked(store, function, slots, param_slots, result_slots, frame);
        point.frame = frame;
      }
    }
    --store.depth;
  }
  if (reason == TrapReason::none) [[likely]] {
    return true;
  }
  fail_call(store, function, reason, point);
  return false;
}

// Whether an outermost call may go the short way: a guest's function, and nothing to be done before.
inline bool is_plain(StoreData const& store, runtime::Function const& function) noexcept {
  return store.detours == 0 && function.record != nullptr && !runtime::may_stop(*store.execution);
}

// What call_the_long_way does for these, and no more. Preconditions: no call is active, and is_plain.
[[gnu::always_inline]] inline bool call_the_short_way(StoreData& store, runtime::Function& function,
                                                      std::uint64_t* slots, std::uint32_t param_slots,
                                                      std::uint32_t result_slots) noexcept {
  std::uint64_t* const first = store.stack_top;
  std::uint64_t* const frame = frame_at(first, param_slots);
  copy_slots(first, slots, param_slots);
  store.depth = 1;
  auto const reason = execute::enter_outermost(*store.execution, function, frame);
  store.depth = 0;
  if (reason == TrapReason::none) [[likely]] {
    copy_slots(slots, store.stack_top, result_slots);
    return true;
  }
  CallPoint point;
  point.frame = frame;
  fail_call(store, function, reason, point);
  return false;
}

CallStatus status_of(StoreData const& store, bool has_succeeded) noexcept {
  if (has_succeeded) [[likely]] {
    return CallStatus::ok;
  }
  // A store that was destroyed meanwhile may be gone when the error is fetched.
  return store.closed ? CallStatus::closed : CallStatus::failed;
}

// Into a store that could not be taken: the thread is inside, or must not be.
[[gnu::noinline]] CallStatus call_inside(StoreData* store, detail::Handle const& func, std::uint64_t* slots,
                                         std::uint32_t param_slots, std::uint32_t result_slots) noexcept {
  if (auto const status = Entry::at_closed_door(store); status != CallStatus::ok) [[unlikely]] {
    return status;
  }
  auto* const function = object_of<runtime::Function>(*store, func);
  if (function == nullptr) [[unlikely]] {
    return CallStatus::wrong_store;
  }
  return status_of(*store, call_the_long_way(*store, *function, slots, param_slots, result_slots));
}

} // namespace

bool call_function(StoreData& store, runtime::Function& function, std::uint64_t* slots, std::uint32_t param_slots,
                   std::uint32_t result_slots) noexcept {
  return store.depth == 0 && is_plain(store, function)
             ? call_the_short_way(store, function, slots, param_slots, result_slots)
             : call_the_long_way(store, function, slots, param_slots, result_slots);
}

Error take_pending(StoreData& store) {
  Error error = std::move(*store.pending);
  store.pending.reset();
  return error;
}

} // namespace weir::engine

namespace weir::detail {

CallStatus call_slots(StoreContext context, Handle const& func, std::uint64_t* slots, std::uint32_t param_slots,
                      std::uint32_t result_slots) noexcept {
  auto* const store = Access::data(context);
  if (!engine::Entry::take(store)) [[unlikely]] {
    return engine::call_inside(store, func, slots, param_slots, result_slots);
  }
  // Nobody was inside: so no call is active.
  CallStatus status = CallStatus::wrong_store;
  if (auto* const function = engine::object_of<runtime::Function>(*store, func); function != nullptr) [[likely]] {
    bool const has_succeeded = engine::is_plain(*store, *function)
                                   ? engine::call_the_short_way(*store, *function, slots, param_slots, result_slots)
                                   : engine::call_the_long_way(*store, *function, slots, param_slots, result_slots);
    status = engine::status_of(*store, has_succeeded);
  }
  engine::Entry::leave(store);
  return status;
}

Error take_error(StoreContext context, CallStatus status) {
  return platform::guard_allocation(
      [&] {
        auto* const store = Access::data(context);
        return status == CallStatus::failed && store != nullptr && store->pending.has_value()
                   ? engine::take_pending(*store)
                   : engine::status_error(status);
      },
      &engine::out_of_memory);
}

CallStatus func_to_slot(StoreContext context, Func const& func, std::uint64_t& slot) noexcept {
  auto const* const store = Access::data(context);
  auto const& handle = Access::handle(func);
  if (store == nullptr) {
    return CallStatus::closed;
  }
  if (handle.object != nullptr && handle.store != store->id) {
    return CallStatus::wrong_store;
  }
  slot = reinterpret_cast<std::uintptr_t>(handle.object);
  return CallStatus::ok;
}

CallStatus extern_to_slot(StoreContext context, ExternRef const& ref, std::uint64_t& slot) noexcept {
  auto* const store = Access::data(context);
  engine::Entry const entry{store};
  if (entry.status() != CallStatus::ok) {
    return entry.status();
  }
  return platform::had_memory([&] { slot = engine::keep_extern(*store, ref); }) ? CallStatus::ok
                                                                                : CallStatus::out_of_memory;
}

Func func_from_slot(StoreContext context, std::uint64_t slot) noexcept {
  if (slot == 0) {
    return {};
  }
  return engine::handle_for<Func>(*Access::data(context), reinterpret_cast<void*>(static_cast<std::uintptr_t>(slot)));
}

ExternRef extern_from_slot(std::uint64_t slot) noexcept {
  if (slot == 0) {
    return {};
  }
  // The store that the slot came from keeps the object.
  auto* const box = reinterpret_cast<Access::Box*>(static_cast<std::uintptr_t>(slot));
  return Access::make_extern(box->shared_from_this());
}

Result<void> check_func_type(StoreContext context, Func const& func, std::span<ValType const> params,
                             std::span<ValType const> results) {
  return engine::in_store<runtime::Function>(
      context, func, [&](StoreData&, runtime::Function& function) -> Result<void> {
        auto const& type = *function.type;
        if (std::ranges::equal(type.params(), params) && std::ranges::equal(type.results(), results)) {
          return {};
        }
        FuncType const asked{{params.begin(), params.end()}, {results.begin(), results.end()}};
        return std::unexpected(Error{
            ErrorKind::usage, fmt::format("the function has type {}, not {}", to_string(type), to_string(asked))});
      });
}

Error no_memory_error() { return engine::out_of_memory(); }

} // namespace weir::detail

namespace weir {

using detail::StoreData;

Result<FuncType> Func::type(StoreContext store) const {
  return engine::in_store<runtime::Function>(
      store, *this, [](StoreData&, runtime::Function& function) -> Result<FuncType> { return *function.type; });
}

Result<void> Func::call(StoreContext context, std::span<Val const> args, std::span<Val> results) const {
  return engine::in_store<runtime::Function>(
      context, *this, [&](StoreData& store, runtime::Function& function) -> Result<void> {
        auto const& type = *function.type;
        if (results.size() != type.results().size()) {
          return std::unexpected(Error{ErrorKind::usage, fmt::format("the function has {} results, and room was given "
                                                                     "for {}",
                                                                     type.results().size(), results.size())});
        }
        std::uint32_t const param_slots = engine::slots_of(type.params());
        std::uint32_t const result_slots = engine::slots_of(type.results());
        std::uint32_t const all = std::max(param_slots, result_slots);
        std::array<std::uint64_t, 16> few;
        std::vector<std::uint64_t> many;
        std::uint64_t* slots = few.data();
        if (all > few.size()) {
          many.resize(all);
          slots = many.data();
        }
        if (auto done = engine::all_to_slots(store, args, type.params(), slots, "argument"); !done.has_value()) {
          return done;
        }
        if (!engine::call_function(store, function, slots, param_slots, result_slots)) {
          return std::unexpected(engine::take_pending(store));
        }
        engine::all_from_slots(store, type.results(), slots, results);
        return {};
      });
}

Result<std::vector<Val>> Func::call(StoreContext context, std::span<Val const> args) const {
  return engine::in_store<runtime::Function>(context, *this,
                                             [&](StoreData&, runtime::Function& function) -> Result<std::vector<Val>> {
                                               std::vector<Val> results(function.type->results().size());
                                               if (auto done = call(context, args, results); !done.has_value()) {
                                                 return std::unexpected(std::move(done).error());
                                               }
                                               return results;
                                             });
}

Result<std::vector<Val>> Func::call(StoreContext store, std::initializer_list<Val> args) const {
  return call(store, std::span{args.begin(), args.size()});
}

} // namespace weir
