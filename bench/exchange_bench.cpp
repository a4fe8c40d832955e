// What it costs to pass 1 MB to a guest: GuestAllocator::put against memcpy plus the guest's own allocation.
//
//   exchange_bench [GUEST.wat|GUEST.wasm]     the guest exports memory, init and deinit (default: the case's
//   layout.wat)
//
// Pages are warm, every number is the median of 1,000 rounds. Exits with 1 when passing bytes costs more than 1.2 times
// memcpy plus allocation.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <weir/exchange.hpp>

namespace {

constexpr std::size_t size = 1'000'000;
constexpr int rounds = 1000;
constexpr double allowed = 1.2;

// Microseconds, the median.
template <class Body>
double median_of(Body&& body) {
  std::vector<double> times;
  for (int i = 0; i < rounds + 10; ++i) {
    auto const start = std::chrono::steady_clock::now();
    body();
    auto const end = std::chrono::steady_clock::now();
    if (i >= 10) { // the first ones warm up
      times.push_back(std::chrono::duration<double, std::micro>(end - start).count());
    }
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[rounds / 2];
}

} // namespace

int main(int argc, char** argv) try {
  weir::Engine const engine;
  auto const module = weir::Module::from_file(engine, argc > 1 ? argv[1] : WEIR_BENCH_GUEST).value();
  weir::Store store{engine};
  auto const instance = weir::Linker{engine}.instantiate(store, module).value();
  auto const guest = weir::exchange::GuestAllocator::named(store, instance, "init", "deinit").value();
  auto const init = instance.get_typed_func<std::uint32_t(std::uint32_t)>(store, "init").value();
  auto const deinit = instance.get_typed_func<void(std::uint32_t, std::uint32_t)>(store, "deinit").value();

  std::string const text(size, 'A');
  std::vector<char> target(size);
  double const copying = median_of([&] {
    std::memcpy(target.data(), text.data(), size);
    asm volatile("" : : "r"(target.data()) : "memory");
  });
  double const allocating = median_of([&] {
    auto const pointer = init.call(store, size).value();
    deinit.call(store, pointer, size).value();
  });
  double const putting = median_of([&] { (void)guest.put(text).value(); });
  double const encoding = median_of([&] { (void)guest.put(weir::exchange::bincode(text)).value(); });
  double const base = copying + allocating;
  std::printf("1 MB, microseconds, median of %d rounds\n", rounds);
  std::printf("memcpy                      %8.1f\n", copying);
  std::printf("guest's init and deinit     %8.1f\n", allocating);
  std::printf("put(text), given back       %8.1f   %.2f times both together (at most %.1f)\n", putting, putting / base,
              allowed);
  std::printf("put(bincode(text))          %8.1f   %.2f times\n", encoding, encoding / base);
  return putting <= allowed * base ? 0 : 1;
} catch (std::bad_expected_access<weir::Error> const& failure) {
  std::fprintf(stderr, "exchange_bench: %s\n", failure.error().message().c_str());
  return 2;
}
