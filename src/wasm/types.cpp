#include <weir/types.hpp>

#include <fmt/format.h>

namespace weir {

namespace {

std::string list(std::vector<ValType> const& types) {
  std::string text = "[";
  for (auto const type : types) {
    if (text.size() > 1) {
      text += ' ';
    }
    text += to_string(type);
  }
  return text + "]";
}

std::string bounds(Limits const& limits) {
  return limits.max ? fmt::format("{}..{}", limits.min, *limits.max) : fmt::format("{}..", limits.min);
}

} // namespace

std::string to_string(ValType type) {
  if (type.is_bottom()) {
    return "unknown";
  }
  if (type == ValType::i32()) {
    return "i32";
  }
  if (type == ValType::i64()) {
    return "i64";
  }
  if (type == ValType::f32()) {
    return "f32";
  }
  if (type == ValType::f64()) {
    return "f64";
  }
  if (type == ValType::v128()) {
    return "v128";
  }
  if (type == ValType::funcref()) {
    return "funcref";
  }
  if (type == ValType::externref()) {
    return "externref";
  }
  std::string const heap = type.is_concrete_ref() ? fmt::format("{}", type.heap())
                           : type.heap() == 0x70  ? "func"
                           : type.heap() == 0x6F  ? "extern"
                           : type.heap() == 0     ? "unknown"
                                                  : fmt::format("0x{:02x}", type.heap());
  return fmt::format("(ref {}{})", type.is_nullable() ? "null " : "", heap);
}

std::string to_string(FuncType const& type) { return list(type.params()) + " -> " + list(type.results()); }

char const* to_string(ExternKind kind) noexcept {
  switch (kind) {
  case ExternKind::func: return "func";
  case ExternKind::table: return "table";
  case ExternKind::memory: return "memory";
  case ExternKind::global: return "global";
  case ExternKind::tag: return "tag";
  }
  return "unknown";
}

std::string to_string(TableType const& type) {
  return fmt::format("table {}{} {}", type.is_64 ? "i64 " : "", bounds(type.limits), to_string(type.element));
}

std::string to_string(MemoryType const& type) {
  return fmt::format("memory {}{} pages{}", type.is_64 ? "i64 " : "", bounds(type.limits),
                     type.is_shared ? " shared" : "");
}

std::string to_string(GlobalType const& type) {
  return type.is_mutable ? fmt::format("global (mut {})", to_string(type.content))
                         : fmt::format("global {}", to_string(type.content));
}

std::string to_string(ExternType const& type) {
  struct Visitor {
    std::string operator()(FuncType const& each) const { return "func " + to_string(each); }
    std::string operator()(TableType const& each) const { return to_string(each); }
    std::string operator()(MemoryType const& each) const { return to_string(each); }
    std::string operator()(GlobalType const& each) const { return to_string(each); }
  };
  return std::visit(Visitor{}, type);
}

} // namespace weir
