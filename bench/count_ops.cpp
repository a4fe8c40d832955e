// Counts the executed operations, and pairs of them, of one call: what operand forms and fusions are chosen by.
//
// Built where WEIR_COUNT_OPS is on, by clang: cmake --preset release -B build/count -DWEIR_COUNT_OPS=ON
//
// usage: count_ops FILE N [MOST]     calls the export `run` with N, prints the MOST (40) most frequent of each
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unordered_map>
#include <vector>

#include <weir/weir.hpp>

#include "code/sharing.hpp"
#include "engine/access.hpp"
#include "engine/store_data.hpp"
#include "execute/entry.hpp"

namespace {

using weir::code::Word;

struct Counter {
  std::unordered_map<Word, std::uint64_t> ops;
  std::unordered_map<Word, std::unordered_map<Word, std::uint64_t>> pairs;
  Word last = 0;
  std::uint64_t total = 0;
};

void watch(void* watcher, Word const* cell) {
  auto& counter = *static_cast<Counter*>(watcher);
  ++counter.ops[*cell];
  ++counter.pairs[counter.last][*cell];
  ++counter.total;
  counter.last = *cell;
}

// "i32_add r0 slot imm"
std::string name_of(Word handler) {
  if (handler == 0) {
    return "-";
  }
  Word const cell[2] = {handler, 0};
  auto const info = weir::execute::identify(weir::execute::Backend::tail_call, cell);
  std::string text = weir::code::handler_name({info.op, info.form});
  auto const shape = weir::code::shape_of(info.op);
  for (int i = 0; i < shape.count; ++i) {
    auto const spec = shape.operands[static_cast<std::size_t>(i)];
    auto const place = weir::code::place_of(spec.role, weir::code::digit(shape, info.form, i));
    switch (place.kind) {
    case weir::code::Operand::Kind::slot: text += " s"; break;
    case weir::code::Operand::Kind::immediate: text += spec.role == 'K' ? "" : " #"; break;
    case weir::code::Operand::Kind::int_register: text += " r" + std::to_string(place.number); break;
    case weir::code::Operand::Kind::float_register: text += " f" + std::to_string(place.number); break;
    default: text += " " + std::to_string(place.number); break;
    }
  }
  return text;
}

void print(std::vector<std::pair<std::uint64_t, std::string>> rows, std::uint64_t total, std::size_t most) {
  std::ranges::sort(rows, std::greater{});
  rows.resize(std::min(rows.size(), most));
  for (auto const& [count, name] : rows) {
    std::printf("%6.2f%%  %s\n", 100.0 * static_cast<double>(count) / static_cast<double>(total), name.c_str());
  }
}

} // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::fprintf(stderr, "usage: count_ops FILE N [MOST]\n");
    return 2;
  }
  auto const most = static_cast<std::size_t>(argc > 3 ? std::atoi(argv[3]) : 40);
  weir::Engine const engine{weir::Config{}.backend(weir::Backend::tail_call)};
  auto const module = weir::Module::from_file(engine, argv[1]).value();
  weir::Store store{engine};
  auto const instance = weir::Linker{engine}.instantiate(store, module).value();
  auto const run = instance.get_typed_func<std::int32_t(std::int32_t)>(store, "run").value();
  Counter counter;
  auto& execution = *weir::detail::Access::data(store)->execution;
  execution.watch = &watch;
  execution.watcher = &counter;
  std::printf("run(%s) = %d\n", argv[2], run.call(store, std::atoi(argv[2])).value());
  std::vector<std::pair<std::uint64_t, std::string>> ops;
  std::vector<std::pair<std::uint64_t, std::string>> pairs;
  for (auto const& [word, count] : counter.ops) {
    ops.emplace_back(count, name_of(word));
  }
  for (auto const& [first, seconds] : counter.pairs) {
    for (auto const& [second, count] : seconds) {
      if (count * 500 > counter.total) {
        pairs.emplace_back(count, name_of(first) + "  ;  " + name_of(second));
      }
    }
  }
  std::printf("%llu cells\n", static_cast<unsigned long long>(counter.total));
  print(std::move(ops), counter.total, most);
  std::printf("pairs\n");
  print(std::move(pairs), counter.total, most);
} catch (std::bad_expected_access<weir::Error> const& failure) {
  std::fprintf(stderr, "%s\n", failure.error().message().c_str());
  return 1;
}
