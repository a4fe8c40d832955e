// The two hosts of the case.
#pragma once

#include <cstdint>
#include <optional>

#include <weir/weir.hpp>

#include "facts.hpp"
#include "layout.hpp"

struct Sizes {
  std::uint32_t first = 1030;
  std::uint32_t last = 2000;
  std::uint32_t step = 1;

  std::uint32_t count() const noexcept { return (last - first) / step + 1; }
};

// Deserialises strings of all sizes (in KiB) twice on one instance, each in memory that the guest allocated.
// Claims: all succeed, the second sweep adds no page, a probe allocation lands at the same address before and after.
void run_right_host(weir::InstancePre const& pre, Sizes sizes, Facts& facts);

struct Failure {
  std::uint32_t n = 0; // KiB
  weir::Error error;
};

struct WrongHostResult {
  Layout layout;
  std::optional<Failure> smallest;      // the smallest failing n
  std::optional<Failure> out_of_bounds; // the smallest n, from there on, that ends in an access out of bounds
};

// Writes strings of `first` KiB and more to offset 0 of a fresh instance each, until one fails, and prints what is
// found. Claims: some n fails, with a trap of the guest; and the same string passes when the guest allocates.
WrongHostResult run_wrong_host(weir::InstancePre const& pre, std::uint32_t first, Facts& facts);

// The wrong way again, with writes checked (HostWrites::deny): the very first one is refused before it does harm, also
// of a size that would have gone unnoticed. Prints the message. Claims: so it is, and the guest works afterwards.
void run_checked_host(weir::InstancePre const& pre, Facts& facts);
