#include "progress.hpp"

#include <cstdio>
#include <utility>

#include <unistd.h>

Progress::Progress(std::string what, std::uint32_t total)
    : shown_(isatty(STDERR_FILENO) == 1 && total != 0), what_(std::move(what)), total_(total) {
  at(0);
}

Progress::~Progress() {
  if (shown_) {
    std::fputs("\r\x1b[K", stderr);
  }
}

void Progress::at(std::uint32_t done) {
  constexpr std::uint32_t width = 40;
  if (!shown_) {
    return;
  }
  auto const cells = static_cast<std::uint32_t>(std::uint64_t{done} * width / total_);
  if (cells == last_cells_) {
    return;
  }
  last_cells_ = cells;
  std::string const bar = std::string(cells, '#') + std::string(width - cells, '.');
  std::fprintf(stderr, "\r   %s [%s] %u of %u", what_.c_str(), bar.c_str(), done, total_);
}
