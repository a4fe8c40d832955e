#include "code/source_map.hpp"

#include "base/leb128.hpp"

namespace weir::code {

void SourceMap::add(std::uint32_t word, std::uint32_t wasm_offset) {
  bytes_before_ = entries_.size();
  word_before_ = last_word_;
  offset_before_ = last_offset_;
  base::write_uleb(entries_, word - last_word_);
  base::write_sleb(entries_, std::int64_t{wasm_offset} - std::int64_t{last_offset_});
  last_word_ = word;
  last_offset_ = wasm_offset;
}

std::optional<std::uint32_t> SourceMap::find(std::uint32_t word) const noexcept {
  std::optional<std::uint32_t> found;
  std::uint32_t at_word = 0;
  std::int64_t at_offset = 0;
  std::uint8_t const* at = entries_.data();
  std::uint8_t const* const end = at + entries_.size();
  while (at != end) {
    std::uint32_t word_delta = 0;
    std::int64_t offset_delta = 0;
    if (base::read_leb(at, end, word_delta) != base::LebStatus::ok ||
        base::read_leb(at, end, offset_delta) != base::LebStatus::ok) {
      break; // never: add() wrote it
    }
    at_word += word_delta;
    at_offset += offset_delta;
    if (at_word > word) {
      break;
    }
    found = static_cast<std::uint32_t>(at_offset);
  }
  return found;
}

} // namespace weir::code
