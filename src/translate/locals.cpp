#include "translate/locals.hpp"

#include <algorithm>

#include "code/encoder.hpp"
#include "code/frame.hpp"

namespace weir::translate {

namespace {

std::uint32_t slots_of(std::span<ValType const> types) noexcept {
  std::uint32_t slots = 0;
  for (ValType const type : types) {
    slots += code::slot_width(type);
  }
  return slots;
}

void set_place(Local& local) noexcept {
  using Kind = code::Operand::Kind;
  bool const is_float = local.value_class == ValueClass::floating;
  local.place_kind = local.pin < 0 ? Kind::slot : is_float ? Kind::float_register : Kind::int_register;
  local.place_number = local.pin < 0 ? local.slot : static_cast<std::uint32_t>(local.pin);
  local.place_bit = static_cast<std::uint8_t>(code::place_bit(local.place_kind, local.place_number, false));
}

} // namespace

void Locals::begin(std::vector<ValType> const& params, std::uint32_t param_slots) {
  if (++epoch_ == 0) { // after 2^32 functions: no old mark may be taken for a new one
    locals_.clear();
    epoch_ = 1;
  }
  named_.clear();
  groups_.clear();
  params_ = &params;
  param_slots_ = param_slots;
  declared_slots_ = 0;
  declared_end_ = static_cast<std::uint32_t>(params.size());
  first_declared_slot_ = 0;
}

void Locals::declare(std::uint32_t count, ValType type) {
  if (count == 0) {
    return;
  }
  groups_.push_back({declared_end_ + count, declared_end_, declared_slots_, type});
  declared_end_ += count;
  declared_slots_ += count * code::slot_width(type);
}

void Locals::place(std::uint32_t first_declared_slot) noexcept {
  first_declared_slot_ = first_declared_slot;
  for (std::uint32_t const index : named_) {
    Local& local = locals_[index];
    local.slot += local.is_declared ? first_declared_slot : 0;
    set_place(local);
  }
}

void Locals::meet(std::uint32_t index) {
  if (index >= locals_.size()) {
    locals_.resize(std::max<std::size_t>(std::size_t{index} + 1, locals_.size() * 2));
  }
  Local local;
  local.epoch = epoch_;
  ValType type;
  if (index < params_->size()) {
    type = (*params_)[index];
    bool const have_vectors = param_slots_ != params_->size();
    local.slot = first_slot() + (have_vectors ? slots_of(std::span{*params_}.first(index)) : index);
  } else {
    auto const group = std::upper_bound(groups_.begin(), groups_.end(), index,
                                        [](std::uint32_t wanted, Group const& g) { return wanted < g.end; });
    type = group->type;
    local.is_declared = true;
    local.slot = first_declared_slot_ + group->first_slot + (index - group->begin) * code::slot_width(type);
  }
  local.value_class = class_of(type);
  local.is_vector = type.is_vec();
  local.may_be_pinned = type.is_num();
  set_place(local);
  locals_[index] = local;
  named_.push_back(index);
}

} // namespace weir::translate
