// What a guest's allocator is inside: the functions, how they are called, and the checks of their answers.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include <weir/exchange/codec.hpp>
#include <weir/weir.hpp>

namespace weir::exchange::detail {

// What a parameter of an allocator's function is for.
enum class Role : std::uint8_t { pointer, old_size, alignment, size, class_id };

// An exported function with the meaning of its parameters.
struct AllocatorFunction {
  Func func;
  std::string name;
  std::vector<Role> roles;
  bool has_result = false; // a pointer
};

// The values that roles stand for in one call.
struct AllocatorArguments {
  std::uint64_t pointer = 0;
  std::uint64_t old_size = 0;
  std::uint64_t alignment = 1;
  std::uint64_t size = 0;
};

struct KeptOut {
  MemoryRange range;
  std::string what;
};

struct AllocatorData {
  AllocatorData(StoreContext context, Engine its_engine) : store(context), engine(std::move(its_engine)) {}

  StoreRef store;
  Engine engine; // for its diagnostic sink, which is needed when the store is gone
  Instance instance;
  Memory memory;
  bool is_64 = false;
  std::string name;
  AllocatorFunction allocate;
  std::optional<AllocatorFunction> deallocate;
  std::optional<AllocatorFunction> reallocate;
  std::optional<AllocatorFunction> pin; // AssemblyScript: objects that nobody pins may be collected
  std::vector<KeptOut> kept_out;

  // Calls one of the functions; its pointer, or 0 when it has no result.
  Result<std::uint64_t> call(StoreContext context, AllocatorFunction const& function,
                             AllocatorArguments const& arguments) const;

  // Checks a range that the guest says is the host's now, and remembers it among the memory's grants. `who` begins the
  // error ("`malloc`(16) returned 0x10").
  Result<void> grant(StoreContext context, MemoryRange range, std::uint64_t alignment, std::string const& who) const;

  // Gives a granted range back through the guest. The grant is gone afterwards, whatever the outcome.
  Result<void> free(StoreContext context, MemoryRange range, std::uint64_t alignment) const;
};

// What is really asked of the guest and given back to it: allocating nothing may answer null, or the same pointer
// twice.
constexpr std::uint64_t capacity_of(std::uint64_t size) noexcept { return size == 0 ? 1 : size; }

} // namespace weir::exchange::detail
