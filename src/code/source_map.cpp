#include "code/source_map.hpp"

#include "base/leb128.hpp"

namespace weir::code {

void SourceMap::write(std::uint32_t words, std::int64_t bytes) {
  base::write_uleb(entries_, words);
  base::write_sleb(entries_, bytes);
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
