// Collects the constants of code that may be addresses within a range, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "diagnose/code_evidence.hpp"

namespace weir::diagnose {

class AddressUses {
 public:
  AddressUses(std::uint64_t begin, std::uint64_t end) noexcept : begin_(begin), size_(end > begin ? end - begin : 0) {}

  void add(std::uint64_t address, std::uint32_t size, Reference kind) {
    linked_ += kind == Reference::linked ? 1 : 0;
    if (address - begin_ < size_) {
      uses_.push_back({address, size, kind});
      if (uses_.size() == most) {
        compact();
      }
    }
  }

  // Whether enough constants carry the linker's mark, wherever they point.
  bool is_linked() const noexcept { return linked_ >= 4; }

  // All different uses, in order of address. More than can be kept, of the lowest, are lost: no compiler's module has
  // so many.
  std::vector<AddressUse> take() &&;

 private:
  static constexpr std::size_t most = std::size_t{1} << 17;

  void compact();

  std::uint64_t begin_;
  std::uint64_t size_;
  std::size_t linked_ = 0;
  std::vector<AddressUse> uses_;
};

} // namespace weir::diagnose
