// How many machine registers the interpreter threads through its handlers. Chosen at build time: the full set for
// release builds, a small one for debug and sanitizer builds, whose handler table then compiles in seconds.
#pragma once

namespace weir::code {

// Integer registers r0..: the first ones are temporaries (results on their way to their consumer), the others are
// pinned to the function's hottest locals. Float registers f0.. likewise; each is 128 bits wide.
inline constexpr int int_registers = WEIR_INT_REGISTERS;
inline constexpr int int_temporaries = WEIR_INT_TEMPORARIES;
inline constexpr int float_registers = WEIR_FLOAT_REGISTERS;
inline constexpr int float_temporaries = WEIR_FLOAT_TEMPORARIES;
inline constexpr int int_pins = int_registers - int_temporaries;
inline constexpr int float_pins = float_registers - float_temporaries;

static_assert(int_temporaries >= 1 && int_pins >= 0 && int_registers <= 5);
static_assert(float_temporaries >= 1 && float_pins >= 0 && float_registers <= 8);

} // namespace weir::code
