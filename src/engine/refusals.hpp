// Growths that were refused to guests in the call under way, kept for trap reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <weir/trap.hpp>

#include "diagnose/stack_walk.hpp"

namespace weir::engine {

// The asking calls are kept as they lie; names are looked up when somebody wants them.
struct Refusal {
  void const* object = nullptr; // the runtime::Memory or runtime::Table
  bool is_table = false;
  std::uint32_t index = 0;
  std::uint64_t by = 0;
  LimitFacts facts;
  std::string refusal;
  std::uint64_t times = 1;
  std::vector<diagnose::StackFrame> frames;
};

class Refusals {
 public:
  static constexpr std::size_t most = 8; // that are kept: the newest
  static constexpr std::size_t most_frames = 16;

  void clear() noexcept { kept_.clear(); }
  void add(Refusal refusal);
  std::vector<Refusal> const& kept() const noexcept { return kept_; } // the newest last

 private:
  std::vector<Refusal> kept_;
};

} // namespace weir::engine
