// What an Engine is made with. Every setting has a default that suits most embedders.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include <weir/features.hpp>

namespace weir {

// How the interpreter goes from one operation to the next. Both backends run the same code with the same results.
enum class Backend : std::uint8_t {
  automatic, // tail_call where this build has it, else loop
  tail_call, // where Weir was built by clang >= 19, or by g++ for x86-64 with optimisation
  loop,      // portable
};

// When functions are validated and translated.
enum class CompilationMode : std::uint8_t {
  eager,            // both when the module is loaded
  lazy_translation, // validated when the module is loaded, translated at the first call (the default)
  lazy,             // both at the first call: an invalid function body traps there
};

// What becomes of a write of the host to guest memory that nothing allows. A guest's memory is full of things that are
// the guest's: its stack, its data, its allocator's state. A write there mostly does no visible harm until much later.
// Allowed is a write within one range
// - that the guest handed out and has not got back (Memory::grants(): a GuestAllocator keeps them),
// - that it passed to the host function that is running (parameters like Slice<T>; Caller::allow_host_writes), or
// - that the host declared (Memory::allow_host_writes).
// Checked are Memory::write and all that goes by way of it (GuestBuffer, Slice, CheckedRange) and with_mutable; not
// Memory::unsafe_data, nor WASI, which writes where the guest says.
enum class HostWrites : std::uint8_t {
  off,  // not checked
  warn, // done, and the diagnostic sink hears of it: once for each line of the host and address
  deny, // not done: the write gives an Error of kind `usage`
};

// What becomes of a change to read-only data of a guest: its constants, where its module names them (the memory map's
// RegionKind::read_only_data), and what Memory::declare_read_only() declares. Nothing protects those bytes, so they are
// compared with a copy wherever a call crosses between host and guest. That finds who changed them: the host before it
// calls, a host function, or the guest itself. It costs a comparison of all those bytes at each crossing.
enum class ReadOnlyData : std::uint8_t {
  off,  // not looked at
  warn, // the diagnostic sink hears of a change, once
  trap, // TrapReason::read_only_data, in every call until the bytes are again what they were
};

// Receives warnings and reports that no call returns. Called from the thread that causes the message; it must not
// use the store that is running. The text is UTF-8 without a line feed at the end.
using DiagnosticSink = std::function<void(std::string_view text)>;

// A value type: Config{}.consume_fuel(true).max_stack_bytes(256 * 1024).
class Config {
 public:
  // Whether guests consume fuel: one unit per WebAssembly instruction. A Store starts with no fuel. Default: off.
  Config& consume_fuel(bool on) noexcept { return consume_fuel_ = on, *this; }
  bool consume_fuel() const noexcept { return consume_fuel_; }

  Config& backend(Backend backend) noexcept { return backend_ = backend, *this; }
  Backend backend() const noexcept { return backend_; }

  Config& compilation(CompilationMode mode) noexcept { return compilation_ = mode, *this; }
  CompilationMode compilation() const noexcept { return compilation_; }

  // Bytes of the value stack of a Store: parameters, locals and operands of all active guest calls. Passing it is the
  // trap "call stack exhausted". Default: 1 MiB. Rounded up to a page of the system.
  Config& max_stack_bytes(std::uint64_t bytes) noexcept { return max_stack_bytes_ = bytes, *this; }
  std::uint64_t max_stack_bytes() const noexcept { return max_stack_bytes_; }

  // How often calls may go from the host into guests within each other (guest calls host calls guest ...) in one store;
  // each takes some of the thread's native stack. Passing it is the trap "call stack exhausted". Guests that call
  // guests are bounded by max_stack_bytes alone. Default: 200.
  Config& max_recursion_depth(std::uint32_t calls) noexcept { return max_recursion_depth_ = calls, *this; }
  std::uint32_t max_recursion_depth() const noexcept { return max_recursion_depth_; }

  // Switches one proposal on or off. Feature::mvp stays on.
  Config& feature(Feature feature, bool on) noexcept { return features_ = features_.with(feature, on), *this; }
  Config& features(Features features) noexcept { return features_ = features, *this; }
  Features features() const noexcept { return features_; }

  // Whether Module::custom_sections() shows a module's custom sections. Default: on.
  Config& keep_custom_sections(bool on) noexcept { return keep_custom_sections_ = on, *this; }
  bool keep_custom_sections() const noexcept { return keep_custom_sections_; }

  // Whether backtraces use the names of the name section (it is read when the first name is wanted). Default: on.
  Config& keep_names(bool on) noexcept { return keep_names_ = on, *this; }
  bool keep_names() const noexcept { return keep_names_; }

  // Whether a module may have a start function; off: instantiating such a module is an error. Default: on.
  Config& allow_start(bool on) noexcept { return allow_start_ = on, *this; }
  bool allow_start() const noexcept { return allow_start_; }

  // Bytes of address space reserved for each memory (never more than its declared maximum needs), so that growing up
  // to there does not move it. Reserving costs no memory. 0: reserve the initial size only. Default: 4 GiB.
  Config& memory_reservation(std::uint64_t bytes) noexcept { return memory_reservation_ = bytes, *this; }
  std::uint64_t memory_reservation() const noexcept { return memory_reservation_; }

  // The policy of new stores. Nothing: warn in a library that was built for debugging (without NDEBUG), else off. The
  // environment variable WEIR_HOST_WRITES=off|warn|deny, read when the engine is made, overrides this and
  // Store::set_host_writes. Default: nothing.
  Config& host_writes(std::optional<HostWrites> policy) noexcept { return host_writes_ = policy, *this; }
  std::optional<HostWrites> host_writes() const noexcept { return host_writes_; }

  // The policy of new stores. The environment variable WEIR_READ_ONLY_DATA=off|warn|trap, read when the engine is made,
  // overrides this and Store::set_read_only_data. Default: off.
  Config& read_only_data(ReadOnlyData policy) noexcept { return read_only_data_ = policy, *this; }
  ReadOnlyData read_only_data() const noexcept { return read_only_data_; }

  // Whether trap reports know every write of the host to guest memory: each memory remembers its last 64 writes, and
  // the lines that made them. That costs some nanoseconds a write. Off: only writes of 4 KiB and more are remembered,
  // where it is hardly measurable, and those of WASI. Stores whose HostWrites or ReadOnlyData policy is not off
  // remember every write anyway. Default: off.
  Config& keep_write_journal(bool on) noexcept { return keep_write_journal_ = on, *this; }
  bool keep_write_journal() const noexcept { return keep_write_journal_; }

  // Where messages go that no call returns. Default: empty, which means the standard error stream.
  Config& diagnostic_sink(DiagnosticSink sink) { return diagnostic_sink_ = std::move(sink), *this; }
  DiagnosticSink const& diagnostic_sink() const noexcept { return diagnostic_sink_; }

 private:
  bool consume_fuel_ = false;
  bool keep_custom_sections_ = true;
  bool keep_names_ = true;
  bool allow_start_ = true;
  bool keep_write_journal_ = false;
  ReadOnlyData read_only_data_ = ReadOnlyData::off;
  std::optional<HostWrites> host_writes_;
  Backend backend_ = Backend::automatic;
  CompilationMode compilation_ = CompilationMode::lazy_translation;
  Features features_;
  std::uint32_t max_recursion_depth_ = 200;
  std::uint64_t max_stack_bytes_ = 1024 * 1024;
  std::uint64_t memory_reservation_ = std::uint64_t{4} << 30;
  DiagnosticSink diagnostic_sink_;
};

} // namespace weir
