/* A library: _initialize is called before anything else. */
#include <stdio.h>
#include <stdlib.h>

static int ready;

__attribute__((constructor)) static void set_up(void) { ready = 40; }

__attribute__((export_name("answer"))) int answer(int more) {
  printf("called\n");
  fflush(stdout);
  return ready + more;
}
