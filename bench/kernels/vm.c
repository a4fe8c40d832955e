// An interpreter in the interpreter: a stack machine whose opcodes go through br_table.
#include "kernel.h"
enum { PUSH, ADD, SUB, MUL, LOAD, STORE, JUMP_IF, DUP, LESS, XOR, HALT };
static int code[] = {PUSH, 0, STORE, 0,  PUSH, 1,    STORE, 1, // i = 0, x = 1
                     LOAD, 1, PUSH,  31, MUL,  LOAD, 0,     ADD, DUP,  PUSH, 255,  XOR,     ADD, STORE, 1,
                     LOAD, 0, PUSH,  1,  ADD,  DUP,  STORE, 0,   LOAD, 2,    LESS, JUMP_IF, 8,   HALT};
static NOINLINE int interpret(int n) {
  int stack[32], vars[8] = {0, 0, n}, *sp = stack;
  for (int* pc = code;;) {
    switch (*pc++) {
    case PUSH: *sp++ = *pc++; break;
    case ADD:
      sp--;
      sp[-1] += sp[0];
      break;
    case SUB:
      sp--;
      sp[-1] -= sp[0];
      break;
    case MUL:
      sp--;
      sp[-1] = (int)((u32)sp[-1] * (u32)sp[0]);
      break;
    case LOAD: *sp++ = vars[*pc++]; break;
    case STORE: vars[*pc++] = *--sp; break;
    case JUMP_IF:
      if (*--sp)
        pc = code + *pc;
      else
        pc++;
      break;
    case DUP:
      sp[0] = sp[-1];
      sp++;
      break;
    case LESS:
      sp--;
      sp[-1] = sp[-1] < sp[0];
      break;
    case XOR:
      sp--;
      sp[-1] ^= sp[0];
      break;
    default: return vars[1];
    }
  }
}
EXPORT("run") int run(int n) { return interpret(n); }
NATIVE_MAIN
