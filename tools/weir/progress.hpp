// A line on the terminal that says what takes so long.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace weir::tools {

// While it lives, and the error stream is a terminal that knows more than plain text: half a second after its
// beginning, and then several times a second, the line "WHAT: 1.5 s" is written anew. The end wipes it out. Elsewhere
// it does nothing at all.
class Progress {
 public:
  explicit Progress(std::string what);
  Progress(Progress const&) = delete;
  Progress& operator=(Progress const&) = delete;
  ~Progress();

 private:
  void show();

  std::string what_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::thread thread_;
};

} // namespace weir::tools
