// Stores: creation, limits, fuel, deadline, interruption.
#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>

#include "capi/objects.hpp"

namespace weir::capi {

namespace {

StoreLimits limits_from_c(weir_store_limits_t const* limits) noexcept {
  weir_store_limits_t const none = WEIR_STORE_LIMITS_INIT;
  weir_store_limits_t const& given = limits != nullptr ? *limits : none;
  auto const optional = [](std::uint64_t value) {
    return value != WEIR_UNLIMITED ? std::optional{value} : std::nullopt;
  };
  return {.memory_size = optional(given.memory_size),
          .total_memory = optional(given.total_memory),
          .table_elements = optional(given.table_elements),
          .instances = given.instances,
          .tables = given.tables,
          .memories = given.memories,
          .trap_on_grow_failure = given.trap_on_grow_failure};
}

// The embedder's callback as a limiter.
class CallbackLimiter final : public ResourceLimiter {
 public:
  CallbackLimiter(weir_limiter_t callback, HostPointer env) noexcept : callback_(callback), env_(std::move(env)) {}

  Result<bool> memory_growing(std::uint64_t current, std::uint64_t desired,
                              std::optional<std::uint64_t> maximum) override {
    return callback_(env_.get(), WASM_EXTERN_MEMORY, current, desired, maximum.value_or(WEIR_UNLIMITED));
  }
  Result<bool> table_growing(std::uint64_t current, std::uint64_t desired,
                             std::optional<std::uint64_t> maximum) override {
    return callback_(env_.get(), WASM_EXTERN_TABLE, current, desired, maximum.value_or(WEIR_UNLIMITED));
  }

 private:
  weir_limiter_t callback_;
  HostPointer env_;
};

// Runs body(Store&), which gives a Result<void>, for a function that gives an error.
template <class Body>
weir_error_t* with_store(wasm_store_t* store, char const* function, Body&& body) {
  return guarded_error([&]() -> Result<void> {
    if (store == nullptr) {
      return std::unexpected(null_argument(function, "store"));
    }
    return body(store->box->store);
  });
}

} // namespace

} // namespace weir::capi

struct weir_interrupt_t {
  weir::InterruptHandle handle;
};

using namespace weir::capi;

extern "C" {

wasm_store_t* wasm_store_new(wasm_engine_t* engine) {
  return guarded_object<wasm_store_t>([&]() -> weir::Result<wasm_store_t*> {
    if (engine == nullptr) {
      return std::unexpected(null_argument("wasm_store_new", "engine"));
    }
    auto store = weir::Store::create(engine->engine, limits_from_c(nullptr));
    if (!store.has_value()) {
      return std::unexpected(std::move(store).error());
    }
    auto box = std::make_shared<StoreBox>(*std::move(store));
    box->store.set_data(BoxOfStore{box.get()});
    return std::make_unique<wasm_store_t>(std::move(box)).release();
  });
}

void wasm_store_delete(wasm_store_t* store) { delete store; }

weir_error_t* weir_store_set_limits(wasm_store_t* store, weir_store_limits_t const* limits) {
  return with_store(store, "weir_store_set_limits",
                    [&](weir::Store& inside) { return inside.set_limits(limits_from_c(limits)); });
}

weir_error_t* weir_store_set_host_writes(wasm_store_t* store, weir_host_writes_t policy) {
  return with_store(store, "weir_store_set_host_writes", [&](weir::Store& inside) -> weir::Result<void> {
    if (policy > WEIR_HOST_WRITES_DENY) {
      return std::unexpected(
          weir::Error{weir::ErrorKind::usage, "weir_store_set_host_writes: there is no such policy"});
    }
    return inside.set_host_writes(static_cast<weir::HostWrites>(policy));
  });
}

weir_error_t* weir_store_set_read_only_data(wasm_store_t* store, weir_read_only_data_t policy) {
  return with_store(store, "weir_store_set_read_only_data", [&](weir::Store& inside) -> weir::Result<void> {
    if (policy > WEIR_READ_ONLY_DATA_TRAP) {
      return std::unexpected(
          weir::Error{weir::ErrorKind::usage, "weir_store_set_read_only_data: there is no such policy"});
    }
    return inside.set_read_only_data(static_cast<weir::ReadOnlyData>(policy));
  });
}

weir_error_t* weir_store_set_limiter(wasm_store_t* store, weir_limiter_t limiter, void* env, void (*finalizer)(void*)) {
  HostPointer pointer{env, finalizer};
  return with_store(store, "weir_store_set_limiter", [&](weir::Store& inside) {
    return inside.set_limiter(limiter != nullptr ? std::make_shared<CallbackLimiter>(limiter, std::move(pointer))
                                                 : nullptr);
  });
}

weir_error_t* weir_store_set_fuel(wasm_store_t* store, uint64_t fuel) {
  return with_store(store, "weir_store_set_fuel", [&](weir::Store& inside) { return inside.set_fuel(fuel); });
}

weir_error_t* weir_store_fuel(wasm_store_t* store, uint64_t* out) {
  if (out != nullptr) {
    *out = 0;
  }
  return with_store(store, "weir_store_fuel", [&](weir::Store& inside) -> weir::Result<void> {
    auto const fuel = inside.fuel();
    if (!fuel.has_value()) {
      return std::unexpected(fuel.error());
    }
    if (out != nullptr) {
      *out = *fuel;
    }
    return {};
  });
}

weir_error_t* weir_store_set_deadline(wasm_store_t* store, uint64_t nanoseconds) {
  using namespace std::chrono;
  return with_store(store, "weir_store_set_deadline", [&](weir::Store& inside) {
    auto const now = steady_clock::now();
    auto const left = static_cast<uint64_t>((steady_clock::time_point::max() - now) / std::chrono::nanoseconds{1});
    return inside.set_deadline(now + std::chrono::nanoseconds{std::min(nanoseconds, left)});
  });
}

weir_error_t* weir_store_clear_deadline(wasm_store_t* store) {
  return with_store(store, "weir_store_clear_deadline", [](weir::Store& inside) { return inside.clear_deadline(); });
}

weir_interrupt_t* weir_interrupt_new(wasm_store_t* store) {
  return guarded_object<weir_interrupt_t>([&]() -> weir::Result<weir_interrupt_t*> {
    if (store == nullptr) {
      return std::unexpected(null_argument("weir_interrupt_new", "store"));
    }
    auto handle = store->box->store.interrupt_handle();
    if (!handle.has_value()) {
      return std::unexpected(std::move(handle).error());
    }
    return std::make_unique<weir_interrupt_t>(*std::move(handle)).release();
  });
}

void weir_interrupt_now(weir_interrupt_t const* interrupt) {
  if (interrupt != nullptr) {
    interrupt->handle.interrupt();
  }
}

void weir_interrupt_delete(weir_interrupt_t* interrupt) { delete interrupt; }

void weir_store_set_data(wasm_store_t* store, void* data, void (*finalizer)(void*)) {
  HostPointer pointer{data, finalizer};
  if (store != nullptr) {
    store->box->data = std::move(pointer);
  }
}

void* weir_store_data(wasm_store_t const* store) { return store != nullptr ? store->box->data.get() : nullptr; }

} // extern "C"
