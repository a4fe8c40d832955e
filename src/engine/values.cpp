#include "engine/values.hpp"

#include <cmath>

#include <fmt/format.h>

#include "code/frame.hpp"

namespace weir::engine {

using detail::Access;

Result<void> to_slots(detail::StoreData& store, Val const& value, ValType type, std::uint64_t* slots,
                      std::string_view what) {
  if (value.type() != type) {
    return std::unexpected(Error{ErrorKind::usage, fmt::format("{}: expected a value of type {}, got {}", what,
                                                               to_string(type), to_string(value.type()))});
  }
  if (type == ValType::funcref()) {
    auto const& handle = Access::handle(Access::func(value));
    if (handle.object != nullptr && handle.store != store.id) {
      return std::unexpected(Error{ErrorKind::usage, fmt::format("{}: the function belongs to another store", what)});
    }
    slots[0] = reinterpret_cast<std::uintptr_t>(handle.object);
  } else if (type == ValType::externref()) {
    slots[0] = keep_extern(store, Access::externref(value));
  } else {
    slots[0] = Access::bits(value)[0];
    if (code::slot_width(type) == 2) {
      slots[1] = Access::bits(value)[1];
    }
  }
  return {};
}

Val from_slots(detail::StoreData& store, ValType type, std::uint64_t const* slots) {
  if (type == ValType::i32()) {
    return static_cast<std::uint32_t>(slots[0]);
  }
  if (type == ValType::i64()) {
    return slots[0];
  }
  if (type == ValType::f32()) {
    return Val::f32_bits(static_cast<std::uint32_t>(slots[0]));
  }
  if (type == ValType::f64()) {
    return Val::f64_bits(slots[0]);
  }
  if (type == ValType::v128()) {
    return std::bit_cast<V128>(std::array{slots[0], slots[1]});
  }
  if (type == ValType::funcref()) {
    return detail::func_from_slot(Access::context(&store), slots[0]);
  }
  return detail::extern_from_slot(slots[0]);
}

Result<void> all_to_slots(detail::StoreData& store, std::span<Val const> values, std::span<ValType const> types,
                          std::uint64_t* slots, std::string_view what) {
  if (values.size() != types.size()) {
    return std::unexpected(Error{ErrorKind::usage, fmt::format("the function takes {} {}{}, got {}", types.size(), what,
                                                               types.size() == 1 ? "" : "s", values.size())});
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    // The common case makes no text.
    bool const fits = values[i].type() == types[i] && types[i].is_num();
    auto done = to_slots(store, values[i], types[i], slots, fits ? std::string{} : fmt::format("{} {}", what, i + 1));
    if (!done.has_value()) {
      return done;
    }
    slots += code::slot_width(types[i]);
  }
  return {};
}

void all_from_slots(detail::StoreData& store, std::span<ValType const> types, std::uint64_t const* slots,
                    std::span<Val> values) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    values[i] = from_slots(store, types[i], slots);
    slots += code::slot_width(types[i]);
  }
}

} // namespace weir::engine

namespace weir {

namespace {

// Payload and sign of a NaN, or the shortest text that reads back as the same number.
template <class F, class Bits>
std::string float_text(char const* type, F value, Bits bits, Bits payload_mask) {
  if (std::isnan(value)) {
    return fmt::format("{}:{}nan:{:#x}", type, std::signbit(value) ? "-" : "", bits & payload_mask);
  }
  return fmt::format("{}:{}", type, value);
}

} // namespace

std::string to_string(Val const& value) {
  if (auto const i32 = value.i32()) {
    return fmt::format("i32:{}", *i32);
  }
  if (auto const i64 = value.i64()) {
    return fmt::format("i64:{}", *i64);
  }
  if (auto const f32 = value.f32()) {
    return float_text("f32", *f32, static_cast<std::uint32_t>(value.bits()), std::uint32_t{0x7FFFFF});
  }
  if (auto const f64 = value.f64()) {
    return float_text("f64", *f64, value.bits(), std::uint64_t{0xFFFFFFFFFFFFF});
  }
  if (auto const v128 = value.v128()) {
    auto const words = std::bit_cast<std::array<std::uint64_t, 2>>(*v128);
    return fmt::format("v128:{:#018x} {:#018x}", words[1], words[0]);
  }
  if (auto const func = value.funcref()) {
    return func->is_null() ? "funcref:null" : "funcref:function";
  }
  if (auto const object = value.externref()) {
    return object->is_null() ? "externref:null" : "externref:object";
  }
  return to_string(value.type()) + ":null";
}

} // namespace weir
