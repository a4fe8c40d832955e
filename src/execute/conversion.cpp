#include "execute/conversion.hpp"

#include "execute/dispatch.hpp"

namespace weir::execute {

Word const* conversion_table() noexcept { return family_table<code::OpFamily::conversion, conversion::Body>(); }

} // namespace weir::execute
