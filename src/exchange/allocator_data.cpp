#include "exchange/allocator_data.hpp"

#include <bit>

#include <fmt/format.h>

namespace weir::exchange::detail {

namespace {

// AssemblyScript's class id of ArrayBuffer: plain bytes.
constexpr std::uint64_t array_buffer_id = 1;

std::uint64_t value_of(Role role, AllocatorArguments const& arguments) noexcept {
  switch (role) {
  case Role::pointer: return arguments.pointer;
  case Role::old_size: return arguments.old_size;
  case Role::alignment: return arguments.alignment;
  case Role::size: return arguments.size;
  case Role::class_id: return array_buffer_id;
  }
  return 0;
}

} // namespace

Result<std::uint64_t> AllocatorData::call(StoreContext context, AllocatorFunction const& function,
                                          AllocatorArguments const& arguments) const {
  std::array<Val, 4> values;
  for (std::size_t i = 0; i < function.roles.size(); ++i) {
    auto const value = value_of(function.roles[i], arguments);
    if (!is_64 && value > UINT32_MAX) {
      return std::unexpected(
          Error{ErrorKind::usage, fmt::format("`{}`: {} is more than a 32-bit memory can have", function.name, value)});
    }
    values[i] = is_64 && function.roles[i] != Role::class_id ? Val{value} : Val{static_cast<std::uint32_t>(value)};
  }
  std::array<Val, 1> results;
  auto const done = function.func.call(context, std::span{values}.first(function.roles.size()),
                                       std::span{results}.first(function.has_result ? 1 : 0));
  if (!done.has_value()) {
    return std::unexpected(done.error());
  }
  return function.has_result ? results[0].bits() : 0;
}

Result<void> AllocatorData::grant(StoreContext context, MemoryRange range, std::uint64_t alignment,
                                  std::string const& who) const {
  auto const refuse = [&](std::string const& why) {
    return std::unexpected(Error{ErrorKind::guest, fmt::format("{}{}", who, why)});
  };
  if (range.address == 0) {
    auto const refused = memory.refused_growths(context);
    return refuse(refused.has_value() && !refused->empty()
                      ? fmt::format(", which is null: memory.grow of {} pages was {}", refused->back().by,
                                    refused->back().refusal)
                      : std::string{", which is null: the guest has no memory for it, or refuses"});
  }
  auto const memory_size = memory.size(context);
  if (!memory_size.has_value()) {
    return std::unexpected(memory_size.error());
  }
  if (range.address > *memory_size || range.size > *memory_size - range.address) {
    return refuse(
        fmt::format(", but {} bytes there pass the end of its memory of {:#x} bytes", range.size, *memory_size));
  }
  if (range.address % alignment != 0) {
    return refuse(fmt::format(", which is not aligned to {} bytes as asked for", alignment));
  }
  for (auto const& [kept, what] : kept_out) {
    if (range.address < kept.address + kept.size && kept.address < range.address + range.size) {
      return refuse(fmt::format(", but {} bytes there overlap {} [{:#x}, {:#x})", range.size, what, kept.address,
                                kept.address + kept.size));
    }
  }
  auto const added = memory.add_grant(context, range.address, range.size);
  if (!added.has_value()) {
    return refuse(
        fmt::format(", but {}; if the guest has freed the earlier ones itself, release() their buffer when it "
                    "takes them over",
                    added.error().message()));
  }
  return {};
}

Result<void> AllocatorData::free(StoreContext context, MemoryRange range, std::uint64_t alignment) const {
  // First: the guest may hand the same bytes out again before its function returns.
  if (auto removed = memory.remove_grant(context, range.address); !removed.has_value()) {
    return removed;
  }
  if (!deallocate.has_value()) {
    return {};
  }
  auto const done =
      call(context, *deallocate, {.pointer = range.address, .old_size = range.size, .alignment = alignment, .size = 0});
  if (!done.has_value()) {
    return std::unexpected(Error{done.error().kind(),
                                 fmt::format("freeing {} bytes at {:#x} through the guest's `{}`: {}", range.size,
                                             range.address, deallocate->name, done.error().message()),
                                 done.error().shared_trap()});
  }
  return {};
}

} // namespace weir::exchange::detail
