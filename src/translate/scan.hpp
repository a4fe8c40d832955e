// The look over a body before its translation: which locals are hot, which must be zeroed, which loops are innermost
// and free of calls. It only skips immediates, so it costs a small part of the translation.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "translate/locals.hpp"

namespace weir::translate {

class Scan {
 public:
  // Precondition: `instructions` is a valid body without its declarations. Adds to the locals' weights and marks those
  // that may be read before they are written.
  void run(base::ByteSpan instructions, Locals& locals);

  // Whether the loop (counted in the order of the loop instructions) contains neither a call nor another loop.
  bool is_simple_loop(std::uint32_t loop) const noexcept { return loops_[loop] != 0; }

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
  void use_local(Local& local) const noexcept;

  std::vector<std::uint8_t> loops_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> initialised_; // locals that were written in the open blocks, in order
  std::uint32_t loop_ = none;              // the innermost open one
  unsigned loop_depth_ = 0;
};

} // namespace weir::translate
