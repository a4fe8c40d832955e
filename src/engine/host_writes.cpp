#include "engine/host_writes.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "diagnose/host_write_text.hpp"
#include "diagnose/run_time_map.hpp"
#include "engine/module_data.hpp"
#include "platform/build.hpp"

namespace weir::engine {

using detail::StoreData;
using runtime::OwnedMemory;

namespace {

// Of each store. A host that writes to ever new wrong places need not fill a disk with it.
constexpr std::size_t most_write_warnings = 64;

// Bytes. Writing so many takes far longer than remembering it.
constexpr std::uint64_t large_write = 4096;

// Whether this very write, or one that it goes on from, has been warned of. Remembers it if not.
bool is_warned(StoreData& store, OwnedMemory const& memory, HostWriteRequest const& write) {
  std::uint64_t const end = write.range.address + write.range.size;
  for (auto& warned : store.warned_writes) {
    bool const is_same_place = warned.memory == &memory && warned.line == write.where.line() &&
                               std::string_view{warned.file} == write.where.file_name();
    if (is_same_place && (write.range.address == warned.address || write.range.address == warned.end)) {
      warned.end = std::max(warned.end, end);
      return true;
    }
  }
  if (store.warned_writes.size() == most_write_warnings) {
    return true;
  }
  store.warned_writes.push_back({&memory, write.where.file_name(), write.where.line(), write.range.address, end});
  return false;
}

} // namespace

std::optional<HostWrites> host_writes_of_environment(detail::EngineData const& engine) {
  char const* const value = std::getenv("WEIR_HOST_WRITES");
  std::string_view const text = value != nullptr ? value : "";
  if (text.empty()) {
    return std::nullopt;
  }
  for (auto const& [name, policy] :
       {std::pair{"off", HostWrites::off}, std::pair{"warn", HostWrites::warn}, std::pair{"deny", HostWrites::deny}}) {
    if (text == name) {
      return policy;
    }
  }
  diagnose_to_sink(engine, fmt::format("weir: the environment variable WEIR_HOST_WRITES is \"{}\"; it is not looked "
                                       "at, as it is none of off, warn and deny",
                                       text));
  return std::nullopt;
}

HostWrites default_host_writes(detail::EngineData const& engine) noexcept {
  constexpr auto of_build = platform::is_debug_build ? HostWrites::warn : HostWrites::off;
  return engine.forced_host_writes.value_or(engine.config.host_writes().value_or(of_build));
}

void set_host_writes(StoreData& store, HostWrites policy) noexcept {
  store.host_writes = policy;
  bool const is_every = policy != HostWrites::off || store.read_only_data != ReadOnlyData::off ||
                        store.engine_data->config.keep_write_journal();
  store.journal_from = is_every ? 1 : large_write;
}

Result<void> check_host_write(StoreData& store, OwnedMemory& memory, HostWriteRequest const& write) {
  bool const is_passed = std::ranges::any_of(store.passed_ranges, [&](PassedRange const& passed) {
    return passed.memory == &memory && runtime::is_within(write.range, passed.range);
  });
  if (is_passed || memory.grants.covers(write.range) || memory.host_ranges.contains(write.range)) {
    return {};
  }
  bool const is_denied = store.host_writes == HostWrites::deny;
  if (!is_denied && is_warned(store, memory, write)) {
    return {};
  }
  auto const map = map_of(store, memory);
  auto const text = diagnose::host_write_text({.write = write.range,
                                               .granted = memory.grants.find(write.range.address),
                                               .api = write.api,
                                               .where = write.where,
                                               .is_denied = is_denied},
                                              map);
  if (is_denied) {
    return std::unexpected(Error{ErrorKind::usage, text});
  }
  diagnose_to_sink(*store.engine_data, "weir: warning: " + text);
  if (store.warned_writes.size() == most_write_warnings) {
    diagnose_to_sink(*store.engine_data, "weir: further warnings about host writes of this store are left out");
  }
  return {};
}

void end_passed_ranges(StoreData& store, Caller const& call) noexcept {
  std::erase_if(store.passed_ranges, [&](PassedRange const& passed) { return passed.call == &call; });
}

MemoryMap map_of(StoreData const& store, OwnedMemory const& memory) {
  std::optional<MemoryMap> found;
  for (auto const& instance : store.instances) {
    auto const& memories = instance->memories;
    auto const at = std::ranges::find(memories, &memory);
    bool const is_definer = at - memories.begin() >= instance->module->imported_memories;
    if (at == memories.end() || (found.has_value() && !is_definer)) {
      continue;
    }
    auto const& data = *static_cast<detail::ModuleData const*>(instance->code.get());
    found = memory_map_of(data, static_cast<std::uint32_t>(at - memories.begin()));
    if (is_definer) {
      break;
    }
  }
  return found.has_value() ? diagnose::at_run_time(*std::move(found), memory.size, memory.host_grown.all())
                           : MemoryMap{};
}

} // namespace weir::engine

namespace weir {

using detail::StoreData;
using runtime::OwnedMemory;

Result<void> Store::set_host_writes(HostWrites policy) {
  return engine::in_store(*this, [&](StoreData& store) -> Result<void> {
    engine::set_host_writes(store, store.engine_data->forced_host_writes.value_or(policy));
    return {};
  });
}

HostWrites Store::host_writes() const noexcept { return data_ != nullptr ? data_->host_writes : HostWrites::off; }

Result<void> Memory::allow_host_writes(StoreContext store, std::uint64_t address, std::uint64_t size) const {
  return engine::in_store<OwnedMemory>(store, *this, [&](StoreData&, OwnedMemory& memory) -> Result<void> {
    memory.host_ranges.add({address, size});
    return {};
  });
}

Result<void> Memory::disallow_host_writes(StoreContext store, std::uint64_t address, std::uint64_t size) const {
  return engine::in_store<OwnedMemory>(store, *this, [&](StoreData&, OwnedMemory& memory) -> Result<void> {
    memory.host_ranges.remove({address, size});
    return {};
  });
}

Result<void> Caller::allow_host_writes(Memory const& memory, std::uint64_t address, std::uint64_t size) {
  if (store_ != nullptr && store_->host_writes == HostWrites::off) {
    return {}; // nothing will ask; and host functions with ranges among their parameters come here often
  }
  return engine::in_store<OwnedMemory>(*this, memory, [&](StoreData& store, OwnedMemory& inside) -> Result<void> {
    store.passed_ranges.push_back({this, &inside, {address, size}});
    has_allowed_ = true;
    return {};
  });
}

} // namespace weir
