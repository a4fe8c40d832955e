// What single steps of the interface cost, in CPU time of the calling thread; figures are printed, never tested.
//
//   micro [MODULE...]
//
// Calls, instantiation, memory access, fuel and trap reports are measured on small guests of this program's own;
// start-up and the rate of translation on the modules that are named. Every figure is the median of some runs. The
// first line, the resident memory, is taken before anything else runs.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <initializer_list>
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

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// CPU time of this thread: what other programs do does not count.
double now() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }

// Large modules are worked on by two threads; this is the time of both.
double now_of_all_threads() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

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
  weir::Store kept{engine};
  auto const instance = must(pre.instantiate(kept));
  auto const count = must(instance.get_typed_func<std::int32_t()>(kept, "count"));
  show("Instance::reset and a call", [&](std::uint32_t n) {
    for (std::uint32_t i = 0; i < n; ++i) {
      must(instance.reset(kept));
      must(count.call(kept));
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

// What the journal of host writes costs where it weighs most, in writes of a few bytes, and from where on it is kept
// by itself. Each pair of runs, one without
// it and one with it, gives a ratio; the median of them is shown.
void small_writes() {
  constexpr int pairs = 7;
  Guest without{weir::Config{}};
  Guest with{weir::Config{}.keep_write_journal(true)};
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
      double const start = now_of_all_threads();
      auto const module = must(weir::Module::from_file(engine, path));
      all.push_back(now_of_all_threads() - start);
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

// A module of some MB of code as a compiler makes it: functions with names, a frame on a shadow stack and loads of
// static data. The last one, exported as `f`, follows a pointer that it reads from a fixed place; the host can spoil
// that.
std::vector<std::uint8_t> large_module(std::uint32_t functions) {
  using Bytes = std::vector<std::uint8_t>;
  auto const number = [](Bytes& out, std::uint32_t value) { // in five bytes, as linkers do
    for (int i = 0; i < 4; ++i) {
      out.push_back(static_cast<std::uint8_t>(value >> 7 * i | 0x80));
    }
    out.push_back(static_cast<std::uint8_t>(value >> 28));
  };
  auto const add = [](Bytes& out, std::initializer_list<int> bytes) {
    for (int const byte : bytes) {
      out.push_back(static_cast<std::uint8_t>(byte));
    }
  };
  auto const sized = [&](Bytes& out, Bytes const& part) {
    number(out, static_cast<std::uint32_t>(part.size()));
    out.insert(out.end(), part.begin(), part.end());
  };
  auto const section = [&](Bytes& out, int id, Bytes const& part) {
    out.push_back(static_cast<std::uint8_t>(id));
    sized(out, part);
  };
  Bytes types;
  Bytes code;
  Bytes names;
  number(types, functions);
  number(code, functions);
  number(names, functions);
  for (std::uint32_t i = 0; i < functions; ++i) {
    types.push_back(0);
    Bytes body{1, 2, 0x7F};                                   // two more i32 locals
    add(body, {0x23, 0, 0x41, 0x20, 0x6B, 0x22, 1, 0x24, 0}); // frame = sp - 32
    for (std::uint32_t load = 0; load < 20; ++load) {
      add(body, {0x20, 1, 0x20, 0, 0x41}); // frame[..] = static[..] + parameter
      number(body, 0x100000 + (i + load) % 0x1000 * 4);
      add(body, {0x28, 2, 0, 0x6A, 0x36, 2, static_cast<int>(load) * 4 % 32});
    }
    if (i + 1 == functions) {
      add(body, {0x41});
      number(body, 0x101000);
      add(body, {0x28, 2, 0, 0x28, 2, 4, 0x21, 2}); // local 2 = (*(int**)0x101000)[1]
    }
    add(body, {0x20, 1, 0x41, 0x20, 0x6A, 0x24, 0, 0x20, 2, 0x0B}); // sp = frame + 32
    sized(code, body);
    number(names, i);
    auto const name = "_ZN6module8function17h" + std::to_string(1000000000 + i) + "E";
    sized(names, Bytes{name.begin(), name.end()});
  }
  Bytes module{0, 'a', 's', 'm', 1, 0, 0, 0};
  section(module, 1, {1, 0x60, 1, 0x7F, 1, 0x7F});
  section(module, 3, types);
  section(module, 5, {1, 0, 17});
  section(module, 6, {1, 0x7F, 1, 0x41, 0x80, 0x80, 0xC0, 0, 0x0B}); // the stack pointer, 0x100000
  Bytes exports{2, 6, 'm', 'e', 'm', 'o', 'r', 'y', 2, 0, 1, 'f', 0};
  number(exports, functions - 1);
  section(module, 7, exports);
  section(module, 10, code);
  Bytes data{1, 0, 0x41, 0x80, 0x80, 0xC0, 0, 0x0B};
  sized(data, Bytes(0x4000, 1));
  section(module, 11, data);
  Bytes custom{4, 'n', 'a', 'm', 'e'};
  section(custom, 1, names);
  section(module, 0, custom);
  return module;
}

// The first trap of a module has its names read and its memory map made; later ones find them.
void reports() {
  auto const bytes = large_module(12500);
  weir::Engine const engine;
  weir::Linker const linker{engine};
  std::vector<double> first;
  std::vector<double> second;
  std::size_t size = 0;
  for (int run = 0; run < runs; ++run) {
    auto const module = must(weir::Module::from_bytes(engine, std::span<std::uint8_t const>{bytes}));
    weir::Store store{engine};
    auto const instance = must(linker.instantiate(store, module));
    must(must(instance.get_memory(store, "memory")).write(store, 0, std::string(0x102000, 'A')));
    auto const f = must(instance.get_typed_func<std::int32_t(std::int32_t)>(store, "f"));
    for (auto* const times : {&first, &second}) {
      double const start = now();
      auto const done = f.call(store, 0);
      if (done.has_value() || done.error().trap() == nullptr || !done.error().trap()->story().host_write.has_value()) {
        std::fprintf(stderr, "micro: the guest did not trap as it should\n");
        std::exit(1);
      }
      size = done.error().trap()->report().size() + done.error().trap()->report_json().size();
      times->push_back(now() - start);
    }
  }
  std::printf("\ntrap report, text and JSON (%zu bytes), module of %.1f MB\n", size,
              static_cast<double>(bytes.size()) * 1e-6);
  std::printf("  first trap of the module %10.2f ms\n  later ones               %10.3f ms\n", median(first) * 1e3,
              median(second) * 1e3);
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
  reports();
}
