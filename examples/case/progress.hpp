// A progress bar on the standard error stream, if that is a terminal; nothing elsewhere.
#pragma once

#include <cstdint>
#include <string>

class Progress {
 public:
  Progress(std::string what, std::uint32_t total);
  Progress(Progress const&) = delete;
  Progress& operator=(Progress const&) = delete;
  ~Progress(); // clears the line

  void at(std::uint32_t done);

 private:
  bool shown_;
  std::string what_;
  std::uint32_t total_;
  std::uint32_t last_cells_ = UINT32_MAX;
};
