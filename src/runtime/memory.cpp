#include "runtime/memory.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "runtime/context.hpp"
#include "wasm/limits.hpp"

namespace weir::runtime {

namespace {

constexpr std::uint64_t page = wasm::limits::page_bytes;
constexpr std::uint64_t no_size = std::numeric_limits<std::uint64_t>::max();

// In bytes; saturates.
std::uint64_t to_bytes(std::uint64_t pages) noexcept { return pages > no_size / page ? no_size : pages * page; }

std::optional<std::uint64_t> declared_maximum(MemoryType const& type) noexcept {
  return type.limits.max.has_value() ? std::optional{to_bytes(*type.limits.max)} : std::nullopt;
}

// What a memory of this type can't pass.
LimitFacts maximum_facts(MemoryType const& type, std::uint64_t asked, std::uint64_t in_use) noexcept {
  return {type.limits.max.has_value() ? LimitKind::declared_maximum : LimitKind::format_maximum, asked, in_use,
          to_bytes(maximum_pages(type))};
}

// Gives the memory a larger reservation, and moves its bytes there.
bool move_memory(OwnedMemory& memory, std::uint64_t bytes, std::uint64_t most) {
  if (memory.pins != 0) {
    return false;
  }
  // Room for further growth, if it can be had.
  std::uint64_t const roomy = std::min(most, bytes > no_size / 2 ? bytes : bytes * 2);
  auto reservation = platform::Reservation::reserve(roomy, bytes);
  if (reservation.base() == nullptr) {
    reservation = platform::Reservation::reserve(bytes, bytes);
  }
  if (reservation.base() == nullptr) {
    return false;
  }
  if (memory.size != 0) {
    std::memcpy(reservation.base(), memory.base, memory.size);
  }
  memory.reservation = std::move(reservation);
  memory.base = memory.reservation.base();
  memory.reserved = memory.reservation.size();
  return true;
}

// Tells everyone who looks at the memory.
void change_size(OwnedMemory& memory, std::uint64_t bytes, bool was_reset) noexcept {
  memory.size = bytes;
  ++memory.generation;
  if (memory.guard != nullptr) {
    memory.guard->size.store(bytes, std::memory_order_relaxed);
    memory.guard->host_grew_last.store(false, std::memory_order_relaxed);
    memory.guard->was_reset.store(was_reset, std::memory_order_relaxed);
    memory.guard->generation.store(memory.generation, std::memory_order_release);
  }
  for (InstanceContext* const context : memory.contexts) {
    context->set_memory(memory.base, memory.size);
  }
}

} // namespace

OwnedMemory::~OwnedMemory() {
  if (guard != nullptr) {
    guard->generation.store(detail::ViewGuard::gone, std::memory_order_release);
  }
}

std::uint64_t maximum_pages(MemoryType const& type) noexcept {
  std::uint64_t const most = type.is_64 ? std::uint64_t{1} << 48 : wasm::limits::memory32_pages;
  return std::min(type.limits.max.value_or(most), most);
}

std::expected<std::unique_ptr<OwnedMemory>, Error> create_memory(Resources& resources, MemoryType const& type,
                                                                 std::uint64_t reservation) {
  if (auto allowed = resources.ask_another_memory(); !allowed.has_value()) {
    return std::unexpected(std::move(allowed).error());
  }
  std::uint64_t const bytes = to_bytes(type.limits.min);
  if (auto allowed = resources.ask_memory(0, bytes, declared_maximum(type)); !allowed.has_value()) {
    return std::unexpected(std::move(allowed).error().error);
  }
  if (type.limits.min > maximum_pages(type)) {
    return std::unexpected(resources.memory_failed(maximum_facts(type, bytes, 0)).error);
  }
  auto memory = std::make_unique<OwnedMemory>();
  std::uint64_t const wanted = std::max(bytes, std::min(reservation, to_bytes(maximum_pages(type))));
  memory->reservation = platform::Reservation::reserve(wanted, bytes);
  if (memory->reservation.base() == nullptr) {
    // Address space may be scarce where memory is not.
    memory->reservation = platform::Reservation::reserve(bytes, bytes);
  }
  if (memory->reservation.base() == nullptr) {
    return std::unexpected(resources.memory_failed({LimitKind::system, bytes, 0, std::nullopt}).error);
  }
  memory->base = memory->reservation.base();
  memory->reserved = memory->reservation.size();
  memory->size = bytes;
  memory->type = type;
  resources.memory_created();
  resources.memory_resized(0, bytes);
  return memory;
}

GrowResult grow_memory(Resources& resources, OwnedMemory& memory, std::uint64_t delta) {
  std::uint64_t const old_bytes = memory.size;
  std::uint64_t const old_pages = old_bytes / page;
  if (delta == 0) {
    return old_pages;
  }
  std::uint64_t const pages = delta > no_size - old_pages ? no_size : old_pages + delta;
  std::uint64_t const bytes = to_bytes(pages);
  if (auto allowed = resources.ask_memory(old_bytes, bytes, declared_maximum(memory.type)); !allowed.has_value()) {
    return std::unexpected(std::move(allowed).error());
  }
  std::uint64_t const most = maximum_pages(memory.type);
  if (pages > most) {
    return std::unexpected(resources.memory_failed(maximum_facts(memory.type, bytes, old_bytes)));
  }
  if (!memory.reservation.commit(bytes) && !move_memory(memory, bytes, to_bytes(most))) {
    auto const limit = memory.pins != 0 ? LimitKind::pinned : LimitKind::system;
    return std::unexpected(resources.memory_failed({limit, bytes, old_bytes, std::nullopt}));
  }
  change_size(memory, bytes, false);
  resources.memory_resized(old_bytes, bytes);
  return old_pages;
}

void reset_memory(Resources& resources, OwnedMemory& memory) noexcept {
  std::uint64_t const old_bytes = memory.size;
  std::uint64_t const bytes = to_bytes(memory.type.limits.min);
  memory.reservation.clear(old_bytes);
  memory.grants = {};
  memory.journal = {};
  memory.host_ranges = {};
  memory.host_grown = {};
  memory.read_only = {};
  change_size(memory, bytes, true);
  resources.memory_resized(old_bytes, bytes);
}

} // namespace weir::runtime
