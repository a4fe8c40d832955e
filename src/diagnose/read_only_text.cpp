#include "diagnose/read_only_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "diagnose/memory_text.hpp"

namespace weir::diagnose {

namespace {

std::string first_bytes(std::span<std::byte const> bytes) {
  constexpr std::size_t most = 16;
  return bytes_text(bytes.first(std::min(bytes.size(), most))) + (bytes.size() > most ? " ..." : "");
}

std::string culprit_text(ReadOnlyFacts const& facts) {
  std::string const name =
      facts.host_function.empty() ? std::string{} : "host function " + base::printable(facts.host_function);
  if (facts.is_by_guest) {
    return name.empty() ? "the guest changed them itself, in the call that it returned from"
                        : fmt::format("the guest changed them itself, before it called {}", name);
  }
  return name.empty() ? "the host changed them, while no guest was running" : fmt::format("{} changed them", name);
}

} // namespace

ReadOnlyText read_only_text(ReadOnlyFacts const& facts, MemoryMap const& map) {
  std::uint64_t const begin = facts.range.address;
  ReadOnlyText text;
  text.headline = fmt::format("{} byte{} at {:#x}{}", facts.range.size, facts.range.size == 1 ? "" : "s", begin,
                              place_text(map, begin));
  auto const line = [&](std::string words) { text.lines.push_back(std::move(words)); };
  line(fmt::format("they were {}", first_bytes(facts.was)));
  line(fmt::format("they are {}", first_bytes(facts.is)));
  line(culprit_text(facts));
  if (facts.write != nullptr) {
    auto const& write = *facts.write;
    auto const where = source_text(write.where);
    line(fmt::format("the host's last write there: {} at offset {:#x}, length {:#x}{}{}", write.api, write.address,
                     write.size, where.empty() ? "" : ", at ", where));
    if (auto const covered = covered_text(map, write.address, write.address + write.size); !covered.empty()) {
      line("  this write covered " + covered);
    }
    if (write.guest_chose) {
      line("  the guest itself passed the address");
    }
  } else if (!facts.is_by_guest) {
    line("no write there is known: it was made by way of Memory::unsafe_data, or past Weir");
  }
  bool const is_guests_fault = facts.is_by_guest || (facts.write != nullptr && facts.write->guest_chose);
  if (is_guests_fault) {
    line("help: a pointer of the guest's goes astray");
  } else {
    line(fmt::format("help: {}", cure_text(map)));
    line("help: with HostWrites::deny such a write gives an error, and nothing is written");
  }
  line("help: where it is no mistake, Memory::undeclare_read_only takes the range out");
  return text;
}

} // namespace weir::diagnose
