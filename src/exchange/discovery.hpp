// Finding a guest's allocator among its exports.
#pragma once

#include <memory>
#include <string_view>

#include "exchange/allocator_data.hpp"

namespace weir::exchange::detail {

// As GuestAllocator::discover() and named(). Without a memory, that among the exports which must be meant.
Result<std::shared_ptr<AllocatorData>> discover_allocator(StoreContext store, Instance const& instance,
                                                          Memory const* memory);
Result<std::shared_ptr<AllocatorData>> named_allocator(StoreContext store, Instance const& instance,
                                                       Memory const* memory, std::string_view allocate,
                                                       std::string_view deallocate);

} // namespace weir::exchange::detail
