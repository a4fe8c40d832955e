// Values of the public interface and slots.
#pragma once

#include <cstdint>
#include <span>

#include <weir/weir.hpp>

#include "engine/store_data.hpp"

namespace weir::engine {

// Writes a value to its slots. An error of kind usage when it is not of this type, or a function of another store.
// `what` names the value in the message: "argument 2".
Result<void> to_slots(detail::StoreData& store, Val const& value, ValType type, std::uint64_t* slots,
                      std::string_view what);

Val from_slots(detail::StoreData& store, ValType type, std::uint64_t const* slots);

// All values of a list, one after the other; the same for results.
Result<void> all_to_slots(detail::StoreData& store, std::span<Val const> values, std::span<ValType const> types,
                          std::uint64_t* slots, std::string_view what);
void all_from_slots(detail::StoreData& store, std::span<ValType const> types, std::uint64_t const* slots,
                    std::span<Val> values);

} // namespace weir::engine
