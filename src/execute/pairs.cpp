#include "code/pairs.hpp"

#include <utility>

#include "execute/bodies.hpp"
#include "execute/dispatch.hpp"

namespace weir::execute {

namespace {

// The first cell of a pair goes on behind itself, but for traps; the second one calls nothing that has a frame.
constexpr bool may_lead(Op op) noexcept {
  auto const family = code::info(op).family;
  return family != code::OpFamily::control && family != code::OpFamily::branch && family != code::OpFamily::bulk &&
         op != Op::copy_range;
}
constexpr bool may_follow(Op op) noexcept {
  return code::info(op).family == code::OpFamily::control
             ? op == Op::call || op == Op::call_indirect
             : may_lead(op) || code::info(op).family == code::OpFamily::branch;
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
