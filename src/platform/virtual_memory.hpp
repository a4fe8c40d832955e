// Address space from the operating system: reserved first, committed when it is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace weir::platform {

// The system's page size in bytes.
std::size_t page_bytes() noexcept;

// A range of address space. Its first committed() bytes can be read and written and were zero at first; touching the
// rest ends the process. Released by the destructor; some released ranges are kept for reservations of the same size,
// nearly all of them without memory.
class Reservation {
 public:
  Reservation() noexcept = default;
  Reservation(Reservation&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        committed_(std::exchange(other.committed_, 0)),
        was_used_before_(std::exchange(other.was_used_before_, false)) {}
  Reservation& operator=(Reservation&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(size_, other.size_);
    std::swap(committed_, other.committed_);
    std::swap(was_used_before_, other.was_used_before_);
    return *this;
  }
  ~Reservation() { release(); }

  // At least `bytes` bytes of address space, of which the first `commit` bytes are committed. Costs no memory until it
  // is touched. An empty reservation (base() is null) when the system refuses; for 0 bytes one page is reserved, so
  // that base() still says whether it worked.
  static Reservation reserve(std::size_t bytes, std::size_t commit) noexcept;

  // Extends the committed part to `bytes` (never shrinks it). False, with nothing changed, when the system refuses or
  // `bytes` is beyond size().
  bool commit(std::size_t bytes) noexcept;

  // Sets the first `bytes` bytes, which are committed, to zero. Those pages may go back to the system.
  void clear(std::size_t bytes) noexcept;

  void release() noexcept;

  std::uint8_t* base() const noexcept { return base_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t committed() const noexcept { return committed_; }

 private:
  std::uint8_t* base_ = nullptr;
  std::size_t size_ = 0;
  std::size_t committed_ = 0;
  bool was_used_before_ = false; // by an earlier reservation
};

// Memory in large pages, where the system has such (a preference only). Released by the destructor.
class LargePages {
 public:
  LargePages() noexcept = default;
  LargePages(LargePages&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  LargePages& operator=(LargePages&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~LargePages();

  // Zero at first. base() is null when the system refuses. Systems that align large requests to large pages do so if
  // `bytes` is a multiple of their size.
  static LargePages allocate(std::size_t bytes) noexcept;

  void* base() const noexcept { return base_; }

 private:
  void* base_ = nullptr;
  std::size_t size_ = 0;
};

// For tests: a function asked before every request to the system; true makes the request fail. Null removes it.
using RefuseHook = bool (*)() noexcept;
void set_refuse_hook(RefuseHook hook) noexcept;

// Reservations alive in this process (for tests that look for leaks).
std::size_t live_reservations() noexcept;

} // namespace weir::platform
