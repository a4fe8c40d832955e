#include "decode/names.hpp"

#include "base/leb128.hpp"
#include "base/utf8.hpp"

namespace weir::decode {

namespace {

// Takes integers and names off the front of a span. After a failure the span is empty, so that every further read
// fails too.
bool take_u32(base::ByteSpan& bytes, std::uint32_t& value) noexcept {
  std::uint8_t const* at = bytes.data();
  std::uint8_t const* const end = at + bytes.size();
  if (base::read_leb(at, end, value) != base::LebStatus::ok) {
    bytes = {};
    return false;
  }
  bytes = {at, end};
  return true;
}

bool take_bytes(base::ByteSpan& bytes, base::ByteSpan& taken) noexcept {
  std::uint32_t size = 0;
  if (!take_u32(bytes, size) || size > bytes.size()) {
    bytes = {};
    return false;
  }
  taken = bytes.first(size);
  bytes = bytes.subspan(size);
  return true;
}

bool take_name(base::ByteSpan& bytes, std::string_view& name) noexcept {
  base::ByteSpan taken;
  if (!take_bytes(bytes, taken) || !base::is_utf8(base::as_text(taken))) {
    bytes = {};
    return false;
  }
  name = base::as_text(taken);
  return true;
}

} // namespace

NameMap::NameMap(base::ByteSpan bytes) noexcept : rest_(bytes) { take_u32(rest_, left_); }

std::optional<Name> NameMap::next() noexcept {
  Name name;
  if (left_ == 0 || !take_u32(rest_, name.index) || !take_name(rest_, name.name)) {
    left_ = 0;
    return std::nullopt;
  }
  --left_;
  return name;
}

std::string_view NameMap::find(std::uint32_t index) const noexcept {
  NameMap map = *this;
  while (auto const name = map.next()) {
    if (name->index == index) {
      return name->name;
    }
  }
  return {};
}

NameSection::NameSection(wasm::Module const& module) noexcept {
  for (auto const& section : module.custom_sections) {
    if (section.name == "name") {
      contents_ = module.view(section.data);
      return;
    }
  }
}

std::optional<base::ByteSpan> NameSection::subsection(Kind kind) const noexcept {
  base::ByteSpan rest = contents_;
  while (!rest.empty()) {
    auto const id = rest.front();
    rest = rest.subspan(1);
    base::ByteSpan contents;
    if (take_bytes(rest, contents) && id == static_cast<std::uint8_t>(kind)) {
      return contents;
    }
  }
  return std::nullopt;
}

std::string_view NameSection::module() const noexcept {
  std::string_view name;
  if (auto contents = subsection(Kind::module)) {
    take_name(*contents, name);
  }
  return name;
}

NameMap NameSection::names(Kind kind) const noexcept {
  auto const contents = subsection(kind);
  return contents ? NameMap{*contents} : NameMap{};
}

LocalNameMap::LocalNameMap(base::ByteSpan bytes) noexcept : rest_(bytes) { take_u32(rest_, left_); }

std::optional<LocalNameMap::Entry> LocalNameMap::next() noexcept {
  Entry entry;
  if (left_ == 0 || !take_u32(rest_, entry.function)) {
    left_ = 0;
    return std::nullopt;
  }
  --left_;
  entry.names = NameMap{rest_};
  NameMap behind = entry.names;
  while (behind.next()) {
  }
  rest_ = behind.rest();
  return entry;
}

LocalNameMap NameSection::locals() const noexcept {
  auto const contents = subsection(Kind::locals);
  return contents ? LocalNameMap{*contents} : LocalNameMap{};
}

NameMap NameSection::locals(std::uint32_t function) const noexcept {
  auto map = locals();
  while (auto const entry = map.next()) {
    if (entry->function == function) {
      return entry->names;
    }
  }
  return {};
}

Names read_names(base::ByteSpan name_section) {
  NameSection const section{name_section};
  Names names;
  names.module = section.module();
  auto functions = section.names(NameSection::Kind::functions);
  while (auto const name = functions.next()) {
    names.functions.push_back(*name);
  }
  return names;
}

std::string_view name_of_function(wasm::Module const& module, std::uint32_t function) noexcept {
  if (module.bytes.empty()) {
    return {}; // released: names would be views into nothing
  }
  auto const name = NameSection{module}.names(NameSection::Kind::functions).find(function);
  if (!name.empty()) {
    return name;
  }
  for (auto const& each : module.exports) {
    if (each.kind == ExternKind::func && each.index == function) {
      return each.name;
    }
  }
  return {};
}

std::vector<Producer> read_producers(base::ByteSpan producers_section) {
  std::vector<Producer> producers;
  std::uint32_t fields = 0;
  take_u32(producers_section, fields);
  for (; fields != 0; --fields) {
    Producer producer;
    std::uint32_t values = 0;
    if (!take_name(producers_section, producer.field) || !take_u32(producers_section, values)) {
      break;
    }
    for (; values != 0; --values) {
      if (!take_name(producers_section, producer.name) || !take_name(producers_section, producer.version)) {
        return producers;
      }
      producers.push_back(producer);
    }
  }
  return producers;
}

} // namespace weir::decode
