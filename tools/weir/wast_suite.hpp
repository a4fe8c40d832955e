// Many scripts, on several backends, each in a process of its own: a crash or a hang fails its script and no other.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <weir/config.hpp>

#include "wast_tally.hpp"

namespace weir::tools {

struct Script {
  std::string name; // as reported: relative to the folder that was given, or as given
  std::string path;
};

struct SuiteOptions {
  Config config;
  std::vector<Backend> backends;
  unsigned jobs = 1;                 // processes at once; 0: all in this process, which a debugger can follow
  std::chrono::seconds timeout{120}; // for each script
  std::size_t shown_failures = 10;   // of each script; the rest is counted only
};

// How one script went on one backend.
struct SuiteEntry {
  Script script;
  Backend backend = Backend::automatic;
  Tally tally;
  std::string failures; // lines of text
};

// Number of failed commands that a file is expected to have, by the script's name.
using ExpectedFailures = std::map<std::string, std::uint64_t>;

// Reads lines of "file<TAB>count"; empty lines and lines that begin with # are left out. The error is a sentence.
std::expected<ExpectedFailures, std::string> read_expected_failures(std::string const& path);

// All *.wast files: those named, and those in the folders named, folders within included. The error is a sentence.
std::expected<std::vector<Script>, std::string> find_scripts(std::vector<std::string> const& paths);

// Runs every script on every backend, in order of script and then backend. `done` is called in that order, from this
// thread, as soon as results are there.
std::vector<SuiteEntry> run_suite(std::vector<Script> const& scripts, SuiteOptions const& options,
                                  std::function<void(SuiteEntry const&)> const& done);

// What does not agree with the list: files with more failures, with fewer (lower the count), and listed files that did
// not run. One sentence each.
std::vector<std::string> compare(std::vector<SuiteEntry> const& entries, ExpectedFailures const& expected);

char const* to_string(Backend backend) noexcept; // "tail-call", "loop", "auto"

} // namespace weir::tools
