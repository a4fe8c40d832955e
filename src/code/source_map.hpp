// Maps cells to the Wasm instructions that they stand for. Entries exist for the cells that may trap or call; the
// encoding is compact because every translated function carries one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace weir::code {

// A view of such a map, which somebody else keeps.
class SourceMap {
 public:
  SourceMap() noexcept = default;
  explicit SourceMap(std::span<std::uint8_t const> entries) noexcept
      : entries_(entries.data()), bytes_(static_cast<std::uint32_t>(entries.size())) {}

  // The Wasm offset for the cell at exactly this word, or of the nearest entry before it. Empty without entries.
  std::optional<std::uint32_t> find(std::uint32_t word) const noexcept;

  std::span<std::uint8_t const> entries() const noexcept { return {entries_, bytes_}; }

 private:
  std::uint8_t const* entries_ = nullptr; // ULEB128 word delta, SLEB128 offset delta, ...
  std::uint32_t bytes_ = 0;
};

// Makes maps, one after the other.
class SourceMapBuilder {
 public:
  // Adds the position of a cell (in words from the function's first word) and the offset, in the module's bytes, of the
  // Wasm instruction whose trap, call or charge it is. Cells must be added in ascending order.
  void add(std::uint32_t word, std::uint32_t wasm_offset) { add_if(true, word, wasm_offset); }
  // The same, or nothing: without a branch, since processors can't foresee which cells are added.
  void add_if(bool is_wanted, std::uint32_t word, std::uint32_t wasm_offset) {
    if (count_ == room_) [[unlikely]] {
      grow();
    }
    entries_.data()[count_] = {word, wasm_offset};
    count_ += is_wanted ? 1 : 0;
  }

  // Takes the newest entry back; gives its Wasm offset. Precondition: there is one.
  std::uint32_t take_back() noexcept { return entries_[--count_].offset; }

  // Whether the newest entry is of the cell at that word.
  bool ends_at(std::uint32_t word) const noexcept { return count_ != 0 && entries_[count_ - 1].word == word; }

  // Good until the next call.
  SourceMap map();

  // Forgets all entries and keeps the memory for the next map.
  void clear() noexcept { count_ = 0; }

 private:
  struct Entry {
    std::uint32_t word = 0;
    std::uint32_t offset = 0;
  };
  void grow();

  std::vector<Entry> entries_; // count_ of them are in use
  std::size_t room_ = 0;       // its size
  std::size_t count_ = 0;
  std::vector<std::uint8_t> encoded_;
};

} // namespace weir::code
