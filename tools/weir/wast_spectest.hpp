// The host module `spectest` that scripts may import from, built on the public interface.
// https://github.com/WebAssembly/spec/blob/main/interpreter/README.md#spectest-host-module
#pragma once

#include <weir/weir.hpp>

namespace weir::tools {

// Defines `spectest` in the linker: print functions (which print nothing), global_i32, global_i64, global_f32 and
// global_f64 (666, 666.6), a table of 10 to 20 functions, a memory of 1 to 2 pages. The objects live in `store`.
Result<void> define_spectest(Linker& linker, Store& store);

} // namespace weir::tools
