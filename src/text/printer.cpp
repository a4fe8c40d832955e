#include "text/printer.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/leb128.hpp"
#include "decode/function_reader.hpp"
#include "text/identifiers.hpp"
#include "text/instruction_printer.hpp"
#include "text/text_writer.hpp"
#include "wasm/opcode.hpp"

namespace weir::text {

namespace {

using wasm::Module;

// The place of a custom section, in the words of the (@custom ...) annotation.
constexpr std::string_view section_words[] = {"",       "type",  "import", "func", "table", "memory",    "global",
                                              "export", "start", "elem",   "code", "data",  "datacount", "tag"};

class Printer {
 public:
  Printer(Module const& module, TextSink const& sink)
      : module_(module), out_(sink), ids_(module), instructions_(out_, ids_, locals_) {}

  void run();

 private:
  void open(std::string_view keyword);
  void close() { out_.put(')'); }
  template <class Items, class Print>
  void each(Items const& items, std::size_t first, Print print);
  void value_types(std::string_view keyword, std::vector<ValType> const& types);
  void type_use(std::uint32_t type, bool with_locals);
  void limits(Limits const& limits);
  void table_type(TableType const& type);
  void global_type(GlobalType const& type);
  void expression(wasm::ConstantExpression const& expression, std::string_view keyword);
  void import(wasm::Import const& import);
  void exported(wasm::Export const& item);
  void element(std::uint32_t index, wasm::ElementSegment const& segment);
  void element_items(wasm::ElementSegment const& segment);
  void function(std::uint32_t index);
  void local_declarations(decode::FunctionReader& body, std::uint32_t first);
  void data(std::uint32_t index, wasm::DataSegment const& segment);
  void long_bytes(base::ByteSpan bytes);
  void custom_sections();

  Module const& module_;
  TextWriter out_;
  ModuleIdentifiers ids_;
  Identifiers locals_; // of the function that is printed
  InstructionPrinter instructions_;
};

void Printer::open(std::string_view keyword) {
  out_.new_line(1);
  out_.put('(');
  out_.put(keyword);
}

template <class Items, class Print>
void Printer::each(Items const& items, std::size_t first, Print print) {
  for (std::size_t i = first; i < items.size() && out_.wanted(); ++i) {
    print(static_cast<std::uint32_t>(i), items[i]);
  }
}

void Printer::run() {
  out_.put("(module");
  if (!ids_.module.empty()) {
    out_.put(' ');
    out_.id(ids_.module);
  }
  each(module_.types, 0, [this](std::uint32_t i, FuncType const& type) {
    open("type");
    ids_.types.definition(out_, i);
    out_.put(" (func");
    value_types(" (param", type.params());
    value_types(" (result", type.results());
    out_.put("))");
  });
  each(module_.imports, 0, [this](std::uint32_t, wasm::Import const& item) { import(item); });
  each(module_.tables, module_.imported_tables, [this](std::uint32_t i, wasm::Table const& table) {
    open("table");
    ids_.tables.definition(out_, i);
    table_type(table.type);
    if (table.init) {
      out_.put(' ');
      expression(*table.init, "");
    }
    close();
  });
  each(module_.memories, module_.imported_memories, [this](std::uint32_t i, MemoryType const& memory) {
    open("memory");
    ids_.memories.definition(out_, i);
    limits(memory.limits);
    close();
  });
  each(module_.tags, module_.imported_tags, [this](std::uint32_t i, std::uint32_t type) {
    open("tag");
    ids_.tags.definition(out_, i);
    type_use(type, false);
    close();
  });
  each(module_.globals, module_.imported_globals, [this](std::uint32_t i, wasm::Global const& global) {
    open("global");
    ids_.globals.definition(out_, i);
    global_type(global.type);
    out_.put(' ');
    expression(global.init, "");
    close();
  });
  each(module_.exports, 0, [this](std::uint32_t, wasm::Export const& item) { exported(item); });
  if (module_.start) {
    open("start ");
    ids_.functions.reference(out_, *module_.start);
    close();
  }
  each(module_.elements, 0, [this](std::uint32_t i, wasm::ElementSegment const& segment) { element(i, segment); });
  each(module_.functions, module_.imported_functions, [this](std::uint32_t i, std::uint32_t) { function(i); });
  each(module_.data, 0, [this](std::uint32_t i, wasm::DataSegment const& segment) { data(i, segment); });
  custom_sections();
  out_.put(")\n");
  out_.flush();
}

// ` (param i32 i32)`, nothing for no types.
void Printer::value_types(std::string_view keyword, std::vector<ValType> const& types) {
  if (types.empty()) {
    return;
  }
  out_.put(keyword);
  for (auto const type : types) {
    out_.put(' ');
    out_.value_type(type);
  }
  close();
}

// ` (type 0) (param $x i32) (result i32)`
void Printer::type_use(std::uint32_t index, bool with_locals) {
  out_.put(" (type ");
  ids_.types.reference(out_, index);
  close();
  if (index >= module_.types.size()) {
    return;
  }
  auto const& type = module_.types[index];
  bool in_list = false;
  for (std::uint32_t i = 0; i < type.params().size(); ++i) {
    auto const name = with_locals ? locals_.of(i) : std::string_view{};
    if (in_list && !name.empty()) {
      close();
    }
    if (!in_list || !name.empty()) {
      out_.put(" (param");
    }
    in_list = name.empty();
    if (!name.empty()) {
      out_.put(' ');
      out_.id(name);
    }
    out_.put(' ');
    out_.value_type(type.params()[i]);
    if (!in_list) {
      close();
    }
  }
  if (in_list) {
    close();
  }
  value_types(" (result", type.results());
}

void Printer::limits(Limits const& limits) {
  out_.put(' ');
  out_.number(limits.min);
  if (limits.max) {
    out_.put(' ');
    out_.number(*limits.max);
  }
}

void Printer::table_type(TableType const& type) {
  limits(type.limits);
  out_.put(' ');
  out_.value_type(type.element);
}

void Printer::global_type(GlobalType const& type) {
  out_.put(type.is_mutable ? " (mut " : " ");
  out_.value_type(type.content);
  if (type.is_mutable) {
    close();
  }
}

void Printer::expression(wasm::ConstantExpression const& expression, std::string_view keyword) {
  instructions_.expression({module_.view(expression.code), expression.code.offset, module_.features}, keyword);
}

void Printer::import(wasm::Import const& import) {
  open("import ");
  out_.name(import.module);
  out_.put(' ');
  out_.name(import.name);
  out_.put(" (");
  out_.put(to_string(import.kind));
  switch (import.kind) {
  case ExternKind::func:
    ids_.functions.definition(out_, import.index);
    type_use(module_.functions[import.index], false);
    break;
  case ExternKind::table:
    ids_.tables.definition(out_, import.index);
    table_type(module_.tables[import.index].type);
    break;
  case ExternKind::memory:
    ids_.memories.definition(out_, import.index);
    limits(module_.memories[import.index].limits);
    break;
  case ExternKind::global:
    ids_.globals.definition(out_, import.index);
    global_type(module_.globals[import.index].type);
    break;
  case ExternKind::tag:
    ids_.tags.definition(out_, import.index);
    type_use(module_.tags[import.index], false);
    break;
  }
  out_.put("))");
}

void Printer::exported(wasm::Export const& item) {
  open("export ");
  out_.name(item.name);
  out_.put(" (");
  out_.put(to_string(item.kind));
  out_.put(' ');
  auto const& space = item.kind == ExternKind::func     ? ids_.functions
                      : item.kind == ExternKind::table  ? ids_.tables
                      : item.kind == ExternKind::memory ? ids_.memories
                      : item.kind == ExternKind::global ? ids_.globals
                                                        : ids_.tags;
  space.reference(out_, item.index);
  out_.put("))");
}

void Printer::element(std::uint32_t index, wasm::ElementSegment const& segment) {
  open("elem");
  ids_.elements.definition(out_, index);
  if (segment.mode == wasm::SegmentMode::declarative) {
    out_.put(" declare");
  } else if (segment.mode == wasm::SegmentMode::active) {
    if (segment.table != 0) {
      out_.put(" (table ");
      ids_.tables.reference(out_, segment.table);
      close();
    }
    out_.put(' ');
    expression(segment.offset, "offset");
  }
  out_.put(' ');
  if (segment.is_expressions) {
    out_.value_type(segment.type);
  } else {
    out_.put("func");
  }
  element_items(segment);
  close();
}

void Printer::element_items(wasm::ElementSegment const& segment) {
  constexpr std::uint32_t items_a_line = 16;
  auto const items = module_.view(segment.items);
  auto const* at = items.data();
  auto const* const end = at + items.size();
  for (std::uint32_t i = 0; i < segment.count && out_.wanted(); ++i) {
    if (segment.count > items_a_line && i % items_a_line == 0) {
      out_.new_line(2);
    } else {
      out_.put(' ');
    }
    if (!segment.is_expressions) {
      std::uint32_t function = 0;
      static_cast<void>(base::read_leb(at, end, function));
      ids_.functions.reference(out_, function);
      continue;
    }
    auto const* const first = at;
    auto const offset = static_cast<std::uint32_t>(at - module_.bytes.data());
    decode::InstructionReader reader{{at, end}, offset, module_.features};
    decode::Instruction instruction;
    for (std::uint32_t depth = 1; depth != 0 && reader.next(instruction);) {
      depth += instruction.opcode == wasm::Opcode::block || instruction.opcode == wasm::Opcode::loop ||
                       instruction.opcode == wasm::Opcode::if_
                   ? 1u
                   : 0u;
      depth -= instruction.opcode == wasm::Opcode::end ? 1u : 0u;
    }
    at = reader.position();
    expression({{offset, static_cast<std::uint32_t>(at - first)}}, "item");
  }
}

void Printer::function(std::uint32_t index) {
  decode::FunctionReader body{module_, index};
  std::uint32_t const type = module_.functions[index];
  locals_ = ids_.locals(index, body.local_count());
  open("func");
  ids_.functions.definition(out_, index);
  type_use(type, true);
  auto const params = type < module_.types.size() ? module_.types[type].params().size() : 0;
  local_declarations(body, static_cast<std::uint32_t>(params));
  instructions_.body(body.instructions(), 2);
  locals_ = {};
  close();
}

void Printer::local_declarations(decode::FunctionReader& body, std::uint32_t first) {
  constexpr std::uint32_t locals_a_line = 16;
  std::uint32_t index = first;
  std::uint32_t in_list = 0;
  while (auto const group = body.next_locals()) {
    for (std::uint32_t i = 0; i < group->count && out_.wanted(); ++i, ++index) {
      auto const name = locals_.of(index);
      if (in_list != 0 && (!name.empty() || in_list == locals_a_line)) {
        close();
        in_list = 0;
      }
      if (in_list == 0) {
        out_.new_line(2);
        out_.put("(local");
      }
      if (!name.empty()) {
        out_.put(' ');
        out_.id(name);
      }
      out_.put(' ');
      out_.value_type(group->type);
      if (name.empty()) {
        ++in_list;
      } else {
        close();
      }
    }
  }
  if (in_list != 0) {
    close();
  }
}

void Printer::data(std::uint32_t index, wasm::DataSegment const& segment) {
  open("data");
  ids_.data.definition(out_, index);
  if (segment.mode == wasm::SegmentMode::active) {
    if (segment.memory != 0) {
      out_.put(" (memory ");
      ids_.memories.reference(out_, segment.memory);
      close();
    }
    out_.put(' ');
    expression(segment.offset, "offset");
  }
  long_bytes(module_.view(segment.data));
  close();
}

// One string, or a string a line.
void Printer::long_bytes(base::ByteSpan bytes) {
  constexpr std::size_t bytes_a_line = 64;
  if (bytes.size() <= bytes_a_line) {
    out_.put(' ');
    out_.bytes(bytes);
    return;
  }
  for (std::size_t at = 0; at < bytes.size() && out_.wanted(); at += bytes_a_line) {
    out_.new_line(2);
    out_.bytes(bytes.subspan(at, std::min(bytes_a_line, bytes.size() - at)));
  }
}

// All but the name section that the identifiers are made of, if there are any. As annotations, which readers that do
// not know them skip; parse_wat() puts the identifiers' section behind all sections that are not custom, and there
// other name sections must be behind it, for the first one counts.
void Printer::custom_sections() {
  bool is_named = !out_.has_ids(); // the name section was left out, or there is none to leave out
  bool is_behind_name = false;     // and no other than custom sections came since
  std::size_t next = 0;
  std::string_view behind;
  auto const* at = module_.bytes.data() + 8; // magic and version
  auto const* const end = module_.bytes.data() + module_.bytes.size();
  while (at != end && next != module_.custom_sections.size() && out_.wanted()) {
    std::uint8_t const id = *at++;
    std::uint32_t size = 0;
    static_cast<void>(base::read_leb(at, end, size)); // the decoder has read it
    at += size;
    if (id != 0) {
      behind = section_words[id];
      is_behind_name = false;
      continue;
    }
    auto const& section = module_.custom_sections[next++];
    bool const is_name = section.name == "name";
    if (is_name && !is_named) {
      is_named = is_behind_name = true;
      continue;
    }
    open("@custom ");
    out_.name(section.name);
    bool const is_last = is_behind_name || (is_name && out_.has_ids());
    if (is_last || behind.empty()) {
      out_.put(is_last ? " (after last)" : " (before first)");
    } else {
      out_.put(" (after ");
      out_.put(behind);
      close();
    }
    long_bytes(module_.view(section.data));
    close();
  }
}

// Whether a body can be printed, which is less than being valid.
std::optional<Error> check_body(Module const& module, std::uint32_t function) {
  decode::FunctionReader const body{module, function};
  if (body.failed()) {
    return body.error();
  }
  auto reader = body.instructions();
  decode::Instruction instruction;
  // For each open block whether an `else` may come. The body is the first.
  std::vector<bool> takes_else{false};
  while (!takes_else.empty()) {
    if (!reader.next(instruction)) {
      return reader.error();
    }
    switch (instruction.opcode) {
    case wasm::Opcode::block:
    case wasm::Opcode::loop: takes_else.push_back(false); break;
    case wasm::Opcode::if_: takes_else.push_back(true); break;
    case wasm::Opcode::else_:
      if (!takes_else.back()) {
        return Error{ErrorKind::malformed, "`else` without an `if`", instruction.offset};
      }
      takes_else.back() = false;
      break;
    case wasm::Opcode::end: takes_else.pop_back(); break;
    default: break;
    }
  }
  if (!reader.at_end()) {
    return Error{ErrorKind::malformed, "section size mismatch: bytes follow the last `end` of a function body",
                 reader.offset()};
  }
  return std::nullopt;
}

} // namespace

Result<void> print_module(Module const& module, TextSink const& sink) {
  for (std::size_t i = module.imported_functions; i < module.functions.size(); ++i) {
    if (auto error = check_body(module, static_cast<std::uint32_t>(i))) {
      return std::unexpected(*std::move(error));
    }
  }
  Printer{module, sink}.run();
  return {};
}

} // namespace weir::text
