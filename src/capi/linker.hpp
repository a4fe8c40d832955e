// The linker of weir.h.
#pragma once

#include <string_view>

#include <weir/weir.hpp>

struct weir_linker_t {
  weir::Linker linker;
};

namespace weir::capi {

// Names that may be NULL, as the empty one.
inline std::string_view text_of(char const* text) noexcept { return text != nullptr ? text : ""; }

} // namespace weir::capi
