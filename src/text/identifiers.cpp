#include "text/identifiers.hpp"

#include <unordered_set>
#include <utility>

namespace weir::text {

Identifiers::Identifiers(decode::NameMap names, std::size_t count) {
  std::unordered_set<std::string_view> taken;
  while (auto const each = names.next()) {
    if (each->index >= count || each->name.empty() || !of(each->index).empty()) {
      continue;
    }
    if (names_.empty()) {
      names_.resize(count);
    }
    std::string_view name = each->name;
    if (!taken.insert(name).second) {
      std::string made{name};
      do {
        made += '#' + std::to_string(each->index);
      } while (taken.contains(made));
      name = made_.emplace_back(std::move(made));
      taken.insert(name);
    }
    names_[each->index] = name;
  }
}

void Identifiers::reference(TextWriter& out, std::uint32_t index) const {
  if (auto const name = of(index); !name.empty()) {
    out.id(name);
  } else {
    out.number(index);
  }
}

void Identifiers::definition(TextWriter& out, std::uint32_t index) const {
  if (auto const name = of(index); !name.empty()) {
    out.put(' ');
    out.id(name);
  }
  out.put(" (;");
  out.number(index);
  out.put(";)");
}

ModuleIdentifiers::ModuleIdentifiers(wasm::Module const& decoded) {
  using Kind = decode::NameSection::Kind;
  decode::NameSection const section{decoded};
  module = section.module();
  types = {section.names(Kind::types), decoded.types.size()};
  functions = {section.names(Kind::functions), decoded.functions.size()};
  tables = {section.names(Kind::tables), decoded.tables.size()};
  memories = {section.names(Kind::memories), decoded.memories.size()};
  globals = {section.names(Kind::globals), decoded.globals.size()};
  elements = {section.names(Kind::elements), decoded.elements.size()};
  data = {section.names(Kind::data), decoded.data.size()};
  tags = {section.names(Kind::tags), decoded.tags.size()};
  auto all_locals = section.locals();
  while (auto const each = all_locals.next()) {
    locals_.try_emplace(each->function, each->names);
  }
}

Identifiers ModuleIdentifiers::locals(std::uint32_t function, std::size_t count) const {
  auto const found = locals_.find(function);
  return found == locals_.end() ? Identifiers{} : Identifiers{found->second, count};
}

} // namespace weir::text
