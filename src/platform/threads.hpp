// Work shared between the machine's cores.
#pragma once

#include <functional>

namespace weir::platform {

// Runs work(0) .. work(count - 1), each on a thread of its own where the system gives one, else one after the other on
// this thread. Returns when all are done. `work` must not throw.
void run_parallel(unsigned count, std::function<void(unsigned)> const& work);

// The number of threads that can run at once; at least 1.
unsigned core_count() noexcept;

} // namespace weir::platform
