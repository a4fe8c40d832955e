#include <weir/exchange/byte_io.hpp>

#include <fmt/format.h>

namespace weir::exchange::detail {

std::size_t utf8_encode(char32_t character, char* out) noexcept {
  auto const code = static_cast<std::uint32_t>(character);
  auto const tail = [&](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) {
    out[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    out[0] = static_cast<char>(0xC0 | code >> 6);
    out[1] = tail(0);
    return 2;
  }
  if (code < 0x10000) {
    if (code >= 0xD800 && code < 0xE000) {
      return 0;
    }
    out[0] = static_cast<char>(0xE0 | code >> 12);
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  if (code < 0x110000) {
    out[0] = static_cast<char>(0xF0 | code >> 18);
    out[1] = tail(12);
    out[2] = tail(6);
    out[3] = tail(0);
    return 4;
  }
  return 0;
}

std::size_t utf8_decode(std::string_view text, char32_t& character) noexcept {
  if (text.empty()) {
    return 0;
  }
  auto const first = static_cast<unsigned char>(text[0]);
  std::size_t const size = first < 0x80   ? 1
                           : first < 0xC2 ? 0
                           : first < 0xE0 ? 2
                           : first < 0xF0 ? 3
                           : first < 0xF5 ? 4
                                          : 0;
  if (size == 0 || size > text.size()) {
    return 0;
  }
  std::uint32_t code = size == 1 ? first : first & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    auto const next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) {
      return 0;
    }
    code = code << 6 | (next & 0x3Fu);
  }
  constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < smallest[size] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
    return 0;
  }
  character = static_cast<char32_t>(code);
  return size;
}

bool is_utf8(std::string_view text) noexcept {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  while (!text.empty()) {
    // Eight bytes of ASCII at once.
    std::uint64_t word = 0;
    if (text.size() >= sizeof word) {
      std::memcpy(&word, text.data(), sizeof word);
      if ((word & high_bits) == 0) {
        text.remove_prefix(sizeof word);
        continue;
      }
    }
    char32_t character = 0;
    std::size_t const size = utf8_decode(text, character);
    if (size == 0) {
      return false;
    }
    text.remove_prefix(size);
  }
  return true;
}

bool CodecState::fail(ErrorKind kind, std::string const& message) {
  if (!error_.has_value()) {
    error_.emplace(kind, fmt::format("{}: {}", format_, message));
  }
  return false;
}

bool CodecState::fail_depth() {
  return fail(ErrorKind::limit, fmt::format("values nest more than {} deep", max_depth));
}

// ---- ByteReader

bool ByteReader::fail(std::string const& message) {
  return CodecState::fail(ErrorKind::guest, fmt::format("at byte {} of {}: {}", position_, bytes_.size(), message));
}

bool ByteReader::fail_value(char const* what, std::uint64_t found, std::uint64_t most) {
  return fail(fmt::format("{} {}, expected at most {}", what, found, most));
}

bool ByteReader::fail_short(std::uint64_t size, char const* what) {
  return fail(fmt::format("{} takes {} bytes, but only {} follow", what, size, remaining()));
}

bool ByteReader::fail_count(std::uint64_t count, std::size_t least) {
  return fail(fmt::format("a length of {} elements of at least {} byte{} each, but only {} bytes follow", count, least,
                          least == 1 ? "" : "s", remaining()));
}

bool ByteReader::fail_trailing() { return fail(fmt::format("{} bytes follow the value", remaining())); }

bool ByteReader::read_character(char32_t& value) {
  if (remaining() == 0) {
    return fail_short(1, "a character");
  }
  std::string_view const text{reinterpret_cast<char const*>(bytes_.data()) + position_, remaining()};
  std::size_t const size = utf8_decode(text.substr(0, 4), value);
  if (size == 0) {
    return fail("no well-formed UTF-8 character");
  }
  position_ += size;
  return true;
}

// ---- ByteWriter

bool ByteWriter::fail(std::string const& message) {
  return CodecState::fail(ErrorKind::usage, fmt::format("the value cannot be encoded: {}", message));
}

bool ByteWriter::fail_changed() { return fail("it changed between two looks at it"); }

bool ByteWriter::write_character(char32_t value) {
  char bytes[4];
  std::size_t const size = utf8_encode(value, bytes);
  if (size == 0) {
    return fail(fmt::format("{:#x} is not a Unicode scalar value", static_cast<std::uint32_t>(value)));
  }
  return write(bytes, size);
}

} // namespace weir::exchange::detail
