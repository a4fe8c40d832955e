#include "wasi/descriptor_table.hpp"

#include <functional>
#include <utility>

namespace weir::wasi {

Answer<Fd> DescriptorTable::add(std::unique_ptr<Descriptor> descriptor) {
  if (is_full()) {
    return std::unexpected(Errno::mfile);
  }
  Fd fd = static_cast<Fd>(slots_.size());
  if (free_.empty()) {
    slots_.push_back(std::move(descriptor));
  } else {
    fd = free_.top();
    free_.pop();
    slots_[fd] = std::move(descriptor);
  }
  ++open_;
  return fd;
}

Answer<void> DescriptorTable::close(Fd fd) {
  if (find(fd) == nullptr) {
    return std::unexpected(Errno::badf);
  }
  free_.push(fd);
  slots_[fd].reset();
  --open_;
  return {};
}

Answer<void> DescriptorTable::renumber(Fd from, Fd to) {
  if (find(from) == nullptr || find(to) == nullptr) {
    return std::unexpected(Errno::badf);
  }
  if (from == to) {
    return {};
  }
  free_.push(from);
  slots_[to] = std::move(slots_[from]);
  slots_[from].reset();
  --open_;
  return {};
}

} // namespace weir::wasi
