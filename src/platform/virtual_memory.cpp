#include "platform/virtual_memory.hpp"

#include <array>
#include <atomic>
#include <limits>
#include <utility>

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

// Reservations that were released, for the next that want the same size: what is expensive about a new one is its page
// tables. They hold address space but no memory, and what is committed of them reads as zero.
class Pool {
 public:
  struct Range {
    void* base = nullptr;
    std::size_t size = 0;
    std::size_t committed = 0;
  };

  // False when it has no room, or another thread is using it.
  bool put(Range const& range) noexcept {
    return used_alone([&] {
      for (auto& place : places_) {
        if (place.base == nullptr) {
          place = range;
          return true;
        }
      }
      return false;
    });
  }

  // One of this size, preferably with just so much committed. Nothing (base is null) when there is none.
  Range take(std::size_t size, std::size_t committed) noexcept {
    Range taken;
    used_alone([&] {
      Range* found = nullptr;
      for (auto& place : places_) {
        if (place.base != nullptr && place.size == size && (found == nullptr || place.committed == committed)) {
          found = &place;
        }
      }
      if (found != nullptr) {
        taken = std::exchange(*found, {});
      }
      return found != nullptr;
    });
    return taken;
  }

  // Gives everything back to the system.
  void clear() noexcept {
    used_alone([&] {
      for (auto& place : places_) {
        if (place.base != nullptr) {
          ::munmap(place.base, place.size);
          place = {};
        }
      }
      return true;
    });
  }

 private:
  template <class Work>
  bool used_alone(Work&& work) noexcept {
    if (busy_.test_and_set(std::memory_order_acquire)) {
      return false;
    }
    bool const done = work();
    busy_.clear(std::memory_order_release);
    return done;
  }

  std::atomic_flag busy_;
  std::array<Range, 8> places_{};
};

constinit Pool pool;

void* map(std::size_t size, int protection) noexcept {
  void* const base = ::mmap(nullptr, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return base == MAP_FAILED ? nullptr : base;
}

// Whether pages can be emptied: some emulators of Linux accept MADV_DONTNEED and do nothing.
bool empties_pages() noexcept {
  static bool const answer = [] {
    std::size_t const bytes = page_bytes();
    auto* const page = static_cast<std::uint8_t volatile*>(map(bytes, PROT_READ | PROT_WRITE));
    if (page == nullptr) {
      return false;
    }
    auto* const base = const_cast<std::uint8_t*>(page);
    *page = 1;
    bool const empty = ::madvise(base, bytes, MADV_DONTNEED) == 0 && *page == 0;
    ::munmap(base, bytes);
    return empty;
  }();
  return answer;
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
  auto range = pool.take(size, committed);
  if (range.base != nullptr && range.committed > committed) {
    auto* const rest = static_cast<std::uint8_t*>(range.base) + committed;
    if (::mprotect(rest, range.committed - committed, PROT_NONE) != 0) {
      ::munmap(range.base, range.size);
      range = {};
    }
    range.committed = committed;
  }
  if (range.base == nullptr) {
    // What is committed at once needs no second call when it is everything.
    int const protection = committed == size ? PROT_READ | PROT_WRITE : PROT_NONE;
    range = {map(size, protection), size, committed == size ? size : 0};
    if (range.base == nullptr) {
      pool.clear();
      range.base = map(size, protection);
    }
  }
  if (range.base == nullptr) {
    return reservation;
  }
  live.fetch_add(1, std::memory_order_relaxed);
  reservation.base_ = static_cast<std::uint8_t*>(range.base);
  reservation.size_ = size;
  reservation.committed_ = range.committed;
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
    // The system takes the contents, unless they are locked into memory.
    bool const empty = committed_ == 0 || (empties_pages() && ::madvise(base_, committed_, MADV_DONTNEED) == 0);
    if (!empty || !pool.put({base_, size_, committed_})) {
      ::munmap(base_, size_);
    }
    live.fetch_sub(1, std::memory_order_relaxed);
    base_ = nullptr;
    size_ = 0;
    committed_ = 0;
  }
}

void set_refuse_hook(RefuseHook hook) noexcept { refuse_hook.store(hook, std::memory_order_relaxed); }

std::size_t live_reservations() noexcept { return live.load(std::memory_order_relaxed); }

} // namespace weir::platform
