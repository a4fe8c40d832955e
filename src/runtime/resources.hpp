// What a store has taken of the host's resources, and what it may take.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include <weir/error.hpp>
#include <weir/limiter.hpp>

namespace weir::runtime {

// What is counted: of sizes in words.
enum class Unit : std::uint8_t { bytes, stack_bytes, elements, instructions, nanoseconds, objects };

// "65536 bytes (1 page)", "3 elements", "50.3 ms", "7"
std::string amount_text(std::uint64_t amount, Unit unit);
// "asked 131072 bytes (2 pages), in use 65536 bytes (1 page), allowed 65536 bytes (1 page)"
std::string facts_text(LimitFacts const& facts, Unit unit);
// "refused by StoreLimits::memory_size: asked ..."
std::string refusal_text(LimitFacts const& facts, Unit unit);

// A growth that did not happen. The guest sees -1, unless must_trap.
struct GrowFailure {
  Error error; // "growing a memory by 1 page was refused by ...", or the limiter's own
  bool must_trap = false;
  LimitFacts facts;
  std::string refusal; // "refused by StoreLimits::memory_size: asked ..., in use ..., allowed ..."
};

using GrowResult = std::expected<std::uint64_t, GrowFailure>; // the previous size in pages or elements

// Enforces StoreLimits and asks the embedder's limiter. The order of questions, for growth and for initial sizes alike:
// 1. StoreLimits, 2. the limiter, and only then (the caller's business) 3. the object's own maximum, 4. the system.
// Failures of 3 and 4 are reported through memory_failed() and table_failed().
class Resources {
 public:
  StoreLimits limits;
  std::shared_ptr<ResourceLimiter> limiter;

  // Sizes in bytes. `current` is 0 for a memory that is being created.
  std::expected<void, GrowFailure> ask_memory(std::uint64_t current, std::uint64_t desired,
                                              std::optional<std::uint64_t> maximum);
  std::expected<void, GrowFailure> ask_table(std::uint64_t current, std::uint64_t desired,
                                             std::optional<std::uint64_t> maximum);
  // A growth that was allowed failed: by facts.limit. Gives what is to be told of it, or what the limiter makes of it.
  GrowFailure memory_failed(LimitFacts const& facts);
  GrowFailure table_failed(LimitFacts const& facts);

  // Whether one more may be created.
  std::expected<void, Error> ask_instance() const;
  std::expected<void, Error> ask_another_memory() const;
  std::expected<void, Error> ask_another_table() const;

  // Bookkeeping, after success.
  struct InUse {
    std::uint64_t total_memory = 0; // bytes
    std::uint64_t instances = 0;
    std::uint64_t memories = 0;
    std::uint64_t tables = 0;
  };
  void memory_resized(std::uint64_t from, std::uint64_t to) noexcept { in_use_.total_memory += to - from; }
  void memory_created() noexcept { ++in_use_.memories; }
  void table_created() noexcept { ++in_use_.tables; }
  void instance_created() noexcept { ++in_use_.instances; }
  InUse const& in_use() const noexcept { return in_use_; }
  void set_in_use(InUse const& in_use) noexcept { in_use_ = in_use; }

  // True while the limiter is being asked: it must not use the store.
  bool is_asking() const noexcept { return asking_; }

 private:
  InUse in_use_;
  bool asking_ = false;
};

} // namespace weir::runtime
