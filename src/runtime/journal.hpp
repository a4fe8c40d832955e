// Which ranges of a memory the host wrote, and by which function of the API: the last few, for trap reports.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace weir::runtime {

class WriteJournal {
 public:
  struct Entry {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    std::uint64_t order = 0;   // counts the writes of this memory, from 1
    char const* api = nullptr; // a static text
  };

  // A write that goes on where the last one ended, or repeats its range, is one with it. Precondition: size > 0.
  void record(std::uint64_t address, std::uint64_t size, char const* api) noexcept {
    Entry& last = entries_[newest_];
    if (last.api == api) {
      bool const repeats = last.address == address && last.size == size;
      bool const continues = last.address + last.size == address;
      if (repeats || continues) {
        last.size += continues ? size : 0;
        last.order = ++writes_;
        return;
      }
    }
    newest_ = (newest_ + 1) % entries_.size();
    entries_[newest_] = {address, size, ++writes_, api};
  }

  // The newest write that touches the range; null if none does.
  Entry const* find(std::uint64_t address, std::uint64_t size) const noexcept {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      Entry const& entry = entries_[(newest_ + entries_.size() - i) % entries_.size()];
      bool const touches =
          address < entry.address ? entry.address - address < size : address - entry.address < entry.size;
      if (entry.api != nullptr && touches) {
        return &entry;
      }
    }
    return nullptr;
  }

 private:
  std::array<Entry, 64> entries_{};
  std::size_t newest_ = 0;
  std::uint64_t writes_ = 0;
};

} // namespace weir::runtime
