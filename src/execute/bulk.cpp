#include "execute/bulk.hpp"

#include <algorithm>
#include <cstring>

#include "execute/dispatch.hpp"

namespace weir::execute {

namespace bulk {

namespace {

using Context = runtime::InstanceContext;

TrapReason charge_bytes(Context& context, U64 bytes) noexcept {
  context.budget -= static_cast<std::int64_t>(bytes / bytes_per_fuel);
  return context.budget < 0 ? context.execution->hooks.budget_expired(context) : TrapReason::none;
}

bool is_inside(U64 at, U64 count, U64 size) noexcept { return at <= size && count <= size - at; }

// Calls step(position, bytes) for each chunk of a range and charges for it.
template <class Step>
TrapReason in_chunks(Context& context, U64 bytes, bool backwards, Step step) noexcept {
  if (bytes <= chunk_bytes) [[likely]] {
    auto const reason = charge_bytes(context, bytes);
    if (reason == TrapReason::none && bytes != 0) [[likely]] { // null is no pointer for memcpy, not even to nothing
      step(U64{0}, bytes);
    }
    return reason;
  }
  for (U64 done = 0; done < bytes;) {
    U64 const count = std::min(chunk_bytes, bytes - done);
    if (auto const reason = charge_bytes(context, count); reason != TrapReason::none) {
      return reason;
    }
    step(backwards ? bytes - done - count : done, count);
    done += count;
  }
  return TrapReason::none;
}

// The d, a, c of a cell: destination, source or value, count.
struct Range {
  U64 d = 0;
  U64 a = 0;
  U64 c = 0;
};

TrapReason memory_copy(Context& context, Range const& range, U32 to, U32 from) noexcept {
  auto const& target = *context.memories[to];
  auto const& source = *context.memories[from];
  if (!is_inside(range.d, range.c, target.size) || !is_inside(range.a, range.c, source.size)) {
    return TrapReason::out_of_bounds_memory;
  }
  return in_chunks(context, range.c, range.d > range.a, [&](U64 at, U64 bytes) {
    std::memmove(target.base + range.d + at, source.base + range.a + at, bytes);
  });
}

TrapReason memory_fill(Context& context, Range const& range, U32 memory) noexcept {
  auto const& target = *context.memories[memory];
  if (!is_inside(range.d, range.c, target.size)) {
    return TrapReason::out_of_bounds_memory;
  }
  return in_chunks(context, range.c, false, [&](U64 at, U64 bytes) {
    std::memset(target.base + range.d + at, static_cast<std::uint8_t>(range.a), bytes);
  });
}

TrapReason memory_init(Context& context, Range const& range, U32 memory, U32 segment) noexcept {
  auto const& target = *context.memories[memory];
  auto const& data = context.instance->data[segment];
  if (!is_inside(range.d, range.c, target.size) || !is_inside(range.a, range.c, data.size())) {
    return TrapReason::out_of_bounds_memory;
  }
  return in_chunks(context, range.c, false, [&](U64 at, U64 bytes) {
    std::memcpy(target.base + range.d + at, data.data() + range.a + at, bytes);
  });
}

TrapReason table_fill(Context& context, Range const& range, U32 table) noexcept {
  auto& elements = context.tables[table]->elements;
  if (!is_inside(range.d, range.c, elements.size())) {
    return TrapReason::out_of_bounds_table;
  }
  if (auto const reason = charge_bytes(context, range.c * sizeof(U64)); reason != TrapReason::none) {
    return reason;
  }
  std::fill_n(elements.data() + range.d, range.c, range.a);
  return TrapReason::none;
}

TrapReason table_copy(Context& context, Range const& range, U32 to, U32 from) noexcept {
  auto& target = context.tables[to]->elements;
  auto const& source = context.tables[from]->elements;
  if (!is_inside(range.d, range.c, target.size()) || !is_inside(range.a, range.c, source.size())) {
    return TrapReason::out_of_bounds_table;
  }
  if (auto const reason = charge_bytes(context, range.c * sizeof(U64)); reason != TrapReason::none) {
    return reason;
  }
  if (range.c != 0) {
    std::memmove(target.data() + range.d, source.data() + range.a, range.c * sizeof(U64));
  }
  return TrapReason::none;
}

TrapReason table_init(Context& context, Range const& range, U32 table, U32 segment) noexcept {
  auto& target = context.tables[table]->elements;
  auto const& source = context.instance->elements[segment];
  if (!is_inside(range.d, range.c, target.size()) || !is_inside(range.a, range.c, source.size())) {
    return TrapReason::out_of_bounds_table;
  }
  if (auto const reason = charge_bytes(context, range.c * sizeof(U64)); reason != TrapReason::none) {
    return reason;
  }
  if (range.c != 0) {
    std::memcpy(target.data() + range.d, source.data() + range.a, range.c * sizeof(U64));
  }
  return TrapReason::none;
}

TrapReason elem_drop(Context& context, U32 segment) noexcept {
  context.instance->elements[segment] = {};
  return TrapReason::none;
}

} // namespace

TrapReason move(Op op, runtime::InstanceContext& context, ByteRange const& range) noexcept {
  Range const operands{range.to, range.from, range.bytes};
  return op == Op::copy_bytes ? memory_copy(context, operands, 0, 0) : memory_fill(context, operands, 0);
}

// Operands by their letters: d, a, c are slots, b and t indices.
TrapReason run_slowly(Op op, Word const* ip, U64* frame, runtime::InstanceContext& context) noexcept {
  auto const slot = [&](U32 index) -> U64& { return frame[index]; };
  U32 const b = code::field_b(ip);
  auto const t = [&] { return static_cast<U32>(code::field_t(ip)); };
  auto const range = [&] { return Range{slot(code::field_d(ip)), slot(code::field_a(ip)), slot(code::field_c(ip))}; };
  switch (op) {
  case Op::memory_grow:
    return context.execution->hooks.memory_grow(context, {ip, frame}, b, slot(code::field_a(ip)),
                                                slot(code::field_d(ip)));
  case Op::memory_copy: return memory_copy(context, range(), b, t());
  case Op::memory_fill: return memory_fill(context, range(), b);
  case Op::memory_init: return memory_init(context, range(), b, t());
  case Op::data_drop: context.instance->data[b] = {}; return TrapReason::none;
  case Op::table_grow:
    return context.execution->hooks.table_grow(context, {ip, frame}, b, slot(code::field_a(ip)),
                                               slot(code::field_c(ip)), slot(code::field_d(ip)));
  case Op::table_fill: {
    // start d, value a, length c
    return table_fill(context, range(), b);
  }
  case Op::table_copy: return table_copy(context, range(), b, t());
  case Op::table_init: return table_init(context, range(), b, t());
  default: return elem_drop(context, b);
  }
}

} // namespace bulk

namespace {

constexpr auto bulk_forms = static_cast<std::size_t>(code::family_forms(code::OpFamily::bulk));
using BulkTable = std::array<Word, bulk_forms>;

template <Op O, std::uint64_t Unit, int... Form>
void put_moves(BulkTable& table, std::integer_sequence<int, Form...>) noexcept {
  Word const handlers[] = {tail_handler_with_units<bulk::Bytes<O, Form, Unit>, Unit>()...};
  std::ranges::copy(handlers, table.begin() + code::form_bases[static_cast<std::size_t>(O)]);
}

template <Op O, std::uint64_t Unit>
void put_moves(BulkTable& table) noexcept {
  put_moves<O, Unit>(table, std::make_integer_sequence<int, code::form_count(O)>{});
}

template <std::uint64_t Unit>
void put_moves(BulkTable& table) noexcept {
  put_moves<Op::copy_bytes, Unit>(table);
  put_moves<Op::fill_bytes, Unit>(table);
}

BulkTable bulk_handlers() noexcept {
  BulkTable table{};
  if (Word const* const portable = family_table<code::OpFamily::bulk, bulk::Body>(); portable != nullptr) {
    std::copy_n(portable, bulk_forms, table.begin());
  }
  std::uint64_t const unit = has_handlers_with_units ? platform::preferred_unit() : 0;
  if (unit == 64) {
    put_moves<64>(table);
  } else if (unit == 32) {
    put_moves<32>(table);
  }
  return table;
}

} // namespace

// Ranges are moved as this processor does it quickest.
Word const* bulk_table() noexcept {
  static BulkTable const table = bulk_handlers();
  return table.data();
}

} // namespace weir::execute
