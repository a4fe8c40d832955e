#include "progress.hpp"

#include <chrono>
#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "terminal.hpp"

namespace weir::tools {

namespace {

constexpr std::chrono::milliseconds patience{500};
constexpr std::chrono::milliseconds step{100};
constexpr char const* wipe = "\r\x1b[K";

} // namespace

Progress::Progress(std::string what) : what_(std::move(what)) {
  if (is_terminal(STDERR_FILENO)) {
    thread_ = std::thread{[this] { show(); }};
  }
}

Progress::~Progress() {
  if (thread_.joinable()) {
    {
      std::lock_guard const lock{mutex_};
      done_ = true;
    }
    ended_.notify_one();
    thread_.join();
  }
}

void Progress::show() {
  auto const begin = std::chrono::steady_clock::now();
  bool shown = false;
  std::unique_lock lock{mutex_};
  for (auto wait = patience; !ended_.wait_for(lock, wait, [this] { return done_; }); wait = step) {
    std::chrono::duration<double> const passed = std::chrono::steady_clock::now() - begin;
    fmt::print(stderr, "{}{}: {:.1f} s", wipe, what_, passed.count());
    std::fflush(stderr);
    shown = true;
  }
  if (shown) {
    fmt::print(stderr, "{}", wipe);
    std::fflush(stderr);
  }
}

} // namespace weir::tools
