// The types of wasm.h, and the way from and to the C++ interface's.
#pragma once

#include <memory>

#include <weir/wasm.h>
#include <weir/weir.h>
#include <weir/weir.hpp>

#include "capi/errors.hpp"
#include "capi/vec.hpp"

struct wasm_valtype_t {
  weir::ValType type;
};

// The base of the external types. Each is allocated as the type that its kind says.
struct wasm_externtype_t {
  explicit wasm_externtype_t(wasm_externkind_t its_kind) noexcept : kind(its_kind) {}
  wasm_externtype_t(wasm_externtype_t const&) = delete;
  wasm_externtype_t& operator=(wasm_externtype_t const&) = delete;
  virtual ~wasm_externtype_t() = default;

  wasm_externkind_t const kind;
};

struct wasm_functype_t final : wasm_externtype_t {
  explicit wasm_functype_t(weir::FuncType its_type) noexcept
      : wasm_externtype_t(WASM_EXTERN_FUNC), type(std::move(its_type)) {}
  ~wasm_functype_t() override;

  weir::FuncType const type;
  // The same for wasm_functype_params() and _results() to point to.
  wasm_valtype_vec_t params = WASM_EMPTY_VEC;
  wasm_valtype_vec_t results = WASM_EMPTY_VEC;
};

struct wasm_globaltype_t final : wasm_externtype_t {
  explicit wasm_globaltype_t(weir::GlobalType its_type) noexcept
      : wasm_externtype_t(WASM_EXTERN_GLOBAL), type(its_type), content{its_type.content} {}

  weir::GlobalType const type;
  wasm_valtype_t const content;
};

struct wasm_tabletype_t final : wasm_externtype_t {
  explicit wasm_tabletype_t(weir::TableType its_type) noexcept;

  weir::TableType const type;
  wasm_valtype_t const element;
  wasm_limits_t const limits;
};

struct wasm_memorytype_t final : wasm_externtype_t {
  explicit wasm_memorytype_t(weir::MemoryType its_type) noexcept;

  weir::MemoryType const type;
  wasm_limits_t const limits;
};

struct wasm_importtype_t {
  wasm_importtype_t() noexcept = default;
  wasm_importtype_t(wasm_importtype_t const&) = delete;
  wasm_importtype_t& operator=(wasm_importtype_t const&) = delete;
  ~wasm_importtype_t();

  wasm_name_t module = WASM_EMPTY_VEC;
  wasm_name_t name = WASM_EMPTY_VEC;
  std::unique_ptr<wasm_externtype_t> type;
};

struct wasm_exporttype_t {
  wasm_exporttype_t() noexcept = default;
  wasm_exporttype_t(wasm_exporttype_t const&) = delete;
  wasm_exporttype_t& operator=(wasm_exporttype_t const&) = delete;
  ~wasm_exporttype_t();

  wasm_name_t name = WASM_EMPTY_VEC;
  std::unique_ptr<wasm_externtype_t> type;
};

namespace weir::capi {

wasm_valkind_t kind_of(ValType type) noexcept;

// These give null when there is no memory, which is remembered.
wasm_functype_t* make_functype(FuncType type) noexcept;
wasm_externtype_t* make_externtype(ExternType type) noexcept;
std::unique_ptr<wasm_importtype_t> make_importtype(ImportType const& type);
std::unique_ptr<wasm_exporttype_t> make_exporttype(ExportType const& type);

// What the embedder gave, or an error of kind usage for NULL.
Result<FuncType> functype_of(wasm_functype_t const* type, char const* function);

} // namespace weir::capi
