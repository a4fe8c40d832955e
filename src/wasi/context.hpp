// The state of a guest program, and of one call of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/wasi.hpp>

#include "wasi/abi.hpp"
#include "wasi/descriptor_table.hpp"
#include "wasi/guest_memory.hpp"

namespace weir::wasi {

struct Context::State {
  explicit State(std::uint32_t max_descriptors) noexcept : descriptors(max_descriptors) {}

  DescriptorTable descriptors;
  std::vector<std::string> args;        // each with its NUL
  std::vector<std::string> environment; // "NAME=VALUE" and NUL
  std::shared_ptr<Clock> clock;         // null: the system's
  Random random;                        // empty: the system's

  // The memory of the instance that called last: exports are looked up once.
  Instance last_caller;
  Memory last_memory;
};

// One call of a WASI function.
class Call {
 public:
  // `who` is the function's name for trap reports: "wasi fd_read". It lives as long as the program.
  Call(Caller& caller, Context::State& state, Abi abi, char const* who);
  Call(Call const&) = delete;
  Call& operator=(Call const&) = delete;

  Context::State& state() noexcept { return state_; }
  GuestMemory const& memory() const noexcept { return memory_; }
  Abi abi() const noexcept { return abi_; }

  // Whether the guest is to stop (interrupted, deadline). Functions that take long ask every 20 ms or so; after true
  // they return Errno::intr, and the call ends with the error that was found here.
  bool should_stop();
  // Ends the guest with an exit status. The function's own result no longer matters.
  void exit(std::uint32_t status);
  std::optional<Error>& stopped() noexcept { return stopped_; }

  // The open descriptor with all these rights; `badf` when there is none, `notcapable` without the rights.
  Answer<Descriptor*> descriptor(Fd fd, Rights wanted) const noexcept;
  // The same for directories: `notdir` for another kind.
  Answer<Directory*> directory(Fd fd, Rights wanted) const noexcept;
  // The same for sockets: `notsock` for another kind.
  Answer<Socket*> socket(Fd fd, Rights wanted) const noexcept;

  // A path in guest memory: `fault` outside of it, `ilseq` if it is not UTF-8.
  Answer<std::string_view> path(std::uint32_t address, std::uint32_t length) const noexcept;

 private:
  Caller& caller_;
  Context::State& state_;
  WriteLog log_;
  GuestMemory memory_;
  Abi abi_;
  std::optional<Error> stopped_;
};

// Milliseconds that a waiting call lets pass before it asks should_stop() again.
inline constexpr int wait_slice_ms = 20;

// Waits until a descriptor of the system is ready for poll(2)'s events: `intr` when the guest is to stop.
Errno wait_for(Call& call, int system_descriptor, short events);

} // namespace weir::wasi
