// What WASI costs a guest over the same calls made natively, and how long a large program takes to its first
// instruction; figures are printed, never tested.
//
//   wasi_bench FOLDER [MODULE...]
//
// FOLDER is for files, some 200 MB, which are removed again. Times are CPU time of the calling thread, medians of some
// runs; the start of a MODULE is wall-clock time. Start-ups come first, for the sake of the peak of resident memory.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include <weir/wasi.hpp>
#include <weir/weir.hpp>

namespace {

constexpr std::size_t copied = 100'000'000;
constexpr std::uint32_t piece = 64 * 1024;
constexpr std::uint32_t calls = 300'000;
constexpr int runs = 5;

// Descriptor 3 is the folder. Lists of buffers lie at 0 (all of the buffer) and 8 (what was read), results at 16, the
// buffer is the second page.
constexpr char guest[] = R"((module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (memory (export "memory") 3)
  (data (i32.const 64) "fromintolist")
  (func $check (param i32) (if (local.get 0) (then (unreachable))))
  (func $open (param $name i32) (param $flags i32) (param $rights i64) (result i32)
    (call $check (call $path_open (i32.const 3) (i32.const 0) (local.get $name) (i32.const 4) (local.get $flags)
      (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 16)))
    (i32.load (i32.const 16)))
  (func $prepare (param $size i32)
    (i32.store (i32.const 0) (i32.const 65536))
    (i32.store (i32.const 4) (local.get $size))
    (i32.store (i32.const 8) (i32.const 65536)))
  (func (export "copy") (param $size i32) (local $from i32) (local $to i32) (local $count i32)
    (call $prepare (local.get $size))
    (local.set $from (call $open (i32.const 64) (i32.const 0) (i64.const 2)))
    (local.set $to (call $open (i32.const 68) (i32.const 9) (i64.const 64))) ;; created, or emptied
    (block $end
      (loop $next
        (call $check (call $fd_read (local.get $from) (i32.const 0) (i32.const 1) (i32.const 16)))
        (local.set $count (i32.load (i32.const 16)))
        (br_if $end (i32.eqz (local.get $count)))
        (i32.store (i32.const 12) (local.get $count))
        (call $check (call $fd_write (local.get $to) (i32.const 8) (i32.const 1) (i32.const 16)))
        (br $next)))
    (call $check (call $fd_close (local.get $from)))
    (call $check (call $fd_close (local.get $to))))
  (func (export "write_nothing") (param $n i32) (local $to i32)
    (call $prepare (i32.const 0))
    (local.set $to (call $open (i32.const 68) (i32.const 1) (i64.const 64)))
    (loop $next
      (call $check (call $fd_write (local.get $to) (i32.const 0) (i32.const 1) (i32.const 16)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (call $check (call $fd_close (local.get $to))))
  (func (export "clock") (param $n i32)
    (loop $next
      (call $check (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 16)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "list") (result i32) (local $list i32) (local $used i32) (local $at i32) (local $cookie i64) (local $n i32)
    (local.set $list (call $open (i32.const 72) (i32.const 2) (i64.const 0x4000)))
    (loop $again
      (call $check (call $fd_readdir (local.get $list) (i32.const 65536) (i32.const 4096) (local.get $cookie) (i32.const 16)))
      (local.set $used (i32.load (i32.const 16)))
      (local.set $at (i32.const 0))
      (block $cut
        (loop $entry ;; whole ones: 24 bytes and the name
          (br_if $cut (i32.gt_u (i32.add (local.get $at) (i32.const 24)) (local.get $used)))
          (br_if $cut (i32.gt_u (i32.add (i32.add (local.get $at) (i32.const 24))
            (i32.load offset=65552 (local.get $at))) (local.get $used)))
          (local.set $cookie (i64.load offset=65536 (local.get $at)))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (local.set $at (i32.add (i32.add (local.get $at) (i32.const 24)) (i32.load offset=65552 (local.get $at))))
          (br $entry)))
      (br_if $again (i32.eq (local.get $used) (i32.const 4096))))
    (call $check (call $fd_close (local.get $list)))
    (local.get $n))))";

template <class T>
T must(weir::Result<T> result) {
  if (!result.has_value()) {
    std::fprintf(stderr, "wasi_bench: %s\n", result.error().message().c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) {
    return *std::move(result);
  }
}

double cpu_now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// The median of some runs, in seconds.
template <class F>
double seconds(F const& work) {
  std::array<double, runs> times{};
  for (auto& time : times) {
    double const begin = cpu_now();
    work();
    time = cpu_now() - begin;
  }
  std::ranges::sort(times);
  return times[runs / 2];
}

double megabytes_peak() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
}

void start(std::string const& path) {
  auto const begin = std::chrono::steady_clock::now();
  weir::Engine const engine{weir::Config{}.consume_fuel(true)};
  auto const module = must(weir::Module::from_file(engine, path));
  weir::Store store{engine};
  weir::Linker linker{engine};
  must(weir::wasi::add_to_linker(linker));
  store.set_data(must(weir::wasi::Context::create(weir::wasi::Config{}.arg("program").arg("--version"))));
  auto const instance = must(linker.instantiate(store, module));
  auto const program = must(instance.get_func(store, "_start"));
  must(store.set_fuel(1)); // the first instruction and no other
  auto const ran = program.call(store, {}, {});
  if (ran.has_value() || ran.error().trap() == nullptr ||
      ran.error().trap()->reason() != weir::TrapReason::out_of_fuel) {
    std::fprintf(stderr, "wasi_bench: %s did not run out of fuel\n", path.c_str());
    std::exit(1);
  }
  std::chrono::duration<double, std::milli> const took = std::chrono::steady_clock::now() - begin;
  double const size = static_cast<double>(std::filesystem::file_size(path)) / 1e6;
  double const peak = megabytes_peak();
  std::printf("%s: %.1f ms to the first instruction, peak %.1f MB, %.2f of the file's %.1f MB\n", path.c_str(),
              took.count(), peak, peak / size, size);
}

void copy_natively(std::string const& folder, std::vector<char>& buffer) {
  int const from = open((folder + "/from").c_str(), O_RDONLY | O_CLOEXEC);
  int const to = open((folder + "/into").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  for (ssize_t count = 0; (count = read(from, buffer.data(), buffer.size())) > 0;) {
    if (write(to, buffer.data(), static_cast<std::size_t>(count)) != count) {
      std::perror("wasi_bench: write");
      std::exit(1);
    }
  }
  close(from);
  close(to);
}

void write_nothing_natively(std::string const& folder) {
  int const to = open((folder + "/into").c_str(), O_WRONLY | O_CLOEXEC);
  char byte = 0;
  iovec const list{&byte, 0};
  for (std::uint32_t i = 0; i < calls; ++i) {
    if (writev(to, &list, 1) != 0) {
      std::exit(1);
    }
  }
  close(to);
}

void read_clock_natively() {
  for (std::uint32_t i = 0; i < calls; ++i) {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
  }
}

void compare_calls(char const* what, double guest_seconds, double native_seconds) {
  double const per_call = 1e9 / calls;
  std::printf("%s: %.0f ns as a guest, %.0f ns natively, %.0f ns over\n", what, guest_seconds * per_call,
              native_seconds * per_call, (guest_seconds - native_seconds) * per_call);
}

void measure(std::string const& folder, weir::Backend backend) {
  weir::Engine const engine{weir::Config{}.backend(backend)};
  auto const module = must(weir::Module::from_wat(engine, guest));
  weir::Store store{engine};
  weir::Linker linker{engine};
  must(weir::wasi::add_to_linker(linker));
  store.set_data(must(weir::wasi::Context::create(weir::wasi::Config{}.preopen(folder, "."))));
  auto const instance = must(linker.instantiate(store, module));
  auto const run = [&](char const* name, std::uint32_t argument) {
    must(must(instance.get_typed_func<void(std::uint32_t)>(store, name)).call(store, argument));
  };
  std::printf("%s\n", backend == weir::Backend::loop ? "portable loop" : "tail calls");

  std::vector<char> buffer(piece);
  double const native = seconds([&] { copy_natively(folder, buffer); });
  double const copy = seconds([&] { run("copy", piece); });
  std::printf("copy of 100 MB by 64 KiB: %.1f ms as a guest, %.1f ms natively, %.2f of native\n", copy * 1e3,
              native * 1e3, native / copy);
  compare_calls("clock_time_get", seconds([&] { run("clock", calls); }), seconds(read_clock_natively));
  compare_calls("fd_write of 0 bytes", seconds([&] { run("write_nothing", calls); }),
                seconds([&] { write_nothing_natively(folder); }));
  auto const list = must(instance.get_typed_func<std::uint32_t()>(store, "list"));
  std::filesystem::create_directory(folder + "/list");
  std::uint32_t entries = 0;
  for (std::uint32_t const wanted : {1000U, 10000U, 40000U}) {
    for (; entries < wanted; ++entries) {
      std::ofstream{folder + "/list/entry-" + std::to_string(entries)};
    }
    std::uint32_t found = 0;
    double const took = seconds([&] { found = must(list.call(store)); });
    std::printf("a directory of %u entries: %u listed in %.2f ms, %.0f ns each\n", wanted, found, took * 1e3,
                took / wanted * 1e9);
  }
  std::filesystem::remove_all(folder + "/list");
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: wasi_bench FOLDER [MODULE...]\n");
    return 2;
  }
  for (int i = 2; i < argc; ++i) {
    start(argv[i]);
  }
  std::string const folder = argv[1];
  {
    std::ofstream file{folder + "/from", std::ios::binary};
    std::string const text(copied / 1000, 'x');
    for (int i = 0; i < 1000; ++i) {
      file << text;
    }
  }
  for (auto const backend : {weir::Backend::tail_call, weir::Backend::loop}) {
    if (weir::Engine::has_backend(backend)) {
      measure(folder, backend);
    }
  }
  std::filesystem::remove(folder + "/from");
  std::filesystem::remove(folder + "/into");
  return 0;
}
