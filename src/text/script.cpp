#include "text/script.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "text/cursor.hpp"
#include "text/numbers.hpp"
#include "text/type_parser.hpp"

namespace weir::text {

namespace {

class ScriptParser {
 public:
  ScriptParser(std::string_view source, std::span<Token const> tokens, ParseOptions const& options)
      : in_(source, tokens), options_(options), types_{in_, no_module_, options} {}

  bool command(Command& out, std::string_view keyword);
  Error take_error() { return in_.take_error(); }

 private:
  void optional_id(std::string& name) {
    if (in_.kind() == TokenKind::id) {
      name = id_name(in_.peek().text);
      in_.skip();
    }
  }
  bool strings(std::string& text) {
    while (in_.kind() == TokenKind::string) {
      text += string_value(in_.peek().text);
      in_.skip();
    }
    return true;
  }
  bool module(ScriptModule& module);
  bool module_form(ScriptModule& module) {
    return in_.take_form("module") ? this->module(module) : in_.unexpected("`(module`");
  }
  bool action(Action& action);
  bool action_form(Action& action);
  bool value(ScriptValue& value);
  bool v128_value(ScriptValue& value);
  bool reference_value(ScriptValue& value, std::string_view keyword);
  bool pattern(ScriptPattern& pattern);
  bool v128_pattern(ScriptPattern& pattern);
  bool reference_pattern(ScriptPattern& pattern, std::string_view keyword);
  bool float_pattern(NumberPattern& pattern, unsigned bits);
  bool number(std::uint64_t& value, unsigned bits, bool is_float);
  bool assertion(Command& out, std::string_view keyword);

  Cursor in_;
  ParseOptions const& options_;
  ModuleBuilder no_module_;
  TypeParser types_;
};

bool ScriptParser::module(ScriptModule& module) {
  if (in_.take_keyword("definition")) {
    module.is_definition = true;
  } else if (in_.take_keyword("instance")) {
    module.form = ScriptModule::Form::instance;
    optional_id(module.name);
    optional_id(module.definition);
    return in_.close();
  }
  optional_id(module.name);
  if (in_.take_keyword("binary")) {
    module.form = ScriptModule::Form::binary;
    std::string text;
    strings(text);
    module.bytes.assign(text.begin(), text.end());
    return in_.close();
  }
  if (in_.take_keyword("quote")) {
    module.form = ScriptModule::Form::quote;
    return strings(module.source) && in_.close();
  }
  auto const* const begin = in_.position();
  if (!in_.skip_form()) {
    return false;
  }
  auto parsed =
      parse_fields(in_.source(), {begin, static_cast<std::size_t>(in_.position() - begin) - 1}, module.name, options_);
  if (parsed) {
    module.bytes = std::move(*parsed);
  } else {
    module.error = std::make_shared<Error const>(std::move(parsed.error()));
  }
  return true;
}

bool ScriptParser::action_form(Action& action) {
  if (in_.take_form("invoke")) {
    return this->action(action);
  }
  if (in_.take_form("get")) {
    action.is_get = true;
    return this->action(action);
  }
  return in_.unexpected("`(invoke` or `(get`");
}

bool ScriptParser::action(Action& action) {
  optional_id(action.module);
  if (!types_.string(action.name)) {
    return false;
  }
  while (in_.kind() == TokenKind::left) {
    if (!value(action.arguments.emplace_back())) {
      return false;
    }
  }
  return in_.close();
}

bool ScriptParser::number(std::uint64_t& value, unsigned bits, bool is_float) {
  if (in_.kind() != TokenKind::number && in_.kind() != TokenKind::keyword) {
    return in_.unexpected("a number");
  }
  auto const text = in_.peek().text;
  NumberStatus status = NumberStatus::ok;
  if (!is_float) {
    status = parse_integer(text, bits, value);
  } else if (bits == 32) {
    std::uint32_t narrow = 0;
    status = parse_f32(text, narrow);
    value = narrow;
  } else {
    status = parse_f64(text, value);
  }
  if (status != NumberStatus::ok) {
    return in_.unexpected("a number of this type");
  }
  in_.skip();
  return true;
}

namespace {

struct LaneShape {
  std::string_view name;
  unsigned lanes;
  unsigned bits;
  bool is_float;
};
constexpr LaneShape lane_shapes[] = {{"i8x16", 16, 8, false}, {"i16x8", 8, 16, false}, {"i32x4", 4, 32, false},
                                     {"i64x2", 2, 64, false}, {"f32x4", 4, 32, true},  {"f64x2", 2, 64, true}};

struct NumberType {
  std::string_view keyword;
  unsigned bits;
  bool is_float;
};
// In the order of ScriptValue::Kind and ScriptPattern::Kind.
constexpr NumberType number_types[] = {
    {"i32.const", 32, false}, {"i64.const", 64, false}, {"f32.const", 32, true}, {"f64.const", 64, true}};

} // namespace

bool ScriptParser::v128_value(ScriptValue& value) {
  value.kind = ScriptValue::Kind::v128;
  for (auto const& shape : lane_shapes) {
    if (!in_.take_keyword(shape.name)) {
      continue;
    }
    for (unsigned i = 0; i < shape.lanes; ++i) {
      std::uint64_t lane = 0;
      if (!number(lane, shape.bits, shape.is_float)) {
        return false;
      }
      for (unsigned byte = 0; byte < shape.bits / 8; ++byte) {
        value.v128[i * shape.bits / 8 + byte] = static_cast<std::uint8_t>(lane >> (8 * byte));
      }
    }
    return in_.close();
  }
  return in_.unexpected("a lane shape");
}

bool ScriptParser::reference_value(ScriptValue& value, std::string_view keyword) {
  if (keyword == "ref.null") {
    value.kind = ScriptValue::Kind::ref_null;
    return types_.heap_type(true, value.type) && in_.close();
  }
  if (keyword != "ref.extern" && keyword != "ref.host") {
    return types_.unknown_keyword("a value");
  }
  value.kind = keyword == "ref.extern" ? ScriptValue::Kind::ref_extern : ScriptValue::Kind::ref_host;
  return number(value.bits, 64, false) && in_.close();
}

bool ScriptParser::value(ScriptValue& value) {
  in_.skip(); // (
  if (in_.kind() != TokenKind::keyword) {
    return in_.unexpected("a value");
  }
  auto const keyword = in_.peek().text;
  for (std::size_t i = 0; i < std::size(number_types); ++i) {
    if (in_.take_keyword(number_types[i].keyword)) {
      value.kind = static_cast<ScriptValue::Kind>(i);
      return number(value.bits, number_types[i].bits, number_types[i].is_float) && in_.close();
    }
  }
  if (in_.take_keyword("v128.const")) {
    return v128_value(value);
  }
  in_.skip();
  return reference_value(value, keyword);
}

bool ScriptParser::float_pattern(NumberPattern& pattern, unsigned bits) {
  if (in_.take_keyword("nan:canonical")) {
    pattern.kind = NumberPattern::Kind::canonical_nan;
    return true;
  }
  if (in_.take_keyword("nan:arithmetic")) {
    pattern.kind = NumberPattern::Kind::arithmetic_nan;
    return true;
  }
  return number(pattern.bits, bits, true);
}

bool ScriptParser::v128_pattern(ScriptPattern& pattern) {
  pattern.kind = ScriptPattern::Kind::v128;
  for (auto const& shape : lane_shapes) {
    if (!in_.take_keyword(shape.name)) {
      continue;
    }
    pattern.lane_bits = static_cast<std::uint8_t>(shape.bits);
    pattern.is_float = shape.is_float;
    for (unsigned i = 0; i < shape.lanes; ++i) {
      auto& lane = pattern.lanes.emplace_back();
      if (shape.is_float ? !float_pattern(lane, shape.bits) : !number(lane.bits, shape.bits, false)) {
        return false;
      }
    }
    return in_.close();
  }
  return in_.unexpected("a lane shape");
}

bool ScriptParser::reference_pattern(ScriptPattern& pattern, std::string_view keyword) {
  if (keyword == "ref.null") {
    pattern.kind = ScriptPattern::Kind::ref_null;
    return in_.kind() == TokenKind::right ? in_.close() : types_.heap_type(true, pattern.type) && in_.close();
  }
  if (keyword == "ref.extern") {
    pattern.kind = ScriptPattern::Kind::ref_extern;
    pattern.has_number = in_.kind() == TokenKind::number;
    return (!pattern.has_number || number(pattern.bits, 64, false)) && in_.close();
  }
  if (keyword == "ref.func") {
    pattern.kind = ScriptPattern::Kind::ref_func;
    return in_.close();
  }
  if (!keyword.starts_with("ref.")) {
    return in_.unexpected("a result");
  }
  pattern.kind = ScriptPattern::Kind::ref_other;
  return in_.skip_form();
}

bool ScriptParser::pattern(ScriptPattern& pattern) {
  if (in_.kind() != TokenKind::left || in_.kind(1) != TokenKind::keyword) {
    return in_.unexpected("a result");
  }
  in_.skip();
  auto const keyword = in_.peek().text;
  in_.skip();
  if (keyword == "either") {
    pattern.kind = ScriptPattern::Kind::either;
    while (in_.kind() == TokenKind::left) {
      if (in_.is_form("either") || !this->pattern(pattern.alternatives.emplace_back())) {
        return in_.unexpected("an alternative");
      }
    }
    return in_.close();
  }
  for (std::size_t i = 0; i < std::size(number_types); ++i) {
    if (keyword == number_types[i].keyword) {
      pattern.kind = static_cast<ScriptPattern::Kind>(i);
      bool const read = number_types[i].is_float ? float_pattern(pattern.number, number_types[i].bits)
                                                 : number(pattern.number.bits, number_types[i].bits, false);
      return read && in_.close();
    }
  }
  return keyword == "v128.const" ? v128_pattern(pattern) : reference_pattern(pattern, keyword);
}

bool ScriptParser::assertion(Command& out, std::string_view keyword) {
  if (keyword == "assert_return") {
    AssertReturn assertion;
    if (!action_form(assertion.action)) {
      return false;
    }
    while (in_.kind() == TokenKind::left) {
      if (!pattern(assertion.results.emplace_back())) {
        return false;
      }
    }
    out.what = std::move(assertion);
    return in_.close();
  }
  bool const of_action = in_.is_form("invoke") || in_.is_form("get");
  if (keyword == "assert_exhaustion" || keyword == "assert_exception" || (keyword == "assert_trap" && of_action)) {
    AssertTrap assertion;
    assertion.kind = keyword == "assert_trap"         ? AssertTrap::Kind::trap
                     : keyword == "assert_exhaustion" ? AssertTrap::Kind::exhaustion
                                                      : AssertTrap::Kind::exception;
    if (!action_form(assertion.action) ||
        (assertion.kind != AssertTrap::Kind::exception && !types_.string(assertion.message))) {
      return false;
    }
    out.what = std::move(assertion);
    return in_.close();
  }
  constexpr std::pair<std::string_view, AssertModule::Kind> kinds[] = {
      {"assert_malformed", AssertModule::Kind::malformed},
      {"assert_invalid", AssertModule::Kind::invalid},
      {"assert_unlinkable", AssertModule::Kind::unlinkable},
      {"assert_trap", AssertModule::Kind::trap},
      {"assert_malformed_custom", AssertModule::Kind::malformed_custom},
      {"assert_invalid_custom", AssertModule::Kind::invalid_custom}};
  for (auto const& [name, kind] : kinds) {
    if (keyword == name) {
      AssertModule assertion;
      assertion.kind = kind;
      if (!module_form(assertion.module) || !types_.string(assertion.message)) {
        return false;
      }
      out.what = std::move(assertion);
      return in_.close();
    }
  }
  return in_.fail(fmt::format("unknown command `{}`", base::printable(keyword)));
}

bool ScriptParser::command(Command& out, std::string_view keyword) {
  in_.skip(2);
  if (keyword == "module") {
    ScriptModule result;
    bool const done = module(result);
    out.what = std::move(result);
    return done;
  }
  if (keyword == "register") {
    RegisterCommand result;
    if (!types_.string(result.as)) {
      return false;
    }
    optional_id(result.module);
    out.what = std::move(result);
    return in_.close();
  }
  if (keyword == "invoke" || keyword == "get") {
    Action result;
    result.is_get = keyword == "get";
    bool const done = action(result);
    out.what = std::move(result);
    return done;
  }
  return assertion(out, keyword);
}

bool is_command(std::string_view keyword) {
  return keyword == "module" || keyword == "register" || keyword == "invoke" || keyword == "get" ||
         keyword.starts_with("assert_");
}

// Lines of ascending offsets, without counting from the start each time.
class LineCounter {
 public:
  explicit LineCounter(std::string_view source) : source_(source) {}
  std::uint32_t line(std::uint32_t offset) {
    for (; at_ < offset; ++at_) {
      line_ += source_[at_] == '\n' ? 1u : 0u;
    }
    return line_;
  }

 private:
  std::string_view source_;
  std::uint32_t at_ = 0;
  std::uint32_t line_ = 1;
};

} // namespace

Result<Script> parse_script(std::string_view source, ParseOptions const& options) {
  auto const tokens = tokenize(source);
  if (!tokens) {
    return std::unexpected(tokens.error());
  }
  std::span<Token const> const all{tokens->data(), tokens->size() - 1};
  Script script;
  LineCounter lines{source};
  Cursor in{source, all};
  if (in.kind() == TokenKind::left && in.kind(1) == TokenKind::keyword && !is_command(in.peek(1).text)) {
    // A script may also be the fields of one module.
    ScriptModule module;
    auto parsed = parse_fields(source, all, {}, options);
    if (parsed) {
      module.bytes = std::move(*parsed);
    } else {
      module.error = std::make_shared<Error const>(std::move(parsed.error()));
    }
    script.commands.push_back({lines.line(in.peek().offset), std::move(module)});
    return script;
  }
  while (!in.at_end()) {
    auto const* const begin = in.position();
    if (!in.expect(TokenKind::left, "`(` of a command")) {
      return std::unexpected(in.take_error());
    }
    std::string_view const keyword = in.kind() == TokenKind::keyword ? in.peek().text : std::string_view{};
    if (!in.skip_form()) { // a command begins a line, as a rule, so it is where to look
      return std::unexpected(
          error_at(source, begin->offset, ErrorKind::malformed, "unexpected end: this parenthesis is not closed"));
    }
    Command command{lines.line(begin->offset), {}};
    ScriptParser parser{source, {begin, static_cast<std::size_t>(in.position() - begin)}, options};
    if (!parser.command(command, keyword)) {
      command.what = UnreadableCommand{std::string{keyword}, parser.take_error()};
    }
    script.commands.push_back(std::move(command));
  }
  return script;
}

} // namespace weir::text
