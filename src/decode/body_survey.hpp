// What a body uses, and how often: which locals, globals and constants are hot, which locals may be read before they
// are written, which loops are innermost and free of calls. The translator must know all this before it writes the
// first cell. Who validates the body goes through its instructions anyway, and tells it here what it meets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "decode/instruction.hpp"

namespace weir::decode {

// One survey is reused for many bodies.
class BodySurvey {
 public:
  static constexpr std::size_t most_kept = 2048; // instructions

  // Uses are weighted by the depth of the loops that they are in: one counts 8^depth, depths above 8 as 8.
  struct Local {
    std::uint64_t weight = 0;
    bool is_initialised = false; // at the place that was reached
    bool needs_zero = false;     // may be read before it is written
  };

  // A global that the body uses in loops.
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

  // Where the first instructions of a body are to be read to that has so many bytes; then how many were, and the offset
  // in the module of what is behind them.
  std::span<Instruction> room_for(std::size_t bytes);
  void keep(std::size_t count, std::uint32_t rest) noexcept {
    kept_ = count;
    rest_ = rest;
  }
  // The first instructions of the body, up to most_kept.
  std::span<Instruction const> instructions() const noexcept { return {instructions_.data(), kept_}; }
  // Where those begin that are not kept.
  std::uint32_t rest() const noexcept { return rest_; }

  // What is met, in the order of the body. Preconditions are those of validity: a local's index is below the number of
  // locals, which limits::function_locals bounds, and blocks that are left were entered.
  void begin(std::uint32_t params);
  [[gnu::always_inline]] void use_local(std::uint32_t index, bool is_written) {
    if (index >= room_) [[unlikely]] {
      make_room(index);
    }
    Local& local = locals_.data()[index];
    if (local.weight == 0) {
      meet_local(index);
    }
    local.weight += weight_of_use_;
    if (!local.is_initialised) {
      use_uninitialised(index, is_written);
    }
  }
  void use_global(std::uint32_t index) noexcept;
  void use_constant(std::uint64_t bits, bool is_double) noexcept;
  void enter_block(bool is_loop);
  void meet_else();
  // Leaves the innermost block, if one is open: the end of the body leaves none.
  void leave_block();
  void meet_call() noexcept;

  // The locals that the body names, in the order in which it does.
  std::span<std::uint32_t const> named_locals() const noexcept { return named_; }
  Local const& local(std::uint32_t index) const noexcept { return locals_[index]; }

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
  static constexpr std::uint32_t none = 0xFFFFFFFF;

  struct Block {
    std::uint32_t initialised = 0; // height of initialised_ at its start
    std::uint32_t outer_loop = none;
    bool is_loop = false;
  };

  void make_room(std::uint32_t index);
  void meet_local(std::uint32_t index);
  void use_uninitialised(std::uint32_t index, bool is_written);
  void forget_initialised(std::uint32_t height);
  void spoil_loop() noexcept;
  void set_loop_depth(unsigned depth) noexcept;

  std::vector<Instruction> instructions_; // kept_ of them are in use
  std::size_t kept_ = 0;
  std::uint32_t rest_ = 0;
  std::vector<Local> locals_; // by index; those that were not named have no weight
  std::size_t room_ = 0;      // how many there are
  std::vector<std::uint32_t> named_;
  std::uint32_t params_ = 0;
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

} // namespace weir::decode
