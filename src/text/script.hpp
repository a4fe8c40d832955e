// The syntax tree of `.wast` scripts.
// https://github.com/WebAssembly/spec/blob/main/interpreter/README.md#scripts
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <weir/error.hpp>
#include <weir/types.hpp>

#include "text/wat.hpp"

namespace weir::text {

// A module as a script gives it.
struct ScriptModule {
  enum class Form : std::uint8_t {
    text,     // (module ...): `bytes` or `error` is the result of parsing
    binary,   // (module binary "..."): `bytes`
    quote,    // (module quote "..."): `source`, to be parsed when the command runs
    instance, // (module instance $instance? $definition?)
  };
  Form form = Form::text;
  bool is_definition = false; // (module definition ...): not instantiated
  std::string name;           // without `$`; of the instance for Form::instance
  std::string definition;     // Form::instance: of the definition, empty for the latest
  std::vector<std::uint8_t> bytes;
  std::string source;
  std::shared_ptr<Error const> error; // Form::text that does not parse
};

// A value that is passed to an action.
struct ScriptValue {
  enum class Kind : std::uint8_t { i32, i64, f32, f64, v128, ref_null, ref_extern, ref_host };
  Kind kind = Kind::i32;
  std::uint64_t bits = 0;              // numbers; the number of ref.extern and ref.host
  std::array<std::uint8_t, 16> v128{}; // little endian
  ValType type;                        // ref_null
};

// What a lane or a number must be.
struct NumberPattern {
  enum class Kind : std::uint8_t { bits, canonical_nan, arithmetic_nan };
  Kind kind = Kind::bits;
  std::uint64_t bits = 0;
};

// What a result must be.
struct ScriptPattern {
  enum class Kind : std::uint8_t {
    i32,
    i64,
    f32,
    f64,
    v128,       // `lanes` of `lane_bits` bits each; floats when is_float
    ref_null,   // any null reference, or one of `type` where it is given
    ref_extern, // any non-null externref, or the one with number `bits` where has_number
    ref_func,   // any non-null funcref
    ref_other,  // a reference type of a later proposal: nothing that Weir gives matches
    either,     // one of `alternatives`
  };
  Kind kind = Kind::i32;
  NumberPattern number;
  std::uint8_t lane_bits = 0;
  bool is_float = false;
  bool has_number = false;
  std::uint64_t bits = 0;
  ValType type; // bottom where none is given
  std::vector<NumberPattern> lanes;
  std::vector<ScriptPattern> alternatives;
};

struct Action {
  bool is_get = false; // else invoke
  std::string module;  // without `$`; empty: the latest instance
  std::string name;    // of the export
  std::vector<ScriptValue> arguments;
};

struct RegisterCommand {
  std::string as;
  std::string module;
};
struct AssertReturn {
  Action action;
  std::vector<ScriptPattern> results;
};
// assert_trap, assert_exhaustion of an action; assert_exception has no message.
struct AssertTrap {
  enum class Kind : std::uint8_t { trap, exhaustion, exception };
  Kind kind = Kind::trap;
  Action action;
  std::string message;
};
// assert_malformed, assert_invalid, assert_unlinkable, assert_trap of a module (uninstantiable), the custom ones.
struct AssertModule {
  enum class Kind : std::uint8_t { malformed, invalid, unlinkable, trap, malformed_custom, invalid_custom };
  Kind kind = Kind::malformed;
  ScriptModule module;
  std::string message;
};
// A command that could not be read: which one it is (its keyword), and why.
struct UnreadableCommand {
  std::string keyword;
  Error error;
};

struct Command {
  std::uint32_t line = 0;
  std::variant<ScriptModule, RegisterCommand, Action, AssertReturn, AssertTrap, AssertModule, UnreadableCommand> what;
};

struct Script {
  std::vector<Command> commands;
};

// Parses a script. A command that cannot be read becomes an UnreadableCommand and does not stop the others; only input
// that is not a list of forms (or of module fields) is an error as a whole.
Result<Script> parse_script(std::string_view source, ParseOptions const& options);

} // namespace weir::text
