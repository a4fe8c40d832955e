// memmove and memset for the guest's ranges. On AMD's processors with 32-byte vectors ranges of up to a few thousand
// bytes, on Intel's with 64-byte vectors those of a few hundred, are moved in units that start where the range starts.
// A C library aligns its units to the destination instead; then a range that was just written is read in other units
// than it was written in, and the reads wait for the stores.
#pragma once

#include <cstdint>

namespace weir::platform {

// Copies as memmove does. `to` and `from` may be null for no bytes.
void copy_range(std::uint8_t* to, std::uint8_t const* from, std::uint64_t bytes) noexcept;

// Fills as memset does. `to` may be null for no bytes.
void fill_range(std::uint8_t* to, std::uint8_t value, std::uint64_t bytes) noexcept;

// The same in units, whatever the processor prefers. Precondition: can_move_in_units(bytes).
bool can_move_in_units(std::uint64_t bytes) noexcept;
void copy_in_units(std::uint8_t* to, std::uint8_t const* from, std::uint64_t bytes) noexcept;
void fill_in_units(std::uint8_t* to, std::uint8_t value, std::uint64_t bytes) noexcept;

// The same in units of a cache line. Precondition: can_move_in_lines(bytes).
bool can_move_in_lines(std::uint64_t bytes) noexcept;
void copy_in_lines(std::uint8_t* to, std::uint8_t const* from, std::uint64_t bytes) noexcept;
void fill_in_lines(std::uint8_t* to, std::uint8_t value, std::uint64_t bytes) noexcept;

} // namespace weir::platform
