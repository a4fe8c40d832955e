// argon2-browser: Argon2id of a password, n passes over 4 MiB. The export names are the minified ones of the package's
// build; its loader (argon2.js) names them.
#include "guest.h"

FROM_PROGRAM("d") void call_constructors(void);
FROM_PROGRAM("f") u32 allocate(u32 size);
FROM_PROGRAM("e")
int argon2_hash(u32 passes, u32 kibibytes, u32 lanes, u32 password, u32 password_length, u32 salt, u32 salt_length,
                u32 hash, u32 hash_length, u32 encoded, u32 encoded_length, int type, int version);

EXPORT("a") u32 memcpy_big(u32 to, u32 from, u32 length) {
  __builtin_memcpy(at(to), at(from), length);
  return to;
}
EXPORT("b") int resize_heap(u32 size) {
  (void)size;
  return 0; // the memory that the program starts with is enough
}

EXPORT("run") int run(int n) {
  call_constructors();
  u32 const text = allocate(96);
  fill(at(text), 32, 1);
  int const failed = argon2_hash((u32)n, 4096, 1, text, 16, text + 16, 16, text + 32, 32, 0, 0, 2, 0x13);
  return failed ? failed : (int)digest(at(text + 32), 32, 1);
}
