// How much a Store may take: fixed limits, and an interface for limits of the embedder's own.
#pragma once

#include <cstdint>
#include <optional>

#include <weir/error.hpp>

namespace weir {

// Fixed limits of a Store. All memories, tables and instances of the store count, whoever made them.
//
// - Initial sizes are checked like growth from 0 (an error of kind `limit` when they pass).
// - A growth is checked here first, before the memory's or the table's own maximum. Growing by 0 is never checked.
// - A refused growth makes memory.grow or table.grow return -1, or traps with trap_on_grow_failure.
// - trap_on_grow_failure also traps when the own maximum is passed and when the system has no memory.
struct StoreLimits {
  std::optional<std::uint64_t> memory_size = std::nullopt;    // bytes, each memory
  std::optional<std::uint64_t> total_memory = std::nullopt;   // bytes, all memories together
  std::optional<std::uint64_t> table_elements = std::nullopt; // elements, each table
  std::uint64_t instances = 10000;
  std::uint64_t tables = 10000;
  std::uint64_t memories = 10000;
  bool trap_on_grow_failure = false;
};

// Limits of the embedder's own, asked after StoreLimits has agreed.
//
// The functions are called on the store's thread while an operation is under way: using the store inside them is an
// error of kind `usage`. They must not throw.
class WEIR_API ResourceLimiter {
 public:
  ResourceLimiter() = default;
  ResourceLimiter(ResourceLimiter const&) = delete;
  ResourceLimiter& operator=(ResourceLimiter const&) = delete;
  virtual ~ResourceLimiter();

  // A memory wants to grow from `current` to `desired` bytes; `current` is 0 when it is being created. `maximum` is the
  // memory's own maximum in bytes, if it declares one; it has NOT been compared with `desired` yet.
  // true: allowed. false: refused (the guest sees -1, creation fails with a limit error). An error: the guest traps
  // with this message (creation fails with this error).
  virtual Result<bool> memory_growing(std::uint64_t current, std::uint64_t desired,
                                      std::optional<std::uint64_t> maximum) = 0;
  // The same for a table, in elements.
  virtual Result<bool> table_growing(std::uint64_t current, std::uint64_t desired,
                                     std::optional<std::uint64_t> maximum) = 0;

  // A growth that was allowed failed all the same: it passed the own maximum, or the system has no memory. Returning an
  // error makes the guest trap instead of seeing -1.
  virtual Result<void> memory_grow_failed(Error const& why);
  virtual Result<void> table_grow_failed(Error const& why);
};

} // namespace weir
