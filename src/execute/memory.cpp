#include "execute/memory.hpp"

#include "execute/dispatch.hpp"

namespace weir::execute {

Word const* memory_table() noexcept { return family_table<code::OpFamily::memory, memory::Body>(); }

} // namespace weir::execute
