// How long it takes from the start of a process to the first instruction of a guest: wall-clock time, medians of some
// runs; figures are printed, never tested.
//
//   start_bench MODULE...
//
// Each run is a process of its own (this program again), which loads the module, instantiates it, and calls its first
// exported function without parameters, with no fuel: the clock stops when that is noticed, at the first instruction.
// Modes: everything at the first call; validated when loaded; translated too, with as many threads as there are
// processors.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <weir/weir.hpp>

extern char** environ; // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace {

constexpr int runs = 25;

struct Mode {
  char const* name;
  weir::CompilationMode compilation;
};
constexpr Mode modes[] = {{"lazy", weir::CompilationMode::lazy},
                          {"validated", weir::CompilationMode::lazy_translation},
                          {"translated", weir::CompilationMode::eager}};

[[noreturn]] void fail(std::string const& why) {
  std::fprintf(stderr, "start_bench: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T must(weir::Result<T> result) {
  if (!result.has_value()) {
    fail(result.error().message());
  }
  if constexpr (!std::is_void_v<T>) {
    return *std::move(result);
  }
}

std::int64_t nanoseconds() { return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds{1}; }

// The run itself: prints when the first instruction was reached.
void child(Mode const& mode, char const* path) {
  // The guest stops at its first instruction for want of fuel. What a report of that costs, which reads all names, is
  // not part of the start.
  weir::Engine const engine{weir::Config{}.consume_fuel(true).keep_names(false).compilation(mode.compilation)};
  auto const module = must(weir::Module::from_file(engine, path));
  weir::Store store{engine};
  weir::Linker linker{engine};
  must(linker.define_unknown_imports_as_traps(module));
  auto const instance = must(linker.instantiate(store, module));
  for (auto const& [name, type] : module.exports()) {
    auto const* const signature = std::get_if<weir::FuncType>(&type);
    if (signature == nullptr || !signature->params().empty()) {
      continue;
    }
    std::vector<weir::Val> results(signature->results().size());
    must(store.set_fuel(0));
    auto const ran = must(instance.get_func(store, name)).call(store, {}, results);
    auto const reached = nanoseconds();
    if (ran.has_value() || ran.error().trap() == nullptr ||
        ran.error().trap()->reason() != weir::TrapReason::out_of_fuel) {
      fail(std::string{path} + ": `" + name + "` did not run out of fuel");
    }
    std::printf("%lld\n", static_cast<long long>(reached));
    return;
  }
  fail(std::string{path} + " exports no function without parameters");
}

double milliseconds(char const* self, std::size_t mode, char const* path) {
  int ends[2];
  if (pipe(ends) != 0) {
    fail("no pipe");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::string number = std::to_string(mode);
  std::string file = path;
  std::string program = self;
  std::string flag = "--child";
  char* arguments[] = {program.data(), flag.data(), number.data(), file.data(), nullptr};
  pid_t process = 0;
  auto const begin = nanoseconds();
  if (posix_spawn(&process, self, &actions, nullptr, arguments, environ) != 0) {
    fail("this program cannot be started again");
  }
  close(ends[1]);
  posix_spawn_file_actions_destroy(&actions);
  char text[64]{};
  auto const length = read(ends[0], text, sizeof text - 1);
  close(ends[0]);
  int status = 0;
  waitpid(process, &status, 0);
  if (length <= 0 || status != 0) {
    fail("the run failed");
  }
  return static_cast<double>(std::strtoll(text, nullptr, 10) - begin) * 1e-6;
}

} // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "--child") == 0) {
    child(modes[std::strtoul(argv[2], nullptr, 10) % std::size(modes)], argv[3]);
    return 0;
  }
  for (int i = 1; i < argc; ++i) {
    std::printf("%s\n", argv[i]);
    for (std::size_t mode = 0; mode < std::size(modes); ++mode) {
      std::vector<double> all(runs);
      std::ranges::generate(all, [&] { return milliseconds("/proc/self/exe", mode, argv[i]); });
      std::ranges::sort(all);
      std::printf("  %-12s %8.2f ms   (%.2f to %.2f)\n", modes[mode].name, all[runs / 2], all.front(), all.back());
      std::fflush(stdout);
    }
  }
  return 0;
}
