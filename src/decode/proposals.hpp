// What bytes mean that only proposals beyond this build give a meaning: so that a valid module of tomorrow is called
// unsupported, by the name of what it needs, and not malformed.
// https://github.com/WebAssembly/proposals
#pragma once

#include <cstdint>

namespace weir::decode {

// The proposal that has an instruction with this prefix (0 for one-byte opcodes) and code; null if none does.
char const* later_proposal_of_opcode(std::uint8_t prefix, std::uint32_t code) noexcept;

// The proposal that has a value or reference type beginning with this byte; null if none does.
char const* later_proposal_of_type(std::uint8_t byte) noexcept;

} // namespace weir::decode
