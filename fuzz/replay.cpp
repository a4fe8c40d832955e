// Feeds a fuzz target the files of the folders named on the command line, one by one, and the empty input first.
// An input that breaks the target ends the program; its name was printed just before.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

int replay_file(std::filesystem::path const& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    std::printf("cannot read %s\n", path.c_str());
    return 1;
  }
  std::vector<char> const bytes{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
  std::printf("%s: %zu bytes\n", path.c_str(), bytes.size());
  std::fflush(stdout);
  // A copy of exactly this size, so that a sanitizer sees one byte too far.
  std::vector<std::uint8_t> const exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  std::uint8_t const nothing = 0;
  LLVMFuzzerTestOneInput(&nothing, 0);
  int count = 1;
  int unreadable = 0;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      continue; // a target without regressions yet
    }
    for (auto const& entry : std::filesystem::recursive_directory_iterator{argv[i]}) {
      if (entry.is_regular_file()) {
        unreadable += replay_file(entry.path());
        ++count;
      }
    }
  }
  std::printf("%d inputs replayed\n", count - unreadable);
  return unreadable == 0 ? 0 : 1;
}
