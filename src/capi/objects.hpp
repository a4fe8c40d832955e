// What stands behind the opaque types of wasm.h.
//
// A weir::Store owns its objects and keeps them until it is destroyed. The C interface sees them through references
// that the embedder deletes in any order; each shares the StoreBox, so that the store goes when its last reference has
// gone. What lies in the store itself (host functions, objects that guests hold) must not share the box: it would keep
// itself.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <variant>

#include <weir/wasm.h>
#include <weir/weir.h>
#include <weir/weir.hpp>

#include "capi/errors.hpp"

namespace weir::wasi {
class Context;
}

namespace weir::capi {

// A pointer of the host and what is to be called when it is not needed any more.
class HostPointer {
 public:
  HostPointer() noexcept = default;
  HostPointer(void* pointer, void (*finalizer)(void*)) noexcept : pointer_(pointer), finalizer_(finalizer) {}
  HostPointer(HostPointer&& other) noexcept
      : pointer_(std::exchange(other.pointer_, nullptr)), finalizer_(std::exchange(other.finalizer_, nullptr)) {}
  HostPointer& operator=(HostPointer&& other) noexcept {
    if (this != &other) {
      HostPointer const old = std::move(*this); // its finalizer runs when the new pointer is in place
      pointer_ = std::exchange(other.pointer_, nullptr);
      finalizer_ = std::exchange(other.finalizer_, nullptr);
    }
    return *this;
  }
  ~HostPointer() {
    if (finalizer_ != nullptr) {
      finalizer_(pointer_);
    }
  }

  void* get() const noexcept { return pointer_; }

 private:
  void* pointer_ = nullptr;
  void (*finalizer_)(void*) = nullptr;
};

// The object of a trap; references to it may outlive everything else.
struct TrapObject {
  Error error;
  HostPointer info;
};

struct ModuleObject {
  Module module;
  HostPointer info;
};

// Lies in the ExternRef of a wasm_foreign_t.
struct ForeignObject {
  HostPointer info;
};

// Lies in an ExternRef: an object that is not foreign and that guests hold as externref.
struct HeldObject {
  std::variant<Func, Global, Table, Memory, Instance, std::shared_ptr<ModuleObject>, std::shared_ptr<TrapObject>> what;
};

// What all references to one store share.
struct StoreBox : std::enable_shared_from_this<StoreBox> {
  explicit StoreBox(Store its_store) noexcept : store(std::move(its_store)) {}

  HostPointer data;
  std::unordered_map<std::uintptr_t, HostPointer> infos; // by the object's id
  std::unordered_map<void const*, ExternRef> held;       // by the object
  // The trap that a host function returned, on its way through the guest to the call that will fail with it.
  std::shared_ptr<TrapObject> thrown;
  std::shared_ptr<wasi::Context> wasi; // null: weir_store_set_wasi() was not called
  Store store;                         // destroyed first
};

// How host functions find the box of the store that they run in: the store's data.
struct BoxOfStore {
  StoreBox* box;
};

enum class RefKind : std::uint8_t { func, global, table, memory, instance, module, trap, foreign };

} // namespace weir::capi

struct wasm_config_t {
  weir::Config config;
};

struct wasm_engine_t {
  weir::Engine engine;
};

struct wasm_store_t {
  weir::capi::StorePtr box;
};

// The base of all references. Each is allocated as the type that its kind says, so the conversions between the types
// are casts.
struct wasm_ref_t {
  wasm_ref_t(weir::capi::RefKind its_kind, weir::capi::StorePtr box) noexcept : kind(its_kind), store(std::move(box)) {}
  wasm_ref_t(wasm_ref_t const&) = default;
  wasm_ref_t& operator=(wasm_ref_t const&) = delete;
  virtual ~wasm_ref_t() = default;

  // Another reference to the same object.
  virtual std::unique_ptr<wasm_ref_t> copy() const = 0;
  // Tells objects apart while references to them exist.
  virtual void const* identity() const noexcept = 0;
  // The place for the host's pointer; null if there is none yet and none is to be made.
  virtual weir::capi::HostPointer* info(bool make) = 0;
  // For guests to hold as externref.
  virtual weir::ExternRef to_externref() const = 0;

  weir::capi::RefKind const kind;
  weir::capi::StorePtr const store; // null only for traps of errors that have no store
};

struct wasm_extern_t : wasm_ref_t {
  using wasm_ref_t::wasm_ref_t;
};

namespace weir::capi {

// A place in the store's map of host pointers.
HostPointer* info_of(StoreBox& box, std::uintptr_t id, bool make);
// The same ExternRef every time for one object, so that guests see one object.
ExternRef hold(StoreBox& box, void const* object, HeldObject held);

// References to what a weir::Store owns.
template <class Self, class Base, class Handle, RefKind Kind>
struct StoreRef : Base {
  StoreRef(StorePtr box, Handle of) noexcept : Base(Kind, std::move(box)), handle(of) {}

  std::unique_ptr<wasm_ref_t> copy() const override { return std::make_unique<Self>(static_cast<Self const&>(*this)); }
  void const* identity() const noexcept override { return reinterpret_cast<void const*>(handle.id()); }
  HostPointer* info(bool make) override { return info_of(*this->store, handle.id(), make); }
  ExternRef to_externref() const override { return hold(*this->store, identity(), HeldObject{handle}); }

  Handle const handle;
};

// References to what exists beside stores.
template <class Self, class Object, RefKind Kind>
struct SharedRef : wasm_ref_t {
  SharedRef(StorePtr box, std::shared_ptr<Object> of) noexcept
      : wasm_ref_t(Kind, std::move(box)), object(std::move(of)) {}

  std::unique_ptr<wasm_ref_t> copy() const override { return std::make_unique<Self>(static_cast<Self const&>(*this)); }
  void const* identity() const noexcept override { return object.get(); }
  HostPointer* info(bool) override { return &object->info; }
  ExternRef to_externref() const override {
    return store != nullptr ? hold(*store, object.get(), HeldObject{object}) : ExternRef{};
  }

  std::shared_ptr<Object> const object;
};

} // namespace weir::capi

struct wasm_func_t final : weir::capi::StoreRef<wasm_func_t, wasm_extern_t, weir::Func, weir::capi::RefKind::func> {
  using StoreRef::StoreRef;
};
struct wasm_global_t final
    : weir::capi::StoreRef<wasm_global_t, wasm_extern_t, weir::Global, weir::capi::RefKind::global> {
  using StoreRef::StoreRef;
};
struct wasm_table_t final : weir::capi::StoreRef<wasm_table_t, wasm_extern_t, weir::Table, weir::capi::RefKind::table> {
  using StoreRef::StoreRef;
};
struct wasm_memory_t final
    : weir::capi::StoreRef<wasm_memory_t, wasm_extern_t, weir::Memory, weir::capi::RefKind::memory> {
  using StoreRef::StoreRef;
};
struct wasm_instance_t final
    : weir::capi::StoreRef<wasm_instance_t, wasm_ref_t, weir::Instance, weir::capi::RefKind::instance> {
  using StoreRef::StoreRef;
};
struct wasm_module_t final
    : weir::capi::SharedRef<wasm_module_t, weir::capi::ModuleObject, weir::capi::RefKind::module> {
  using SharedRef::SharedRef;
};
struct wasm_trap_t final : weir::capi::SharedRef<wasm_trap_t, weir::capi::TrapObject, weir::capi::RefKind::trap> {
  using SharedRef::SharedRef;
};

struct wasm_foreign_t final : wasm_ref_t {
  wasm_foreign_t(weir::capi::StorePtr box, weir::ExternRef of) noexcept
      : wasm_ref_t(weir::capi::RefKind::foreign, std::move(box)), ref(std::move(of)) {}

  std::unique_ptr<wasm_ref_t> copy() const override { return std::make_unique<wasm_foreign_t>(*this); }
  void const* identity() const noexcept override { return ref.get<weir::capi::ForeignObject>(); }
  weir::capi::HostPointer* info(bool) override {
    auto* const object = ref.get<weir::capi::ForeignObject>();
    return object != nullptr ? &object->info : nullptr;
  }
  weir::ExternRef to_externref() const override { return ref; }

  weir::ExternRef const ref;
};

struct wasm_shared_module_t {
  weir::Module module;
};

struct wasm_frame_t {
  weir::TrapFrame frame;
  weir::capi::StorePtr store;
  std::unique_ptr<wasm_instance_t> instance; // null for host functions
};

namespace weir::capi {

// A reference as one of these kinds, null if it is of another.
template <RefKind Kind, class To, class From>
To* cast_ref(From* ref) noexcept {
  return ref != nullptr && ref->kind == Kind ? static_cast<To*>(ref) : nullptr;
}

// A new reference to a trap; the one that stands for "out of memory" when there is none for it.
wasm_trap_t* make_trap(StorePtr const& store, std::shared_ptr<TrapObject> const& object) noexcept;

std::unique_ptr<wasm_extern_t> make_extern(StorePtr const& store, Extern const& value);
Extern extern_of(wasm_extern_t const& ref);

} // namespace weir::capi
