// Store, its door, and what of it needs no other room: data, limits, fuel, interruption.
#include <algorithm>
#include <atomic>

#include "engine/hooks.hpp"
#include "engine/host_writes.hpp"
#include "engine/read_only.hpp"
#include "engine/store_data.hpp"
#include "platform/clock.hpp"
#include "runtime/budget.hpp"

namespace weir::engine {

constinit thread_local char const thread_token = 0;

namespace {

std::atomic<std::uint64_t> next_store_id{1};

} // namespace

detail::CallStatus Entry::at_closed_door(detail::StoreData const* store) noexcept {
  if (store == nullptr) {
    return detail::CallStatus::closed;
  }
  if (store->owner.load(std::memory_order_relaxed) != &thread_token) {
    return detail::CallStatus::busy;
  }
  if (store->closed) {
    return detail::CallStatus::closed;
  }
  return store->resources.is_asking() ? detail::CallStatus::in_callback : detail::CallStatus::ok;
}

void Entry::delete_store(detail::StoreData* store) noexcept { delete store; }

Error status_error(detail::CallStatus status) {
  switch (status) {
  case detail::CallStatus::wrong_store:
    return {ErrorKind::usage,
            "the handle is null or belongs to another store; every function, memory, table, global and "
            "instance can be used with its own store only"};
  case detail::CallStatus::busy:
    return {ErrorKind::usage, "another thread is using this store; a store belongs to one thread at a time"};
  case detail::CallStatus::in_callback:
    return {ErrorKind::usage, "a resource limiter must not use the store that is asking it"};
  case detail::CallStatus::closed:
    return {ErrorKind::usage,
            "the store is empty: it was moved from, destroyed by a host function while its guest ran, "
            "or there was no memory to make it"};
  default: return out_of_memory();
  }
}

runtime::Function& function_for(detail::StoreData& store, std::shared_ptr<HostDefinition const> const& definition) {
  auto& function = store.host_functions[definition.get()];
  if (function == nullptr) {
    function = std::make_unique<HostFunction>();
    function->type_id = definition->ids.ids().front();
    function->host_call = store.read_only_data == ReadOnlyData::off ? &call_host : &call_host_checked;
    function->host_data = const_cast<HostDefinition*>(definition.get());
    function->type = &definition->type;
    function->store = &store;
    function->definition = definition;
  }
  return *function;
}

std::uint64_t keep_extern(detail::StoreData& store, ExternRef const& ref) {
  auto const& box = detail::Access::box(ref);
  if (box == nullptr) {
    return 0;
  }
  store.externs.try_emplace(box.get(), box);
  return reinterpret_cast<std::uintptr_t>(box.get());
}

} // namespace weir::engine

namespace weir {

using detail::StoreData;

Result<Store> Store::create(Engine const& engine, StoreLimits const& limits) {
  return engine::guarded([&]() -> Result<Store> {
    auto engine_data = engine::data_of(engine);
    if (!engine_data.has_value()) {
      return std::unexpected(std::move(engine_data).error());
    }
    auto data = std::make_unique<StoreData>(engine);
    data->engine_data = *std::move(engine_data);
    data->id = engine::next_store_id.fetch_add(1, std::memory_order_relaxed);
    data->execution = std::make_shared<detail::InterruptState>();
    data->execution->store = data.get();
    data->execution->fuel_on = data->engine_data->config.consume_fuel();
    data->execution->hooks = engine::hooks();
    data->resources.limits = limits;
    engine::set_read_only_data(
        *data, data->engine_data->forced_read_only_data.value_or(data->engine_data->config.read_only_data()));
    data->set(detail::Detour::backend, data->engine_data->backend != execute::Backend::tail_call);
    engine::set_host_writes(*data, engine::default_host_writes(*data->engine_data));
    return detail::Access::make_store(data.release());
  });
}

Store::Store(Engine const& engine, StoreLimits const& limits) {
  if (auto store = create(engine, limits); store.has_value()) {
    data_ = std::move(store->data_);
  }
}

void Store::Closer::operator()(StoreData* data) const noexcept {
  void const* const inside = data->owner.load(std::memory_order_acquire);
  if (inside == nullptr) {
    delete data;
    return;
  }
  // engine::Entry deletes it when the outermost call has ended.
  auto const engine = data->engine_data;
  data->closed.store(true, std::memory_order_release);
  if (inside != &engine::thread_token) {
    engine::diagnose_to_sink(*engine,
                             "weir: a store was destroyed while another thread was using it; it goes away when "
                             "that thread leaves it. A store belongs to one thread at a time.");
  }
}

Engine const& Store::engine() const noexcept {
  static Engine const none = detail::Access::make_engine(nullptr);
  auto const* const data = data_.get();
  return data != nullptr ? data->engine : none;
}

void Store::set_data_pointer(std::shared_ptr<void> object, char const* tag) noexcept {
  if (data_ != nullptr) {
    data_->host_data = std::move(object);
    data_->host_data_tag = tag;
  }
}

void* Store::data_pointer(char const* tag) const noexcept {
  return data_ != nullptr && data_->host_data_tag == tag ? data_->host_data.get() : nullptr;
}

Result<void> Store::set_limits(StoreLimits const& limits) {
  return engine::in_store(*this, [&](StoreData& store) -> Result<void> {
    store.resources.limits = limits;
    return {};
  });
}

Result<void> Store::set_limiter(std::shared_ptr<ResourceLimiter> limiter) {
  return engine::in_store(*this, [&](StoreData& store) -> Result<void> {
    store.resources.limiter = std::move(limiter);
    return {};
  });
}

namespace {

Error no_fuel_error() {
  return {ErrorKind::usage, "fuel is not counted by this engine; make it with Config::consume_fuel(true)"};
}

// The budget that counts at this moment: the running guest's inside a host call, else the store's.
std::int64_t& current_budget(StoreData& store) noexcept {
  auto const* const activation = store.execution->activation;
  return activation != nullptr && activation->suspended_ip != nullptr ? activation->suspended_context->budget
                                                                      : store.execution->budget;
}

Result<void> set_fuel_of(StoreContext context, std::uint64_t fuel) {
  return engine::in_store(context, [&](StoreData& store) -> Result<void> {
    if (!store.execution->fuel_on) {
      return std::unexpected(no_fuel_error());
    }
    runtime::set_fuel(*store.execution, current_budget(store), fuel);
    return {};
  });
}

Result<std::uint64_t> fuel_of(StoreContext context) {
  return engine::in_store(context, [&](StoreData& store) -> Result<std::uint64_t> {
    if (!store.execution->fuel_on) {
      return std::unexpected(no_fuel_error());
    }
    return runtime::fuel_left(*store.execution, current_budget(store));
  });
}

} // namespace

Result<void> Store::set_fuel(std::uint64_t fuel) { return set_fuel_of(*this, fuel); }
Result<std::uint64_t> Store::fuel() const { return fuel_of(detail::Access::context(data_.get())); }
Result<void> Caller::set_fuel(std::uint64_t fuel) { return set_fuel_of(*this, fuel); }
Result<std::uint64_t> Caller::fuel() const { return fuel_of(detail::Access::context(store_)); }

Result<void> Store::set_deadline(std::chrono::steady_clock::time_point deadline) {
  return engine::in_store(*this, [&](StoreData& store) -> Result<void> {
    using namespace std::chrono;
    auto const since = duration_cast<nanoseconds>(deadline.time_since_epoch()).count();
    store.execution->deadline_ns = since < 0 ? 0 : static_cast<std::uint64_t>(since);
    store.execution->deadline_set_ns = platform::monotonic_ns();
    store.execution->has_deadline = true;
    return {};
  });
}

Result<void> Store::clear_deadline() {
  return engine::in_store(*this, [](StoreData& store) -> Result<void> {
    store.execution->has_deadline = false;
    return {};
  });
}

Result<InterruptHandle> Store::interrupt_handle() const {
  return engine::in_store(detail::Access::context(data_.get()), [](StoreData& store) -> Result<InterruptHandle> {
    return detail::Access::make_interrupt_handle(store.execution);
  });
}

StoreRef::StoreRef(StoreContext store) noexcept {
  if (auto* const data = detail::Access::data(store); data != nullptr) {
    state_ = data->execution;
  }
}

bool StoreRef::is_alive() const noexcept { return state_ != nullptr && state_->store != nullptr; }

Result<StoreContext> StoreRef::get() const {
  return engine::guarded([&]() -> Result<StoreContext> {
    if (!is_alive()) {
      return std::unexpected(
          Error{ErrorKind::usage, state_ == nullptr ? "there is no store" : "the store was destroyed"});
    }
    return detail::Access::context(static_cast<StoreData*>(state_->store));
  });
}

void InterruptHandle::interrupt() const noexcept {
  if (state_ != nullptr) {
    state_->interrupt.store(true, std::memory_order_release);
  }
}

} // namespace weir
