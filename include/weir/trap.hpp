// What is known about a trap: reason, place, backtrace, and the facts of a memory access.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <weir/error.hpp>
#include <weir/val.hpp>

namespace weir {

// One active call when the trap happened.
struct TrapFrame {
  bool is_host = false;              // a host function: the members below describe what was called, as far as known
  std::uint32_t function = 0;        // function index in its module
  std::string name;                  // from the name section, else an export's name; empty when neither exists
  std::string module;                // the module's own name, if it has one
  std::uint64_t offset = 0;          // of the instruction, from the module's first byte: what tools print
  std::uint64_t function_offset = 0; // the same, from the first byte of the function's body
  detail::Handle instance = {};      // whose function it is: Instance::of() gives it
};

// The facts of an access that was out of bounds. For loads and stores `offset` is the instruction's memarg offset and
// `base` its address operand. For memory.fill, .copy and .init `base` is the start of the range, `offset` 0, and
// `size` the number of bytes asked for.
struct MemoryAccess {
  std::uint32_t memory = 0;  // index in the accessing module's index space
  std::uint64_t address = 0; // effective address, base + offset (mod 2^64)
  std::uint64_t base = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;        // bytes
  std::uint64_t memory_size = 0; // bytes, at that moment
  bool is_store = false;
};

// Where the address of a bad access came from: the memory that the guest loaded it from.
struct PointerOrigin {
  std::uint64_t address = 0; // the pointer was read from here
  std::uint64_t size = 0;    // bytes
  std::uint64_t offset = 0;  // of the loading instruction, from the module's first byte
  bool is_confirmed = false; // what is there now still gives that address
};

// The host's last write to a range of memory. Writes that one line of the host made in a row count as one.
struct HostWrite {
  std::uint64_t address = 0;
  std::uint64_t size = 0;   // bytes
  std::string api;          // "Memory::write"
  std::string file = {};    // of the host's source, without folders; empty: not known
  std::uint32_t line = 0;   // 0: not known
  std::uint64_t writes = 1; // so many in a row
  std::string preview = {}; // the first bytes that were written, 16 at the most
  // When the guest trapped, a range that it had handed out and not got back covered the write (Memory::grants).
  bool is_granted = false;
};

// What diagnosis found out about a bad access besides its facts.
struct FaultStory {
  std::optional<PointerOrigin> origin;
  std::optional<HostWrite> host_write; // to where the pointer was read from; not known: of the same bytes, ungranted
  std::vector<std::string> lines;      // the story in words, a line each, for reports
};

class WEIR_API Trap {
 public:
  Trap(TrapReason reason, std::string message, std::vector<TrapFrame> frames,
       std::optional<MemoryAccess> access = std::nullopt, std::uint64_t omitted_frames = 0,
       std::optional<std::uint32_t> exit_status = std::nullopt, FaultStory story = {})
      : reason_(reason),
        omitted_(omitted_frames),
        message_(std::move(message)),
        frames_(std::move(frames)),
        access_(access),
        exit_status_(exit_status),
        story_(std::move(story)) {}

  TrapReason reason() const noexcept { return reason_; }

  // One line: the specification's wording, and the particulars where there are some.
  std::string const& message() const noexcept { return message_; }

  // The active calls, innermost first. Empty when no guest function was active. Of very deep stacks the middle is
  // left out; omitted_frames() says how many calls.
  std::span<TrapFrame const> frames() const noexcept { return frames_; }
  std::uint64_t omitted_frames() const noexcept { return omitted_; }

  // The innermost guest function: index, name (empty if it has none) and the offset of the trapping instruction from
  // the module's first byte. Without a guest function: nothing, empty, nothing.
  std::optional<std::uint32_t> function() const noexcept;
  std::string function_name() const;
  std::optional<std::uint64_t> offset() const noexcept;

  // For out_of_bounds_memory, otherwise null.
  MemoryAccess const* memory_access() const noexcept { return access_ ? &*access_ : nullptr; }

  // The guest ended itself with this status (WASI's proc_exit): it was unwound like a trap, and failed only if the
  // status says so.
  std::optional<std::uint32_t> exit_status() const noexcept { return exit_status_; }
  // Where a bad address came from and who wrote it, as far as that could be found out. Empty for other traps.
  FaultStory const& story() const noexcept { return story_; }

  // Everything above as text of several lines, for people. No line feed at the end.
  std::string report() const;

 private:
  TrapReason reason_;
  std::uint64_t omitted_;
  std::string message_;
  std::vector<TrapFrame> frames_;
  std::optional<MemoryAccess> access_;
  std::optional<std::uint32_t> exit_status_;
  FaultStory story_;
};

} // namespace weir
