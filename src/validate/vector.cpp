#include <fmt/format.h>

#include "validate/body_validator.hpp"

namespace weir::validate {

namespace {

// The number of lanes, from the shape in the instruction's name: 4 of "i32x4.extract_lane".
unsigned lane_count(std::string_view keyword) noexcept {
  unsigned count = 0;
  for (char const digit : keyword.substr(keyword.find('x') + 1)) {
    if (digit < '0' || digit > '9') {
      break;
    }
    count = count * 10 + static_cast<unsigned>(digit - '0');
  }
  return count;
}

} // namespace

bool BodyValidator::check_lanes(Signature const& signature) {
  auto const immediates = wasm::info(instruction_->opcode).immediates;
  auto const invalid = [this](unsigned lane, unsigned count) {
    return fail(fmt::format("invalid lane index {}: {} chooses among {}", lane, keyword(), count));
  };
  if (immediates == wasm::Immediates::shuffle) {
    for (unsigned i = 0; i < 16; ++i) {
      if (instruction_->bytes()[i] >= 32) {
        return invalid(instruction_->bytes()[i], 32);
      }
    }
    return true;
  }
  // Lanes of a load or store are as wide as the access.
  unsigned const count = immediates == wasm::Immediates::memarg_lane ? 16u >> signature.access : lane_count(keyword());
  return instruction_->lane < count || invalid(instruction_->lane, count);
}

} // namespace weir::validate
