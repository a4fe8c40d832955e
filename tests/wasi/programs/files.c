/* Files, folders, time, environment, standard streams and exit codes. Prints the same natively and as a guest. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void expect(int good, char const* what) { printf("%s: %s\n", what, good ? "ok" : strerror(errno)); }

static int compare_names(void const* a, void const* b) { return strcmp(*(char* const*)a, *(char* const*)b); }

static void list(char const* path) {
  char* names[100];
  size_t count = 0;
  DIR* directory = opendir(path);
  if (directory == NULL) {
    printf("%s cannot be listed: %s\n", path, strerror(errno));
    return;
  }
  for (struct dirent* entry; (entry = readdir(directory)) != NULL && count < 100;) {
    names[count++] = strdup(entry->d_name);
  }
  closedir(directory);
  qsort(names, count, sizeof names[0], compare_names);
  printf("%s holds", path);
  for (size_t i = 0; i < count; ++i) {
    printf(" %s", names[i]);
    free(names[i]);
  }
  printf("\n");
}

static void show(char const* path) {
  char line[200];
  FILE* file = fopen(path, "r");
  if (file == NULL) {
    printf("%s: %s\n", path, strerror(errno));
    return;
  }
  while (fgets(line, sizeof line, file) != NULL) {
    printf("%s: %s", path, line);
  }
  fclose(file);
}

static void files(void) {
  expect(mkdir("folder", 0777) == 0, "mkdir");
  expect(mkdir("folder", 0777) == 0, "mkdir again");
  FILE* file = fopen("folder/text", "w+");
  expect(file != NULL, "create");
  for (int i = 0; i < 10; ++i) {
    fprintf(file, "line %d\n", i);
  }
  fseek(file, 7, SEEK_SET);
  fprintf(file, "LINE");
  fseek(file, -7, SEEK_END);
  int const last = fgetc(file);
  printf("at %ld: %c\n", ftell(file), last);
  fclose(file);
  show("folder/text");
  expect(truncate("folder/text", 14) == 0, "truncate");
  show("folder/text");
  file = fopen("folder/text", "a");
  fprintf(file, "appended\n");
  fclose(file);
  struct stat found;
  expect(stat("folder/text", &found) == 0, "stat");
  printf("%lld bytes, a file: %d\n", (long long)found.st_size, S_ISREG(found.st_mode));
  expect(link("folder/text", "hard") == 0, "link");
  expect(symlink("folder/text", "soft") == 0, "symlink");
  char target[100];
  ssize_t const length = readlink("soft", target, sizeof target);
  printf("soft leads to %.*s\n", (int)length, target);
  show("soft");
  expect(rename("hard", "folder/second") == 0, "rename");
  list("folder");
  list(".");
  expect(rmdir("folder") == 0, "rmdir of a full folder");
  expect(unlink("folder/second") == 0, "unlink");
  expect(unlink("nothing") == 0, "unlink nothing");
  show("nothing");
  struct timespec const times[2] = {{1000000000, 0}, {1100000000, 0}};
  expect(utimensat(AT_FDCWD, "folder/text", times, 0) == 0, "set times");
  expect(stat("folder/text", &found) == 0 && found.st_mtime == 1100000000, "times are set");
}

static void large(void) {
  enum { block = 1 << 16, blocks = 64 };
  static unsigned char bytes[block];
  unsigned seed = 1;
  FILE* file = fopen("large", "wb");
  for (int i = 0; i < blocks; ++i) {
    for (int k = 0; k < block; ++k) {
      seed = seed * 1664525u + 1013904223u;
      bytes[k] = (unsigned char)(seed >> 24);
    }
    fwrite(bytes, 1, block, file);
  }
  fclose(file);
  unsigned sum = 0;
  size_t total = 0;
  file = fopen("large", "rb");
  for (size_t got; (got = fread(bytes, 1, block, file)) != 0;) {
    for (size_t k = 0; k < got; ++k) {
      sum = sum * 31 + bytes[k];
    }
    total += got;
  }
  fclose(file);
  printf("large: %zu bytes, sum %u\n", total, sum);
  remove("large");
}

int main(int argc, char** argv) {
  printf("%d arguments:", argc - 1);
  for (int i = 1; i < argc; ++i) {
    printf(" [%s]", argv[i]);
  }
  char const* const value = getenv("WEIR_VALUE");
  printf("\nWEIR_VALUE is %s\n", value != NULL ? value : "not set");
  char line[100];
  while (fgets(line, sizeof line, stdin) != NULL) {
    printf("input: %s", line);
  }
  fprintf(stderr, "to the error stream\n");
  files();
  large();
  struct timespec one, other;
  clock_gettime(CLOCK_MONOTONIC, &one);
  struct timespec const nap = {0, 20000000};
  nanosleep(&nap, NULL);
  clock_gettime(CLOCK_MONOTONIC, &other);
  long long const passed = (other.tv_sec - one.tv_sec) * 1000000000LL + (other.tv_nsec - one.tv_nsec);
  printf("slept: %s\n", passed >= 20000000 ? "ok" : "too short");
  printf("after 2020: %d\n", time(NULL) > 1577836800);
  return argc > 1 ? atoi(argv[1]) : 0;
}
