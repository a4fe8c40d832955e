#include "runtime/resources.hpp"

#include <utility>

#include <fmt/format.h>

namespace weir {

ResourceLimiter::~ResourceLimiter() = default;
Result<void> ResourceLimiter::memory_grow_failed(Error const&) { return {}; }
Result<void> ResourceLimiter::table_grow_failed(Error const&) { return {}; }

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

std::string change(char const* what, std::uint64_t current, std::uint64_t desired, char const* unit) {
  return current == 0 ? fmt::format("creating a {} of {} {}", what, desired, unit)
                      : fmt::format("growing a {} from {} to {} {}", what, current, desired, unit);
}

std::expected<void, Error> ask_count(char const* plural, std::uint64_t current, std::uint64_t allowed) {
  if (current < allowed) {
    return {};
  }
  return std::unexpected(Error{ErrorKind::limit, fmt::format("one more would pass the store's limit `{}`: {} exist, {} "
                                                             "allowed (StoreLimits::{})",
                                                             plural, current, allowed, plural)});
}

} // namespace

std::expected<void, GrowFailure> Resources::judge(Result<bool> answer, char const* what, std::uint64_t current,
                                                  std::uint64_t desired) {
  if (!answer.has_value()) {
    return std::unexpected(GrowFailure{std::move(answer).error(), true});
  }
  if (*answer) {
    return {};
  }
  return std::unexpected(
      GrowFailure{Error{ErrorKind::limit, change(what, current, desired, what[0] == 'm' ? "bytes" : "elements") +
                                              " was refused by the store's resource limiter"},
                  limits.trap_on_grow_failure});
}

std::expected<void, GrowFailure> Resources::ask_memory(std::uint64_t current, std::uint64_t desired,
                                                       std::optional<std::uint64_t> maximum) {
  if (limits.memory_size.has_value() && desired > *limits.memory_size) {
    return std::unexpected(GrowFailure{
        Error{ErrorKind::limit, fmt::format("{} would pass the store's limit `memory_size` of {} bytes (in use: {})",
                                            change("memory", current, desired, "bytes"), *limits.memory_size, current)},
        limits.trap_on_grow_failure});
  }
  std::uint64_t const others = in_use_.total_memory - current;
  if (limits.total_memory.has_value() && (desired > *limits.total_memory || others > *limits.total_memory - desired)) {
    return std::unexpected(GrowFailure{
        Error{ErrorKind::limit,
              fmt::format("{} would pass the store's limit `total_memory` of {} bytes (in use by all "
                          "memories: {})",
                          change("memory", current, desired, "bytes"), *limits.total_memory, in_use_.total_memory)},
        limits.trap_on_grow_failure});
  }
  if (limiter == nullptr) {
    return {};
  }
  Asking const asking{asking_};
  return judge(limiter->memory_growing(current, desired, maximum), "memory", current, desired);
}

std::expected<void, GrowFailure> Resources::ask_table(std::uint64_t current, std::uint64_t desired,
                                                      std::optional<std::uint64_t> maximum) {
  if (limits.table_elements.has_value() && desired > *limits.table_elements) {
    return std::unexpected(
        GrowFailure{Error{ErrorKind::limit,
                          fmt::format("{} would pass the store's limit `table_elements` of {} (in use: {})",
                                      change("table", current, desired, "elements"), *limits.table_elements, current)},
                    limits.trap_on_grow_failure});
  }
  if (limiter == nullptr) {
    return {};
  }
  Asking const asking{asking_};
  return judge(limiter->table_growing(current, desired, maximum), "table", current, desired);
}

GrowFailure Resources::memory_failed(Error why) {
  if (limiter != nullptr) {
    Asking const asking{asking_};
    if (auto verdict = limiter->memory_grow_failed(why); !verdict.has_value()) {
      return {std::move(verdict).error(), true};
    }
  }
  return {std::move(why), limits.trap_on_grow_failure};
}

GrowFailure Resources::table_failed(Error why) {
  if (limiter != nullptr) {
    Asking const asking{asking_};
    if (auto verdict = limiter->table_grow_failed(why); !verdict.has_value()) {
      return {std::move(verdict).error(), true};
    }
  }
  return {std::move(why), limits.trap_on_grow_failure};
}

std::expected<void, Error> Resources::ask_instance() const {
  return ask_count("instances", in_use_.instances, limits.instances);
}
std::expected<void, Error> Resources::ask_another_memory() const {
  return ask_count("memories", in_use_.memories, limits.memories);
}
std::expected<void, Error> Resources::ask_another_table() const {
  return ask_count("tables", in_use_.tables, limits.tables);
}

} // namespace weir::runtime
