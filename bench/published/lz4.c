// lz4-wasm-nodejs: 256 KiB compressed and decompressed, n times.
#include "guest.h"

FROM_PROGRAM("compress") void compress(u32 result, u32 data, u32 length);
FROM_PROGRAM("decompress") void decompress(u32 result, u32 data, u32 length);
FROM_PROGRAM("__wbindgen_add_to_stack_pointer") u32 move_stack_pointer(int by);
FROM_PROGRAM("__wbindgen_malloc") u32 allocate(u32 size);
FROM_PROGRAM("__wbindgen_free") void release(u32 address, u32 size);

EXPORT("__wbindgen_string_new") u32 string_new(u32 text, u32 length) {
  (void)text, (void)length;
  __builtin_trap(); // only an error makes a string
}

enum { size = 256 * 1024 };

EXPORT("run") int run(int n) {
  u32 sum = 0;
  u32 const result = move_stack_pointer(-16);
  u32 const volatile* const pair = (u32 const volatile*)at(result); // the address and the length of what was made
  for (int i = 0; i < n; ++i) {
    u32 const text = allocate(size);
    fill(at(text), size, (u32)i);
    compress(result, text, size);
    u32 const packed = pair[0], packed_size = pair[1];
    u32 const copy = allocate(packed_size);
    __builtin_memcpy(at(copy), at(packed), packed_size);
    sum = digest(at(packed + packed_size / 2), 64, sum ^ packed_size);
    release(packed, packed_size);
    decompress(result, copy, packed_size);
    if (pair[1] != size) return -1;
    sum = digest(at(pair[0] + size / 2), 64, sum);
    release(pair[0], size);
  }
  move_stack_pointer(16);
  return (int)sum;
}
