// Tables: creation and growth. https://webassembly.github.io/spec/core/exec/modules.html#growing-tables
#pragma once

#include <cstdint>
#include <expected>
#include <memory>

#include "runtime/entities.hpp"
#include "runtime/resources.hpp"

namespace weir::runtime {

// Creates a table with the type's minimum size, every element `init`, and counts it in `resources`; the caller keeps
// it. `table->store` is left null. Errors: kinds limit, out_of_memory, or the limiter's own.
std::expected<std::unique_ptr<Table>, Error> create_table(Resources& resources, TableType const& type,
                                                          std::uint64_t init);

// Grows by `delta` elements with the value `init`. By 0 it never asks and never fails. Answers the previous size.
GrowResult grow_table(Resources& resources, Table& table, std::uint64_t delta, std::uint64_t init);

} // namespace weir::runtime
