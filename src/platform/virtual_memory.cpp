#include "platform/virtual_memory.hpp"

#include <array>
#include <atomic>
#include <cstring>
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
// tables. What is committed of them reads as zero. They hold address space but no memory, except for a few that are
// small and in constant use: to clear those costs less than to give their pages back and have them again.
class Pool {
 public:
  struct Range {
    void* base = nullptr;
    std::size_t size = 0;
    std::size_t committed = 0;
    bool holds_memory = false;
  };

  // Of these, and of as many bytes, may hold memory.
  static constexpr std::size_t most_holding = 8;
  static constexpr std::size_t most_held_bytes = 64 * 1024;

  // Whether one more range with memory would be welcome.
  bool has_room_for_memory() const noexcept { return holding_.load(std::memory_order_relaxed) < most_holding; }

  // False when it has no room, or another thread is using it.
  bool put(Range const& range) noexcept {
    return used_alone([&] {
      for (auto& place : places_) {
        if (place.base == nullptr) {
          place = range;
          count(range.holds_memory ? 1 : 0);
          return true;
        }
      }
      return false;
    });
  }

  // One of this size, preferably with just so much committed, and with memory. Nothing (base is null) when there is
  // none.
  Range take(std::size_t size, std::size_t committed) noexcept {
    Range taken;
    used_alone([&] {
      Range* found = nullptr;
      auto const worth = [&](Range const& range) {
        return (range.committed == committed ? 2 : 0) + (range.holds_memory ? 1 : 0);
      };
      for (auto& place : places_) {
        if (place.base != nullptr && place.size == size && (found == nullptr || worth(place) > worth(*found))) {
          found = &place;
        }
      }
      if (found != nullptr) {
        taken = std::exchange(*found, {});
        count(taken.holds_memory ? -1 : 0);
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
      holding_.store(0, std::memory_order_relaxed);
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

  void count(int by) noexcept {
    holding_.store(holding_.load(std::memory_order_relaxed) + static_cast<std::size_t>(by), std::memory_order_relaxed);
  }

  std::atomic_flag busy_;
  std::atomic<std::size_t> holding_{0}; // written by who is alone
  std::array<Range, 64> places_{};
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
  reservation.was_used_before_ = range.base != nullptr;
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

void Reservation::clear(std::size_t bytes) noexcept {
  std::size_t const whole = bytes & ~(page_bytes() - 1);
  if (bytes > Pool::most_held_bytes && empties_pages() && ::madvise(base_, whole, MADV_DONTNEED) == 0) {
    std::memset(base_ + whole, 0, bytes - whole);
  } else if (bytes != 0) {
    std::memset(base_, 0, bytes);
  }
}

void Reservation::release() noexcept {
  if (base_ != nullptr) {
    bool const by_hand =
        was_used_before_ && committed_ != 0 && committed_ <= Pool::most_held_bytes && pool.has_room_for_memory();
    if (by_hand) {
      std::memset(base_, 0, committed_);
    }
    // The system takes the contents, unless they are locked into memory.
    bool const empty =
        by_hand || committed_ == 0 || (empties_pages() && ::madvise(base_, committed_, MADV_DONTNEED) == 0);
    if (!empty || !pool.put({base_, size_, committed_, by_hand})) {
      ::munmap(base_, size_);
    }
    live.fetch_sub(1, std::memory_order_relaxed);
    base_ = nullptr;
    size_ = 0;
    committed_ = 0;
  }
}

LargePages::~LargePages() {
  if (base_ != nullptr) {
    ::munmap(base_, size_);
  }
}

LargePages LargePages::allocate(std::size_t bytes) noexcept {
  LargePages pages;
  if (!refused()) {
    pages.base_ = map(bytes, PROT_READ | PROT_WRITE);
    pages.size_ = bytes;
  }
  if (pages.base_ != nullptr) {
    ::madvise(pages.base_, bytes, MADV_HUGEPAGE); // it may refuse: then they are small
  }
  return pages;
}

void set_refuse_hook(RefuseHook hook) noexcept { refuse_hook.store(hook, std::memory_order_relaxed); }

std::size_t live_reservations() noexcept { return live.load(std::memory_order_relaxed); }

} // namespace weir::platform
