#include "wasm/features.hpp"

namespace weir::wasm {

char const* to_string(Feature feature) noexcept {
  switch (feature) {
  case Feature::mvp: return "mvp";
  case Feature::mutable_globals: return "mutable_globals";
  case Feature::sign_extension: return "sign_extension";
  case Feature::saturating_float_to_int: return "saturating_float_to_int";
  case Feature::multi_value: return "multi_value";
  case Feature::bulk_memory: return "bulk_memory";
  case Feature::reference_types: return "reference_types";
  case Feature::simd: return "simd";
  case Feature::function_references: return "function_references";
  case Feature::multi_memory: return "multi_memory";
  case Feature::exception_handling: return "exception_handling";
  }
  return "unknown";
}

} // namespace weir::wasm
