// How many machine registers the interpreter threads through its handlers. Chosen at build time: the full set for
// release builds, a small one for debug and sanitizer builds, whose handler table then compiles in seconds.
#pragma once

namespace weir::code {

// Integer registers r0..: the first is a temporary (the newest result, on its way to its consumer), the others are
// pinned to the function's hottest locals. Float registers f0.. likewise; each is 128 bits wide.
inline constexpr int int_registers = WEIR_INT_REGISTERS;
inline constexpr int int_temporaries = 1;
inline constexpr int float_registers = WEIR_FLOAT_REGISTERS;
inline constexpr int float_temporaries = 1;
inline constexpr int int_pins = int_registers - int_temporaries;
inline constexpr int float_pins = float_registers - float_temporaries;

static_assert(int_pins >= 0 && int_pins <= 4); // `enter` has 16 bits of a word for each
static_assert(float_pins >= 0 && float_pins <= 4);

} // namespace weir::code
