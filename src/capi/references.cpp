// What all references have in common: copies, identity, host pointers, and the way between their types.
#include "capi/objects.hpp"
#include "capi/vec.hpp"

namespace weir::capi {

HostPointer* info_of(StoreBox& box, std::uintptr_t id, bool make) {
  if (make) {
    return &box.infos[id];
  }
  auto const found = box.infos.find(id);
  return found != box.infos.end() ? &found->second : nullptr;
}

ExternRef hold(StoreBox& box, void const* object, HeldObject held) {
  auto& ref = box.held[object];
  if (ref.is_null()) {
    ref = ExternRef::make(std::move(held));
  }
  return ref;
}

namespace {

template <class T>
T* copy_ref(T const* ref) noexcept {
  if (ref == nullptr) {
    return nullptr;
  }
  return guarded_object<T>([&]() -> Result<T*> { return static_cast<T*>(ref->copy().release()); });
}

bool same(wasm_ref_t const* a, wasm_ref_t const* b) noexcept {
  return a != nullptr && b != nullptr ? a->kind == b->kind && a->identity() == b->identity() : a == b;
}

void* get_info(wasm_ref_t const* ref) noexcept {
  // Without `make` nothing is changed.
  auto const* const info = ref != nullptr ? const_cast<wasm_ref_t*>(ref)->info(false) : nullptr;
  return info != nullptr ? info->get() : nullptr;
}

void set_info(wasm_ref_t* ref, void* pointer, void (*finalizer)(void*)) noexcept {
  HostPointer made{pointer, finalizer};
  if (ref == nullptr) {
    return;
  }
  guarded_void([&]() -> Result<void> {
    if (auto* const place = ref->info(true)) {
      *place = std::move(made);
    }
    return {};
  });
}

} // namespace

template <>
struct Element<wasm_extern_t*> {
  static bool copy(wasm_extern_t*& to, wasm_extern_t const* from) noexcept {
    to = copy_ref(from);
    return to != nullptr || from == nullptr;
  }
  static void destroy(wasm_extern_t* element) noexcept { delete element; }
};

} // namespace weir::capi

using namespace weir::capi;

#define WEIR_DEFINE_REF_BASE(name)                                                                              \
  wasm_##name##_t* wasm_##name##_copy(wasm_##name##_t const* ref) { return copy_ref(ref); }                     \
  bool wasm_##name##_same(wasm_##name##_t const* a, wasm_##name##_t const* b) { return same(a, b); }            \
  void* wasm_##name##_get_host_info(wasm_##name##_t const* ref) { return get_info(ref); }                       \
  void wasm_##name##_set_host_info(wasm_##name##_t* ref, void* info) { set_info(ref, info, nullptr); }          \
  void wasm_##name##_set_host_info_with_finalizer(wasm_##name##_t* ref, void* info, void (*finalizer)(void*)) { \
    set_info(ref, info, finalizer);                                                                             \
  }

#define WEIR_DEFINE_REF(name)                                            \
  WEIR_DEFINE_REF_BASE(name)                                             \
  wasm_ref_t* wasm_##name##_as_ref(wasm_##name##_t* ref) { return ref; } \
  wasm_ref_t const* wasm_##name##_as_ref_const(wasm_##name##_t const* ref) { return ref; }

#define WEIR_DEFINE_REF_KIND(name)                                                                               \
  WEIR_DEFINE_REF(name)                                                                                          \
  void wasm_##name##_delete(wasm_##name##_t* ref) { delete ref; }                                                \
  wasm_##name##_t* wasm_ref_as_##name(wasm_ref_t* ref) { return cast_ref<RefKind::name, wasm_##name##_t>(ref); } \
  wasm_##name##_t const* wasm_ref_as_##name##_const(wasm_ref_t const* ref) {                                     \
    return cast_ref<RefKind::name, wasm_##name##_t const>(ref);                                                  \
  }

#define WEIR_DEFINE_EXTERN(name)                                                                                       \
  WEIR_DEFINE_REF_KIND(name)                                                                                           \
  wasm_extern_t* wasm_##name##_as_extern(wasm_##name##_t* ref) { return ref; }                                         \
  wasm_extern_t const* wasm_##name##_as_extern_const(wasm_##name##_t const* ref) { return ref; }                       \
  wasm_##name##_t* wasm_extern_as_##name(wasm_extern_t* ref) { return cast_ref<RefKind::name, wasm_##name##_t>(ref); } \
  wasm_##name##_t const* wasm_extern_as_##name##_const(wasm_extern_t const* ref) {                                     \
    return cast_ref<RefKind::name, wasm_##name##_t const>(ref);                                                        \
  }

namespace {

bool is_extern(wasm_ref_t const* ref) noexcept { return ref != nullptr && ref->kind <= RefKind::memory; }

} // namespace

extern "C" {

WEIR_DEFINE_REF_BASE(ref)
WEIR_DEFINE_REF(extern)
WEIR_DEFINE_REF(trap)
WEIR_DEFINE_REF_KIND(foreign)
WEIR_DEFINE_REF_KIND(module)
WEIR_DEFINE_REF_KIND(instance)
WEIR_DEFINE_EXTERN(func)
WEIR_DEFINE_EXTERN(global)
WEIR_DEFINE_EXTERN(table)
WEIR_DEFINE_EXTERN(memory)
WEIR_DEFINE_VEC(extern, *)

void wasm_ref_delete(wasm_ref_t* ref) {
  // The trap that stands for "out of memory" cannot be deleted.
  if (auto* const trap = wasm_ref_as_trap(ref)) {
    wasm_trap_delete(trap);
  } else {
    delete ref;
  }
}

void wasm_extern_delete(wasm_extern_t* ref) { delete ref; }

wasm_extern_t* wasm_ref_as_extern(wasm_ref_t* ref) {
  return is_extern(ref) ? static_cast<wasm_extern_t*>(ref) : nullptr;
}

wasm_extern_t const* wasm_ref_as_extern_const(wasm_ref_t const* ref) {
  return is_extern(ref) ? static_cast<wasm_extern_t const*>(ref) : nullptr;
}

wasm_trap_t* wasm_ref_as_trap(wasm_ref_t* ref) { return cast_ref<RefKind::trap, wasm_trap_t>(ref); }

wasm_trap_t const* wasm_ref_as_trap_const(wasm_ref_t const* ref) {
  return cast_ref<RefKind::trap, wasm_trap_t const>(ref);
}

wasm_foreign_t* wasm_foreign_new(wasm_store_t* store) {
  return guarded_object<wasm_foreign_t>([&]() -> weir::Result<wasm_foreign_t*> {
    if (store == nullptr) {
      return std::unexpected(null_argument("wasm_foreign_new", "store"));
    }
    return std::make_unique<wasm_foreign_t>(store->box, weir::ExternRef::make(ForeignObject{})).release();
  });
}

} // extern "C"
