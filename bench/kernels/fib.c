// Recursion: the call protocol and little else.
#include "kernel.h"
static NOINLINE int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
EXPORT("run") int run(int n) { return fib(n); }
NATIVE_MAIN
