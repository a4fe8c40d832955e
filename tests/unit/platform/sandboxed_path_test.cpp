// Nothing reaches outside: every way out that is known is tried on both resolvers, and the tree outside is looked at
// afterwards.
#include "platform/sandboxed_path.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::platform {
namespace {

namespace fs = std::filesystem;

class SandboxedPathTest : public testing::TestWithParam<PathResolver> {
 protected:
  SandboxedPathTest() {
    std::string name = (fs::temp_directory_path() / "weir-path-XXXXXX").string();
    base_ = ::mkdtemp(name.data());
    inside_ = base_ / "in";
    outside_ = base_ / "out";
    fs::create_directories(inside_ / "a" / "b");
    fs::create_directories(outside_ / "dir");
    write(inside_ / "file", "inside");
    write(inside_ / "a" / "b" / "deep", "deep");
    write(outside_ / "secret", "secret");
    write(outside_ / "dir" / "secret", "secret");
    for (auto const& [link, target] : std::map<std::string, std::string>{
             {"up", ".."},
             {"absolute", outside_.string()},
             {"to-secret", "../out/secret"},
             {"to-dir", "../out/dir"},
             {"to-dir-slash", "../out/dir/"},
             {"chain1", "chain2"},
             {"chain2", "a/../to-dir"},
             {"absolute-secret", (outside_ / "secret").string()},
             {"dangling-out", "../out/new"},
             {"dangling-in", "a/new"},
             {"root", "/proc/self/root"},
             {"good", "a/b"},
             {"good-up", "a/../a/b/deep"},
             {"self", "self"},
         }) {
      fs::create_symlink(target, inside_ / link);
    }
    directory_ = FileDescriptor{::open(inside_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    before_ = outside_tree();
  }

  ~SandboxedPathTest() override { fs::remove_all(base_); }

  void SetUp() override {
    if (GetParam() == PathResolver::automatic && !has_kernel_resolver()) {
      GTEST_SKIP() << "this system has no openat2, so that both resolvers are the same";
    }
  }

  void TearDown() override { EXPECT_EQ(outside_tree(), before_) << "the tree outside has changed"; }

  static void write(fs::path const& path, std::string const& text) { std::ofstream{path} << text; }

  Sandbox sandbox() const { return {directory_.get(), GetParam()}; }

  // Names, kinds, sizes, link counts and times of everything outside.
  std::map<std::string, std::string> outside_tree() const {
    std::map<std::string, std::string> tree;
    for (auto const& entry : fs::recursive_directory_iterator{outside_}) {
      struct stat found{};
      EXPECT_EQ(::lstat(entry.path().c_str(), &found), 0);
      tree[entry.path().string()] = std::to_string(found.st_mode) + " " + std::to_string(found.st_size) + " " +
                                    std::to_string(found.st_nlink) + " " + std::to_string(found.st_mtim.tv_sec) + "." +
                                    std::to_string(found.st_mtim.tv_nsec);
    }
    return tree;
  }

  int open_error(std::string const& path, int flags = O_RDONLY, bool follow = true) const {
    auto const opened = open_beneath(sandbox(), path, flags, 0666, follow);
    return opened.has_value() ? 0 : opened.error();
  }

  static int error_of(SystemResult<void> const& result) { return result.has_value() ? 0 : result.error(); }

  std::string contents(std::string const& path) const {
    auto const opened = open_beneath(sandbox(), path, O_RDONLY, 0, true);
    if (!opened.has_value()) {
      return "error " + std::to_string(opened.error());
    }
    char text[100];
    auto const size = ::read(opened->get(), text, sizeof text);
    return size < 0 ? "unreadable" : std::string(text, static_cast<std::size_t>(size));
  }

  fs::path base_;
  fs::path inside_;
  fs::path outside_;
  FileDescriptor directory_;
  std::map<std::string, std::string> before_;
};

// Paths that lead out by a directory on the way.
std::vector<std::string> const ways_out{"../out",
                                        "../in/file",
                                        "..",
                                        "../",
                                        "a/../../out",
                                        "a/b/../../../out/dir",
                                        "up/out/dir",
                                        "absolute/dir",
                                        "absolute/",
                                        "to-dir/.",
                                        "to-dir/",
                                        "to-dir-slash/secret",
                                        "chain1/.",
                                        "chain1/secret",
                                        "/etc/passwd",
                                        "//etc",
                                        "/",
                                        "./../out",
                                        "good/../../..",
                                        "root/etc",
                                        "root/",
                                        "good/../../up/out"};

TEST_P(SandboxedPathTest, OpensWhatIsInside) {
  EXPECT_EQ(contents("file"), "inside");
  EXPECT_EQ(contents("./a/.././file"), "inside");
  EXPECT_EQ(contents("a/b/deep"), "deep");
  EXPECT_EQ(contents("a//b///deep"), "deep");
  EXPECT_EQ(contents("good/deep"), "deep");
  EXPECT_EQ(contents("good-up"), "deep");
  EXPECT_EQ(open_error(".", O_RDONLY | O_DIRECTORY), 0);
  EXPECT_EQ(open_error("a/b/", O_RDONLY | O_DIRECTORY), 0);
  EXPECT_EQ(open_error("a/..", O_RDONLY | O_DIRECTORY), 0);
  EXPECT_EQ(open_error("good", O_RDONLY | O_DIRECTORY), 0);
}

TEST_P(SandboxedPathTest, OpensNothingOutside) {
  for (auto const& path : ways_out) {
    for (int const flags : {O_RDONLY, O_RDONLY | O_DIRECTORY, O_WRONLY | O_CREAT}) {
      EXPECT_EQ(open_error(path, flags), outside_sandbox) << path << " flags " << flags;
    }
  }
  for (std::string const path : {"to-secret", "absolute-secret", "to-dir", "chain1", "absolute", "root", "up"}) {
    EXPECT_EQ(open_error(path), outside_sandbox) << path;
    EXPECT_EQ(open_error(path, O_WRONLY | O_TRUNC), outside_sandbox) << path;
    EXPECT_EQ(open_error(path, O_RDONLY | O_DIRECTORY), outside_sandbox) << path;
  }
}

TEST_P(SandboxedPathTest, LinksAreNotFollowedUnlessAsked) {
  EXPECT_EQ(open_error("to-secret", O_RDONLY, false), ELOOP);
  EXPECT_EQ(open_error("good-up", O_RDONLY, false), ELOOP);
  EXPECT_EQ(open_error("self"), ELOOP);
  EXPECT_EQ(open_error("self/x"), ELOOP);
  auto const link = stat_beneath(sandbox(), "to-secret", false);
  ASSERT_TRUE(link.has_value());
  EXPECT_TRUE(S_ISLNK(link->st_mode));
  auto const followed = stat_beneath(sandbox(), "good", true);
  ASSERT_TRUE(followed.has_value());
  EXPECT_TRUE(S_ISDIR(followed->st_mode));
}

TEST_P(SandboxedPathTest, CreatesNothingThroughLinksToOutside) {
  for (int const more : {0, O_EXCL, O_TRUNC}) {
    for (bool const follow : {false, true}) {
      int const error = open_error("dangling-out", O_WRONLY | O_CREAT | more, follow);
      EXPECT_TRUE(error == outside_sandbox || error == EEXIST || error == ELOOP) << error;
      EXPECT_FALSE(fs::exists(outside_ / "new"));
    }
  }
  EXPECT_EQ(open_error("dangling-in", O_WRONLY | O_CREAT), 0);
  EXPECT_TRUE(fs::exists(inside_ / "a" / "new"));
  EXPECT_EQ(open_error("dangling-in", O_WRONLY | O_CREAT | O_EXCL), EEXIST);
}

TEST_P(SandboxedPathTest, StatsNothingOutside) {
  for (auto const& path : ways_out) {
    for (bool const follow : {false, true}) {
      auto const found = stat_beneath(sandbox(), path, follow);
      ASSERT_FALSE(found.has_value()) << path;
      EXPECT_EQ(found.error(), outside_sandbox) << path;
    }
  }
}

TEST_P(SandboxedPathTest, ChangesNothingOutside) {
  for (auto const& way : ways_out) {
    auto const path = way + (way.ends_with('/') ? "secret" : "/secret");
    auto const fresh = way + (way.ends_with('/') ? "fresh" : "/fresh");
    EXPECT_EQ(error_of(make_directory_beneath(sandbox(), fresh, 0777)), outside_sandbox) << fresh;
    EXPECT_EQ(error_of(remove_beneath(sandbox(), path, false)), outside_sandbox) << path;
    EXPECT_EQ(error_of(remove_beneath(sandbox(), path, true)), outside_sandbox) << path;
    EXPECT_EQ(error_of(rename_beneath(sandbox(), path, sandbox(), "mine")), outside_sandbox) << path;
    EXPECT_EQ(error_of(rename_beneath(sandbox(), "file", sandbox(), fresh)), outside_sandbox) << fresh;
    EXPECT_EQ(error_of(link_beneath(sandbox(), path, false, sandbox(), "mine")), outside_sandbox) << path;
    EXPECT_EQ(error_of(link_beneath(sandbox(), path, true, sandbox(), "mine")), outside_sandbox) << path;
    EXPECT_EQ(error_of(link_beneath(sandbox(), "file", false, sandbox(), fresh)), outside_sandbox) << fresh;
    EXPECT_EQ(error_of(symlink_beneath("x", sandbox(), fresh)), outside_sandbox) << fresh;
    auto const link = read_link_beneath(sandbox(), path);
    EXPECT_EQ(link.has_value() ? 0 : link.error(), outside_sandbox) << path;
    for (bool const follow : {false, true}) {
      timespec const times[2]{{1, 0}, {1, 0}};
      EXPECT_EQ(error_of(set_times_beneath(sandbox(), path, follow, times)), outside_sandbox) << path;
    }
  }
  timespec const times[2]{{1, 0}, {1, 0}};
  EXPECT_EQ(error_of(set_times_beneath(sandbox(), "to-secret", true, times)), outside_sandbox);
  EXPECT_EQ(error_of(link_beneath(sandbox(), "to-secret", true, sandbox(), "mine")), outside_sandbox);
  EXPECT_FALSE(fs::exists(fs::symlink_status(inside_ / "mine")));
}

TEST_P(SandboxedPathTest, ActsOnLinksThemselves) {
  EXPECT_EQ(error_of(link_beneath(sandbox(), "to-secret", false, sandbox(), "copy")), 0);
  EXPECT_TRUE(fs::is_symlink(inside_ / "copy"));
  EXPECT_EQ(open_error("copy"), outside_sandbox);
  timespec const times[2]{{1, 0}, {2, 0}};
  EXPECT_EQ(error_of(set_times_beneath(sandbox(), "to-secret", false, times)), 0);
  EXPECT_EQ(error_of(rename_beneath(sandbox(), "to-dir", sandbox(), "moved")), 0);
  EXPECT_EQ(error_of(remove_beneath(sandbox(), "moved", false)), 0);
  EXPECT_EQ(error_of(remove_beneath(sandbox(), "to-secret", true)), ENOTDIR);
  EXPECT_EQ(error_of(remove_beneath(sandbox(), "to-secret", false)), 0);
  EXPECT_EQ(error_of(rename_beneath(sandbox(), "file", sandbox(), "absolute")), 0);
  EXPECT_EQ(contents("absolute"), "inside");
  EXPECT_EQ(error_of(make_directory_beneath(sandbox(), "dangling-out", 0777)), EEXIST);
  EXPECT_EQ(error_of(make_directory_beneath(sandbox(), "dangling-out/", 0777)), EEXIST);
}

TEST_P(SandboxedPathTest, RefusesLinksThatWouldLeadOut) {
  for (std::string const target : {"/", "/etc/passwd", "..", "../out", "a/../..", "a/../../out", "./../x"}) {
    EXPECT_EQ(error_of(symlink_beneath(target, sandbox(), "new")), outside_sandbox) << target;
    EXPECT_FALSE(fs::exists(fs::symlink_status(inside_ / "new"))) << target;
  }
  EXPECT_EQ(error_of(symlink_beneath("../../..", sandbox(), "a/b/new")), outside_sandbox);
  EXPECT_EQ(error_of(symlink_beneath("../../file", sandbox(), "a/b/new")), 0);
  EXPECT_EQ(contents("a/b/new"), "inside");
  EXPECT_EQ(error_of(symlink_beneath("", sandbox(), "new")), ENOENT);
  EXPECT_EQ(error_of(symlink_beneath(std::string("a\0b", 3), sandbox(), "new")), EINVAL);
}

TEST_P(SandboxedPathTest, SlashesAtTheEndMeanDirectories) {
  EXPECT_EQ(open_error("file/"), ENOTDIR);
  EXPECT_EQ(open_error("file/."), ENOTDIR);
  EXPECT_EQ(open_error("fresh/", O_WRONLY | O_CREAT), EISDIR);
  EXPECT_EQ(error_of(remove_beneath(sandbox(), "file/", false)), ENOTDIR);
  EXPECT_EQ(error_of(remove_beneath(sandbox(), "a/", false)), EISDIR);
  EXPECT_EQ(error_of(remove_beneath(sandbox(), "file/", true)), ENOTDIR);
  EXPECT_EQ(error_of(rename_beneath(sandbox(), "file/", sandbox(), "x")), ENOTDIR);
  EXPECT_EQ(error_of(rename_beneath(sandbox(), "file", sandbox(), "x/")), ENOTDIR);
  EXPECT_EQ(error_of(rename_beneath(sandbox(), "a/b/", sandbox(), "moved/")), 0);
  EXPECT_EQ(error_of(link_beneath(sandbox(), "file", false, sandbox(), "x/")), ENOENT);
  EXPECT_EQ(error_of(link_beneath(sandbox(), "file/", false, sandbox(), "x")), ENOTDIR);
  EXPECT_EQ(error_of(link_beneath(sandbox(), "a", false, sandbox(), "x")), EPERM);
  EXPECT_EQ(error_of(symlink_beneath("file", sandbox(), "x/")), ENOENT);
  EXPECT_EQ(error_of(symlink_beneath("file", sandbox(), "a/")), EEXIST);
  EXPECT_EQ(error_of(make_directory_beneath(sandbox(), "made//", 0777)), 0);
  EXPECT_EQ(error_of(remove_beneath(sandbox(), "made/", true)), 0);
  EXPECT_EQ(contents("file"), "inside");
}

TEST_P(SandboxedPathTest, TheDirectoryItselfStays) {
  for (std::string const path : {".", "a/..", "./", "a/b/../.."}) {
    EXPECT_NE(error_of(remove_beneath(sandbox(), path, true)), 0) << path;
    EXPECT_NE(error_of(remove_beneath(sandbox(), path, false)), 0) << path;
    EXPECT_NE(error_of(rename_beneath(sandbox(), path, sandbox(), "x")), 0) << path;
    EXPECT_NE(error_of(rename_beneath(sandbox(), "a", sandbox(), path)), 0) << path;
    EXPECT_EQ(error_of(make_directory_beneath(sandbox(), path, 0777)), EEXIST) << path;
  }
}

TEST_P(SandboxedPathTest, RefusesPathsThatAreNone) {
  EXPECT_EQ(open_error(""), ENOENT);
  EXPECT_EQ(open_error(std::string("file\0", 5)), EINVAL);
  EXPECT_EQ(open_error(std::string(5000, 'x')), ENAMETOOLONG);
  EXPECT_EQ(open_error(std::string(300, 'x')), ENAMETOOLONG);
  EXPECT_EQ(error_of(make_directory_beneath(sandbox(), "", 0777)), ENOENT);
  std::string deep = "a";
  for (int i = 0; i < 1000; ++i) {
    deep += "/.";
  }
  EXPECT_EQ(open_error(deep), 0);
}

TEST_P(SandboxedPathTest, DeepPathsTakeFewDescriptors) {
  constexpr int depth = 300;
  std::string deep;
  std::string back;
  for (int i = 0; i < depth; ++i) {
    deep += "d/";
    ASSERT_EQ(error_of(make_directory_beneath(sandbox(), deep, 0777)), 0) << i;
    back += "../";
  }
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit const few{200, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  int const down = open_error(deep, O_RDONLY | O_DIRECTORY);
  int const up = open_error(deep + back.substr(0, std::size_t{3} * 100) + "d", O_RDONLY | O_DIRECTORY);
  int const too_far = open_error(deep + back + "file");
  int const out = open_error(deep + back + "../out/secret");
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(down, 0);
  EXPECT_EQ(up, 0);
  bool const walks = GetParam() == PathResolver::components;
  EXPECT_EQ(too_far, walks ? ENAMETOOLONG : 0);
  EXPECT_EQ(out, walks ? ENAMETOOLONG : outside_sandbox);
}

TEST_P(SandboxedPathTest, PipesAndDevicesDoNotWait) {
  ASSERT_EQ(::mkfifo((inside_ / "pipe").c_str(), 0666), 0);
  EXPECT_EQ(open_error("pipe", O_RDONLY), 0);
  EXPECT_EQ(open_error("pipe", O_WRONLY), ENXIO);
  FileDescriptor const dev{::open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  ASSERT_TRUE(dev);
  for (std::string const name : {"null", "zero", "full", "tty", "ptmx", "console"}) { // some may be missing
    auto const opened = open_beneath({dev.get(), GetParam()}, name, O_RDONLY, 0, true);
    char byte = 0;
    auto const got = opened.has_value() ? ::read(opened->get(), &byte, 1) : 0;
    EXPECT_TRUE(got >= 0 || errno != EINTR) << name;
  }
}

TEST_P(SandboxedPathTest, MagicLinksLeadNowhere) {
  FileDescriptor const proc{::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  ASSERT_TRUE(proc);
  FileDescriptor const held{::open((outside_ / "secret").c_str(), O_RDONLY | O_CLOEXEC)};
  Sandbox const in_proc{proc.get(), GetParam()};
  auto const self = std::to_string(::getpid());
  for (std::string const& path : {self + "/root", self + "/root/etc", self + "/cwd", self + "/cwd/.",
                                  std::string{"self/root"}, self + "/fd/" + std::to_string(held.get())}) {
    auto const opened = open_beneath(in_proc, path, O_RDONLY, 0, true);
    ASSERT_FALSE(opened.has_value()) << path;
    EXPECT_EQ(opened.error(), outside_sandbox) << path;
  }
  FileDescriptor const dev{::open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  ASSERT_TRUE(dev);
  for (std::string const path : {"fd/0", "fd", "stdin"}) { // links into /proc, where there are such
    auto const opened = open_beneath({dev.get(), GetParam()}, path, O_RDONLY, 0, true);
    ASSERT_FALSE(opened.has_value()) << path;
    EXPECT_TRUE(opened.error() == outside_sandbox || !fs::exists("/dev/fd")) << path << " " << opened.error();
  }
}

// Another process exchanges a directory for a link to the outside, as fast as it can, while paths through it are used.
TEST_P(SandboxedPathTest, WinsTheRaceAgainstRenaming) {
  fs::create_directories(inside_ / "race" / "sub");
  write(inside_ / "race" / "sub" / "secret", "inside");
  fs::create_symlink("../../out/dir", inside_ / "race" / "other");
  struct stat real{};
  ASSERT_EQ(::stat((outside_ / "dir" / "secret").c_str(), &real), 0);
  std::atomic<bool> stop = false;
  std::thread renamer{[&] {
    auto const one = (inside_ / "race" / "sub").string();
    auto const other = (inside_ / "race" / "other").string();
    while (!stop.load(std::memory_order_relaxed)) {
      ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
    }
  }};
  std::uint64_t opened_inside = 0;
  std::uint64_t refused = 0;
  auto const end = std::chrono::steady_clock::now() + std::chrono::seconds{3};
  auto const expect_inside = [&](SystemResult<FileDescriptor> const& opened, std::string const& path) {
    if (!opened.has_value()) {
      ++refused;
      return;
    }
    struct stat found{};
    ASSERT_EQ(::fstat(opened->get(), &found), 0);
    ASSERT_NE(found.st_ino, real.st_ino) << path << " led out";
    ++opened_inside;
  };
  while (std::chrono::steady_clock::now() < end && !HasFatalFailure()) {
    for (std::string const path : {"race/sub/secret", "race/sub/../sub/secret", "race/./sub/secret"}) {
      expect_inside(open_beneath(sandbox(), path, O_RDONLY, 0, true), path);
      expect_inside(open_beneath(sandbox(), path, O_WRONLY | O_CREAT, 0666, true), path);
    }
    (void)make_directory_beneath(sandbox(), "race/sub/new", 0777);
    (void)remove_beneath(sandbox(), "race/sub/new", true);
    (void)rename_beneath(sandbox(), "race/sub/secret", sandbox(), "race/sub/moved");
    (void)rename_beneath(sandbox(), "race/sub/moved", sandbox(), "race/sub/secret");
    timespec const times[2]{{1, 0}, {1, 0}};
    (void)set_times_beneath(sandbox(), "race/sub/secret", true, times);
    (void)remove_beneath(sandbox(), "race/other/secret", false);
  }
  stop = true;
  renamer.join();
  EXPECT_GT(opened_inside, 0u);
  EXPECT_GT(refused, 0u) << "the renamer never got in between";
  RecordProperty("opened", std::to_string(opened_inside));
  RecordProperty("refused", std::to_string(refused));
}

// Another process moves a directory up while paths lead into it and back by `..`: as many steps back are too many then.
TEST_P(SandboxedPathTest, WinsTheRaceAgainstMovingUp) {
  fs::create_directories(inside_ / "deep" / "x" / "y");
  write(inside_ / "deep" / "here", "inside");
  struct stat real{};
  ASSERT_EQ(::stat((outside_ / "secret").c_str(), &real), 0);
  std::atomic<bool> stop = false;
  std::thread mover{[&] {
    auto const low = (inside_ / "deep" / "x" / "y").string();
    auto const high = (inside_ / "y").string();
    while (!stop.load(std::memory_order_relaxed)) {
      ::rename(low.c_str(), high.c_str());
      ::rename(high.c_str(), low.c_str());
    }
  }};
  std::uint64_t opened_inside = 0;
  auto const end = std::chrono::steady_clock::now() + std::chrono::milliseconds{1500};
  while (std::chrono::steady_clock::now() < end) {
    for (std::string const path :
         {"deep/x/y/../../out/secret", "deep/x/y/../../here", "deep/x/y/../../../out/secret"}) {
      auto const opened = open_beneath(sandbox(), path, O_RDONLY, 0, true);
      struct stat found{};
      if (opened.has_value() && ::fstat(opened->get(), &found) == 0) {
        ++opened_inside;
        EXPECT_NE(found.st_ino, real.st_ino) << path << " led out";
      }
    }
    (void)make_directory_beneath(sandbox(), "deep/x/y/../../out/new", 0777);
    (void)remove_beneath(sandbox(), "deep/x/y/../../out/secret", false);
    (void)rename_beneath(sandbox(), "deep/x/y/../../out/secret", sandbox(), "mine");
  }
  stop = true;
  mover.join();
  EXPECT_GT(opened_inside, 0u);
}

INSTANTIATE_TEST_SUITE_P(Resolvers, SandboxedPathTest,
                         testing::Values(PathResolver::automatic, PathResolver::components),
                         [](testing::TestParamInfo<PathResolver> const& info) {
                           return info.param == PathResolver::automatic ? "automatic" : "components";
                         });

} // namespace
} // namespace weir::platform
