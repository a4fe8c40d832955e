// How guest functions hand bytes back.
#include <array>

#include <fmt/format.h>

#include <weir/exchange/allocator.hpp>

#include "exchange/allocator_data.hpp"

namespace weir::exchange {

using detail::guarded;

namespace {

char const* shape_of_returns(Returns::Style style) noexcept {
  switch (style) {
  case Returns::Style::pointer: return "one i32, the pointer";
  case Returns::Style::packed_high: return "one i64, pointer << 32 | length";
  case Returns::Style::packed_low: return "one i64, length << 32 | pointer";
  case Returns::Style::out_pointer: return "nothing, but write pointer and length to an area";
  case Returns::Style::pair: return "two i32, pointer and length";
  }
  return "something";
}

bool fits(Returns::Style style, std::vector<ValType> const& results) {
  switch (style) {
  case Returns::Style::pointer: return results == std::vector{ValType::i32()};
  case Returns::Style::packed_high:
  case Returns::Style::packed_low: return results == std::vector{ValType::i64()};
  case Returns::Style::out_pointer: return results.empty();
  case Returns::Style::pair: return results == std::vector{ValType::i32(), ValType::i32()};
  }
  return false;
}

// Calls with an area of two words in guest memory as the first argument.
Result<MemoryRange> call_with_area(GuestAllocator const& allocator, StoreContext store, Func const& function,
                                   std::span<Val const> arguments) {
  auto area = allocator.put(std::array<std::uint32_t, 2>{});
  if (!area.has_value()) {
    return std::unexpected(area.error());
  }
  std::vector<Val> all{area->ptr()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  if (auto const done = function.call(store, all, {}); !done.has_value()) {
    (void)area->release(); // what a guest that trapped thinks of it is not known
    return std::unexpected(done.error());
  }
  auto const words = area->get<std::array<std::uint32_t, 2>>(0);
  if (!words.has_value()) {
    return std::unexpected(words.error());
  }
  return MemoryRange{(*words)[0], (*words)[1]};
}

Result<MemoryRange> call_for_range(GuestAllocator const& allocator, StoreContext store, Func const& function,
                                   Returns returns, std::span<Val const> arguments) {
  auto const type = function.type(store);
  if (!type.has_value()) {
    return std::unexpected(type.error());
  }
  if (!fits(returns.style, type->results())) {
    return std::unexpected(Error{ErrorKind::usage, fmt::format("the function is {}, expected it to return {}",
                                                               to_string(*type), shape_of_returns(returns.style))});
  }
  if (returns.style == Returns::Style::out_pointer) {
    return call_with_area(allocator, store, function, arguments);
  }
  std::array<Val, 2> results;
  auto const done = function.call(store, arguments, std::span{results}.first(type->results().size()));
  if (!done.has_value()) {
    return std::unexpected(done.error());
  }
  auto const first = results[0].bits();
  switch (returns.style) {
  case Returns::Style::pointer: return MemoryRange{first, returns.length};
  case Returns::Style::packed_high: return MemoryRange{first >> 32, first & UINT32_MAX};
  case Returns::Style::packed_low: return MemoryRange{first & UINT32_MAX, first >> 32};
  default: return MemoryRange{first, results[1].bits()};
  }
}

} // namespace

Result<MemoryRange> GuestAllocator::call(Func const& function, Returns returns, std::span<Val const> arguments) const {
  return guarded([&]() -> Result<MemoryRange> {
    auto const store = data_->store.get();
    if (!store.has_value()) {
      return std::unexpected(store.error());
    }
    auto const range = call_for_range(*this, *store, function, returns, arguments);
    if (!range.has_value()) {
      return range;
    }
    if (range->address == 0 && range->size != 0) {
      return std::unexpected(Error{ErrorKind::guest, fmt::format("the guest returned null for {} bytes", range->size)});
    }
    auto const checked = CheckedRange::check(*store, data_->memory, *range);
    if (!checked.has_value()) {
      return std::unexpected(
          Error{checked.error().kind(), fmt::format("what the guest returned is {}", checked.error().message())});
    }
    return range;
  });
}

Result<MemoryRange> GuestAllocator::call(std::string_view exported, Returns returns,
                                         std::initializer_list<Val> arguments) const {
  auto const store = data_->store.get();
  if (!store.has_value()) {
    return std::unexpected(store.error());
  }
  auto const function = data_->instance.get_func(*store, exported);
  if (!function.has_value()) {
    return std::unexpected(function.error());
  }
  return call(*function, returns, std::span{arguments.begin(), arguments.size()});
}

} // namespace weir::exchange
