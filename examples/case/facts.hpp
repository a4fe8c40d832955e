// What the demo claims, each claim printed with whether it was so.
#pragma once

#include <string>
#include <vector>

class Facts {
 public:
  // Prints the claim; one that does not hold is remembered. `found` says what was found instead.
  void check(bool holds, std::string const& claim, std::string const& found = {});

  std::size_t count() const noexcept { return count_; }
  std::vector<std::string> const& failures() const noexcept { return failures_; }

 private:
  std::size_t count_ = 0;
  std::vector<std::string> failures_;
};

// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string text(char const* format, ...);

// Prints every line with `indent` spaces before it.
void print_indented(std::string const& lines, int indent);
