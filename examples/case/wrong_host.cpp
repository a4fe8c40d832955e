#include <cstdio>

#include "guest.hpp"
#include "hosts.hpp"
#include "progress.hpp"

namespace {

constexpr std::uint32_t largest_n = 2000;
// Past the smallest failing n, so many more are tried to find one that ends out of bounds.
constexpr std::uint32_t more_sizes = 16;

bool is_out_of_bounds(weir::Error const& error) {
  return error.trap() != nullptr && error.trap()->reason() == weir::TrapReason::out_of_bounds_memory;
}

// Feeds one string to a fresh instance, the wrong way.
weir::Result<void> try_at_zero(weir::InstancePre const& pre, std::uint32_t n) {
  auto guest = Guest::create(pre);
  if (!guest) {
    return std::unexpected(guest.error());
  }
  return guest->deserialize_at_zero(string_of_kib(n));
}

weir::Result<void> try_in_guest_memory(weir::InstancePre const& pre, std::uint32_t n) {
  auto guest = Guest::create(pre);
  if (!guest) {
    return std::unexpected(guest.error());
  }
  return guest->deserialize_in_guest_memory(string_of_kib(n));
}

void search(weir::InstancePre const& pre, std::uint32_t first, WrongHostResult& found) {
  Progress progress{"looking for the smallest failing size", largest_n - first + 1};
  std::uint32_t last = largest_n;
  for (std::uint32_t n = first; n <= last && !found.out_of_bounds; ++n) {
    progress.at(n - first);
    auto const result = try_at_zero(pre, n);
    if (result) {
      continue;
    }
    if (!found.smallest) {
      found.smallest = Failure{n, result.error()};
      last = n + more_sizes;
    }
    if (is_out_of_bounds(result.error())) {
      found.out_of_bounds = Failure{n, result.error()};
    }
  }
}

// What the write of the failing string covered, by the guest's layout.
void print_covered(Layout const& layout, std::uint32_t n) {
  std::uint64_t const end = 8 + std::uint64_t{n} * 1024;
  std::printf("   n = %u: the write covers [0x0, 0x%llx)", n, static_cast<unsigned long long>(end));
  char const* separator = ": ";
  if (layout.stack_top) {
    std::printf("%s%s", separator, end >= *layout.stack_top ? "the whole stack" : "part of the stack");
    separator = ", ";
  }
  if (auto const data = layout.static_data(); data && end > data->begin) {
    std::uint64_t const covered = std::min(end, data->end) - data->begin;
    std::printf("%s%llu of %llu bytes of static data", separator, static_cast<unsigned long long>(covered),
                static_cast<unsigned long long>(data->end - data->begin));
    if (end > data->end) {
      std::printf(", and %llu bytes past it (.bss, heap)", static_cast<unsigned long long>(end - data->end));
    }
  }
  std::printf("\n");
}

void print_failure(Failure const& failure) {
  auto const* const trap = failure.error.trap();
  print_indented(trap != nullptr ? trap->report() : failure.error.message(), 6);
}

} // namespace

WrongHostResult run_wrong_host(weir::InstancePre const& pre, std::uint32_t first, Facts& facts) {
  std::printf(
      "   The string is written straight to offset 0, which the guest never handed out; a fresh instance for\n"
      "   each size, n = %u KiB and more.\n\n",
      first);
  WrongHostResult found;
  auto fresh = Guest::create(pre);
  if (!fresh) {
    facts.check(false, "the guest is instantiated", fresh.error().message());
    return found;
  }
  found.layout = read_layout(pre.module(), fresh->store(), fresh->instance());
  print_layout(found.layout);
  search(pre, first, found);
  std::printf("\n");
  if (!found.smallest) {
    facts.check(false, "some size fails", text("all from %u to %u KiB returned", first, largest_n));
    return found;
  }
  print_covered(found.layout, found.smallest->n);
  std::printf("   The smallest n that fails is %u. Its trap:\n\n", found.smallest->n);
  print_failure(*found.smallest);
  std::printf("\n");
  if (found.out_of_bounds && found.out_of_bounds->n != found.smallest->n) {
    print_covered(found.layout, found.out_of_bounds->n);
    std::printf("   The smallest n that ends out of bounds is %u. Its trap:\n\n", found.out_of_bounds->n);
    print_failure(*found.out_of_bounds);
    std::printf("\n");
  }
  facts.check(found.smallest->error.trap() != nullptr,
              text("%u KiB at offset 0 end in a trap of the guest", found.smallest->n),
              found.smallest->error.message());
  auto const right = try_in_guest_memory(pre, found.smallest->n);
  facts.check(
      right.has_value(),
      text("the same %u KiB in memory from the guest's init are fine, on a fresh instance too", found.smallest->n),
      right ? "" : right.error().message());
  return found;
}
