// Which ranges of a memory the host wrote, by which function of the API, from which line of its source, and how the
// bytes began: the last few, for trap reports.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <source_location>
#include <span>

namespace weir::runtime {

class WriteJournal {
 public:
  struct Entry {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    std::uint64_t order = 0;      // counts the writes of this memory, from 1
    char const* api = nullptr;    // a static text
    std::source_location where{}; // line 0: not known
    std::uint32_t writes = 0;     // so many as one
    bool guest_chose = false;     // the guest had passed the address
    std::uint32_t preview_size = 0;
    std::array<std::byte, 16> preview{};

    std::span<std::byte const> first_bytes() const noexcept { return std::span{preview}.first(preview_size); }
  };

  // A write by the same line that goes on where the last one ended, or repeats its range, is one with it. `bytes` are
  // what was written; null: not known yet. `guest_chose`: the guest had passed the address. Without memory for the
  // journal nothing is recorded. Precondition: size > 0.
  void record(std::uint64_t address, std::uint64_t size, char const* api, std::source_location const& where,
              void const* bytes, bool guest_chose = false) noexcept {
    if (entries_ == nullptr) {
      entries_.reset(new (std::nothrow) std::array<Entry, 64>());
      if (entries_ == nullptr) {
        return;
      }
    }
    Entry& last = (*entries_)[newest_];
    if (last.api == api && last.guest_chose == guest_chose && last.where.line() == where.line() &&
        last.where.file_name() == where.file_name()) {
      bool const repeats = last.address == address && last.size == size;
      bool const continues = last.address + last.size == address;
      if (repeats || continues) {
        show(last, continues ? last.size : 0, size, bytes);
        last.size += continues ? size : 0;
        last.order = ++order_;
        ++last.writes;
        return;
      }
    }
    newest_ = (newest_ + 1) % entries_->size();
    Entry& entry = (*entries_)[newest_];
    entry.address = address;
    entry.size = size;
    entry.order = ++order_;
    entry.api = api;
    entry.where = where;
    entry.writes = 1;
    entry.guest_chose = guest_chose;
    entry.preview_size = 0;
    show(entry, 0, size, bytes);
  }

  // A write that is not recorded.
  void skip() noexcept { is_whole_ = false; }
  bool is_whole() const noexcept { return is_whole_; }

  // What the newest write wrote, where that was not known when it was recorded.
  void complete(std::uint64_t address, std::uint64_t size, void const* bytes) noexcept {
    if (entries_ == nullptr) {
      return;
    }
    Entry& last = (*entries_)[newest_];
    if (address >= last.address && address - last.address < last.size) {
      show(last, address - last.address, size, bytes);
    }
  }

  // The newest write for which test(entry) holds; null if none does.
  template <class Test>
  Entry const* find_if(Test&& test) const {
    for (std::size_t i = 0; entries_ != nullptr && i < entries_->size(); ++i) {
      Entry const& entry = (*entries_)[(newest_ + entries_->size() - i) % entries_->size()];
      if (entry.api != nullptr && test(entry)) {
        return &entry;
      }
    }
    return nullptr;
  }

  // The newest write that touches the range; null if none does.
  Entry const* find(std::uint64_t address, std::uint64_t size) const noexcept {
    return find_if([&](Entry const& entry) {
      return address < entry.address ? entry.address - address < size : address - entry.address < entry.size;
    });
  }

 private:
  // Keeps the bytes at this offset of the entry's range, as far as they join what is kept.
  static void show(Entry& entry, std::uint64_t offset, std::uint64_t size, void const* bytes) noexcept {
    if (bytes == nullptr || offset > entry.preview_size || offset >= entry.preview.size()) {
      return;
    }
    if (offset == 0 && size >= entry.preview.size()) { // most often; a copy of a size known to the compiler
      std::memcpy(entry.preview.data(), bytes, entry.preview.size());
      entry.preview_size = entry.preview.size();
      return;
    }
    std::uint64_t const shown = std::min<std::uint64_t>(size, entry.preview.size() - offset);
    std::memcpy(entry.preview.data() + offset, bytes, shown);
    entry.preview_size = std::max(entry.preview_size, static_cast<std::uint32_t>(offset + shown));
  }

  std::unique_ptr<std::array<Entry, 64>> entries_; // null until the first write
  std::size_t newest_ = 0;
  std::uint64_t order_ = 0;
  bool is_whole_ = true;
};

} // namespace weir::runtime
