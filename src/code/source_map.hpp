// Maps cells to the Wasm instructions that they stand for. Entries exist for the cells that may trap or call; the
// encoding is compact because every translated function carries one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace weir::code {

class SourceMap {
 public:
  // Adds the position of a cell (in words from the function's first word) and the offset, in the module's bytes, of the
  // Wasm instruction whose trap, call or charge it is. Cells must be added in ascending order.
  void add(std::uint32_t word, std::uint32_t wasm_offset) {
    bytes_before_ = entries_.size();
    word_before_ = last_word_;
    offset_before_ = last_offset_;
    std::uint32_t const words = word - last_word_;
    std::int64_t const bytes = std::int64_t{wasm_offset} - std::int64_t{last_offset_};
    if (words < 0x80 && bytes >= -0x40 && bytes < 0x40) [[likely]] { // one byte each
      entries_.push_back(static_cast<std::uint8_t>(words));
      entries_.push_back(static_cast<std::uint8_t>(bytes & 0x7F));
    } else {
      write(words, bytes);
    }
    last_word_ = word;
    last_offset_ = wasm_offset;
  }

  // Takes the newest entry back, which must have been added since the last call of this function or of clear(); gives
  // its Wasm offset.
  std::uint32_t take_back() noexcept {
    std::uint32_t const offset = last_offset_;
    entries_.resize(bytes_before_);
    last_word_ = word_before_;
    last_offset_ = offset_before_;
    return offset;
  }

  // Whether the newest entry is of the cell at that word.
  bool ends_at(std::uint32_t word) const noexcept { return !entries_.empty() && last_word_ == word; }

  // The Wasm offset for the cell at exactly this word, or of the nearest entry before it. Empty without entries.
  std::optional<std::uint32_t> find(std::uint32_t word) const noexcept;

  std::size_t bytes() const noexcept { return entries_.size(); }
  // Forgets all entries and keeps the memory for the next function.
  void clear() noexcept {
    entries_.clear();
    last_word_ = 0;
    last_offset_ = 0;
  }
  void shrink_to_fit() { entries_.shrink_to_fit(); }

 private:
  // An entry of more than two bytes.
  void write(std::uint32_t words, std::int64_t bytes);

  std::vector<std::uint8_t> entries_; // ULEB128 word delta, SLEB128 offset delta, ...
  std::uint32_t last_word_ = 0;
  std::uint32_t last_offset_ = 0;
  // As it was before the newest entry.
  std::size_t bytes_before_ = 0;
  std::uint32_t word_before_ = 0;
  std::uint32_t offset_before_ = 0;
};

} // namespace weir::code
