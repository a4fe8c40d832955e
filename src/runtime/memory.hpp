// Linear memories: creation and growth. https://webassembly.github.io/spec/core/exec/modules.html#growing-memories
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>

#include "platform/virtual_memory.hpp"
#include "runtime/entities.hpp"
#include "runtime/grants.hpp"
#include "runtime/journal.hpp"
#include "runtime/range_set.hpp"
#include "runtime/read_only.hpp"
#include "runtime/resources.hpp"

namespace weir::detail {

// Outlives its memory in the hands of views. The memory's generation, or `gone` once the store was destroyed.
struct ViewGuard {
  static constexpr std::uint64_t gone = ~std::uint64_t{0};
  std::atomic<std::uint64_t> generation{0};
  std::atomic<std::uint64_t> size{0};      // bytes, after the last growth
  std::atomic<bool> host_grew_last{false}; // else the guest
  std::atomic<bool> was_reset{false};      // the last change was no growth
};

} // namespace weir::detail

namespace weir::runtime {

// A memory with what only its owner, the store, needs to know.
struct OwnedMemory : Memory {
  OwnedMemory() = default;
  OwnedMemory(OwnedMemory const&) = delete;
  OwnedMemory& operator=(OwnedMemory const&) = delete;
  ~OwnedMemory();

  platform::Reservation reservation;
  std::shared_ptr<detail::ViewGuard> guard; // made by the first view
  Grants grants;
  WriteJournal journal;
  RangeSet host_ranges;     // that the host may write to by its own word
  RangeSet host_grown;      // added by the host, not by the guest
  ReadOnlyRanges read_only; // that nobody is to change
  std::uint32_t pins = 0;   // while above 0 the bytes must stay where they are
};

// The largest size that the type permits, in pages.
std::uint64_t maximum_pages(MemoryType const& type) noexcept;

// Creates a memory with the type's minimum size and counts it in `resources`; the caller keeps it. Address space is
// reserved up to `reservation` bytes or what the type permits, whichever is less, so that growth there does not move
// the bytes. `memory->store` is left null. Errors: kinds limit, out_of_memory, or the limiter's own.
std::expected<std::unique_ptr<OwnedMemory>, Error> create_memory(Resources& resources, MemoryType const& type,
                                                                 std::uint64_t reservation);

// Grows by `delta` pages and brings every context that caches the memory up to date. By 0 it never asks and never
// fails. Answers the previous size in pages.
GrowResult grow_memory(Resources& resources, OwnedMemory& memory, std::uint64_t delta);

// Makes the memory what it was when it was created: of its type's minimum size, and zero. What the host did to it and
// was handed out of it is forgotten. Contexts that cache the memory are brought up to date, views become stale.
// Precondition: no guest code that can reach it is running, and pins is 0.
void reset_memory(Resources& resources, OwnedMemory& memory) noexcept;

} // namespace weir::runtime
