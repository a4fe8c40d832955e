// How the C interfaces fail: errors as objects, and the last one of the thread for functions that cannot return one.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include <weir/weir.h>
#include <weir/detail/guard.hpp>
#include <weir/weir.hpp>

namespace weir::capi {

struct StoreBox;
struct TrapObject;
using StorePtr = std::shared_ptr<StoreBox>;

} // namespace weir::capi

struct weir_error_t {
  weir::Error error;
  weir::capi::StorePtr store;                   // of the trap, if there is one
  std::shared_ptr<weir::capi::TrapObject> trap; // null: the error is not about a guest that was stopped
};

namespace weir::capi {

// A new error object; when there is no memory for it, the one error that stands for that (deleting it does nothing).
weir_error_t* make_error(Error error, StorePtr store = nullptr, std::shared_ptr<TrapObject> trap = nullptr) noexcept;
weir_error_t* out_of_memory() noexcept;

// Keeps an error for weir_take_error().
void remember(Error error) noexcept;
void remember_out_of_memory() noexcept;

// "wasm_func_call: the function is NULL"
Error null_argument(char const* function, char const* what);

// Runs a body that gives a Result<T>, for a function that gives T and `failed` after an error, which is remembered.
template <class Body, class T>
auto guarded_or(T failed, Body&& body) -> T {
  return detail::guard_memory(
      [&]() -> T {
        auto result = body();
        if (!result.has_value()) {
          remember(std::move(result).error());
          return failed;
        }
        return *std::move(result);
      },
      [&]() -> T {
        remember_out_of_memory();
        return failed;
      });
}

// The same for functions that give an object, null after an error.
template <class T, class Body>
T* guarded_object(Body&& body) {
  return guarded_or(static_cast<T*>(nullptr), [&]() -> Result<T*> { return body(); });
}

// The same for functions that give nothing.
template <class Body>
void guarded_void(Body&& body) {
  (void)guarded_or(false, [&]() -> Result<bool> {
    Result<void> done = body();
    if (!done.has_value()) {
      return std::unexpected(std::move(done).error());
    }
    return true;
  });
}

// Runs a body that gives a Result<void>, for a function that gives an error object or null.
template <class Body>
weir_error_t* guarded_error(Body&& body) {
  return detail::guard_memory(
      [&]() -> weir_error_t* {
        Result<void> done = body();
        return done.has_value() ? nullptr : make_error(std::move(done).error());
      },
      [] { return out_of_memory(); });
}

} // namespace weir::capi
