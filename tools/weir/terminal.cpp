#include "terminal.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include <weir/trap.hpp>

namespace weir::tools {

namespace {

bool is_set(char const* variable) {
  char const* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

void write_error(std::string const& text) {
  // What was printed before stays before, where both streams lead to one place.
  std::fflush(stdout);
  std::string const line = text + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void print_labelled(std::string_view label, std::string_view colour, std::string_view message) {
  write_error(wants_colour(STDERR_FILENO) ? fmt::format("\x1b[1;{}m{}:\x1b[0m {}", colour, label, message)
                                          : fmt::format("{}: {}", label, message));
}

} // namespace

bool is_terminal(int file_descriptor) {
  char const* const terminal = std::getenv("TERM");
  return isatty(file_descriptor) == 1 && (terminal == nullptr || std::string_view{terminal} != "dumb");
}

bool wants_colour(int file_descriptor) { return is_terminal(file_descriptor) && !is_set("NO_COLOR"); }

void print_error(std::string_view message) { print_labelled("error", "31", message); }
void print_warning(std::string_view message) { print_labelled("warning", "35", message); }
void print_note(std::string_view message) { print_labelled("note", "36", message); }

bool print_out(std::string_view text) { return std::fwrite(text.data(), 1, text.size(), stdout) == text.size(); }

int finish_output(int code) {
  bool const flushed = std::fflush(stdout) == 0;
  int const reason = errno;
  if (flushed && std::ferror(stdout) == 0) {
    return code;
  }
  print_error(fmt::format("cannot write to the standard output: {}", std::strerror(reason)));
  return exit_failure;
}

namespace {

// The option of `weir run` that sets the limit; null if there is none.
char const* option_of(LimitKind limit) noexcept {
  switch (limit) {
  case LimitKind::memory_size: return "--max-memory";
  case LimitKind::stack: return "--max-wasm-stack";
  case LimitKind::fuel: return "--fuel";
  case LimitKind::deadline: return "--timeout";
  default: return nullptr;
  }
}

// The limit that ended the guest, or that is the likely cause.
std::optional<LimitKind> limit_of(FaultStory const& story) {
  if (story.limit.has_value()) {
    return story.limit->limit;
  }
  return story.is_growth_likely_cause ? std::optional{story.refused_growths.back().facts.limit} : std::nullopt;
}

void print_trap(Trap const& trap) {
  bool const is_coloured = wants_colour(STDERR_FILENO);
  std::string text = trap.report(is_coloured ? ReportStyle::coloured : ReportStyle::plain);
  auto const limit = limit_of(trap.story());
  if (char const* const option = limit.has_value() ? option_of(*limit) : nullptr; option != nullptr) {
    text += fmt::format("\n  {} {} sets this limit", is_coloured ? "\x1b[1;32mhelp:\x1b[0m" : "help:", option);
  }
  write_error(text);
}

} // namespace

void print_error(std::string_view file, Error const& error) {
  if (Trap const* const trap = error.trap(); trap != nullptr) {
    print_trap(*trap);
    return;
  }
  std::string where{file};
  if (error.line() != 0) {
    where += fmt::format(":{}:{}", error.line(), error.column());
  }
  std::string text = fmt::format("{}: ", where);
  switch (error.kind()) {
  case ErrorKind::malformed:
  case ErrorKind::invalid:
  case ErrorKind::unsupported:
  case ErrorKind::limit:
    if (std::string_view const kind = to_string(error.kind()); !error.message().starts_with(kind)) {
      text += fmt::format("{}: ", kind);
    }
    break;
  default: break; // the message alone says it
  }
  std::string_view message = error.message();
  // `where` says it already.
  if (std::string const position = fmt::format(" (line {}, column {})", error.line(), error.column());
      error.line() != 0 && message.ends_with(position)) {
    message.remove_suffix(position.size());
  }
  text += message;
  if (error.offset().has_value() && error.message().find("offset") == std::string::npos) {
    text += fmt::format(" (at byte offset {0:#x})", *error.offset());
  }
  print_error(text);
}

void print_error(std::string_view file, Error const& error, ReportFormat format) {
  if (format == ReportFormat::json && error.trap() != nullptr) {
    write_error(error.trap()->report_json());
  } else {
    print_error(file, error);
  }
}

ExitCode exit_code_of(Error const& error) {
  if (Trap const* const trap = error.trap(); trap != nullptr) {
    return trap->reason() == TrapReason::interrupted ? exit_interrupted : exit_trapped;
  }
  return error.kind() == ErrorKind::trap || error.kind() == ErrorKind::exhausted ? exit_trapped : exit_failure;
}

} // namespace weir::tools
