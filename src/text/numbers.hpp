// Numbers of the text format. https://webassembly.github.io/spec/core/text/values.html
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::text {

enum class NumberStatus : std::uint8_t { ok, malformed, out_of_range };

// An unsigned integer of at most 64 bits, without sign.
NumberStatus parse_unsigned(std::string_view text, std::uint64_t most, std::uint64_t& value) noexcept;

// An integer of 8, 16, 32 or 64 bits, signed or unsigned notation: -2^(bits-1) <= value < 2^bits. The low `bits` bits.
NumberStatus parse_integer(std::string_view text, unsigned bits, std::uint64_t& value) noexcept;

// The bits of the float nearest to the number (ties to even); inf, nan and nan:0x... too.
NumberStatus parse_f32(std::string_view text, std::uint32_t& bits);
NumberStatus parse_f64(std::string_view text, std::uint64_t& bits);

} // namespace weir::text
