// Lists of buffers in guest memory.
#pragma once

#include <array>
#include <cstdint>

#include <sys/uio.h>

#include "wasi/context.hpp"

namespace weir::wasi {

// The first buffers of a guest's list, as the system takes them. One call of the system takes at most 1,024; that the
// rest is left for another call is what a short read or write is for.
class IoVectors {
 public:
  IoVectors() noexcept {} // NOLINT(modernize-use-equals-default): the array is not to be cleared

  // Checks the whole list, however long: `fault` when it or a buffer is not inside the memory, `inval` when the
  // buffers hold 4 GiB or more together.
  Errno load(Call& call, std::uint32_t address, std::uint32_t count);

  // So many bytes were read into the buffers.
  void filled(Call& call, std::uint64_t bytes) const noexcept;

  Buffers buffers() const noexcept { return {vectors_.data(), used_}; }

 private:
  std::array<iovec, 1024> vectors_;
  std::size_t used_ = 0;
};

} // namespace weir::wasi
