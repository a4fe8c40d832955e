#include "platform/stream_io.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/file_descriptor.hpp"

namespace weir::platform {
namespace {

// With what the system can do, and with less.
class StreamIoTest : public testing::TestWithParam<StreamAbilities> {
 protected:
  StreamIoTest() {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    reader_ = FileDescriptor{ends[0]};
    writer_ = FileDescriptor{ends[1]};
    if (abilities_.never_waits) {
      EXPECT_EQ(::fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
      EXPECT_EQ(::fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    }
  }

  ssize_t write(std::string text) {
    iovec const part{text.data(), text.size()};
    return write_now(writer_.get(), {&part, 1}, abilities_);
  }
  std::string read() {
    std::array<char, 100> text;
    iovec const part{text.data(), text.size()};
    auto const got = read_now(reader_.get(), {&part, 1}, abilities_);
    return got < 0 ? "error " + std::to_string(errno) : std::string(text.data(), static_cast<std::size_t>(got));
  }

  FileDescriptor reader_;
  FileDescriptor writer_;
  StreamAbilities abilities_ = GetParam();
};

TEST_P(StreamIoTest, ReadsWhatWasWritten) {
  EXPECT_EQ(read(), "error " + std::to_string(EAGAIN));
  EXPECT_EQ(write("hello"), 5);
  EXPECT_EQ(read(), "hello");
  EXPECT_EQ(read(), "error " + std::to_string(EAGAIN));
  writer_ = FileDescriptor{};
  EXPECT_EQ(read(), "");
}

TEST_P(StreamIoTest, AFullPipeDoesNotWait) {
  std::string const block(1 << 16, 'x');
  ssize_t written = 0;
  for (int i = 0; i < 1000 && written >= 0; ++i) {
    written = write(block);
  }
  EXPECT_EQ(written, -1);
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_FALSE(wait_ready(writer_.get(), POLLOUT, 1));
}

TEST_P(StreamIoTest, ABrokenPipeIsAnErrorAndNoSignal) {
  reader_ = FileDescriptor{};
  EXPECT_EQ(write("x"), -1); // SIGPIPE would end this program here
  EXPECT_EQ(errno, EPIPE);
  sigset_t pending;
  ASSERT_EQ(sigpending(&pending), 0);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
  sigset_t blocked;
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &blocked), 0);
  EXPECT_EQ(sigismember(&blocked, SIGPIPE), 0);
}

INSTANTIATE_TEST_SUITE_P(Abilities, StreamIoTest,
                         testing::Values(StreamAbilities{false, true, true}, StreamAbilities{false, true, false},
                                         StreamAbilities{false, false, false}, StreamAbilities{true, true, true},
                                         StreamAbilities{true, true, false}));

} // namespace
} // namespace weir::platform
