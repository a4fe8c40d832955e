// An interpreter inside the interpreter: a stack machine whose byte code the host writes into a shared buffer. Its
// switch becomes a br_table.
#include "guest.h"

// Byte code: one byte of operation; `push` has 4 bytes of immediate, `load` and `store` one byte (a variable), the
// jumps two (an absolute target). All little endian.
enum operation {
  op_halt,
  op_push,
  op_load,
  op_store,
  op_add,
  op_subtract,
  op_multiply,
  op_divide,
  op_remainder,
  op_and,
  op_or,
  op_xor,
  op_shift_left,
  op_shift_right,
  op_less,
  op_equal,
  op_not,
  op_jump,
  op_jump_if,
  op_duplicate,
  op_drop,
  op_swap
};

enum status { status_halted, status_bad_operation, status_stack, status_divide, status_steps, status_end };

enum { code_capacity = 1024, stack_capacity = 64, variables = 16 };

static uint8_t code[code_capacity];
static int64_t stack[stack_capacity];
static int64_t variable[variables];

uint8_t* machine_code(void) { return code; }

int64_t machine_variable(uint32_t index) { return variable[index % variables]; }

static int64_t wrap(uint64_t x) { return (int64_t)x; }

static int32_t immediate(uint32_t at) {
  return (int32_t)((uint32_t)code[at] | (uint32_t)code[at + 1] << 8 | (uint32_t)code[at + 2] << 16 |
                   (uint32_t)code[at + 3] << 24);
}

// Operations on the two values on top of the stack; *status says whether there is a result.
static int64_t binary(uint32_t operation, int64_t a, int64_t b, uint32_t* status) {
  switch (operation) {
  case op_add: return wrap((uint64_t)a + (uint64_t)b);
  case op_subtract: return wrap((uint64_t)a - (uint64_t)b);
  case op_multiply: return wrap((uint64_t)a * (uint64_t)b);
  case op_divide:
  case op_remainder:
    if (b == 0 || (a == INT64_MIN && b == -1)) {
      *status = status_divide;
      return 0;
    }
    return operation == op_divide ? a / b : a % b;
  case op_and: return a & b;
  case op_or: return a | b;
  case op_xor: return a ^ b;
  case op_shift_left: return wrap((uint64_t)a << (b & 63));
  case op_shift_right: return a >> (b & 63);
  case op_less: return a < b;
  case op_equal: return a == b;
  default: *status = status_bad_operation; return 0;
  }
}

// Runs the code from its start with all variables 0, for at most `steps` operations. Returns the status in the low 8
// bits and the number of operations done above them.
uint64_t machine_run(uint32_t steps) {
  uint32_t at = 0, top = 0, status = status_end;
  uint64_t done = 0;
  for (int i = 0; i < variables; ++i) variable[i] = 0;
  while (at + 5 <= code_capacity) {
    if (done == steps) {
      status = status_steps;
      break;
    }
    ++done;
    uint32_t operation = code[at];
    uint32_t failed = status_halted;
    switch (operation) {
    case op_halt: return done << 8 | status_halted;
    case op_push:
      if (top == stack_capacity) return done << 8 | status_stack;
      stack[top++] = immediate(at + 1);
      at += 5;
      continue;
    case op_load:
      if (top == stack_capacity) return done << 8 | status_stack;
      stack[top++] = variable[code[at + 1] % variables];
      at += 2;
      continue;
    case op_store:
      if (top < 1) return done << 8 | status_stack;
      variable[code[at + 1] % variables] = stack[--top];
      at += 2;
      continue;
    case op_jump: at = (uint32_t)code[at + 1] | (uint32_t)code[at + 2] << 8; continue;
    case op_jump_if:
      if (top < 1) return done << 8 | status_stack;
      at = stack[--top] != 0 ? (uint32_t)code[at + 1] | (uint32_t)code[at + 2] << 8 : at + 3;
      continue;
    case op_not:
      if (top < 1) return done << 8 | status_stack;
      stack[top - 1] = stack[top - 1] == 0;
      break;
    case op_duplicate:
      if (top < 1 || top == stack_capacity) return done << 8 | status_stack;
      stack[top] = stack[top - 1];
      ++top;
      break;
    case op_drop:
      if (top < 1) return done << 8 | status_stack;
      --top;
      break;
    case op_swap: {
      if (top < 2) return done << 8 | status_stack;
      int64_t t = stack[top - 1];
      stack[top - 1] = stack[top - 2];
      stack[top - 2] = t;
      break;
    }
    default:
      if (top < 2) return done << 8 | status_stack;
      stack[top - 2] = binary(operation, stack[top - 2], stack[top - 1], &failed);
      --top;
      if (failed != status_halted) return done << 8 | failed;
    }
    ++at;
  }
  return done << 8 | status;
}
