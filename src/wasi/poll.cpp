// Waiting for clocks and descriptors.
#include <algorithm>
#include <cerrno>
#include <limits>
#include <vector>

#include <poll.h>

#include "wasi/functions.hpp"

namespace weir::wasi {

namespace {

constexpr u8 event_clock = 0;
constexpr u8 event_fd_read = 1;
constexpr u8 event_fd_write = 2;
constexpr u16 clock_abstime = 1;
constexpr u16 event_hangup = 1;

// More subscriptions than this in one call are `inval`.
constexpr u32 max_subscriptions = 1u << 16;

struct Subscription {
  u64 userdata = 0;
  u8 type = 0;
  // A clock.
  u32 clock = 0;
  u64 deadline = 0;
  // A descriptor; null: always ready, or in error.
  Descriptor* descriptor = nullptr;
  std::size_t polled = 0; // index + 1 of its pollfd
  // The outcome.
  bool is_ready = false;
  Errno error = Errno::success;
  u64 bytes = 0;
  u16 flags = 0;

  void fail(Errno reason) noexcept {
    is_ready = true;
    error = reason;
  }
};

class Poll {
 public:
  explicit Poll(Call& call) : call_(call) {}

  // Reads the subscriptions; their range has been checked.
  Errno load(u32 address, u32 count) {
    subscriptions_.resize(count);
    for (u32 i = 0; i < count; ++i) {
      auto const at = std::uint64_t{address} + std::uint64_t{i} * subscription_bytes(call_.abi());
      if (auto const loaded = load_one(at, subscriptions_[i]); loaded != Errno::success) {
        return loaded;
      }
    }
    return Errno::success;
  }

  // Until something is ready: `intr` when the guest is to stop first.
  Errno wait() {
    while (!look()) {
      if (call_.should_stop()) {
        return Errno::intr;
      }
      pass_time();
    }
    return Errno::success;
  }

  u32 store(u32 address) const {
    u32 stored = 0;
    auto const& memory = call_.memory();
    for (auto const& each : subscriptions_) {
      if (!each.is_ready) {
        continue;
      }
      auto const at = std::uint64_t{address} + std::uint64_t{stored++} * event_bytes;
      memory.clear(at, event_bytes);
      memory.store(at, each.userdata);
      memory.store(at + 8, static_cast<u16>(each.error));
      memory.store(at + 10, each.type);
      memory.store(at + 16, each.bytes);
      memory.store(at + 24, each.flags);
    }
    return stored;
  }

 private:
  Errno load_one(std::uint64_t at, Subscription& into) {
    auto const& memory = call_.memory();
    into.userdata = memory.load<u64>(at);
    into.type = memory.load<u8>(at + 8);
    switch (into.type) {
    case event_clock: {
      // The predecessor had a word for the user in front.
      auto const clock = at + (call_.abi() == Abi::preview1 ? 16u : 24u);
      load_clock(memory.load<u32>(clock), memory.load<u64>(clock + 8), memory.load<u16>(clock + 24), into);
      return Errno::success;
    }
    case event_fd_read:
    case event_fd_write: load_descriptor(memory.load<u32>(at + 16), into); return Errno::success;
    default: return Errno::inval;
    }
  }

  void load_clock(u32 id, u64 timeout, u16 flags, Subscription& into) {
    into.clock = id;
    auto const now = clock_now(call_.state(), id);
    if (!now.has_value() || (flags & ~clock_abstime) != 0) {
      into.fail(now.has_value() ? Errno::inval : now.error());
      return;
    }
    constexpr u64 never = std::numeric_limits<u64>::max();
    bool const absolute = (flags & clock_abstime) != 0;
    into.deadline = absolute ? timeout : timeout > never - *now ? never : *now + timeout;
  }

  void load_descriptor(Fd fd, Subscription& into) {
    auto const found = call_.descriptor(fd, rights::poll_fd_readwrite);
    if (!found.has_value()) {
      into.fail(found.error());
      return;
    }
    into.descriptor = *found;
    int const system = into.descriptor->system_descriptor();
    if (system < 0) {
      into.is_ready = true;
      into.bytes = into.type == event_fd_read ? into.descriptor->readable_bytes() : 0;
      return;
    }
    polled_.push_back({system, static_cast<short>(into.type == event_fd_read ? POLLIN : POLLOUT), 0});
    into.polled = polled_.size();
  }

  // Whether anything is ready now. Afterwards remaining_ is how long no clock will be.
  bool look() {
    remaining_ = slice_ns;
    bool any = false;
    if (!polled_.empty()) {
      ::poll(polled_.data(), polled_.size(), 0);
    }
    for (auto& each : subscriptions_) {
      if (!each.is_ready && each.type == event_clock) {
        look_at_clock(each);
      } else if (!each.is_ready && each.polled != 0) {
        look_at_descriptor(each, polled_[each.polled - 1].revents);
      }
      any = any || each.is_ready;
    }
    return any;
  }

  void look_at_clock(Subscription& each) {
    auto const now = clock_now(call_.state(), each.clock);
    if (!now.has_value()) {
      each.fail(now.error());
    } else if (*now >= each.deadline) {
      each.is_ready = true;
    } else {
      remaining_ = std::min(remaining_, each.deadline - *now);
    }
  }

  static void look_at_descriptor(Subscription& each, short events) {
    if (events == 0) {
      return;
    }
    each.is_ready = true;
    each.bytes = each.type == event_fd_read ? each.descriptor->readable_bytes() : 0;
    each.flags = (events & POLLHUP) != 0 ? event_hangup : u16{0};
  }

  void pass_time() {
    if (call_.state().clock != nullptr) {
      call_.state().clock->sleep(remaining_);
      return;
    }
    timespec const time{0, static_cast<long>(remaining_)};
    ::ppoll(polled_.data(), polled_.size(), &time, nullptr);
  }

  static constexpr u64 slice_ns = u64{wait_slice_ms} * 1'000'000;

  Call& call_;
  std::vector<Subscription> subscriptions_;
  std::vector<pollfd> polled_;
  u64 remaining_ = 0;
};

} // namespace

Errno poll_oneoff(Call& call, u32 subscriptions, u32 events, u32 count, u32 result) {
  if (count == 0) {
    return Errno::inval;
  }
  auto const& memory = call.memory();
  if (!memory.contains(subscriptions, std::uint64_t{count} * subscription_bytes(call.abi())) ||
      !memory.contains(events, std::uint64_t{count} * event_bytes) || !memory.contains(result, 4)) {
    return Errno::fault;
  }
  if (count > max_subscriptions) {
    return Errno::inval;
  }
  Poll poll{call};
  if (auto const loaded = poll.load(subscriptions, count); loaded != Errno::success) {
    return loaded;
  }
  if (auto const waited = poll.wait(); waited != Errno::success) {
    return waited;
  }
  memory.store(result, poll.store(events));
  return Errno::success;
}

} // namespace weir::wasi
