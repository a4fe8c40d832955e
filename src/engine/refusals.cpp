#include "engine/refusals.hpp"

#include <utility>

namespace weir::engine {

namespace {

// A guest that tries again at once, as allocators do in a loop.
bool repeats(Refusal const& a, Refusal const& b) noexcept {
  bool const same_facts = a.facts.limit == b.facts.limit && a.facts.asked == b.facts.asked &&
                          a.facts.in_use == b.facts.in_use && a.facts.allowed == b.facts.allowed;
  bool const same_place = a.frames.size() == b.frames.size() &&
                          (a.frames.empty() || (a.frames.front().cell == b.frames.front().cell &&
                                                a.frames.front().instance == b.frames.front().instance));
  return a.object == b.object && a.index == b.index && a.by == b.by && same_facts && same_place;
}

} // namespace

void Refusals::add(Refusal refusal) {
  if (!kept_.empty() && repeats(kept_.back(), refusal)) {
    ++kept_.back().times;
    return;
  }
  if (kept_.size() == most) {
    kept_.erase(kept_.begin());
  }
  kept_.push_back(std::move(refusal));
}

} // namespace weir::engine
