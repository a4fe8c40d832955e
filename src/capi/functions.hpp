// Host functions in C, as callables of the C++ interface.
#pragma once

#include <span>

#include "capi/objects.hpp"

struct weir_caller_t {
  weir::Caller& caller;
  wasm_store_t store;
};

namespace weir::capi {

// One of the three kinds of callback. Its environment is finalised when it is destroyed.
class Callback {
 public:
  Callback(wasm_func_callback_t function) noexcept : plain_(function) {} // NOLINT(google-explicit-constructor)
  Callback(wasm_func_callback_with_env_t function, void* env, void (*finalizer)(void*)) noexcept
      : with_env_(function), env_(env, finalizer) {}
  Callback(weir_func_callback_t function, void* env, void (*finalizer)(void*)) noexcept
      : with_caller_(function), env_(env, finalizer) {}

  bool is_null() const noexcept { return plain_ == nullptr && with_env_ == nullptr && with_caller_ == nullptr; }

  Result<void> operator()(Caller& caller, std::span<Val const> args, std::span<Val> results) const;

 private:
  wasm_trap_t* call(weir_caller_t& caller, wasm_val_vec_t const* args, wasm_val_vec_t* results) const;

  wasm_func_callback_t plain_ = nullptr;
  wasm_func_callback_with_env_t with_env_ = nullptr;
  weir_func_callback_t with_caller_ = nullptr;
  HostPointer env_;
};

// The type, if a host function in C can have it and the callback is there.
Result<FuncType> host_functype(wasm_functype_t const* type, Callback const& callback, char const* function);

} // namespace weir::capi
