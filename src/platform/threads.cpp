#include "platform/threads.hpp"

#include <thread>
#include <vector>

#include <pthread.h>

namespace weir::platform {

namespace {

struct Task {
  std::function<void(unsigned)> const* work;
  unsigned index;
};

void* run_task(void* task) {
  auto const& self = *static_cast<Task const*>(task);
  (*self.work)(self.index);
  return nullptr;
}

} // namespace

// POSIX threads rather than std::thread: the refusal of a thread is a number here, not an exception.
void run_parallel(unsigned count, std::function<void(unsigned)> const& work) {
  std::vector<Task> tasks;
  std::vector<pthread_t> threads;
  tasks.reserve(count);
  threads.reserve(count);
  std::vector<unsigned> left;
  left.reserve(count);
  for (unsigned i = 1; i < count; ++i) {
    tasks.push_back({&work, i});
    pthread_t thread{};
    if (::pthread_create(&thread, nullptr, &run_task, &tasks.back()) == 0) {
      threads.push_back(thread);
    } else {
      left.push_back(i);
    }
  }
  if (count > 0) {
    work(0);
  }
  for (unsigned const index : left) {
    work(index);
  }
  for (pthread_t const thread : threads) {
    ::pthread_join(thread, nullptr);
  }
}

unsigned core_count() noexcept {
  unsigned const count = std::thread::hardware_concurrency();
  return count == 0 ? 1 : count;
}

} // namespace weir::platform
