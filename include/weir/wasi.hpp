// WASI preview 1: what command line programs compiled for wasm32-wasi import.
//
//   weir::Linker linker{engine};
//   weir::wasi::add_to_linker(linker);
//   weir::Store store{engine};
//   auto context = weir::wasi::Context::create(
//       weir::wasi::Config{}.arg("program").inherit_stdio().preopen("data", "/data", weir::wasi::Access::read_only));
//   store.set_data(*std::move(context));
//   auto instance = linker.instantiate(store, module);
//   auto result = instance->get_typed_func<void()>(store, "_start")->call(store);
//   if (!result && weir::wasi::exit_status(result.error())) ...    // the program's own end, by proc_exit
//
// A guest sees nothing but what its Config gives it: without one it has no arguments, no environment, empty standard
// streams and no files. docs/wasi.md states what the sandbox guarantees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

namespace weir::wasi {

namespace detail {
struct ConfigAccess;
}

// The error codes that guests see, with WASI's numbers.
enum class Errno : std::uint16_t {
  success = 0,
  toobig = 1,
  acces = 2,
  again = 6,
  badf = 8,
  busy = 10,
  connaborted = 13,
  connrefused = 14,
  connreset = 15,
  dquot = 19,
  exist = 20,
  fault = 21,
  fbig = 22,
  ilseq = 25,
  inprogress = 26,
  intr = 27,
  inval = 28,
  io = 29,
  isconn = 30,
  isdir = 31,
  loop = 32,
  mfile = 33,
  mlink = 34,
  msgsize = 35,
  nametoolong = 37,
  netdown = 38,
  netreset = 39,
  netunreach = 40,
  nfile = 41,
  nobufs = 42,
  nodev = 43,
  noent = 44,
  nolck = 46,
  nomem = 48,
  nospc = 51,
  nosys = 52,
  notconn = 53,
  notdir = 54,
  notempty = 55,
  notsock = 57,
  notsup = 58,
  notty = 59,
  nxio = 60,
  overflow = 61,
  perm = 63,
  pipe = 64,
  range = 68,
  rofs = 69,
  spipe = 70,
  stale = 72,
  timedout = 73,
  txtbsy = 74,
  xdev = 75,
  notcapable = 76,
};

template <class T>
using Answer = std::expected<T, Errno>;

enum class FileType : std::uint8_t {
  unknown = 0,
  block_device = 1,
  character_device = 2,
  directory = 3,
  regular_file = 4,
  socket_datagram = 5,
  socket_stream = 6,
  symbolic_link = 7,
};

// Times are in nanoseconds since 1970.
struct FileStat {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  FileType type = FileType::unknown;
  std::uint64_t links = 1;
  std::uint64_t size = 0;
  std::uint64_t accessed = 0;
  std::uint64_t modified = 0;
  std::uint64_t changed = 0;
};

// ---------------------------------------------------------------------------------------------------------------------

enum class ClockId : std::uint32_t { realtime = 0, monotonic = 1, process_cputime = 2, thread_cputime = 3 };

// A clock for guests, in place of the system's: for runs that can be repeated.
class WEIR_API Clock {
 public:
  Clock() = default;
  Clock(Clock const&) = delete;
  Clock& operator=(Clock const&) = delete;
  virtual ~Clock();

  // Nanoseconds; realtime since 1970, the others since any moment.
  virtual Answer<std::uint64_t> now(ClockId id) = 0;
  virtual Answer<std::uint64_t> resolution(ClockId id);
  // Lets about this much time pass; called by poll_oneoff, with at most 20 ms at a time. Really sleeps, unless
  // overridden.
  virtual void sleep(std::uint64_t nanoseconds);
};

// A clock that stands still but when the guest waits, or the embedder moves it.
class WEIR_API ManualClock final : public Clock {
 public:
  explicit ManualClock(std::uint64_t realtime = 0, std::uint64_t step_per_query = 0) noexcept
      : realtime_(realtime), step_(step_per_query) {}
  ~ManualClock() override;
  Answer<std::uint64_t> now(ClockId id) override;
  void sleep(std::uint64_t nanoseconds) override { advance(nanoseconds); }
  void advance(std::uint64_t nanoseconds) noexcept { passed_ += nanoseconds; }

 private:
  std::uint64_t realtime_;
  std::uint64_t step_;
  std::uint64_t passed_ = 0;
};

// Fills the bytes. Called with at most 64 KiB at a time.
using Random = std::function<void(std::span<std::byte>)>;

// The same bytes for the same seed, on every machine. Not for cryptography.
WEIR_API Random seeded_random(std::uint64_t seed);

// ---------------------------------------------------------------------------------------------------------------------

// A filesystem of the embedder's own, to be mounted with Config::mount(). Objects are named by numbers, entries by
// single names: never empty, "." or "..", and without slashes. Paths, `..`, symbolic links and the shutting in of the
// guest are Weir's business. Functions that are not overridden answer `notsup`, or do nothing.
class WEIR_API FileSystem {
 public:
  using Node = std::uint64_t;
  struct Entry {
    std::string name;
    Node node = 0;
    FileType type = FileType::unknown;
  };

  FileSystem() = default;
  FileSystem(FileSystem const&) = delete;
  FileSystem& operator=(FileSystem const&) = delete;
  virtual ~FileSystem();

  virtual Node root() = 0;
  virtual Answer<FileStat> stat(Node node) = 0;
  // `noent` when there is none.
  virtual Answer<Node> lookup(Node directory, std::string_view name) = 0;
  // All entries, without "." and "..".
  virtual Answer<std::vector<Entry>> list(Node directory) = 0;
  // Fewer bytes than asked for only at the end of the file.
  virtual Answer<std::size_t> read(Node file, std::uint64_t offset, std::span<std::byte> out) = 0;

  // A file or directory that stays in use until release(), even when it is removed meanwhile.
  virtual void retain(Node node);
  virtual void release(Node node);

  virtual Answer<std::size_t> write(Node file, std::uint64_t offset, std::span<std::byte const> bytes);
  virtual Answer<void> resize(Node file, std::uint64_t size);
  // A regular file or a directory; `exist` when the name is taken.
  virtual Answer<Node> create(Node directory, std::string_view name, FileType type);
  virtual Answer<void> symlink(Node directory, std::string_view name, std::string_view target);
  virtual Answer<std::string> read_link(Node link);
  virtual Answer<void> link(Node directory, std::string_view name, Node existing);
  // `remove_directory`: an empty directory, else anything but a directory.
  virtual Answer<void> remove(Node directory, std::string_view name, bool remove_directory);
  // Replaces what has the new name, as POSIX's rename does. A directory is never moved into itself: Weir checks.
  virtual Answer<void> rename(Node from, std::string_view name, Node to, std::string_view new_name);
  virtual Answer<void> set_times(Node node, std::optional<std::uint64_t> accessed,
                                 std::optional<std::uint64_t> modified);
  virtual Answer<void> sync(Node node);
};

// A filesystem in memory. Several guests may share one, as long as they run on one thread at a time.
class WEIR_API MemoryFileSystem final : public FileSystem {
 public:
  // `max_bytes` bounds contents, names and about 200 bytes for each object; beyond it guests get `nospc`. Its times
  // come from the clock; null is the system's.
  explicit MemoryFileSystem(std::uint64_t max_bytes = std::uint64_t{64} << 20, std::shared_ptr<Clock> clock = nullptr);
  ~MemoryFileSystem() override;

  // For the embedder. Paths are relative to the root; directories on the way are made.
  Answer<void> write_file(std::string_view path, std::string_view contents);
  Answer<void> make_directory(std::string_view path);
  Answer<std::string> read_file(std::string_view path);
  std::uint64_t bytes_used() const noexcept;

  Node root() override;
  Answer<FileStat> stat(Node node) override;
  Answer<Node> lookup(Node directory, std::string_view name) override;
  Answer<std::vector<Entry>> list(Node directory) override;
  Answer<std::size_t> read(Node file, std::uint64_t offset, std::span<std::byte> out) override;
  void retain(Node node) override;
  void release(Node node) override;
  Answer<std::size_t> write(Node file, std::uint64_t offset, std::span<std::byte const> bytes) override;
  Answer<void> resize(Node file, std::uint64_t size) override;
  Answer<Node> create(Node directory, std::string_view name, FileType type) override;
  Answer<void> symlink(Node directory, std::string_view name, std::string_view target) override;
  Answer<std::string> read_link(Node link) override;
  Answer<void> link(Node directory, std::string_view name, Node existing) override;
  Answer<void> remove(Node directory, std::string_view name, bool remove_directory) override;
  Answer<void> rename(Node from, std::string_view name, Node to, std::string_view new_name) override;
  Answer<void> set_times(Node node, std::optional<std::uint64_t> accessed,
                         std::optional<std::uint64_t> modified) override;
  Answer<void> sync(Node node) override;

 private:
  struct Data;
  std::unique_ptr<Data> data_;
};

// ---------------------------------------------------------------------------------------------------------------------

// What a guest wrote to a captured stream. One may serve several streams, which then come in the order of writing.
class WEIR_API Capture {
 public:
  // Beyond `max_bytes` guests get `nospc`.
  explicit Capture(std::size_t max_bytes = std::size_t{16} << 20) noexcept : max_bytes_(max_bytes) {}

  std::string const& text() const noexcept { return text_; }
  std::string take() noexcept { return std::exchange(text_, {}); }

  // All of the bytes, or none.
  Answer<void> append(std::string_view bytes);

 private:
  std::size_t max_bytes_;
  std::string text_;
};

enum class Access : std::uint8_t { read_only, read_write };

// How paths in host folders are kept inside.
enum class PathResolver : std::uint8_t {
  automatic,  // by the kernel (openat2) where it can, else by components
  components, // component by component; for tests, and for systems whose openat2 is not to be trusted
};

// What a guest shall see. Each setter returns the Config, for chains.
class WEIR_API Config {
 public:
  // The first argument is the program's name.
  Config& arg(std::string value);
  Config& args(std::vector<std::string> values);              // appended
  Config& env(std::string_view name, std::string_view value); // replaces an earlier value
  // All of the host's environment as it is now.
  Config& inherit_env();

  // A host folder under a name of the guest's. The folder is opened by Context::create().
  Config& preopen(std::string host_folder, std::string guest_path, Access access = Access::read_write);
  Config& mount(std::shared_ptr<FileSystem> filesystem, std::string guest_path, Access access = Access::read_write);
  // A connected or listening socket, by its descriptor, which is duplicated. Sockets have the guest's descriptors
  // directly behind the standard streams, before folders.
  Config& socket(int descriptor);

  // Standard streams are empty, or lead nowhere, unless set.
  Config& inherit_stdin();
  Config& stdin_bytes(std::string bytes);
  Config& inherit_stdout();
  Config& inherit_stderr();
  Config& inherit_stdio() { return inherit_stdin().inherit_stdout().inherit_stderr(); }
  Config& capture_stdout(std::shared_ptr<Capture> capture);
  Config& capture_stderr(std::shared_ptr<Capture> capture);

  Config& clock(std::shared_ptr<Clock> clock);
  Config& random(Random random);

  // Descriptors that may be open at once, standard streams and preopens included (default 1,024).
  Config& max_descriptors(std::uint32_t count);
  Config& path_resolver(PathResolver resolver);

 private:
  friend struct detail::ConfigAccess;
  enum class Stream : std::uint8_t { none, inherited, memory };
  struct Preopen {
    std::string host;
    std::shared_ptr<FileSystem> filesystem;
    std::string guest;
    Access access;
  };
  std::vector<std::string> args_;
  std::vector<std::pair<std::string, std::string>> env_;
  std::vector<Preopen> preopens_;
  std::vector<int> sockets_;
  Stream stdin_mode_ = Stream::none;
  Stream stdout_mode_ = Stream::none;
  Stream stderr_mode_ = Stream::none;
  std::string stdin_bytes_;
  std::shared_ptr<Capture> stdout_capture_;
  std::shared_ptr<Capture> stderr_capture_;
  std::shared_ptr<Clock> clock_;
  Random random_;
  std::uint32_t max_descriptors_ = 1024;
  PathResolver resolver_ = PathResolver::automatic;
};

// The state of one guest program: its descriptors, arguments, clocks. Usually a store's data; instances that share it
// share their descriptors. Belongs to one thread at a time, as its store does.
class WEIR_API Context {
 public:
  // Errors: of kind `io` when a folder or socket cannot be had, of kind `usage` for what no guest could be told (a NUL
  // in an argument, a descriptor limit below what the Config itself needs).
  static Result<Context> create(Config const& config);
  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;
  ~Context();

  // Inside.
  struct State;
  State& state() noexcept { return *state_; }

 private:
  explicit Context(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

// The status that a guest ended itself with by proc_exit, if that is what the error of a call says.
WEIR_API std::optional<std::uint32_t> exit_status(Error const& error) noexcept;

// Finds the context of the guest that calls; null makes the call trap.
using FindContext = std::function<Context*(Caller&)>;

// Defines all functions of `wasi_snapshot_preview1` and `wasi_unstable`. One linker serves any number of stores, each
// with a Context of its own.
WEIR_API Result<void> add_to_linker(Linker& linker, FindContext find);

// With the Context as the store's data (Store::set_data).
inline Result<void> add_to_linker(Linker& linker) {
  return add_to_linker(linker, [](Caller& caller) { return caller.data<Context>(); });
}

} // namespace weir::wasi
