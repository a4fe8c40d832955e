// One fresh instance of the case's guest in a store of its own, and the two ways to feed it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <weir/exchange.hpp>

// The limits that the case's host sets: 1 GiB of memory, and a trap when a growth is refused.
weir::StoreLimits case_limits();

class Guest {
 public:
  // The module must export what the case's guests export: memory, init, deinit, deserialize.
  static weir::Result<Guest> create(weir::InstancePre const& pre);

  // The right way: the guest allocates (init), the host writes there, the guest deserialises, and gets its memory
  // back (deinit). weir::exchange does all but the call.
  weir::Result<void> deserialize_in_guest_memory(std::string const& text);

  // The wrong way: the host writes to offset 0, where the guest never said that there is room. With HostWrites::deny
  // the write itself is the error, and the guest is not called.
  weir::Result<void> deserialize_at_zero(std::string const& text);

  weir::Result<std::uint64_t> pages();

  // Where an allocation of 16 bytes lands; it is given back at once. The same address later means that nothing was
  // left behind in between.
  weir::Result<std::uint32_t> probe();

  weir::Store& store() noexcept { return store_; }
  weir::Instance const& instance() const noexcept { return instance_; }

 private:
  explicit Guest(weir::Store store) noexcept : store_(std::move(store)) {}

  weir::Store store_;
  weir::Instance instance_;
  std::optional<weir::exchange::GuestAllocator> allocator_; // set by create()
  weir::TypedFunc<void(std::uint32_t, std::uint32_t)> deserialize_;
};

// The case's strings: n KiB of 'A'.
inline std::string string_of_kib(std::uint32_t n) { return std::string(std::size_t{n} * 1024, 'A'); }
