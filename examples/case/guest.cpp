#include "guest.hpp"

#include <utility>

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
  // Names like these could mean anything, so the host confirms that they are the allocator.
  auto allocator = weir::exchange::GuestAllocator::named(guest.store_, *instance, "init", "deinit");
  if (!allocator) {
    return std::unexpected(allocator.error());
  }
  auto deserialize = instance->get_typed_func<void(std::uint32_t, std::uint32_t)>(guest.store_, "deserialize");
  if (!deserialize) {
    return std::unexpected(deserialize.error());
  }
  guest.allocator_ = *std::move(allocator);
  guest.deserialize_ = *deserialize;
  return guest;
}

weir::Result<void> Guest::deserialize_in_guest_memory(std::string const& text) {
  auto buffer = allocator_->put(weir::exchange::bincode(text));
  if (!buffer) {
    return std::unexpected(buffer.error());
  }
  if (auto const done = deserialize_.call(store_, buffer->ptr(), buffer->len()); !done) {
    // After a trap nothing is given back: what the guest was doing when it stopped is not known.
    (void)buffer->release();
    return done;
  }
  return buffer->free(); // going out of scope would do; here an error is an error of the demo
}

weir::Result<void> Guest::deserialize_at_zero(std::string const& text) {
  auto const bytes = weir::exchange::encode(weir::exchange::bincode, text);
  if (!bytes) {
    return std::unexpected(bytes.error());
  }
  if (auto const written = allocator_->memory().write(store_, 0, *bytes); !written) {
    return written;
  }
  return deserialize_.call(store_, 0, static_cast<std::uint32_t>(bytes->size()));
}

weir::Result<std::uint64_t> Guest::pages() { return allocator_->memory().pages(store_); }

weir::Result<std::uint32_t> Guest::probe() {
  auto buffer = allocator_->allocate(16);
  if (!buffer) {
    return std::unexpected(buffer.error());
  }
  auto const pointer = buffer->ptr();
  if (auto const freed = buffer->free(); !freed) {
    return std::unexpected(freed.error());
  }
  return pointer;
}
