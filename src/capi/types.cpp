// Value types, external types, import and export types.
#include "capi/types.hpp"

#include <algorithm>
#include <limits>
#include <new>

namespace weir::capi {

namespace {

wasm_limits_t limits_to_c(Limits const& limits) noexcept {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  return {static_cast<std::uint32_t>(std::min(limits.min, most)),
          static_cast<std::uint32_t>(std::min(limits.max.value_or(most), most))};
}

Limits limits_from_c(wasm_limits_t const* limits) noexcept {
  if (limits == nullptr) {
    return {};
  }
  Limits made{.min = limits->min, .max = std::nullopt};
  if (limits->max != wasm_limits_max_default) {
    made.max = limits->max;
  }
  return made;
}

template <class T, class... Args>
T* make(Args&&... args) noexcept {
  T* const made = new (std::nothrow) T(std::forward<Args>(args)...);
  if (made == nullptr) {
    remember_out_of_memory();
  }
  return made;
}

bool to_vec(std::vector<ValType> const& types, wasm_valtype_vec_t& out) noexcept {
  if (!vec_make(out, types.size())) {
    return false;
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    out.data[i] = make<wasm_valtype_t>(types[i]);
    if (out.data[i] == nullptr) {
      return false;
    }
  }
  return true;
}

Result<std::vector<ValType>> from_vec(wasm_valtype_vec_t const* types, char const* function) {
  std::vector<ValType> all;
  if (types != nullptr && types->data != nullptr) {
    all.reserve(types->size);
    for (std::size_t i = 0; i < types->size; ++i) {
      if (types->data[i] == nullptr) {
        return std::unexpected(null_argument(function, "value type"));
      }
      all.push_back(types->data[i]->type);
    }
  }
  return all;
}

// An external type under its own type, null if it is of another kind.
template <wasm_externkind_t Kind, class To, class From>
To* cast_type(From* type) noexcept {
  return type != nullptr && type->kind == Kind ? static_cast<To*>(type) : nullptr;
}

wasm_externtype_t* copy_externtype(wasm_externtype_t const* type) noexcept;

wasm_importtype_t* copy_importtype(wasm_importtype_t const* type) noexcept;
wasm_exporttype_t* copy_exporttype(wasm_exporttype_t const* type) noexcept;

wasm_valtype_t* copy_valtype(wasm_valtype_t const* type) noexcept {
  return type != nullptr ? make<wasm_valtype_t>(*type) : nullptr;
}

} // namespace

wasm_valkind_t kind_of(ValType type) noexcept {
  if (type == ValType::i32()) {
    return WASM_I32;
  }
  if (type == ValType::i64()) {
    return WASM_I64;
  }
  if (type == ValType::f32()) {
    return WASM_F32;
  }
  if (type == ValType::f64()) {
    return WASM_F64;
  }
  if (type.is_vec()) {
    return WEIR_V128;
  }
  return type == ValType::externref() ? WASM_EXTERNREF : WASM_FUNCREF;
}

wasm_functype_t* make_functype(FuncType type) noexcept {
  auto* const made = make<wasm_functype_t>(std::move(type));
  if (made != nullptr && !(to_vec(made->type.params(), made->params) && to_vec(made->type.results(), made->results))) {
    delete made;
    return nullptr;
  }
  return made;
}

wasm_externtype_t* make_externtype(ExternType type) noexcept {
  switch (static_cast<ExternKind>(type.index())) {
  case ExternKind::func: return make_functype(std::get<FuncType>(std::move(type)));
  case ExternKind::table: return make<wasm_tabletype_t>(std::get<TableType>(type));
  case ExternKind::memory: return make<wasm_memorytype_t>(std::get<MemoryType>(type));
  default: return make<wasm_globaltype_t>(std::get<GlobalType>(type));
  }
}

std::unique_ptr<wasm_importtype_t> make_importtype(ImportType const& type) {
  auto made = std::make_unique<wasm_importtype_t>();
  made->type.reset(make_externtype(type.type));
  bool const good = made->type != nullptr && vec_from_text(&made->module, type.module, false) &&
                    vec_from_text(&made->name, type.name, false);
  return good ? std::move(made) : nullptr;
}

std::unique_ptr<wasm_exporttype_t> make_exporttype(ExportType const& type) {
  auto made = std::make_unique<wasm_exporttype_t>();
  made->type.reset(make_externtype(type.type));
  return made->type != nullptr && vec_from_text(&made->name, type.name, false) ? std::move(made) : nullptr;
}

Result<FuncType> functype_of(wasm_functype_t const* type, char const* function) {
  if (type == nullptr) {
    return std::unexpected(null_argument(function, "function type"));
  }
  return type->type;
}

namespace {

wasm_externtype_t* copy_externtype(wasm_externtype_t const* type) noexcept {
  if (type == nullptr) {
    return nullptr;
  }
  return guarded_object<wasm_externtype_t>([&]() -> Result<wasm_externtype_t*> {
    switch (type->kind) {
    case WASM_EXTERN_FUNC: return make_functype(static_cast<wasm_functype_t const*>(type)->type);
    case WASM_EXTERN_TABLE: return make<wasm_tabletype_t>(static_cast<wasm_tabletype_t const*>(type)->type);
    case WASM_EXTERN_MEMORY: return make<wasm_memorytype_t>(static_cast<wasm_memorytype_t const*>(type)->type);
    default: return make<wasm_globaltype_t>(static_cast<wasm_globaltype_t const*>(type)->type);
    }
  });
}

wasm_importtype_t* copy_importtype(wasm_importtype_t const* type) noexcept {
  auto* const made = type != nullptr ? make<wasm_importtype_t>() : nullptr;
  if (made != nullptr) {
    made->type.reset(copy_externtype(type->type.get()));
    if (made->type == nullptr || !vec_copy(&made->module, &type->module) || !vec_copy(&made->name, &type->name)) {
      delete made;
      return nullptr;
    }
  }
  return made;
}

wasm_exporttype_t* copy_exporttype(wasm_exporttype_t const* type) noexcept {
  auto* const made = type != nullptr ? make<wasm_exporttype_t>() : nullptr;
  if (made != nullptr) {
    made->type.reset(copy_externtype(type->type.get()));
    if (made->type == nullptr || !vec_copy(&made->name, &type->name)) {
      delete made;
      return nullptr;
    }
  }
  return made;
}

template <class T, T* (*Copy)(T const*) noexcept>
struct OwnedElement {
  static bool copy(T*& to, T* from) noexcept {
    to = Copy(from);
    return to != nullptr || from == nullptr;
  }
  static void destroy(T* element) noexcept { delete element; }
};

// The copy of an external type is of the same kind.
template <class T>
T* copy_as(T const* type) noexcept {
  return static_cast<T*>(copy_externtype(type));
}

} // namespace

template <>
struct Element<wasm_valtype_t*> : OwnedElement<wasm_valtype_t, &copy_valtype> {};
template <>
struct Element<wasm_functype_t*> : OwnedElement<wasm_functype_t, &copy_as<wasm_functype_t>> {};
template <>
struct Element<wasm_globaltype_t*> : OwnedElement<wasm_globaltype_t, &copy_as<wasm_globaltype_t>> {};
template <>
struct Element<wasm_tabletype_t*> : OwnedElement<wasm_tabletype_t, &copy_as<wasm_tabletype_t>> {};
template <>
struct Element<wasm_memorytype_t*> : OwnedElement<wasm_memorytype_t, &copy_as<wasm_memorytype_t>> {};
template <>
struct Element<wasm_externtype_t*> : OwnedElement<wasm_externtype_t, &copy_externtype> {};
template <>
struct Element<wasm_importtype_t*> : OwnedElement<wasm_importtype_t, &copy_importtype> {};
template <>
struct Element<wasm_exporttype_t*> : OwnedElement<wasm_exporttype_t, &copy_exporttype> {};

} // namespace weir::capi

using namespace weir::capi;

wasm_functype_t::~wasm_functype_t() {
  vec_delete(&params);
  vec_delete(&results);
}

wasm_tabletype_t::wasm_tabletype_t(weir::TableType its_type) noexcept
    : wasm_externtype_t(WASM_EXTERN_TABLE),
      type(its_type),
      element{its_type.element},
      limits(limits_to_c(its_type.limits)) {}

wasm_memorytype_t::wasm_memorytype_t(weir::MemoryType its_type) noexcept
    : wasm_externtype_t(WASM_EXTERN_MEMORY), type(its_type), limits(limits_to_c(its_type.limits)) {}

wasm_importtype_t::~wasm_importtype_t() {
  vec_delete(&module);
  vec_delete(&name);
}

wasm_exporttype_t::~wasm_exporttype_t() { vec_delete(&name); }

// Deletion, copies and vectors of a type.
#define WEIR_DEFINE_TYPE(name)                                                       \
  WEIR_DEFINE_VEC(name, *)                                                           \
  void wasm_##name##_delete(wasm_##name##_t* type) { delete type; }                  \
  wasm_##name##_t* wasm_##name##_copy(wasm_##name##_t const* type) {                 \
    wasm_##name##_t* made = nullptr;                                                 \
    (void)Element<wasm_##name##_t*>::copy(made, const_cast<wasm_##name##_t*>(type)); \
    return made;                                                                     \
  }

// The way between an external type and what it is one of.
#define WEIR_DEFINE_EXTERNTYPE(name, kind)                                                                 \
  wasm_externtype_t* wasm_##name##_as_externtype(wasm_##name##_t* type) { return type; }                   \
  wasm_externtype_t const* wasm_##name##_as_externtype_const(wasm_##name##_t const* type) { return type; } \
  wasm_##name##_t* wasm_externtype_as_##name(wasm_externtype_t* type) {                                    \
    return cast_type<kind, wasm_##name##_t>(type);                                                         \
  }                                                                                                        \
  wasm_##name##_t const* wasm_externtype_as_##name##_const(wasm_externtype_t const* type) {                \
    return cast_type<kind, wasm_##name##_t const>(type);                                                   \
  }

extern "C" {

WEIR_DEFINE_VEC(byte, )
WEIR_DEFINE_TYPE(valtype)
WEIR_DEFINE_TYPE(functype)
WEIR_DEFINE_TYPE(globaltype)
WEIR_DEFINE_TYPE(tabletype)
WEIR_DEFINE_TYPE(memorytype)
WEIR_DEFINE_TYPE(externtype)
WEIR_DEFINE_TYPE(importtype)
WEIR_DEFINE_TYPE(exporttype)
WEIR_DEFINE_EXTERNTYPE(functype, WASM_EXTERN_FUNC)
WEIR_DEFINE_EXTERNTYPE(globaltype, WASM_EXTERN_GLOBAL)
WEIR_DEFINE_EXTERNTYPE(tabletype, WASM_EXTERN_TABLE)
WEIR_DEFINE_EXTERNTYPE(memorytype, WASM_EXTERN_MEMORY)

wasm_valtype_t* wasm_valtype_new(wasm_valkind_t kind) {
  switch (kind) {
  case WASM_I32: return make<wasm_valtype_t>(weir::ValType::i32());
  case WASM_I64: return make<wasm_valtype_t>(weir::ValType::i64());
  case WASM_F32: return make<wasm_valtype_t>(weir::ValType::f32());
  case WASM_F64: return make<wasm_valtype_t>(weir::ValType::f64());
  case WEIR_V128: return make<wasm_valtype_t>(weir::ValType::v128());
  case WASM_EXTERNREF: return make<wasm_valtype_t>(weir::ValType::externref());
  case WASM_FUNCREF: return make<wasm_valtype_t>(weir::ValType::funcref());
  default: return nullptr;
  }
}

wasm_valkind_t wasm_valtype_kind(wasm_valtype_t const* type) {
  return type != nullptr ? kind_of(type->type) : wasm_valkind_t{WASM_I32};
}

wasm_functype_t* wasm_functype_new(wasm_valtype_vec_t* params, wasm_valtype_vec_t* results) {
  auto* const made = guarded_object<wasm_functype_t>([&]() -> weir::Result<wasm_functype_t*> {
    auto from = from_vec(params, "wasm_functype_new");
    auto to = from_vec(results, "wasm_functype_new");
    if (!from.has_value() || !to.has_value()) {
      return std::unexpected(from.has_value() ? to.error() : from.error());
    }
    return make_functype(weir::FuncType{*std::move(from), *std::move(to)});
  });
  vec_delete(params);
  vec_delete(results);
  return made;
}

wasm_valtype_vec_t const* wasm_functype_params(wasm_functype_t const* type) {
  return type != nullptr ? &type->params : nullptr;
}

wasm_valtype_vec_t const* wasm_functype_results(wasm_functype_t const* type) {
  return type != nullptr ? &type->results : nullptr;
}

wasm_globaltype_t* wasm_globaltype_new(wasm_valtype_t* content, wasm_mutability_t mutability) {
  if (content == nullptr) {
    return nullptr;
  }
  auto* const made =
      make<wasm_globaltype_t>(weir::GlobalType{.content = content->type, .is_mutable = mutability != WASM_CONST});
  delete content;
  return made;
}

wasm_valtype_t const* wasm_globaltype_content(wasm_globaltype_t const* type) {
  return type != nullptr ? &type->content : nullptr;
}

wasm_mutability_t wasm_globaltype_mutability(wasm_globaltype_t const* type) {
  return type != nullptr && type->type.is_mutable ? WASM_VAR : WASM_CONST;
}

wasm_tabletype_t* wasm_tabletype_new(wasm_valtype_t* element, wasm_limits_t const* limits) {
  if (element == nullptr) {
    return nullptr;
  }
  auto* const made = make<wasm_tabletype_t>(
      weir::TableType{.element = element->type, .limits = limits_from_c(limits), .is_64 = false});
  delete element;
  return made;
}

wasm_valtype_t const* wasm_tabletype_element(wasm_tabletype_t const* type) {
  return type != nullptr ? &type->element : nullptr;
}

wasm_limits_t const* wasm_tabletype_limits(wasm_tabletype_t const* type) {
  return type != nullptr ? &type->limits : nullptr;
}

wasm_memorytype_t* wasm_memorytype_new(wasm_limits_t const* limits) {
  return make<wasm_memorytype_t>(weir::MemoryType{.limits = limits_from_c(limits), .is_64 = false, .is_shared = false});
}

wasm_limits_t const* wasm_memorytype_limits(wasm_memorytype_t const* type) {
  return type != nullptr ? &type->limits : nullptr;
}

wasm_externkind_t wasm_externtype_kind(wasm_externtype_t const* type) {
  return type != nullptr ? type->kind : wasm_externkind_t{0};
}

wasm_importtype_t* wasm_importtype_new(wasm_name_t* module, wasm_name_t* name, wasm_externtype_t* type) {
  auto* const made = type != nullptr ? make<wasm_importtype_t>() : nullptr;
  if (made == nullptr) {
    vec_delete(module);
    vec_delete(name);
    delete type;
    return nullptr;
  }
  made->type.reset(type);
  made->module = module != nullptr ? *module : wasm_name_t WASM_EMPTY_VEC;
  made->name = name != nullptr ? *name : wasm_name_t WASM_EMPTY_VEC;
  return made;
}

wasm_name_t const* wasm_importtype_module(wasm_importtype_t const* type) {
  return type != nullptr ? &type->module : nullptr;
}

wasm_name_t const* wasm_importtype_name(wasm_importtype_t const* type) {
  return type != nullptr ? &type->name : nullptr;
}

wasm_externtype_t const* wasm_importtype_type(wasm_importtype_t const* type) {
  return type != nullptr ? type->type.get() : nullptr;
}

wasm_exporttype_t* wasm_exporttype_new(wasm_name_t* name, wasm_externtype_t* type) {
  auto* const made = type != nullptr ? make<wasm_exporttype_t>() : nullptr;
  if (made == nullptr) {
    vec_delete(name);
    delete type;
    return nullptr;
  }
  made->type.reset(type);
  made->name = name != nullptr ? *name : wasm_name_t WASM_EMPTY_VEC;
  return made;
}

wasm_name_t const* wasm_exporttype_name(wasm_exporttype_t const* type) {
  return type != nullptr ? &type->name : nullptr;
}

wasm_externtype_t const* wasm_exporttype_type(wasm_exporttype_t const* type) {
  return type != nullptr ? type->type.get() : nullptr;
}

} // extern "C"
