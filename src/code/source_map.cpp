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

void SourceMapBuilder::grow() {
  entries_.resize(2 * entries_.size() + 64);
  room_ = entries_.size();
}

SourceMap SourceMapBuilder::map() {
  constexpr std::size_t longest = 10; // bytes of an entry
  if (encoded_.size() < count_ * longest) {
    encoded_.resize(count_ * longest);
  }
  Bytes out{encoded_.data()};
  Entry last;
  for (Entry const& entry : std::span{entries_}.first(count_)) {
    std::uint32_t const words = entry.word - last.word;
    std::int64_t const bytes = std::int64_t{entry.offset} - std::int64_t{last.offset};
    if (words < 0x80 && bytes >= -0x40 && bytes < 0x40) [[likely]] { // one byte each
      out.push_back(static_cast<std::uint8_t>(words));
      out.push_back(static_cast<std::uint8_t>(bytes & 0x7F));
    } else {
      base::write_uleb(out, words);
      base::write_sleb(out, bytes);
    }
    last = entry;
  }
  return SourceMap{{encoded_.data(), out.at}};
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
