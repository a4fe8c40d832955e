// Arguments and environment.
#include <string>
#include <vector>

#include "wasi/functions.hpp"

namespace weir::wasi {

namespace {

std::uint64_t total_size(std::vector<std::string> const& list) noexcept {
  std::uint64_t total = 0;
  for (auto const& each : list) {
    total += each.size();
  }
  return total;
}

Errno store_sizes(Call& call, std::vector<std::string> const& list, u32 count, u32 size) {
  auto const& memory = call.memory();
  if (!memory.contains(count, 4) || !memory.contains(size, 4)) {
    return Errno::fault;
  }
  memory.store(count, static_cast<u32>(list.size()));
  memory.store(size, static_cast<u32>(total_size(list)));
  return Errno::success;
}

Errno store_list(Call& call, std::vector<std::string> const& list, u32 pointers, u32 bytes) {
  auto const& memory = call.memory();
  if (!memory.contains(pointers, list.size() * 4) || !memory.contains(bytes, total_size(list))) {
    return Errno::fault;
  }
  std::uint64_t pointer = pointers;
  std::uint64_t at = bytes;
  for (auto const& each : list) {
    memory.store(pointer, static_cast<u32>(at));
    memory.copy_in(at, each);
    pointer += 4;
    at += each.size();
  }
  return Errno::success;
}

} // namespace

Errno args_get(Call& call, u32 pointers, u32 bytes) { return store_list(call, call.state().args, pointers, bytes); }
Errno args_sizes_get(Call& call, u32 count, u32 size) { return store_sizes(call, call.state().args, count, size); }
Errno environ_get(Call& call, u32 pointers, u32 bytes) {
  return store_list(call, call.state().environment, pointers, bytes);
}
Errno environ_sizes_get(Call& call, u32 count, u32 size) {
  return store_sizes(call, call.state().environment, count, size);
}

} // namespace weir::wasi
