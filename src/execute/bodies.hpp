// The body of any form of any operation.
#pragma once

#include "execute/branch.hpp"
#include "execute/bulk.hpp"
#include "execute/control.hpp"
#include "execute/conversion.hpp"
#include "execute/floating.hpp"
#include "execute/indexed.hpp"
#include "execute/memory.hpp"
#include "execute/numeric.hpp"
#include "execute/variable.hpp"

namespace weir::execute {

template <Op O, int Form, code::OpFamily Family>
struct FamilyBody;

#define WEIR_FAMILY(name)                            \
  template <Op O, int Form>                          \
  struct FamilyBody<O, Form, code::OpFamily::name> { \
    using Type = name::Body<O, Form>;                \
  };
WEIR_FAMILY(numeric)
WEIR_FAMILY(conversion)
WEIR_FAMILY(floating)
WEIR_FAMILY(memory)
WEIR_FAMILY(indexed)
WEIR_FAMILY(variable)
WEIR_FAMILY(control)
WEIR_FAMILY(branch)
WEIR_FAMILY(bulk)
#undef WEIR_FAMILY

template <OpForm Which>
using BodyOf = typename FamilyBody<Which.op, Which.form, code::info(Which.op).family>::Type;

} // namespace weir::execute
