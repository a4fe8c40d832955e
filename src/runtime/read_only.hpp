// Ranges of a memory that nobody should change, with copies of what they hold.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <weir/types.hpp>

namespace weir::runtime {

class ReadOnlyRanges {
 public:
  // Adds the range and copies what it holds now, also where it was in the set. `memory` is the whole memory.
  // Precondition: the range is inside.
  void add(MemoryRange range, std::span<std::byte const> memory) {
    if (range.size == 0) {
      return;
    }
    remove(range);
    auto const bytes = memory.subspan(range.address, range.size);
    auto const after = std::ranges::upper_bound(kept_, range.address, {}, &Kept::address);
    kept_.insert(after, Kept{range.address, {bytes.begin(), bytes.end()}});
  }

  void remove(MemoryRange range) {
    std::vector<Kept> left;
    for (Kept& kept : kept_) {
      std::uint64_t const size = kept.copy.size();
      // Relative to what is kept; a range that would pass the last address ends there.
      std::uint64_t const begin = range.address > kept.address ? std::min(range.address - kept.address, size) : 0;
      std::uint64_t const before = kept.address > range.address ? kept.address - range.address : 0;
      std::uint64_t const removed = range.size > before ? std::min(range.size - before, size - begin) : 0;
      if (removed == 0) {
        left.push_back(std::move(kept));
        continue;
      }
      auto const cut = kept.copy.begin() + static_cast<std::ptrdiff_t>(begin);
      if (begin != 0) {
        left.push_back({kept.address, {kept.copy.begin(), cut}});
      }
      if (begin + removed < size) {
        left.push_back({kept.address + begin + removed, {cut + static_cast<std::ptrdiff_t>(removed), kept.copy.end()}});
      }
    }
    kept_ = std::move(left);
  }

  // Copies again what a part of one range holds now.
  void accept(MemoryRange const& part, std::span<std::byte const> memory) noexcept {
    for (Kept& kept : kept_) {
      if (part.address >= kept.address && part.address - kept.address < kept.copy.size()) {
        std::uint64_t const begin = part.address - kept.address;
        std::uint64_t const size = std::min(part.size, kept.copy.size() - begin);
        std::memcpy(kept.copy.data() + begin, memory.data() + part.address, size);
      }
    }
  }

  bool is_empty() const noexcept { return kept_.empty(); }

  // In the order of their addresses.
  std::vector<MemoryRange> all() const {
    std::vector<MemoryRange> result;
    result.reserve(kept_.size());
    for (Kept const& kept : kept_) {
      result.push_back({kept.address, kept.copy.size()});
    }
    return result;
  }

  // From the first changed byte to the last one of a range.
  struct Change {
    MemoryRange range;
    std::span<std::byte const> was;
  };

  // What changed in the first range that is not as it was; nothing if all are. What it shows lives until the set
  // changes. Precondition: the memory is not smaller than it was.
  std::optional<Change> find_change(std::span<std::byte const> memory) const noexcept {
    for (Kept const& kept : kept_) {
      auto const now = memory.subspan(kept.address, kept.copy.size());
      if (std::memcmp(now.data(), kept.copy.data(), now.size()) == 0) {
        continue;
      }
      std::size_t begin = 0;
      while (now[begin] == kept.copy[begin]) {
        ++begin;
      }
      std::size_t end = now.size();
      while (now[end - 1] == kept.copy[end - 1]) {
        --end;
      }
      return Change{{kept.address + begin, end - begin}, std::span{kept.copy}.subspan(begin, end - begin)};
    }
    return std::nullopt;
  }

 private:
  struct Kept {
    std::uint64_t address = 0;
    std::vector<std::byte> copy; // not empty
  };

  std::vector<Kept> kept_; // disjoint, ascending
};

} // namespace weir::runtime
