#include "diagnose/host_write_text.hpp"

#include <fmt/format.h>

#include "diagnose/memory_text.hpp"

namespace weir::diagnose {

std::string host_write_text(HostWriteFacts const& facts, MemoryMap const& map) {
  std::uint64_t const begin = facts.write.address;
  std::uint64_t const end = begin + facts.write.size;
  std::string const where = source_text(facts.where);
  std::string text =
      fmt::format("{} to guest memory that the guest has not handed out{}\n  {}{}{}: {:#x} bytes at offset {:#x}",
                  facts.is_denied ? "refused a write" : "a write", facts.is_denied ? "; nothing was written" : "",
                  facts.api, where.empty() ? "" : " at ", where, facts.write.size, begin);
  if (auto const covered = covered_text(map, begin, end); !covered.empty()) {
    text += fmt::format("\n  this write {} {}", facts.is_denied ? "would overwrite" : "overwrites", covered);
  }
  text += "\n  " + outside_text(facts.write, facts.granted);
  if (auto const grown = host_grown_text(map, begin, end); !grown.empty()) {
    text += "\n  " + grown;
  }
  text += fmt::format("\n  help: {} (GuestAllocator and GuestBuffer of weir/exchange.hpp do it)", cure_text(map));
  text +=
      "\n  help: a range that is the host's by agreement is declared with Memory::allow_host_writes, one that the "
      "guest passed to a host function with Caller::allow_host_writes";
  return text;
}

} // namespace weir::diagnose
