/* A guest for what goes wrong at the boundary: an allocator with its state in .bss, a list on its heap, and calls that
   pass ranges to the host. Built as C and as C++. Like many small allocators this one takes whatever memory there is up
   to memory.size, whoever grew it. */
#include "guest.h"

#ifdef __cplusplus
#define PUBLIC extern "C"
#else
#define PUBLIC
#endif

PUBLIC __attribute__((import_module("host"), import_name("say"))) void host_say(const char* text, uint32_t size);

struct chunk {
  struct chunk* next;
  uint32_t size;
};

struct node {
  struct node* next;
  uint32_t value;
};

struct large {
  unsigned char bytes[3 << 20];
  uint32_t last;
};

PUBLIC unsigned char __heap_base;

static const char greeting[64] = "a guest's constant data, which nobody should write to";
static struct chunk* free_chunks;
static struct node* list;
static uintptr_t top;

PUBLIC __attribute__((noinline)) void* malloc(uint32_t size) {
  uint32_t const whole = (size + 15) / 16 * 16;
  for (struct chunk** at = &free_chunks; *at; at = &(*at)->next) {
    if ((*at)->size >= whole) {
      struct chunk* const found = *at;
      *at = found->next;
      return found;
    }
  }
  if (!top) {
    top = ((uintptr_t)&__heap_base + 15) / 16 * 16;
  }
  uint32_t const end = top + whole;
  uint32_t const pages = (uint32_t)__builtin_wasm_memory_size(0);
  uint32_t const needed = (end + 65535) / 65536;
  if (needed > pages && (int32_t)__builtin_wasm_memory_grow(0, needed - pages) == -1) {
    return 0;
  }
  void* const result = (void*)top;
  top = end;
  return result;
}

PUBLIC void free(void* pointer) {
  struct chunk* const chunk = (struct chunk*)pointer;
  chunk->next = free_chunks;
  chunk->size = 16;
  free_chunks = chunk;
}

PUBLIC uint32_t push(uint32_t value) {
  struct node* const node = (struct node*)malloc(sizeof(struct node));
  node->next = list;
  node->value = value + (uint32_t)greeting[value % sizeof greeting];
  list = node;
  return (uint32_t)(uintptr_t)node;
}

PUBLIC uint32_t sum(void) {
  uint32_t sum = 0;
  for (struct node* node = list; node; node = node->next) {
    sum += node->value;
  }
  return sum;
}

PUBLIC void grow(uint32_t pages) { __builtin_wasm_memory_grow(0, pages); }

/* As a program does that trusts its allocator. */
PUBLIC uint32_t fill_large(uint32_t value) {
  struct large* const large = (struct large*)malloc(sizeof(struct large));
  large->last = value;
  return large->bytes[value % sizeof large->bytes];
}

PUBLIC void say(uint32_t text, uint32_t size) { host_say((const char*)(uintptr_t)text, size); }
