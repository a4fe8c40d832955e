#include "diagnose/address_uses.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace weir::diagnose {

namespace {

void sort_and_merge(std::vector<AddressUse>& uses) {
  // The strongest of equal ones comes first and stays.
  std::ranges::sort(uses, [](AddressUse const& a, AddressUse const& b) {
    return std::tuple{a.address, a.size, b.kind} < std::tuple{b.address, b.size, a.kind};
  });
  auto const rest = std::ranges::unique(
      uses, [](AddressUse const& a, AddressUse const& b) { return a.address == b.address && a.size == b.size; });
  uses.erase(rest.begin(), rest.end());
}

} // namespace

void AddressUses::compact() {
  sort_and_merge(uses_);
  if (uses_.size() > most / 2) {
    uses_.erase(uses_.begin(), uses_.end() - most / 2);
  }
}

std::vector<AddressUse> AddressUses::take() && {
  sort_and_merge(uses_);
  return std::move(uses_);
}

} // namespace weir::diagnose
