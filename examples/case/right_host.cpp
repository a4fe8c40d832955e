#include <chrono>
#include <cstdio>

#include "guest.hpp"
#include "hosts.hpp"
#include "progress.hpp"

namespace {

struct Sweep {
  std::uint64_t pages_before = 0;
  std::uint64_t pages_after = 0;
  std::uint32_t probe_before = 0;
  std::uint32_t probe_after = 0;
  std::uint32_t passed = 0;
  double seconds = 0;
};

weir::Result<Sweep> sweep_once(Guest& guest, Sizes sizes, char const* name) {
  Sweep sweep;
  auto const pages = guest.pages();
  auto const probe = guest.probe();
  if (!pages || !probe) {
    return std::unexpected(!pages ? pages.error() : probe.error());
  }
  sweep.pages_before = *pages;
  sweep.probe_before = *probe;
  auto const start = std::chrono::steady_clock::now();
  {
    Progress progress{name, sizes.count()};
    for (std::uint32_t n = sizes.first; n <= sizes.last; n += sizes.step) {
      if (auto const done = guest.deserialize_in_guest_memory(string_of_kib(n)); !done) {
        std::string const where = text("at %u KiB: ", n);
        return std::unexpected(
            weir::Error{done.error().kind(), where + done.error().message(), done.error().shared_trap()});
      }
      progress.at(++sweep.passed);
    }
  }
  sweep.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  auto const pages_after = guest.pages();
  auto const probe_after = guest.probe();
  if (!pages_after || !probe_after) {
    return std::unexpected(!pages_after ? pages_after.error() : probe_after.error());
  }
  sweep.pages_after = *pages_after;
  sweep.probe_after = *probe_after;
  return sweep;
}

void print_sweep(char const* name, Sweep const& sweep) {
  std::printf("   %-13s %7u %13llu %12llu     %#10x %#12x %9.2f\n", name, sweep.passed,
              static_cast<unsigned long long>(sweep.pages_before), static_cast<unsigned long long>(sweep.pages_after),
              sweep.probe_before, sweep.probe_after, sweep.seconds);
  std::fflush(stdout);
}

} // namespace

void run_right_host(weir::InstancePre const& pre, Sizes sizes, Facts& facts) {
  std::printf(
      "   The guest owns its memory: init -> write -> deserialize -> deinit, for %u sizes from %u to %u KiB,\n"
      "   twice on one instance, under a limit of 1 GiB and a trap when a growth is refused.\n\n",
      sizes.count(), sizes.first, sizes.last);
  auto guest = Guest::create(pre);
  if (!guest) {
    facts.check(false, "the guest is instantiated", guest.error().message());
    return;
  }
  std::printf("                 strings  pages before  pages after   probe before  probe after   seconds\n");
  auto const first = sweep_once(*guest, sizes, "first sweep");
  if (first) {
    print_sweep("first sweep", *first);
  }
  auto const second = first ? sweep_once(*guest, sizes, "second sweep") : first;
  if (!second) {
    facts.check(false, "every string is deserialised", second.error().message());
    if (second.error().trap() != nullptr) {
      print_indented(second.error().trap()->report(), 6);
    }
    return;
  }
  print_sweep("second sweep", *second);
  std::printf("\n");
  facts.check(first->passed == sizes.count() && second->passed == sizes.count(),
              text("all %u strings are deserialised, in both sweeps", sizes.count()),
              text("%u and %u", first->passed, second->passed));
  facts.check(second->pages_after == second->pages_before, "the second sweep adds no page",
              text("%llu pages before, %llu after", static_cast<unsigned long long>(second->pages_before),
                   static_cast<unsigned long long>(second->pages_after)));
  facts.check(first->probe_before == first->probe_after && second->probe_before == first->probe_before &&
                  second->probe_after == first->probe_before,
              text("a probe allocation lands at 0x%x before and after both sweeps: nothing leaks", first->probe_before),
              text("0x%x, 0x%x, 0x%x, 0x%x", first->probe_before, first->probe_after, second->probe_before,
                   second->probe_after));
}
