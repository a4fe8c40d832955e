// From bytes to a wasm::Module. https://webassembly.github.io/spec/core/binary/modules.html
#pragma once

#include <memory>

#include <weir/error.hpp>

#include "wasm/features.hpp"
#include "wasm/module.hpp"

namespace weir::decode {

// Checks the binary format of everything but the instructions of function bodies (function validation reads those) and
// gives the module, whose names, code and segments are views into the bytes. Errors: malformed, unsupported (features
// that are off or unknown), limit. Allocates in proportion to the bytes that are there, not to declared counts.
Result<wasm::Module> decode_module(std::shared_ptr<wasm::ModuleBytes const> bytes, wasm::Features features);

} // namespace weir::decode
