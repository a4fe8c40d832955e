// What the codecs know about C++ types: the shape of each, and the fields of structs.
//
// An aggregate of up to 16 members (no base class, no C array among them) takes part as it is. Any other class says
// what its fields are, in the order in which they are encoded, by a static member function
//
//   struct Point {
//     static constexpr auto fields(auto& self) { return std::tie(self.x, self.y); }
//     static constexpr std::array<std::string_view, 2> field_names{"x", "y"};   // only for formats with names (JSON)
//     ...
//   };
//
// or, for a class of someone else's, by specialising weir::exchange::Description with the same two members. `fields` is
// called with a const and with a mutable object.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <expected>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace weir::exchange {

// To be specialised for classes whose definition cannot be changed. For an enumeration a specialisation may say
//   static constexpr std::uint32_t enumerators = 3;
// and then decoding refuses tags from there on.
template <class T>
struct Description {};

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

// How deep values may nest within each other, in either direction. Recursive types end there with an error.
inline constexpr std::uint32_t max_depth = 128;

enum class Shape : std::uint8_t {
  unsupported,
  boolean,
  integer,     // of 1, 2, 4, 8 or 16 bytes; `char` is one of 1 byte
  floating,    // float, double
  character,   // char32_t: a Unicode scalar value
  byte,        // std::byte
  enumeration, // by its value, which must be within 0 .. 2^32-1
  text,        // std::string; std::string_view to encode
  unit,        // std::monostate: nothing
  optional,
  box,      // std::unique_ptr, not null: what it points to
  expected, // std::expected, as Rust's Result
  variant,  // std::variant, as a Rust enum of variants with one or no field
  tuple,    // std::pair, std::tuple
  array,    // std::array: no length is written
  sequence, // what can push_back; std::span to encode
  set,      // has key_type
  map,      // has key_type and mapped_type
  structure,
};

namespace detail {

template <class T, template <class...> class Template>
inline constexpr bool is_a = false;
template <class... Args, template <class...> class Template>
inline constexpr bool is_a<Template<Args...>, Template> = true;

template <class T>
inline constexpr bool is_array = false;
template <class T, std::size_t N>
inline constexpr bool is_array<std::array<T, N>> = true;

template <class T>
inline constexpr bool is_span = false;
template <class T, std::size_t N>
inline constexpr bool is_span<std::span<T, N>> = true;

template <class T>
concept Iterable = requires(T const& value) {
  typename T::value_type;
  value.begin();
  value.end();
  value.size();
};
template <class T>
concept Described = requires(T& value) { Description<T>::fields(value); };
template <class T>
concept SelfDescribed = requires(T& value) { T::fields(value); };

template <class T>
consteval Shape class_shape() {
  if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>) {
    return Shape::text;
  } else if constexpr (std::same_as<T, std::monostate>) {
    return Shape::unit;
  } else if constexpr (is_a<T, std::optional>) {
    return Shape::optional;
  } else if constexpr (is_a<T, std::unique_ptr>) {
    return Shape::box;
  } else if constexpr (is_a<T, std::expected>) {
    return Shape::expected;
  } else if constexpr (is_a<T, std::variant>) {
    return Shape::variant;
  } else if constexpr (is_a<T, std::pair> || is_a<T, std::tuple>) {
    return Shape::tuple;
  } else if constexpr (is_array<T>) {
    return Shape::array;
  } else if constexpr (is_span<T>) {
    return Shape::sequence;
  } else if constexpr (Iterable<T>) {
    if constexpr (requires { typename T::mapped_type; }) {
      return Shape::map;
    } else if constexpr (requires { typename T::key_type; }) {
      return Shape::set;
    } else {
      return requires(T& value) { value.push_back(std::declval<typename T::value_type>()); } ? Shape::sequence
                                                                                             : Shape::unsupported;
    }
  } else {
    return std::is_aggregate_v<T> ? Shape::structure : Shape::unsupported;
  }
}

} // namespace detail

template <class T>
consteval Shape shape_of() {
  if constexpr (detail::Described<T> || detail::SelfDescribed<T>) {
    return Shape::structure;
  } else if constexpr (std::same_as<T, bool>) {
    return Shape::boolean;
  } else if constexpr (std::same_as<T, std::byte>) {
    return Shape::byte;
  } else if constexpr (std::same_as<T, char32_t>) {
    return Shape::character;
  } else if constexpr (std::same_as<T, wchar_t> || std::same_as<T, char8_t> || std::same_as<T, char16_t>) {
    return Shape::unsupported;
  } else if constexpr (std::integral<T> || std::same_as<T, Int128> || std::same_as<T, UInt128>) {
    return Shape::integer;
  } else if constexpr (std::same_as<T, float> || std::same_as<T, double>) {
    return Shape::floating;
  } else if constexpr (std::is_enum_v<T>) {
    return Shape::enumeration;
  } else if constexpr (std::is_class_v<T>) {
    return detail::class_shape<T>();
  } else {
    return Shape::unsupported;
  }
}

// A type that the codecs can encode.
template <class T>
concept Encodable = shape_of<T>() != Shape::unsupported;

namespace detail {

template <class T>
inline constexpr bool is_signed = std::is_signed_v<T> || std::same_as<T, Int128>;

template <std::size_t Bytes>
struct UnsignedOf;
template <>
struct UnsignedOf<1> {
  using Type = std::uint8_t;
};
template <>
struct UnsignedOf<2> {
  using Type = std::uint16_t;
};
template <>
struct UnsignedOf<4> {
  using Type = std::uint32_t;
};
template <>
struct UnsignedOf<8> {
  using Type = std::uint64_t;
};
template <>
struct UnsignedOf<16> {
  using Type = UInt128;
};
// The unsigned integer as wide as T, which may be a float too.
template <class T>
using Unsigned = typename UnsignedOf<sizeof(T)>::Type;

// Stands for a member of any type but the aggregate itself (that would be a copy).
template <class Aggregate>
struct AnyMember {
  template <class T>
    requires(!std::same_as<std::remove_cvref_t<T>, Aggregate>)
  operator T() const {
    std::abort(); // for unevaluated use
  }
};

template <class T, std::size_t... I>
consteval bool takes_members(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), AnyMember<T>{})...}; };
}

inline constexpr std::size_t max_members = 16;

template <class T, std::size_t N = max_members>
consteval std::size_t member_count() {
  if constexpr (takes_members<T>(std::make_index_sequence<N>{})) {
    return N;
  } else if constexpr (N == 0) {
    return 0;
  } else {
    return member_count<T, N - 1>();
  }
}

// clang-format off: one line for each number of members.
template <class T>
constexpr auto aggregate_fields(T& value) {
  constexpr std::size_t count = member_count<std::remove_const_t<T>>();
  static_assert(!takes_members<std::remove_const_t<T>>(std::make_index_sequence<max_members + 1>{}),
                "an aggregate of more than 16 members: describe it, as weir/exchange/description.hpp says");
  if constexpr (count == 0) { return std::tuple<>{}; }
  else if constexpr (count == 1) { auto& [a] = value; return std::tie(a); }
  else if constexpr (count == 2) { auto& [a, b] = value; return std::tie(a, b); }
  else if constexpr (count == 3) { auto& [a, b, c] = value; return std::tie(a, b, c); }
  else if constexpr (count == 4) { auto& [a, b, c, d] = value; return std::tie(a, b, c, d); }
  else if constexpr (count == 5) { auto& [a, b, c, d, e] = value; return std::tie(a, b, c, d, e); }
  else if constexpr (count == 6) { auto& [a, b, c, d, e, f] = value; return std::tie(a, b, c, d, e, f); }
  else if constexpr (count == 7) { auto& [a, b, c, d, e, f, g] = value; return std::tie(a, b, c, d, e, f, g); }
  else if constexpr (count == 8) { auto& [a, b, c, d, e, f, g, h] = value; return std::tie(a, b, c, d, e, f, g, h); }
  else if constexpr (count == 9) { auto& [a, b, c, d, e, f, g, h, i] = value; return std::tie(a, b, c, d, e, f, g, h, i); }
  else if constexpr (count == 10) { auto& [a, b, c, d, e, f, g, h, i, j] = value; return std::tie(a, b, c, d, e, f, g, h, i, j); }
  else if constexpr (count == 11) { auto& [a, b, c, d, e, f, g, h, i, j, k] = value; return std::tie(a, b, c, d, e, f, g, h, i, j, k); }
  else if constexpr (count == 12) { auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l); }
  else if constexpr (count == 13) { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = value; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m); }
  else if constexpr (count == 14) { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = value; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n); }
  else if constexpr (count == 15) { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = value; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o); }
  else { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = value; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p); }
}
// clang-format on

// The fields of a struct as a tuple of references.
template <class T>
constexpr auto fields_of(T& value) {
  using Plain = std::remove_const_t<T>;
  if constexpr (Described<Plain>) {
    return Description<Plain>::fields(value);
  } else if constexpr (SelfDescribed<Plain>) {
    return Plain::fields(value);
  } else {
    return aggregate_fields(value);
  }
}

template <class T>
using FieldsOf = decltype(fields_of(std::declval<T&>()));

// The names of a struct's fields, if it has told them; else nothing.
template <class T>
constexpr auto names_of() {
  if constexpr (requires { Description<T>::field_names; }) {
    return std::span{Description<T>::field_names};
  } else if constexpr (requires { T::field_names; }) {
    return std::span{T::field_names};
  } else {
    return std::span<std::string_view const>{};
  }
}

} // namespace detail

} // namespace weir::exchange
