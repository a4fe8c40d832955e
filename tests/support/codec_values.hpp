// Types that the codecs' tests use, and random values of any type.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include <weir/exchange.hpp>

namespace weir::test {

enum class Color : std::uint8_t { red, green, blue };

// An aggregate, taken apart by itself.
struct Point {
  std::int32_t x = 0;
  double y = 0;
  bool operator==(Point const&) const = default;
};

// A class that describes itself.
class Named {
 public:
  Named() = default;
  Named(std::string name, std::optional<Color> color) : name_(std::move(name)), color_(color) {}
  static constexpr auto fields(auto& self) { return std::tie(self.name_, self.color_); }
  static constexpr std::array<std::string_view, 2> field_names{"name", "color"};
  bool operator==(Named const&) const = default;

 private:
  std::string name_;
  std::optional<Color> color_;
};

// A recursive type.
struct Tree {
  std::int16_t value = 0;
  std::vector<Tree> children;
  bool operator==(Tree const& other) const { return value == other.value && children == other.children; }
};

using Shapes = std::variant<std::monostate, Point, std::tuple<std::uint64_t, std::string>, std::vector<Named>>;

// A bit of everything that compares by value.
struct Everything {
  bool flag = false;
  std::array<std::uint16_t, 3> triple{};
  std::pair<std::int8_t, std::uint8_t> bytes;
  std::tuple<std::int64_t, exchange::Int128, exchange::UInt128> wide;
  char32_t character = U'\0';
  std::string text;
  std::vector<std::byte> blob;
  std::vector<std::int32_t> numbers;
  std::vector<bool> flags;
  std::map<std::string, std::optional<std::uint32_t>> map;
  std::set<std::int64_t> set;
  Shapes shapes;
  std::vector<Shapes> more;
  Tree tree;
  bool operator==(Everything const&) const = default;
};

// The seed of this run's random tests, printed where it is used: WEIR_TEST_SEED repeats a run.
inline std::uint64_t random_seed() {
  static std::uint64_t const seed = [] {
    char const* const given = std::getenv("WEIR_TEST_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  }();
  return seed;
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t end) { return std::uniform_int_distribution<std::uint64_t>{0, end - 1}(engine_); }
  // Mostly small, sometimes of any size: what variable-length integers distinguish.
  std::uint64_t bits() { return engine_() >> below(64); }

  // A random value; `size` bounds how much there is in it.
  template <class T>
  T value(unsigned size = 5) {
    constexpr auto shape = exchange::shape_of<T>();
    using exchange::Shape;
    if constexpr (shape == Shape::boolean) {
      return below(2) == 1;
    } else if constexpr (shape == Shape::integer) {
      if constexpr (sizeof(T) == 16) {
        return static_cast<T>(static_cast<exchange::UInt128>(bits()) << below(64) ^ (below(2) == 0 ? bits() : ~bits()));
      } else {
        return static_cast<T>(below(2) == 0 ? bits() : ~bits());
      }
    } else if constexpr (shape == Shape::floating) {
      return static_cast<T>(static_cast<std::int64_t>(bits())) / 8;
    } else if constexpr (shape == Shape::character) {
      return character();
    } else if constexpr (shape == Shape::byte) {
      return static_cast<std::byte>(below(256));
    } else if constexpr (shape == Shape::enumeration) {
      return static_cast<T>(below(3));
    } else if constexpr (shape == Shape::text) {
      std::string text;
      for (auto count = below(2 * size + 1); count != 0; --count) {
        char out[4];
        text.append(out, exchange::detail::utf8_encode(character(), out));
      }
      return text;
    } else if constexpr (shape == Shape::unit) {
      return {};
    } else {
      return compound<T>(size);
    }
  }

 private:
  char32_t character() {
    auto const code = static_cast<char32_t>(below(4) != 0 ? below(128) : below(0x110000 - 0x800));
    return code < 0xD800 ? code : code + 0x800;
  }

  template <class T>
  T compound(unsigned size) {
    constexpr auto shape = exchange::shape_of<T>();
    using exchange::Shape;
    unsigned const less = size == 0 ? 0 : size - 1;
    T result{};
    if constexpr (shape == Shape::optional) {
      if (below(2) == 1) {
        result = value<typename T::value_type>(less);
      }
    } else if constexpr (shape == Shape::variant) {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        auto const chosen = below(sizeof...(I));
        ((chosen == I ? (void)result.template emplace<I>(value<std::variant_alternative_t<I, T>>(less)) : void()), ...);
      }(std::make_index_sequence<std::variant_size_v<T>>{});
    } else if constexpr (shape == Shape::expected) {
      if (below(2) == 1) {
        result = std::unexpected(value<typename T::error_type>(less));
      } else {
        result = value<typename T::value_type>(less);
      }
    } else if constexpr (shape == Shape::tuple) {
      std::apply([&](auto&... each) { ((each = value<std::remove_reference_t<decltype(each)>>(less)), ...); }, result);
    } else if constexpr (shape == Shape::structure) {
      std::apply([&](auto&... each) { ((each = value<std::remove_reference_t<decltype(each)>>(less)), ...); },
                 exchange::detail::fields_of(result));
    } else if constexpr (shape == Shape::array) {
      std::generate(result.begin(), result.end(), [&] { return value<typename T::value_type>(less); });
    } else {
      for (auto count = size == 0 ? 0 : below(size + 1); count != 0; --count) {
        if constexpr (shape == Shape::map) {
          result.insert_or_assign(value<typename T::key_type>(less), value<typename T::mapped_type>(less));
        } else if constexpr (shape == Shape::set) {
          result.insert(value<typename T::value_type>(less));
        } else {
          result.push_back(value<typename T::value_type>(less));
        }
      }
    }
    return result;
  }

  std::mt19937_64 engine_;
};

inline std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (int const value : values) {
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

} // namespace weir::test
