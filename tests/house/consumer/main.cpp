// The smallest use of an installed Weir: a header, a symbol of the library, no surprise.
#include <weir/error.hpp>

int main() { return 0; }
