#include "code/source_map.hpp"

#include "base/leb128.hpp"

namespace weir::code {

namespace {

// What write_uleb and write_sleb append to.
struct Bytes {
  std::uint8_t* at;
  void push_back(std::uint8_t byte) noexcept { *at++ = byte; }
};

} // namespace

void SourceMapBuilder::grow() { entries_.resize(2 * entries_.size() + 64); }

SourceMap SourceMapBuilder::map() {
  constexpr std::size_t longest = 10; // bytes of an entry
  std::size_t size = 0;
  Entry last;
  for (Entry const& entry : std::span{entries_}.first(count_)) {
    if (encoded_.size() - size < longest) [[unlikely]] {
      encoded_.resize(encoded_.size() + encoded_.size() / 2 + 256);
    }
    std::uint32_t const words = entry.word - last.word;
    std::int64_t const bytes = std::int64_t{entry.offset} - std::int64_t{last.offset};
    Bytes out{encoded_.data() + size};
    if (words < 0x80 && bytes >= -0x40 && bytes < 0x40) [[likely]] { // one byte each
      out.push_back(static_cast<std::uint8_t>(words));
      out.push_back(static_cast<std::uint8_t>(bytes & 0x7F));
    } else {
      base::write_uleb(out, words);
      base::write_sleb(out, bytes);
    }
    size = static_cast<std::size_t>(out.at - encoded_.data());
    last = entry;
  }
  return SourceMap{{encoded_.data(), size}};
}

std::optional<std::uint32_t> SourceMap::find(std::uint32_t word) const noexcept {
  std::optional<std::uint32_t> found;
  std::uint32_t at_word = 0;
  std::int64_t at_offset = 0;
  std::uint8_t const* at = entries_;
  std::uint8_t const* const end = at + bytes_;
  while (at != end) {
    std::uint32_t word_delta = 0;
    std::int64_t offset_delta = 0;
    if (base::read_leb(at, end, word_delta) != base::LebStatus::ok ||
        base::read_leb(at, end, offset_delta) != base::LebStatus::ok) {
      break; // never: SourceMapBuilder::add() wrote it
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
