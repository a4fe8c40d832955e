// The proposals that a module may use. Which of them are on is the Config's business.
#pragma once

#include <cstdint>

namespace weir {

enum class Feature : std::uint8_t {
  mvp, // always on
  mutable_globals,
  sign_extension,
  saturating_float_to_int,
  multi_value,
  bulk_memory,
  reference_types,
  simd,
};
inline constexpr unsigned feature_count = 8;

// A set of features. The default is WebAssembly 2.0 without SIMD: what the engine executes.
class Features {
 public:
  constexpr Features() noexcept = default;
  static constexpr Features none() noexcept { return Features{1u << static_cast<unsigned>(Feature::mvp)}; }

  constexpr bool has(Feature feature) const noexcept { return (bits_ >> static_cast<unsigned>(feature) & 1u) != 0; }
  constexpr Features with(Feature feature, bool on = true) const noexcept {
    std::uint32_t const bit = 1u << static_cast<unsigned>(feature);
    return Features{feature == Feature::mvp || on ? bits_ | bit : bits_ & ~bit};
  }
  constexpr bool operator==(Features const&) const noexcept = default;

 private:
  explicit constexpr Features(std::uint32_t bits) noexcept : bits_(bits) {}
  std::uint32_t bits_ = (1u << feature_count) - 1u - (1u << static_cast<unsigned>(Feature::simd));
};

} // namespace weir
