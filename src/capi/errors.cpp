// Errors as C objects.
#include "capi/errors.hpp"

#include <new>
#include <string>

#include "capi/objects.hpp"

namespace weir::capi {

namespace {

weir_error_t& no_memory() noexcept {
  static weir_error_t error{Error{ErrorKind::out_of_memory, "out of memory"}, nullptr, nullptr};
  return error;
}

// Owned by the thread; or no_memory().
struct LastError {
  weir_error_t* error = nullptr;
  LastError() = default;
  LastError(LastError const&) = delete;
  LastError& operator=(LastError const&) = delete;
  ~LastError() { weir_error_delete(error); }
};

thread_local LastError last_error;

void replace_last(weir_error_t* error) noexcept { weir_error_delete(std::exchange(last_error.error, error)); }

} // namespace

weir_error_t* make_error(Error error, StorePtr store, std::shared_ptr<TrapObject> trap) noexcept {
  auto* const made = new (std::nothrow) weir_error_t{std::move(error), std::move(store), std::move(trap)};
  return made != nullptr ? made : out_of_memory();
}

weir_error_t* out_of_memory() noexcept { return &no_memory(); }

void remember(Error error) noexcept { replace_last(make_error(std::move(error))); }
void remember_out_of_memory() noexcept { replace_last(out_of_memory()); }

Error null_argument(char const* function, char const* what) {
  return {ErrorKind::usage, std::string{function} + ": the " + what + " is NULL"};
}

} // namespace weir::capi

using weir::capi::last_error;

extern "C" {

void weir_error_delete(weir_error_t* error) {
  if (error != &weir::capi::no_memory()) {
    delete error;
  }
}

weir_error_kind_t weir_error_kind(weir_error_t const* error) {
  return error != nullptr ? static_cast<weir_error_kind_t>(error->error.kind()) : weir_error_kind_t{0};
}

char const* weir_error_kind_name(weir_error_kind_t kind) {
  return kind <= static_cast<weir_error_kind_t>(weir::ErrorKind::guest) ? to_string(static_cast<weir::ErrorKind>(kind))
                                                                        : "";
}

char const* weir_error_message(weir_error_t const* error) {
  return error != nullptr ? error->error.message().c_str() : "";
}

bool weir_error_offset(weir_error_t const* error, uint64_t* offset) {
  auto const found = error != nullptr ? error->error.offset() : std::nullopt;
  if (offset != nullptr) {
    *offset = found.value_or(0);
  }
  return found.has_value();
}

bool weir_error_position(weir_error_t const* error, uint32_t* line, uint32_t* column) {
  if (line != nullptr) {
    *line = error != nullptr ? error->error.line() : 0;
  }
  if (column != nullptr) {
    *column = error != nullptr ? error->error.column() : 0;
  }
  return error != nullptr && error->error.line() != 0;
}

wasm_trap_t* weir_error_trap(weir_error_t const* error) {
  if (error == nullptr || error->trap == nullptr) {
    return nullptr;
  }
  return weir::capi::make_trap(error->store, error->trap);
}

weir_error_t* weir_take_error(void) { return std::exchange(last_error.error, nullptr); }

} // extern "C"
