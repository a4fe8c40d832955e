// Runs one `.wast` script: modules, actions and assertions, each of which passes or fails.
// https://github.com/WebAssembly/spec/blob/main/interpreter/README.md#scripts
//
// Nothing passes by accident:
// - assert_malformed wants an error of kind `malformed` from the decoder (binary modules) or the text parser (quoted
//   ones); assert_invalid wants a module that parses and then fails validation with kind `invalid`. Errors of kind
//   `unsupported` and `limit` count as neither.
// - assert_trap, assert_exhaustion and assert_unlinkable want an error of the right kind, whose message begins with the
//   script's text.
// - modules, actions and registrations are commands like others. After a module that failed to load there is no
//   current instance, so that nothing runs on an older one by mistake.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <weir/config.hpp>

#include "wast_tally.hpp"

namespace weir::tools {

struct ScriptOptions {
  Config config;                              // backend, compilation, features
  std::atomic<std::uint32_t>* line = nullptr; // where the line of the current command is kept, for crash reports
};

struct ScriptResult {
  Tally tally;
  // "FILE:LINE: assert_return: expected ..., got ...", in the script's order.
  std::vector<std::string> failures;
};

// `name` stands in messages for the script's file.
ScriptResult run_script(std::string_view name, std::string_view source, ScriptOptions const& options);

} // namespace weir::tools
