// What the codecs read from and write to. For formats of one's own; users of the formats need it not.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <weir/error.hpp>
#include <weir/exchange/description.hpp>

namespace weir::exchange::detail {

// Whether the whole text is well-formed UTF-8.
WEIR_API bool is_utf8(std::string_view text) noexcept;
// The number of bytes (1 to 4), and those bytes in `out`; 0 when it is not a Unicode scalar value.
WEIR_API std::size_t utf8_encode(char32_t character, char* out) noexcept;
// Decodes the character at the start. The number of its bytes; 0 when there is no well-formed one.
WEIR_API std::size_t utf8_decode(std::string_view text, char32_t& character) noexcept;

// Whether integers lie in memory as the formats want them.
inline constexpr bool is_little = std::endian::native == std::endian::little;

template <class T>
T byte_swapped(T value) noexcept {
  auto bytes = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
  for (std::size_t i = 0; i < sizeof(T) / 2; ++i) {
    std::swap(bytes[i], bytes[sizeof(T) - 1 - i]);
  }
  return std::bit_cast<T>(bytes);
}

// Keeps the first failure of an encoder or a decoder, and how deep it is.
class WEIR_API CodecState {
 public:
  explicit CodecState(std::string_view format) noexcept : format_(format) {}

  bool has_failed() const noexcept { return error_.has_value(); }
  // Precondition: has_failed().
  Error take_error() { return *std::move(error_); }

  // False (and a failure) when values nest too deep. After true, leave() must follow.
  bool enter() { return depth_ < max_depth ? (++depth_, true) : fail_depth(); }
  void leave() noexcept { --depth_; }

 protected:
  // Always false, for `return fail(...)`.
  bool fail(ErrorKind kind, std::string const& message);
  bool fail_depth();

 private:
  std::string_view format_;
  std::uint32_t depth_ = 0;
  std::optional<Error> error_;
};

// The input of a decoder. Nothing in it is trusted: every function checks what remains, and answers false after a
// failure.
class WEIR_API ByteReader : public CodecState {
 public:
  ByteReader(std::string_view format, std::span<std::byte const> bytes) noexcept : CodecState(format), bytes_(bytes) {}

  std::size_t position() const noexcept { return position_; }
  std::size_t remaining() const noexcept { return bytes_.size() - position_; }

  // The next `size` bytes; null (and a failure) when fewer remain. Of no bytes: not null either.
  std::byte const* take(std::uint64_t size, char const* what) {
    static constexpr std::byte nothing{};
    if (size > remaining()) {
      fail_short(size, what);
      return nullptr;
    }
    auto const* const begin = size == 0 ? &nothing : bytes_.data() + position_;
    position_ += static_cast<std::size_t>(size);
    return begin;
  }
  template <class T>
  bool read(T& value, char const* what) {
    auto const* const bytes = take(sizeof(T), what);
    if (bytes == nullptr) {
      return false;
    }
    std::memcpy(&value, bytes, sizeof(T));
    if constexpr (!is_little) {
      value = byte_swapped(value);
    }
    return true;
  }
  bool read_character(char32_t& value);

  // Checks that so many elements, each of at least `least` bytes, can be in what remains.
  bool check_count(std::uint64_t count, std::size_t least) {
    return count <= remaining() / least || fail_count(count, least);
  }

  // Always false.
  bool fail(std::string const& message);
  using CodecState::fail_depth;
  bool fail_value(char const* what, std::uint64_t found, std::uint64_t most);

  // Checks that nothing remains.
  bool finish() { return remaining() == 0 || fail_trailing(); }

 private:
  bool fail_short(std::uint64_t size, char const* what);
  bool fail_count(std::uint64_t count, std::size_t least);
  bool fail_trailing();

  std::span<std::byte const> bytes_;
  std::size_t position_ = 0;
};

// The output of an encoder. Without a place to write to it only counts; with one it never writes past its end.
class WEIR_API ByteWriter : public CodecState {
 public:
  explicit ByteWriter(std::string_view format) noexcept : CodecState(format) {}
  ByteWriter(std::string_view format, std::span<std::byte> out) noexcept
      : CodecState(format), out_(out), is_counting_(false) {}

  // Bytes written or counted so far.
  std::uint64_t size() const noexcept { return size_; }

  bool write(void const* bytes, std::size_t size) {
    if (!is_counting_) {
      if (size > out_.size() - size_) {
        return fail_changed();
      }
      if (size != 0) {
        std::memcpy(out_.data() + size_, bytes, size);
      }
    }
    size_ += size;
    return true;
  }
  template <class T>
  bool write(T value) {
    if constexpr (!is_little) {
      value = byte_swapped(value);
    }
    return write(&value, sizeof value);
  }
  bool write_character(char32_t value);

  // Always false.
  bool fail(std::string const& message);
  // Checks that all the place was used.
  bool finish() { return is_counting_ || size_ == out_.size() || fail_changed(); }

 private:
  bool fail_changed();

  std::span<std::byte> out_;
  std::uint64_t size_ = 0;
  bool is_counting_ = true;
};

// For <weir/exchange/json.hpp>: what of it needs no JSON library.

// Whether the bytes are one well-formed CBOR item without tags, not nested too deep, whose lengths are covered by the
// bytes; nlohmann-json's reader, which recurses, may then be trusted with it.
WEIR_API Result<void> check_cbor(std::span<std::byte const> bytes);

// "json: at /items/3: expected text, found a number"
WEIR_API Error json_error(ErrorKind kind, std::string_view format, std::string_view path, std::string_view message);

} // namespace weir::exchange::detail
