// Standard streams, waiting, sockets, and what the predecessor has otherwise.
#include <chrono>
#include <limits>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/wasi/fixture.hpp"

namespace weir::wasi::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
constexpr std::uint64_t top = std::numeric_limits<std::uint64_t>::max();

TEST(StandardStreams, AreEmptyUnlessGiven) {
  Guest guest{Config{}};
  EXPECT_EQ(guest.read(0), "");
  EXPECT_EQ(guest.write(1, "lost"), Errno::success);
  EXPECT_EQ(guest.u32(Guest::result_at), 4u);
  EXPECT_EQ(guest.write(0, "x"), Errno::notcapable);
  EXPECT_EQ(guest.read(1), "[76]");
  EXPECT_EQ(guest.call("fd_seek", 0, 0, 0, 64), Errno::notcapable);
  EXPECT_EQ(guest.call("fd_filestat_get", 1, 64), Errno::success);
  EXPECT_EQ(guest.call("path_open", 1, 0, 0, 1, 0, 0, 0, 0, 64), Errno::notdir);
  EXPECT_EQ(guest.call("fd_readdir", 1, 0, 100, 0, 200), Errno::notdir);
}

TEST(StandardStreams, AreFedAndCaptured) {
  auto const capture = std::make_shared<Capture>(20);
  Guest guest{Config{}.stdin_bytes("some input").capture_stdout(capture).capture_stderr(capture)};
  EXPECT_EQ(guest.read(0, 4), "some");
  EXPECT_EQ(guest.read(0), " input");
  EXPECT_EQ(guest.read(0), "");
  EXPECT_EQ(guest.write(1, "out "), Errno::success);
  EXPECT_EQ(guest.write(2, "err "), Errno::success);
  EXPECT_EQ(capture->text(), "out err ");
  EXPECT_EQ(guest.write(1, std::string(13, 'x')), Errno::nospc);
  EXPECT_EQ(capture->take(), "out err ");
  EXPECT_EQ(guest.write(1, std::string(13, 'x')), Errno::success);
}

// One end of a pipe in place of a standard stream of this program.
class Replaced {
 public:
  explicit Replaced(int stream) : stream_(stream), saved_(::dup(stream)) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    bool const input = stream == STDIN_FILENO;
    other = ends[input ? 1 : 0];
    ::dup2(ends[input ? 0 : 1], stream);
    ::close(ends[input ? 0 : 1]);
  }
  ~Replaced() {
    ::dup2(saved_, stream_);
    ::close(saved_);
    close_other();
  }
  void close_other() {
    if (other >= 0) {
      ::close(other);
      other = -1;
    }
  }
  int other;

 private:
  int stream_;
  int saved_;
};

TEST(StandardStreams, AreInherited) {
  Replaced in{STDIN_FILENO};
  Replaced out{STDOUT_FILENO};
  std::string got(100, '\0');
  {
    Guest guest{Config{}.inherit_stdin().inherit_stdout()};
    ASSERT_EQ(::write(in.other, "abc", 3), 3);
    EXPECT_EQ(guest.read(0), "abc");
    EXPECT_EQ(guest.write(1, "xyz"), Errno::success);
    got.resize(static_cast<std::size_t>(::read(out.other, got.data(), got.size())));
    in.close_other();
    EXPECT_EQ(guest.read(0), "");
  }
  EXPECT_EQ(got, "xyz");
}

TEST(StandardStreams, ABrokenPipeIsAnError) {
  Replaced out{STDOUT_FILENO};
  out.close_other();
  Guest guest{Config{}.inherit_stdout()};
  EXPECT_EQ(guest.write(1, "x"), Errno::pipe);
  EXPECT_EQ(guest.write(1, ""), Errno::success);
}

TEST(StandardStreams, WaitingForInputCanBeInterrupted) {
  Replaced in{STDIN_FILENO};
  Guest guest{Config{}.inherit_stdin()};
  auto const handle = guest.store().interrupt_handle().value();
  std::thread other{[&] {
    std::this_thread::sleep_for(milliseconds{50});
    handle.interrupt();
  }};
  auto const begin = steady_clock::now();
  guest.set<std::uint32_t>(0, 100);
  guest.set<std::uint32_t>(4, 10);
  auto const result = guest.try_call("fd_read", 0, 0, 1, 64);
  other.join();
  ASSERT_FALSE(result.has_value());
  ASSERT_NE(result.error().trap(), nullptr);
  EXPECT_EQ(result.error().trap()->reason(), TrapReason::interrupted);
  EXPECT_FALSE(result.error().trap()->frames().empty()) << "the trap says where the guest was";
  EXPECT_LT(steady_clock::now() - begin, milliseconds{2000});
}

TEST(StandardStreams, NonblockingInputDoesNotWait) {
  Replaced in{STDIN_FILENO};
  Guest guest{Config{}.inherit_stdin()};
  EXPECT_EQ(guest.call("fd_fdstat_set_flags", 0, 4), Errno::success);
  EXPECT_EQ(guest.read(0), "[6]");
  ASSERT_EQ(::write(in.other, "abc", 3), 3);
  EXPECT_EQ(guest.read(0), "abc");
}

class Subscriptions {
 public:
  explicit Subscriptions(Guest& guest) : guest_(guest) {}
  void clock(std::uint64_t userdata, std::uint32_t id, std::uint64_t timeout, std::uint16_t flags = 0) {
    auto const at = begin(userdata, 0);
    guest_.set<std::uint32_t>(at + 16, id);
    guest_.set<std::uint64_t>(at + 24, timeout);
    guest_.set<std::uint16_t>(at + 40, flags);
  }
  void fd(std::uint64_t userdata, std::uint8_t type, std::uint32_t number) {
    guest_.set<std::uint32_t>(begin(userdata, type) + 16, number);
  }
  Errno poll() { return guest_.call("poll_oneoff", Guest::data_at, events_at, count_, 64); }
  struct Event {
    std::uint64_t userdata;
    Errno error;
    unsigned type;
    std::uint64_t bytes;
    unsigned flags;
  };
  std::vector<Event> events() {
    std::vector<Event> all;
    for (std::uint32_t i = 0; i < guest_.u32(64); ++i) {
      auto const at = events_at + i * 32;
      all.push_back({guest_.u64(at), static_cast<Errno>(guest_.get<std::uint16_t>(at + 8)),
                     guest_.get<std::uint8_t>(at + 10), guest_.u64(at + 16), guest_.get<std::uint16_t>(at + 24)});
    }
    return all;
  }

 private:
  static constexpr std::uint32_t events_at = 60000;
  std::uint32_t begin(std::uint64_t userdata, std::uint8_t type) {
    auto const at = Guest::data_at + 48 * count_++;
    guest_.set<std::uint64_t>(at, userdata);
    guest_.set<std::uint64_t>(at + 8, type);
    return at;
  }
  Guest& guest_;
  std::uint32_t count_ = 0;
};

TEST(Polling, WaitsForTheNearestClock) {
  Guest guest{Config{}};
  Subscriptions some{guest};
  some.clock(1, 1, 60'000'000);
  some.clock(2, 1, 3'000'000'000);
  auto const begin = steady_clock::now();
  EXPECT_EQ(some.poll(), Errno::success);
  EXPECT_GE(steady_clock::now() - begin, milliseconds{60});
  auto const events = some.events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].userdata, 1u);
  EXPECT_EQ(events[0].error, Errno::success);
}

TEST(Polling, AbsoluteTimesInThePastAreNow) {
  Guest guest{Config{}};
  Subscriptions some{guest};
  some.clock(1, 0, 1, 1);
  some.clock(2, 1, 0);
  EXPECT_EQ(some.poll(), Errno::success);
  EXPECT_EQ(some.events().size(), 2u);
}

TEST(Polling, ErrorsAreEvents) {
  Guest guest{Config{}};
  Subscriptions some{guest};
  some.clock(1, 99, 0);
  some.clock(2, 1, top, 2);
  some.fd(3, 1, 77);
  EXPECT_EQ(some.poll(), Errno::success);
  auto const events = some.events();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].error, Errno::inval);
  EXPECT_EQ(events[1].error, Errno::inval);
  EXPECT_EQ(events[2].error, Errno::badf);
}

TEST(Polling, MalformedRequestsFail) {
  Guest guest{Config{}};
  EXPECT_EQ(guest.call("poll_oneoff", 0, 1000, 0, 64), Errno::inval);
  EXPECT_EQ(guest.call("poll_oneoff", 0, 1000, 1u << 31, 64), Errno::fault);
  EXPECT_EQ(guest.call("poll_oneoff", 0, memory_bytes - 31, 1, 64), Errno::fault);
  EXPECT_EQ(guest.call("poll_oneoff", 0, 1000, 1, memory_bytes - 3), Errno::fault);
  Guest roomy{Config{}, "wasi_snapshot_preview1", "(memory (export \"memory\") 100)"};
  EXPECT_EQ(roomy.call("poll_oneoff", 64, 4 << 20, 65537, 0), Errno::inval) << "more than one call handles";
  EXPECT_EQ(roomy.call("poll_oneoff", 64, 3 << 20, 65536, 0), Errno::success) << "clocks of a zero each are due";
  EXPECT_EQ(roomy.u32(0), 65536u);
  guest.set<std::uint8_t>(8, 3); // no such kind of event
  EXPECT_EQ(guest.call("poll_oneoff", 0, 1000, 1, 64), Errno::inval);
}

TEST(Polling, TheSameDescriptorTwice) {
  Replaced in{STDIN_FILENO};
  Guest guest{Config{}.inherit_stdin().stdin_bytes("")};
  Guest other{Config{}.inherit_stdin()};
  ASSERT_EQ(::write(in.other, "abc", 3), 3);
  Subscriptions some{other};
  some.fd(1, 1, 0);
  some.fd(2, 1, 0);
  some.fd(3, 2, 1);
  some.clock(4, 1, 10'000'000'000);
  EXPECT_EQ(some.poll(), Errno::success);
  auto const events = some.events();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].bytes, 3u);
  EXPECT_EQ(events[1].userdata, 2u);
  EXPECT_EQ(events[2].type, 2u);
}

TEST(Polling, TellsOfTheOtherEndClosed) {
  Replaced in{STDIN_FILENO};
  in.close_other();
  Guest guest{Config{}.inherit_stdin()};
  Subscriptions some{guest};
  some.fd(1, 1, 0);
  EXPECT_EQ(some.poll(), Errno::success);
  ASSERT_EQ(some.events().size(), 1u);
  EXPECT_EQ(some.events()[0].flags, 1u);
}

TEST(Polling, EndlessWaitingCanBeInterrupted) {
  Replaced in{STDIN_FILENO};
  Guest guest{Config{}.inherit_stdin()};
  Subscriptions some{guest};
  some.fd(1, 1, 0);
  some.clock(2, 1, top);
  auto const begin = steady_clock::now();
  ASSERT_TRUE(guest.store().set_deadline(begin + milliseconds{50}).has_value());
  auto const result = guest.try_call("poll_oneoff", Guest::data_at, 60000, 2, 64);
  ASSERT_FALSE(result.has_value());
  ASSERT_NE(result.error().trap(), nullptr);
  EXPECT_EQ(result.error().trap()->reason(), TrapReason::deadline_reached);
  EXPECT_LT(steady_clock::now() - begin, milliseconds{2000});
}

TEST(Polling, TheEmbeddersClockPassesWithoutWaiting) {
  auto const clock = std::make_shared<ManualClock>();
  Guest guest{Config{}.clock(clock)};
  Subscriptions some{guest};
  some.clock(1, 1, 3'600'000'000'000);
  auto const begin = steady_clock::now();
  EXPECT_EQ(some.poll(), Errno::success);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds{60});
  EXPECT_GE(clock->now(ClockId::monotonic).value(), 3'600'000'000'000u);
}

// A listening socket on the loopback interface, and a client's connection.
class Sockets : public testing::Test {
 protected:
  Sockets() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    address_ = address;
  }
  ~Sockets() override {
    ::close(listener_);
    if (client_ >= 0) {
      ::close(client_);
    }
  }
  void connect() {
    client_ = ::socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_EQ(::connect(client_, reinterpret_cast<sockaddr*>(&address_), sizeof address_), 0);
  }
  static Errno receive(Guest& guest, std::uint32_t fd, std::uint32_t most, unsigned flags) {
    guest.set<std::uint32_t>(Guest::iovec_at, Guest::data_at);
    guest.set<std::uint32_t>(Guest::iovec_at + 4, most);
    return guest.call("sock_recv", fd, Guest::iovec_at, 1, flags, 64, 68);
  }

  int listener_;
  int client_ = -1;
  sockaddr_in address_{};
};

TEST_F(Sockets, AcceptReceiveSendShutDown) {
  Guest guest{Config{}.socket(listener_)};
  ASSERT_NO_FATAL_FAILURE(connect());
  EXPECT_EQ(guest.call("sock_accept", 3, 0, 64), Errno::success);
  auto const fd = guest.u32(64);
  EXPECT_EQ(fd, 4u);
  ASSERT_EQ(::send(client_, "hello", 5, 0), 5);
  guest.set<std::uint32_t>(Guest::iovec_at, Guest::data_at);
  guest.set<std::uint32_t>(Guest::iovec_at + 4, 100);
  EXPECT_EQ(guest.call("sock_recv", fd, Guest::iovec_at, 1, 0, memory_bytes - 3, 68), Errno::fault);
  EXPECT_EQ(guest.call("sock_recv", fd, Guest::iovec_at, 1, 0, 64, memory_bytes - 1), Errno::fault);
  EXPECT_EQ(guest.call("sock_recv", fd, Guest::iovec_at, 1, 4, 64, 68), Errno::inval);
  EXPECT_EQ(guest.call("sock_send", fd, Guest::iovec_at, 1, 1, 64), Errno::inval);
  EXPECT_EQ(guest.call("sock_send", fd, Guest::iovec_at, 1, 0, memory_bytes - 3), Errno::fault);
  EXPECT_EQ(receive(guest, fd, 100, 1), Errno::success); // a look; nothing was taken before
  EXPECT_EQ(guest.u32(64), 5u);
  EXPECT_EQ(receive(guest, fd, 5, 2), Errno::success); // all of it
  EXPECT_EQ(guest.text(Guest::data_at, 5), "hello");
  EXPECT_EQ(guest.get<std::uint16_t>(68), 0u);
  guest.put(Guest::data_at, "answer");
  guest.set<std::uint32_t>(Guest::iovec_at + 4, 6);
  EXPECT_EQ(guest.call("sock_send", fd, Guest::iovec_at, 1, 0, 64), Errno::success);
  EXPECT_EQ(guest.write(fd, "!"), Errno::success);
  std::string got(7, '\0');
  EXPECT_EQ(::recv(client_, got.data(), got.size(), MSG_WAITALL), 7);
  EXPECT_EQ(got, "answer!");
  EXPECT_EQ(guest.call("sock_shutdown", fd, 2), Errno::success);
  EXPECT_EQ(::recv(client_, got.data(), got.size(), 0), 0);
  EXPECT_EQ(guest.call("sock_shutdown", fd, 0), Errno::inval);
  EXPECT_EQ(guest.call("sock_shutdown", fd, 4), Errno::inval);
  EXPECT_EQ(guest.write(fd, "x"), Errno::pipe);
}

TEST_F(Sockets, AcceptingWithoutWaitingOrWithAnEnd) {
  Guest guest{Config{}.socket(listener_)};
  EXPECT_EQ(guest.call("fd_fdstat_set_flags", 3, 4), Errno::success);
  EXPECT_EQ(guest.call("sock_accept", 3, 4, 64), Errno::again);
  EXPECT_EQ(guest.call("sock_accept", 3, 1, 64), Errno::inval);
  EXPECT_EQ(guest.call("sock_accept", 3, 0, memory_bytes - 3), Errno::fault);
  EXPECT_EQ(guest.call("fd_fdstat_set_flags", 3, 0), Errno::success);
  ASSERT_TRUE(guest.store().set_deadline(steady_clock::now() + milliseconds{50}).has_value());
  auto const result = guest.try_call("sock_accept", 3, 0, 64);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().trap()->reason(), TrapReason::deadline_reached);
}

TEST_F(Sockets, AreWaitedFor) {
  Guest guest{Config{}.socket(listener_)};
  {
    Subscriptions some{guest};
    some.fd(1, 1, 3);
    some.clock(2, 1, 30'000'000);
    ASSERT_EQ(some.poll(), Errno::success);
    ASSERT_EQ(some.events().size(), 1u);
    EXPECT_EQ(some.events()[0].userdata, 2u) << "nobody has come";
  }
  ASSERT_NO_FATAL_FAILURE(connect());
  Subscriptions some{guest};
  some.fd(1, 1, 3);
  some.clock(2, 1, 60'000'000'000);
  ASSERT_EQ(some.poll(), Errno::success);
  ASSERT_EQ(some.events().size(), 1u);
  EXPECT_EQ(some.events()[0].userdata, 1u);
}

TEST_F(Sockets, OtherThingsAreNoSockets) {
  TemporaryFolder folder;
  Guest guest{Config{}.socket(listener_).preopen(folder.path(), "/")};
  auto const file = guest.open_rw(4, "file", 1);
  ASSERT_EQ(file.error, Errno::success);
  for (std::uint32_t const fd : {0u, 1u, 4u, file.fd}) {
    EXPECT_EQ(guest.call("sock_accept", fd, 0, 64), Errno::notsock);
    EXPECT_EQ(guest.call("sock_recv", fd, 0, 0, 0, 64, 68), Errno::notsock);
    EXPECT_EQ(guest.call("sock_send", fd, 0, 0, 0, 64), Errno::notsock);
    EXPECT_EQ(guest.call("sock_shutdown", fd, 1), Errno::notsock);
  }
  EXPECT_EQ(guest.call("sock_shutdown", 77, 1), Errno::badf);
  EXPECT_FALSE(Context::create(Config{}.socket(STDIN_FILENO)).has_value());
  EXPECT_FALSE(Context::create(Config{}.socket(-1)).has_value());
}

TEST(Unstable, DiffersWhereItDoes) {
  TemporaryFolder folder;
  folder.write("file", "0123456789");
  Guest guest{Config{}.preopen(folder.path(), "/"), "wasi_unstable"};
  auto const file = guest.open(3, "file");
  ASSERT_EQ(file.error, Errno::success);
  EXPECT_EQ(guest.call("fd_seek", file.fd, 4, 2, 64), Errno::success); // set
  EXPECT_EQ(guest.call("fd_seek", file.fd, 1, 0, 64), Errno::success); // current
  EXPECT_EQ(guest.u64(64), 5u);
  EXPECT_EQ(guest.call("fd_seek", file.fd, std::uint64_t(-1), 1, 64), Errno::success); // end
  EXPECT_EQ(guest.u64(64), 9u);
  guest.set<std::uint64_t>(100 + 56, 77);
  EXPECT_EQ(guest.call("fd_filestat_get", file.fd, 100), Errno::success);
  EXPECT_EQ(guest.get<std::uint8_t>(116), 4u);
  EXPECT_EQ(guest.u32(120), 1u);  // links
  EXPECT_EQ(guest.u64(124), 10u); // size
  EXPECT_EQ(guest.u64(100 + 56), 77u) << "the structure is 56 bytes here";
  guest.set<std::uint64_t>(1000, 5);
  guest.set<std::uint64_t>(1008, 0);    // a clock
  guest.set<std::uint64_t>(1016, 99);   // a word for the user
  guest.set<std::uint32_t>(1024, 1);    // monotonic
  guest.set<std::uint64_t>(1032, 1000); // timeout
  guest.set<std::uint64_t>(1048, 0);    // flags
  EXPECT_EQ(guest.call("poll_oneoff", 1000, 2000, 1, 64), Errno::success);
  EXPECT_EQ(guest.u64(2000), 5u);
  EXPECT_EQ(guest.get<std::uint16_t>(2008), 0u);
}

} // namespace
} // namespace weir::wasi::test
