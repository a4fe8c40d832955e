#include "engine/hooks.hpp"

#include <utility>

#include <fmt/format.h>

#include "engine/backtrace.hpp"
#include "engine/compile.hpp"
#include "engine/store_data.hpp"
#include "runtime/budget.hpp"
#include "runtime/table.hpp"

namespace weir::engine {

namespace {

detail::StoreData& store_of(runtime::InstanceContext const& context) noexcept {
  return static_cast<detail::StoreData&>(*context.execution->store);
}

// Runs a hook's body; a failed allocation stops the guest.
template <class Body>
TrapReason guarded_hook(runtime::InstanceContext& context, Body&& body) noexcept {
  context.activation->suspended_ip = nullptr;
  return platform::guard_allocation(std::forward<Body>(body), [] { return TrapReason::host_memory; });
}

TrapReason translate(runtime::InstanceContext& context, code::FunctionRecord& record) {
  return guarded_hook(context, [&] {
    auto translated = translate_function(record);
    if (translated.has_value()) {
      return TrapReason::none;
    }
    if (translated.error().kind() == ErrorKind::out_of_memory) {
      return TrapReason::host_memory;
    }
    store_of(context).trap_detail = translated.error().message();
    return TrapReason::untranslatable;
  });
}

TrapReason budget_expired(runtime::InstanceContext& context) {
  return guarded_hook(context, [&] { return runtime::refill_budget(*context.execution, context.budget); });
}

// A growth that a guest asks for.
struct Growth {
  runtime::InstanceContext& context;
  runtime::GuestPlace place;
  void const* object = nullptr;
  bool is_table = false;
  std::uint32_t index = 0;
  std::uint64_t by = 0;
};

// So that a trap report can tell. Without memory for that it can't, and the guest goes on.
void remember(detail::StoreData& store, Growth const& growth, runtime::GrowFailure const& failure) {
  (void)platform::had_memory([&] {
    Refusal refusal{growth.object, growth.is_table, growth.index, growth.by, failure.facts, failure.refusal, 1, {}};
    diagnose::walk_running_stack(walk_of(store), growth.place, growth.context, [&](diagnose::StackFrame const& frame) {
      refusal.frames.push_back(frame);
      return refusal.frames.size() < Refusals::most_frames;
    });
    store.refusals.add(std::move(refusal));
    store.set(detail::Detour::refusals, true);
  });
}

// The guest's answer: the previous size, -1, or a trap.
TrapReason answer(detail::StoreData& store, Growth const& growth, runtime::GrowResult const& grown,
                  std::uint64_t& result, bool is_64) {
  if (grown.has_value()) {
    result = *grown;
    return TrapReason::none;
  }
  auto const& failure = grown.error();
  remember(store, growth, failure);
  if (!failure.must_trap) {
    result = is_64 ? ~std::uint64_t{0} : 0xFFFFFFFFu; // -1 of the index type
    return TrapReason::none;
  }
  char const* const unit = growth.is_table ? "element" : "page";
  store.trap_detail = fmt::format("{} of {} {}{} was {}", growth.is_table ? "table.grow" : "memory.grow", growth.by,
                                  unit, growth.by == 1 ? "" : "s", failure.refusal);
  return TrapReason::growth_refused;
}

TrapReason memory_grow(runtime::InstanceContext& context, runtime::GuestPlace place, std::uint32_t memory,
                       std::uint64_t delta, std::uint64_t& result) {
  return guarded_hook(context, [&] {
    auto& store = store_of(context);
    auto& target = static_cast<runtime::OwnedMemory&>(*context.memories[memory]);
    return answer(store, {context, place, static_cast<runtime::Memory const*>(&target), false, memory, delta},
                  runtime::grow_memory(store.resources, target, delta), result, target.type.is_64);
  });
}

TrapReason table_grow(runtime::InstanceContext& context, runtime::GuestPlace place, std::uint32_t table,
                      std::uint64_t value, std::uint64_t delta, std::uint64_t& result) {
  return guarded_hook(context, [&] {
    auto& store = store_of(context);
    auto& target = *context.tables[table];
    return answer(store, {context, place, &target, true, table, delta},
                  runtime::grow_table(store.resources, target, delta, value), result, target.type.is_64);
  });
}

} // namespace

runtime::Hooks hooks() noexcept { return {&translate, &budget_expired, &memory_grow, &table_grow}; }

} // namespace weir::engine
