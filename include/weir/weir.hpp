// Weir: a WebAssembly interpreter to embed. This is the C++ interface; it needs C++23.
//
//   weir::Engine engine;
//   auto module = weir::Module::from_file(engine, "guest.wasm");
//   weir::Store store{engine};
//   weir::Linker linker{engine};
//   auto instance = linker.instantiate(store, *module);
//   auto add = instance->get_typed_func<int32_t(int32_t, int32_t)>(store, "add");
//   auto sum = add->call(store, 1, 2);
//
// Rules that hold everywhere:
//
// - Functions that can fail return Result<T>, a std::expected<T, Error>. The library throws nothing.
// - Engine and Module are shared handles: copying is cheap, any thread may use them. A Store, and everything in it,
//   belongs to one thread at a time; use by two threads at once is found out and is an error. An InterruptHandle may be
//   used by any thread.
// - Func, Memory, Table, Global and Instance are small values that name an object of a store. The store owns the
//   objects and keeps them until it is destroyed. Using a handle with another store, or a default-constructed one, is
//   an error of kind `usage`.
// - "store" parameters are StoreContexts: pass a Store, or inside a host function the Caller.
// - An Engine, Store or Linker whose construction failed (no memory, or a backend that this build lacks) is empty:
// every
//   use of it gives the Error. So does a Store that was moved from.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <weir/config.hpp>
#include <weir/error.hpp>
#include <weir/features.hpp>
#include <weir/limiter.hpp>
#include <weir/memory_map.hpp>
#include <weir/trap.hpp>
#include <weir/types.hpp>
#include <weir/val.hpp>

namespace weir {

namespace detail {
struct EngineData;
struct ModuleData;
struct LinkerData;
struct PreData;
struct StoreData;
struct ViewGuard;
struct InterruptState;
struct NoData {}; // makes an empty object, to be filled
} // namespace detail

class Caller;
class Store;
class Instance;

// "0.1.0"
WEIR_API char const* version() noexcept;

// From the text format to the binary format. The result is not validated. Errors: malformed (with line and column),
// unsupported for the syntax of proposals that are not in `features`, limit.
WEIR_API Result<std::vector<std::uint8_t>> wat_to_wasm(std::string_view text, Features features = {});

// ---------------------------------------------------------------------------------------------------------------------

// Settings and machinery shared by modules and stores.
class WEIR_API Engine {
 public:
  Engine() : Engine(Config{}) {}
  explicit Engine(Config const& config);
  // Like the constructor, but tells at once when the engine cannot be made.
  static Result<Engine> create(Config const& config);

  Config const& config() const noexcept;
  // The backend in use: tail_call or loop, never automatic.
  Backend backend() const noexcept;
  static bool has_backend(Backend backend) noexcept;
  // Hands a message to the Config's diagnostic sink, or to the standard error stream when there is none.
  void diagnose(std::string_view text) const noexcept;

 private:
  friend struct detail::Access;
  explicit Engine(detail::NoData) noexcept {}
  std::shared_ptr<detail::EngineData const> data_;
};

struct ImportType {
  std::string module;
  std::string name;
  ExternType type;
};

struct ExportType {
  std::string name;
  ExternType type;
};

struct CustomSection {
  std::string_view name;
  std::span<std::uint8_t const> data; // behind the name; lives as long as the module
};

// One entry of the "producers" section: {"processed-by", "rustc", "1.63.0"}.
struct Producer {
  std::string field;
  std::string name;
  std::string version;
};

// A decoded, validated module (CompilationMode::lazy validates function bodies later).
class WEIR_API Module {
 public:
  // From the binary format. The bytes are copied.
  static Result<Module> from_bytes(Engine const& engine, std::span<std::uint8_t const> bytes);
  static Result<Module> from_bytes(Engine const& engine, std::span<std::byte const> bytes);
  // From a file in the binary or the text format, told apart by content. A binary file is mapped, not copied: it must
  // not be changed while the module lives.
  static Result<Module> from_file(Engine const& engine, std::string const& path);
  // From the text format.
  static Result<Module> from_wat(Engine const& engine, std::string_view text);

  // Decodes and validates everything, in any CompilationMode, and keeps nothing.
  static Result<void> validate(Engine const& engine, std::span<std::uint8_t const> bytes);

  std::vector<ImportType> imports() const;
  std::vector<ExportType> exports() const;
  std::optional<ExternType> export_type(std::string_view name) const;
  std::vector<MemoryType> memories() const; // imported ones first
  // What lies where in a memory, inferred from the module: see memory_map.hpp. The first call reads all the code; its
  // answer is kept. An error of kind `usage` if there is no such memory.
  Result<MemoryMap> memory_map(std::uint32_t memory = 0) const;
  std::vector<CustomSection> custom_sections() const;
  std::vector<Producer> producers() const;
  // From the name section; empty where it says nothing.
  std::string name() const;
  std::string function_name(std::uint32_t index) const;
  std::uint32_t function_count() const noexcept; // imported ones included
  std::optional<std::uint32_t> start_function() const noexcept;
  // The binary format: of the file, of the copy, or as written from text.
  std::span<std::uint8_t const> bytes() const noexcept;
  Engine const& engine() const noexcept;

 private:
  friend struct detail::Access;
  explicit Module(std::shared_ptr<detail::ModuleData const> data) noexcept : data_(std::move(data)) {}
  std::shared_ptr<detail::ModuleData const> data_;
};

// ---------------------------------------------------------------------------------------------------------------------

// A reference to a store for the length of a call. Made from a Store or, inside a host function, from its Caller.
class StoreContext {
 public:
  StoreContext(Store& store) noexcept;   // NOLINT(google-explicit-constructor)
  StoreContext(Caller& caller) noexcept; // NOLINT(google-explicit-constructor)

 private:
  friend struct detail::Access;
  explicit StoreContext(detail::StoreData* data) noexcept : data_(data) {}
  detail::StoreData* data_;
};

// Names a store without owning it: it follows the store when that is moved, and notices when it is destroyed. To be
// used on the thread that the store belongs to. Default-constructed: no store.
class WEIR_API StoreRef {
 public:
  StoreRef() noexcept = default;
  explicit StoreRef(StoreContext store) noexcept;
  // False once the store was destroyed, and for no store.
  bool is_alive() const noexcept;
  // An error of kind `usage` when the store was destroyed. The context is good until the store is moved or destroyed.
  Result<StoreContext> get() const;

 private:
  std::shared_ptr<detail::InterruptState> state_;
};

// Stops the guest of a store from any thread. Outlives the store harmlessly.
class WEIR_API InterruptHandle {
 public:
  // The guest that runs in the store, or the next one to run there, traps with TrapReason::interrupted; once, however
  // often this was called before the trap.
  void interrupt() const noexcept;

 private:
  friend struct detail::Access;
  explicit InterruptHandle(std::shared_ptr<detail::InterruptState> state) noexcept : state_(std::move(state)) {}
  std::shared_ptr<detail::InterruptState> state_;
};

// Owns instances, memories, tables, globals, functions and the host's own data beside them.
//
// Destroying a store inside one of its host functions is allowed: the guest traps when the host function returns, and
// the store goes away when the outermost call has ended.
class WEIR_API Store {
 public:
  explicit Store(Engine const& engine, StoreLimits const& limits = {});
  static Result<Store> create(Engine const& engine, StoreLimits const& limits = {});
  Store(Store&&) noexcept = default;
  Store& operator=(Store&&) noexcept = default;
  ~Store() = default;

  Engine const& engine() const noexcept;

  // The host's data: one object of any type, owned by the store and reached from host functions through Caller.
  template <class T>
  T& set_data(T object);
  // Null if there is none, or one of another type.
  template <class T>
  T* data() const noexcept;

  Result<void> set_limits(StoreLimits const& limits);
  // Asked after the limits; null removes it.
  Result<void> set_limiter(std::shared_ptr<ResourceLimiter> limiter);

  // Fuel, in WebAssembly instructions. Errors when Config::consume_fuel is off.
  Result<void> set_fuel(std::uint64_t fuel);
  Result<std::uint64_t> fuel() const;

  // Guests trap with TrapReason::deadline_reached soon after this moment. Stays until changed.
  Result<void> set_deadline(std::chrono::steady_clock::time_point deadline);
  Result<void> clear_deadline();

  Result<InterruptHandle> interrupt_handle() const;

  // What becomes of the host's writes to guest memory that nothing allows; see HostWrites and Config::host_writes.
  Result<void> set_host_writes(HostWrites policy);
  HostWrites host_writes() const noexcept; // the one in force

  // What becomes of changes to read-only data of guests; see ReadOnlyData and Config::read_only_data. What is there
  // when this switches the checks on counts as right.
  Result<void> set_read_only_data(ReadOnlyData policy);
  ReadOnlyData read_only_data() const noexcept; // the one in force

 private:
  friend struct detail::Access;
  friend class StoreContext;
  struct WEIR_API Closer {
    void operator()(detail::StoreData* data) const noexcept;
  };
  Store() noexcept = default;
  void set_data_pointer(std::shared_ptr<void> object, char const* tag) noexcept;
  void* data_pointer(char const* tag) const noexcept;
  std::unique_ptr<detail::StoreData, Closer> data_;
};

// ---------------------------------------------------------------------------------------------------------------------

// A read-only look at a memory's bytes. Growing the memory, resetting its instance or destroying its store makes the
// view stale, and bytes() says so. Holding one costs nothing; the bytes themselves are the guest's, which may change
// them when it runs.
class WEIR_API MemoryView {
 public:
  // An error of kind `usage` when the view is stale.
  Result<std::span<std::byte const>> bytes() const;
  bool is_valid() const noexcept;

 private:
  friend struct detail::Access;
  MemoryView() noexcept = default;
  std::shared_ptr<detail::ViewGuard const> guard_;
  std::uint64_t generation_ = 0;
  std::byte const* data_ = nullptr;
  std::size_t size_ = 0;
};

// A linear memory. Addresses and sizes are in bytes unless they are called pages. A range is inside if address + size
// does not pass the memory's size; one that is not gives an error of kind `usage` and nothing is read or written.
class WEIR_API Memory {
 public:
  Memory() noexcept = default;
  bool operator==(Memory const&) const noexcept = default;
  std::uintptr_t id() const noexcept { return reinterpret_cast<std::uintptr_t>(handle_.object); } // as Func::id()

  static Result<Memory> create(StoreContext store, MemoryType const& type);
  Result<MemoryType> type(StoreContext store) const; // with the current size as minimum

  Result<std::uint64_t> pages(StoreContext store) const;
  Result<std::uint64_t> size(StoreContext store) const; // bytes
  static constexpr std::uint64_t page_size() noexcept { return 65536; }
  // Grows as memory.grow does, and gives the previous number of pages. Refusal is an error of kind `limit` that names
  // the limit, or `out_of_memory`.
  Result<std::uint64_t> grow(StoreContext store, std::uint64_t pages) const;

  // Growths of this memory that were refused to guests, in the call from the host that is under way or was last: which
  // limit, asked, in use, allowed, and who asked. The newest last, of many the newest few.
  Result<std::vector<RefusedGrowth>> refused_growths(StoreContext store) const;

  // Memory -> host.
  Result<void> read(StoreContext store, std::uint64_t address, std::span<std::byte> out) const;
  Result<std::vector<std::byte>> copy_out(StoreContext store, std::uint64_t address, std::uint64_t size) const;
  Result<std::string> read_string(StoreContext store, std::uint64_t address, std::uint64_t size) const;
  // Host -> memory. Writes are checked by the store's HostWrites policy, and remembered for trap reports together with
  // `where`, the line of the host that wrote.
  Result<void> write(StoreContext store, std::uint64_t address, std::span<std::byte const> bytes,
                     std::source_location where = std::source_location::current()) const;
  Result<void> write(StoreContext store, std::uint64_t address, std::string_view text,
                     std::source_location where = std::source_location::current()) const;
  // Copies a range of trivially copyable objects.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  Result<void> copy_in(StoreContext store, std::uint64_t address, std::span<T const> objects,
                       std::source_location where = std::source_location::current()) const {
    return write(store, address, std::as_bytes(objects), where);
  }

  // One object, little endian as in the guest; the address may be unaligned.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  Result<T> get(StoreContext store, std::uint64_t address) const;
  template <class T>
    requires std::is_trivially_copyable_v<T>
  Result<void> set(StoreContext store, std::uint64_t address, T const& object,
                   std::source_location where = std::source_location::current()) const;

  Result<MemoryView> view(StoreContext store) const;

  // Calls fn(std::span<std::byte>) with a range to write in place. While it runs the bytes stay where they are: a
  // growth that would have to move them is refused. Gives what fn returns (a Result<T> stays one).
  template <class F>
  auto with_mutable(StoreContext store, std::uint64_t address, std::uint64_t size, F&& fn,
                    std::source_location where = std::source_location::current()) const;

  // Grants: ranges that the guest handed out to the host and that it has not got back yet. exchange::GuestAllocator
  // keeps them; a host with an allocator of its own may do so too. No two overlap, none is empty or passes the memory's
  // end (errors of kind `usage`). They change nothing in the memory.
  Result<void> add_grant(StoreContext store, std::uint64_t address, std::uint64_t size) const;
  Result<void> remove_grant(StoreContext store, std::uint64_t address) const; // the address that it was added with
  Result<std::vector<MemoryRange>> grants(StoreContext store) const;          // ascending

  // Declares a range, inside the memory or not, as the host's to write to: by an agreement with the guest that Weir
  // cannot see, such as a mailbox at a fixed address. Checked host writes (HostWrites) accept it. Changes nothing else.
  // The second takes back what of it was declared.
  Result<void> allow_host_writes(StoreContext store, std::uint64_t address, std::uint64_t size) const;
  Result<void> disallow_host_writes(StoreContext store, std::uint64_t address, std::uint64_t size) const;
  // Declares that nobody is to change what the range holds now, neither host nor guest, until it is undeclared or the
  // instance is reset: checked as the store's ReadOnlyData policy says. Declaring it again takes what it holds then.
  // The second also takes out constants that the memory map named. The third: what is watched, ascending.
  Result<void> declare_read_only(StoreContext store, std::uint64_t address, std::uint64_t size) const;
  Result<void> undeclare_read_only(StoreContext store, std::uint64_t address, std::uint64_t size) const;
  Result<std::vector<MemoryRange>> read_only_ranges(StoreContext store) const;

  // Tells trap reports of a write that was made by way of unsafe_data(): they then know who wrote there last, whatever
  // the size (Config::keep_write_journal). `who` is a text that lives as long as the program, such as a literal.
  // `guest_chose`: the guest had passed the address to a host function, so that the place is no mistake of the host's.
  Result<void> record_write(StoreContext store, std::uint64_t address, std::uint64_t size, char const* who,
                            bool guest_chose = false) const;

  // The bytes themselves, unchecked and unrecorded. Pointer and size are stale after any growth.
  Result<std::byte*> unsafe_data(StoreContext store) const;
  Result<std::span<std::byte>> unsafe_bytes(StoreContext store) const;

 private:
  friend struct detail::Access;
  explicit Memory(detail::Handle handle) noexcept : handle_(handle) {}
  Result<std::byte*> pin(StoreContext store, std::uint64_t address, std::uint64_t size,
                         std::source_location const& where) const;
  void unpin(StoreContext store, std::uint64_t address, std::uint64_t size) const noexcept;
  detail::Handle handle_;
};

class WEIR_API Table {
 public:
  Table() noexcept = default;
  bool operator==(Table const&) const noexcept = default;
  std::uintptr_t id() const noexcept { return reinterpret_cast<std::uintptr_t>(handle_.object); } // as Func::id()

  // `init` must be a reference of the element type.
  static Result<Table> create(StoreContext store, TableType const& type, Val const& init);
  Result<TableType> type(StoreContext store) const; // with the current size as minimum

  Result<std::uint64_t> size(StoreContext store) const;
  Result<std::uint64_t> grow(StoreContext store, std::uint64_t elements, Val const& init) const; // previous size
  Result<Val> get(StoreContext store, std::uint64_t index) const;
  Result<void> set(StoreContext store, std::uint64_t index, Val const& value) const;
  Result<void> fill(StoreContext store, std::uint64_t index, Val const& value, std::uint64_t count) const;

 private:
  friend struct detail::Access;
  explicit Table(detail::Handle handle) noexcept : handle_(handle) {}
  detail::Handle handle_;
};

class WEIR_API Global {
 public:
  Global() noexcept = default;
  bool operator==(Global const&) const noexcept = default;
  std::uintptr_t id() const noexcept { return reinterpret_cast<std::uintptr_t>(handle_.object); } // as Func::id()

  static Result<Global> create(StoreContext store, GlobalType const& type, Val const& value);
  Result<GlobalType> type(StoreContext store) const;
  Result<Val> get(StoreContext store) const;
  // An error when the global is immutable or the type differs.
  Result<void> set(StoreContext store, Val const& value) const;

 private:
  friend struct detail::Access;
  explicit Global(detail::Handle handle) noexcept : handle_(handle) {}
  detail::Handle handle_;
};

// Anything that can be imported or exported. The variant's index equals ExternKind's value.
using Extern = std::variant<Func, Table, Memory, Global>;

struct Export {
  std::string name;
  Extern value;
};

class WEIR_API Instance {
 public:
  Instance() noexcept = default;
  bool operator==(Instance const&) const noexcept = default;
  std::uintptr_t id() const noexcept { return reinterpret_cast<std::uintptr_t>(handle_.object); } // as Func::id()

  // The instance whose function the frame is a call of; null for the frame of a host function.
  static Instance of(TrapFrame const& frame) noexcept { return Instance{frame.instance}; }

  // Instantiates with the imports in the module's order; Linker does this by name.
  static Result<Instance> create(StoreContext store, Module const& module, std::span<Extern const> imports);

  Result<Module> module(StoreContext store) const;
  // In the module's order.
  Result<std::vector<Export>> exports(StoreContext store) const;
  // The error says what the instance exports when there is no such name, or that the export is of another kind.
  Result<Extern> get_export(StoreContext store, std::string_view name) const;
  Result<Func> get_func(StoreContext store, std::string_view name) const;
  Result<Memory> get_memory(StoreContext store, std::string_view name) const;
  Result<Table> get_table(StoreContext store, std::string_view name) const;
  Result<Global> get_global(StoreContext store, std::string_view name) const;
  // get_typed_func<int32_t(int32_t)>; results of several values are a std::tuple.
  template <class Signature>
  Result<TypedFunc<Signature>> get_typed_func(StoreContext store, std::string_view name) const;

  // Makes the instance what it was when it had just been made: the memories, tables and globals that its module defines
  // have their first sizes and contents, no segment is dropped, and the start function runs again (after an error the
  // instance is as far as it came, and can be reset again). Handles stay good; views of its memories become stale, and
  // what a guest allocator handed out is gone: free it before. What is imported stays as it is, also where the module's
  // segments lie in it. Costs less than a new instance. An error of kind `usage` while a call into the store is active.
  Result<void> reset(StoreContext store) const;

 private:
  friend struct detail::Access;
  explicit Instance(detail::Handle handle) noexcept : handle_(handle) {}
  detail::Handle handle_;
};

// ---------------------------------------------------------------------------------------------------------------------

// What a host function gets to know about who called it. Valid during the call only.
class WEIR_API Caller {
 public:
  Caller(Caller const&) = delete;
  Caller& operator=(Caller const&) = delete;

  // The instance whose code called. Nothing when the embedder called the host function itself.
  std::optional<Instance> instance() const noexcept;
  // The calling instance's memory of this index, exported or not.
  Result<Memory> memory(std::uint32_t index = 0) const;
  // Exports of the calling instance.
  Result<Extern> get_export(std::string_view name) const;
  Result<Memory> get_memory(std::string_view name) const;
  Result<Func> get_func(std::string_view name) const;

  // Store::data().
  template <class T>
  T* data() const noexcept;

  Engine const& engine() const noexcept;
  Result<void> set_fuel(std::uint64_t fuel);
  Result<std::uint64_t> fuel() const;

  // For host functions that take long: whether the guest is to stop, because it was interrupted or its deadline has
  // passed. An error is the trap that the guest shall end with: return it. (An interruption is told of once.)
  Result<void> check_interrupt();

  // The guest passed this range to the host function to write to, as a pointer and a length among plain integers.
  // Checked host writes (HostWrites) accept it until the host function returns. Parameters like Slice<T> say so by
  // themselves.
  Result<void> allow_host_writes(Memory const& memory, std::uint64_t address, std::uint64_t size);

  // The active calls, innermost first, as a trap at this moment would show them.
  std::vector<TrapFrame> backtrace() const;

 private:
  friend struct detail::Access;
  friend class StoreContext;
  Caller(detail::StoreData* store, void* instance) noexcept : store_(store), instance_(instance) {}
  void* data_pointer(char const* tag) const noexcept;
  detail::StoreData* store_;
  void* instance_;
  bool has_allowed_ = false; // something is to be taken back when the host function returns
};

// ---------------------------------------------------------------------------------------------------------------------

// A module whose imports have been looked up and checked once, to be instantiated many times. Shareable between threads
// unless the linker defines objects of a store.
class WEIR_API InstancePre {
 public:
  Result<Instance> instantiate(StoreContext store) const;
  Module const& module() const noexcept;

 private:
  friend struct detail::Access;
  explicit InstancePre(std::shared_ptr<detail::PreData const> data) noexcept : data_(std::move(data)) {}
  std::shared_ptr<detail::PreData const> data_;
};

// Finds imports by name. Belongs to one engine; functions defined with func() work in any of its stores, objects given
// to define() in their own store only. Not for several threads at once.
class WEIR_API Linker {
 public:
  explicit Linker(Engine const& engine);
  Linker(Linker const&) = delete;
  Linker& operator=(Linker const&) = delete;
  Linker(Linker&&) noexcept = default;
  Linker& operator=(Linker&&) noexcept = default;
  ~Linker();

  // Whether a later definition may replace an earlier one of the same name; else it is an error. Default: no.
  Linker& allow_shadowing(bool on) noexcept;

  // Defines a host function from a callable that is not overloaded, e.g. a lambda.
  //   parameters: optionally Caller& first, then int32_t, uint32_t, int64_t, uint64_t, float, double, V128, Func,
  //   ExternRef result: nothing, one of these types, a std::tuple of them, or a Result of any of those
  // An Error that it returns, and with exceptions on also an exception that it throws, makes the guest trap with
  // TrapReason::host_error. The callable must be callable from several threads at once if the linker's modules are.
  template <class F>
  Result<void> func(std::string_view module, std::string_view name, F&& callable);

  // A host function of any type; `callback` as for Func::create().
  template <class F>
  Result<void> func(std::string_view module, std::string_view name, FuncType const& type, F&& callback);

  Result<void> define(std::string_view module, std::string_view name, Extern const& value);
  // All exports of the instance under `module`.
  Result<void> instance(StoreContext store, std::string_view module, Instance const& instance);
  // Makes what is defined as (module, name) known as (as_module, as_name) too.
  Result<void> alias(std::string_view module, std::string_view name, std::string_view as_module,
                     std::string_view as_name);
  // Makes everything defined under `module` known under `as_module` too.
  Result<void> alias_module(std::string_view module, std::string_view as_module);
  // For every function import of the module that is not defined: a function that traps, naming the import.
  Result<void> define_unknown_imports_as_traps(Module const& module);

  // What is defined under this name in the view of the store; nothing if there is none.
  Result<std::optional<Extern>> get(StoreContext store, std::string_view module, std::string_view name) const;

  // Links and instantiates, and runs the start function. A link error lists every missing and mismatching import.
  Result<Instance> instantiate(StoreContext store, Module const& module) const;
  Result<InstancePre> instantiate_pre(Module const& module) const;

 private:
  friend struct detail::Access;
  std::unique_ptr<detail::LinkerData, void (*)(detail::LinkerData*) noexcept> data_;
};

// A function whose type is known at compile time: TypedFunc<int32_t(int32_t, double)>. Several results are a
// std::tuple; integers may be signed or unsigned.
template <class R, class... Args>
class TypedFunc<R(Args...)> {
 public:
  using Signature = R(Args...);

  TypedFunc() noexcept = default;
  Func const& func() const noexcept { return func_; }

  Result<R> call(StoreContext store, Args... args) const;

 private:
  friend class Func;
  explicit TypedFunc(Func func) noexcept : func_(func) {}
  Func func_;
};

} // namespace weir

#include <weir/detail/glue.hpp>
