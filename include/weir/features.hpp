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
  // Decoded and validated, not executed: a module that needs them is refused once it is known to be valid.
  function_references, // typed function references
  multi_memory,
  exception_handling, // of which there are the tags; instructions are unsupported
};
inline constexpr unsigned feature_count = 11;

// A set of features. The default is WebAssembly 2.0 without SIMD: what the engine executes.
class Features {
 public:
  constexpr Features() noexcept = default;
  static constexpr Features none() noexcept { return Features{1u << static_cast<unsigned>(Feature::mvp)}; }

  // All, those that cannot be executed included.
  static constexpr Features all() noexcept { return Features{(1u << feature_count) - 1u}; }

  constexpr bool has(Feature feature) const noexcept { return (bits_ >> static_cast<unsigned>(feature) & 1u) != 0; }
  constexpr Features with(Feature feature, bool on = true) const noexcept {
    std::uint32_t const bit = 1u << static_cast<unsigned>(feature);
    return Features{feature == Feature::mvp || on ? bits_ | bit : bits_ & ~bit};
  }
  constexpr bool operator==(Features const&) const noexcept = default;

 private:
  explicit constexpr Features(std::uint32_t bits) noexcept : bits_(bits) {}
  std::uint32_t bits_ = (1u << static_cast<unsigned>(Feature::simd)) - 1u; // all in front of simd
};

} // namespace weir
