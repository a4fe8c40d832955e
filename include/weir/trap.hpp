// What is known about a trap: reason, place, backtrace, and the facts of a memory access.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <weir/error.hpp>
#include <weir/limiter.hpp>
#include <weir/val.hpp>

namespace weir {

// One active call when the trap happened.
struct TrapFrame {
  bool is_host = false;       // a host function: the members below describe what was called, as far as known
  std::uint32_t function = 0; // function index in its module
  // From the name section, else an export's name; empty when neither exists. Longer names are cut.
  static constexpr std::size_t max_name_bytes = 4096;
  std::string name;
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

// A memory.grow or table.grow of the guest that was refused: it gave -1, or trapped.
struct RefusedGrowth {
  bool is_table = false;
  std::uint32_t index = 0; // of the memory or table, in the asking module's index space
  std::uint64_t by = 0;    // pages or elements
  LimitFacts facts;        // who refused, and why
  std::string refusal;     // the same in words: "refused by StoreLimits::memory_size: asked ..."
  std::uint64_t times = 1; // asked the same from the same place again, at once
  // Who asked, innermost first: the few innermost calls.
  std::vector<TrapFrame> frames;
};

// What diagnosis found out besides the facts of the trap.
struct FaultStory {
  // Of out of bounds accesses to a memory.
  std::optional<PointerOrigin> origin;
  std::optional<HostWrite> host_write; // to where the pointer was read from; not known: of the same bytes, ungranted
  // Growths that were refused in this call from the host, whatever trapped; the newest last, of many the newest few.
  std::vector<RefusedGrowth> refused_growths;
  bool is_growth_likely_cause = false; // the newest of them is likely what made the guest trap
  // The limit that ended the guest: growth_refused, call_stack_exhausted and out_of_fuel have one.
  std::optional<LimitFacts> limit;
  std::vector<std::string> lines; // the story in words, a line each, for reports
};

enum class ReportStyle : std::uint8_t {
  plain,
  coloured, // with escape sequences for terminals
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

  // The specification's wording, and the particulars where there are some: one line. Of a host function's error its
  // message, which may have several lines. Whatever it quotes, it is valid UTF-8 whose unprintable characters are
  // escaped, as in report().
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
  // Where a bad address came from and who wrote it, which growths were refused and which limit was passed, as far as
  // that could be found out.
  FaultStory const& story() const noexcept { return story_; }

  // Everything above as text of several lines, for people. No line feed at the end. Whatever the guest's names and the
  // messages of host functions hold, it is valid UTF-8 in which line feeds (and the colours) are the only control
  // characters; lines that belong to a message of several lines begin with "  | ".
  std::string report(ReportStyle style = ReportStyle::plain) const;

  // The same as a JSON object on one line, for programs. docs/memory.md describes it; members may join, none goes.
  std::string report_json() const;

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
