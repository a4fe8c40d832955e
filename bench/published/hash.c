// hash-wasm: a hash of n blocks of 16 KiB, the size of the buffer that the modules have. INIT is what Hash_Init is
// given, FINAL what Hash_Final is, if it takes anything, and SIZE the length of the hash.
#include "guest.h"

FROM_PROGRAM("Hash_GetBuffer") u32 get_buffer(void);
FROM_PROGRAM("Hash_Init") void init(u32 parameter);
FROM_PROGRAM("Hash_Update") void update(u32 length);
#ifdef FINAL
FROM_PROGRAM("Hash_Final") void final(u32 parameter);
#else
#define FINAL
FROM_PROGRAM("Hash_Final") void final(void);
#endif

enum { size = 16 * 1024 };

EXPORT("run") int run(int n) {
  u32 const buffer = get_buffer();
  init(INIT);
  fill(at(buffer), size, 1);
  for (int i = 0; i < n; ++i) update(size);
  final(FINAL);
  return (int)digest(at(buffer), SIZE, 1);
}
