#include "diagnose/trapped_locals.hpp"

#include "code/frame.hpp"
#include "code/ops.hpp"
#include "decode/function_reader.hpp"

namespace weir::diagnose {

TrappedLocals::TrappedLocals(wasm::Module const& module, code::FunctionRecord const& record, int enter_form,
                             runtime::TrapRecord const& trap)
    : module_(module), record_(record), trap_(trap) {
  auto const shape = code::shape_of(code::Op::enter);
  int_pins_ = static_cast<std::uint32_t>(code::digit(shape, enter_form, 0));
  float_pins_ = static_cast<std::uint32_t>(code::digit(shape, enter_form, 1));
}

void TrappedLocals::restore_registers(runtime::TrapRecord& registers) const noexcept {
  std::uint64_t const* const saved = trap_.frame + code::link_slot + code::link_slots;
  for (std::uint32_t i = 0; i < int_pins_; ++i) {
    registers.int_registers[static_cast<std::uint32_t>(code::int_temporaries) + i] = saved[i];
  }
  for (std::uint32_t i = 0; i < float_pins_; ++i) {
    registers.float_registers[static_cast<std::uint32_t>(code::float_temporaries) + i].low = saved[int_pins_ + 2 * i];
  }
}

std::optional<std::uint32_t> TrappedLocals::slot_of(std::uint32_t local) const {
  std::uint32_t index = 0;
  std::uint32_t slot = code::first_slot(record_.param_slots);
  for (ValType const type : module_.type_of_function(record_.function).params()) {
    if (index++ == local) {
      return type.is_vec() ? std::nullopt : std::optional{slot};
    }
    slot += code::slot_width(type);
  }
  slot = record_.first_local;
  decode::FunctionReader body{module_, record_.function};
  while (auto const group = body.failed() ? std::nullopt : body.next_locals()) {
    if (local - index < group->count) {
      return group->type.is_vec() ? std::nullopt : std::optional{slot + (local - index)};
    }
    index += group->count;
    slot += group->count * code::slot_width(group->type);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> TrappedLocals::value_of(std::uint32_t local) const {
  auto const slot = slot_of(local);
  if (!slot.has_value() || *slot >= code::first_slot(record_.param_slots) + record_.frame_slots) {
    return std::nullopt;
  }
  code::Word const* const enter = record_.code_begin;
  for (std::uint32_t i = 0; i < int_pins_; ++i) {
    if ((enter[2] >> 16 * i & 0xFFFF) == *slot) {
      return trap_.int_registers[static_cast<std::uint32_t>(code::int_temporaries) + i];
    }
  }
  for (std::uint32_t i = 0; i < float_pins_; ++i) {
    if ((enter[3] >> 16 * i & 0xFFFF) == *slot) {
      return trap_.float_registers[static_cast<std::uint32_t>(code::float_temporaries) + i].low;
    }
  }
  return trap_.frame[*slot];
}

} // namespace weir::diagnose
