#include "execute/loop.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "code/sharing.hpp"
#include "execute/bodies.hpp"

namespace weir::execute {

namespace {

// Of each operand the digits that name no pin.
constexpr code::DigitSets without_pins(code::Shape const& shape) noexcept {
  using Kind = code::Operand::Kind;
  code::DigitSets sets{};
  for (std::size_t i = 0; i < shape.count; ++i) {
    char const role = shape.operands[i].role;
    for (int digit = 0; digit < code::places(role); ++digit) {
      code::Place const place = code::place_of(role, digit);
      bool const is_pin = (place.kind == Kind::int_register && place.number >= code::int_temporaries) ||
                          (place.kind == Kind::float_register && place.number >= code::float_temporaries) ||
                          ((role == 'N' || role == 'M') && digit != 0);
      sets[i] = static_cast<std::uint8_t>(sets[i] | (is_pin ? 0u : 1u << digit));
    }
  }
  return sets;
}

// The forms that the loop has, in the order of ops.def, with room for all.
struct Cases {
  std::array<OpForm, static_cast<std::size_t>(code::total_forms())> all{};
  std::size_t count = 0;
};
constexpr Cases found = [] {
  Cases cases;
  for (std::size_t i = 0; i < code::op_count; ++i) {
    auto const op = static_cast<Op>(i);
    auto const add = [&](int form) {
      if (code::has_own_handler({op, form})) {
        cases.all[cases.count++] = {op, form};
      }
    };
    code::Shape const& shape = code::shape_of(op);
    code::for_each_form(shape, without_pins(shape), add);
  }
  return cases;
}();
constexpr std::size_t op_cases = found.count;
constexpr auto cases = [] {
  std::array<OpForm, op_cases> all{};
  std::copy_n(found.all.begin(), op_cases, all.begin());
  return all;
}();

// Behind the operations' cases those of the exits.
constexpr std::size_t trap_case = op_cases;
constexpr std::size_t expired_case = op_cases + 1;
constexpr std::size_t retry_case = op_cases + 2;
constexpr std::size_t call_case = op_cases + 3;
constexpr std::size_t exhausted_case = op_cases + 4;
constexpr std::size_t copy_case = op_cases + 5;
constexpr std::size_t fill_case = op_cases + 6;
constexpr std::size_t case_count = op_cases + 7;

constexpr bool op_calls(Op op) noexcept {
  switch (op) {
  case Op::translate:
  case Op::copy_range:
  case Op::leave_n: return true;
  case Op::memory_size:
  case Op::table_size:
  case Op::table_get:
  case Op::table_set:
  case Op::ref_func:
  case Op::copy_bytes: // these two leave their calls to an exit
  case Op::fill_bytes: return false;
  default: return code::info(op).family == code::OpFamily::bulk;
  }
}

template <std::size_t Number>
struct Case {
  static constexpr OpForm which = cases[Number];
  using Body = BodyOf<which>;
  static constexpr bool calls = op_calls(which.op);
};

template <class B, bool Calls>
struct Exit {
  using Body = B;
  static constexpr bool calls = Calls;
};
template <>
struct Case<trap_case> : Exit<control::TrapExit, false> {};
template <>
struct Case<expired_case> : Exit<control::Expired, true> {};
template <>
struct Case<retry_case> : Exit<control::Retry, true> {};
template <>
struct Case<call_case> : Exit<control::CallExit, true> {};
template <>
struct Case<exhausted_case> : Exit<control::Exhausted, false> {};
template <>
struct Case<copy_case> : Exit<bulk::MoveExit<Op::copy_bytes>, true> {};
template <>
struct Case<fill_case> : Exit<bulk::MoveExit<Op::fill_bytes>, true> {};

// A cell that is executed outside of the loop.
using Outside = void (*)(Machine&);

template <class Body>
void run_outside(Machine& m) noexcept {
  m.ip = Body::run(m);
}

template <class Body>
WEIR_INLINE void step(Machine& m) noexcept {
  if constexpr (Body::ending == Ending::branch) {
    if (!Body::taken(m)) {
      m.ip = Body::next(m);
    } else if (charge(m, Body::fuel(m))) [[unlikely]] {
      m.ip = expired(m, Body::target(m));
    } else {
      m.ip = Body::target(m);
    }
  } else {
    m.ip = Body::run(m);
  }
}

// Each case ends with a jump of its own, so that the processor predicts them apart. The empty instruction with its
// number keeps the compiler from making one of two that do the same: a cell's word says which form it is.
#define WEIR_LABEL(number) &&label_##number,
#define WEIR_CASE(number)                              \
  label_##number : if constexpr ((number) < Count) {   \
    using C = Case<((number) < Count ? (number) : 0)>; \
    asm volatile("" : : "i"(number));                  \
    if constexpr (C::Body::ending == Ending::leave) {  \
      C::Body::leave(m);                               \
      return nullptr;                                  \
    } else if constexpr (C::calls) {                   \
      outside = &run_outside<typename C::Body>;        \
      goto leave;                                      \
    } else {                                           \
      step<typename C::Body>(m);                       \
    }                                                  \
    goto* reinterpret_cast<void*>(*m.ip);              \
  }                                                    \
  __builtin_unreachable();
// clang-format off: it takes lists without commas for something else
#define WEIR_16(M, n)                                                                                             \
  M(n##0) M(n##1) M(n##2) M(n##3) M(n##4) M(n##5) M(n##6) M(n##7) M(n##8) M(n##9) M(n##A) M(n##B) M(n##C) M(n##D) \
  M(n##E) M(n##F)
#define WEIR_256(M, n)                                                                                  \
  WEIR_16(M, n##0) WEIR_16(M, n##1) WEIR_16(M, n##2) WEIR_16(M, n##3) WEIR_16(M, n##4) WEIR_16(M, n##5) \
  WEIR_16(M, n##6) WEIR_16(M, n##7) WEIR_16(M, n##8) WEIR_16(M, n##9) WEIR_16(M, n##A) WEIR_16(M, n##B) \
  WEIR_16(M, n##C) WEIR_16(M, n##D) WEIR_16(M, n##E) WEIR_16(M, n##F)
#define WEIR_ALL(M)                                                                             \
  WEIR_256(M, 0x0) WEIR_256(M, 0x1) WEIR_256(M, 0x2) WEIR_256(M, 0x3) WEIR_256(M, 0x4)          \
  WEIR_256(M, 0x5) WEIR_256(M, 0x6) WEIR_256(M, 0x7) WEIR_256(M, 0x8) WEIR_256(M, 0x9)
// clang-format on

static_assert(case_count <= 0xA00, "WEIR_ALL has too few cases");

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic" // labels as values

// Runs until the interpreter is left, or to a cell that is executed outside. A null pointer for the machine asks for
// the addresses of the labels instead. A template, so that the cases beyond the last are not looked at.
template <std::size_t Count>
Outside interpret(Machine* state, void const* const** labels) noexcept {
  static void const* const all_labels[] = {WEIR_ALL(WEIR_LABEL)};
  if (state == nullptr) {
    *labels = all_labels;
    return nullptr;
  }
  // What the loop does not use is left out of the copy: it would take up registers.
  Machine m{state->ip, state->frame, state->memory, state->context, state->loop, state->budget, {}, {}};
  for (int i = 0; i < code::int_temporaries; ++i) {
    m.r[i] = state->r[i];
  }
  for (int i = 0; i < code::float_temporaries; ++i) {
    m.f[i] = state->f[i];
  }
  Outside outside = nullptr;
  goto* reinterpret_cast<void*>(*m.ip);
  WEIR_ALL(WEIR_CASE)
leave:
  state->ip = m.ip;
  state->frame = m.frame;
  state->memory = m.memory;
  state->context = m.context;
  state->loop = m.loop;
  state->budget = m.budget;
  for (int i = 0; i < code::int_temporaries; ++i) {
    state->r[i] = m.r[i];
  }
  for (int i = 0; i < code::float_temporaries; ++i) {
    state->f[i] = m.f[i];
  }
  return outside;
}

#pragma GCC diagnostic pop

#undef WEIR_ALL
#undef WEIR_256
#undef WEIR_16
#undef WEIR_CASE
#undef WEIR_LABEL

Word word_of(std::size_t number) noexcept {
  void const* const* labels = nullptr;
  interpret<case_count>(nullptr, &labels);
  return reinterpret_cast<Word>(labels[number]);
}

// The words of all forms, family by family. Forms that the loop has not got have none.
std::array<Word, static_cast<std::size_t>(code::total_forms())> words;

} // namespace

code::HandlerTable loop_table() noexcept {
  code::HandlerTable table;
  Word* next = words.data();
  for (std::size_t i = 0; i < code::family_count; ++i) {
    table.families[i] = next;
    next += code::family_forms(static_cast<code::OpFamily>(i));
  }
  for (std::size_t i = 0; i < op_cases; ++i) {
    auto const op = static_cast<std::size_t>(cases[i].op);
    auto const family = static_cast<std::size_t>(code::op_infos[op].family);
    auto const first = static_cast<std::size_t>(table.families[family] - words.data());
    words[first + code::form_bases[op] + static_cast<std::size_t>(cases[i].form)] = word_of(i);
  }
  for (std::size_t i = 0; i < code::op_count; ++i) {
    auto const op = static_cast<Op>(i);
    int const forms = code::form_count(op);
    for (int form = 0; form < forms; ++form) {
      OpForm const own = code::handler_of({op, form});
      auto const first = table.families[static_cast<std::size_t>(code::info(op).family)] - words.data();
      words[static_cast<std::size_t>(first + code::form_bases[i] + form)] = table.handler(own.op, own.form);
    }
  }
  return table;
}

ExitHandlers loop_exits() noexcept {
  ExitHandlers exits;
  exits.trap = word_of(trap_case);
  exits.expired = word_of(expired_case);
  exits.retry = word_of(retry_case);
  exits.call = word_of(call_case);
  exits.exhausted = word_of(exhausted_case);
  exits.copy = word_of(copy_case);
  exits.fill = word_of(fill_case);
  return exits;
}

void run_loop(Word const* first, std::uint64_t* frame, runtime::InstanceContext* context, Word const* back,
              std::int64_t budget) noexcept {
  Machine m{};
  m.ip = first;
  m.frame = frame;
  m.memory = context->memory_base;
  m.context = context;
  m.loop = back;
  m.budget = budget;
  while (Outside const outside = interpret<case_count>(&m, nullptr)) {
    outside(m);
  }
}

} // namespace weir::execute
