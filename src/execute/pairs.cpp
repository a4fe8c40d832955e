#include "code/pairs.hpp"

#include <utility>

#include "execute/bodies.hpp"
#include "execute/dispatch.hpp"

namespace weir::execute {

namespace {

// The first cell of a pair may go on behind itself; neither calls anything that has a frame.
constexpr bool may_lead(Op op) noexcept {
  auto const family = code::info(op).family;
  return op == Op::enter ||
         (family != code::OpFamily::control && family != code::OpFamily::bulk && op != Op::copy_range && op != Op::br);
}
constexpr bool may_follow(Op op) noexcept {
  switch (op) {
  case Op::br:
  case Op::br_table:
  case Op::call:
  case Op::call_indirect:
  case Op::leave0:
  case Op::leave1_int:
  case Op::leave1_float: return true;
  default: return may_lead(op) && op != Op::enter;
  }
}
static_assert(std::ranges::all_of(code::all_pairs, [](code::Pair const& pair) {
  return may_lead(pair.first.op) && may_follow(pair.second.op);
}));

// What dispatch.hpp makes a handler of.
template <code::Pair Which>
struct Bodies {
  template <class Backend>
  static constexpr auto handler() noexcept {
    return &Backend::template pair_handler<BodyOf<Which.first>, BodyOf<Which.second>>;
  }
};

template <std::size_t... I>
Word const* handlers_of(std::index_sequence<I...>) noexcept {
  return pair_handlers<Bodies<code::all_pairs[I]>...>();
}

} // namespace

code::PairIndex tail_pairs() noexcept {
  if constexpr (has_pairs) {
    return code::pair_index(handlers_of(std::make_index_sequence<code::pair_count>{}));
  } else {
    return {};
  }
}

} // namespace weir::execute
