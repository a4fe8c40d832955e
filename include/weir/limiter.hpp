// How much a Store may take: fixed limits, and an interface for limits of the embedder's own.
#pragma once

#include <cstdint>
#include <optional>

#include <weir/error.hpp>

namespace weir {

// What can refuse to let something grow, come to be or go on.
enum class LimitKind : std::uint8_t {
  memory_size, // StoreLimits
  total_memory,
  table_elements,
  instances,
  tables,
  memories,
  limiter,          // the ResourceLimiter
  declared_maximum, // of the memory's or the table's own type
  format_maximum,   // of WebAssembly, where the type declares none
  pinned,           // growing would move a memory that the host writes in (Memory::with_mutable)
  system,           // the operating system has no memory left
  stack,            // Config::max_stack_bytes
  recursion,        // Config::max_recursion_depth
  fuel,             // Store::set_fuel
  deadline,         // Store::set_deadline
};

// Where the limit is set, for messages: "StoreLimits::memory_size", "the ResourceLimiter", "the declared maximum", ...
WEIR_API char const* to_string(LimitKind limit) noexcept;

// What a limit refused. Memories and the stack in bytes, tables in elements, fuel in instructions, a deadline in
// nanoseconds since it was set; else counts.
struct LimitFacts {
  LimitKind limit = LimitKind::system;
  std::optional<std::uint64_t> asked;   // the size or number that would have been reached; nothing: not known
  std::uint64_t in_use = 0;             // before; with total_memory that of all memories
  std::optional<std::uint64_t> allowed; // nothing: no number decides (limiter, pinned, system)
};

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
