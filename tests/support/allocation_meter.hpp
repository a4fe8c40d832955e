// Counts what a stretch of code allocates. A test program that uses it compiles support/allocation_meter.inc into
// exactly one of its source files, which replaces the global operator new.
#pragma once

#include <cstddef>

namespace weir::test {

// The bytes that were asked for since the meter was made, freed or not. One meter at a time.
class AllocationMeter {
 public:
  AllocationMeter() noexcept;
  std::size_t bytes() const noexcept;
};

} // namespace weir::test
