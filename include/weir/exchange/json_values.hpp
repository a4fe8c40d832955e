// From C++ values to nlohmann::json and back, for <weir/exchange/json.hpp>.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

#include <weir/exchange/byte_io.hpp>
#include <weir/exchange/description.hpp>

namespace weir::exchange::detail {

using Json = nlohmann::json;

// The first failure of a conversion, and the path to where it happened. Paths are made of field names and numbers of
// the host's, never of what the guest says.
class JsonState {
 public:
  explicit JsonState(std::string_view format) noexcept : format_(format) {}
  Error take_error() { return json_error(kind_, format_, path_, message_); }

 protected:
  bool fail(ErrorKind kind, std::string message) {
    kind_ = kind;
    message_ = std::move(message);
    return false;
  }
  // Runs body(), which goes one step deeper: into a field of this name or an element of this number.
  template <class Step, class Body>
  bool within(Step const& step, Body&& body) {
    if (depth_ == max_depth) {
      return fail(ErrorKind::limit, "values nest more than " + std::to_string(max_depth) + " deep");
    }
    ++depth_;
    bool const done = body();
    --depth_;
    if (!done) {
      if constexpr (std::is_integral_v<Step>) {
        path_.insert(0, "/" + std::to_string(step));
      } else {
        path_.insert(0, "/" + std::string{step});
      }
    }
    return done;
  }

 private:
  std::string_view format_;
  std::string path_;
  std::string message_;
  ErrorKind kind_ = ErrorKind::usage;
  std::uint32_t depth_ = 0;
};

// A key that a map with text keys has.
template <class T>
concept TextKeyed = shape_of<typename T::key_type>() == Shape::text;

// Values to Json. Every function answers false after a failure.
class JsonEncoder : public JsonState {
 public:
  using JsonState::JsonState;

  template <class T>
  bool put(T const& value, Json& out) {
    constexpr Shape shape = shape_of<T>();
    static_assert(shape != Shape::unsupported, "no codec knows this type: see weir/exchange/description.hpp");
    if constexpr (std::is_same_v<T, Json>) {
      out = value;
    } else if constexpr (shape == Shape::integer && sizeof(T) == 16) {
      return put_wide(value, out);
    } else if constexpr (shape == Shape::integer) {
      if constexpr (is_signed<T>) {
        out = static_cast<std::int64_t>(value);
      } else {
        out = static_cast<std::uint64_t>(value);
      }
    } else if constexpr (shape == Shape::boolean || shape == Shape::floating) {
      out = value;
    } else if constexpr (shape == Shape::byte) {
      out = static_cast<std::uint64_t>(value);
    } else if constexpr (shape == Shape::character) {
      char text[4];
      auto const size = utf8_encode(value, text);
      if (size == 0) {
        return fail(ErrorKind::usage, "not a Unicode scalar value");
      }
      out = std::string(text, size);
    } else if constexpr (shape == Shape::enumeration) {
      return put(static_cast<std::underlying_type_t<T>>(value), out);
    } else if constexpr (shape == Shape::text) {
      out = std::string{value};
    } else if constexpr (shape == Shape::unit) {
      out = nullptr;
    } else {
      return put_compound<shape>(value, out);
    }
    return true;
  }

 private:
  template <Shape shape, class T>
  bool put_compound(T const& value, Json& out) {
    if constexpr (shape == Shape::optional) {
      out = nullptr;
      return !value.has_value() || put(*value, out);
    } else if constexpr (shape == Shape::box) {
      return value != nullptr ? within("box", [&] { return put(*value, out); })
                              : fail(ErrorKind::usage, "a null std::unique_ptr");
    } else if constexpr (shape == Shape::expected) {
      return put_expected(value, out);
    } else if constexpr (shape == Shape::variant) {
      if (value.valueless_by_exception()) {
        return fail(ErrorKind::usage, "a std::variant without a value");
      }
      out = Json::array({value.index(), nullptr});
      return within(1, [&] { return std::visit([&](auto const& each) { return put(each, out[1]); }, value); });
    } else if constexpr (shape == Shape::tuple) {
      return put_tuple(value, {}, out);
    } else if constexpr (shape == Shape::structure) {
      return put_tuple(fields_of(value), names_of<T>(), out);
    } else if constexpr (shape == Shape::map) {
      return put_map(value, out);
    } else if constexpr (shape == Shape::sequence && std::is_same_v<typename T::value_type, std::byte>) {
      Json::binary_t bytes;
      for (std::byte const each : value) {
        bytes.push_back(static_cast<std::uint8_t>(each));
      }
      out = std::move(bytes);
      return true;
    } else {
      out = Json::array();
      for (auto const& each : value) {
        bool const done = within(
            out.size(), [&] { return put(static_cast<typename T::value_type const&>(each), out.emplace_back()); });
        if (!done) {
          return false;
        }
      }
      return true;
    }
  }

  template <class T>
  bool put_wide(T value, Json& out) {
    if (value < 0 ? value < static_cast<T>(INT64_MIN) : static_cast<UInt128>(value) > UINT64_MAX) {
      return fail(ErrorKind::usage, "an integer of more than 64 bits");
    }
    if (value < 0) {
      out = static_cast<std::int64_t>(value);
    } else {
      out = static_cast<std::uint64_t>(value);
    }
    return true;
  }

  template <class T>
  bool put_expected(T const& value, Json& out) {
    out = Json::object();
    if (!value.has_value()) {
      return within("Err", [&] { return put(value.error(), out["Err"]); });
    }
    if constexpr (std::is_void_v<typename T::value_type>) {
      out["Ok"] = nullptr;
      return true;
    } else {
      return within("Ok", [&] { return put(*value, out["Ok"]); });
    }
  }

  template <class Tuple>
  bool put_tuple(Tuple const& tuple, std::span<std::string_view const> names, Json& out) {
    out = names.empty() ? Json::array() : Json::object();
    return std::apply(
        [&](auto const&... each) {
          std::size_t i = 0;
          return (true && ... && put_field(each, i++, names, out));
        },
        tuple);
  }
  template <class T>
  bool put_field(T const& value, std::size_t index, std::span<std::string_view const> names, Json& out) {
    if (names.empty()) {
      return within(index, [&] { return put(value, out.emplace_back()); });
    }
    return within(names[index], [&] { return put(value, out[std::string{names[index]}]); });
  }

  template <class T>
  bool put_map(T const& map, Json& out) {
    out = TextKeyed<T> ? Json::object() : Json::array();
    std::size_t i = 0;
    for (auto const& [key, value] : map) {
      auto const& mapped = value;
      auto const& its_key = key;
      bool const done = within(i++, [&] {
        if constexpr (TextKeyed<T>) {
          return put(mapped, out[std::string{its_key}]);
        } else {
          auto& pair = out.emplace_back(Json::array({nullptr, nullptr}));
          return put(its_key, pair[0]) && put(mapped, pair[1]);
        }
      });
      if (!done) {
        return false;
      }
    }
    return true;
  }
};

// Json to values. Every function answers false after a failure.
class JsonDecoder : public JsonState {
 public:
  using JsonState::JsonState;

  template <class T>
  bool get(Json const& in, T& value) {
    constexpr Shape shape = shape_of<T>();
    static_assert(shape != Shape::unsupported, "no codec knows this type: see weir/exchange/description.hpp");
    static_assert(!std::is_same_v<T, std::string_view> && !is_span<T>,
                  "a decoded value owns what it holds: use std::string or std::vector");
    if constexpr (std::is_same_v<T, Json>) {
      value = in;
    } else if constexpr (shape == Shape::boolean) {
      auto const* const found = in.template get_ptr<Json::boolean_t const*>();
      return found != nullptr ? (value = *found, true) : fail_type("a bool", in);
    } else if constexpr (shape == Shape::integer) {
      return get_integer(in, value);
    } else if constexpr (shape == Shape::floating) {
      if (!in.is_number()) {
        return fail_type("a number", in);
      }
      value = static_cast<T>(in.is_number_float()      ? *in.template get_ptr<Json::number_float_t const*>()
                             : in.is_number_unsigned() ? static_cast<double>(unsigned_of(in))
                                                       : static_cast<double>(signed_of(in)));
    } else if constexpr (shape == Shape::byte) {
      std::uint8_t number = 0;
      return get_integer(in, number) && (value = std::byte{number}, true);
    } else if constexpr (shape == Shape::character) {
      auto const* const text = text_of(in);
      bool const is_one = text != nullptr && utf8_decode(*text, value) == text->size() && !text->empty();
      return is_one || fail_type("one character", in);
    } else if constexpr (shape == Shape::enumeration) {
      return get_enumeration(in, value);
    } else if constexpr (shape == Shape::text) {
      auto const* const text = text_of(in);
      return text != nullptr ? (value = *text, true) : fail_type("text", in);
    } else if constexpr (shape == Shape::unit) {
      return in.is_null() || fail_type("null", in);
    } else {
      return get_compound<shape>(in, value);
    }
    return true;
  }

 private:
  static std::string const* text_of(Json const& in) { return in.template get_ptr<Json::string_t const*>(); }
  static std::uint64_t unsigned_of(Json const& in) { return *in.template get_ptr<Json::number_unsigned_t const*>(); }
  static std::int64_t signed_of(Json const& in) { return *in.template get_ptr<Json::number_integer_t const*>(); }

  bool fail_type(char const* expected, Json const& in) {
    return fail(ErrorKind::guest, std::string{"expected "} + expected + ", found " + in.type_name());
  }

  template <Shape shape, class T>
  bool get_compound(Json const& in, T& value) {
    if constexpr (shape == Shape::optional) {
      value.reset();
      return in.is_null() || get(in, value.emplace());
    } else if constexpr (shape == Shape::box) {
      value = std::make_unique<typename T::element_type>();
      return within("box", [&] { return get(in, *value); });
    } else if constexpr (shape == Shape::expected) {
      return get_expected(in, value);
    } else if constexpr (shape == Shape::variant) {
      return get_variant(in, value, std::make_index_sequence<std::variant_size_v<T>>{});
    } else if constexpr (shape == Shape::tuple) {
      return get_tuple(in, value, {});
    } else if constexpr (shape == Shape::structure) {
      auto fields = fields_of(value);
      return get_tuple(in, fields, names_of<T>());
    } else if constexpr (shape == Shape::map) {
      return get_map(in, value);
    } else if constexpr (shape == Shape::array) {
      return get_array(in, value);
    } else {
      return get_elements<shape>(in, value);
    }
  }

  template <class T>
  bool get_integer(Json const& in, T& value) {
    if (!in.is_number_integer()) {
      return fail_type("an integer", in);
    }
    // Every integer of Json fits into 128 bits, with its sign.
    Int128 const number = in.is_number_unsigned() ? Int128{unsigned_of(in)} : Int128{signed_of(in)};
    if constexpr (sizeof(T) < 16) {
      if (number < Int128{std::numeric_limits<T>::min()} || number > Int128{std::numeric_limits<T>::max()}) {
        return fail(ErrorKind::guest, "an integer that is wider than its type");
      }
    } else if constexpr (!is_signed<T>) {
      if (number < 0) {
        return fail(ErrorKind::guest, "a negative integer");
      }
    }
    value = static_cast<T>(number);
    return true;
  }

  template <class T>
  bool get_enumeration(Json const& in, T& value) {
    std::underlying_type_t<T> number{};
    if (!get_integer(in, number)) {
      return false;
    }
    if constexpr (requires { Description<T>::enumerators; }) {
      if (number < 0 || static_cast<std::uint64_t>(number) >= Description<T>::enumerators) {
        return fail(ErrorKind::guest, "no enumerator has this number");
      }
    }
    value = static_cast<T>(number);
    return true;
  }

  template <class T>
  bool get_expected(Json const& in, T& value) {
    if (!in.is_object() || in.size() != 1 || !(in.contains("Ok") || in.contains("Err"))) {
      return fail_type("an object with either Ok or Err", in);
    }
    if (in.contains("Err")) {
      typename T::error_type error{};
      return within("Err", [&] { return get(in["Err"], error); }) && (value = std::unexpected(std::move(error)), true);
    }
    if constexpr (std::is_void_v<typename T::value_type>) {
      value.emplace();
      return true;
    } else {
      typename T::value_type good{};
      return within("Ok", [&] { return get(in["Ok"], good); }) && (value = std::move(good), true);
    }
  }

  template <class T, std::size_t... I>
  bool get_variant(Json const& in, T& value, std::index_sequence<I...>) {
    std::size_t index = 0;
    if (!in.is_array() || in.size() != 2) {
      return fail_type("an array of index and value", in);
    }
    if (!within(0, [&] { return get_integer(in[0], index); })) {
      return false;
    }
    if (index >= sizeof...(I)) {
      return fail(ErrorKind::guest, "a variant's index of " + std::to_string(index));
    }
    return within(1, [&] {
      bool done = false;
      (void)((index == I && (done = get(in[1], value.template emplace<I>()), true)) || ...);
      return done;
    });
  }

  template <class Tuple>
  bool get_tuple(Json const& in, Tuple& tuple, std::span<std::string_view const> names) {
    bool const by_name = in.is_object() && !names.empty();
    if (!by_name && (!in.is_array() || in.size() != std::tuple_size_v<Tuple>)) {
      return fail_type(names.empty() ? "an array with an element for each field" : "an object", in);
    }
    return std::apply(
        [&](auto&... each) {
          std::size_t i = 0;
          return (true && ... && (by_name ? get_named(in, names[i++], each) : get_at(in, i++, each)));
        },
        tuple);
  }
  template <class T>
  bool get_at(Json const& in, std::size_t index, T& value) {
    return within(index, [&] { return get(in[index], value); });
  }
  template <class T>
  bool get_named(Json const& in, std::string_view name, T& value) {
    auto const found = in.find(std::string{name});
    if (found == in.end()) {
      if constexpr (shape_of<T>() == Shape::optional) {
        value.reset();
        return true;
      }
      return fail(ErrorKind::guest, "the field " + std::string{name} + " is missing");
    }
    return within(name, [&] { return get(*found, value); });
  }

  template <class T>
  bool get_array(Json const& in, T& values) {
    if (!in.is_array() || in.size() != values.size()) {
      return fail_type("an array of the right length", in);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!get_at(in, i, values[i])) {
        return false;
      }
    }
    return true;
  }

  template <Shape shape, class T>
  bool get_elements(Json const& in, T& values) {
    using Element = typename T::value_type;
    values.clear();
    if constexpr (shape == Shape::sequence &&
                  (std::is_same_v<Element, std::byte> || std::is_same_v<Element, std::uint8_t>)) {
      if (in.is_binary()) {
        for (std::uint8_t const each : *in.template get_ptr<Json::binary_t const*>()) {
          values.push_back(static_cast<Element>(each));
        }
        return true;
      }
    }
    if (!in.is_array()) {
      return fail_type("an array", in);
    }
    for (std::size_t i = 0; i < in.size(); ++i) {
      Element element{};
      if (!get_at(in, i, element)) {
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

  template <class T>
  bool get_map(Json const& in, T& map) {
    map.clear();
    if (TextKeyed<T> ? !in.is_object() : !in.is_array()) {
      return fail_type(TextKeyed<T> ? "an object" : "an array of pairs", in);
    }
    std::size_t i = 0;
    for (auto const& item : in.items()) {
      typename T::key_type key{};
      typename T::mapped_type value{};
      bool const done = within(i++, [&] {
        if constexpr (TextKeyed<T>) {
          key = item.key();
          return get(item.value(), value);
        } else {
          auto const& pair = item.value();
          return pair.is_array() && pair.size() == 2 ? get(pair[0], key) && get(pair[1], value)
                                                     : fail_type("a pair of key and value", pair);
        }
      });
      if (!done) {
        return false;
      }
      map.insert_or_assign(std::move(key), std::move(value));
    }
    return true;
  }
};

} // namespace weir::exchange::detail
