// A guest that calls each WASI function on demand: its module wraps every import in an export of the same name, so that
// a test can call them from the host with the guest's memory in place.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <weir/wasi.hpp>

namespace weir::wasi {

inline void PrintTo(Errno error, std::ostream* out) { *out << "errno " << static_cast<int>(error); }

} // namespace weir::wasi

namespace weir::wasi::test {

namespace fs = std::filesystem;

// Signatures: i is i32, I is i64; all but proc_exit give an errno.
inline std::map<std::string, std::string> const& signatures() {
  static std::map<std::string, std::string> const all{
      {"args_get", "ii"},
      {"args_sizes_get", "ii"},
      {"environ_get", "ii"},
      {"environ_sizes_get", "ii"},
      {"clock_res_get", "ii"},
      {"clock_time_get", "iIi"},
      {"fd_advise", "iIIi"},
      {"fd_allocate", "iII"},
      {"fd_close", "i"},
      {"fd_datasync", "i"},
      {"fd_fdstat_get", "ii"},
      {"fd_fdstat_set_flags", "ii"},
      {"fd_fdstat_set_rights", "iII"},
      {"fd_filestat_get", "ii"},
      {"fd_filestat_set_size", "iI"},
      {"fd_filestat_set_times", "iIIi"},
      {"fd_pread", "iiiIi"},
      {"fd_prestat_get", "ii"},
      {"fd_prestat_dir_name", "iii"},
      {"fd_pwrite", "iiiIi"},
      {"fd_read", "iiii"},
      {"fd_readdir", "iiiIi"},
      {"fd_renumber", "ii"},
      {"fd_seek", "iIii"},
      {"fd_sync", "i"},
      {"fd_tell", "ii"},
      {"fd_write", "iiii"},
      {"path_create_directory", "iii"},
      {"path_filestat_get", "iiiii"},
      {"path_filestat_set_times", "iiiiIIi"},
      {"path_link", "iiiiiii"},
      {"path_open", "iiiiiIIii"},
      {"path_readlink", "iiiiii"},
      {"path_remove_directory", "iii"},
      {"path_rename", "iiiiii"},
      {"path_symlink", "iiiii"},
      {"path_unlink_file", "iii"},
      {"poll_oneoff", "iiii"},
      {"proc_exit", "i"},
      {"proc_raise", "i"},
      {"sched_yield", ""},
      {"random_get", "ii"},
      {"sock_accept", "iii"},
      {"sock_recv", "iiiiii"},
      {"sock_send", "iiiii"},
      {"sock_shutdown", "ii"},
  };
  return all;
}

// The text of the wrapping module. `memory`: a memory field, or nothing.
inline std::string wrapper(std::string_view module, std::string_view memory) {
  std::string imports;
  std::string exports;
  for (auto const& [name, letters] : signatures()) {
    if (name == "sock_accept" && module == "wasi_unstable") {
      continue; // came later
    }
    std::string type;
    std::string arguments;
    for (std::size_t i = 0; i < letters.size(); ++i) {
      type += letters[i] == 'i' ? " (param i32)" : " (param i64)";
      arguments += " (local.get " + std::to_string(i) + ")";
    }
    type += name == "proc_exit" ? "" : " (result i32)";
    imports += "(import \"" + std::string{module} + "\" \"" + name + "\" (func $" + name + type + "))\n";
    exports += "(func (export \"" + name + "\")" + type + " (call $" + name + arguments + "))\n";
  }
  return "(module " + imports + std::string{memory} + exports + ")";
}

inline constexpr std::string_view one_page = "(memory (export \"memory\") 2)";
inline constexpr std::uint32_t memory_bytes = 2 * 65536;

class Guest {
 public:
  explicit Guest(Config const& config, std::string_view module = "wasi_snapshot_preview1",
                 std::string_view memory = one_page) {
    Linker linker{engine_};
    EXPECT_TRUE(add_to_linker(linker).has_value());
    auto context = Context::create(config);
    if (!context.has_value()) {
      ADD_FAILURE() << context.error().message();
      return;
    }
    store_.set_data(*std::move(context));
    auto const made = linker.instantiate(store_, Module::from_wat(engine_, wrapper(module, memory)).value());
    if (!made.has_value()) {
      ADD_FAILURE() << made.error().message();
      return;
    }
    instance_ = *made;
    if (auto const found = instance_.get_memory(store_, "memory"); found.has_value()) {
      memory_ = *found;
    }
  }

  Store& store() { return store_; }

  template <class... Args>
  Result<std::vector<Val>> try_call(std::string const& name, Args... args) {
    auto const& letters = signatures().at(name);
    EXPECT_EQ(letters.size(), sizeof...(args)) << name;
    std::vector<Val> values;
    [[maybe_unused]] auto const add = [&](std::uint64_t value) {
      values.push_back(letters[values.size()] == 'i' ? Val{static_cast<std::uint32_t>(value)} : Val{value});
    };
    (add(static_cast<std::uint64_t>(args)), ...);
    return instance_.get_func(store_, name).value().call(store_, values);
  }
  template <class... Args>
  Errno call(std::string const& name, Args... args) {
    auto const result = try_call(name, args...);
    if (!result.has_value()) {
      ADD_FAILURE() << name << ": " << result.error().message();
      return Errno::nosys;
    }
    return static_cast<Errno>(result->at(0).bits());
  }

  void put(std::uint32_t address, std::string_view text) {
    EXPECT_TRUE(memory_.write(store_, address, text).has_value());
  }
  template <class T>
  void set(std::uint32_t address, T value) {
    EXPECT_TRUE(memory_.set(store_, address, value).has_value());
  }
  template <class T>
  T get(std::uint32_t address) {
    return memory_.get<T>(store_, address).value();
  }
  std::uint32_t u32(std::uint32_t address) { return get<std::uint32_t>(address); }
  std::uint64_t u64(std::uint32_t address) { return get<std::uint64_t>(address); }
  std::string text(std::uint32_t address, std::uint32_t size) {
    return memory_.read_string(store_, address, size).value();
  }

  // Places in memory that the helpers below use.
  static constexpr std::uint32_t path_at = 1000;
  static constexpr std::uint32_t path2_at = 8000;
  static constexpr std::uint32_t iovec_at = 16000;
  static constexpr std::uint32_t result_at = 16100;
  static constexpr std::uint32_t data_at = 20000;

  template <class... Args>
  Errno with_path(std::string const& name, std::uint32_t fd, std::string_view path, Args... more) {
    put(path_at, path);
    return call(name, fd, path_at, path.size(), more...);
  }

  struct Opened {
    Errno error = Errno::success;
    std::uint32_t fd = 0;
  };
  Opened open(std::uint32_t directory, std::string_view path, unsigned oflags = 0,
              std::uint64_t rights = ~std::uint64_t{0} & 0x3FFFFFFF & ~std::uint64_t{0x40}, unsigned fdflags = 0,
              unsigned lookup = 1) {
    put(path_at, path);
    auto const error = call("path_open", directory, lookup, path_at, path.size(), oflags, rights,
                            std::uint64_t{0x3FFFFFFF}, fdflags, result_at);
    return {error, error == Errno::success ? u32(result_at) : 0};
  }
  // For reading and writing.
  Opened open_rw(std::uint32_t directory, std::string_view path, unsigned oflags = 0, unsigned fdflags = 0) {
    return open(directory, path, oflags, 0x3FFFFFFF, fdflags);
  }

  Errno write(std::uint32_t fd, std::string_view text) {
    put(data_at, text);
    set<std::uint32_t>(iovec_at, data_at);
    set<std::uint32_t>(iovec_at + 4, static_cast<std::uint32_t>(text.size()));
    return call("fd_write", fd, iovec_at, 1, result_at);
  }
  // What can be read at once, at most 1,000 bytes; an error's number in brackets.
  std::string read(std::uint32_t fd, std::uint32_t most = 1000) {
    set<std::uint32_t>(iovec_at, data_at);
    set<std::uint32_t>(iovec_at + 4, most);
    auto const error = call("fd_read", fd, iovec_at, 1, result_at);
    return error == Errno::success ? text(data_at, u32(result_at))
                                   : "[" + std::to_string(static_cast<int>(error)) + "]";
  }

  // All names of a directory, read with a buffer of this size.
  std::vector<std::string> list(std::uint32_t fd, std::uint32_t buffer_bytes = 4096) {
    std::vector<std::string> names;
    std::uint64_t cookie = 0;
    for (;;) {
      EXPECT_EQ(call("fd_readdir", fd, data_at, buffer_bytes, cookie, result_at), Errno::success);
      auto const used = u32(result_at);
      std::uint32_t at = 0;
      bool progress = false;
      while (used - at >= 24) {
        auto const length = u32(data_at + at + 16);
        if (used - at - 24 < length) {
          break;
        }
        names.push_back(text(data_at + at + 24, length));
        cookie = u64(data_at + at);
        at += 24 + length;
        progress = true;
      }
      if (used < buffer_bytes || !progress) {
        EXPECT_TRUE(progress || used < buffer_bytes) << "the buffer holds no entry";
        return names;
      }
    }
  }

 private:
  Engine engine_;
  Store store_{engine_};
  Instance instance_;
  Memory memory_;
};

// A folder of its own for each test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "weir-wasi-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TemporaryFolder(TemporaryFolder const&) = delete;
  TemporaryFolder& operator=(TemporaryFolder const&) = delete;
  ~TemporaryFolder() { fs::remove_all(path_); }

  fs::path const& path() const { return path_; }
  std::string contents(std::string const& name) const {
    std::ifstream file{path_ / name, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  void write(std::string const& name, std::string_view text) const {
    std::ofstream{path_ / name, std::ios::binary} << text;
  }

 private:
  fs::path path_;
};

} // namespace weir::wasi::test
