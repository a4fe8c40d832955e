// Values and their vectors.
#include "capi/values.hpp"

#include <new>
#include <string>

#include "capi/types.hpp"

namespace weir::capi {

bool Element<wasm_val_t>::copy(wasm_val_t& to, wasm_val_t const& from) noexcept {
  to = from;
  if (wasm_valkind_is_ref(from.kind) && from.of.ref != nullptr) {
    to.of.ref = wasm_ref_copy(from.of.ref);
    return to.of.ref != nullptr;
  }
  return true;
}

void Element<wasm_val_t>::destroy(wasm_val_t& value) noexcept {
  if (wasm_valkind_is_ref(value.kind)) {
    wasm_ref_delete(std::exchange(value.of.ref, nullptr));
  }
}

Result<Val> ref_to_val(StoreBox const& store, wasm_ref_t const* ref, ValType type) {
  if (ref == nullptr) {
    return Val::default_of(type);
  }
  if (ref->kind != RefKind::foreign && ref->store.get() != &store) {
    return std::unexpected(Error{ErrorKind::usage, "the reference belongs to another store"});
  }
  if (type == ValType::externref()) {
    return Val{ref->to_externref()};
  }
  auto const* const func = cast_ref<RefKind::func, wasm_func_t const>(ref);
  if (func == nullptr) {
    return std::unexpected(Error{
        ErrorKind::usage, "expected a reference of type " + to_string(type) + ", got one that is not a function"});
  }
  return Val{func->handle};
}

namespace {

std::unique_ptr<wasm_ref_t> ref_from_held(StorePtr const& store, HeldObject const& held) {
  return std::visit(
      [&](auto const& what) -> std::unique_ptr<wasm_ref_t> {
        using T = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<T, Func>) {
          return std::make_unique<wasm_func_t>(store, what);
        } else if constexpr (std::is_same_v<T, Global>) {
          return std::make_unique<wasm_global_t>(store, what);
        } else if constexpr (std::is_same_v<T, Table>) {
          return std::make_unique<wasm_table_t>(store, what);
        } else if constexpr (std::is_same_v<T, Memory>) {
          return std::make_unique<wasm_memory_t>(store, what);
        } else if constexpr (std::is_same_v<T, Instance>) {
          return std::make_unique<wasm_instance_t>(store, what);
        } else if constexpr (std::is_same_v<T, std::shared_ptr<ModuleObject>>) {
          return std::make_unique<wasm_module_t>(store, what);
        } else {
          return std::make_unique<wasm_trap_t>(store, what);
        }
      },
      held.what);
}

} // namespace

std::unique_ptr<wasm_ref_t> ref_from_val(StorePtr const& store, Val const& value) {
  if (auto const func = value.funcref()) {
    return func->is_null() ? nullptr : std::make_unique<wasm_func_t>(store, *func);
  }
  auto const ref = value.externref();
  if (!ref.has_value() || ref->is_null()) {
    return nullptr;
  }
  if (auto const* const held = ref->get<HeldObject>()) {
    return ref_from_held(store, *held);
  }
  return std::make_unique<wasm_foreign_t>(store, *ref);
}

Result<Val> to_val(StoreBox const& store, wasm_val_t const& value) {
  switch (value.kind) {
  case WASM_I32: return Val{value.of.i32};
  case WASM_I64: return Val{value.of.i64};
  // By their bits: NaNs keep theirs.
  case WASM_F32: return Val::f32_bits(std::bit_cast<std::uint32_t>(value.of.f32));
  case WASM_F64: return Val::f64_bits(std::bit_cast<std::uint64_t>(value.of.f64));
  case WASM_EXTERNREF: return ref_to_val(store, value.of.ref, ValType::externref());
  case WASM_FUNCREF: return ref_to_val(store, value.of.ref, ValType::funcref());
  default:
    return std::unexpected(Error{
        ErrorKind::usage, "a wasm_val_t has the kind " + std::to_string(value.kind) + ", which values cannot have"});
  }
}

Result<wasm_val_t> from_val(StorePtr const& store, Val const& value) {
  wasm_val_t out{.kind = kind_of(value.type()), .of = {.i64 = 0}};
  switch (out.kind) {
  case WASM_I32: out.of.i32 = static_cast<std::int32_t>(value.bits()); break;
  case WASM_I64: out.of.i64 = static_cast<std::int64_t>(value.bits()); break;
  case WASM_F32: out.of.f32 = std::bit_cast<float>(static_cast<std::uint32_t>(value.bits())); break;
  case WASM_F64: out.of.f64 = std::bit_cast<double>(value.bits()); break;
  case WEIR_V128:
    return std::unexpected(Error{ErrorKind::unsupported, "values of type v128 cannot cross the C interface"});
  default: out.of.ref = ref_from_val(store, value).release();
  }
  return out;
}

Result<void> all_from_vals(StorePtr const& store, std::span<Val const> values, wasm_val_t* out) {
  struct Made {
    wasm_val_t* values;
    std::size_t count = 0;
    ~Made() {
      for (std::size_t i = 0; i < count; ++i) {
        Element<wasm_val_t>::destroy(values[i]);
      }
    }
  } made{out};
  for (auto const& value : values) {
    auto one = from_val(store, value);
    if (!one.has_value()) {
      return std::unexpected(std::move(one).error());
    }
    out[made.count++] = *one;
  }
  made.count = 0;
  return {};
}

Result<std::vector<Val>> all_to_vals(StoreBox const& store, wasm_val_vec_t const* values) {
  std::vector<Val> all;
  if (values == nullptr || values->data == nullptr) {
    return all;
  }
  all.reserve(values->size);
  for (std::size_t i = 0; i < values->size; ++i) {
    auto value = to_val(store, values->data[i]);
    if (!value.has_value()) {
      return std::unexpected(std::move(value).error());
    }
    all.push_back(*std::move(value));
  }
  return all;
}

} // namespace weir::capi

using weir::capi::Element;

extern "C" {

WEIR_DEFINE_VEC(val, )

void wasm_val_delete(wasm_val_t* value) {
  if (value != nullptr) {
    Element<wasm_val_t>::destroy(*value);
  }
}

void wasm_val_copy(wasm_val_t* out, wasm_val_t const* value) {
  if (out == nullptr) {
    return;
  }
  *out = wasm_val_t{.kind = WASM_I32, .of = {.i64 = 0}};
  if (value != nullptr) {
    (void)Element<wasm_val_t>::copy(*out, *value);
  }
}

} // extern "C"
