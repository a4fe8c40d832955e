// Encoding and decoding by a format.
//
//   auto bytes = encode(bincode, value);                 // Result<std::vector<std::byte>>
//   auto value = decode<std::string>(bincode, *bytes);   // Result<std::string>
//   allocator.put(bincode(value));                       // straight into guest memory
//
// A format is an object such as bincode, bincode2, json, cbor, msgpack. It has
//   Encoding operator()(value)                                   what put() takes
//   template <class T> Result<T> decode(span<byte const>)        all of the bytes must be the value's
// and either, where the size is known beforehand,
//   Result<std::size_t> encoded_size(value)   and   Result<void> encode_into(value, span<byte>)
// or
//   Result<std::vector<std::byte>> encode(value).
//
// Decoders trust nothing that the bytes say: a length is checked against the bytes that follow before anything is
// allocated for it, and nesting is bounded (max_depth). Text is checked to be UTF-8 when it is decoded. What the bytes
// lack or have too much is an error of kind `guest`; a value that has no encoding one of kind `usage`.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/exchange/description.hpp>
#include <weir/weir.hpp>

namespace weir::exchange {

// Formats that know a value's encoded size before they encode it.
template <class Format, class T>
concept SizedFormat = requires(Format const& format, T const& value, std::span<std::byte> out) {
  { format.encoded_size(value) } -> std::same_as<Result<std::size_t>>;
  { format.encode_into(value, out) } -> std::same_as<Result<void>>;
};

// A value together with the format to encode it in. Made by calling a format: bincode(value). It refers to an lvalue,
// which must outlive it and stay as it is, and holds an rvalue.
template <class Format, class Held>
class Encoding {
 public:
  using Value = std::remove_cvref_t<Held>;
  static constexpr bool is_sized = SizedFormat<Format, Value>;

  template <class T>
  Encoding(Format const& format, T&& value) : format_(format), value_(std::forward<T>(value)) {}

  Format const& format() const noexcept { return format_; }
  Value const& value() const noexcept { return value_; }

 private:
  Format format_;
  Held value_;
};

namespace detail {

// Text in any form is encoded through a view, other lvalues by reference, and rvalues are kept.
template <class Format, class T>
auto make_encoding(Format const& format, T&& value) {
  using Value = std::remove_cvref_t<T>;
  if constexpr (shape_of<Value>() != Shape::text && std::is_convertible_v<T, std::string_view>) {
    return Encoding<Format, std::string_view>{format, std::string_view{value}};
  } else {
    static_assert(Encodable<Value>, "no codec knows this type: see weir/exchange/description.hpp");
    using Held = std::conditional_t<std::is_lvalue_reference_v<T>, Value const&, Value>;
    return Encoding<Format, Held>{format, std::forward<T>(value)};
  }
}

// Runs a body that gives a Result; a failed allocation becomes its error.
template <class Body>
auto guarded(Body&& body) -> decltype(body()) {
  std::optional<decltype(body())> result;
  if (!weir::detail::had_memory([&] { result.emplace(body()); })) {
    return std::unexpected(weir::detail::no_memory_error());
  }
  return *std::move(result);
}

} // namespace detail

template <class Format, class Held>
Result<std::vector<std::byte>> encode(Encoding<Format, Held> const& encoding) {
  if constexpr (Encoding<Format, Held>::is_sized) {
    return detail::guarded([&]() -> Result<std::vector<std::byte>> {
      auto const size = encoding.format().encoded_size(encoding.value());
      if (!size.has_value()) {
        return std::unexpected(size.error());
      }
      std::vector<std::byte> bytes(*size);
      if (auto const done = encoding.format().encode_into(encoding.value(), bytes); !done.has_value()) {
        return std::unexpected(done.error());
      }
      return bytes;
    });
  } else {
    return encoding.format().encode(encoding.value());
  }
}

template <class Format, class T>
Result<std::vector<std::byte>> encode(Format const& format, T const& value) {
  return encode(format(value));
}

template <class T, class Format>
Result<T> decode(Format const& format, std::span<std::byte const> bytes) {
  return format.template decode<T>(bytes);
}

} // namespace weir::exchange
