#include "runtime/resources.hpp"

#include <limits>
#include <utility>

#include <fmt/format.h>

#include "wasm/limits.hpp"

namespace weir {

ResourceLimiter::~ResourceLimiter() = default;
Result<void> ResourceLimiter::memory_grow_failed(Error const&) { return {}; }
Result<void> ResourceLimiter::table_grow_failed(Error const&) { return {}; }

char const* to_string(LimitKind limit) noexcept {
  switch (limit) {
  case LimitKind::memory_size: return "StoreLimits::memory_size";
  case LimitKind::total_memory: return "StoreLimits::total_memory";
  case LimitKind::table_elements: return "StoreLimits::table_elements";
  case LimitKind::instances: return "StoreLimits::instances";
  case LimitKind::tables: return "StoreLimits::tables";
  case LimitKind::memories: return "StoreLimits::memories";
  case LimitKind::limiter: return "the ResourceLimiter";
  case LimitKind::declared_maximum: return "the declared maximum";
  case LimitKind::format_maximum: return "WebAssembly's maximum";
  case LimitKind::pinned: return "Memory::with_mutable, in whose range the host writes (growing would move it)";
  case LimitKind::system: return "the operating system, which has no memory left";
  case LimitKind::stack: return "Config::max_stack_bytes";
  case LimitKind::recursion: return "Config::max_recursion_depth";
  case LimitKind::fuel: return "Store::set_fuel";
  case LimitKind::deadline: return "Store::set_deadline";
  }
  return "an unknown limit";
}

} // namespace weir

namespace weir::runtime {

namespace {

// Sets a flag for the length of a scope, also when an allocation in the limiter fails.
class Asking {
 public:
  explicit Asking(bool& flag) noexcept : flag_(flag) { flag_ = true; }
  Asking(Asking const&) = delete;
  Asking& operator=(Asking const&) = delete;
  ~Asking() { flag_ = false; }

 private:
  bool& flag_;
};

std::string counted(std::uint64_t count, char const* one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

// "creating a memory of 2 pages", "growing a table by 1 element"
std::string change_text(std::uint64_t current, std::uint64_t desired, Unit unit) {
  bool const is_memory = unit == Unit::bytes;
  std::uint64_t const by = desired - current;
  return fmt::format("{} {} {} {}", current == 0 ? "creating" : "growing", is_memory ? "a memory" : "a table",
                     current == 0 ? "of" : "by",
                     is_memory ? counted(by / wasm::limits::page_bytes, "page") : counted(by, "element"));
}

GrowFailure refused(StoreLimits const& limits, LimitFacts const& facts, std::uint64_t current, std::uint64_t desired,
                    Unit unit) {
  auto refusal = refusal_text(facts, unit);
  auto const kind = facts.limit == LimitKind::system ? ErrorKind::out_of_memory : ErrorKind::limit;
  return {Error{kind, fmt::format("{} was {}", change_text(current, desired, unit), refusal)},
          limits.trap_on_grow_failure, facts, std::move(refusal)};
}

// The same with what the embedder's limiter says.
GrowFailure own_error(Error error, LimitFacts const& facts, Unit unit) {
  auto refusal =
      fmt::format("refused by {} ({}): {}", to_string(LimitKind::limiter), error.message(), facts_text(facts, unit));
  return {std::move(error), true, facts, std::move(refusal)};
}

std::expected<void, GrowFailure> judge(StoreLimits const& limits, Result<bool> answer, std::uint64_t current,
                                       std::uint64_t desired, Unit unit) {
  LimitFacts const facts{LimitKind::limiter, desired, current, std::nullopt};
  if (!answer.has_value()) {
    return std::unexpected(own_error(std::move(answer).error(), facts, unit));
  }
  if (*answer) {
    return {};
  }
  return std::unexpected(refused(limits, facts, current, desired, unit));
}

std::expected<void, Error> ask_count(char const* what, LimitKind limit, std::uint64_t current, std::uint64_t allowed) {
  if (current < allowed) {
    return {};
  }
  LimitFacts const facts{limit, current + 1, current, allowed};
  return std::unexpected(
      Error{ErrorKind::limit, fmt::format("one more {} was {}", what, refusal_text(facts, Unit::objects))});
}

// "2.013 s", "50.3 ms", "0 ms"
std::string time_text(std::uint64_t nanoseconds) {
  std::uint64_t const tenths = nanoseconds / 100000 + (nanoseconds % 100000 >= 50000 ? 1 : 0); // of a millisecond
  if (tenths >= 10000) {
    return fmt::format("{}.{:03} s", tenths / 10000, tenths / 10 % 1000);
  }
  return tenths % 10 == 0 ? fmt::format("{} ms", tenths / 10) : fmt::format("{}.{} ms", tenths / 10, tenths % 10);
}

} // namespace

std::string amount_text(std::uint64_t amount, Unit unit) {
  switch (unit) {
  case Unit::bytes:
    return amount % wasm::limits::page_bytes != 0 || amount == 0
               ? counted(amount, "byte")
               : fmt::format("{} bytes ({})", amount, counted(amount / wasm::limits::page_bytes, "page"));
  case Unit::stack_bytes: return counted(amount, "byte");
  case Unit::elements: return counted(amount, "element");
  case Unit::instructions: return counted(amount, "instruction");
  case Unit::nanoseconds: return time_text(amount);
  case Unit::objects: break;
  }
  return fmt::format("{}", amount);
}

std::string facts_text(LimitFacts const& facts, Unit unit) {
  std::string text;
  if (facts.asked.has_value()) {
    text = fmt::format("asked {}, ", amount_text(*facts.asked, unit));
  }
  text += fmt::format("in use {}", amount_text(facts.in_use, unit));
  if (facts.allowed.has_value()) {
    text += fmt::format(", allowed {}", amount_text(*facts.allowed, unit));
  }
  return text;
}

std::string refusal_text(LimitFacts const& facts, Unit unit) {
  return fmt::format("refused by {}: {}", to_string(facts.limit), facts_text(facts, unit));
}

std::expected<void, GrowFailure> Resources::ask_memory(std::uint64_t current, std::uint64_t desired,
                                                       std::optional<std::uint64_t> maximum) {
  if (limits.memory_size.has_value() && desired > *limits.memory_size) {
    return std::unexpected(
        refused(limits, {LimitKind::memory_size, desired, current, limits.memory_size}, current, desired, Unit::bytes));
  }
  std::uint64_t const others = in_use_.total_memory - current;
  if (limits.total_memory.has_value() && (desired > *limits.total_memory || others > *limits.total_memory - desired)) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t const asked = desired > most - others ? most : desired + others;
    return std::unexpected(refused(limits, {LimitKind::total_memory, asked, in_use_.total_memory, limits.total_memory},
                                   current, desired, Unit::bytes));
  }
  if (limiter == nullptr) {
    return {};
  }
  Asking const asking{asking_};
  return judge(limits, limiter->memory_growing(current, desired, maximum), current, desired, Unit::bytes);
}

std::expected<void, GrowFailure> Resources::ask_table(std::uint64_t current, std::uint64_t desired,
                                                      std::optional<std::uint64_t> maximum) {
  if (limits.table_elements.has_value() && desired > *limits.table_elements) {
    return std::unexpected(refused(limits, {LimitKind::table_elements, desired, current, limits.table_elements},
                                   current, desired, Unit::elements));
  }
  if (limiter == nullptr) {
    return {};
  }
  Asking const asking{asking_};
  return judge(limits, limiter->table_growing(current, desired, maximum), current, desired, Unit::elements);
}

GrowFailure Resources::memory_failed(LimitFacts const& facts) {
  auto failure = refused(limits, facts, facts.in_use, facts.asked.value_or(facts.in_use), Unit::bytes);
  if (limiter != nullptr) {
    Asking const asking{asking_};
    if (auto verdict = limiter->memory_grow_failed(failure.error); !verdict.has_value()) {
      return own_error(std::move(verdict).error(), facts, Unit::bytes);
    }
  }
  return failure;
}

GrowFailure Resources::table_failed(LimitFacts const& facts) {
  auto failure = refused(limits, facts, facts.in_use, facts.asked.value_or(facts.in_use), Unit::elements);
  if (limiter != nullptr) {
    Asking const asking{asking_};
    if (auto verdict = limiter->table_grow_failed(failure.error); !verdict.has_value()) {
      return own_error(std::move(verdict).error(), facts, Unit::elements);
    }
  }
  return failure;
}

std::expected<void, Error> Resources::ask_instance() const {
  return ask_count("instance", LimitKind::instances, in_use_.instances, limits.instances);
}
std::expected<void, Error> Resources::ask_another_memory() const {
  return ask_count("memory", LimitKind::memories, in_use_.memories, limits.memories);
}
std::expected<void, Error> Resources::ask_another_table() const {
  return ask_count("table", LimitKind::tables, in_use_.tables, limits.tables);
}

} // namespace weir::runtime
