// Rust's bincode, little endian: `bincode` as version 1 writes it (integers as wide as they are, lengths of 8 bytes,
// tags of enums of 4), `bincode2` as the standard configuration of version 2 (integers, lengths and tags of variable
// size). https://github.com/bincode-org/bincode/blob/trunk/docs/spec.md
//
//   Rust                       C++
//   u8 .. u128, i8 .. i128     integers of the same width; usize and isize: of 64 bits
//   bool, f32, f64, char       bool, float, double, char32_t
//   String, &str, Vec<T>       std::string, std::vector<T> and the like
//   [T; N], tuples, structs    std::array, std::tuple, structs (weir/exchange/description.hpp)
//   Option, Box, Result, ()    std::optional, std::unique_ptr, std::expected, std::monostate
//   maps, sets                 std::map, std::unordered_map, std::set, ...
//   enum without fields        an enumeration, or std::variant of std::monostate
//   enum with fields           std::variant; a variant with several fields is a tuple or a struct
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <weir/exchange/byte_io.hpp>
#include <weir/exchange/codec.hpp>

namespace weir::exchange {

enum class BincodeIntegers : std::uint8_t { fixed, varint };

namespace detail {

// Fewest bytes that an encoded T takes.
template <BincodeIntegers Integers, class T>
consteval std::size_t least_bytes() {
  constexpr bool fixed = Integers == BincodeIntegers::fixed;
  constexpr Shape shape = shape_of<T>();
  if constexpr (shape == Shape::integer) {
    return fixed ? sizeof(T) : 1;
  } else if constexpr (shape == Shape::floating) {
    return sizeof(T);
  } else if constexpr (shape == Shape::enumeration || shape == Shape::variant || shape == Shape::expected) {
    return fixed ? 4 : 1;
  } else if constexpr (shape == Shape::text || shape == Shape::sequence || shape == Shape::set || shape == Shape::map) {
    return fixed ? 8 : 1;
  } else if constexpr (shape == Shape::unit) {
    return 0;
  } else if constexpr (shape == Shape::box) {
    return least_bytes<Integers, typename T::element_type>();
  } else if constexpr (shape == Shape::array) {
    return std::tuple_size_v<T> * least_bytes<Integers, typename T::value_type>();
  } else if constexpr (shape == Shape::tuple) {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return (std::size_t{0} + ... + least_bytes<Integers, std::tuple_element_t<I, T>>());
    }(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (shape == Shape::structure) {
    return []<class... Fields>(std::tuple<Fields&...>*) {
      return (std::size_t{0} + ... + least_bytes<Integers, Fields>());
    }(static_cast<FieldsOf<T>*>(nullptr));
  } else {
    return 1; // boolean, byte, character, optional
  }
}

// Whether objects lie in memory as they are encoded.
template <BincodeIntegers Integers, class T>
inline constexpr bool is_plain = shape_of<T>() == Shape::byte || (shape_of<T>() == Shape::integer && sizeof(T) == 1) ||
                                 (is_little && shape_of<T>() == Shape::floating) ||
                                 (is_little && Integers == BincodeIntegers::fixed && shape_of<T>() == Shape::integer);

template <class T>
concept Contiguous = requires(T& value) { value.data(); };

// Markers of bincode 2's integers: a value up to 250 is its own byte.
inline constexpr std::uint8_t varint_single = 250;
inline constexpr std::uint8_t varint_16 = 251;
inline constexpr std::uint8_t varint_32 = 252;
inline constexpr std::uint8_t varint_64 = 253;
inline constexpr std::uint8_t varint_128 = 254;

// Encodes into a ByteWriter. Every function answers false after a failure.
template <BincodeIntegers Integers>
class BincodeEncoder {
 public:
  explicit BincodeEncoder(ByteWriter& out) noexcept : out_(out) {}

  template <class T>
  bool put(T const& value) {
    constexpr Shape shape = shape_of<T>();
    static_assert(shape != Shape::unsupported, "no codec knows this type: see weir/exchange/description.hpp");
    if constexpr (shape == Shape::boolean) {
      return out_.write(static_cast<std::uint8_t>(value));
    } else if constexpr (shape == Shape::integer) {
      return put_integer(value);
    } else if constexpr (shape == Shape::floating || shape == Shape::byte) {
      return out_.write(value);
    } else if constexpr (shape == Shape::character) {
      return out_.write_character(value);
    } else if constexpr (shape == Shape::enumeration) {
      return put_enumeration(value);
    } else if constexpr (shape == Shape::text) {
      return put_length(value.size()) && out_.write(value.data(), value.size());
    } else if constexpr (shape == Shape::unit) {
      return true;
    } else {
      if (!out_.enter()) {
        return false;
      }
      bool const done = put_compound<shape>(value);
      out_.leave();
      return done;
    }
  }

 private:
  template <Shape shape, class T>
  bool put_compound(T const& value) {
    if constexpr (shape == Shape::optional) {
      return out_.write(static_cast<std::uint8_t>(value.has_value())) && (!value.has_value() || put(*value));
    } else if constexpr (shape == Shape::box) {
      return value != nullptr ? put(*value) : out_.fail("a null std::unique_ptr");
    } else if constexpr (shape == Shape::expected) {
      return put_expected(value);
    } else if constexpr (shape == Shape::variant) {
      return !value.valueless_by_exception()
                 ? put_tag(static_cast<std::uint32_t>(value.index())) &&
                       std::visit([&](auto const& alternative) { return put(alternative); }, value)
                 : out_.fail("a std::variant without a value");
    } else if constexpr (shape == Shape::tuple) {
      return std::apply([&](auto const&... each) { return (true && ... && put(each)); }, value);
    } else if constexpr (shape == Shape::structure) {
      return std::apply([&](auto const&... each) { return (true && ... && put(each)); }, fields_of(value));
    } else if constexpr (shape == Shape::map) {
      return put_length(value.size()) && put_entries(value);
    } else {
      return (shape == Shape::array || put_length(value.size())) && put_elements(value);
    }
  }

  template <class T>
  bool put_elements(T const& values) {
    using Element = typename T::value_type;
    if constexpr (Contiguous<T const> && is_plain<Integers, Element>) {
      return out_.write(values.data(), values.size() * sizeof(Element));
    } else {
      for (auto const& each : values) {
        if (!put(static_cast<Element const&>(each))) {
          return false;
        }
      }
      return true;
    }
  }

  template <class T>
  bool put_entries(T const& entries) {
    for (auto const& [key, value] : entries) {
      if (!put(key) || !put(value)) {
        return false;
      }
    }
    return true;
  }

  template <class T>
  bool put_expected(T const& value) {
    if (!value.has_value()) {
      return put_tag(1) && put(value.error());
    }
    if constexpr (std::is_void_v<typename T::value_type>) {
      return put_tag(0);
    } else {
      return put_tag(0) && put(*value);
    }
  }

  template <class T>
  bool put_enumeration(T value) {
    auto const number = static_cast<std::underlying_type_t<T>>(value);
    if (number < 0 || static_cast<std::uint64_t>(number) > UINT32_MAX) {
      return out_.fail("an enumerator outside of 0 .. 2^32-1");
    }
    return put_tag(static_cast<std::uint32_t>(number));
  }

  template <class T>
  bool put_integer(T value) {
    using U = Unsigned<T>;
    if constexpr (Integers == BincodeIntegers::fixed || sizeof(T) == 1) {
      return out_.write(static_cast<U>(value));
    } else if constexpr (is_signed<T>) {
      // 0, -1, 1, -2, ... become 0, 1, 2, 3, ...
      U const doubled = static_cast<U>(static_cast<U>(value) << 1);
      return put_varint(value < 0 ? static_cast<U>(~doubled) : doubled);
    } else {
      return put_varint(static_cast<U>(value));
    }
  }

  template <class U>
  bool put_varint(U value) {
    if (value <= varint_single) {
      return out_.write(static_cast<std::uint8_t>(value));
    }
    if (value <= UINT16_MAX) {
      return out_.write(varint_16) && out_.write(static_cast<std::uint16_t>(value));
    }
    if constexpr (sizeof(U) > 2) {
      if (value <= UINT32_MAX) {
        return out_.write(varint_32) && out_.write(static_cast<std::uint32_t>(value));
      }
    }
    if constexpr (sizeof(U) > 4) {
      if (value <= UINT64_MAX) {
        return out_.write(varint_64) && out_.write(static_cast<std::uint64_t>(value));
      }
    }
    if constexpr (sizeof(U) > 8) {
      return out_.write(varint_128) && out_.write(static_cast<UInt128>(value));
    }
    return true;
  }

  bool put_length(std::uint64_t length) { return put_integer(length); }
  bool put_tag(std::uint32_t tag) { return put_integer(tag); }

  ByteWriter& out_;
};

// Decodes from a ByteReader. Every function answers false after a failure.
template <BincodeIntegers Integers>
class BincodeDecoder {
 public:
  explicit BincodeDecoder(ByteReader& in) noexcept : in_(in) {}

  template <class T>
  bool get(T& value) {
    constexpr Shape shape = shape_of<T>();
    static_assert(shape != Shape::unsupported, "no codec knows this type: see weir/exchange/description.hpp");
    static_assert(!std::is_same_v<T, std::string_view> && !is_span<T>,
                  "a decoded value owns what it holds: use std::string or std::vector");
    if constexpr (shape == Shape::boolean) {
      return get_flag(value, "a bool of");
    } else if constexpr (shape == Shape::integer) {
      return get_integer(value);
    } else if constexpr (shape == Shape::floating || shape == Shape::byte) {
      return in_.read(value, shape == Shape::byte ? "a byte" : "a float");
    } else if constexpr (shape == Shape::character) {
      return in_.read_character(value);
    } else if constexpr (shape == Shape::enumeration) {
      return get_enumeration(value);
    } else if constexpr (shape == Shape::text) {
      return get_text(value);
    } else if constexpr (shape == Shape::unit) {
      return true;
    } else {
      if (!in_.enter()) {
        return false;
      }
      bool const done = get_compound<shape>(value);
      in_.leave();
      return done;
    }
  }

 private:
  template <Shape shape, class T>
  bool get_compound(T& value) {
    if constexpr (shape == Shape::optional) {
      bool has_value = false;
      if (!get_flag(has_value, "an option's tag of")) {
        return false;
      }
      if (!has_value) {
        value.reset();
        return true;
      }
      return get(value.emplace());
    } else if constexpr (shape == Shape::box) {
      value = std::make_unique<typename T::element_type>();
      return get(*value);
    } else if constexpr (shape == Shape::expected) {
      return get_expected(value);
    } else if constexpr (shape == Shape::variant) {
      return get_variant(value, std::make_index_sequence<std::variant_size_v<T>>{});
    } else if constexpr (shape == Shape::tuple) {
      return std::apply([&](auto&... each) { return (true && ... && get(each)); }, value);
    } else if constexpr (shape == Shape::structure) {
      return std::apply([&](auto&... each) { return (true && ... && get(each)); }, fields_of(value));
    } else if constexpr (shape == Shape::array) {
      return std::all_of(value.begin(), value.end(), [&](auto& each) { return get(each); });
    } else if constexpr (shape == Shape::map) {
      return get_entries(value);
    } else {
      return get_elements<shape>(value);
    }
  }

  template <Shape shape, class T>
  bool get_elements(T& values) {
    using Element = typename T::value_type;
    std::uint64_t length = 0;
    if (!get_length<Element>(length)) {
      return false;
    }
    values.clear();
    if constexpr (Contiguous<T> && is_plain<Integers, Element>) {
      // So many bytes are there.
      values.resize(static_cast<std::size_t>(length));
      auto const* const bytes = in_.take(length * sizeof(Element), "a sequence");
      std::copy_n(bytes, static_cast<std::size_t>(length) * sizeof(Element),
                  reinterpret_cast<std::byte*>(values.data()));
      return true;
    } else {
      // Objects can be larger than what they are made from: nothing is reserved on a mere claim.
      for (; length != 0; --length) {
        Element element{};
        if (!get(element)) {
          return false;
        }
        if constexpr (shape == Shape::set) {
          values.insert(std::move(element));
        } else {
          values.push_back(std::move(element));
        }
      }
      return true;
    }
  }

  template <class T>
  bool get_entries(T& entries) {
    using Key = typename T::key_type;
    using Mapped = typename T::mapped_type;
    std::uint64_t length = 0;
    if (!get_length<std::pair<Key, Mapped>>(length)) {
      return false;
    }
    entries.clear();
    for (; length != 0; --length) {
      Key key{};
      Mapped value{};
      if (!get(key) || !get(value)) {
        return false;
      }
      entries.insert_or_assign(std::move(key), std::move(value)); // as Rust's maps do
    }
    return true;
  }

  bool get_text(std::string& text) {
    std::uint64_t length = 0;
    if (!get_length<char>(length)) {
      return false;
    }
    auto const* const bytes = reinterpret_cast<char const*>(in_.take(length, "a string"));
    std::string_view const view{bytes, static_cast<std::size_t>(length)};
    if (!is_utf8(view)) {
      return in_.fail("the string that ends here is not UTF-8");
    }
    text.assign(view);
    return true;
  }

  template <class T>
  bool get_expected(T& value) {
    std::uint32_t tag = 0;
    if (!get_tag(tag, 2)) {
      return false;
    }
    if (tag == 1) {
      typename T::error_type error{};
      return get(error) && (value = std::unexpected(std::move(error)), true);
    }
    if constexpr (std::is_void_v<typename T::value_type>) {
      value.emplace();
      return true;
    } else {
      typename T::value_type good{};
      return get(good) && (value = std::move(good), true);
    }
  }

  template <class T, std::size_t... I>
  bool get_variant(T& value, std::index_sequence<I...>) {
    std::uint32_t tag = 0;
    if (!get_tag(tag, sizeof...(I))) {
      return false;
    }
    bool done = false;
    (void)((tag == I && (done = get(value.template emplace<I>()), true)) || ...);
    return done;
  }

  template <class T>
  bool get_enumeration(T& value) {
    using Number = std::underlying_type_t<T>;
    std::uint64_t end = std::uint64_t{1} << 32;
    if constexpr (requires { Description<T>::enumerators; }) {
      end = Description<T>::enumerators;
    } else if constexpr (sizeof(Number) <= 4) {
      end = std::uint64_t{static_cast<Unsigned<Number>>(std::numeric_limits<Number>::max())} + 1;
    }
    std::uint32_t tag = 0;
    if (!get_tag(tag, end)) {
      return false;
    }
    value = static_cast<T>(tag);
    return true;
  }

  bool get_flag(bool& flag, char const* what) {
    std::uint8_t byte = 0;
    if (!in_.read(byte, "a flag")) {
      return false;
    }
    flag = byte == 1;
    return byte <= 1 || in_.fail_value(what, byte, 1);
  }

  bool get_tag(std::uint32_t& tag, std::uint64_t end) {
    return get_integer(tag) && (tag < end || in_.fail_value("an enum's tag of", tag, end - 1));
  }

  // A length that the bytes that follow can have.
  template <class Element>
  bool get_length(std::uint64_t& length) {
    constexpr std::size_t least = least_bytes<Integers, Element>();
    static_assert(least != 0, "elements that take no bytes are not supported: nothing would bound their number");
    return get_integer(length) && in_.check_count(length, least);
  }

  template <class T>
  bool get_integer(T& value) {
    using U = Unsigned<T>;
    U bits = 0;
    if constexpr (Integers == BincodeIntegers::fixed || sizeof(T) == 1) {
      if (!in_.read(bits, "an integer")) {
        return false;
      }
      value = static_cast<T>(bits);
    } else {
      if (!get_varint(bits)) {
        return false;
      }
      if constexpr (is_signed<T>) {
        value = static_cast<T>(static_cast<U>(bits >> 1) ^ static_cast<U>((bits & 1) != 0 ? ~U{0} : U{0}));
      } else {
        value = static_cast<T>(bits);
      }
    }
    return true;
  }

  template <class Part, class U>
  bool get_part(U& value) {
    Part part = 0;
    if (!in_.read(part, "an integer")) {
      return false;
    }
    value = static_cast<U>(part);
    return true;
  }

  template <class U>
  bool get_varint(U& value) {
    std::uint8_t first = 0;
    if (!in_.read(first, "an integer")) {
      return false;
    }
    if (first <= varint_single) {
      value = first;
      return true;
    }
    if (first == varint_16) {
      return get_part<std::uint16_t>(value);
    }
    if constexpr (sizeof(U) > 2) {
      if (first == varint_32) {
        return get_part<std::uint32_t>(value);
      }
    }
    if constexpr (sizeof(U) > 4) {
      if (first == varint_64) {
        return get_part<std::uint64_t>(value);
      }
    }
    if constexpr (sizeof(U) > 8) {
      if (first == varint_128) {
        return get_part<UInt128>(value);
      }
    }
    return in_.fail("an integer that is wider than its type");
  }

  ByteReader& in_;
};

} // namespace detail

template <BincodeIntegers Integers>
struct BincodeFormat {
  static constexpr std::string_view name = Integers == BincodeIntegers::fixed ? "bincode 1" : "bincode 2";

  template <class T>
  auto operator()(T&& value) const {
    return detail::make_encoding(*this, std::forward<T>(value));
  }

  template <Encodable T>
  Result<std::size_t> encoded_size(T const& value) const {
    return detail::guarded([&]() -> Result<std::size_t> {
      detail::ByteWriter counter{name};
      if (!detail::BincodeEncoder<Integers>{counter}.put(value)) {
        return std::unexpected(counter.take_error());
      }
      return static_cast<std::size_t>(counter.size());
    });
  }

  // Precondition: `out` has encoded_size() bytes.
  template <Encodable T>
  Result<void> encode_into(T const& value, std::span<std::byte> out) const {
    return detail::guarded([&]() -> Result<void> {
      detail::ByteWriter writer{name, out};
      if (!detail::BincodeEncoder<Integers>{writer}.put(value) || !writer.finish()) {
        return std::unexpected(writer.take_error());
      }
      return {};
    });
  }

  template <Encodable T>
  Result<T> decode(std::span<std::byte const> bytes) const {
    std::size_t used = 0;
    return decode_some<T>(bytes, used, true);
  }

  // Decodes a value from the start of the bytes; `used` says how many it took.
  template <Encodable T>
  Result<T> decode_prefix(std::span<std::byte const> bytes, std::size_t& used) const {
    return decode_some<T>(bytes, used, false);
  }

 private:
  template <class T>
  Result<T> decode_some(std::span<std::byte const> bytes, std::size_t& used, bool is_all) const {
    return detail::guarded([&]() -> Result<T> {
      detail::ByteReader reader{name, bytes};
      Result<T> value{};
      if (!detail::BincodeDecoder<Integers>{reader}.get(*value) || (is_all && !reader.finish())) {
        return std::unexpected(reader.take_error());
      }
      used = reader.position();
      return value;
    });
  }
};

inline constexpr BincodeFormat<BincodeIntegers::fixed> bincode{};
inline constexpr BincodeFormat<BincodeIntegers::varint> bincode2{};

} // namespace weir::exchange
