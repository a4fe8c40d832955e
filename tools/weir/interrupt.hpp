// Ctrl-C while a guest runs.
#pragma once

#include <atomic>
#include <thread>

#include <weir/weir.hpp>

namespace weir::tools {

// While it lives, the first SIGINT of the process interrupts the guest (which then traps and is reported), and the
// second one ends the process at once with exit_interrupted. Only one may live at a time, and the process must not
// have started other threads before.
class InterruptOnSignal {
 public:
  explicit InterruptOnSignal(InterruptHandle handle);
  InterruptOnSignal(InterruptOnSignal const&) = delete;
  InterruptOnSignal& operator=(InterruptOnSignal const&) = delete;
  ~InterruptOnSignal();

 private:
  void wait_for_signals();

  InterruptHandle handle_;
  std::atomic<bool> done_ = false;
  std::thread waiter_;
};

} // namespace weir::tools
