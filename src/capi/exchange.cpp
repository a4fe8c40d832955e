// Guest buffers.
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include <weir/exchange.hpp>

#include "capi/objects.hpp"

// The box comes first: it is destroyed last.
struct weir_allocator_t {
  weir::capi::StorePtr store;
  weir::exchange::GuestAllocator allocator;
};

struct weir_buffer_t {
  weir::capi::StorePtr store;
  weir::exchange::GuestBuffer buffer;
};

namespace weir::capi {

namespace {

// The allocator that find(Store&, Instance) gives.
template <class Find>
weir_error_t* make_allocator(wasm_instance_t const* instance, char const* function, weir_allocator_t** out,
                             Find&& find) {
  if (out != nullptr) {
    *out = nullptr;
  }
  return guarded_error([&]() -> Result<void> {
    if (instance == nullptr) {
      return std::unexpected(null_argument(function, "instance"));
    }
    auto found = find(instance->store->store, instance->handle);
    if (!found.has_value()) {
      return std::unexpected(std::move(found).error());
    }
    if (out != nullptr) {
      *out = std::make_unique<weir_allocator_t>(instance->store, *std::move(found)).release();
    }
    return {};
  });
}

// The buffer that make(GuestAllocator) gives. One that nobody wants goes back at once.
template <class Make>
weir_error_t* make_buffer(weir_allocator_t const* allocator, char const* function, weir_buffer_t** out, Make&& make) {
  if (out != nullptr) {
    *out = nullptr;
  }
  return guarded_error([&]() -> Result<void> {
    if (allocator == nullptr) {
      return std::unexpected(null_argument(function, "allocator"));
    }
    auto const store = allocator->store; // the guest's allocator may call the host, which may delete what it likes
    auto const copy = allocator->allocator;
    auto made = make(copy);
    if (!made.has_value()) {
      return std::unexpected(std::move(made).error());
    }
    auto owned = std::make_unique<weir_buffer_t>(store, *std::move(made));
    if (out != nullptr) {
      *out = owned.release();
    }
    return {};
  });
}

// Runs body(GuestBuffer&), which gives a Result<void>, for a function that gives an error.
template <class Buffer, class Body>
weir_error_t* with_buffer(Buffer* buffer, char const* function, Body&& body) {
  return guarded_error([&]() -> Result<void> {
    if (buffer == nullptr) {
      return std::unexpected(null_argument(function, "buffer"));
    }
    auto const store = buffer->store;
    return body(buffer->buffer);
  });
}

} // namespace

} // namespace weir::capi

using namespace weir::capi;

extern "C" {

weir_error_t* weir_allocator_discover(wasm_instance_t const* instance, weir_allocator_t** out) {
  return make_allocator(instance, "weir_allocator_discover", out, [](weir::Store& store, weir::Instance const& of) {
    return weir::exchange::GuestAllocator::discover(store, of);
  });
}

weir_error_t* weir_allocator_named(wasm_instance_t const* instance, char const* allocate, char const* deallocate,
                                   weir_allocator_t** out) {
  return make_allocator(instance, "weir_allocator_named", out, [&](weir::Store& store, weir::Instance const& of) {
    return weir::exchange::GuestAllocator::named(store, of, allocate != nullptr ? allocate : "",
                                                 deallocate != nullptr ? deallocate : "");
  });
}

weir_error_t* weir_allocator_in_memory(wasm_instance_t const* instance, wasm_memory_t const* memory,
                                       char const* allocate, char const* deallocate, weir_allocator_t** out) {
  using weir::exchange::GuestAllocator;
  return make_allocator(instance, "weir_allocator_in_memory", out,
                        [&](weir::Store& store, weir::Instance const& of) -> weir::Result<GuestAllocator> {
                          if (memory == nullptr) {
                            return std::unexpected(null_argument("weir_allocator_in_memory", "memory"));
                          }
                          return allocate == nullptr ? GuestAllocator::discover(store, of, memory->handle)
                                                     : GuestAllocator::named(store, of, memory->handle, allocate,
                                                                             deallocate != nullptr ? deallocate : "");
                        });
}

void weir_allocator_delete(weir_allocator_t* allocator) { delete allocator; }

char const* weir_allocator_name(weir_allocator_t const* allocator) {
  return allocator != nullptr ? allocator->allocator.name().c_str() : "";
}

weir_error_t* weir_allocator_allocate(weir_allocator_t const* allocator, uint64_t size, uint64_t alignment,
                                      weir_buffer_t** out) {
  return make_buffer(allocator, "weir_allocator_allocate", out,
                     [&](weir::exchange::GuestAllocator const& guest) { return guest.allocate(size, alignment); });
}

weir_error_t* weir_allocator_put(weir_allocator_t const* allocator, void const* bytes, size_t size, uint64_t alignment,
                                 weir_buffer_t** out) {
  return make_buffer(allocator, "weir_allocator_put", out,
                     [&](weir::exchange::GuestAllocator const& guest) -> weir::Result<weir::exchange::GuestBuffer> {
                       if (bytes == nullptr && size != 0) {
                         return std::unexpected(null_argument("weir_allocator_put", "buffer"));
                       }
                       auto made = guest.allocate(size, alignment);
                       if (made.has_value()) {
                         auto const done = made->write(0, std::span{static_cast<std::byte const*>(bytes), size});
                         if (!done.has_value()) {
                           return std::unexpected(done.error());
                         }
                       }
                       return made;
                     });
}

weir_error_t* weir_allocator_put_bincode_string(weir_allocator_t const* allocator, char const* text, size_t size,
                                                weir_buffer_t** out) {
  return make_buffer(
      allocator, "weir_allocator_put_bincode_string", out, [&](weir::exchange::GuestAllocator const& guest) {
        std::string_view const view = text != nullptr ? std::string_view{text, size} : std::string_view{};
        return guest.put(weir::exchange::bincode(view), std::source_location{});
      });
}

weir_error_t* weir_allocator_adopt(weir_allocator_t const* allocator, uint64_t address, uint64_t size,
                                   uint64_t alignment, weir_buffer_t** out) {
  return make_buffer(allocator, "weir_allocator_adopt", out, [&](weir::exchange::GuestAllocator const& guest) {
    return guest.adopt({address, size}, alignment);
  });
}

uint64_t weir_buffer_address(weir_buffer_t const* buffer) { return buffer != nullptr ? buffer->buffer.address() : 0; }

uint64_t weir_buffer_size(weir_buffer_t const* buffer) { return buffer != nullptr ? buffer->buffer.size() : 0; }

weir_error_t* weir_buffer_write(weir_buffer_t* buffer, uint64_t offset, void const* from, size_t size) {
  return with_buffer(buffer, "weir_buffer_write", [&](weir::exchange::GuestBuffer& inside) -> weir::Result<void> {
    if (from == nullptr && size != 0) {
      return std::unexpected(null_argument("weir_buffer_write", "source"));
    }
    return inside.write(offset, std::span{static_cast<std::byte const*>(from), size}, std::source_location{});
  });
}

weir_error_t* weir_buffer_read(weir_buffer_t const* buffer, uint64_t offset, void* to, size_t size) {
  return with_buffer(buffer, "weir_buffer_read", [&](weir::exchange::GuestBuffer const& inside) -> weir::Result<void> {
    if (to == nullptr && size != 0) {
      return std::unexpected(null_argument("weir_buffer_read", "target"));
    }
    return inside.read(offset, std::span{static_cast<std::byte*>(to), size});
  });
}

weir_error_t* weir_buffer_resize(weir_buffer_t* buffer, uint64_t size) {
  return with_buffer(buffer, "weir_buffer_resize",
                     [&](weir::exchange::GuestBuffer& inside) { return inside.resize(size); });
}

weir_error_t* weir_buffer_free(weir_buffer_t* buffer) {
  std::unique_ptr<weir_buffer_t> const owned{buffer};
  return with_buffer(buffer, "weir_buffer_free", [](weir::exchange::GuestBuffer& inside) { return inside.free(); });
}

void weir_buffer_delete(weir_buffer_t* buffer) { delete buffer; }

uint64_t weir_buffer_release(weir_buffer_t* buffer) {
  std::unique_ptr<weir_buffer_t> const owned{buffer};
  return owned != nullptr ? owned->buffer.release().address : 0;
}

} // extern "C"
