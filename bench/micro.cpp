// What single steps of the interface cost, in CPU time of the calling thread; figures are printed, never tested.
//
//   micro [MODULE...]
//
// Calls, instantiation, memory access and fuel are measured on small guests of this program's own; start-up and the
// rate of translation on the modules that are named. Every figure is the median of some runs. The first line, the
// resident memory, is taken before anything else runs.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

namespace {

constexpr int runs = 9;
constexpr double least_seconds = 0.02; // of one run

constexpr char guest[] = R"((module
  (import "host" "none" (func $none))
  (import "host" "add" (func $add (param i32 i32) (result i32)))
  (import "host" "caller" (func $caller (param i32) (result i32)))
  (memory (export "memory") 32)
  (func (export "empty"))
  (func (export "sum") (param i32 i64 f64 i32) (result i32) (i32.add (local.get 0) (local.get 3)))
  (func (export "call_none") (param $n i32)
    (loop $next
      (call $none)
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "call_add") (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (call $add (local.get $sum) (local.get $n)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "call_caller") (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (call $caller (local.get $sum)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "xorshift") (param $n i32) (result i32) (local $x i32)
    (local.set $x (i32.const 1))
    (loop $next
      (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
      (if (i32.and (local.get $x) (i32.const 1))
        (then (local.set $x (i32.add (local.get $x) (i32.const 7)))))
      (i32.store (i32.and (local.get $x) (i32.const 0xfffc)) (local.get $n))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))))";

constexpr char one_page[] = R"((module
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (data (i32.const 16) "a page that begins with some text")
  (func (export "count") (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (global.get $calls))))";

// CPU time of this thread: what other programs do does not count.
double now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

template <class T>
T must(weir::Result<T> result) {
  if (!result.has_value()) {
    std::fprintf(stderr, "micro: %s\n", result.error().message().c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) {
    return *std::move(result);
  }
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

// Seconds per step of work(steps).
template <class Work>
double seconds_per_step(Work&& work) {
  std::uint32_t steps = 1;
  auto const timed = [&] {
    double const start = now();
    work(steps);
    return now() - start;
  };
  for (double seconds = timed(); seconds < least_seconds && steps < (1U << 30); seconds = timed()) {
    steps *= seconds < least_seconds / 16 ? 8 : 2;
  }
  std::vector<double> all(runs);
  std::ranges::generate(all, [&] { return timed() / steps; });
  return median(std::move(all));
}

template <class Work>
double show(char const* what, Work&& work) {
  double const seconds = seconds_per_step(work);
  std::printf("%-58s %12.1f ns\n", what, seconds * 1e9);
  std::fflush(stdout);
  return seconds;
}

// A line of /proc/self/status, such as "VmHWM:", in KiB. Unlike getrusage's figure it holds nothing of the program that
// started this one.
std::optional<long> status_kib(char const* label) {
  std::FILE* const file = std::fopen("/proc/self/status", "r");
  if (file == nullptr) {
    return std::nullopt;
  }
  char line[256];
  std::optional<long> found;
  while (!found && std::fgets(line, sizeof line, file) != nullptr) {
    if (std::strncmp(line, label, std::strlen(label)) == 0) {
      found = std::strtol(line + std::strlen(label), nullptr, 10);
    }
  }
  std::fclose(file);
  return found;
}

struct Guest {
  explicit Guest(weir::Config const& config)
      : engine(config), module(must(weir::Module::from_wat(engine, guest))), store(engine), linker(engine) {
    must(linker.func("host", "none", [] {}));
    must(linker.func("host", "add", [](std::int32_t a, std::int32_t b) { return a + b; }));
    must(linker.func("host", "caller",
                     [](weir::Caller& caller, std::int32_t a) { return a + (caller.instance().has_value() ? 1 : 0); }));
    instance = must(linker.instantiate(store, module));
    if (config.consume_fuel()) {
      must(store.set_fuel(std::uint64_t{1} << 62));
    }
  }

  weir::Engine engine;
  weir::Module module;
  weir::Store store;
  weir::Linker linker;
  weir::Instance instance;
};

void resident_memory() {
  std::size_t const size = 4096;
  Guest small{weir::Config{}};
  auto const kernel = must(small.instance.get_typed_func<std::int32_t(std::uint32_t)>(small.store, "xorshift"));
  must(kernel.call(small.store, static_cast<std::uint32_t>(size)));
  auto const peak = status_kib("VmHWM:");
  auto const anonymous = status_kib("RssAnon:");
  if (peak && anonymous) {
    std::printf("%-58s %12ld KiB, of it not from files %ld KiB\n", "resident memory with a small guest, peak", *peak,
                *anonymous);
  }
}

void calls(weir::Config const& config, char const* backend) {
  Guest g{config};
  std::printf("\n%s\n", backend);
  auto const empty = must(g.instance.get_typed_func<void()>(g.store, "empty"));
  auto const sum =
      must(g.instance.get_typed_func<std::int32_t(std::int32_t, std::int64_t, double, std::int32_t)>(g.store, "sum"));
  auto const counted = [&](char const* name) {
    return must(must(g.instance.get_func(g.store, name)).typed<void(std::uint32_t)>(g.store));
  };
  auto const summed = [&](char const* name) {
    return must(g.instance.get_typed_func<std::int32_t(std::uint32_t)>(g.store, name));
  };
  show("host to guest: TypedFunc<void()>", [&](std::uint32_t n) {
    for (std::uint32_t i = 0; i < n; ++i) {
      must(empty.call(g.store));
    }
  });
  show("host to guest: four arguments, one result", [&](std::uint32_t n) {
    for (std::uint32_t i = 0; i < n; ++i) {
      must(sum.call(g.store, 1, 2, 3.0, 4));
    }
  });
  auto const call_none = counted("call_none");
  auto const call_add = summed("call_add");
  auto const call_caller = summed("call_caller");
  show("guest to host: void(), with the guest's loop", [&](std::uint32_t n) { must(call_none.call(g.store, n)); });
  show("guest to host: i32(i32, i32)", [&](std::uint32_t n) { must(call_add.call(g.store, n)); });
  show("guest to host: i32(Caller&, i32)", [&](std::uint32_t n) { must(call_caller.call(g.store, n)); });
  Guest fuelled{weir::Config{config}.consume_fuel(true)};
  auto const free_kernel = summed("xorshift");
  auto const paid_kernel =
      must(fuelled.instance.get_typed_func<std::int32_t(std::uint32_t)>(fuelled.store, "xorshift"));
  double const off = show("a loop of some 20 instructions, a turn, without fuel",
                          [&](std::uint32_t n) { must(free_kernel.call(g.store, n)); });
  double const on = show("the same with fuel", [&](std::uint32_t n) { must(paid_kernel.call(fuelled.store, n)); });
  std::printf("%-58s %12.2f\n", "fuel on : off", on / off);
}

void instantiation() {
  std::printf("\n");
  weir::Engine engine;
  auto const module = must(weir::Module::from_wat(engine, one_page));
  weir::Linker const linker{engine};
  auto const pre = must(linker.instantiate_pre(module));
  show("a store: made and destroyed", [&](std::uint32_t n) {
    for (std::uint32_t i = 0; i < n; ++i) {
      weir::Store const store{engine};
    }
  });
  show("InstancePre of one page: instantiated, its share of a store", [&](std::uint32_t n) {
    constexpr std::uint32_t most = 64; // instances live as long as their store
    for (std::uint32_t i = 0; i < n;) {
      weir::Store store{engine};
      for (std::uint32_t last = std::min(n, i + most); i < last; ++i) {
        must(pre.instantiate(store));
      }
    }
  });
  show("the same with a store of its own", [&](std::uint32_t n) {
    for (std::uint32_t i = 0; i < n; ++i) {
      weir::Store store{engine};
      must(pre.instantiate(store));
    }
  });
  show("the same with a first call (stack mapped, code translated)", [&](std::uint32_t n) {
    for (std::uint32_t i = 0; i < n; ++i) {
      weir::Store store{engine};
      auto const instance = must(pre.instantiate(store));
      must(must(instance.get_typed_func<std::int32_t()>(store, "count")).call(store));
    }
  });
}

void memory() {
  std::printf("\n");
  Guest g{weir::Config{}};
  auto const linear = must(g.instance.get_memory(g.store, "memory"));
  std::vector<std::byte> bytes(std::size_t{1} << 20);
  for (std::size_t const size : {std::size_t{8}, bytes.size()}) {
    auto const part = std::span{bytes}.first(size);
    auto const label = [&](char const* what) {
      return std::string{"Memory::"} + what + (size == 8 ? ", 8 bytes" : ", 1 MiB");
    };
    show(label("read").c_str(), [&](std::uint32_t n) {
      for (std::uint32_t i = 0; i < n; ++i) {
        must(linear.read(g.store, 4096, part));
      }
    });
    show(label("write").c_str(), [&](std::uint32_t n) {
      for (std::uint32_t i = 0; i < n; ++i) {
        must(linear.write(g.store, 4096, std::span<std::byte const>{part}));
      }
    });
  }
}

// What the journal of host writes costs where it weighs most: in writes of a few bytes. Each pair of runs, one without
// it and one with it, gives a ratio; the median of them is shown.
void small_writes() {
  constexpr int pairs = 7;
  Guest without{weir::Config{}.keep_write_journal(false)};
  Guest with{weir::Config{}};
  std::vector<std::byte> const bytes(64);
  struct Pattern {
    char const* name;
    std::size_t size;
    std::uint64_t stride; // from one write to the next, within 64 KiB
  };
  for (auto const& [name, size, stride] :
       {Pattern{"8 bytes, one after the other", 8, 8}, Pattern{"8 bytes, here and there", 8, 1736},
        Pattern{"64 bytes, here and there", 64, 1736}}) {
    auto const run = [&](Guest& g) {
      auto const linear = must(g.instance.get_memory(g.store, "memory"));
      std::uint64_t at = 0;
      return seconds_per_step([&](std::uint32_t n) {
        for (std::uint32_t i = 0; i < n; ++i) {
          must(linear.write(g.store, at, std::span{bytes}.first(size)));
          at = (at + stride) & 0xFFF8;
          at = at > 0xFF00 ? 0 : at;
        }
      });
    };
    std::vector<double> plain;
    std::vector<double> ratios;
    for (int i = 0; i < pairs; ++i) {
      plain.push_back(run(without));
      ratios.push_back(run(with) / plain.back());
    }
    std::printf("Memory::write, %-43s %12.1f ns, with the journal %+.1f %%\n", name, median(plain) * 1e9,
                (median(ratios) - 1) * 100);
    std::fflush(stdout);
  }
}

// Bytes of the code section; 0 if there is none. The module has been decoded.
std::uint32_t code_size(std::span<std::uint8_t const> bytes) {
  std::size_t at = 8;
  while (at < bytes.size()) {
    auto const id = bytes[at++];
    std::uint32_t size = 0;
    for (int shift = 0;; shift += 7) {
      auto const byte = bytes[at++];
      size |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) {
        break;
      }
    }
    if (id == 10) {
      return size;
    }
    at += size;
  }
  return 0;
}

void start_up(char const* path) {
  using Mode = weir::CompilationMode;
  constexpr Mode modes[] = {Mode::lazy, Mode::lazy_translation, Mode::eager};
  double seconds[3]{};
  std::uint32_t code = 0;
  for (std::size_t mode = 0; mode < 3; ++mode) {
    weir::Engine const engine{weir::Config{}.compilation(modes[mode])};
    std::vector<double> all;
    for (double total = 0; all.size() < 3 || (all.size() < runs && total < 3);) {
      double const start = now();
      auto const module = must(weir::Module::from_file(engine, path));
      all.push_back(now() - start);
      total += all.back();
      code = code_size(module.bytes());
    }
    seconds[mode] = median(std::move(all));
  }
  double const megabytes = code * 1e-6;
  auto const rate = [&](double of) { return of > 0 ? megabytes / of : 0.0; };
  std::printf("\n%s: code section of %.2f MB\n", path, megabytes);
  std::printf("  from_file, nothing validated (lazy)          %10.2f ms\n", seconds[0] * 1e3);
  std::printf("  from_file, validated (lazy_translation)      %10.2f ms   validation  %6.0f MB/s\n", seconds[1] * 1e3,
              rate(seconds[1] - seconds[0]));
  std::printf("  from_file, validated and translated (eager)  %10.2f ms   translation %6.0f MB/s\n", seconds[2] * 1e3,
              rate(seconds[2] - seconds[1]));
}

} // namespace

int main(int argc, char** argv) {
  resident_memory();
  if (argc > 1) {
    for (int i = 1; i < argc; ++i) {
      start_up(argv[i]);
    }
    return 0;
  }
  if (weir::Engine::has_backend(weir::Backend::tail_call)) {
    calls(weir::Config{}.backend(weir::Backend::tail_call), "backend tail_call");
  }
  calls(weir::Config{}.backend(weir::Backend::loop), "backend loop");
  instantiation();
  memory();
  small_writes();
}
