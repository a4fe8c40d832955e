// Traps in words.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <weir/trap.hpp>

#include "diagnose/memory_access.hpp"

namespace weir::diagnose {

// One line that begins with the specification's wording: "out of bounds memory access: 4-byte load at 0x41414145
// (...)". `detail` is what is known besides ("" if nothing): why a growth was refused, what a host function said.
std::string trap_message(TrapReason reason, std::optional<MemoryAccess> const& access, std::string_view detail);

// "4-byte load at 0x41414145 = 0x41414141 + offset 4"
std::string access_text(MemoryAccess const& access);
// "memory 0 is 0x110000 bytes (17 pages)"
std::string memory_size_text(MemoryAccess const& access);

// "function 3 `x` of module `m` (+0x12, module offset 0x312)", "host function env.f".
std::string frame_text(TrapFrame const& frame);
// "function 3 ..., called from function 4 ...": at most so many (2 or more), the innermost and, behind an ellipsis, the
// outermost.
std::string frames_text(std::span<TrapFrame const> frames, std::size_t most);

// The same for traps of call_indirect: "uninitialized element 2: table 0 has 10 elements".
std::string trap_message(TrapReason reason, ElementAccess const& access);

} // namespace weir::diagnose
