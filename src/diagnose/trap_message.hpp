// Traps in words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <weir/trap.hpp>

#include "diagnose/memory_access.hpp"

namespace weir::diagnose {

// One line that begins with the specification's wording: "out of bounds memory access: 4-byte load at 0x41414145
// (...)". `detail` is what is known besides ("" if nothing): why a growth was refused, what a host function said.
std::string trap_message(TrapReason reason, std::optional<MemoryAccess> const& access, std::string_view detail);

// The same for traps of call_indirect: "uninitialized element 2: table 0 has 10 elements".
std::string trap_message(TrapReason reason, ElementAccess const& access);

} // namespace weir::diagnose
