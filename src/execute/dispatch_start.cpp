#include "execute/dispatch_start.hpp"

#include "execute/dispatch.hpp"

namespace weir::execute {

#ifndef WEIR_PRESERVE_NONE
void start_tail_calls([[maybe_unused]] Word const* first, [[maybe_unused]] std::uint64_t* frame,
                      [[maybe_unused]] runtime::InstanceContext* context, [[maybe_unused]] Word const* back,
                      [[maybe_unused]] std::int64_t budget) noexcept {
#if WEIR_HAS_TAIL_CALLS
  Tail::start(first, frame, context, back, budget);
#endif
}
#endif

} // namespace weir::execute
