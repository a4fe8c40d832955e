// Binds the functions to the names that guests import.
#include <memory>
#include <string_view>
#include <utility>

#include <weir/wasi.hpp>

#include "platform/alloc_guard.hpp"
#include "wasi/functions.hpp"

namespace weir::wasi {

namespace {

// Shared by all functions of one linker.
struct Finder {
  FindContext find;
};

Error no_context(std::string_view name) {
  return {ErrorKind::usage, std::string{name} +
                                " was called in a store that has no WASI context: give it one, with "
                                "store.set_data(wasi::Context) or the function that was handed to "
                                "wasi::add_to_linker"};
}

template <class... Args>
Result<void> define(Linker& linker, Abi abi, std::shared_ptr<Finder> const& finder, char const* who,
                    Errno (*function)(Call&, Args...)) {
  std::string_view const name = std::string_view{who}.substr(std::string_view{"wasi "}.size());
  auto const body = [function, abi, finder, who, name](Caller& caller, Args... args) -> Result<std::uint32_t> {
    Context* const context = finder->find(caller);
    if (context == nullptr) {
      return std::unexpected(no_context(name));
    }
    Call call{caller, context->state(), abi, who};
    auto const outcome = function(call, args...);
    if (call.stopped().has_value()) {
      return std::unexpected(*std::move(call.stopped()));
    }
    return static_cast<std::uint32_t>(outcome);
  };
  return linker.func(abi == Abi::preview1 ? "wasi_snapshot_preview1" : "wasi_unstable", name, body);
}

// proc_exit gives no result: it does not return.
Result<void> define_exit(Linker& linker, Abi abi, std::shared_ptr<Finder> const& finder) {
  auto const body = [abi, finder](Caller& caller, std::uint32_t status) -> Result<void> {
    Context* const context = finder->find(caller);
    if (context == nullptr) {
      return std::unexpected(no_context("proc_exit"));
    }
    Call call{caller, context->state(), abi, "wasi proc_exit"};
    proc_exit(call, status);
    return std::unexpected(*std::move(call.stopped()));
  };
  return linker.func(abi == Abi::preview1 ? "wasi_snapshot_preview1" : "wasi_unstable", "proc_exit", body);
}

Result<void> define_all(Linker& linker, Abi abi, std::shared_ptr<Finder> const& finder) {
  Result<void> done;
  auto const add = [&](char const* who, auto* function) {
    if (done.has_value()) {
      done = define(linker, abi, finder, who, function);
    }
  };
  add("wasi args_get", &args_get);
  add("wasi args_sizes_get", &args_sizes_get);
  add("wasi environ_get", &environ_get);
  add("wasi environ_sizes_get", &environ_sizes_get);
  add("wasi clock_res_get", &clock_res_get);
  add("wasi clock_time_get", &clock_time_get);
  add("wasi fd_advise", &fd_advise);
  add("wasi fd_allocate", &fd_allocate);
  add("wasi fd_close", &fd_close);
  add("wasi fd_datasync", &fd_datasync);
  add("wasi fd_fdstat_get", &fd_fdstat_get);
  add("wasi fd_fdstat_set_flags", &fd_fdstat_set_flags);
  add("wasi fd_fdstat_set_rights", &fd_fdstat_set_rights);
  add("wasi fd_filestat_get", &fd_filestat_get);
  add("wasi fd_filestat_set_size", &fd_filestat_set_size);
  add("wasi fd_filestat_set_times", &fd_filestat_set_times);
  add("wasi fd_pread", &fd_pread);
  add("wasi fd_prestat_get", &fd_prestat_get);
  add("wasi fd_prestat_dir_name", &fd_prestat_dir_name);
  add("wasi fd_pwrite", &fd_pwrite);
  add("wasi fd_read", &fd_read);
  add("wasi fd_readdir", &fd_readdir);
  add("wasi fd_renumber", &fd_renumber);
  add("wasi fd_seek", &fd_seek);
  add("wasi fd_sync", &fd_sync);
  add("wasi fd_tell", &fd_tell);
  add("wasi fd_write", &fd_write);
  add("wasi path_create_directory", &path_create_directory);
  add("wasi path_filestat_get", &path_filestat_get);
  add("wasi path_filestat_set_times", &path_filestat_set_times);
  add("wasi path_link", &path_link);
  add("wasi path_open", &path_open);
  add("wasi path_readlink", &path_readlink);
  add("wasi path_remove_directory", &path_remove_directory);
  add("wasi path_rename", &path_rename);
  add("wasi path_symlink", &path_symlink);
  add("wasi path_unlink_file", &path_unlink_file);
  add("wasi poll_oneoff", &poll_oneoff);
  add("wasi proc_raise", &proc_raise);
  add("wasi sched_yield", &wasi::sched_yield);
  add("wasi random_get", &random_get);
  add("wasi sock_recv", &sock_recv);
  add("wasi sock_send", &sock_send);
  add("wasi sock_shutdown", &sock_shutdown);
  if (abi == Abi::preview1) {
    add("wasi sock_accept", &sock_accept); // came later
  }
  return done.has_value() ? define_exit(linker, abi, finder) : done;
}

} // namespace

Result<void> add_to_linker(Linker& linker, FindContext find) {
  return platform::guard_allocation(
      [&]() -> Result<void> {
        auto const finder = std::make_shared<Finder>(std::move(find));
        if (auto const done = define_all(linker, Abi::preview1, finder); !done.has_value()) {
          return done;
        }
        return define_all(linker, Abi::unstable, finder);
      },
      []() -> Result<void> { return std::unexpected(Error{ErrorKind::out_of_memory, "out of memory"}); });
}

} // namespace weir::wasi
