// What the tool says to people: errors and notes on the standard error stream, coloured only on terminals.
#pragma once

#include <string_view>

#include <weir/error.hpp>

namespace weir::tools {

// The tool's exit codes. A guest's own exit code takes the place of `success` where there is one.
enum ExitCode : int {
  exit_success = 0,
  exit_failure = 1,       // a module could not be loaded, linked or validated; a script failed; a file error
  exit_usage = 2,         // the command line is wrong
  exit_interrupted = 130, // Ctrl-C
  exit_trapped = 134,     // trap, out of fuel, timeout; the message says which
};

// A terminal that is more than paper: TERM is other than "dumb".
bool is_terminal(int file_descriptor);

// Whether colours are fit for the stream: such a terminal, and no NO_COLOR in the environment.
bool wants_colour(int file_descriptor);

// "error: ...", "warning: ...", "note: ..." and a line feed on the standard error stream. Lines after the first are
// written as they are.
void print_error(std::string_view message);
void print_warning(std::string_view message);
void print_note(std::string_view message);

// Writes to the standard output stream. Errors are found at the end, by finish_output(); who has much to write may stop
// when it answers false.
bool print_out(std::string_view text);

// Flushes the standard output stream; when it could not be written (a full disk), says so and gives exit_failure,
// else gives `code`.
int finish_output(int code);

// The error as print_error shows it: "FILE: kind: message", with line and column, or byte offset, where it has one and
// the message does not name it; a trap as its whole report.
void print_error(std::string_view file, Error const& error);

// How traps are reported.
enum class ReportFormat : unsigned char { text, json };

// The same with a trap as one line of JSON, if the format is that.
void print_error(std::string_view file, Error const& error, ReportFormat format);

// What the tool's exit code is when this error ends it.
ExitCode exit_code_of(Error const& error);

} // namespace weir::tools
