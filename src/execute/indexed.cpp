#include "execute/indexed.hpp"

#include "execute/dispatch.hpp"

namespace weir::execute {

Word const* indexed_table() noexcept { return family_table<code::OpFamily::indexed, indexed::Body>(); }

} // namespace weir::execute
