#include "diagnose/memory_access.hpp"

#include "base/bytes.hpp"
#include "code/cell.hpp"
#include "decode/instruction.hpp"
#include "wasm/opcode.hpp"

namespace weir::diagnose {

namespace {

// The integer operand that the shape writes to `field`; immediates are sign-extended.
std::optional<std::uint64_t> operand_in(runtime::TrapRecord const& trap, code::Shape const& shape, int form,
                                        char field) {
  for (int i = 0; i < shape.count; ++i) {
    auto const spec = shape.operands[static_cast<std::size_t>(i)];
    if (spec.field != field) {
      continue;
    }
    auto const place = code::place_of(spec.role, code::digit(shape, form, i));
    std::int64_t number = 0;
    switch (field) {
    case 'a': number = code::field_a(trap.ip); break;
    case 'b': number = static_cast<std::int32_t>(code::field_b(trap.ip)); break;
    case 'd': number = code::field_d(trap.ip); break;
    case 'c': number = code::field_c(trap.ip); break;
    case 't': number = code::field_t(trap.ip); break;
    default: return std::nullopt;
    }
    switch (place.kind) {
    case code::Operand::Kind::slot: return trap.frame[static_cast<std::uint32_t>(number)];
    case code::Operand::Kind::immediate: return static_cast<std::uint64_t>(number);
    case code::Operand::Kind::int_register: return trap.int_registers[place.number];
    default: return std::nullopt;
    }
  }
  return std::nullopt;
}

// The Wasm instruction at this offset of the module that the trapped code belongs to.
std::optional<decode::Instruction> instruction_at(wasm::Module const& module, std::uint32_t offset) {
  if (offset >= module.bytes.size()) {
    return std::nullopt;
  }
  decode::InstructionReader reader{module.bytes.subspan(offset), offset, module.features};
  decode::Instruction instruction;
  return reader.next(instruction) ? std::optional{instruction} : std::nullopt;
}

bool is_outside(MemoryAccess const& access) noexcept {
  return access.address < access.base || access.address > access.memory_size ||
         access.size > access.memory_size - access.address;
}

// memory.fill, .copy and .init: a range.
std::optional<MemoryAccess> bulk_access(runtime::TrapRecord const& trap, code::Op op, int form) {
  bool const is_in_first = op == code::Op::copy_bytes || op == code::Op::fill_bytes;
  auto const operand = [&](char field) {
    std::uint64_t const value = operand_in(trap, code::shape_of(op), form, field).value_or(0);
    return is_in_first ? value & 0xFFFFFFFF : value;
  };
  std::uint64_t const destination = operand(is_in_first ? 'b' : 'd');
  std::uint64_t const source = operand(is_in_first ? 't' : 'a');
  std::uint64_t const size = operand('c');
  auto const range = [&](std::uint32_t memory, std::uint64_t at, bool is_store) -> std::optional<MemoryAccess> {
    MemoryAccess const access{memory, at, at, 0, size, trap.context->memories[memory]->size, is_store};
    return is_outside(access) ? std::optional{access} : std::nullopt;
  };
  switch (op) {
  case code::Op::fill_bytes: return range(0, destination, true);
  case code::Op::copy_bytes: {
    auto const read = range(0, source, false);
    return read.has_value() ? read : range(0, destination, true);
  }
  case code::Op::memory_fill:
  case code::Op::memory_init: return range(code::field_b(trap.ip), destination, true);
  case code::Op::memory_copy: {
    auto const read = range(static_cast<std::uint32_t>(code::field_t(trap.ip)), source, false);
    return read.has_value() ? read : range(code::field_b(trap.ip), destination, true);
  }
  default: return std::nullopt;
  }
}

} // namespace

std::optional<MemoryAccess> find_memory_access(runtime::TrapRecord const& trap, code::Op op, int form,
                                               std::uint32_t wasm_offset) {
  auto const family = code::info(op).family;
  if (family == code::OpFamily::bulk) {
    return bulk_access(trap, op, form);
  }
  if (family != code::OpFamily::memory && family != code::OpFamily::indexed) {
    return std::nullopt;
  }
  auto const& module = *trap.context->instance->module;
  auto const instruction = instruction_at(module, wasm_offset);
  if (!instruction.has_value() || wasm::info(instruction->opcode).access < 0) {
    return std::nullopt;
  }
  auto const& opcode = wasm::info(instruction->opcode);
  auto const shape = code::shape_of(op);
  // Where a load is merged with arithmetic, a is the latter's.
  bool const has_arithmetic =
      op == code::Op::f64_add_load || op == code::Op::f64_sub_load || op == code::Op::f64_mul_load;
  auto const a = operand_in(trap, shape, form, has_arithmetic ? 'c' : 'a');
  auto const b = operand_in(trap, shape, form, 'b');
  if (!a.has_value() || !b.has_value()) {
    return std::nullopt;
  }
  MemoryAccess access;
  access.memory = instruction->index;
  access.offset = instruction->value;
  access.size = std::uint64_t{1} << opcode.access;
  access.is_store = opcode.text.find("store") != std::string_view::npos;
  access.memory_size = trap.context->memories[access.memory]->size;
  if (family == code::OpFamily::indexed) {
    access.base = static_cast<std::uint32_t>(*a + *b);
  } else {
    // b is the memarg's offset with, for a constant address, that address added.
    auto const is_constant = [&] {
      for (int i = 0; i < shape.count; ++i) {
        auto const spec = shape.operands[static_cast<std::size_t>(i)];
        if (spec.field == 'a') {
          return code::place_of(spec.role, code::digit(shape, form, i)).kind == code::Operand::Kind::immediate;
        }
      }
      return false;
    }();
    access.base = is_constant ? static_cast<std::uint32_t>(*b) - access.offset : static_cast<std::uint32_t>(*a);
  }
  access.address = access.base + access.offset;
  return access;
}

std::optional<ElementAccess> find_element_access(runtime::TrapRecord const& trap, code::Op op, int form) {
  if (op != code::Op::call_indirect) {
    return std::nullopt;
  }
  auto const element = operand_in(trap, code::shape_of(op), form, 'a');
  if (!element.has_value()) {
    return std::nullopt;
  }
  auto const table = static_cast<std::uint32_t>(code::field_x(trap.ip));
  return ElementAccess{table, static_cast<std::uint32_t>(*element), trap.context->tables[table]->elements.size()};
}

} // namespace weir::diagnose
