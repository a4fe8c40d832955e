#include "execute/variable.hpp"

#include "execute/dispatch.hpp"

namespace weir::execute {

Word const* variable_table() noexcept { return family_table<code::OpFamily::variable, variable::Body>(); }

} // namespace weir::execute
