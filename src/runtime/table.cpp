#include "runtime/table.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "platform/alloc_guard.hpp"
#include "wasm/limits.hpp"

namespace weir::runtime {

namespace {

std::uint64_t maximum_elements(TableType const& type) noexcept {
  return std::min<std::uint64_t>(type.limits.max.value_or(wasm::limits::table_elements), wasm::limits::table_elements);
}

Error no_memory(std::uint64_t elements) {
  return {ErrorKind::out_of_memory, fmt::format("the system has no memory for a table of {} elements", elements)};
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
    return std::unexpected(
        resources
            .table_failed({ErrorKind::limit, fmt::format("a table of {} elements passes the maximum of {}", size,
                                                         maximum_elements(type))})
            .error);
  }
  auto table = std::make_unique<Table>();
  if (!platform::had_memory([&] { table->elements.assign(size, init); })) {
    return std::unexpected(resources.table_failed(no_memory(size)).error);
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
  constexpr std::uint64_t no_size = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t const size = delta > no_size - old_size ? no_size : old_size + delta;
  if (auto allowed = resources.ask_table(old_size, size, table.type.limits.max); !allowed.has_value()) {
    return std::unexpected(std::move(allowed).error());
  }
  if (size > maximum_elements(table.type)) {
    return std::unexpected(resources.table_failed(
        {ErrorKind::limit, fmt::format("growing a table from {} by {} elements would pass its maximum of {}", old_size,
                                       delta, maximum_elements(table.type))}));
  }
  if (!platform::had_memory([&] { table.elements.resize(size, init); })) {
    return std::unexpected(resources.table_failed(no_memory(size)));
  }
  return old_size;
}

} // namespace weir::runtime
