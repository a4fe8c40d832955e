// Words for what is where in a memory, and for what a write of the host covers: shared by trap reports and by the
// check of host writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <span>
#include <string>

#include <weir/memory_map.hpp>
#include <weir/types.hpp>

namespace weir::diagnose {

// "1.1 MiB"
std::string size_text(std::uint64_t bytes);

// ", in .bss (436 bytes past the static data)"; empty if nothing is known of the place.
std::string place_text(MemoryMap const& map, std::uint64_t address);

// What [begin, end) covers: "the stack [0x0, 0x100000), the static data [0x100000, 0x102168) and the first 96 bytes of
// the heap". Empty if nothing is known of it.
std::string covered_text(MemoryMap const& map, std::uint64_t begin, std::uint64_t end);

// Whether the guest's own data is in [begin, end): not only memory that its allocator hands out.
bool harms_more_than_heap(MemoryMap const& map, std::uint64_t begin, std::uint64_t end);

// Of a write that is not within a range that the guest handed out. `granted` is the one that holds its first byte:
// "it passes the end of the 64 bytes at 0x110008, which the guest handed out, by 16 bytes"; without one "no known
// allocation covers it". Precondition: write.size > 0.
std::string outside_text(MemoryRange const& write, std::optional<MemoryRange> const& granted);

// Why pages that the host added are no place of its own; empty if [begin, end) touches none.
std::string host_grown_text(MemoryMap const& map, std::uint64_t begin, std::uint64_t end);

// "let the guest allocate. It exports `init`/`deinit`, which look like an allocator"
std::string cure_text(MemoryMap const& map);

// `08 00 00 00 "AAAAAAAA"`: runs of text as text, other bytes in hexadecimal.
std::string bytes_text(std::span<std::byte const> bytes);

// "host.cpp:42", without folders; empty if the line is not known.
std::string source_text(std::source_location const& where);

} // namespace weir::diagnose
