// What one WASI call wrote to guest memory, for trap reports.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <weir/weir.hpp>

namespace weir::wasi {

// Writes that go on where another one ended count as one, also when they come in turns (pointers and strings). What was
// collected is handed to the memory's journal when the log is full, and at the end.
class WriteLog {
 public:
  // `who` is a text that lives as long as the program.
  WriteLog(Caller& caller, char const* who) noexcept : caller_(caller), who_(who) {}
  WriteLog(WriteLog const&) = delete;
  WriteLog& operator=(WriteLog const&) = delete;
  ~WriteLog() { flush(); }

  void set_memory(Memory const& memory) noexcept { memory_ = memory; }

  // Precondition: the range is inside the memory.
  void add(std::uint64_t address, std::uint64_t size) noexcept {
    if (size == 0) {
      return;
    }
    for (auto& run : std::span{runs_}.first(used_)) {
      if (address >= run.address && address <= run.address + run.size) {
        run.size = std::max(run.size, address - run.address + size);
        return;
      }
    }
    if (used_ == runs_.size()) {
      flush();
    }
    runs_[used_++] = {address, size};
  }

 private:
  struct Run {
    std::uint64_t address;
    std::uint64_t size;
  };

  void flush() noexcept {
    for (auto const& run : std::span{runs_}.first(used_)) {
      (void)memory_.record_write(caller_, run.address, run.size, who_, true);
    }
    used_ = 0;
  }

  Caller& caller_;
  char const* who_;
  Memory memory_;
  std::size_t used_ = 0;
  std::array<Run, 8> runs_; // only the used ones have values: most calls write once and need not clear the rest
};

} // namespace weir::wasi
