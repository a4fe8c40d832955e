// Whatever a guest calls its functions and however its sections lie, trap reports stay whole: the text holds no control
// character but line feeds, in colours nothing but the report's own escape sequences, and the JSON parses and says the
// same. The first byte of an input says what the rest is: a module in the binary format, or the choices of a generator
// of modules that trap in all ways, with names and a name section from the input.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>
#include <weir/weir.hpp>

#include "base/leb128.hpp"
#include "base/utf8.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

void require(bool condition, char const* what, std::string_view text) {
  if (!condition) {
    std::fprintf(stderr, "report_fuzz: %s:\n%s\n", what, weir::base::printable(text, text.size()).c_str());
    std::abort();
  }
}

bool is_clean(std::string_view text) {
  while (!text.empty()) {
    auto const character = weir::base::first_character(text);
    if (!character.is_well_formed ||
        (character.code_point != '\n' && weir::base::is_unprintable(character.code_point))) {
      return false;
    }
    text.remove_prefix(character.length);
  }
  return true;
}

std::string without_colours(std::string text) {
  for (std::string_view const sequence : {"\x1b[0m", "\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[1;36m"}) {
    for (std::size_t at = text.find(sequence); at != std::string::npos; at = text.find(sequence, at)) {
      text.erase(at, sequence.size());
    }
  }
  return text;
}

void check(weir::Trap const& trap) {
  auto const text = trap.report();
  require(is_clean(text), "the report has a control character or is not UTF-8", text);
  require(text.starts_with("error: ") && !text.ends_with('\n'), "the report has another form", text);
  require(text.size() < 100000, "the report is too long to be read", text.substr(0, 1000));
  // A line is the first one, or is indented.
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
    require(text.compare(at + 1, 2, "  ") == 0, "a line of the report is not indented", text);
  }
  require(without_colours(trap.report(weir::ReportStyle::coloured)) == text, "colours change the report", text);

  auto const json = trap.report_json();
  require(is_clean(json) && json.find('\n') == std::string::npos, "the JSON has a character that it must escape", json);
  auto const parsed = nlohmann::json::parse(json, nullptr, false);
  require(!parsed.is_discarded() && parsed.is_object(), "the JSON does not parse", json);
  require(parsed["schema"] == "weir-trap-1" && parsed["reason"] == to_string(trap.reason()), "the JSON lies", json);
  require(parsed["frames"].size() == trap.frames().size(), "the JSON has lost frames", json);
  require(parsed["refused_growths"].size() == trap.story().refused_growths.size(), "the JSON has lost growths", json);
}

void check(weir::Error const& error) {
  if (error.trap() != nullptr) {
    check(*error.trap());
  }
}

// Takes what it needs from the input; zeros when that has ended.
class Choices {
 public:
  explicit Choices(std::span<std::uint8_t const> input) noexcept : rest_(input) {}

  std::uint8_t byte() noexcept {
    if (rest_.empty()) {
      return 0;
    }
    auto const first = rest_.front();
    rest_ = rest_.subspan(1);
    return first;
  }
  std::string text(std::size_t most) {
    std::size_t const size = std::min<std::size_t>(byte() % (most + 1), rest_.size());
    std::string taken{rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(size)};
    rest_ = rest_.subspan(size);
    return taken;
  }
  // Imports and exports must have names in UTF-8.
  std::string name() {
    auto text = this->text(60);
    if (weir::base::is_utf8(text)) {
      return text;
    }
    std::string wide;
    for (char const each : text) {
      weir::base::append_utf8(wide, static_cast<std::uint8_t>(each) * 0x21u); // up to U+20DF
    }
    return wide;
  }
  std::span<std::uint8_t const> rest() const noexcept { return rest_; }

 private:
  std::span<std::uint8_t const> rest_;
};

void put(Bytes& out, std::initializer_list<std::uint8_t> bytes) { out.insert(out.end(), bytes); }
void put_u32(Bytes& out, std::uint64_t value) { weir::base::write_uleb(out, value); }
void put_name(Bytes& out, std::string_view name) {
  put_u32(out, name.size());
  out.insert(out.end(), name.begin(), name.end());
}
void put_sized(Bytes& out, Bytes const& contents) {
  put_u32(out, contents.size());
  out.insert(out.end(), contents.begin(), contents.end());
}
void put_section(Bytes& out, std::uint8_t id, Bytes const& contents) {
  out.push_back(id);
  put_sized(out, contents);
}
// i32.const with a number of some size.
void put_number(Bytes& out, Choices& choices) {
  std::uint32_t const number = std::uint32_t{choices.byte()} << choices.byte() % 25;
  out.push_back(0x41);
  for (int i = 0; i < 4; ++i) { // five bytes, signed
    out.push_back(static_cast<std::uint8_t>(number >> 7 * i | 0x80));
  }
  out.push_back(static_cast<std::uint8_t>((number >> 28 & 0x0F) | (number >> 31 != 0 ? 0x70 : 0)));
}

// A module whose function 0 is imported, and that exports the others.
class Generator {
 public:
  explicit Generator(Choices& choices) : choices_(choices), functions_(1 + choices.byte() % 5) {}

  Bytes build() {
    Bytes out{0, 'a', 's', 'm', 1, 0, 0, 0};
    put_section(out, 1, {1, 0x60, 1, 0x7F, 1, 0x7F}); // (i32) -> i32
    Bytes imports{1};
    put_name(imports, choices_.name());
    put_name(imports, choices_.name());
    put(imports, {0, 0});
    put_section(out, 2, imports);
    Bytes types;
    put_u32(types, functions_);
    types.resize(types.size() + functions_, 0);
    put_section(out, 3, types);
    put_section(out, 4, {1, 0x70, 1, 2, 4}); // a table of 2 to 4 functions
    put_section(out, 5, {1, 1, 1, static_cast<std::uint8_t>(1 + choices_.byte() % 8)});
    Bytes exports;
    put_u32(exports, functions_ + 1);
    for (std::uint32_t i = 0; i < functions_; ++i) {
      put_name(exports, choices_.name() + std::to_string(i));
      put(exports, {0, static_cast<std::uint8_t>(i + 1)});
    }
    put_name(exports, "memory");
    put(exports, {2, 0});
    put_section(out, 7, exports);
    put_section(out, 9, {1, 0, 0x41, 0, 0x0B, 1, 1}); // element 0 is function 1
    Bytes code;
    put_u32(code, functions_);
    for (std::uint32_t i = 0; i < functions_; ++i) {
      put_sized(code, body());
    }
    put_section(out, 10, code);
    put_names(out);
    return out;
  }

 private:
  Bytes body() {
    Bytes out{0}; // no locals
    for (int left = choices_.byte() % 6; left >= 0; --left) {
      statement(out);
    }
    put(out, {0x20, 0, 0x0B});
    return out;
  }

  void statement(Bytes& out) {
    switch (choices_.byte() % 11) {
    case 0:
      put_number(out, choices_);
      put(out, {0x40, 0, 0x1A});
      break;                         // memory.grow
    case 1: put(out, {0x00}); break; // unreachable
    case 2:
      put_number(out, choices_);
      put(out, {0x28, 2, static_cast<std::uint8_t>(choices_.byte() & 0x7F), 0x1A});
      break; // i32.load
    case 3:  // i32.load of i32.load
      put_number(out, choices_);
      put(out, {0x28, 2, 0, 0x28, 2, 4, 0x1A});
      break;
    case 4: put(out, {0x20, 0, 0x10, 0, 0x1A}); break; // call of the import
    case 5:                                            // call of one that is defined
      put(out, {0x20, 0, 0x10, static_cast<std::uint8_t>(1 + choices_.byte() % functions_), 0x1A});
      break;
    case 6:
      put(out, {0x20, 0});
      put_number(out, choices_);
      put(out, {0x11, 0, 0, 0x1A});
      break;                                              // call_indirect
    case 7: put(out, {0x03, 0x40, 0x0C, 0, 0x0B}); break; // loop
    case 8:
      put_number(out, choices_);
      put_number(out, choices_);
      put(out, {0x36, 2, 0});
      break; // i32.store
    case 9:
      put(out, {0xD0, 0x70});
      put_number(out, choices_);
      put(out, {0xFC, 15, 0, 0x1A});
      break; // table.grow
    default: // memory.fill
      put_number(out, choices_);
      put_number(out, choices_);
      put_number(out, choices_);
      put(out, {0xFC, 11, 0});
      break;
    }
  }

  // A name section: names for functions that exist and that do not, or what is left of the input as it is.
  void put_names(Bytes& out) {
    Bytes section;
    put_name(section, "name");
    if (choices_.byte() % 4 == 0) {
      auto const rest = choices_.rest();
      section.insert(section.end(), rest.begin(), rest.end());
    } else {
      Bytes module;
      put_name(module, choices_.text(40));
      section.push_back(0);
      put_sized(section, module);
      Bytes functions;
      std::uint32_t const count = choices_.byte() % 8;
      put_u32(functions, count + choices_.byte() % 2); // perhaps one too many
      for (std::uint32_t i = 0; i < count; ++i) {
        put_u32(functions, choices_.byte() % 9);
        put_name(functions, choices_.text(200));
      }
      section.push_back(1);
      put_sized(section, functions);
    }
    put_section(out, 0, section);
  }

  Choices& choices_;
  std::uint32_t functions_;
};

// What the host function does, and what it says when it fails.
struct Host {
  std::uint8_t does = 0;
  std::string text;

  weir::Result<void> operator()(weir::Caller& caller, std::span<weir::Val const>, std::span<weir::Val>) const {
    auto const memory = caller.memory(0);
    switch (does % 4) {
    case 0: return std::unexpected(weir::Error{weir::ErrorKind::host, text});
    case 1: return memory.has_value() ? memory->write(caller, does, text) : weir::Result<void>{};
    case 2:
      if (memory.has_value()) {
        if (auto const grown = memory->grow(caller, does); !grown.has_value()) {
          return std::unexpected(grown.error());
        }
      }
      return {};
    default: return {};
    }
  }
};

void run(std::span<std::uint8_t const> bytes, Host const& host, std::uint8_t settings) {
  weir::Engine const engine{weir::Config{}
                                .backend((settings & 1) != 0 ? weir::Backend::automatic : weir::Backend::loop)
                                .consume_fuel(true)
                                .max_stack_bytes(std::uint64_t{16} << 10)
                                .memory_reservation(0)};
  auto const module = weir::Module::from_bytes(engine, bytes);
  if (!module.has_value()) {
    return;
  }
  weir::Store store{engine,
                    {.memory_size = std::uint64_t{65536} * (1 + (settings >> 1 & 7)),
                     .total_memory = std::uint64_t{65536} * 6,
                     .table_elements = 3,
                     .trap_on_grow_failure = (settings & 0x80) != 0}};
  weir::Linker linker{engine};
  linker.allow_shadowing(true);
  for (auto const& import : module->imports()) {
    if (auto const* const type = std::get_if<weir::FuncType>(&import.type)) {
      (void)linker.func(import.module, import.name, *type, host);
    }
  }
  (void)store.set_fuel(3000);
  auto const instance = linker.instantiate(store, *module);
  if (!instance.has_value()) {
    check(instance.error());
    return;
  }
  auto const exports = instance->exports(store);
  for (auto const& each : exports.value_or(std::vector<weir::Export>{})) {
    auto const* const function = std::get_if<weir::Func>(&each.value);
    auto const type = function != nullptr
                          ? function->type(store)
                          : weir::Result<weir::FuncType>{std::unexpected(weir::Error{weir::ErrorKind::usage, ""})};
    if (!type.has_value()) {
      continue;
    }
    std::vector<weir::Val> arguments;
    for (auto const parameter : type->params()) {
      arguments.push_back(weir::Val::default_of(parameter));
    }
    (void)store.set_fuel(3000);
    if (auto const results = function->call(store, arguments); !results.has_value()) {
      check(results.error());
    }
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 3) {
    return 0;
  }
  Choices choices{{data + 2, size - 2}};
  Host const host{choices.byte(), choices.text(100)};
  if ((data[0] & 1) == 0) {
    run(choices.rest(), host, data[1]);
  } else {
    run(Generator{choices}.build(), host, data[1]);
  }
  return 0;
}
