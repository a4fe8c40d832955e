#include <cstdio>

#include "guest.hpp"
#include "hosts.hpp"

namespace {

// The smallest of these would survive unchecked, by luck.
constexpr std::uint32_t sizes[] = {1, 1023, 1024, 1033};

bool is_refusal(weir::Result<void> const& result) {
  return !result && result.error().kind() == weir::ErrorKind::usage && result.error().trap() == nullptr &&
         result.error().message().starts_with("refused a write to guest memory that the guest has not handed out");
}

} // namespace

void run_checked_host(weir::InstancePre const& pre, Facts& facts) {
  std::printf("   The same write to offset 0, with store.set_host_writes(weir::HostWrites::deny). What it says:\n\n");
  auto guest = Guest::create(pre);
  auto const checked = guest ? guest->store().set_host_writes(weir::HostWrites::deny) : std::unexpected(guest.error());
  if (!checked) {
    facts.check(false, "the guest is instantiated", checked.error().message());
    return;
  }
  std::string unrefused;
  for (std::uint32_t const n : sizes) {
    auto const result = guest->deserialize_at_zero(string_of_kib(n));
    if (!is_refusal(result)) {
      unrefused += text(" %u", n);
    }
    if (n == sizes[3] && !result) {
      print_indented(result.error().message(), 6);
      std::printf("\n");
      facts.check(result.error().message().find("would overwrite the stack [0x0, 0x100000), the static data") !=
                      std::string::npos,
                  "the message names what the write would have destroyed", result.error().message());
    }
  }
  facts.check(unrefused.empty(), "writes of 1, 1023, 1024 and 1033 KiB to offset 0 are refused, before any harm",
              "not refused:" + unrefused);
  auto const right = guest->deserialize_in_guest_memory(string_of_kib(1033));
  facts.check(right.has_value(), "the right way passes the check, on the same instance",
              right ? "" : right.error().message());
}
