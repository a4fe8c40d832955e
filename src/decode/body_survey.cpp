#include "decode/body_survey.hpp"

#include <algorithm>

namespace weir::decode {

void BodySurvey::begin(std::uint32_t params) {
  for (std::uint32_t const index : named_) {
    locals_[index] = {};
  }
  named_.clear();
  kept_ = 0;
  params_ = params;
  loops_.clear();
  blocks_.clear();
  initialised_.clear();
  global_count_ = 0;
  constant_count_ = 0;
  has_calls_ = false;
  loop_ = none;
  set_loop_depth(0);
}

std::span<Instruction> BodySurvey::room_for(std::size_t bytes) {
  std::size_t const room = std::min(bytes, most_kept);
  if (instructions_.size() < room) {
    instructions_.resize(room);
  }
  return std::span{instructions_}.first(room);
}

[[gnu::noinline]] void BodySurvey::make_room(std::uint32_t index) {
  room_ = std::max(std::size_t{index} + 1, 2 * room_);
  locals_.resize(room_);
}

void BodySurvey::meet_local(std::uint32_t index) {
  named_.push_back(index);
  locals_[index].is_initialised = index < params_;
}

void BodySurvey::use_uninitialised(std::uint32_t index, bool is_written) {
  if (is_written) {
    locals_[index].is_initialised = true;
    initialised_.push_back(index);
  } else {
    locals_[index].needs_zero = true;
  }
}

void BodySurvey::use_global(std::uint32_t index) noexcept {
  if (loop_depth_ == 0) {
    return;
  }
  auto const end = globals_.begin() + static_cast<std::ptrdiff_t>(global_count_);
  auto const at = std::find_if(globals_.begin(), end, [&](HotGlobal const& global) { return global.index == index; });
  if (at != end) {
    at->weight += weight_of_use_;
  } else if (global_count_ < globals_.size()) {
    globals_[global_count_++] = {index, weight_of_use_};
  }
}

void BodySurvey::use_constant(std::uint64_t bits, bool is_double) noexcept {
  if (loop_depth_ == 0) {
    return;
  }
  auto const end = constants_.begin() + static_cast<std::ptrdiff_t>(constant_count_);
  auto const at = std::find_if(constants_.begin(), end, [&](HotConstant const& constant) {
    return constant.bits == bits && constant.is_double == is_double;
  });
  if (at != end) {
    at->weight += weight_of_use_;
  } else if (constant_count_ < constants_.size()) {
    constants_[constant_count_++] = {bits, is_double, weight_of_use_};
  }
}

void BodySurvey::enter_block(bool is_loop) {
  blocks_.push_back({static_cast<std::uint32_t>(initialised_.size()), loop_, is_loop});
  if (is_loop) {
    spoil_loop();
    loop_ = static_cast<std::uint32_t>(loops_.size());
    loops_.push_back(1);
    set_loop_depth(loop_depth_ + 1);
  }
}

void BodySurvey::meet_else() { forget_initialised(blocks_.back().initialised); }

void BodySurvey::leave_block() {
  if (blocks_.empty()) {
    return;
  }
  Block const block = blocks_.back();
  blocks_.pop_back();
  forget_initialised(block.initialised);
  loop_ = block.outer_loop;
  set_loop_depth(loop_depth_ - (block.is_loop ? 1 : 0));
}

void BodySurvey::meet_call() noexcept {
  has_calls_ = true;
  spoil_loop();
}

// What was written inside of a block may not have been written when the block is left.
void BodySurvey::forget_initialised(std::uint32_t height) {
  while (initialised_.size() > height) {
    locals_[initialised_.back()].is_initialised = false;
    initialised_.pop_back();
  }
}

void BodySurvey::spoil_loop() noexcept {
  if (loop_ != none) {
    loops_[loop_] = 0;
  }
}

void BodySurvey::set_loop_depth(unsigned depth) noexcept {
  loop_depth_ = depth;
  weight_of_use_ = std::uint64_t{1} << (3 * std::min(depth, 8u));
}

} // namespace weir::decode
