// What a Store is inside, and the guard at its door.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include <weir/weir.hpp>

#include "diagnose/read_only_text.hpp"
#include "engine/access.hpp"
#include "engine/engine_data.hpp"
#include "engine/host_function.hpp"
#include "engine/refusals.hpp"
#include "platform/single_thread.hpp"
#include "runtime/store.hpp"

namespace weir::engine {

// A range that the guest passed to a host function that is running.
struct PassedRange {
  Caller const* call = nullptr; // names the call
  runtime::OwnedMemory const* memory = nullptr;
  MemoryRange range;
};

// A write that the diagnostic sink has heard of, and writes that went on where it ended.
struct WarnedWrite {
  runtime::OwnedMemory const* memory = nullptr;
  char const* file = nullptr;
  std::uint32_t line = 0;
  std::uint64_t address = 0;
  std::uint64_t end = 0;
};

} // namespace weir::engine

namespace weir::detail {

// Why a call from the host into a guest can't take the short way (engine/call.cpp).
enum class Detour : std::uint8_t {
  small_stack = 1, // not mapped yet (nor ever, if calls are not allowed), or arguments and results might not fit
  backend = 2,     // it is not tail calls
  refusals = 4,    // `refusals` is not empty
  read_only = 8,   // `read_only_data` is not off
};

struct StoreData : runtime::Store {
  explicit StoreData(Engine of) noexcept : engine(std::move(of)) {}
  ~StoreData() {
    if (execution != nullptr) {
      execution->store = nullptr; // for StoreRef
    }
  }

  bool has(Detour why) const noexcept { return (detours & static_cast<std::uint8_t>(why)) != 0; }
  void set(Detour why, bool is_so) noexcept {
    auto const bit = static_cast<std::uint8_t>(why);
    detours = static_cast<std::uint8_t>(is_so ? detours | bit : detours & ~bit);
  }

  Engine engine;
  std::shared_ptr<EngineData const> engine_data;

  // The thread inside (engine::Entry), null when there is none.
  std::atomic<void const*> owner{nullptr};
  // The Store was destroyed while a thread was inside; the outermost Entry deletes this object.
  std::atomic<bool> closed{false};
  // Calls from the host that are active, guests' and host functions' alike.
  std::uint32_t depth = 0;
  std::uint8_t detours = static_cast<std::uint8_t>(Detour::small_stack);
  ReadOnlyData read_only_data = ReadOnlyData::off;

  // The error of the call that just failed, on its way to the embedder.
  std::optional<Error> pending;
  // Why a hook answered with a trap (refused growth, failed translation).
  std::string trap_detail;
  // Growths that were refused to guests in the outermost call that is active, or was last.
  engine::Refusals refusals;

  // Writes of the host to guest memory (engine/host_writes.hpp).
  HostWrites host_writes = HostWrites::off;
  std::uint64_t journal_from = 1; // bytes: writes of this size and more are remembered
  std::vector<engine::PassedRange> passed_ranges;
  std::vector<engine::WarnedWrite> warned_writes;

  // Changes of read-only data (engine/read_only.hpp). The last one that ended a guest, on its way to the trap.
  std::optional<diagnose::ReadOnlyText> read_only_change;
  std::uint32_t read_only_warnings = 0;

  std::shared_ptr<void> host_data;
  char const* host_data_tag = nullptr;

  // Host functions by definition, so that instantiating again finds the one from the first time.
  std::unordered_map<engine::HostDefinition const*, std::unique_ptr<engine::HostFunction>> host_functions;
  // Objects that guests may hold.
  std::unordered_map<void const*, std::shared_ptr<Access::Box>> externs;
};

} // namespace weir::detail

namespace weir::engine {

// Its address tells threads apart. The model saves a call for each access in the shared library.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local char const thread_token;

// The door of a store: lets one thread in, as often as it likes. Every public function that touches a store holds one.
class Entry {
 public:
  explicit Entry(detail::StoreData* store) noexcept : store_(store) {
    if (take(store)) [[likely]] {
      outermost_ = true;
    } else {
      status_ = at_closed_door(store);
    }
  }
  Entry(Entry const&) = delete;
  Entry& operator=(Entry const&) = delete;
  ~Entry() {
    if (outermost_) {
      leave(store_);
    }
  }

  // ok, or why the store must not be touched.
  detail::CallStatus status() const noexcept { return status_; }

  // The status for a store that could not be taken: it is null, or a thread is in it: this one, or another.
  static detail::CallStatus at_closed_door(detail::StoreData const* store) noexcept;

  // The two halves of an outermost entry, for where all of it must be in registers. False: it is null, or somebody is
  // in.
  static bool take(detail::StoreData* store) noexcept {
    return store != nullptr && store->owner.load(std::memory_order_relaxed) == nullptr && take(store->owner);
  }
  static void leave(detail::StoreData* store) noexcept {
    if (store->closed.load(std::memory_order_acquire)) [[unlikely]] {
      delete_store(store);
    } else {
      store->owner.store(nullptr, std::memory_order_release);
    }
  }

 private:
  // Without other threads to exclude, each call is spared a locked instruction.
  static bool take(std::atomic<void const*>& owner) noexcept {
    if (platform::is_single_threaded()) {
      owner.store(&thread_token, std::memory_order_relaxed);
      return true;
    }
    void const* inside = nullptr;
    return owner.compare_exchange_strong(inside, &thread_token, std::memory_order_acquire);
  }

  static void delete_store(detail::StoreData* store) noexcept;

  detail::StoreData* store_;
  detail::CallStatus status_ = detail::CallStatus::ok;
  bool outermost_ = false;
};

// The error for a status other than ok and failed.
Error status_error(detail::CallStatus status);

// The object of a handle, after the check that it belongs to the store; null if not.
template <class Object>
Object* object_of(detail::StoreData const& store, detail::Handle const& handle) noexcept {
  return handle.store == store.id ? static_cast<Object*>(handle.object) : nullptr;
}

template <class T>
T handle_for(detail::StoreData const& store, void* object) noexcept {
  return detail::Access::make<T>({store.id, object});
}

// Runs body(StoreData&) inside the store; gives its Result, or why it could not run.
template <class Body>
auto in_store(StoreContext context, Body&& body) -> decltype(body(std::declval<detail::StoreData&>())) {
  detail::StoreData* const store = detail::Access::data(context);
  Entry const entry{store};
  return guarded([&]() -> decltype(body(*store)) {
    if (entry.status() != detail::CallStatus::ok) {
      return std::unexpected(status_error(entry.status()));
    }
    return body(*store);
  });
}

// The same with the object of a handle: body(StoreData&, Object&).
template <class Object, class T, class Body>
auto in_store(StoreContext context, T const& of, Body&& body)
    -> decltype(body(std::declval<detail::StoreData&>(), std::declval<Object&>())) {
  return in_store(context, [&](detail::StoreData& store) -> decltype(body(store, std::declval<Object&>())) {
    auto* const object = object_of<Object>(store, detail::Access::handle(of));
    if (object == nullptr) {
      return std::unexpected(status_error(detail::CallStatus::wrong_store));
    }
    return body(store, *object);
  });
}

// The function that stands for the definition in this store.
runtime::Function& function_for(detail::StoreData& store, std::shared_ptr<HostDefinition const> const& definition);

// Keeps the object as long as the store lives; gives the slot that stands for it.
std::uint64_t keep_extern(detail::StoreData& store, ExternRef const& ref);

} // namespace weir::engine
