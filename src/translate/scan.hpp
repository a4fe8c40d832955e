// The look over a body before its translation: which locals, globals and constants are hot, which locals must be
// zeroed, which loops are innermost and free of calls. It only skips immediates, so it costs a small part of the
// translation.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "translate/locals.hpp"

namespace weir::translate {

class Scan {
 public:
  // A global that the body uses in loops, with its uses weighted by loop depth as those of locals.
  struct HotGlobal {
    std::uint32_t index = 0;
    std::uint64_t weight = 0;
  };

  // A floating-point constant that the body uses in loops.
  struct HotConstant {
    std::uint64_t bits = 0; // those of an f32 zero-extended
    bool is_double = false;
    std::uint64_t weight = 0;
  };

  // Precondition: `instructions` is a valid body without its declarations. Adds to the locals' weights and marks those
  // that may be read before they are written.
  void run(base::ByteSpan instructions, Locals& locals);

  // Whether the loop (counted in the order of the loop instructions) contains neither a call nor another loop.
  bool is_simple_loop(std::uint32_t loop) const noexcept { return loops_[loop] != 0; }

  // The first few globals that are used in loops, if nothing but the body can write them while it runs: it calls
  // nobody.
  std::span<HotGlobal const> hot_globals() const noexcept {
    return std::span{globals_}.first(has_calls_ ? 0 : global_count_);
  }

  // The first few constants that are used in loops.
  std::span<HotConstant const> hot_constants() const noexcept { return std::span{constants_}.first(constant_count_); }

 private:
  struct Block {
    std::uint32_t initialised = 0; // height of initialised_ at its start
    std::uint32_t outer_loop = none;
    bool is_loop = false;
  };

  void enter_block(bool is_loop);
  void leave_block(Locals& locals);
  void forget_initialised(Locals& locals, std::uint32_t height);
  void spoil_loop() noexcept;
  void set_loop_depth(unsigned depth) noexcept;
  void use_local(std::uint32_t index, bool is_written, Locals& locals);
  void use_global(std::uint32_t index) noexcept;
  void use_constant(std::uint8_t const* bytes, std::size_t size) noexcept;
  void meet_call() noexcept;

  std::vector<std::uint8_t> loops_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> initialised_; // locals that were written in the open blocks, in order
  std::array<HotGlobal, 6> globals_ = {};
  std::size_t global_count_ = 0;
  std::array<HotConstant, 6> constants_ = {};
  std::size_t constant_count_ = 0;
  bool has_calls_ = false;
  std::uint32_t loop_ = none; // the innermost open one
  unsigned loop_depth_ = 0;
  std::uint64_t weight_of_use_ = 1;
};

} // namespace weir::translate
