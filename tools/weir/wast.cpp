// weir wast: runs scripts of the official test suite's kind.

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include <weir/weir.hpp>

#include "commands.hpp"
#include "interface.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "wast_suite.hpp"

namespace weir::tools {

namespace {

struct WastOptions {
  EngineOptions engine;
  std::vector<std::string> paths;
  std::string backend = "auto";
  std::string expected_failures;
  std::string write_expected;
  std::string report;
  std::string timeout = "120s";
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  std::size_t shown_failures = 10;
  bool quiet = false;
};

std::string counts(Count const& count) { return fmt::format("{} passed, {} failed", count.passed, count.failed); }

std::expected<std::vector<Backend>, std::string> backends_of(std::string const& name) {
  bool const has_tail_call = Engine::has_backend(Backend::tail_call);
  if (name == "both") {
    // A build without tail calls has one backend to test, and says so in `weir --version`.
    return has_tail_call ? std::vector{Backend::tail_call, Backend::loop} : std::vector{Backend::loop};
  }
  if (name == "tail-call" && !has_tail_call) {
    return std::unexpected("this build has no tail-call backend: it needs clang 19 or newer, or g++ for x86-64");
  }
  return std::vector{name == "tail-call" ? Backend::tail_call : name == "loop" ? Backend::loop : Backend::automatic};
}

bool write_lines(std::string const& path, std::string const& lines) {
  std::ofstream file{path, std::ios::binary | std::ios::trunc};
  file << lines;
  file.close();
  if (!file) {
    print_error(fmt::format("cannot write {}", path));
  }
  return static_cast<bool>(file);
}

// One line for each kind of command in each script: file, backend, kind, passed, failed.
std::string report_lines(std::vector<SuiteEntry> const& entries) {
  std::string lines;
  for (auto const& entry : entries) {
    for (std::size_t i = 0; i < command_kinds; ++i) {
      auto const& count = entry.tally.kinds[i];
      if (count.passed + count.failed != 0) {
        lines += fmt::format("{}\t{}\t{}\t{}\t{}\n", entry.script.name, to_string(entry.backend),
                             to_string(static_cast<CommandKind>(i)), count.passed, count.failed);
      }
    }
  }
  return lines;
}

// The list of failures as --expected-failures reads it; of several backends the worst counts.
std::string expected_lines(std::vector<SuiteEntry> const& entries) {
  std::map<std::string, std::uint64_t> failures;
  for (auto const& entry : entries) {
    auto& worst = failures[entry.script.name];
    worst = std::max(worst, entry.tally.total().failed);
  }
  std::string lines = "# file, number of commands that are expected to fail\n";
  for (auto const& [name, count] : failures) {
    if (count != 0) {
      lines += fmt::format("{}\t{}\n", name, count);
    }
  }
  return lines;
}

void print_entry(SuiteEntry const& entry, WastOptions const& options, ExpectedFailures const& expected,
                 bool several_backends) {
  auto const total = entry.tally.total();
  auto const found = expected.find(entry.script.name);
  bool const as_expected = found != expected.end() && found->second == total.failed;
  if (!as_expected && !entry.failures.empty()) {
    std::fflush(stdout);
    std::fwrite(entry.failures.data(), 1, entry.failures.size(), stderr);
  }
  if (!options.quiet) {
    std::string const backend = several_backends ? fmt::format(" ({})", to_string(entry.backend)) : "";
    print_out(
        fmt::format("{}{}: {}{}\n", entry.script.name, backend, counts(total), as_expected ? " as expected" : ""));
  }
}

void print_totals(std::vector<SuiteEntry> const& entries) {
  Tally sum;
  for (auto const& entry : entries) {
    sum += entry.tally;
  }
  print_out("\n");
  for (std::size_t i = 0; i < command_kinds; ++i) {
    if (sum.kinds[i].passed + sum.kinds[i].failed != 0) {
      print_out(fmt::format("{:24} {}\n", to_string(static_cast<CommandKind>(i)), counts(sum.kinds[i])));
    }
  }
  print_out(counts(sum.total()) + "\n");
}

// 0 if all is well: everything passed, or failed exactly as listed.
int judge(std::vector<SuiteEntry> const& entries, WastOptions const& options, ExpectedFailures const& expected) {
  if (options.expected_failures.empty()) {
    return std::ranges::any_of(entries, [](auto const& entry) { return entry.tally.total().failed != 0; })
               ? exit_failure
               : exit_success;
  }
  auto const problems = compare(entries, expected);
  for (auto const& problem : problems) {
    print_error(problem);
  }
  if (problems.empty()) {
    print_out(fmt::format("as {} expects\n", options.expected_failures));
  }
  return problems.empty() ? exit_success : exit_failure;
}

int wast(WastOptions const& options) {
  auto const scripts = find_scripts(options.paths);
  auto const backends = backends_of(options.backend);
  auto const expected =
      options.expected_failures.empty() ? ExpectedFailures{} : read_expected_failures(options.expected_failures);
  if (!scripts.has_value() || !backends.has_value() || !expected.has_value()) {
    print_error(!scripts.has_value() ? scripts.error() : !backends.has_value() ? backends.error() : expected.error());
    return exit_usage;
  }
  SuiteOptions suite;
  suite.config = options.engine.config();
  suite.backends = *backends;
  suite.jobs = options.jobs;
  suite.timeout = std::chrono::ceil<std::chrono::seconds>(*parse_duration(options.timeout));
  suite.shown_failures = options.shown_failures;
  bool const several = backends->size() > 1;
  auto const entries = run_suite(*scripts, suite, [&](SuiteEntry const& entry) {
    print_entry(entry, options, *expected, several);
    std::fflush(stdout);
  });
  print_totals(entries);
  if (!options.report.empty() && !write_lines(options.report, report_lines(entries))) {
    return exit_failure;
  }
  if (!options.write_expected.empty() && !write_lines(options.write_expected, expected_lines(entries))) {
    return exit_failure;
  }
  return judge(entries, options, *expected);
}

} // namespace

void add_wast(CLI::App& app, Action& action) {
  auto const options = std::make_shared<WastOptions>();
  auto* const command = app.add_subcommand("wast", "Run scripts of the official test suite's kind");
  command->add_option("SCRIPT", options->paths, "Scripts, or folders whose .wast files are run")->required();
  command->add_option("--backend", options->backend, "auto, tail-call, loop, or both: every script on each")
      ->type_name("NAME")
      ->check(is_one_of({"auto", "tail-call", "loop", "both"}))
      ->capture_default_str();
  options->engine.add_compilation(*command);
  options->engine.add_features(*command);
  // So that modules are found valid or invalid, whether they can be executed or not.
  options->engine.default_features = Features::all();
  command
      ->add_option("--expected-failures", options->expected_failures,
                   "A list of \"file<TAB>count\": more failures than listed fail the run, and so do fewer")
      ->type_name("LIST");
  command->add_option("--write-expected", options->write_expected, "Write such a list of what failed")
      ->type_name("LIST");
  command->add_option("--report", options->report, "Write counts: file, backend, kind, passed, failed, tab separated")
      ->type_name("FILE");
  command->add_option("--timeout", options->timeout, "Time for each script")
      ->type_name("TIME")
      ->check(check_duration)
      ->capture_default_str();
  command
      ->add_option("-j,--jobs", options->jobs,
                   "Scripts that run at once, each in a process of its own; 0: all in this process")
      ->type_name("N")
      ->check(check_count);
  command->add_option("--show-failures", options->shown_failures, "Failures to print of each script")
      ->type_name("N")
      ->check(check_count)
      ->capture_default_str();
  command->add_flag("-q,--quiet", options->quiet, "No line for each script");
  command->footer(
      R"(Modules, actions and assertions each count as one command that passes or fails. The last lines are counts by kind
and "N passed, N failed". Exit code 0 when nothing failed, or exactly what the list expects.

Examples:
  weir wast i32.wast
  weir wast --backend both --expected-failures expected_failures.tsv spec-testsuite/)");
  command->callback([options, &action] { action = [options] { return wast(*options); }; });
}

} // namespace weir::tools
