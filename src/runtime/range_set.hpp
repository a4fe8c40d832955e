// Ranges of addresses, and sets of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include <weir/types.hpp>

namespace weir::runtime {

// Whether all of a range lies in another one. Precondition: neither wraps around.
constexpr bool is_within(MemoryRange const& part, MemoryRange const& whole) noexcept {
  return part.address >= whole.address && part.size <= whole.size &&
         part.address - whole.address <= whole.size - part.size;
}

// Ranges that touch are one. A range that would pass the last address ends there. contains() is O(log n).
class RangeSet {
 public:
  void add(MemoryRange range) {
    if (range.size == 0) {
      return;
    }
    std::uint64_t begin = range.address;
    std::uint64_t end = end_of(range);
    auto const first = std::ranges::lower_bound(spans_, begin, {}, &Span::end);
    auto last = first;
    for (; last != spans_.end() && last->begin <= end; ++last) {
      begin = std::min(begin, last->begin);
      end = std::max(end, last->end);
    }
    spans_.insert(spans_.erase(first, last), Span{begin, end});
  }

  void remove(MemoryRange range) {
    if (range.size == 0) {
      return;
    }
    std::uint64_t const end = end_of(range);
    std::vector<Span> left;
    left.reserve(spans_.size() + 1);
    for (Span const& span : spans_) {
      Span const before{span.begin, std::min(span.end, range.address)};
      Span const after{std::max(span.begin, end), span.end};
      for (Span const& part : {before, after}) {
        if (part.begin < part.end) {
          left.push_back(part);
        }
      }
    }
    spans_ = std::move(left);
  }

  // Whether all of the range is in the set.
  bool contains(MemoryRange range) const noexcept {
    auto const after = std::ranges::upper_bound(spans_, range.address, {}, &Span::begin);
    return after != spans_.begin() && end_of(range) <= std::prev(after)->end;
  }

  bool is_empty() const noexcept { return spans_.empty(); }

  // Ascending.
  std::vector<MemoryRange> all() const {
    std::vector<MemoryRange> result;
    result.reserve(spans_.size());
    for (Span const& span : spans_) {
      result.push_back({span.begin, span.end - span.begin});
    }
    return result;
  }

 private:
  struct Span {
    std::uint64_t begin = 0;
    std::uint64_t end = 0; // the last address is never in the set
  };

  static std::uint64_t end_of(MemoryRange const& range) noexcept {
    std::uint64_t const most = std::numeric_limits<std::uint64_t>::max();
    return range.size > most - range.address ? most : range.address + range.size;
  }

  std::vector<Span> spans_; // disjoint, ascending, with gaps between them
};

} // namespace weir::runtime
