// The ranges of a memory that its guest handed out to the host and that it has not got back yet.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include <weir/types.hpp>

#include "runtime/range_set.hpp"

namespace weir::runtime {

// Ranges are not empty, do not wrap around and do not overlap. Every operation but all() is O(log n).
class Grants {
 public:
  // Adds the range, unless it overlaps one that is there: then that one is returned and nothing changes.
  std::optional<MemoryRange> add(MemoryRange range) {
    auto const after = ranges_.lower_bound(range.address);
    if (after != ranges_.end() && after->first - range.address < range.size) {
      return MemoryRange{after->first, after->second};
    }
    if (auto const before = find_before(after, range.address); before.has_value()) {
      return before;
    }
    ranges_.emplace_hint(after, range.address, range.size);
    return std::nullopt;
  }

  // Removes the range that was added with this address; false if there is none.
  bool remove(std::uint64_t address) { return ranges_.erase(address) != 0; }

  // The range that holds the byte at `address`.
  std::optional<MemoryRange> find(std::uint64_t address) const {
    return find_before(ranges_.upper_bound(address), address);
  }

  // Whether one of the ranges holds all of this one.
  bool covers(MemoryRange const& range) const {
    auto const holder = find(range.address);
    return holder.has_value() && is_within(range, *holder);
  }

  bool is_empty() const noexcept { return ranges_.empty(); }

  // In the order of their addresses.
  std::vector<MemoryRange> all() const {
    std::vector<MemoryRange> result;
    result.reserve(ranges_.size());
    for (auto const& [address, size] : ranges_) {
      result.push_back({address, size});
    }
    return result;
  }

 private:
  using Map = std::map<std::uint64_t, std::uint64_t>; // address -> size

  // The range before `after`, if it holds the byte at `address`.
  std::optional<MemoryRange> find_before(Map::const_iterator after, std::uint64_t address) const {
    if (after == ranges_.begin()) {
      return std::nullopt;
    }
    auto const before = std::prev(after);
    if (address - before->first < before->second) {
      return MemoryRange{before->first, before->second};
    }
    return std::nullopt;
  }

  Map ranges_;
};

} // namespace weir::runtime
