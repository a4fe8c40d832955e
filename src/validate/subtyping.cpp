#include "validate/subtyping.hpp"

#include <map>

namespace weir::validate {

namespace {

constexpr std::uint32_t func_heap = 0x70;

// The type with every reference replaced by one to the first equivalent type, as numbers; `self` in place of itself.
std::vector<std::uint32_t> key_of(FuncType const& type, std::uint32_t self, std::vector<std::uint32_t> const& first) {
  constexpr std::uint32_t self_marker = 0xFFFFFFFE;
  constexpr std::uint32_t separator = 0xFFFFFFFF;
  std::vector<std::uint32_t> key;
  key.reserve(type.params().size() + type.results().size() + 1);
  for (auto const* list : {&type.params(), &type.results()}) {
    for (auto const each : *list) {
      if (!each.is_concrete_ref()) {
        key.push_back(each.bits());
      } else if (each.heap() == self) {
        key.push_back(self_marker - (each.is_nullable() ? 1 : 0));
      } else {
        auto const target = each.heap() < self ? first[each.heap()] : each.heap();
        key.push_back(ValType::concrete_ref(target, each.is_nullable()).bits());
      }
    }
    key.push_back(separator);
  }
  return key;
}

} // namespace

std::vector<std::uint32_t> first_equivalent_types(wasm::Module const& module) {
  std::vector<std::uint32_t> first;
  first.reserve(module.types.size());
  std::map<std::vector<std::uint32_t>, std::uint32_t> known;
  for (std::uint32_t i = 0; i < module.types.size(); ++i) {
    first.push_back(known.try_emplace(key_of(module.types[i], i, first), i).first->second);
  }
  return first;
}

bool reference_matches(ValType sub, ValType super, std::vector<std::uint32_t> const& first_equivalent) noexcept {
  if (sub.is_nullable() && !super.is_nullable()) {
    return false;
  }
  if (sub.heap() == super.heap() && sub.is_concrete_ref() == super.is_concrete_ref()) {
    return true;
  }
  if (!sub.is_concrete_ref()) {
    return sub.heap() == unknown_reference.heap();
  }
  if (!super.is_concrete_ref()) {
    return super.heap() == func_heap;
  }
  return sub.heap() < first_equivalent.size() && super.heap() < first_equivalent.size() &&
         first_equivalent[sub.heap()] == first_equivalent[super.heap()];
}

} // namespace weir::validate
