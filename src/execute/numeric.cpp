#include "execute/numeric.hpp"

#include "execute/dispatch.hpp"

namespace weir::execute {

Word const* numeric_table() noexcept { return family_table<code::OpFamily::numeric, numeric::Body>(); }

} // namespace weir::execute
