// Checks, where calls cross between host and guest, that read-only data is as it was: see weir::ReadOnlyData.
#pragma once

#include <optional>

#include <weir/weir.hpp>

#include "engine/store_data.hpp"

namespace weir::engine {

// The policy that the environment asks for. One that it misspells is told to the Config's diagnostic sink.
std::optional<ReadOnlyData> read_only_data_of_environment(detail::EngineData const& engine);

// Sets the store's policy. From then on the read-only data of instances that are there is watched too.
void set_read_only_data(detail::StoreData& store, ReadOnlyData policy);

// Watches what the instance's module calls read-only in its memories from this index on, if the policy is not off. To
// be called when those have just been filled.
void watch_read_only_data(detail::StoreData& store, runtime::Instance const& instance, std::uint32_t from = 0);

// Where a call is. What was changed before a guest is entered, or before a host function returns to it, the host did;
// else the guest.
enum class Crossing : std::uint8_t { enter_guest, leave_guest, enter_host, leave_host };

// none; or read_only_data, with store.read_only_change saying what. With ReadOnlyData::warn the diagnostic sink hears
// of it and the answer is none. `has_trapped`: the guest has trapped already, so that only a warning can be given.
TrapReason check_read_only_data(detail::StoreData& store, Crossing crossing, bool has_trapped = false) noexcept;

// call_host() with checks before and behind it.
TrapReason call_host_checked(runtime::Function& function, runtime::InstanceContext* caller,
                             std::uint64_t* slots) noexcept;

} // namespace weir::engine
