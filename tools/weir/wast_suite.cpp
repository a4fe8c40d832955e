#include "wast_suite.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/mapped_file.hpp"
#include "wast_runner.hpp"

namespace weir::tools {

namespace {

using Clock = std::chrono::steady_clock;
using Line = std::atomic<std::uint32_t>;

// Memory that a worker process shares with its parent: the line of the command that it is at.
class SharedLine {
 public:
  SharedLine() {
    void* const page = mmap(nullptr, sizeof(Line), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    line_.reset(page == MAP_FAILED ? nullptr : new (page) Line{0});
  }
  Line* get() const noexcept { return line_.get(); }
  std::uint32_t value() const noexcept { return line_ == nullptr ? 0 : line_->load(); }

 private:
  struct Unmap {
    void operator()(Line* line) const noexcept { munmap(line, sizeof(Line)); }
  };
  std::unique_ptr<Line, Unmap> line_;
};

// A process that runs one script on one backend, and the pipe by which its result comes.
struct Worker {
  std::size_t entry;
  pid_t process;
  int pipe;
  SharedLine line;
  Clock::time_point deadline;
  std::string received{};
};

bool write_all(int file_descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    auto const written = write(file_descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void fail_script(SuiteEntry& entry, std::string_view why) {
  entry.tally[CommandKind::script].failed += 1;
  entry.failures += fmt::format("{}: {}\n", entry.script.name, why);
}

void run_entry(SuiteEntry& entry, SuiteOptions const& options, Line* line) {
  auto const file = platform::MappedFile::open(entry.script.path);
  if (!file.has_value()) {
    return fail_script(entry, file.error().message);
  }
  ScriptOptions script_options;
  script_options.config = options.config;
  script_options.config.backend(entry.backend);
  script_options.line = line;
  std::string_view const source{reinterpret_cast<char const*>(file->view().data()), file->view().size()};
  auto const result = run_script(entry.script.name, source, script_options);
  entry.tally = result.tally;
  for (std::size_t i = 0; i < std::min(result.failures.size(), options.shown_failures); ++i) {
    entry.failures += result.failures[i] + "\n";
  }
  if (result.failures.size() > options.shown_failures) {
    entry.failures +=
        fmt::format("{}: ... and {} more\n", entry.script.name, result.failures.size() - options.shown_failures);
  }
}

// In the worker: runs the script and sends the tally's bytes, and behind them the text.
[[noreturn]] void work(SuiteEntry entry, SuiteOptions const& options, Line* line, int pipe) {
  run_entry(entry, options, line);
  std::string message{reinterpret_cast<char const*>(&entry.tally), sizeof(Tally)};
  message += entry.failures;
  _exit(write_all(pipe, message) ? 0 : 1);
}

std::string describe_end(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("the process died of signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  }
  return fmt::format("the process ended with code {}", WEXITSTATUS(status));
}

class Pool {
 public:
  Pool(std::vector<SuiteEntry>& entries, SuiteOptions const& options) : entries_(entries), options_(options) {}

  // Runs all; calls `done` for each entry once all before it are done too.
  void run(std::function<void(SuiteEntry const&)> const& done) {
    std::vector<char> finished(entries_.size(), 0);
    std::size_t next = 0;
    std::size_t reported = 0;
    while (reported < entries_.size()) {
      while (workers_.size() < options_.jobs && next < entries_.size()) {
        if (!start(next)) {
          finished[next] = 1;
        }
        ++next;
      }
      for (std::size_t const entry : wait()) {
        finished[entry] = 1;
      }
      for (; reported < entries_.size() && finished[reported] != 0; ++reported) {
        done(entries_[reported]);
      }
    }
  }

 private:
  bool start(std::size_t index) {
    int ends[2]; // NOLINT(modernize-avoid-c-arrays): pipe() wants it
    if (pipe(ends) != 0) {
      fail_script(entries_[index], fmt::format("no pipe: {}", std::strerror(errno)));
      return false;
    }
    SharedLine line;
    pid_t const process = fork();
    if (process == 0) {
      close(ends[0]);
      work(entries_[index], options_, line.get(), ends[1]);
    }
    close(ends[1]);
    if (process < 0) {
      close(ends[0]);
      fail_script(entries_[index], fmt::format("no process: {}", std::strerror(errno)));
      return false;
    }
    workers_.push_back({index, process, ends[0], std::move(line), Clock::now() + options_.timeout});
    return true;
  }

  // Waits until at least one worker has something to say; gives the entries that are finished.
  std::vector<std::size_t> wait() {
    std::vector<pollfd> waiting;
    auto until = Clock::time_point::max();
    for (auto const& worker : workers_) {
      waiting.push_back({worker.pipe, POLLIN, 0});
      until = std::min(until, worker.deadline);
    }
    if (waiting.empty()) {
      return {};
    }
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    poll(waiting.data(), waiting.size(), static_cast<int>(std::clamp<long long>(left + 1, 0, 3'600'000)));
    std::vector<std::size_t> finished;
    for (std::size_t i = workers_.size(); i-- > 0;) {
      bool const late = Clock::now() >= workers_[i].deadline;
      if (late) {
        kill(workers_[i].process, SIGKILL);
      }
      if (late || (waiting[i].revents != 0 && !receive(workers_[i]))) {
        finish(workers_[i], late);
        finished.push_back(workers_[i].entry);
        std::swap(workers_[i], workers_.back());
        workers_.pop_back();
      }
    }
    return finished;
  }

  // False at the end of the pipe.
  static bool receive(Worker& worker) {
    std::array<char, 65536> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    auto const size = read(worker.pipe, buffer.data(), buffer.size());
    if (size > 0) {
      worker.received.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return size > 0 || (size < 0 && errno == EINTR);
  }

  void finish(Worker& worker, bool late) {
    close(worker.pipe);
    int status = 0;
    while (waitpid(worker.process, &status, 0) < 0 && errno == EINTR) {
    }
    auto& entry = entries_[worker.entry];
    if (!late && WIFEXITED(status) && WEXITSTATUS(status) == 0 && worker.received.size() >= sizeof(Tally)) {
      std::memcpy(&entry.tally, worker.received.data(), sizeof(Tally));
      entry.failures = worker.received.substr(sizeof(Tally));
      return;
    }
    std::string const why =
        late ? fmt::format("not finished after {} s", options_.timeout.count()) : describe_end(status);
    fail_script(entry, fmt::format("{}, at the command of line {}", why, worker.line.value()));
  }

  std::vector<SuiteEntry>& entries_;
  SuiteOptions const& options_;
  std::vector<Worker> workers_;
};

} // namespace

std::expected<ExpectedFailures, std::string> read_expected_failures(std::string const& path) {
  std::ifstream file{path};
  if (!file) {
    return std::unexpected(fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  }
  ExpectedFailures expected;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.front() == '#') {
      continue;
    }
    auto const tab = line.find('\t');
    std::uint64_t count = 0;
    char const* const end = line.data() + line.size();
    auto const parsed = tab == std::string::npos ? std::from_chars_result{end, std::errc::invalid_argument}
                                                 : std::from_chars(line.data() + tab + 1, end, count);
    if (parsed.ec != std::errc{} || parsed.ptr != end || count == 0) {
      return std::unexpected(
          fmt::format("{}:{}: expected a file, a tab and a count above zero, found \"{}\"", path, number, line));
    }
    if (!expected.emplace(line.substr(0, tab), count).second) {
      return std::unexpected(fmt::format("{}:{}: {} is listed twice", path, number, line.substr(0, tab)));
    }
  }
  return expected;
}

std::expected<std::vector<Script>, std::string> find_scripts(std::vector<std::string> const& paths) {
  namespace fs = std::filesystem;
  std::vector<Script> scripts;
  for (auto const& path : paths) {
    std::error_code failed;
    if (!fs::is_directory(path, failed)) {
      scripts.push_back({path, path});
      continue;
    }
    std::vector<Script> found;
    fs::recursive_directory_iterator files{path, failed};
    for (; !failed && files != fs::recursive_directory_iterator{}; files.increment(failed)) {
      if (files->path().extension() == ".wast") {
        found.push_back({files->path().lexically_relative(path).generic_string(), files->path().string()});
      }
    }
    if (failed) {
      return std::unexpected(fmt::format("cannot read the folder {}: {}", path, failed.message()));
    }
    if (found.empty()) {
      return std::unexpected(fmt::format("the folder {} holds no .wast file", path));
    }
    std::ranges::sort(found, {}, &Script::name);
    scripts.insert(scripts.end(), found.begin(), found.end());
  }
  return scripts;
}

std::vector<SuiteEntry> run_suite(std::vector<Script> const& scripts, SuiteOptions const& options,
                                  std::function<void(SuiteEntry const&)> const& done) {
  std::vector<SuiteEntry> entries;
  for (auto const& script : scripts) {
    for (Backend const backend : options.backends) {
      entries.push_back({script, backend, {}, {}});
    }
  }
  if (options.jobs != 0) {
    Pool{entries, options}.run(done);
    return entries;
  }
  for (auto& entry : entries) {
    run_entry(entry, options, nullptr);
    done(entry);
  }
  return entries;
}

std::vector<std::string> compare(std::vector<SuiteEntry> const& entries, ExpectedFailures const& expected) {
  std::vector<std::string> problems;
  ExpectedFailures missing = expected;
  for (auto const& entry : entries) {
    auto const found = expected.find(entry.script.name);
    std::uint64_t const allowed = found == expected.end() ? 0 : found->second;
    std::uint64_t const failed = entry.tally.total().failed;
    missing.erase(entry.script.name);
    if (failed > allowed) {
      problems.push_back(fmt::format("{} ({}): {} failed, where {} may", entry.script.name, to_string(entry.backend),
                                     failed, allowed));
    } else if (failed < allowed) {
      problems.push_back(fmt::format("{} ({}): only {} failed, where {} were expected: lower the count",
                                     entry.script.name, to_string(entry.backend), failed, allowed));
    }
  }
  for (auto const& [name, count] : missing) {
    problems.push_back(fmt::format("{}: expected to have {} failures, but no such file was run", name, count));
  }
  return problems;
}

char const* to_string(Backend backend) noexcept {
  switch (backend) {
  case Backend::tail_call: return "tail-call";
  case Backend::loop: return "loop";
  case Backend::automatic: break;
  }
  return "auto";
}

} // namespace weir::tools
