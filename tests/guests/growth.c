// A guest whose allocator gives NULL when the memory cannot grow, and whose other functions do not look. Compiled as C
// and as C++, whose functions have mangled names.
#include <stddef.h>
#include <stdint.h>

struct shape {
  int (*area)(struct shape const*);
  struct shape* next;
  int sides[];
};

extern unsigned char __heap_base;
static uintptr_t top;

__attribute__((noinline)) void* allocate(size_t size) {
  if (top == 0) {
    top = (uintptr_t)&__heap_base;
  }
  uintptr_t const begin = (top + 15) & ~(uintptr_t)15;
  uintptr_t const end = begin + size;
  uintptr_t const have = __builtin_wasm_memory_size(0) * 65536;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) / 65536) == SIZE_MAX) {
    return NULL;
  }
  top = end;
  return (void*)begin;
}

// Writes behind everything.
__attribute__((export_name("fill"))) int fill(uint32_t size) {
  char* const bytes = (char*)allocate(size);
  bytes[size - 1] = 1;
  return bytes[size - 1];
}

// Gives up.
__attribute__((export_name("checked"))) int checked(uint32_t size) {
  char* const bytes = (char*)allocate(size);
  if (bytes == NULL) {
    __builtin_trap();
  }
  bytes[0] = 1;
  return bytes[0];
}

static int area_of(struct shape const* shape) { return shape->sides[0]; }

__attribute__((noinline)) struct shape* make(uint32_t sides) {
  struct shape* const made = (struct shape*)allocate(sizeof(struct shape) + sides * sizeof(int));
  if (made != NULL) {
    made->area = &area_of;
    made->sides[0] = (int)sides;
  }
  return made;
}

// Calls through a pointer that it reads through NULL.
__attribute__((export_name("call"))) int call(uint32_t sides) {
  struct shape const* const shape = make(sides);
  return shape->area(shape);
}
