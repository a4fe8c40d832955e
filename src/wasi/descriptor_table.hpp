// A guest's descriptors, by number.
#pragma once

#include <cstdint>
#include <memory>
#include <queue>
#include <vector>

#include "wasi/descriptor.hpp"

namespace weir::wasi {

// Gives the lowest number that is free, as POSIX does.
class DescriptorTable {
 public:
  explicit DescriptorTable(std::uint32_t limit) noexcept : limit_(limit) {}

  // Null when nothing is open under the number.
  Descriptor* find(Fd fd) const noexcept { return fd < slots_.size() ? slots_[fd].get() : nullptr; }

  bool is_full() const noexcept { return open_ >= limit_; }
  std::uint32_t open_count() const noexcept { return open_; }

  // `mfile` when is_full().
  Answer<Fd> add(std::unique_ptr<Descriptor> descriptor);
  // `badf` when it is not open.
  Answer<void> close(Fd fd);
  // Closes `to` and gives its number to what `from` stands for. Both must be open.
  Answer<void> renumber(Fd from, Fd to);

 private:
  std::uint32_t limit_;
  std::uint32_t open_ = 0;
  std::vector<std::unique_ptr<Descriptor>> slots_;
  std::priority_queue<Fd, std::vector<Fd>, std::greater<>> free_;
};

} // namespace weir::wasi
