#include "engine/read_only.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "diagnose/read_only_text.hpp"
#include "engine/host_writes.hpp"
#include "engine/module_data.hpp"
#include "engine/traps.hpp"

namespace weir::engine {

using detail::StoreData;
using runtime::OwnedMemory;

namespace {

// Of each store. A guest that writes to its constants all the time need not fill a disk with it.
constexpr std::uint32_t most_change_warnings = 64;

std::span<std::byte const> bytes_of(OwnedMemory const& memory) noexcept {
  return {reinterpret_cast<std::byte const*>(memory.base), memory.size};
}

diagnose::ReadOnlyText describe(StoreData& store, OwnedMemory const& memory,
                                runtime::ReadOnlyRanges::Change const& change, Crossing crossing) {
  diagnose::ReadOnlyFacts facts{.range = change.range,
                                .was = change.was,
                                .is = bytes_of(memory).subspan(change.range.address, change.range.size),
                                .is_by_guest = crossing == Crossing::leave_guest || crossing == Crossing::enter_host,
                                .host_function = {}};
  if (crossing != Crossing::leave_guest) {
    auto const frames = backtrace_now(store);
    bool const is_in_host = !frames.empty() && frames.front().is_host;
    facts.host_function = is_in_host ? frames.front().name : std::string{};
  }
  if (!facts.is_by_guest) {
    facts.write = memory.journal.find(change.range.address, change.range.size);
  }
  return diagnose::read_only_text(facts, map_of(store, memory));
}

void warn(StoreData& store, diagnose::ReadOnlyText const& text) {
  if (store.read_only_warnings == most_change_warnings) {
    return;
  }
  std::string message = fmt::format("weir: warning: {}: {}", to_string(TrapReason::read_only_data), text.headline);
  for (auto const& line : text.lines) {
    message += "\n  " + line;
  }
  diagnose_to_sink(*store.engine_data, message);
  if (++store.read_only_warnings == most_change_warnings) {
    diagnose_to_sink(*store.engine_data, "weir: further warnings about read-only data of this store are left out");
  }
}

TrapReason check_memory(StoreData& store, OwnedMemory& memory, Crossing crossing, bool has_trapped) {
  bool const is_fatal = store.read_only_data == ReadOnlyData::trap && !has_trapped;
  while (auto const change = memory.read_only.find_change(bytes_of(memory))) {
    auto text = describe(store, memory, *change, crossing);
    if (is_fatal) {
      store.read_only_change = std::move(text);
      return TrapReason::read_only_data;
    }
    warn(store, text);
    if (store.read_only_data == ReadOnlyData::trap) {
      break; // the next call is to trap
    }
    memory.read_only.accept(change->range, bytes_of(memory)); // told once
  }
  return TrapReason::none;
}

} // namespace

std::optional<ReadOnlyData> read_only_data_of_environment(detail::EngineData const& engine) {
  char const* const value = std::getenv("WEIR_READ_ONLY_DATA");
  std::string_view const text = value != nullptr ? value : "";
  if (text.empty()) {
    return std::nullopt;
  }
  for (auto const& [name, policy] : {std::pair{"off", ReadOnlyData::off}, std::pair{"warn", ReadOnlyData::warn},
                                     std::pair{"trap", ReadOnlyData::trap}}) {
    if (text == name) {
      return policy;
    }
  }
  diagnose_to_sink(engine, fmt::format("weir: the environment variable WEIR_READ_ONLY_DATA is \"{}\"; it is not looked "
                                       "at, as it is none of off, warn and trap",
                                       text));
  return std::nullopt;
}

void set_read_only_data(StoreData& store, ReadOnlyData policy) {
  bool const was_off = store.read_only_data == ReadOnlyData::off;
  store.read_only_data = policy;
  bool const is_off = policy == ReadOnlyData::off;
  store.set(detail::Detour::read_only, !is_off);
  for (auto const& [definition, function] : store.host_functions) {
    function->host_call = is_off ? &call_host : &call_host_checked;
  }
  set_host_writes(store, store.host_writes); // which writes are remembered
  if (was_off && !is_off) {
    for (auto const& instance : store.instances) {
      watch_read_only_data(store, *instance);
    }
  }
}

void watch_read_only_data(StoreData& store, runtime::Instance const& instance, std::uint32_t from) {
  if (store.read_only_data == ReadOnlyData::off) {
    return;
  }
  auto const& data = *static_cast<detail::ModuleData const*>(instance.code.get());
  for (std::uint32_t i = from; i < instance.memories.size(); ++i) {
    auto& memory = static_cast<OwnedMemory&>(*instance.memories[i]);
    auto const map = memory_map_of(data, i);
    if (map.layout == MemoryLayout::position_independent) {
      continue; // its addresses are not those of the memory
    }
    for (auto const& region : map.regions) {
      if (region.kind == RegionKind::read_only_data && region.end <= memory.size) {
        memory.read_only.add({region.begin, region.size()}, bytes_of(memory));
      }
    }
  }
}

TrapReason check_read_only_data(StoreData& store, Crossing crossing, bool has_trapped) noexcept {
  return platform::guard_allocation(
      [&] {
        for (auto const& memory : store.memories) {
          if (store.read_only_data == ReadOnlyData::off || memory->read_only.is_empty()) {
            continue;
          }
          if (auto const reason = check_memory(store, *memory, crossing, has_trapped); reason != TrapReason::none) {
            return reason;
          }
        }
        return TrapReason::none;
      },
      [] { return TrapReason::host_memory; });
}

TrapReason call_host_checked(runtime::Function& function, runtime::InstanceContext* caller,
                             std::uint64_t* slots) noexcept {
  auto& store = static_cast<StoreData&>(*function.store);
  if (auto const changed = check_read_only_data(store, Crossing::enter_host); changed != TrapReason::none) {
    return changed;
  }
  auto const reason = call_host(function, caller, slots);
  auto const changed = check_read_only_data(store, Crossing::leave_host, reason != TrapReason::none);
  return reason != TrapReason::none ? reason : changed;
}

} // namespace weir::engine

namespace weir {

using detail::StoreData;
using runtime::OwnedMemory;

Result<void> Store::set_read_only_data(ReadOnlyData policy) {
  return engine::in_store(*this, [&](StoreData& store) -> Result<void> {
    engine::set_read_only_data(store, store.engine_data->forced_read_only_data.value_or(policy));
    return {};
  });
}

ReadOnlyData Store::read_only_data() const noexcept {
  return data_ != nullptr ? data_->read_only_data : ReadOnlyData::off;
}

Result<void> Memory::declare_read_only(StoreContext store, std::uint64_t address, std::uint64_t size) const {
  return engine::in_store<OwnedMemory>(store, *this, [&](StoreData&, OwnedMemory& memory) -> Result<void> {
    if (address > memory.size || size > memory.size - address) {
      return std::unexpected(
          Error{ErrorKind::usage, fmt::format("out of bounds: {} bytes at {:#x} in a memory of {:#x} "
                                              "bytes",
                                              size, address, memory.size)});
    }
    memory.read_only.add({address, size}, engine::bytes_of(memory));
    return {};
  });
}

Result<void> Memory::undeclare_read_only(StoreContext store, std::uint64_t address, std::uint64_t size) const {
  return engine::in_store<OwnedMemory>(store, *this, [&](StoreData&, OwnedMemory& memory) -> Result<void> {
    memory.read_only.remove({address, size});
    return {};
  });
}

Result<std::vector<MemoryRange>> Memory::read_only_ranges(StoreContext store) const {
  return engine::in_store<OwnedMemory>(
      store, *this,
      [](StoreData&, OwnedMemory& memory) -> Result<std::vector<MemoryRange>> { return memory.read_only.all(); });
}

} // namespace weir
