// Memory, Table and Global of the public interface.
#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "engine/backtrace.hpp"
#include "engine/host_writes.hpp"
#include "engine/link.hpp"
#include "engine/store_data.hpp"
#include "engine/values.hpp"
#include "runtime/memory.hpp"
#include "runtime/table.hpp"
#include "wasm/limits.hpp"

namespace weir {

using detail::Access;
using detail::StoreData;
using runtime::OwnedMemory;

namespace {

// A growth or creation that the host asked for: says so, where a limit refused it.
Error asked_by_host(StoreData& store, Error const& error, char const* api) {
  return error.kind() == ErrorKind::limit ? Error{ErrorKind::limit, fmt::format("{}; asked by {} ({})", error.message(),
                                                                                engine::host_asker(store), api)}
                                          : error;
}

Result<void> check_limits(Limits const& limits, std::uint64_t most, char const* what) {
  if (limits.max.has_value() && *limits.max < limits.min) {
    return std::unexpected(Error{ErrorKind::usage, fmt::format("the {}'s minimum {} is greater than its maximum {}",
                                                               what, limits.min, *limits.max)});
  }
  if (std::max(limits.min, limits.max.value_or(0)) > most) {
    return std::unexpected(Error{ErrorKind::limit, fmt::format("a {} cannot have more than {} {}", what, most,
                                                               what[0] == 'm' ? "pages" : "elements")});
  }
  return {};
}

// Checks that [address, address + size) is inside.
Result<void> check_range(OwnedMemory const& memory, std::uint64_t address, std::uint64_t size) {
  if (address <= memory.size && size <= memory.size - address) {
    return {};
  }
  return std::unexpected(
      Error{ErrorKind::usage,
            fmt::format("out of bounds: {} bytes at {:#x} in a memory of {:#x} bytes", size, address, memory.size)});
}

// The same, and that the store's policy allows the host to write there.
Result<void> check_write(StoreData& store, OwnedMemory& memory, engine::HostWriteRequest const& write) {
  auto good = check_range(memory, write.range.address, write.range.size);
  if (store.host_writes != HostWrites::off && good.has_value() && write.range.size != 0) [[unlikely]] {
    return engine::check_host_write(store, memory, write);
  }
  return good;
}

// For trap reports. `bytes` are what was written, null if that is not known yet.
void remember_write(StoreData& store, OwnedMemory& memory, engine::HostWriteRequest const& write, void const* bytes) {
  if (write.range.size >= store.journal_from) {
    memory.journal.record(write.range.address, write.range.size, write.api, write.where, bytes);
  } else {
    memory.journal.skip();
  }
}

} // namespace

// ---- Memory

Result<Memory> Memory::create(StoreContext context, MemoryType const& type) {
  return engine::in_store(context, [&](StoreData& store) -> Result<Memory> {
    if (auto good =
            check_limits(type.limits, type.is_64 ? std::uint64_t{1} << 48 : wasm::limits::memory32_pages, "memory");
        !good.has_value()) {
      return std::unexpected(std::move(good).error());
    }
    if (type.is_shared || type.is_64) {
      return std::unexpected(Error{ErrorKind::unsupported, "shared and 64-bit memories are not supported"});
    }
    auto memory = runtime::create_memory(store.resources, type, store.engine_data->config.memory_reservation());
    if (!memory.has_value()) {
      return std::unexpected(asked_by_host(store, std::move(memory).error(), "Memory::create"));
    }
    (*memory)->store = &store;
    store.memories.push_back(*std::move(memory));
    return engine::handle_for<Memory>(store, store.memories.back().get());
  });
}

Result<MemoryType> Memory::type(StoreContext store) const {
  return engine::in_store<OwnedMemory>(store, *this, [](StoreData&, OwnedMemory& memory) -> Result<MemoryType> {
    MemoryType type = memory.type;
    type.limits.min = memory.size / page_size();
    return type;
  });
}

Result<std::uint64_t> Memory::pages(StoreContext store) const {
  return engine::in_store<OwnedMemory>(
      store, *this, [](StoreData&, OwnedMemory& memory) -> Result<std::uint64_t> { return memory.size / page_size(); });
}

Result<std::uint64_t> Memory::size(StoreContext store) const {
  return engine::in_store<OwnedMemory>(
      store, *this, [](StoreData&, OwnedMemory& memory) -> Result<std::uint64_t> { return memory.size; });
}

Result<std::uint64_t> Memory::grow(StoreContext context, std::uint64_t pages) const {
  return engine::in_store<OwnedMemory>(
      context, *this, [&](StoreData& store, OwnedMemory& memory) -> Result<std::uint64_t> {
        auto grown = runtime::grow_memory(store.resources, memory, pages);
        if (!grown.has_value()) {
          return std::unexpected(asked_by_host(store, std::move(grown).error().error, "Memory::grow"));
        }
        memory.host_grown.add({*grown * page_size(), pages * page_size()});
        if (memory.guard != nullptr) {
          memory.guard->host_grew_last = true;
        }
        return *grown;
      });
}

Result<std::vector<RefusedGrowth>> Memory::refused_growths(StoreContext context) const {
  return engine::in_store<OwnedMemory>(
      context, *this, [](StoreData& store, OwnedMemory& memory) -> Result<std::vector<RefusedGrowth>> {
        return engine::refused_growths(store, static_cast<runtime::Memory const*>(&memory));
      });
}

Result<void> Memory::read(StoreContext store, std::uint64_t address, std::span<std::byte> out) const {
  return engine::in_store<OwnedMemory>(store, *this, [&](StoreData&, OwnedMemory& memory) -> Result<void> {
    if (auto good = check_range(memory, address, out.size()); !good.has_value()) {
      return good;
    }
    if (!out.empty()) {
      std::memcpy(out.data(), memory.base + address, out.size());
    }
    return {};
  });
}

Result<std::vector<std::byte>> Memory::copy_out(StoreContext store, std::uint64_t address, std::uint64_t size) const {
  return engine::in_store<OwnedMemory>(
      store, *this, [&](StoreData&, OwnedMemory& memory) -> Result<std::vector<std::byte>> {
        // Checked before anything is allocated.
        if (auto good = check_range(memory, address, size); !good.has_value()) {
          return std::unexpected(std::move(good).error());
        }
        auto const* const begin = reinterpret_cast<std::byte const*>(memory.base) + address;
        return std::vector<std::byte>(begin, begin + size);
      });
}

Result<std::string> Memory::read_string(StoreContext store, std::uint64_t address, std::uint64_t size) const {
  return engine::in_store<OwnedMemory>(store, *this, [&](StoreData&, OwnedMemory& memory) -> Result<std::string> {
    if (auto good = check_range(memory, address, size); !good.has_value()) {
      return std::unexpected(std::move(good).error());
    }
    return std::string(reinterpret_cast<char const*>(memory.base) + address, size);
  });
}

Result<void> Memory::write(StoreContext store, std::uint64_t address, std::span<std::byte const> bytes,
                           std::source_location where) const {
  return engine::in_store<OwnedMemory>(store, *this, [&](StoreData& inside, OwnedMemory& memory) -> Result<void> {
    engine::HostWriteRequest const request{{address, bytes.size()}, "Memory::write", where};
    if (auto good = check_write(inside, memory, request); !good.has_value() || bytes.empty()) {
      return good;
    }
    std::memmove(memory.base + address, bytes.data(), bytes.size());
    remember_write(inside, memory, request, memory.base + address);
    return {};
  });
}

Result<void> Memory::write(StoreContext store, std::uint64_t address, std::string_view text,
                           std::source_location where) const {
  return write(store, address, std::as_bytes(std::span{text.data(), text.size()}), where);
}

Result<MemoryView> Memory::view(StoreContext store) const {
  return engine::in_store<OwnedMemory>(store, *this, [](StoreData&, OwnedMemory& memory) -> Result<MemoryView> {
    if (memory.guard == nullptr) {
      memory.guard = std::make_shared<detail::ViewGuard>();
      memory.guard->generation.store(memory.generation, std::memory_order_relaxed);
    }
    MemoryView view = Access::empty_view();
    Access::fill(view, memory.guard, memory.generation, reinterpret_cast<std::byte const*>(memory.base), memory.size);
    return view;
  });
}

bool MemoryView::is_valid() const noexcept {
  return guard_ != nullptr && guard_->generation.load(std::memory_order_acquire) == generation_;
}

Result<std::span<std::byte const>> MemoryView::bytes() const {
  return engine::guarded([&]() -> Result<std::span<std::byte const>> {
    if (is_valid()) {
      return std::span{data_, size_};
    }
    bool const is_gone =
        guard_ == nullptr || guard_->generation.load(std::memory_order_acquire) == detail::ViewGuard::gone;
    if (!is_gone && guard_->was_reset) {
      return std::unexpected(Error{ErrorKind::usage,
                                   "the view is stale: since it was made the instance that its memory belongs to was "
                                   "reset; take a new one with Memory::view()"});
    }
    return std::unexpected(Error{
        ErrorKind::usage,
        is_gone ? "the view is stale: its store was destroyed since the view was made, and the memory with it"
                : fmt::format(
                      "the view is stale: since it was made its memory has grown from {:#x} to {:#x} bytes, the "
                      "last time by the {}, and may lie elsewhere; take a new one with Memory::view()",
                      size_, guard_->size.load(std::memory_order_relaxed), guard_->host_grew_last ? "host" : "guest")});
  });
}

Result<std::byte*> Memory::pin(StoreContext store, std::uint64_t address, std::uint64_t size,
                               std::source_location const& where) const {
  return engine::in_store<OwnedMemory>(store, *this, [&](StoreData& inside, OwnedMemory& memory) -> Result<std::byte*> {
    engine::HostWriteRequest const request{{address, size}, "Memory::with_mutable", where};
    if (auto good = check_write(inside, memory, request); !good.has_value()) {
      return std::unexpected(std::move(good).error());
    }
    ++memory.pins;
    if (size != 0) {
      remember_write(inside, memory, request, nullptr);
    }
    return reinterpret_cast<std::byte*>(memory.base) + address;
  });
}

void Memory::unpin(StoreContext store, std::uint64_t address, std::uint64_t size) const noexcept {
  (void)engine::in_store<OwnedMemory>(store, *this, [&](StoreData&, OwnedMemory& memory) -> Result<void> {
    --memory.pins;
    memory.journal.complete(address, size, memory.base + address);
    return {};
  });
}

Result<void> Memory::add_grant(StoreContext store, std::uint64_t address, std::uint64_t size) const {
  return engine::in_store<OwnedMemory>(store, *this, [&](StoreData&, OwnedMemory& memory) -> Result<void> {
    if (auto good = check_range(memory, address, size); !good.has_value()) {
      return good;
    }
    if (size == 0) {
      return std::unexpected(Error{ErrorKind::usage, fmt::format("an empty grant at {:#x}", address)});
    }
    if (auto const other = memory.grants.add({address, size}); other.has_value()) {
      return std::unexpected(Error{
          ErrorKind::usage, fmt::format("{} bytes at {:#x} overlap {} bytes at {:#x} that the guest handed out earlier "
                                        "and has not got back",
                                        size, address, other->size, other->address)});
    }
    return {};
  });
}

Result<void> Memory::remove_grant(StoreContext store, std::uint64_t address) const {
  return engine::in_store<OwnedMemory>(store, *this, [&](StoreData&, OwnedMemory& memory) -> Result<void> {
    if (!memory.grants.remove(address)) {
      return std::unexpected(Error{ErrorKind::usage, fmt::format("there is no grant at {:#x}", address)});
    }
    return {};
  });
}

Result<std::vector<MemoryRange>> Memory::grants(StoreContext store) const {
  return engine::in_store<OwnedMemory>(
      store, *this,
      [](StoreData&, OwnedMemory& memory) -> Result<std::vector<MemoryRange>> { return memory.grants.all(); });
}

Result<void> Memory::record_write(StoreContext store, std::uint64_t address, std::uint64_t size, char const* who,
                                  bool guest_chose) const {
  return engine::in_store<OwnedMemory>(store, *this, [&](StoreData&, OwnedMemory& memory) -> Result<void> {
    if (auto good = check_range(memory, address, size); !good.has_value()) {
      return good;
    }
    if (size != 0 && who != nullptr) {
      memory.journal.record(address, size, who, {}, memory.base + address, guest_chose);
    }
    return {};
  });
}

Result<std::byte*> Memory::unsafe_data(StoreContext store) const {
  return engine::in_store<OwnedMemory>(store, *this, [](StoreData&, OwnedMemory& memory) -> Result<std::byte*> {
    return reinterpret_cast<std::byte*>(memory.base);
  });
}

Result<std::span<std::byte>> Memory::unsafe_bytes(StoreContext store) const {
  return engine::in_store<OwnedMemory>(
      store, *this, [](StoreData&, OwnedMemory& memory) -> Result<std::span<std::byte>> {
        return std::span{reinterpret_cast<std::byte*>(memory.base), static_cast<std::size_t>(memory.size)};
      });
}

// ---- Table

namespace {

Error no_element(std::uint64_t index, std::uint64_t size) {
  return {ErrorKind::usage, fmt::format("out of bounds: element {} of a table of {}", index, size)};
}

// The slot of a reference that is to become an element.
Result<std::uint64_t> element_slot(StoreData& store, TableType const& type, Val const& value) {
  std::uint64_t slot = 0;
  if (auto done = engine::to_slots(store, value, type.element, &slot, "table element"); !done.has_value()) {
    return std::unexpected(std::move(done).error());
  }
  return slot;
}

} // namespace

Result<Table> Table::create(StoreContext context, TableType const& type, Val const& init) {
  return engine::in_store(context, [&](StoreData& store) -> Result<Table> {
    if (auto good = check_limits(type.limits, 0xFFFFFFFFu, "table"); !good.has_value()) {
      return std::unexpected(std::move(good).error());
    }
    if (type.element != ValType::funcref() && type.element != ValType::externref()) {
      return std::unexpected(Error{ErrorKind::usage, fmt::format("a table's elements are funcref or externref, not {}",
                                                                 to_string(type.element))});
    }
    if (type.is_64) {
      return std::unexpected(Error{ErrorKind::unsupported, "tables with 64-bit indices are not supported"});
    }
    auto const slot = element_slot(store, type, init);
    if (!slot.has_value()) {
      return std::unexpected(slot.error());
    }
    auto table = runtime::create_table(store.resources, type, *slot);
    if (!table.has_value()) {
      return std::unexpected(asked_by_host(store, std::move(table).error(), "Table::create"));
    }
    (*table)->store = &store;
    store.tables.push_back(*std::move(table));
    return engine::handle_for<Table>(store, store.tables.back().get());
  });
}

Result<TableType> Table::type(StoreContext store) const {
  return engine::in_store<runtime::Table>(store, *this, [](StoreData&, runtime::Table& table) -> Result<TableType> {
    TableType type = table.type;
    type.limits.min = table.elements.size();
    return type;
  });
}

Result<std::uint64_t> Table::size(StoreContext store) const {
  return engine::in_store<runtime::Table>(
      store, *this, [](StoreData&, runtime::Table& table) -> Result<std::uint64_t> { return table.elements.size(); });
}

Result<std::uint64_t> Table::grow(StoreContext context, std::uint64_t elements, Val const& init) const {
  return engine::in_store<runtime::Table>(
      context, *this, [&](StoreData& store, runtime::Table& table) -> Result<std::uint64_t> {
        auto const slot = element_slot(store, table.type, init);
        if (!slot.has_value()) {
          return std::unexpected(slot.error());
        }
        auto grown = runtime::grow_table(store.resources, table, elements, *slot);
        if (!grown.has_value()) {
          return std::unexpected(asked_by_host(store, std::move(grown).error().error, "Table::grow"));
        }
        return *grown;
      });
}

Result<Val> Table::get(StoreContext context, std::uint64_t index) const {
  return engine::in_store<runtime::Table>(context, *this, [&](StoreData& store, runtime::Table& table) -> Result<Val> {
    if (index >= table.elements.size()) {
      return std::unexpected(no_element(index, table.elements.size()));
    }
    return engine::from_slots(store, table.type.element, &table.elements[index]);
  });
}

Result<void> Table::set(StoreContext context, std::uint64_t index, Val const& value) const {
  return fill(context, index, value, 1);
}

Result<void> Table::fill(StoreContext context, std::uint64_t index, Val const& value, std::uint64_t count) const {
  return engine::in_store<runtime::Table>(context, *this, [&](StoreData& store, runtime::Table& table) -> Result<void> {
    std::uint64_t const size = table.elements.size();
    if (index > size || count > size - index) {
      return std::unexpected(no_element(index > size ? index : size, size));
    }
    auto const slot = element_slot(store, table.type, value);
    if (!slot.has_value()) {
      return std::unexpected(slot.error());
    }
    std::fill_n(table.elements.begin() + static_cast<std::ptrdiff_t>(index), count, *slot);
    return {};
  });
}

// ---- Global

Result<Global> Global::create(StoreContext context, GlobalType const& type, Val const& value) {
  return engine::in_store(context, [&](StoreData& store) -> Result<Global> {
    auto global = std::make_unique<runtime::Global[]>(1);
    if (auto done = engine::to_slots(store, value, type.content, global[0].value, "global"); !done.has_value()) {
      return std::unexpected(std::move(done).error());
    }
    global[0].type = type;
    global[0].store = &store;
    store.globals.push_back(std::move(global));
    return engine::handle_for<Global>(store, store.globals.back().get());
  });
}

Result<GlobalType> Global::type(StoreContext store) const {
  return engine::in_store<runtime::Global>(
      store, *this, [](StoreData&, runtime::Global& global) -> Result<GlobalType> { return global.type; });
}

Result<Val> Global::get(StoreContext context) const {
  return engine::in_store<runtime::Global>(context, *this,
                                           [](StoreData& store, runtime::Global& global) -> Result<Val> {
                                             return engine::from_slots(store, global.type.content, global.value);
                                           });
}

Result<void> Global::set(StoreContext context, Val const& value) const {
  return engine::in_store<runtime::Global>(
      context, *this, [&](StoreData& store, runtime::Global& global) -> Result<void> {
        if (!global.type.is_mutable) {
          return std::unexpected(Error{ErrorKind::usage, "the global is immutable"});
        }
        return engine::to_slots(store, value, global.type.content, global.value, "global");
      });
}

} // namespace weir
