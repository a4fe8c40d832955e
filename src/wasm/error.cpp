#include <weir/error.hpp>

namespace weir {

char const* to_string(ErrorKind kind) noexcept {
  switch (kind) {
  case ErrorKind::malformed: return "malformed";
  case ErrorKind::invalid: return "invalid";
  case ErrorKind::unsupported: return "unsupported";
  case ErrorKind::limit: return "limit";
  case ErrorKind::link: return "link";
  case ErrorKind::trap: return "trap";
  case ErrorKind::exhausted: return "exhausted";
  case ErrorKind::out_of_memory: return "out_of_memory";
  case ErrorKind::usage: return "usage";
  case ErrorKind::io: return "io";
  case ErrorKind::host: return "host";
  case ErrorKind::guest: return "guest";
  }
  return "unknown";
}

char const* to_string(TrapReason reason) noexcept {
  switch (reason) {
  case TrapReason::none: return "none";
  case TrapReason::unreachable: return "unreachable";
  case TrapReason::out_of_bounds_memory: return "out of bounds memory access";
  case TrapReason::out_of_bounds_table: return "out of bounds table access";
  case TrapReason::uninitialized_element: return "uninitialized element";
  case TrapReason::undefined_element: return "undefined element";
  case TrapReason::indirect_call_type_mismatch: return "indirect call type mismatch";
  case TrapReason::integer_divide_by_zero: return "integer divide by zero";
  case TrapReason::integer_overflow: return "integer overflow";
  case TrapReason::invalid_conversion_to_integer: return "invalid conversion to integer";
  case TrapReason::call_stack_exhausted: return "call stack exhausted";
  case TrapReason::out_of_fuel: return "out of fuel";
  case TrapReason::interrupted: return "interrupted";
  case TrapReason::deadline_reached: return "deadline reached";
  case TrapReason::growth_refused: return "growth refused";
  case TrapReason::host_error: return "host function failed";
  case TrapReason::host_memory: return "the system has no memory for the guest's run";
  case TrapReason::read_only_data: return "read-only data changed";
  case TrapReason::untranslatable: return "function could not be validated or translated";
  }
  return "unknown";
}

} // namespace weir
