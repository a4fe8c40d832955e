#include "facts.hpp"

#include <cstdarg>
#include <cstdio>

void Facts::check(bool holds, std::string const& claim, std::string const& found) {
  ++count_;
  std::string line = claim;
  if (!holds && !found.empty()) {
    line += " (found: " + found + ")";
  }
  std::printf("   %s  %s\n", holds ? "ok    " : "NOT SO", line.c_str());
  if (!holds) {
    failures_.push_back(line);
  }
}

std::string text(char const* format, ...) {
  char buffer[512];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

void print_indented(std::string const& lines, int indent) {
  for (std::size_t at = 0; at <= lines.size();) {
    std::size_t const end = lines.find('\n', at);
    std::string const line = lines.substr(at, end == std::string::npos ? end : end - at);
    std::printf("%*s%s\n", indent, "", line.c_str());
    if (end == std::string::npos) {
      break;
    }
    at = end + 1;
  }
}
