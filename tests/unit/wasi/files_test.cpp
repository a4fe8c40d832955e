// Files and folders, in folders of the host with both path resolvers, and in memory: the same tests for all.
#include <algorithm>
#include <limits>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/wasi/fixture.hpp"

namespace weir::wasi::test {
namespace {

constexpr std::uint64_t top = std::numeric_limits<std::uint64_t>::max();
constexpr unsigned creat = 1;
constexpr unsigned directory = 2;
constexpr unsigned excl = 4;
constexpr unsigned trunc = 8;

enum class Place : std::uint8_t { host, host_components, memory };

// Descriptor 3 is a folder for reading and writing, 4 the same folder for reading only, 5 one beside it.
class Files : public testing::TestWithParam<Place> {
 protected:
  Files() : guest_(config()) {}

  Config config() {
    Config config;
    if (GetParam() == Place::memory) {
      memory_ = std::make_shared<MemoryFileSystem>();
      return config.mount(memory_, "/").mount(memory_, "/ro", Access::read_only).mount(memory_, "/other");
    }
    if (GetParam() == Place::host_components) {
      config.path_resolver(PathResolver::components);
    }
    fs::create_directories(folder_.path() / "in");
    fs::create_directories(folder_.path() / "other");
    auto const in = (folder_.path() / "in").string();
    return config.preopen(in, "/").preopen(in, "/ro", Access::read_only).preopen(folder_.path() / "other", "/other");
  }

  // A file made behind the guest's back.
  void make(std::string const& name, std::string_view contents) {
    if (GetParam() == Place::memory) {
      ASSERT_TRUE(memory_->write_file(name, contents).has_value());
    } else {
      folder_.write("in/" + name, contents);
    }
  }
  std::string contents(std::string const& name) {
    return GetParam() == Place::memory ? memory_->read_file(name).value_or("none") : folder_.contents("in/" + name);
  }

  Errno stat(std::string_view path, unsigned lookup = 1, std::uint32_t fd = 3) {
    guest_.put(Guest::path_at, path);
    return guest_.call("path_filestat_get", fd, lookup, Guest::path_at, path.size(), Guest::data_at);
  }
  unsigned type() { return guest_.get<std::uint8_t>(Guest::data_at + 16); }
  std::uint64_t size() { return guest_.u64(Guest::data_at + 32); }

  Errno two_paths(std::string const& name, std::uint32_t fd, std::string_view path, std::uint32_t to,
                  std::string_view new_path) {
    guest_.put(Guest::path_at, path);
    guest_.put(Guest::path2_at, new_path);
    return name == "path_link"
               ? guest_.call(name, fd, 0, Guest::path_at, path.size(), to, Guest::path2_at, new_path.size())
               : guest_.call(name, fd, Guest::path_at, path.size(), to, Guest::path2_at, new_path.size());
  }
  Errno symlink(std::string_view target, std::string_view path, std::uint32_t fd = 3) {
    guest_.put(Guest::path2_at, target);
    guest_.put(Guest::path_at, path);
    return guest_.call("path_symlink", Guest::path2_at, target.size(), fd, Guest::path_at, path.size());
  }

  TemporaryFolder folder_;
  std::shared_ptr<MemoryFileSystem> memory_;
  Guest guest_;
};

TEST_P(Files, AreWrittenAndRead) {
  auto const file = guest_.open_rw(3, "file", creat);
  ASSERT_EQ(file.error, Errno::success);
  EXPECT_EQ(file.fd, 6u);
  EXPECT_EQ(guest_.write(file.fd, "hello "), Errno::success);
  EXPECT_EQ(guest_.u32(Guest::result_at), 6u);
  EXPECT_EQ(guest_.write(file.fd, "world"), Errno::success);
  EXPECT_EQ(contents("file"), "hello world");
  EXPECT_EQ(guest_.read(file.fd), "");
  EXPECT_EQ(guest_.call("fd_seek", file.fd, 1, 0, 64), Errno::success);
  EXPECT_EQ(guest_.read(file.fd, 4), "ello");
  EXPECT_EQ(guest_.call("fd_tell", file.fd, 64), Errno::success);
  EXPECT_EQ(guest_.u64(64), 5u);
  EXPECT_EQ(guest_.call("fd_seek", file.fd, std::uint64_t(-3), 2, 64), Errno::success);
  EXPECT_EQ(guest_.read(file.fd), "rld");
  EXPECT_EQ(guest_.call("fd_close", file.fd), Errno::success);
  EXPECT_EQ(guest_.call("fd_close", file.fd), Errno::badf);
  EXPECT_EQ(guest_.read(file.fd), "[8]");
}

TEST_P(Files, SeeksOnlyWhereThereCanBeSomething) {
  auto const file = guest_.open_rw(3, "file", creat);
  EXPECT_EQ(guest_.call("fd_seek", file.fd, std::uint64_t(-1), 0, 64), Errno::inval);
  EXPECT_EQ(guest_.call("fd_seek", file.fd, std::uint64_t{1} << 40, 0, 64), Errno::success);
  EXPECT_NE(guest_.call("fd_seek", file.fd, (std::uint64_t{1} << 63) - 1, 1, 64), Errno::success);
  EXPECT_EQ(guest_.call("fd_seek", file.fd, 0, 3, 64), Errno::inval);
  EXPECT_EQ(guest_.call("fd_seek", file.fd, 0, top, 64), Errno::inval);
  EXPECT_EQ(guest_.call("fd_seek", file.fd, 0, 0, memory_bytes - 7), Errno::fault);
  EXPECT_EQ(guest_.call("fd_tell", file.fd, 64), Errno::success);
  EXPECT_EQ(guest_.u64(64), std::uint64_t{1} << 40);
}

TEST_P(Files, ReadAndWriteAtOffsets) {
  make("file", "0123456789");
  auto const file = guest_.open_rw(3, "file");
  guest_.set<std::uint32_t>(Guest::iovec_at, 100);
  guest_.set<std::uint32_t>(Guest::iovec_at + 4, 3);
  guest_.set<std::uint32_t>(Guest::iovec_at + 8, 200);
  guest_.set<std::uint32_t>(Guest::iovec_at + 12, 4);
  EXPECT_EQ(guest_.call("fd_pread", file.fd, Guest::iovec_at, 2, 5, 64), Errno::success);
  EXPECT_EQ(guest_.u32(64), 5u);
  EXPECT_EQ(guest_.text(100, 3) + guest_.text(200, 2), "56789");
  EXPECT_EQ(guest_.call("fd_pwrite", file.fd, Guest::iovec_at, 2, 8, 64), Errno::success);
  EXPECT_EQ(guest_.u32(64), 7u);
  EXPECT_EQ(contents("file").substr(0, 13), "0123456756789");
  EXPECT_EQ(guest_.call("fd_tell", file.fd, 64), Errno::success);
  EXPECT_EQ(guest_.u64(64), 0u);
  EXPECT_EQ(guest_.call("fd_pread", file.fd, Guest::iovec_at, 1, top, 64), Errno::inval);
  EXPECT_EQ(guest_.call("fd_pwrite", file.fd, Guest::iovec_at, 1, top, 64), Errno::inval);
  EXPECT_EQ(guest_.call("fd_pread", file.fd, Guest::iovec_at, 1, 1u << 30, 64), Errno::success);
  EXPECT_EQ(guest_.u32(64), 0u);
}

TEST_P(Files, BuffersAreCheckedBeforeAnythingIsDone) {
  make("file", "0123456789");
  auto const file = guest_.open_rw(3, "file");
  guest_.put(100, "untouched");
  guest_.set<std::uint32_t>(Guest::iovec_at, 100);
  guest_.set<std::uint32_t>(Guest::iovec_at + 4, 9);
  guest_.set<std::uint32_t>(Guest::iovec_at + 8, memory_bytes - 1);
  guest_.set<std::uint32_t>(Guest::iovec_at + 12, 2);
  for (std::string const name : {"fd_read", "fd_write"}) {
    EXPECT_EQ(guest_.call(name, file.fd, Guest::iovec_at, 2, 64), Errno::fault) << "the last one is outside";
    EXPECT_EQ(guest_.call(name, file.fd, memory_bytes - 7, 1, 64), Errno::fault);
    EXPECT_EQ(guest_.call(name, file.fd, Guest::iovec_at, top, 64), Errno::fault);
    EXPECT_EQ(guest_.call(name, file.fd, Guest::iovec_at, 1, memory_bytes - 3), Errno::fault);
    EXPECT_EQ(guest_.call(name, file.fd, memory_bytes, 0, 64), Errno::success);
  }
  EXPECT_EQ(guest_.text(100, 9), "untouched");
  EXPECT_EQ(contents("file"), "0123456789");
  EXPECT_EQ(guest_.call("fd_tell", file.fd, 64), Errno::success);
  EXPECT_EQ(guest_.u64(64), 0u);
  guest_.set<std::uint32_t>(Guest::iovec_at + 8, 104); // overlapping buffers, the first unaligned
  EXPECT_EQ(guest_.call("fd_read", file.fd, Guest::iovec_at, 2, 65), Errno::success);
  EXPECT_EQ(guest_.u32(65), 10u);
}

TEST_P(Files, PlacesOfResultsAreCheckedBeforeAnythingIsDone) {
  make("file", "0123456789");
  auto const open_into = [&](std::string_view path, unsigned oflags, std::uint32_t result) {
    guest_.put(Guest::path_at, path);
    return guest_.call("path_open", 3, 1, Guest::path_at, path.size(), oflags, 0x3FFFFFFF, 0, 0, result);
  };
  EXPECT_EQ(open_into("new", creat, memory_bytes - 3), Errno::fault);
  EXPECT_EQ(stat("new"), Errno::noent);
  EXPECT_EQ(open_into("file", trunc, memory_bytes - 3), Errno::fault);
  EXPECT_EQ(contents("file"), "0123456789");
  auto const file = guest_.open_rw(3, "file");
  EXPECT_EQ(file.fd, 6u) << "nothing stayed open";
  guest_.set<std::uint32_t>(Guest::iovec_at, 100);
  guest_.set<std::uint32_t>(Guest::iovec_at + 4, 3);
  guest_.put(100, "abc");
  EXPECT_EQ(guest_.call("fd_pwrite", file.fd, Guest::iovec_at, 1, 0, memory_bytes - 3), Errno::fault);
  EXPECT_EQ(guest_.call("fd_pread", file.fd, Guest::iovec_at, 1, 0, memory_bytes - 3), Errno::fault);
  EXPECT_EQ(contents("file"), "0123456789");
  EXPECT_EQ(guest_.text(100, 3), "abc");
  EXPECT_EQ(guest_.call("fd_fdstat_get", file.fd, memory_bytes - 23), Errno::fault);
  EXPECT_EQ(guest_.call("fd_filestat_get", file.fd, memory_bytes - 63), Errno::fault);
  EXPECT_EQ(guest_.call("path_filestat_get", 3, 1, Guest::path_at, 4, memory_bytes - 63), Errno::fault);
  EXPECT_EQ(symlink("file", "link"), Errno::success);
  EXPECT_EQ(guest_.call("path_readlink", 3, Guest::path_at, 4, 100, 3, memory_bytes - 3), Errno::fault);
  EXPECT_EQ(guest_.text(100, 3), "abc");
  guest_.put(Guest::path_at, "file");
  for (unsigned const unknown : {2u, 0x80000000u}) { // flags for looking up
    EXPECT_EQ(guest_.call("path_filestat_get", 3, unknown, Guest::path_at, 4, 100), Errno::inval);
    EXPECT_EQ(guest_.call("path_filestat_set_times", 3, unknown, Guest::path_at, 4, 1, 1, 5), Errno::inval);
    guest_.put(Guest::path2_at, "hard");
    EXPECT_EQ(guest_.call("path_link", 3, unknown, Guest::path_at, 4, 3, Guest::path2_at, 4), Errno::inval);
  }
  EXPECT_EQ(stat("hard"), Errno::noent);
}

TEST_P(Files, ManyBuffersAreAShortReadAtMost) {
  make("file", std::string(5000, 'x'));
  auto const file = guest_.open_rw(3, "file");
  constexpr std::uint32_t count = 3000;
  for (std::uint32_t i = 0; i < count; ++i) {
    guest_.set<std::uint32_t>(Guest::data_at + i * 8, 100 + i);
    guest_.set<std::uint32_t>(Guest::data_at + i * 8 + 4, 1);
  }
  EXPECT_EQ(guest_.call("fd_read", file.fd, Guest::data_at, count, 64), Errno::success);
  EXPECT_GE(guest_.u32(64), 1024u);
  EXPECT_LE(guest_.u32(64), count);
  EXPECT_EQ(guest_.text(100, guest_.u32(64)), std::string(guest_.u32(64), 'x'));
}

TEST_P(Files, BuffersOfFourGibibytesTogetherAreInvalid) {
  auto const file = guest_.open_rw(3, "file", creat);
  constexpr std::uint32_t count = 12000;
  for (std::uint32_t i = 0; i < count; ++i) {
    guest_.set<std::uint32_t>(Guest::data_at + i * 8, 0);
    guest_.set<std::uint32_t>(Guest::data_at + i * 8 + 4, memory_bytes);
  }
  EXPECT_EQ(guest_.call("fd_read", file.fd, Guest::data_at, count, 64), Errno::success); // under 2 GiB
  std::uint32_t const all = (memory_bytes - Guest::data_at) / 8;
  EXPECT_EQ(guest_.call("fd_write", file.fd, Guest::data_at, all, 64), Errno::success);
  Guest big{Config{}.stdin_bytes("x"), "wasi_snapshot_preview1", "(memory (export \"memory\") 1024)"};
  for (std::uint32_t i = 0; i < 100; ++i) {
    big.set<std::uint32_t>(64 + i * 8, 0);
    big.set<std::uint32_t>(64 + i * 8 + 4, 1024 * 65536);
  }
  EXPECT_EQ(big.call("fd_read", 0, 64, 100, 0), Errno::inval);
  EXPECT_EQ(big.call("fd_read", 0, 64, 63, 0), Errno::success);
}

TEST_P(Files, AreCreatedExclusivelyAndCut) {
  make("file", "contents");
  EXPECT_EQ(guest_.open_rw(3, "file", creat | excl).error, Errno::exist);
  EXPECT_EQ(guest_.open_rw(3, "none").error, Errno::noent);
  EXPECT_EQ(guest_.open_rw(3, "none/x", creat).error, Errno::noent);
  EXPECT_EQ(guest_.open_rw(3, "file/x", creat).error, Errno::notdir);
  EXPECT_EQ(guest_.open_rw(3, "file", directory).error, Errno::notdir);
  EXPECT_EQ(guest_.open_rw(3, "new", creat | directory).error, Errno::inval);
  EXPECT_EQ(guest_.open_rw(3, "file", 16).error, Errno::inval);
  EXPECT_EQ(guest_.open_rw(3, "file", 0xFFFFFFFF).error, Errno::inval);
  EXPECT_EQ(guest_.open_rw(3, "file", 0, 32).error, Errno::inval);
  EXPECT_EQ(guest_.open(3, "file", 0, 2, 0, 2).error, Errno::inval);
  EXPECT_EQ(contents("file"), "contents");
  EXPECT_EQ(guest_.open_rw(3, "file", trunc).error, Errno::success);
  EXPECT_EQ(contents("file"), "");
}

TEST_P(Files, AppendGoesToTheEnd) {
  make("file", "abc");
  auto const file = guest_.open_rw(3, "file", 0, 1);
  EXPECT_EQ(guest_.call("fd_seek", file.fd, 0, 0, 64), Errno::success);
  EXPECT_EQ(guest_.write(file.fd, "def"), Errno::success);
  EXPECT_EQ(contents("file"), "abcdef");
  EXPECT_EQ(guest_.call("fd_fdstat_get", file.fd, 64), Errno::success);
  EXPECT_EQ(guest_.get<std::uint16_t>(66), 1u);
  EXPECT_EQ(guest_.call("fd_fdstat_set_flags", file.fd, 0), Errno::success);
  EXPECT_EQ(guest_.call("fd_seek", file.fd, 0, 0, 64), Errno::success);
  EXPECT_EQ(guest_.write(file.fd, "X"), Errno::success);
  EXPECT_EQ(contents("file"), "Xbcdef");
  EXPECT_EQ(guest_.call("fd_fdstat_set_flags", file.fd, 64), Errno::inval);
}

TEST_P(Files, SizesAreChangedWithinBounds) {
  auto const file = guest_.open_rw(3, "file", creat);
  EXPECT_EQ(guest_.call("fd_filestat_set_size", file.fd, 100), Errno::success);
  EXPECT_EQ(stat("file"), Errno::success);
  EXPECT_EQ(size(), 100u);
  EXPECT_EQ(guest_.call("fd_filestat_set_size", file.fd, std::uint64_t{1} << 63), Errno::inval);
  EXPECT_EQ(guest_.call("fd_allocate", file.fd, 50, 100), Errno::success);
  EXPECT_EQ(guest_.call("fd_allocate", file.fd, 0, 10), Errno::success);
  EXPECT_EQ(guest_.call("fd_allocate", file.fd, 0, 0), Errno::inval);
  EXPECT_EQ(guest_.call("fd_allocate", file.fd, std::uint64_t{1} << 63, 1), Errno::inval);
  EXPECT_NE(guest_.call("fd_allocate", file.fd, (std::uint64_t{1} << 63) - 1, 1000), Errno::success);
  EXPECT_EQ(stat("file"), Errno::success);
  EXPECT_EQ(size(), 150u);
  EXPECT_EQ(guest_.call("fd_advise", file.fd, 0, 100, 5), Errno::success);
  EXPECT_EQ(guest_.call("fd_advise", file.fd, 0, 100, 6), Errno::inval);
  EXPECT_EQ(guest_.call("fd_sync", file.fd), Errno::success);
  EXPECT_EQ(guest_.call("fd_datasync", file.fd), Errno::success);
}

TEST_P(Files, TimesAreSet) {
  make("file", "x");
  auto const file = guest_.open_rw(3, "file");
  auto const set = [&](std::uint64_t accessed, std::uint64_t modified, unsigned flags) {
    return guest_.call("fd_filestat_set_times", file.fd, accessed, modified, flags);
  };
  EXPECT_EQ(set(5'000'000'001, 7'000'000'002, 5), Errno::success);
  EXPECT_EQ(stat("file"), Errno::success);
  EXPECT_EQ(guest_.u64(Guest::data_at + 40), 5'000'000'001u);
  EXPECT_EQ(guest_.u64(Guest::data_at + 48), 7'000'000'002u);
  EXPECT_EQ(set(1, 1, 3), Errno::inval);
  EXPECT_EQ(set(1, 1, 12), Errno::inval);
  EXPECT_EQ(set(1, 1, 16), Errno::inval);
  EXPECT_EQ(set(1, 1, 0xFFFFFFFF), Errno::inval);
  EXPECT_EQ(set(1, 1, 8), Errno::success);
  EXPECT_EQ(stat("file"), Errno::success);
  EXPECT_EQ(guest_.u64(Guest::data_at + 40), 5'000'000'001u);
  EXPECT_GT(guest_.u64(Guest::data_at + 48), 1'000'000'000'000'000'000u);
  EXPECT_EQ(set(top, top, 5), Errno::success); // whatever the file system makes of it
  guest_.put(Guest::path_at, "file");
  EXPECT_EQ(guest_.call("path_filestat_set_times", 3, 1, Guest::path_at, 4, 3'000'000'000, 0, 1), Errno::success);
  EXPECT_EQ(stat("file"), Errno::success);
  EXPECT_EQ(guest_.u64(Guest::data_at + 40), 3'000'000'000u);
}

TEST_P(Files, DirectoriesAreMadeListedAndRemoved) {
  EXPECT_EQ(guest_.with_path("path_create_directory", 3, "d"), Errno::success);
  EXPECT_EQ(guest_.with_path("path_create_directory", 3, "d"), Errno::exist);
  EXPECT_EQ(guest_.with_path("path_create_directory", 3, "d/e/f"), Errno::noent);
  EXPECT_EQ(stat("d"), Errno::success);
  EXPECT_EQ(type(), 3u);
  auto const opened = guest_.open(3, "d", directory);
  ASSERT_EQ(opened.error, Errno::success);
  EXPECT_EQ(guest_.list(opened.fd), (std::vector<std::string>{".", ".."}));
  EXPECT_EQ(guest_.open_rw(opened.fd, "inner", creat).error, Errno::success);
  EXPECT_EQ(guest_.list(opened.fd).size(), 3u);
  EXPECT_EQ(guest_.with_path("path_remove_directory", 3, "d"), Errno::notempty);
  EXPECT_EQ(guest_.with_path("path_unlink_file", 3, "d"), Errno::isdir);
  EXPECT_EQ(guest_.with_path("path_remove_directory", 3, "d/inner"), Errno::notdir);
  EXPECT_EQ(guest_.with_path("path_unlink_file", opened.fd, "inner"), Errno::success);
  EXPECT_EQ(guest_.with_path("path_remove_directory", 3, "d/"), Errno::success);
  EXPECT_EQ(stat("d"), Errno::noent);
  EXPECT_EQ(guest_.open(3, ".", 0, 0x42).error, Errno::isdir) << "a directory is not written to";
  EXPECT_EQ(guest_.read(3), "[76]");
  EXPECT_EQ(guest_.call("fd_seek", 3, 0, 0, 64), Errno::notcapable);
}

TEST_P(Files, BigDirectoriesAreListedWithAnyBuffer) {
  std::set<std::string> expected{".", ".."};
  for (int i = 0; i < 300; ++i) {
    auto const name = "file-" + std::to_string(i);
    make(name, "");
    expected.insert(name);
  }
  for (std::uint32_t const buffer : {40u, 64u, 100u, 1000u, 65536u}) {
    auto const names = guest_.list(3, buffer);
    EXPECT_EQ(names.size(), expected.size()) << buffer;
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), expected) << buffer;
  }
  for (std::uint32_t const buffer : {0u, 1u, 23u, 24u}) {
    EXPECT_EQ(guest_.call("fd_readdir", 3, Guest::data_at, buffer, 0, 64), Errno::success);
    EXPECT_EQ(guest_.u32(64), buffer);
  }
  EXPECT_EQ(guest_.call("fd_readdir", 3, Guest::data_at, 100, top, 64), Errno::inval);
  EXPECT_EQ(guest_.call("fd_readdir", 3, Guest::data_at, memory_bytes, 0, 64), Errno::fault);
  EXPECT_EQ(guest_.call("fd_readdir", 3, Guest::data_at, 100, 0, memory_bytes - 2), Errno::fault);
}

TEST_P(Files, LinksLeadWithinTheFolder) {
  make("file", "x");
  EXPECT_EQ(guest_.with_path("path_create_directory", 3, "d"), Errno::success);
  EXPECT_EQ(symlink("../file", "d/link"), Errno::success);
  EXPECT_EQ(guest_.read(guest_.open(3, "d/link").fd), "x");
  EXPECT_EQ(guest_.open(3, "d/link", 0, 2, 0, 0).error, Errno::loop);
  EXPECT_EQ(stat("d/link", 0), Errno::success);
  EXPECT_EQ(type(), 7u);
  EXPECT_EQ(stat("d/link", 1), Errno::success);
  EXPECT_EQ(type(), 4u);
  guest_.put(Guest::path_at, "d/link");
  EXPECT_EQ(guest_.call("path_readlink", 3, Guest::path_at, 6, 100, 4, 64), Errno::success);
  EXPECT_EQ(guest_.u32(64), 4u);
  EXPECT_EQ(guest_.text(100, 4), "../f");
  EXPECT_EQ(guest_.call("path_readlink", 3, Guest::path_at, 6, memory_bytes - 1, 4, 64), Errno::fault);
  guest_.put(Guest::path_at, "file");
  EXPECT_EQ(guest_.call("path_readlink", 3, Guest::path_at, 4, 100, 4, 64), Errno::inval);
  EXPECT_EQ(symlink("loop", "loop"), Errno::success);
  EXPECT_EQ(guest_.open(3, "loop").error, Errno::loop);
  EXPECT_EQ(symlink("d/", "to-d"), Errno::success);
  EXPECT_EQ(guest_.open(3, "to-d/link").error, Errno::success);
  // The link leads out of the directory that is started from now.
  auto const inner = guest_.open(3, "d", directory);
  EXPECT_EQ(guest_.open(inner.fd, "link").error, Errno::notcapable);
}

TEST_P(Files, NothingLeadsOut) {
  EXPECT_EQ(guest_.with_path("path_create_directory", 3, "d"), Errno::success);
  for (std::string const path :
       {"..", "../x", "d/../../x", "/", "/etc/passwd", "//x", "d/../../../etc", "../other/x"}) {
    EXPECT_EQ(guest_.open(3, path).error, Errno::notcapable) << path;
    EXPECT_EQ(guest_.open_rw(3, path, creat).error, Errno::notcapable) << path;
    EXPECT_EQ(stat(path), Errno::notcapable) << path;
    EXPECT_EQ(guest_.with_path("path_create_directory", 3, path), Errno::notcapable) << path;
    EXPECT_EQ(guest_.with_path("path_unlink_file", 3, path), Errno::notcapable) << path;
    EXPECT_EQ(guest_.with_path("path_remove_directory", 3, path), Errno::notcapable) << path;
    EXPECT_EQ(two_paths("path_rename", 3, "d", 3, path), Errno::notcapable) << path;
    EXPECT_EQ(two_paths("path_rename", 3, path, 3, "x"), Errno::notcapable) << path;
    EXPECT_EQ(two_paths("path_link", 3, path, 3, "x"), Errno::notcapable) << path;
    EXPECT_EQ(symlink("x", path), Errno::notcapable) << path;
  }
  for (std::string const target : {"/", "/etc", "..", "../x", "d/../.."}) {
    EXPECT_EQ(symlink(target, "link"), Errno::notcapable) << target;
  }
  EXPECT_EQ(symlink("../..", "d/link"), Errno::notcapable);
}

TEST_P(Files, PathsThatAreNone) {
  EXPECT_EQ(guest_.open(3, "").error, Errno::noent);
  EXPECT_EQ(guest_.open(3, "\xff").error, Errno::ilseq);
  EXPECT_EQ(guest_.open(3, "\xed\xa0\x80").error, Errno::ilseq);
  EXPECT_EQ(guest_.open(3, std::string_view{"a\0b", 3}).error, Errno::inval);
  EXPECT_EQ(guest_.open(3, std::string(5000, 'a')).error, Errno::nametoolong);
  EXPECT_EQ(guest_.open(3, std::string(300, 'a')).error, Errno::nametoolong);
  EXPECT_EQ(guest_.call("path_create_directory", 3, 0, top), Errno::fault);
  EXPECT_EQ(guest_.call("path_create_directory", 3, memory_bytes, 0), Errno::noent);
  EXPECT_EQ(guest_.open_rw(3, "\xc3\xa9\xf0\x9f\x98\x80", creat).error, Errno::success);
}

TEST_P(Files, AreRenamedAndLinked) {
  make("file", "x");
  EXPECT_EQ(two_paths("path_rename", 3, "file", 3, "moved"), Errno::success);
  EXPECT_EQ(two_paths("path_link", 3, "moved", 3, "second"), Errno::success);
  EXPECT_EQ(two_paths("path_link", 3, "moved", 3, "second"), Errno::exist);
  EXPECT_EQ(stat("moved"), Errno::success);
  EXPECT_EQ(guest_.u64(Guest::data_at + 24), 2u);
  EXPECT_EQ(guest_.with_path("path_unlink_file", 3, "moved"), Errno::success);
  EXPECT_EQ(contents("second"), "x");
  EXPECT_EQ(guest_.with_path("path_create_directory", 3, "d"), Errno::success);
  EXPECT_EQ(two_paths("path_link", 3, "d", 3, "e"), Errno::perm);
  EXPECT_EQ(two_paths("path_rename", 3, "d", 3, "second"), Errno::notdir);
  EXPECT_EQ(two_paths("path_rename", 3, "second", 3, "d"), Errno::isdir);
  EXPECT_EQ(two_paths("path_rename", 3, "d", 3, "d/inner"), Errno::inval);
  EXPECT_EQ(two_paths("path_rename", 3, "none", 3, "x"), Errno::noent);
  EXPECT_EQ(two_paths("path_rename", 3, "d/", 3, "e/"), Errno::success);
  EXPECT_EQ(two_paths("path_rename", 3, ".", 3, "f"), Errno::busy);
  EXPECT_EQ(two_paths("path_rename", 3, "second", 3, "e/second"), Errno::success);
  EXPECT_EQ(two_paths("path_rename", 3, "e/second", 5, "third"), Errno::success);
  EXPECT_EQ(two_paths("path_rename", 3, "e", 2, "x"), Errno::notdir);
}

TEST_P(Files, ARemovedFileLivesWhileItIsOpen) {
  auto const file = guest_.open_rw(3, "file", creat);
  EXPECT_EQ(guest_.with_path("path_unlink_file", 3, "file"), Errno::success);
  EXPECT_EQ(guest_.write(file.fd, "still here"), Errno::success);
  EXPECT_EQ(guest_.call("fd_seek", file.fd, 0, 0, 64), Errno::success);
  EXPECT_EQ(guest_.read(file.fd), "still here");
  EXPECT_EQ(guest_.open(3, "file").error, Errno::noent);
}

TEST_P(Files, ReadOnlyFoldersStayAsTheyAre) {
  make("file", "x");
  EXPECT_EQ(guest_.read(guest_.open(4, "file").fd), "x");
  EXPECT_EQ(guest_.open_rw(4, "file").error, Errno::notcapable);
  EXPECT_EQ(guest_.open(4, "new", creat).error, Errno::notcapable);
  EXPECT_EQ(guest_.open(4, "file", trunc).error, Errno::notcapable);
  EXPECT_EQ(guest_.with_path("path_create_directory", 4, "d"), Errno::notcapable);
  EXPECT_EQ(guest_.with_path("path_unlink_file", 4, "file"), Errno::notcapable);
  EXPECT_EQ(guest_.with_path("path_remove_directory", 4, "file"), Errno::notcapable);
  EXPECT_EQ(symlink("file", "link", 4), Errno::notcapable);
  EXPECT_EQ(two_paths("path_rename", 4, "file", 3, "x"), Errno::notcapable);
  EXPECT_EQ(two_paths("path_rename", 3, "file", 4, "x"), Errno::notcapable);
  EXPECT_EQ(two_paths("path_link", 4, "file", 3, "x"), Errno::notcapable) << "it could be written through the link";
  EXPECT_EQ(two_paths("path_link", 3, "file", 4, "x"), Errno::notcapable);
  guest_.put(Guest::path_at, "file");
  EXPECT_EQ(guest_.call("path_filestat_set_times", 4, 1, Guest::path_at, 4, 1, 1, 5), Errno::notcapable);
  auto const file = guest_.open(4, "file");
  EXPECT_EQ(guest_.write(file.fd, "y"), Errno::notcapable);
  EXPECT_EQ(guest_.call("fd_filestat_set_size", file.fd, 0), Errno::notcapable);
  EXPECT_EQ(guest_.call("fd_filestat_set_times", file.fd, 1, 1, 5), Errno::notcapable);
  EXPECT_EQ(guest_.call("fd_allocate", file.fd, 0, 100), Errno::notcapable);
  // Not by way of a directory opened in it, either.
  auto const again = guest_.open(4, ".", directory, 0x3FFFFFFF & ~0x40u);
  ASSERT_EQ(again.error, Errno::success);
  EXPECT_EQ(guest_.open_rw(again.fd, "file").error, Errno::notcapable);
  EXPECT_EQ(guest_.with_path("path_unlink_file", again.fd, "file"), Errno::notcapable);
  EXPECT_EQ(contents("file"), "x");
}

TEST_P(Files, RightsOnlyShrink) {
  make("file", "x");
  auto const file = guest_.open_rw(3, "file");
  ASSERT_EQ(guest_.call("fd_fdstat_get", file.fd, 64), Errno::success);
  auto const rights = guest_.u64(72);
  EXPECT_EQ(guest_.call("fd_fdstat_set_rights", file.fd, rights & ~std::uint64_t{0x40}, 0), Errno::success);
  EXPECT_EQ(guest_.write(file.fd, "y"), Errno::notcapable);
  EXPECT_EQ(guest_.read(file.fd), "x");
  EXPECT_EQ(guest_.call("fd_fdstat_set_rights", file.fd, rights, 0), Errno::notcapable);
  EXPECT_EQ(guest_.call("fd_fdstat_set_rights", file.fd, 0, top), Errno::notcapable);
}

TEST_P(Files, NumbersAreReusedLowestFirst) {
  std::vector<std::uint32_t> fds;
  for (int i = 0; i < 5; ++i) {
    fds.push_back(guest_.open_rw(3, "file", creat).fd);
  }
  EXPECT_EQ(fds, (std::vector<std::uint32_t>{6, 7, 8, 9, 10}));
  EXPECT_EQ(guest_.call("fd_close", 9), Errno::success);
  EXPECT_EQ(guest_.call("fd_close", 7), Errno::success);
  EXPECT_EQ(guest_.open(3, "file").fd, 7u);
  EXPECT_EQ(guest_.open(3, "file").fd, 9u);
  EXPECT_EQ(guest_.call("fd_close", 0xFFFFFFFF), Errno::badf);
}

TEST_P(Files, Renumber) {
  make("a", "of a");
  make("b", "of b");
  auto const a = guest_.open(3, "a");
  auto const b = guest_.open(3, "b");
  EXPECT_EQ(guest_.call("fd_renumber", a.fd, a.fd), Errno::success);
  EXPECT_EQ(guest_.call("fd_renumber", a.fd, 100), Errno::badf);
  EXPECT_EQ(guest_.call("fd_renumber", 100, a.fd), Errno::badf);
  EXPECT_EQ(guest_.call("fd_renumber", a.fd, b.fd), Errno::success);
  EXPECT_EQ(guest_.read(a.fd), "[8]");
  EXPECT_EQ(guest_.read(b.fd), "of a");
  EXPECT_EQ(guest_.call("fd_renumber", b.fd, 5), Errno::success); // over a preopen
  EXPECT_EQ(guest_.call("fd_prestat_get", 5, 64), Errno::badf);
  // Each time two are open, in turns as 5 and 6, and one goes away: 100,000 would be far more than may be open.
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_EQ(guest_.open(3, "b").fd, i % 2 == 0 ? 6u : 5u);
    ASSERT_EQ(guest_.call("fd_renumber", i % 2 == 0 ? 5 : 6, i % 2 == 0 ? 6 : 5), Errno::success);
  }
  EXPECT_EQ(guest_.call("fd_seek", 5, 0, 0, 64), Errno::success);
  EXPECT_EQ(guest_.read(5), "of a") << "still the first one";
}

TEST_P(Files, PreopensTellTheirNames) {
  EXPECT_EQ(guest_.call("fd_prestat_get", 4, 64), Errno::success);
  EXPECT_EQ(guest_.u32(64), 0u);
  EXPECT_EQ(guest_.u32(68), 3u);
  EXPECT_EQ(guest_.call("fd_prestat_dir_name", 4, 100, 3), Errno::success);
  EXPECT_EQ(guest_.text(100, 3), "/ro");
  EXPECT_EQ(guest_.call("fd_prestat_dir_name", 4, 100, 2), Errno::nametoolong);
  EXPECT_EQ(guest_.call("fd_prestat_dir_name", 4, memory_bytes - 1, 3), Errno::fault);
  EXPECT_EQ(guest_.call("fd_prestat_get", 1, 64), Errno::badf);
  EXPECT_EQ(guest_.call("fd_prestat_get", 99, 64), Errno::badf);
  EXPECT_EQ(guest_.call("fd_prestat_get", 3, memory_bytes - 7), Errno::fault);
}

INSTANTIATE_TEST_SUITE_P(Places, Files, testing::Values(Place::host, Place::host_components, Place::memory),
                         [](testing::TestParamInfo<Place> const& info) {
                           return info.param == Place::host              ? "host"
                                  : info.param == Place::host_components ? "host_components"
                                                                         : "memory";
                         });

// A folder that is given twice: as a part of another one, and by itself.
TEST(Preopens, InsideOfOneAnotherStayWhatTheyAre) {
  for (auto const resolver : {PathResolver::automatic, PathResolver::components}) {
    TemporaryFolder folder;
    fs::create_directories(folder.path() / "in" / "sub");
    fs::create_directories(folder.path() / "in" / "full" / "x");
    Guest guest{Config{}
                    .preopen(folder.path() / "in", "/")
                    .preopen(folder.path() / "in" / "sub", "/sub")
                    .preopen(folder.path() / "in" / "full", "/full")
                    .path_resolver(resolver)};
    auto const rename = [&](std::uint32_t fd, std::string_view path, std::uint32_t to, std::string_view new_path) {
      guest.put(Guest::path_at, path);
      guest.put(Guest::path2_at, new_path);
      return guest.call("path_rename", fd, Guest::path_at, path.size(), to, Guest::path2_at, new_path.size());
    };
    ASSERT_EQ(guest.with_path("path_create_directory", 3, "d"), Errno::success);
    EXPECT_EQ(rename(3, "d", 3, "full"), Errno::notempty);
    EXPECT_EQ(rename(3, "d", 4, "."), Errno::busy);
    EXPECT_EQ(rename(4, ".", 3, "e"), Errno::busy);
    EXPECT_EQ(rename(3, "d", 4, ".."), Errno::notcapable);
    // An empty folder may be replaced, as any: what was opened stays what it was, which now is removed.
    EXPECT_EQ(rename(3, "d", 3, "sub"), Errno::success);
    EXPECT_EQ(guest.open_rw(4, "file", creat).error, Errno::noent);
    // A folder that moves up takes its guest along, which sees no more by it.
    EXPECT_EQ(rename(5, "x", 3, "moved"), Errno::success);
    EXPECT_EQ(guest.open(5, "../moved").error, Errno::notcapable);
  }
}

TEST(Quotas, DescriptorsAreLimited) {
  TemporaryFolder folder;
  folder.write("file", "");
  Guest guest{Config{}.preopen(folder.path(), "/").max_descriptors(20)};
  Guest::Opened last;
  int opened = 0;
  for (; opened < 100 && last.error == Errno::success; ++opened) {
    last = guest.open(3, "file");
  }
  EXPECT_EQ(last.error, Errno::mfile);
  EXPECT_EQ(opened - 1, 20 - 4);
  EXPECT_EQ(guest.open_rw(3, "new", creat).error, Errno::mfile);
  EXPECT_FALSE(fs::exists(folder.path() / "new")) << "the limit comes before the effect";
  EXPECT_EQ(guest.call("fd_close", 10), Errno::success);
  EXPECT_EQ(guest.open(3, "file").fd, 10u);
}

TEST(Quotas, MemoryFilesAreLimited) {
  auto const memory = std::make_shared<MemoryFileSystem>(10'000);
  Guest guest{Config{}.mount(memory, "/")};
  auto const file = guest.open_rw(3, "file", creat);
  ASSERT_EQ(file.error, Errno::success);
  EXPECT_EQ(guest.call("fd_filestat_set_size", file.fd, 20'000), Errno::nospc);
  EXPECT_EQ(guest.call("fd_filestat_set_size", file.fd, 9'000), Errno::success);
  EXPECT_EQ(guest.call("fd_seek", file.fd, std::uint64_t{1} << 40, 0, 64), Errno::success);
  EXPECT_EQ(guest.write(file.fd, "x"), Errno::nospc);
  EXPECT_EQ(guest.call("fd_filestat_set_size", file.fd, 0), Errno::success);
  Errno last = Errno::success;
  for (int i = 0; i < 1000 && last == Errno::success; ++i) {
    last = guest.with_path("path_create_directory", 3, std::to_string(i));
  }
  EXPECT_EQ(last, Errno::nospc);
  EXPECT_LE(memory->bytes_used(), 10'000u);
}

TEST(Escapes, LinksThatTheHostMadeLeadNowhere) {
  for (auto const resolver : {PathResolver::automatic, PathResolver::components}) {
    TemporaryFolder folder;
    fs::create_directories(folder.path() / "in");
    folder.write("secret", "secret");
    fs::create_symlink("../secret", folder.path() / "in" / "relative");
    fs::create_symlink(folder.path() / "secret", folder.path() / "in" / "absolute");
    fs::create_symlink("..", folder.path() / "in" / "up");
    fs::create_symlink("../new", folder.path() / "in" / "dangling");
    ASSERT_EQ(::mkfifo((folder.path() / "in" / "pipe").c_str(), 0666), 0);
    Guest guest{Config{}.preopen(folder.path() / "in", "/").path_resolver(resolver)};
    for (std::string const path : {"relative", "absolute", "up", "up/secret", "up/in/relative", "dangling"}) {
      EXPECT_EQ(guest.open(3, path).error, Errno::notcapable) << path;
      EXPECT_EQ(guest.open_rw(3, path, creat | trunc).error, Errno::notcapable) << path;
    }
    EXPECT_FALSE(fs::exists(folder.path() / "new"));
    EXPECT_EQ(folder.contents("secret"), "secret");
    auto const pipe = guest.open(3, "pipe"); // does not wait for a writer
    EXPECT_EQ(pipe.error, Errno::success);
    EXPECT_EQ(guest.read(pipe.fd), "");
  }
}

} // namespace
} // namespace weir::wasi::test
