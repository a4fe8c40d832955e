#include "execute/branch.hpp"

#include "execute/dispatch.hpp"

namespace weir::execute {

Word const* branch_table() noexcept { return family_table<code::OpFamily::branch, branch::Body>(); }

} // namespace weir::execute
