#include "diagnose/toolchain.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "decode/names.hpp"

namespace weir::diagnose {

namespace {

constexpr std::size_t name_bytes = 40; // of a guest's own words in ours

struct Maker {
  std::string_view word; // in a producer's name
  ToolchainKind kind;
};
// Those that also run another one come first.
constexpr Maker makers[] = {
    {"TinyGo", ToolchainKind::tiny_go}, {"rustc", ToolchainKind::rustc}, {"emscripten", ToolchainKind::emscripten},
    {"zig", ToolchainKind::zig},        {"Go", ToolchainKind::go},       {"clang", ToolchainKind::llvm},
    {"LLVM", ToolchainKind::llvm},
};

std::optional<Toolchain> from_producers(wasm::Module const& module) {
  auto const section =
      std::ranges::find(module.custom_sections, std::string_view{"producers"}, &wasm::CustomSection::name);
  if (section == module.custom_sections.end()) {
    return std::nullopt;
  }
  auto const producers = decode::read_producers(module.view(section->data));
  for (auto const& maker : makers) {
    for (auto const& each : producers) {
      // "Go" is a language too; a short word must be the whole name.
      bool const is_it = maker.word.size() < 4 ? each.name == maker.word : each.name.contains(maker.word);
      if (each.field != "language" && is_it) {
        auto const version = each.version.substr(0, each.version.find_first_of(" ("));
        return Toolchain{maker.kind, fmt::format("{} {}", base::printable(each.name, name_bytes),
                                                 base::printable(version, name_bytes))};
      }
    }
  }
  return std::nullopt;
}

bool exports(wasm::Module const& module, std::string_view name) {
  return std::ranges::any_of(module.exports, [&](wasm::Export const& each) { return each.name == name; });
}

} // namespace

Toolchain find_toolchain(wasm::Module const& module, bool is_linked) {
  if (auto found = from_producers(module)) {
    return *std::move(found);
  }
  auto const has_section = [&](std::string_view name) {
    return std::ranges::any_of(module.custom_sections,
                               [&](wasm::CustomSection const& section) { return section.name == name; });
  };
  if (has_section("go.buildid") || has_section("go:buildid")) {
    return {ToolchainKind::go, "Go (by its build identifier)"};
  }
  if ((exports(module, "__new") && exports(module, "__pin")) || exports(module, "__rtti_base")) {
    return {ToolchainKind::assembly_script, "AssemblyScript (by its exports)"};
  }
  if (exports(module, "emscripten_stack_get_end") || exports(module, "_emscripten_stack_alloc")) {
    return {ToolchainKind::emscripten, "Emscripten (by its exports)"};
  }
  if (is_linked) {
    return {ToolchainKind::llvm, "LLVM's linker (by the width of addresses in the code)"};
  }
  return {};
}

namespace {

// Parameters and results in letters: p for the address type, i for i32.
struct Pattern {
  std::string_view name;
  std::string_view params;
  bool gives_pointer;
};

struct Convention {
  Pattern allocate;
  Pattern release[2]; // the first that fits; an empty name: none
  Pattern reallocate;
  bool is_unambiguous;
};

constexpr Pattern none{"", "", false};
constexpr Convention conventions[] = {
    {{"malloc", "p", true}, {{"free", "p", false}, none}, {"realloc", "pp", true}, true},
    {{"_malloc", "p", true}, {{"_free", "p", false}, none}, {"_realloc", "pp", true}, true},
    {{"cabi_realloc", "pppp", true}, {none, none}, none, true},
    {{"__new", "pi", true}, {{"__unpin", "p", false}, none}, {"__renew", "pp", true}, true},
    {{"__wbindgen_malloc", "pp", true},
     {{"__wbindgen_free", "ppp", false}, none},
     {"__wbindgen_realloc", "pppp", true},
     true},
    {{"__wbindgen_malloc", "p", true},
     {{"__wbindgen_free", "pp", false}, none},
     {"__wbindgen_realloc", "ppp", true},
     true},
    {{"allocate", "p", true},
     {{"deallocate", "pp", false}, {"deallocate", "p", false}},
     {"reallocate", "pp", true},
     false},
    {{"alloc", "p", true}, {{"dealloc", "pp", false}, {"dealloc", "p", false}}, {"realloc", "pp", true}, false},
    {{"allocate", "pp", true}, {{"deallocate", "ppp", false}, {"deallocate", "pp", false}}, none, false},
    {{"alloc", "pp", true}, {{"dealloc", "ppp", false}, {"dealloc", "pp", false}}, none, false},
    {{"alloc", "p", true}, {{"free", "p", false}, {"free", "pp", false}}, none, false},
    {{"allocate", "p", true}, {{"free", "p", false}, {"free", "pp", false}}, none, false},
    {{"wasm_alloc", "p", true}, {{"wasm_free", "p", false}, {"wasm_dealloc", "pp", false}}, none, false},
    {{"init", "p", true}, {{"deinit", "pp", false}, {"deinit", "p", false}}, none, false},
};

class ExportedFunctions {
 public:
  ExportedFunctions(wasm::Module const& module, bool is_64) : module_(module), is_64_(is_64) {
    for (auto const& each : module.exports) {
      if (each.kind == ExternKind::func && each.name.size() < 24 && each.index < module.functions.size() &&
          module.functions[each.index] < module.types.size()) {
        functions_.emplace(each.name, each.index);
      }
    }
  }

  bool fits(Pattern const& pattern) const {
    auto const found = pattern.name.empty() ? functions_.end() : functions_.find(pattern.name);
    if (found == functions_.end()) {
      return false;
    }
    auto const& type = module_.type_of_function(found->second);
    auto const address = is_64_ ? ValType::i64() : ValType::i32();
    bool const fits_params = std::ranges::equal(type.params(), pattern.params, [&](ValType param, char letter) {
      return param == (letter == 'i' ? ValType::i32() : address);
    });
    // __unpin and some deallocators give something back; a releasing function may.
    return fits_params && (pattern.gives_pointer ? type.results() == std::vector{address} : type.results().size() < 2);
  }

 private:
  wasm::Module const& module_;
  bool is_64_;
  std::unordered_map<std::string_view, std::uint32_t> functions_;
};

} // namespace

std::vector<AllocatorCandidate> find_allocators(wasm::Module const& module, bool is_64) {
  ExportedFunctions const functions{module, is_64};
  std::vector<AllocatorCandidate> candidates;
  for (auto const& each : conventions) {
    if (!functions.fits(each.allocate)) {
      continue;
    }
    AllocatorCandidate candidate;
    candidate.allocate = each.allocate.name;
    for (auto const& release : each.release) {
      if (candidate.release.empty() && functions.fits(release)) {
        candidate.release = release.name;
      }
    }
    if (functions.fits(each.reallocate)) {
      candidate.reallocate = each.reallocate.name;
    }
    candidate.is_unambiguous = each.is_unambiguous;
    // `alloc` or `init` alone may be anything.
    bool const is_weak = !each.is_unambiguous && candidate.release.empty();
    bool const is_known = std::ranges::any_of(
        candidates, [&](AllocatorCandidate const& earlier) { return earlier.allocate == candidate.allocate; });
    if (!is_weak && !is_known) {
      candidates.push_back(std::move(candidate));
    }
  }
  return candidates;
}

} // namespace weir::diagnose
