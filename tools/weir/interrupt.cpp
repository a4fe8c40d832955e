#include "interrupt.hpp"

#include <csignal>
#include <utility>

#include <pthread.h>
#include <unistd.h>

#include "terminal.hpp"

namespace weir::tools {

namespace {

sigset_t only_sigint() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  return set;
}

} // namespace

// A thread that waits for the signal may do anything; a signal handler could hardly do a thing.
InterruptOnSignal::InterruptOnSignal(InterruptHandle handle) : handle_(std::move(handle)) {
  sigset_t const set = only_sigint();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  waiter_ = std::thread{[this] { wait_for_signals(); }};
}

InterruptOnSignal::~InterruptOnSignal() {
  done_ = true;
  pthread_kill(waiter_.native_handle(), SIGINT);
  waiter_.join();
  sigset_t const set = only_sigint();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void InterruptOnSignal::wait_for_signals() {
  sigset_t const set = only_sigint();
  bool interrupted = false;
  for (;;) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0 || done_) {
      return;
    }
    if (interrupted) {
      _exit(exit_interrupted);
    }
    interrupted = true;
    handle_.interrupt();
  }
}

} // namespace weir::tools
