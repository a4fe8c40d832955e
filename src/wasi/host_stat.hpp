// The system's file attributes and times, as WASI's.
#pragma once

#include <array>
#include <cstdint>

#include <sys/stat.h>
#include <time.h>

#include "platform/sandboxed_path.hpp"
#include "wasi/descriptor.hpp"

namespace weir::wasi {

FileType file_type_of(mode_t mode) noexcept;
FileStat file_stat_of(struct stat const& found) noexcept;

// 0 for times before 1970, which WASI cannot tell.
std::uint64_t nanoseconds_of(timespec const& time) noexcept;

// For utimensat(2) and futimens(2).
struct SystemTimes {
  timespec values[2];
};
SystemTimes system_times(TimeChanges const& changes) noexcept;

// The answer to a call of the system that gives 0, or -1 and errno.
Answer<void> answer_of(int result) noexcept;

template <class T>
Answer<T> answer_of(platform::SystemResult<T> result) {
  if (!result.has_value()) {
    return std::unexpected(to_errno(result.error()));
  }
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return *std::move(result);
  }
}

} // namespace weir::wasi
