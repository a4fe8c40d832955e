// Counts of a script's commands by kind.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::tools {

// The kinds of commands that are counted. `script` stands for a script as a whole: one failure when it cannot be read,
// or when the process that ran it died.
enum class CommandKind : std::uint8_t {
  script,
  module, // (module ...), also definitions and instances
  action, // a bare (invoke ...) or (get ...)
  registration,
  assert_return,
  assert_trap,
  assert_exhaustion,
  assert_exception,
  assert_malformed,
  assert_invalid,
  assert_unlinkable,
  assert_malformed_custom,
  assert_invalid_custom,
};
inline constexpr std::size_t command_kinds = 13;

constexpr std::string_view to_string(CommandKind kind) noexcept {
  constexpr std::array<std::string_view, command_kinds> names{
      "script",
      "module",
      "action",
      "register",
      "assert_return",
      "assert_trap",
      "assert_exhaustion",
      "assert_exception",
      "assert_malformed",
      "assert_invalid",
      "assert_unlinkable",
      "assert_malformed_custom",
      "assert_invalid_custom",
  };
  return names[static_cast<std::size_t>(kind)];
}

// The kind of a command that begins with this word; `script` for words that begin none.
constexpr CommandKind kind_of_keyword(std::string_view keyword) noexcept {
  if (keyword == "invoke" || keyword == "get") {
    return CommandKind::action;
  }
  for (std::size_t i = 1; i < command_kinds; ++i) {
    if (to_string(static_cast<CommandKind>(i)) == keyword) {
      return static_cast<CommandKind>(i);
    }
  }
  return CommandKind::script;
}

struct Count {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;

  Count& operator+=(Count const& other) noexcept {
    passed += other.passed;
    failed += other.failed;
    return *this;
  }
};

struct Tally {
  std::array<Count, command_kinds> kinds{};

  Count& operator[](CommandKind kind) noexcept { return kinds[static_cast<std::size_t>(kind)]; }
  Count total() const noexcept {
    Count sum;
    for (auto const& each : kinds) {
      sum += each;
    }
    return sum;
  }
  Tally& operator+=(Tally const& other) noexcept {
    for (std::size_t i = 0; i < command_kinds; ++i) {
      kinds[i] += other.kinds[i];
    }
    return *this;
  }
};

} // namespace weir::tools
