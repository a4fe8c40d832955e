// The part of <weir/exchange/json.hpp> that needs no JSON library.
#include <weir/exchange/byte_io.hpp>
#include <weir/exchange/codec.hpp>

#include <fmt/format.h>

namespace weir::exchange::detail {

Error json_error(ErrorKind kind, std::string_view format, std::string_view path, std::string_view message) {
  return {kind,
          path.empty() ? fmt::format("{}: {}", format, message) : fmt::format("{}: at {}: {}", format, path, message)};
}

namespace {

// Walks over one CBOR item without recursing. (That maps have as many keys as values is left to the reader.)
// https://www.rfc-editor.org/rfc/rfc8949.html#name-well-formedness-checking
class CborChecker {
 public:
  explicit CborChecker(std::span<std::byte const> bytes) noexcept : in_("CBOR", bytes) {}

  Result<void> check() {
    open_.push_back(1);
    while (!open_.empty()) {
      if (open_.back() == 0) {
        open_.pop_back();
        continue;
      }
      if (!item()) {
        return std::unexpected(in_.take_error());
      }
    }
    if (!in_.finish()) {
      return std::unexpected(in_.take_error());
    }
    return {};
  }

 private:
  static constexpr std::uint64_t until_break = ~std::uint64_t{0};
  static constexpr std::uint8_t indefinite = 31;
  static constexpr std::uint8_t break_byte = 0xFF;

  // The argument that follows an initial byte.
  bool argument(std::uint8_t info, std::uint64_t& value) {
    if (info < 24) {
      value = info;
      return true;
    }
    if (info > 27) {
      return in_.fail("an initial byte that has no meaning");
    }
    std::size_t const size = std::size_t{1} << (info - 24);
    auto const* const bytes = in_.take(size, "a length");
    if (bytes == nullptr) {
      return false;
    }
    value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    }
    return true;
  }

  bool item() {
    std::uint8_t first = 0;
    if (!in_.read(first, "an item")) {
      return false;
    }
    if (first == break_byte) {
      if (open_.back() != until_break) {
        return in_.fail("a break where none may be");
      }
      open_.pop_back();
      return true;
    }
    auto const major = static_cast<std::uint8_t>(first >> 5);
    auto const info = static_cast<std::uint8_t>(first & 31);
    if (open_.back() != until_break) {
      --open_.back();
    }
    if (info == indefinite) {
      return start_indefinite(major);
    }
    std::uint64_t value = 0;
    if (!argument(info, value)) {
      return false;
    }
    switch (major) {
    case 2:
    case 3: return in_.take(value, major == 2 ? "a byte string" : "a text") != nullptr;
    case 4: return in_.check_count(value, 1) && open(value);
    case 5: return in_.check_count(value, 2) && open(2 * value);
    case 6: return in_.fail("a tag; tags are not supported");
    default: return true;
    }
  }

  bool start_indefinite(std::uint8_t major) {
    if (major == 2 || major == 3) {
      return chunks(major);
    }
    return major == 4 || major == 5 ? open(until_break) : in_.fail("an initial byte that has no meaning");
  }

  // The chunks of a string of unknown length: definite strings of the same kind.
  bool chunks(std::uint8_t major) {
    for (;;) {
      std::uint8_t first = 0;
      if (!in_.read(first, "a chunk")) {
        return false;
      }
      if (first == break_byte) {
        return true;
      }
      std::uint64_t size = 0;
      if (first >> 5 != major || (first & 31) == indefinite) {
        return in_.fail("a chunk that is no string of known length");
      }
      if (!argument(first & 31, size) || in_.take(size, "a chunk") == nullptr) {
        return false;
      }
    }
  }

  bool open(std::uint64_t items) {
    if (open_.size() > max_depth) {
      return in_.fail_depth();
    }
    open_.push_back(items);
    return true;
  }

  ByteReader in_;
  std::vector<std::uint64_t> open_; // items that are still to come, per open container
};

} // namespace

Result<void> check_cbor(std::span<std::byte const> bytes) {
  return guarded([&] { return CborChecker{bytes}.check(); });
}

} // namespace weir::exchange::detail
