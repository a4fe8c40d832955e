// From the host into a function, and what comes of a trap.
#pragma once

#include <cstdint>

#include <weir/weir.hpp>

#include "engine/store_data.hpp"

namespace weir::engine {

// Calls a function of the store with arguments that fit its type. The caller is inside the store (Entry). On failure
// the error is left in store.pending and the answer is false.
bool call_function(detail::StoreData& store, runtime::Function& function, std::uint64_t* slots,
                   std::uint32_t param_slots, std::uint32_t result_slots) noexcept;

// Precondition: call_function answered false.
Error take_pending(detail::StoreData& store);

} // namespace weir::engine
