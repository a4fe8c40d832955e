// Every numeric operation of WebAssembly (vectors apart) once, as a pure function: for the handlers, for folding
// constants, and for constant expressions.
// https://webassembly.github.io/spec/core/exec/numerics.html
#pragma once

#include "wasm/numerics_convert.hpp"
#include "wasm/numerics_float.hpp"
#include "wasm/numerics_integer.hpp"
