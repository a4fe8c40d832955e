// A program that allocates, for the memory map.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
  char* const copy = malloc(1000 + (size_t)argc);
  if (copy == NULL) {
    return 1;
  }
  strcpy(copy, argv[0]);
  printf("%s: %d arguments\n", copy, argc);
  free(copy);
  return 0;
}
