#include "text/wat.hpp"

#include <array>
#include <string>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "text/instruction_parser.hpp"
#include "text/type_parser.hpp"
#include "wasm/limits.hpp"

namespace weir::text {

namespace {

class ModuleParser {
 public:
  ModuleParser(std::string_view source, std::span<Token const> tokens, ParseOptions const& options)
      : in_(source, tokens), types_{in_, module_, options}, options_(options), begin_(in_.position()) {}

  Result<Bytes> run(std::string_view name) {
    module_.name = name;
    if (!collect_types() || !collect() || !parse()) {
      return std::unexpected(in_.take_error());
    }
    return module_.finish(options_.write_name_section);
  }

 private:
  struct Imported {
    std::string module;
    std::string name;
  };

  // First pass: identifiers and type definitions, so that everything may be used before it is defined.
  bool collect_types();
  bool collect();
  bool declare(IndexSpace& space, std::string_view what, bool is_import);
  bool custom_section();
  IndexSpace* space_of(std::string_view keyword);
  // Second pass.
  bool parse();
  bool field(std::string_view keyword);
  bool inline_exports(std::uint8_t kind, std::uint32_t index);
  bool inline_import(std::optional<Imported>& import);
  void add_import(Imported const& import, std::uint8_t kind, Bytes const& type);
  bool import_field();
  bool export_field();
  bool function_field();
  bool function_body(std::uint32_t index, FuncType const& type,
                     std::vector<std::pair<std::uint32_t, std::string>> names);
  bool table_field();
  bool inline_elements(std::uint32_t table, ValType element);
  bool memory_field();
  bool global_field();
  bool tag_type(Bytes& out);
  bool tag_field();
  bool start_field();
  bool element_field();
  bool element_list(Bytes& list, std::uint32_t& count, bool& expressions);
  bool function_indices(Bytes& list, std::uint32_t& count);
  bool element_expressions(Bytes& list, std::uint32_t& count);
  bool data_field();
  bool strings(std::string& data);
  bool offset(Bytes& out);
  bool expression(Bytes& out);
  bool optional_id(std::string& name);

  Cursor in_;
  ModuleBuilder module_;
  TypeParser types_;
  ParseOptions const& options_;
  Token const* begin_;
  std::string_view defined_; // first kind of entity that was defined (imports must come before)
  std::uint32_t next_function_ = 0, next_table_ = 0, next_memory_ = 0, next_global_ = 0, next_tag_ = 0;
};

bool ModuleParser::optional_id(std::string& name) {
  name.clear();
  if (in_.kind() == TokenKind::id) {
    name = id_name(in_.peek().text);
    in_.skip();
  }
  return true;
}

IndexSpace* ModuleParser::space_of(std::string_view keyword) {
  if (keyword == "func") return &module_.functions;
  if (keyword == "table") return &module_.tables;
  if (keyword == "memory") return &module_.memories;
  if (keyword == "global") return &module_.globals;
  if (keyword == "tag") return &module_.tags;
  return nullptr;
}

// At the optional identifier of an entity.
bool ModuleParser::declare(IndexSpace& space, std::string_view what, bool is_import) {
  if (is_import && !defined_.empty()) {
    return in_.fail(fmt::format("import after {}: imports come before all definitions", defined_));
  }
  if (!is_import && (what == "function" || what == "table" || what == "memory" || what == "global" || what == "tag") &&
      defined_.empty()) {
    defined_ = what;
  }
  if (in_.kind() == TokenKind::id) {
    auto name = id_name(in_.peek().text);
    if (!space.ids.try_emplace(std::move(name), space.count).second) {
      return in_.fail(fmt::format("duplicate {} {}", what == "function" ? "func" : what, in_.peek().text));
    }
    in_.skip();
  }
  ++space.count;
  return true;
}

// Before the first pass: the identifiers of types, which the definitions of other types use. What is no module field is
// for the first pass to find.
bool ModuleParser::collect_types() {
  while (in_.kind() == TokenKind::left) {
    in_.skip();
    if (in_.is_keyword("type")) {
      in_.skip();
      if (!declare(module_.type_ids, "type", false)) {
        return false;
      }
    }
    if (!in_.skip_form()) {
      return false;
    }
  }
  in_.set_position(begin_);
  return true;
}

bool ModuleParser::collect() {
  while (!in_.at_end()) {
    if (!in_.expect(TokenKind::left, "`(` of a module field")) {
      return false;
    }
    if (in_.kind() != TokenKind::keyword) {
      return in_.unexpected("a module field");
    }
    auto const keyword = in_.peek().text;
    auto const& keyword_token = in_.peek();
    in_.skip();
    if (keyword == "type") {
      if (in_.kind() == TokenKind::id) {
        in_.skip(); // collect_types() has it
      }
      if (!types_.type_definition()) {
        return false;
      }
      continue;
    }
    if (keyword == "import") {
      auto const* const back = in_.position();
      std::string ignored;
      if (!types_.name(ignored) || !types_.name(ignored) || !in_.expect(TokenKind::left, "`(`")) {
        return false;
      }
      auto* const space = in_.kind() == TokenKind::keyword ? space_of(in_.peek().text) : nullptr;
      if (space == nullptr) {
        return types_.unknown_keyword("`func`, `table`, `memory`, `global` or `tag`");
      }
      auto const what = in_.peek().text == "func" ? std::string_view{"function"} : in_.peek().text;
      in_.skip();
      if (!declare(*space, what, true)) {
        return false;
      }
      in_.set_position(back);
    } else if (auto* const space = space_of(keyword); space != nullptr) {
      // An inline import may stand behind the identifier and inline exports.
      auto const* const back = in_.position();
      if (in_.kind() == TokenKind::id) {
        in_.skip();
      }
      while (in_.take_form("export")) {
        if (!in_.skip_form()) {
          return false;
        }
      }
      bool const is_import = in_.is_form("import");
      in_.set_position(back);
      auto const what = keyword == "func" ? std::string_view{"function"} : keyword;
      if (!declare(*space, what, is_import)) {
        return false;
      }
      // `(table t (elem ...))` and `(memory (data ...))` define segments without identifiers: found below.
      auto const* const body = in_.position();
      if (keyword == "table" || keyword == "memory") {
        for (std::size_t depth = 1; depth != 0 && !in_.at_end(); in_.skip()) {
          if (depth == 1 && (in_.is_form("elem") || in_.is_form("data"))) {
            ++(keyword == "table" ? module_.elements : module_.data).count;
          }
          depth += in_.kind() == TokenKind::left ? 1u : 0u;
          depth -= in_.kind() == TokenKind::right ? 1u : 0u;
        }
        in_.set_position(body);
      }
    } else if (keyword == "elem") {
      if (!declare(module_.elements, "elem segment", false)) {
        return false;
      }
    } else if (keyword == "data") {
      if (!declare(module_.data, "data segment", false)) {
        return false;
      }
    } else if (keyword == "@custom") {
      if (!custom_section()) {
        return false;
      }
      continue;
    } else if (keyword != "export" && keyword != "start") {
      in_.set_position(&keyword_token);
      return types_.unknown_keyword("a module field");
    }
    if (!in_.skip_form()) {
      return false;
    }
  }
  return true;
}

// Behind `(@custom`, to behind its `)`. The place is behind all sections where none is given.
// https://webassembly.github.io/spec/core/appendix/custom.html#custom-annotations
bool ModuleParser::custom_section() {
  CustomSection section;
  section.behind = last_rank;
  if (!types_.name(section.name)) {
    return false;
  }
  bool const is_before = in_.is_form("before");
  if (is_before || in_.is_form("after")) {
    in_.skip(2);
    auto const word = in_.kind() == TokenKind::keyword ? in_.peek().text : std::string_view{};
    auto const rank = section_rank(word);
    if (rank) {
      section.behind = static_cast<std::uint8_t>(*rank - (is_before ? 1 : 0));
    } else if (is_before && word == "first") {
      section.behind = 0;
    } else if (is_before || word != "last") {
      return in_.unexpected(is_before ? "a section or `first`" : "a section or `last`");
    }
    in_.skip();
    if (!in_.close()) {
      return false;
    }
  }
  if (!strings(section.data) || !in_.close()) {
    return false;
  }
  module_.custom_sections.push_back(std::move(section));
  return true;
}

bool ModuleParser::parse() {
  in_.set_position(begin_);
  while (!in_.at_end()) {
    in_.skip();
    auto const keyword = in_.peek().text;
    in_.skip();
    if (!field(keyword) || !in_.close()) {
      return false;
    }
  }
  return true;
}

bool ModuleParser::field(std::string_view keyword) {
  if (keyword == "type" || keyword == "@custom") {
    // The first pass has it. Stop before the parenthesis that parse() reads.
    bool const done = in_.skip_form();
    in_.set_position(in_.position() - 1);
    return done;
  }
  if (keyword == "import") return import_field();
  if (keyword == "func") return function_field();
  if (keyword == "table") return table_field();
  if (keyword == "memory") return memory_field();
  if (keyword == "global") return global_field();
  if (keyword == "tag") return tag_field();
  if (keyword == "export") return export_field();
  if (keyword == "start") return start_field();
  if (keyword == "elem") return element_field();
  return data_field();
}

bool ModuleParser::inline_exports(std::uint8_t kind, std::uint32_t index) {
  while (in_.take_form("export")) {
    std::string name;
    if (!types_.name(name) || !in_.close()) {
      return false;
    }
    ++module_.exports.count;
    write_name(module_.exports.contents, name);
    module_.exports.contents.push_back(kind);
    base::write_uleb(module_.exports.contents, index);
  }
  return true;
}

bool ModuleParser::inline_import(std::optional<Imported>& import) {
  if (!in_.take_form("import")) {
    return true;
  }
  import.emplace();
  return types_.name(import->module) && types_.name(import->name) && in_.close();
}

void ModuleParser::add_import(Imported const& import, std::uint8_t kind, Bytes const& type) {
  auto& out = module_.imports.contents;
  ++module_.imports.count;
  write_name(out, import.module);
  write_name(out, import.name);
  out.push_back(kind);
  append(out, type);
}

void write_limits(Bytes& out, Limits const& limits) {
  out.push_back(limits.max ? 1 : 0);
  base::write_uleb(out, limits.min);
  if (limits.max) {
    base::write_uleb(out, *limits.max);
  }
}

void write_table_type(Bytes& out, TableType const& type) {
  write_value_type(out, type.element);
  write_limits(out, type.limits);
}

void write_global_type(Bytes& out, GlobalType const& type) {
  write_value_type(out, type.content);
  out.push_back(type.is_mutable ? 1 : 0);
}

bool ModuleParser::import_field() {
  Imported import;
  if (!types_.name(import.module) || !types_.name(import.name) || !in_.expect(TokenKind::left, "`(`")) {
    return false;
  }
  auto const keyword = in_.peek().text;
  in_.skip();
  std::string id;
  optional_id(id);
  Bytes type;
  if (keyword == "func") {
    std::uint32_t index = 0;
    FuncType function;
    std::vector<std::pair<std::uint32_t, std::string>> names;
    if (!types_.type_use(index, function, &names)) {
      return false;
    }
    base::write_uleb(type, index);
    add_import(import, 0, type);
    ++next_function_;
  } else if (keyword == "table") {
    TableType table;
    if (!types_.table_type(table)) {
      return false;
    }
    write_table_type(type, table);
    add_import(import, 1, type);
    ++next_table_;
  } else if (keyword == "memory") {
    MemoryType memory;
    if (!types_.memory_type(memory)) {
      return false;
    }
    write_limits(type, memory.limits);
    add_import(import, 2, type);
    ++next_memory_;
  } else if (keyword == "tag") {
    if (!tag_type(type)) {
      return false;
    }
    add_import(import, 4, type);
    ++next_tag_;
  } else {
    GlobalType global;
    if (!types_.global_type(global)) {
      return false;
    }
    write_global_type(type, global);
    add_import(import, 3, type);
    ++next_global_;
  }
  return in_.close();
}

bool ModuleParser::export_field() {
  std::string name;
  if (!types_.name(name) || !in_.expect(TokenKind::left, "`(`")) {
    return false;
  }
  auto const keyword = in_.kind() == TokenKind::keyword ? in_.peek().text : std::string_view{};
  auto const* const space = space_of(keyword);
  if (space == nullptr) {
    return types_.unknown_keyword("`func`, `table`, `memory`, `global` or `tag`");
  }
  in_.skip();
  std::uint32_t index = 0;
  if (!types_.index(*space, keyword, index)) {
    return false;
  }
  auto& out = module_.exports.contents;
  ++module_.exports.count;
  write_name(out, name);
  out.push_back(keyword == "func" ? 0 : keyword == "table" ? 1 : keyword == "memory" ? 2 : keyword == "global" ? 3 : 4);
  base::write_uleb(out, index);
  return in_.close();
}

bool ModuleParser::function_field() {
  std::string id;
  optional_id(id);
  std::uint32_t const index = next_function_++;
  std::optional<Imported> import;
  if (!inline_exports(0, index) || !inline_import(import)) {
    return false;
  }
  std::uint32_t type_index = 0;
  FuncType type;
  std::vector<std::pair<std::uint32_t, std::string>> names;
  if (!types_.type_use(type_index, type, &names)) {
    return false;
  }
  if (import) {
    Bytes written;
    base::write_uleb(written, type_index);
    add_import(*import, 0, written);
    return true;
  }
  ++module_.function_types.count;
  base::write_uleb(module_.function_types.contents, type_index);
  return function_body(index, type, std::move(names));
}

bool ModuleParser::function_body(std::uint32_t index, FuncType const& type,
                                 std::vector<std::pair<std::uint32_t, std::string>> names) {
  Bytes code;
  InstructionParser instructions{types_, code};
  auto& locals = instructions.locals();
  for (auto const& [local, name] : names) {
    if (!locals.ids.try_emplace(name, local).second) {
      return in_.fail(fmt::format("duplicate local ${}", base::printable(name)));
    }
  }
  locals.count = static_cast<std::uint32_t>(type.params().size());
  std::vector<std::pair<std::uint32_t, ValType>> groups;
  auto const add = [&](ValType local) {
    if (groups.empty() || groups.back().second != local) {
      groups.emplace_back(0, local);
    }
    ++groups.back().first;
    ++locals.count;
  };
  while (in_.take_form("local")) {
    ValType local;
    if (in_.kind() == TokenKind::id) {
      auto const name = id_name(in_.peek().text);
      if (!locals.ids.try_emplace(name, locals.count).second) {
        return in_.fail(fmt::format("duplicate local ${}", base::printable(name)));
      }
      names.emplace_back(locals.count, name);
      in_.skip();
      if (!types_.value_type(local)) {
        return false;
      }
      add(local);
    } else {
      while (in_.kind() != TokenKind::right) {
        if (!types_.value_type(local)) {
          return false;
        }
        add(local);
      }
    }
    if (!in_.close()) {
      return false;
    }
  }
  base::write_uleb(code, groups.size());
  for (auto const& [count, local] : groups) {
    base::write_uleb(code, count);
    write_value_type(code, local);
  }
  if (!instructions.sequence()) {
    return false;
  }
  code.push_back(0x0B);
  ++module_.code.count;
  base::write_uleb(module_.code.contents, code.size());
  append(module_.code.contents, code);
  if (!names.empty()) {
    module_.local_names.emplace_back(index, std::move(names));
  }
  return true;
}

// The instructions up to the closing parenthesis, and `end`.
bool ModuleParser::expression(Bytes& out) {
  InstructionParser instructions{types_, out};
  if (!instructions.sequence()) {
    return false;
  }
  out.push_back(0x0B);
  return true;
}

// `(offset instr*)` or one folded instruction.
bool ModuleParser::offset(Bytes& out) {
  if (in_.take_form("offset")) {
    return expression(out) && in_.close();
  }
  InstructionParser instructions{types_, out};
  if (!instructions.folded()) {
    return false;
  }
  out.push_back(0x0B);
  return true;
}

bool ModuleParser::table_field() {
  std::string id;
  optional_id(id);
  std::uint32_t const index = next_table_++;
  std::optional<Imported> import;
  if (!inline_exports(1, index) || !inline_import(import)) {
    return false;
  }
  TableType type;
  if (!import && types_.is_reference_type()) {
    if (!types_.reference_type(type.element)) {
      return false;
    }
    return inline_elements(index, type.element);
  }
  if (!types_.table_type(type)) {
    return false;
  }
  Bytes written;
  if (!import && in_.kind() != TokenKind::right) {
    if (!types_.has(wasm::Feature::function_references)) {
      return types_.switched_off(in_.peek(), "tables with an initialiser", wasm::Feature::function_references);
    }
    written = {0x40, 0x00};
    write_table_type(written, type);
    ++module_.table_types.count;
    if (!expression(written)) {
      return false;
    }
    append(module_.table_types.contents, written);
    return true;
  }
  write_table_type(written, type);
  if (import) {
    add_import(*import, 1, written);
    return true;
  }
  ++module_.table_types.count;
  append(module_.table_types.contents, written);
  return true;
}

bool ModuleParser::inline_elements(std::uint32_t table, ValType element) {
  if (!in_.take_form("elem")) {
    return types_.unknown_keyword("`(elem`");
  }
  Bytes list;
  std::uint32_t count = 0;
  bool const expressions = in_.kind() == TokenKind::left;
  if (expressions ? !element_expressions(list, count) : !function_indices(list, count)) {
    return false;
  }
  ++module_.table_types.count;
  write_table_type(module_.table_types.contents, {element, {count, count}, false});
  auto& out = module_.element_segments.contents;
  ++module_.element_segments.count;
  bool const is_plain = table == 0 && element == ValType::funcref();
  base::write_uleb(out, (expressions ? 4u : 0u) | (is_plain ? 0u : 2u));
  if (!is_plain) {
    base::write_uleb(out, table);
  }
  out.insert(out.end(), {0x41, 0x00, 0x0B}); // i32.const 0, end
  if (!is_plain) {
    if (expressions) {
      write_value_type(out, element);
    } else {
      out.push_back(0x00);
    }
  }
  base::write_uleb(out, count);
  append(out, list);
  return in_.close();
}

bool ModuleParser::memory_field() {
  std::string id;
  optional_id(id);
  std::uint32_t const index = next_memory_++;
  std::optional<Imported> import;
  if (!inline_exports(2, index) || !inline_import(import)) {
    return false;
  }
  Bytes written;
  if (!import && in_.take_form("data")) {
    std::string data;
    if (!strings(data) || !in_.close()) {
      return false;
    }
    std::uint64_t const pages = (data.size() + wasm::limits::page_bytes - 1) / wasm::limits::page_bytes;
    ++module_.memory_types.count;
    write_limits(module_.memory_types.contents, {pages, pages});
    auto& out = module_.data_segments.contents;
    ++module_.data_segments.count;
    if (index == 0) {
      out.push_back(0);
    } else {
      out.push_back(2);
      base::write_uleb(out, index);
    }
    out.insert(out.end(), {0x41, 0x00, 0x0B});
    write_name(out, data);
    return true;
  }
  MemoryType type;
  if (!types_.memory_type(type)) {
    return false;
  }
  write_limits(written, type.limits);
  if (import) {
    add_import(*import, 2, written);
    return true;
  }
  ++module_.memory_types.count;
  append(module_.memory_types.contents, written);
  return true;
}

bool ModuleParser::global_field() {
  std::string id;
  optional_id(id);
  std::uint32_t const index = next_global_++;
  std::optional<Imported> import;
  GlobalType type;
  if (!inline_exports(3, index) || !inline_import(import) || !types_.global_type(type)) {
    return false;
  }
  Bytes written;
  write_global_type(written, type);
  if (import) {
    add_import(*import, 3, written);
    return true;
  }
  ++module_.global_definitions.count;
  append(module_.global_definitions.contents, written);
  return expression(module_.global_definitions.contents);
}

// A tag's attribute and type.
bool ModuleParser::tag_type(Bytes& out) {
  auto const& token = in_.peek();
  if (!types_.has(wasm::Feature::exception_handling)) {
    return types_.switched_off(token, "tags", wasm::Feature::exception_handling);
  }
  std::uint32_t index = 0;
  FuncType type;
  std::vector<std::pair<std::uint32_t, std::string>> names;
  if (!types_.type_use(index, type, &names)) {
    return false;
  }
  out.push_back(0);
  base::write_uleb(out, index);
  return true;
}

bool ModuleParser::tag_field() {
  std::string id;
  optional_id(id);
  std::uint32_t const index = next_tag_++;
  std::optional<Imported> import;
  Bytes type;
  if (!inline_exports(4, index) || !inline_import(import) || !tag_type(type)) {
    return false;
  }
  if (import) {
    add_import(*import, 4, type);
    return true;
  }
  ++module_.tag_types.count;
  append(module_.tag_types.contents, type);
  return true;
}

bool ModuleParser::start_field() {
  if (module_.start) {
    return in_.fail("multiple start sections: a module has one start function at most");
  }
  std::uint32_t index = 0;
  if (!types_.index(module_.functions, "function", index)) {
    return false;
  }
  module_.start = index;
  return true;
}

bool ModuleParser::function_indices(Bytes& list, std::uint32_t& count) {
  while (types_.is_index()) {
    std::uint32_t index = 0;
    if (!types_.index(module_.functions, "function", index)) {
      return false;
    }
    base::write_uleb(list, index);
    ++count;
  }
  return true;
}

bool ModuleParser::element_expressions(Bytes& list, std::uint32_t& count) {
  while (in_.kind() == TokenKind::left) {
    if (in_.take_form("item")) {
      if (!expression(list) || !in_.close()) {
        return false;
      }
    } else {
      InstructionParser instructions{types_, list};
      if (!instructions.folded()) {
        return false;
      }
      list.push_back(0x0B);
    }
    ++count;
  }
  return true;
}

bool ModuleParser::element_field() {
  std::string id;
  optional_id(id);
  bool const declarative = in_.take_keyword("declare");
  std::uint32_t table = 0;
  bool explicit_table = false;
  bool active = false;
  Bytes offset_code;
  if (!declarative) {
    if (in_.take_form("table")) {
      explicit_table = true;
      if (!types_.index(module_.tables, "table", table) || !in_.close()) {
        return false;
      }
    } else if (types_.is_index() && in_.kind(1) == TokenKind::left) {
      // The old form `(elem $table (offset) ...)`.
      explicit_table = true;
      if (!types_.index(module_.tables, "table", table)) {
        return false;
      }
    }
    active = explicit_table || (in_.kind() == TokenKind::left && !in_.is_form("ref") && !in_.is_form("item"));
    if (active && !offset(offset_code)) {
      return false;
    }
  }
  Bytes list;
  std::uint32_t count = 0;
  ValType type = ValType::funcref();
  bool expressions = false;
  if (in_.take_keyword("func")) {
    if (!function_indices(list, count)) {
      return false;
    }
  } else if (types_.is_reference_type()) {
    expressions = true;
    if (!types_.reference_type(type) || !element_expressions(list, count)) {
      return false;
    }
  } else if (active && (!explicit_table || types_.is_index() || in_.kind() == TokenKind::right)) {
    if (!function_indices(list, count)) {
      return false;
    }
  } else {
    return types_.unknown_keyword("`func` or a reference type");
  }
  auto& out = module_.element_segments.contents;
  ++module_.element_segments.count;
  bool const is_plain = active && table == 0 && type == ValType::funcref();
  std::uint32_t const mode = active ? (is_plain ? 0u : 2u) : declarative ? 3u : 1u;
  base::write_uleb(out, (expressions ? 4u : 0u) | mode);
  if (active && !is_plain) {
    base::write_uleb(out, table);
  }
  append(out, offset_code);
  if (!is_plain) {
    if (expressions) {
      write_value_type(out, type);
    } else {
      out.push_back(0x00);
    }
  }
  base::write_uleb(out, count);
  append(out, list);
  return true;
}

bool ModuleParser::strings(std::string& data) {
  while (in_.kind() == TokenKind::string) {
    data += string_value(in_.peek().text);
    in_.skip();
  }
  return true;
}

bool ModuleParser::data_field() {
  std::string id;
  optional_id(id);
  std::uint32_t memory = 0;
  bool active = false;
  Bytes offset_code;
  if (in_.take_form("memory")) {
    active = true;
    if (!types_.index(module_.memories, "memory", memory) || !in_.close()) {
      return false;
    }
  } else if (types_.is_index()) {
    active = true;
    if (!types_.index(module_.memories, "memory", memory)) {
      return false;
    }
  }
  if (active || in_.kind() == TokenKind::left) {
    active = true;
    if (!offset(offset_code)) {
      return false;
    }
  }
  std::string data;
  if (!strings(data)) {
    return false;
  }
  auto& out = module_.data_segments.contents;
  ++module_.data_segments.count;
  if (!active) {
    out.push_back(1);
  } else if (memory == 0) {
    out.push_back(0);
  } else {
    out.push_back(2);
    base::write_uleb(out, memory);
  }
  append(out, offset_code);
  write_name(out, data);
  return true;
}

} // namespace

Result<std::vector<std::uint8_t>> parse_fields(std::string_view source, std::span<Token const> tokens,
                                               std::string_view module_name, ParseOptions const& options) {
  return ModuleParser{source, tokens, options}.run(module_name);
}

Result<std::vector<std::uint8_t>> parse_wat(std::string_view source, ParseOptions const& options) {
  auto tokens = tokenize(source);
  if (!tokens) {
    return std::unexpected(std::move(tokens.error()));
  }
  std::span<Token const> fields{tokens->data(), tokens->size() - 1};
  std::string name;
  Cursor in{source, fields};
  if (in.take_form("module")) {
    if (in.kind() == TokenKind::id) {
      name = id_name(in.peek().text);
      in.skip();
    }
    auto const* const begin = in.position();
    if (!in.skip_form()) {
      return std::unexpected(in.take_error());
    }
    if (!in.at_end()) {
      in.unexpected("the end: one module was read");
      return std::unexpected(in.take_error());
    }
    fields = {begin, static_cast<std::size_t>(in.position() - begin) - 1};
  }
  return parse_fields(source, fields, name, options);
}

} // namespace weir::text
