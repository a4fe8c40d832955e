#include "platform/virtual_memory.hpp"

#include <atomic>
#include <limits>

#include <sys/mman.h>
#include <unistd.h>

namespace weir::platform {

namespace {

std::atomic<RefuseHook> refuse_hook{nullptr};
std::atomic<std::size_t> live{0};

bool refused() noexcept {
  auto const hook = refuse_hook.load(std::memory_order_relaxed);
  return hook != nullptr && hook();
}

// Rounded up to whole pages; 0 when that is not representable.
std::size_t whole_pages(std::size_t bytes) noexcept {
  std::size_t const mask = page_bytes() - 1;
  return bytes > std::numeric_limits<std::size_t>::max() - mask ? 0 : (bytes + mask) & ~mask;
}

} // namespace

std::size_t page_bytes() noexcept {
  static std::size_t const bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

Reservation Reservation::reserve(std::size_t bytes, std::size_t commit) noexcept {
  Reservation reservation;
  std::size_t const size = whole_pages(bytes == 0 ? 1 : bytes);
  std::size_t const committed = whole_pages(commit);
  if (size == 0 || committed > size || (commit != 0 && committed == 0) || refused()) {
    return reservation;
  }
  // What is committed at once needs no second call when it is everything.
  int const protection = committed == size ? PROT_READ | PROT_WRITE : PROT_NONE;
  void* const base = ::mmap(nullptr, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) {
    return reservation;
  }
  live.fetch_add(1, std::memory_order_relaxed);
  reservation.base_ = static_cast<std::uint8_t*>(base);
  reservation.size_ = size;
  reservation.committed_ = committed == size ? size : 0;
  if (!reservation.commit(commit)) {
    reservation.release();
  }
  return reservation;
}

bool Reservation::commit(std::size_t bytes) noexcept {
  std::size_t const wanted = whole_pages(bytes);
  if (bytes <= committed_) {
    return true;
  }
  if (wanted == 0 || wanted > size_ || refused() ||
      ::mprotect(base_ + committed_, wanted - committed_, PROT_READ | PROT_WRITE) != 0) {
    return false;
  }
  committed_ = wanted;
  return true;
}

void Reservation::release() noexcept {
  if (base_ != nullptr) {
    ::munmap(base_, size_);
    live.fetch_sub(1, std::memory_order_relaxed);
    base_ = nullptr;
    size_ = 0;
    committed_ = 0;
  }
}

void set_refuse_hook(RefuseHook hook) noexcept { refuse_hook.store(hook, std::memory_order_relaxed); }

std::size_t live_reservations() noexcept { return live.load(std::memory_order_relaxed); }

} // namespace weir::platform
