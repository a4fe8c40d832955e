#include "runtime/store.hpp"

#include <algorithm>

namespace weir::runtime {

bool map_stack(Store& store, std::uint64_t bytes) noexcept {
  // A stack too small for one frame is allowed: every call then traps.
  std::uint64_t const wanted = std::max<std::uint64_t>(bytes, platform::page_bytes());
  store.stack = platform::Reservation::reserve(wanted, wanted);
  if (store.stack.base() == nullptr) {
    return false;
  }
  auto* const base = reinterpret_cast<std::uint64_t*>(store.stack.base());
  store.stack_top = base;
  store.execution->stack_base = base;
  store.execution->stack_limit = base + store.stack.size() / sizeof(std::uint64_t);
  return true;
}

} // namespace weir::runtime
