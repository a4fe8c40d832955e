#include "execute/floating.hpp"

#include "execute/dispatch.hpp"

namespace weir::execute {

Word const* floating_table() noexcept { return family_table<code::OpFamily::floating, floating::Body>(); }

} // namespace weir::execute
