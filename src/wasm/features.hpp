// The proposals that a module may use, as the rooms see them: the public enumeration and set under their old names.
#pragma once

#include <weir/features.hpp>

namespace weir::wasm {

using weir::Feature;
using weir::feature_count;
using weir::Features;

// "bulk_memory": the enumerator's own spelling.
char const* to_string(Feature feature) noexcept;

} // namespace weir::wasm
