// JSON, CBOR and MessagePack as formats for exchange, through nlohmann-json (https://json.nlohmann.me). This header is
// the only one of Weir's that needs it; nothing else includes it. In CMake:
//   find_package(weir COMPONENTS exchange_json)   and link   weir::exchange_json
//
//   allocator.put(json(value));    auto value = allocator.get<Config>(cbor, range);
//
// C++                               JSON and the like
// bool, integers, floats            numbers; integers of 128 bits must fit into 64
// char32_t, std::string             text
// std::vector<std::byte>            bytes (CBOR, MessagePack), an array of numbers (JSON); both are read
// sequences, sets, arrays, tuples   arrays
// maps with text keys               objects; other maps are arrays of [key, value]
// std::optional, std::monostate     the value or null; null
// std::expected<T, E>               {"Ok": value} or {"Err": error}
// enumerations; std::variant        the number; [index, value]
// structs with field_names          objects; fields that are optional may be missing when read, others of theirs are
//                                   left alone. Without names, or when an array is read: arrays
// nlohmann::json                    itself
//
// Text must be UTF-8. CBOR's tags are refused. Nesting is bounded, and lengths are not trusted, as by every codec here.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <weir/exchange/byte_io.hpp>
#include <weir/exchange/codec.hpp>
#include <weir/exchange/json_values.hpp>

namespace weir::exchange {

enum class JsonForm : std::uint8_t { text, cbor, messagepack };

namespace detail {

// Checks what the writers of nlohmann-json would throw at or change silently.
class JsonChecker : public JsonState {
 public:
  JsonChecker(std::string_view format, bool is_text) noexcept : JsonState(format), is_text_(is_text) {}

  // In a form that is text, bytes become an array of numbers.
  bool check(Json& value) {
    if (auto const* const text = value.get_ptr<Json::string_t const*>()) {
      return is_utf8(*text) || fail(ErrorKind::usage, "text that is not UTF-8");
    }
    if (auto const* const number = value.get_ptr<Json::number_float_t const*>()) {
      return !is_text_ || std::isfinite(*number) || fail(ErrorKind::usage, "a float that is not a finite number");
    }
    if (is_text_ && value.is_binary()) {
      Json::binary_t const bytes = *value.get_ptr<Json::binary_t const*>();
      value = Json::array();
      for (std::uint8_t const each : bytes) {
        value.push_back(each);
      }
      return true;
    }
    std::size_t i = 0;
    if (auto* const object = value.get_ptr<Json::object_t*>()) {
      for (auto& [key, member] : *object) {
        auto& checked = member;
        if (!is_utf8(key)) {
          return fail(ErrorKind::usage, "a key that is not UTF-8");
        }
        if (!within(i++, [&] { return check(checked); })) {
          return false;
        }
      }
    } else if (auto* const array = value.get_ptr<Json::array_t*>()) {
      for (auto& element : *array) {
        if (!within(i++, [&] { return check(element); })) {
          return false;
        }
      }
    }
    return true;
  }

 private:
  bool is_text_;
};

// Builds a Json from the events of nlohmann-json's readers, and stops them when it gets too deep: they recurse.
class JsonBuilder {
 public:
  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(Json::number_integer_t value) { return add(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return add(value); }
  bool number_float(Json::number_float_t value, std::string const&) { return add(value); }
  bool string(std::string& value) { return is_utf8(value) ? add(std::move(value)) : refuse("text that is not UTF-8"); }
  bool binary(Json::binary_t& value) { return add(std::move(value)); }
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool key(std::string& value) {
    open_.back().key = std::move(value);
    return is_utf8(open_.back().key) || refuse("a key that is not UTF-8");
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  template <class Exception>
  bool parse_error(std::size_t position, std::string const&, Exception const&) {
    position_ = position;
    return refuse("not well-formed");
  }

  Json take() { return std::move(root_); }
  // What was wrong; null if nothing was.
  char const* problem() const noexcept { return problem_; }
  bool is_too_deep() const noexcept { return is_too_deep_; }
  std::size_t position() const noexcept { return position_; }

 private:
  struct Open {
    Json value;
    std::string key; // of the member that comes next
  };

  bool refuse(char const* problem) {
    problem_ = problem;
    return false;
  }
  bool add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto& parent = open_.back(); parent.value.is_array()) {
      parent.value.push_back(std::move(value));
    } else {
      parent.value[parent.key] = std::move(value);
    }
    return true;
  }
  bool open(Json value) {
    if (open_.size() == max_depth) {
      is_too_deep_ = true;
      return refuse("values nest too deep");
    }
    open_.push_back({std::move(value), {}});
    return true;
  }
  bool close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value));
  }

  Json root_;
  std::vector<Open> open_;
  char const* problem_ = nullptr;
  std::size_t position_ = 0;
  bool is_too_deep_ = false;
};

} // namespace detail

template <JsonForm Form>
struct JsonFormat {
  static constexpr std::string_view name = Form == JsonForm::text   ? "JSON"
                                           : Form == JsonForm::cbor ? "CBOR"
                                                                    : "MessagePack";

  template <class T>
  auto operator()(T&& value) const {
    return detail::make_encoding(*this, std::forward<T>(value));
  }

  template <Encodable T>
  Result<std::vector<std::byte>> encode(T const& value) const {
    return detail::guarded([&]() -> Result<std::vector<std::byte>> {
      detail::Json out;
      detail::JsonEncoder encoder{name};
      if (!encoder.put(value, out)) {
        return std::unexpected(encoder.take_error());
      }
      detail::JsonChecker checker{name, Form == JsonForm::text};
      if (!checker.check(out)) {
        return std::unexpected(checker.take_error());
      }
      if constexpr (Form == JsonForm::text) {
        return bytes_of(out.dump());
      } else if constexpr (Form == JsonForm::cbor) {
        return bytes_of(detail::Json::to_cbor(out));
      } else {
        return bytes_of(detail::Json::to_msgpack(out));
      }
    });
  }

  template <Encodable T>
  Result<T> decode(std::span<std::byte const> bytes) const {
    return detail::guarded([&]() -> Result<T> {
      auto const in = parse(bytes);
      if (!in.has_value()) {
        return std::unexpected(in.error());
      }
      Result<T> value{};
      detail::JsonDecoder decoder{name};
      if (!decoder.get(*in, *value)) {
        return std::unexpected(decoder.take_error());
      }
      return value;
    });
  }

 private:
  template <class Bytes>
  static std::vector<std::byte> bytes_of(Bytes const& from) {
    auto const view = std::as_bytes(std::span{from});
    return {view.begin(), view.end()};
  }

  static Result<detail::Json> parse(std::span<std::byte const> bytes) {
    constexpr auto form = Form == JsonForm::text   ? detail::Json::input_format_t::json
                          : Form == JsonForm::cbor ? detail::Json::input_format_t::cbor
                                                   : detail::Json::input_format_t::msgpack;
    if constexpr (Form == JsonForm::cbor) {
      if (auto const good = detail::check_cbor(bytes); !good.has_value()) {
        return std::unexpected(good.error());
      }
    }
    static constexpr char nothing = 0;
    auto const* const begin = bytes.empty() ? &nothing : reinterpret_cast<char const*>(bytes.data());
    detail::JsonBuilder builder;
    bool const done = detail::Json::sax_parse(begin, begin + bytes.size(), &builder, form, true);
    if (!done) {
      std::string message = builder.problem() != nullptr ? builder.problem() : "not well-formed";
      if (builder.position() != 0) {
        message += " at byte " + std::to_string(builder.position()) + " of " + std::to_string(bytes.size());
      }
      return std::unexpected(
          detail::json_error(builder.is_too_deep() ? ErrorKind::limit : ErrorKind::guest, name, "", message));
    }
    return builder.take();
  }
};

inline constexpr JsonFormat<JsonForm::text> json{};
inline constexpr JsonFormat<JsonForm::cbor> cbor{};
inline constexpr JsonFormat<JsonForm::messagepack> msgpack{};

} // namespace weir::exchange
