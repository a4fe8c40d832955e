#include "guest.hpp"

#include <utility>

namespace {

// Takes the value out, or hands the error on to `failure`.
template <class T>
void take(weir::Result<T> result, T& value, std::optional<weir::Error>& failure) {
  if (result) {
    value = *std::move(result);
  } else if (!failure) {
    failure = std::move(result).error();
  }
}

} // namespace

weir::StoreLimits case_limits() {
  return {.memory_size = std::uint64_t{1} << 30, .memories = 1, .trap_on_grow_failure = true};
}

weir::Result<Guest> Guest::create(weir::InstancePre const& pre) {
  auto store = weir::Store::create(pre.module().engine(), case_limits());
  if (!store) {
    return std::unexpected(store.error());
  }
  Guest guest{*std::move(store)};
  auto instance = pre.instantiate(guest.store_);
  if (!instance) {
    return std::unexpected(instance.error());
  }
  guest.instance_ = *instance;
  std::optional<weir::Error> failure;
  take(instance->get_memory(guest.store_, "memory"), guest.memory_, failure);
  take(instance->get_typed_func<std::uint32_t(std::uint32_t)>(guest.store_, "init"), guest.init_, failure);
  take(instance->get_typed_func<void(std::uint32_t, std::uint32_t)>(guest.store_, "deinit"), guest.deinit_, failure);
  take(instance->get_typed_func<void(std::uint32_t, std::uint32_t)>(guest.store_, "deserialize"), guest.deserialize_,
       failure);
  if (failure) {
    return std::unexpected(*std::move(failure));
  }
  return guest;
}

weir::Result<void> Guest::deserialize_in_guest_memory(std::string_view bytes) {
  auto const size = static_cast<std::uint32_t>(bytes.size());
  auto const pointer = init_.call(store_, size);
  if (!pointer) {
    return std::unexpected(pointer.error());
  }
  if (auto const written = memory_.write(store_, *pointer, bytes); !written) {
    return written;
  }
  // After a trap nothing is given back: what the guest was doing when it stopped is not known.
  if (auto const done = deserialize_.call(store_, *pointer, size); !done) {
    return done;
  }
  return deinit_.call(store_, *pointer, size);
}

weir::Result<void> Guest::deserialize_at_zero(std::string_view bytes) {
  if (auto const written = memory_.write(store_, 0, bytes); !written) {
    return written;
  }
  return deserialize_.call(store_, 0, static_cast<std::uint32_t>(bytes.size()));
}

weir::Result<std::uint64_t> Guest::pages() { return memory_.pages(store_); }

weir::Result<std::uint32_t> Guest::probe() {
  constexpr std::uint32_t size = 16;
  auto const pointer = init_.call(store_, size);
  if (!pointer) {
    return pointer;
  }
  if (auto const freed = deinit_.call(store_, *pointer, size); !freed) {
    return std::unexpected(freed.error());
  }
  return pointer;
}
