// Clocks: the system's, or the embedder's.
#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "wasi/functions.hpp"
#include "wasi/host_stat.hpp"

namespace weir::wasi {

namespace {

constexpr std::array system_clocks{CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};

} // namespace

Answer<std::uint64_t> clock_now(Context::State& state, std::uint32_t id) {
  if (id >= system_clocks.size()) {
    return std::unexpected(Errno::inval);
  }
  if (state.clock != nullptr) {
    return state.clock->now(static_cast<ClockId>(id));
  }
  timespec time{};
  if (::clock_gettime(system_clocks[id], &time) != 0) {
    return std::unexpected(to_errno(errno));
  }
  return nanoseconds_of(time);
}

Errno clock_time_get(Call& call, u32 id, u64, u32 result) {
  if (!call.memory().contains(result, 8)) {
    return Errno::fault;
  }
  auto const now = clock_now(call.state(), id);
  if (!now.has_value()) {
    return now.error();
  }
  call.memory().store(result, *now);
  return Errno::success;
}

Errno clock_res_get(Call& call, u32 id, u32 result) {
  if (id >= system_clocks.size()) {
    return Errno::inval;
  }
  if (!call.memory().contains(result, 8)) {
    return Errno::fault;
  }
  if (auto const& clock = call.state().clock; clock != nullptr) {
    auto const resolution = clock->resolution(static_cast<ClockId>(id));
    if (!resolution.has_value()) {
      return resolution.error();
    }
    call.memory().store(result, *resolution);
    return Errno::success;
  }
  timespec time{};
  if (::clock_getres(system_clocks[id], &time) != 0) {
    return to_errno(errno);
  }
  call.memory().store(result, nanoseconds_of(time));
  return Errno::success;
}

Clock::~Clock() = default;

Answer<std::uint64_t> Clock::resolution(ClockId) { return 1; }

void Clock::sleep(std::uint64_t nanoseconds) {
  timespec const time{static_cast<time_t>(nanoseconds / 1'000'000'000), static_cast<long>(nanoseconds % 1'000'000'000)};
  ::nanosleep(&time, nullptr);
}

ManualClock::~ManualClock() = default;

Answer<std::uint64_t> ManualClock::now(ClockId id) {
  auto const now = passed_ + (id == ClockId::realtime ? realtime_ : 0);
  passed_ += step_;
  return now;
}

} // namespace weir::wasi
