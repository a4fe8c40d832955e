// Traps in words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <weir/trap.hpp>

namespace weir::diagnose {

// One line that begins with the specification's wording: "out of bounds memory access: 4-byte load at 0x41414145
// (...)". `detail` is what is known besides ("" if nothing): why a growth was refused, what a host function said.
std::string trap_message(TrapReason reason, std::optional<MemoryAccess> const& access, std::string_view detail);

} // namespace weir::diagnose
