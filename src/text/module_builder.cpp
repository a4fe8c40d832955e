#include "text/module_builder.hpp"

#include <algorithm>

namespace weir::text {

namespace {

void write_section(Bytes& out, std::uint8_t id, Bytes const& contents) {
  out.push_back(id);
  base::write_uleb(out, contents.size());
  append(out, contents);
}

// Empty for no elements.
Bytes with_count(Section const& section) {
  Bytes contents;
  if (section.count != 0) {
    contents.reserve(section.contents.size() + 5);
    base::write_uleb(contents, section.count);
    append(contents, section.contents);
  }
  return contents;
}

// A name map: the ids in the order of their indices. https://webassembly.github.io/spec/core/appendix/custom.html
void write_name_map(Bytes& out, std::uint8_t subsection, IndexSpace const& space) {
  if (space.ids.empty()) {
    return;
  }
  std::vector<std::pair<std::uint32_t, std::string_view>> names;
  names.reserve(space.ids.size());
  for (auto const& [name, index] : space.ids) {
    names.emplace_back(index, name);
  }
  std::ranges::sort(names);
  Bytes contents;
  base::write_uleb(contents, names.size());
  for (auto const& [index, name] : names) {
    base::write_uleb(contents, index);
    write_name(contents, name);
  }
  write_section(out, subsection, contents);
}

} // namespace

std::optional<std::uint8_t> section_rank(std::string_view word) noexcept {
  constexpr std::string_view words[] = {"type",   "import", "func", "table",     "memory", "tag", "global",
                                        "export", "start",  "elem", "datacount", "code",   "data"};
  auto const* const found = std::ranges::find(words, word);
  return found == std::end(words) ? std::nullopt
                                  : std::optional{static_cast<std::uint8_t>(found - std::begin(words) + 1)};
}

void append(Bytes& out, Bytes const& more) { out.insert(out.end(), more.begin(), more.end()); }

void write_name(Bytes& out, std::string_view text) {
  base::write_uleb(out, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

void write_heap_type(Bytes& out, ValType type) {
  if (type.is_concrete_ref()) {
    base::write_sleb(out, std::int64_t{type.heap()});
  } else {
    out.push_back(static_cast<std::uint8_t>(type.heap()));
  }
}

void write_value_type(Bytes& out, ValType type) {
  // Number types and v128 are their own code; the references of Wasm 2.0 are their heap type's, as the shorter form.
  bool const is_short = type.is_ref() && type.is_nullable() && !type.is_concrete_ref();
  if (!is_short) {
    out.push_back(static_cast<std::uint8_t>(type.bits() & 0xFF));
  }
  if (type.is_ref()) {
    write_heap_type(out, type);
  }
}

std::size_t ModuleBuilder::TypeHash::operator()(FuncType const& type) const noexcept {
  std::size_t hash = type.params().size();
  for (auto const& each : type.params()) {
    hash = hash * 1000003 ^ each.bits();
  }
  for (auto const& each : type.results()) {
    hash = hash * 998244353 ^ each.bits();
  }
  return hash;
}

void ModuleBuilder::add_type(FuncType type) {
  auto const index = static_cast<std::uint32_t>(types.size());
  first_of_type_.try_emplace(type, index);
  types.push_back(std::move(type));
}

std::uint32_t ModuleBuilder::find_type(FuncType const& type) {
  auto const [found, added] = first_of_type_.try_emplace(type, static_cast<std::uint32_t>(types.size()));
  if (added) {
    types.push_back(type);
  }
  return found->second;
}

Bytes ModuleBuilder::type_section() const {
  Section section;
  for (auto const& type : types) {
    ++section.count;
    section.contents.push_back(0x60);
    for (auto const* list : {&type.params(), &type.results()}) {
      base::write_uleb(section.contents, list->size());
      for (auto const each : *list) {
        write_value_type(section.contents, each);
      }
    }
  }
  return with_count(section);
}

// Empty if there is no name.
Bytes ModuleBuilder::name_section() const {
  Bytes names;
  write_name(names, "name");
  std::size_t const empty = names.size();
  if (!name.empty()) {
    Bytes contents;
    write_name(contents, name);
    write_section(names, 0, contents);
  }
  write_name_map(names, 1, functions);
  if (!local_names.empty()) {
    Bytes contents;
    base::write_uleb(contents, local_names.size());
    for (auto const& [function, locals] : local_names) {
      base::write_uleb(contents, function);
      base::write_uleb(contents, locals.size());
      for (auto const& [index, local] : locals) {
        base::write_uleb(contents, index);
        write_name(contents, local);
      }
    }
    write_section(names, 2, contents);
  }
  write_name_map(names, 4, type_ids);
  write_name_map(names, 5, tables);
  write_name_map(names, 6, memories);
  write_name_map(names, 7, globals);
  write_name_map(names, 8, elements);
  write_name_map(names, 9, data);
  write_name_map(names, 11, tags);
  return names.size() == empty ? Bytes{} : names;
}

Bytes ModuleBuilder::finish(bool with_names) const {
  Bytes out{0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00};
  std::uint8_t rank = 0;
  auto const write_custom = [&] {
    for (auto const& each : custom_sections) {
      if (each.behind == rank) {
        Bytes contents;
        write_name(contents, each.name);
        contents.insert(contents.end(), each.data.begin(), each.data.end());
        write_section(out, 0, contents);
      }
    }
    ++rank;
  };
  auto const write = [&](std::uint8_t id, Bytes const& contents) {
    if (!contents.empty()) {
      write_section(out, id, contents);
    }
    write_custom();
  };
  auto const leb = [](std::uint32_t value) {
    Bytes bytes;
    base::write_uleb(bytes, value);
    return bytes;
  };
  write_custom();
  write(1, type_section());
  write(2, with_count(imports));
  write(3, with_count(function_types));
  write(4, with_count(table_types));
  write(5, with_count(memory_types));
  write(13, with_count(tag_types));
  write(6, with_count(global_definitions));
  write(7, with_count(exports));
  write(8, start ? leb(*start) : Bytes{});
  write(9, with_count(element_segments));
  write(12, needs_data_count ? leb(data_segments.count) : Bytes{});
  write(10, with_count(code));
  write(11, with_count(data_segments));
  write(0, with_names ? name_section() : Bytes{});
  write_custom();
  return out;
}

} // namespace weir::text
