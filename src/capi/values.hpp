// Values of wasm.h from and to those of the C++ interface.
#pragma once

#include <span>
#include <vector>

#include <weir/wasm.h>

#include "capi/objects.hpp"
#include "capi/vec.hpp"

namespace weir::capi {

template <>
struct Element<wasm_val_t> {
  static bool copy(wasm_val_t& to, wasm_val_t const& from) noexcept;
  static void destroy(wasm_val_t& value) noexcept;
};

// The value of this type that a reference stands for; null is the null reference. Errors of kind usage: a reference
// that is not of the type, or of another store.
Result<Val> ref_to_val(StoreBox const& store, wasm_ref_t const* ref, ValType type);
// A new reference, null for the null reference.
std::unique_ptr<wasm_ref_t> ref_from_val(StorePtr const& store, Val const& value);

Result<Val> to_val(StoreBox const& store, wasm_val_t const& value);
// An error of kind unsupported for vectors.
Result<wasm_val_t> from_val(StorePtr const& store, Val const& value);

// Values of these types, which must not be a vector's. `out` has as many elements; on failure those that were made are
// destroyed again.
Result<void> all_from_vals(StorePtr const& store, std::span<Val const> values, wasm_val_t* out);
Result<std::vector<Val>> all_to_vals(StoreBox const& store, wasm_val_vec_t const* values);

} // namespace weir::capi
