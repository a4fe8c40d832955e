#include "engine/hooks.hpp"

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
TrapReason guarded_hook(Body&& body) noexcept {
  return platform::guard_allocation(std::forward<Body>(body), [] { return TrapReason::host_memory; });
}

TrapReason translate(runtime::InstanceContext& context, code::FunctionRecord& record) {
  return guarded_hook([&] {
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
  return runtime::refill_budget(*context.execution, context.budget);
}

// The guest's answer to a growth: the previous size, -1, or a trap.
TrapReason answer_growth(detail::StoreData& store, runtime::GrowResult&& grown, std::uint64_t refused,
                         std::uint64_t& result) {
  if (grown.has_value()) {
    result = *grown;
    return TrapReason::none;
  }
  if (!grown.error().must_trap) {
    result = refused;
    return TrapReason::none;
  }
  store.trap_detail = grown.error().error.message();
  return TrapReason::growth_refused;
}

// -1 of the index type.
std::uint64_t minus_one(bool is_64) noexcept { return is_64 ? ~std::uint64_t{0} : 0xFFFFFFFFu; }

TrapReason memory_grow(runtime::InstanceContext& context, std::uint32_t memory, std::uint64_t delta,
                       std::uint64_t& result) {
  return guarded_hook([&] {
    auto& store = store_of(context);
    auto& target = static_cast<runtime::OwnedMemory&>(*context.memories[memory]);
    return answer_growth(store, runtime::grow_memory(store.resources, target, delta), minus_one(target.type.is_64),
                         result);
  });
}

TrapReason table_grow(runtime::InstanceContext& context, std::uint32_t table, std::uint64_t value, std::uint64_t delta,
                      std::uint64_t& result) {
  return guarded_hook([&] {
    auto& store = store_of(context);
    auto& target = *context.tables[table];
    return answer_growth(store, runtime::grow_table(store.resources, target, delta, value),
                         minus_one(target.type.is_64), result);
  });
}

} // namespace

runtime::Hooks hooks() noexcept { return {&translate, &budget_expired, &memory_grow, &table_grow}; }

} // namespace weir::engine
