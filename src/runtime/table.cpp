#include "runtime/table.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "platform/alloc_guard.hpp"
#include "wasm/limits.hpp"

namespace weir::runtime {

namespace {

std::uint64_t maximum_elements(TableType const& type) noexcept {
  return std::min<std::uint64_t>(type.limits.max.value_or(wasm::limits::table_elements), wasm::limits::table_elements);
}

LimitFacts maximum_facts(TableType const& type, std::uint64_t asked, std::uint64_t in_use) noexcept {
  bool const is_declared = type.limits.max.value_or(wasm::limits::table_elements + 1) <= wasm::limits::table_elements;
  return {is_declared ? LimitKind::declared_maximum : LimitKind::format_maximum, asked, in_use, maximum_elements(type)};
}

} // namespace

std::expected<std::unique_ptr<Table>, Error> create_table(Resources& resources, TableType const& type,
                                                          std::uint64_t init) {
  if (auto allowed = resources.ask_another_table(); !allowed.has_value()) {
    return std::unexpected(std::move(allowed).error());
  }
  std::uint64_t const size = type.limits.min;
  if (auto allowed = resources.ask_table(0, size, type.limits.max); !allowed.has_value()) {
    return std::unexpected(std::move(allowed).error().error);
  }
  if (size > maximum_elements(type)) {
    return std::unexpected(resources.table_failed(maximum_facts(type, size, 0)).error);
  }
  auto table = std::make_unique<Table>();
  if (!platform::had_memory([&] { table->elements.assign(size, init); })) {
    return std::unexpected(resources.table_failed({LimitKind::system, size, 0, std::nullopt}).error);
  }
  table->type = type;
  resources.table_created();
  return table;
}

GrowResult grow_table(Resources& resources, Table& table, std::uint64_t delta, std::uint64_t init) {
  std::uint64_t const old_size = table.elements.size();
  if (delta == 0) {
    return old_size;
  }
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t const size = delta > most - old_size ? most : old_size + delta;
  if (auto allowed = resources.ask_table(old_size, size, table.type.limits.max); !allowed.has_value()) {
    return std::unexpected(std::move(allowed).error());
  }
  if (size > maximum_elements(table.type)) {
    return std::unexpected(resources.table_failed(maximum_facts(table.type, size, old_size)));
  }
  if (!platform::had_memory([&] { table.elements.resize(size, init); })) {
    return std::unexpected(resources.table_failed({LimitKind::system, size, old_size, std::nullopt}));
  }
  return old_size;
}

} // namespace weir::runtime
