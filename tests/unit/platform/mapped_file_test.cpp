#include "platform/mapped_file.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace weir::platform {
namespace {

class MappedFileTest : public testing::Test {
 protected:
  MappedFileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-file-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~MappedFileTest() override { std::filesystem::remove_all(folder_); }

  std::string file(std::string const& name, std::string const& contents) const {
    std::ofstream{folder_ / name, std::ios::binary} << contents;
    return (folder_ / name).string();
  }

  std::filesystem::path folder_;
};

std::string text_of(MappedFile const& file) { return {file.view().begin(), file.view().end()}; }

TEST_F(MappedFileTest, MapsAFile) {
  std::string const contents(100000, 'x');
  auto mapped = MappedFile::open(file("a", contents));
  ASSERT_TRUE(mapped.has_value()) << mapped.error().message;
  EXPECT_EQ(text_of(*mapped), contents);
  MappedFile moved = std::move(*mapped);
  EXPECT_EQ(moved.view().size(), contents.size());
  EXPECT_EQ(mapped->view().size(), 0u); // NOLINT(bugprone-use-after-move): that is the point
}

// In KiB: pages of files that this process has in memory.
long resident_file_pages() {
  std::ifstream status{"/proc/self/status"};
  for (std::string word; status >> word;) {
    if (word == "RssFile:") {
      long size = 0;
      status >> size;
      return size;
    }
  }
  return -1;
}

TEST_F(MappedFileTest, GivesMemoryBackAndStaysReadable) {
  std::string const contents(std::size_t{16} << 20, 'x');
  auto const mapped = MappedFile::open(file("large", contents));
  ASSERT_TRUE(mapped.has_value()) << mapped.error().message;
  EXPECT_EQ(text_of(*mapped), contents);
  auto const before = resident_file_pages();
  if (before < 0) {
    GTEST_SKIP() << "the system does not tell which memory a process has";
  }
  mapped->drop_pages();
  EXPECT_LT(resident_file_pages(), before - 12 * 1024);
  EXPECT_EQ(text_of(*mapped), contents);
}

TEST_F(MappedFileTest, AnEmptyFileIsEmpty) {
  auto mapped = MappedFile::open(file("empty", ""));
  ASSERT_TRUE(mapped.has_value());
  EXPECT_TRUE(mapped->view().empty());
}

TEST_F(MappedFileTest, ReadsWhatCannotBeMapped) {
  auto mapped = MappedFile::open("/proc/self/status"); // size 0 by its own account
  ASSERT_TRUE(mapped.has_value());
  EXPECT_NE(text_of(*mapped).find("Pid:"), std::string::npos);
}

TEST_F(MappedFileTest, SaysWhatIsWrong) {
  auto missing = MappedFile::open((folder_ / "missing").string());
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().message.find("missing: No such file or directory"), std::string::npos);
  auto folder = MappedFile::open(folder_.string());
  ASSERT_FALSE(folder.has_value());
  EXPECT_NE(folder.error().message.find("Is a directory"), std::string::npos);
  EXPECT_FALSE(MappedFile::open(std::string{"a\0b", 3}).has_value());
}

} // namespace
} // namespace weir::platform
