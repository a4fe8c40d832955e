// Operands and destinations: where values are, and how they get to where a cell can use them.
#include <algorithm>

#include "translate/function_translator.hpp"
#include "wasm/opcode.hpp"

namespace weir::translate {

namespace {

using wasm::Opcode;

} // namespace

// Precondition: not a constant.
code::Operand FunctionTranslator::place_of(Value const& value) {
  switch (value.atom.kind()) {
  case Atom::Kind::local: return place_of(value.atom.number());
  default: return Operand::slot(value.atom.number());
  }
}

// Takes the top value off the stack, as an atom: a pending operation is carried out.
FunctionTranslator::Value FunctionTranslator::pop_value() {
  Entry const& entry = stack_.pop();
  std::uint32_t const home = slot_at(stack_.height());
  if (entry.kind == Entry::Kind::value) {
    return to_value(entry.a, entry, home);
  }
  Value result{{Atom::Kind::slot, home}, ValueClass::integer, home, 0};
  compute(entry, home, place_of(result));
  return result;
}

// The value as an operand of that role; it is copied to another place where the role has no room for the one it is in.
// `width` says how much of an immediate the operation looks at.
code::Operand FunctionTranslator::take(Value const& value, char role, Width width) {
  if (role == 'C' && !value.is_constant()) {
    role = 'I'; // emit() exchanges the operands of such a comparison
  }
  if (value.is_constant()) {
    if (code::takes_immediates(role) && (width == Width::i32 || fits_immediate(value.constant))) {
      return Operand::immediate(static_cast<std::int32_t>(static_cast<std::uint32_t>(value.constant)));
    }
  } else if (value.atom.kind() == Atom::Kind::local) {
    if (Local const& local = locals_.known(value.atom.number()); code::role_holds(role, local.place_bit)) {
      return local.place();
    }
  } else if (Operand const place = Operand::slot(value.atom.number()); code::role_holds(role, place)) {
    return place;
  }
  return bring_home(value);
}

// Copies the value to its canonical slot, where every cell can take it from.
code::Operand FunctionTranslator::bring_home(Value const& value) {
  Operand const place = Operand::slot(value.home);
  copy(place, value);
  return place;
}

void FunctionTranslator::copy(Operand destination, Value const& value) {
  if (!value.is_constant()) {
    copy(destination, place_of(value));
    return;
  }
  Operand const constant = Operand::immediate(static_cast<std::int64_t>(value.constant));
  if (destination.kind == Operand::Kind::float_register) {
    emit(Op::const_float, {destination, constant});
  } else {
    emit(fits_immediate(value.constant) ? Op::copy_int : Op::const_int, {destination, constant});
  }
}

void FunctionTranslator::copy(Operand destination, Operand source) {
  if (destination == source) {
    return;
  }
  bool const is_float =
      destination.kind == Operand::Kind::float_register || source.kind == Operand::Kind::float_register;
  emit(is_float ? Op::copy_float : Op::copy_int, {destination, source});
}

// Brings an entry's value to a place. The stack's books stay as they are. `home` is the entry's canonical slot.
void FunctionTranslator::compute(Entry const& entry, std::uint32_t home, Operand destination) {
  if (entry.kind == Entry::Kind::value) {
    copy(destination, to_value(entry.a, entry, home));
    return;
  }
  char const role = entry.kind == Entry::Kind::compare ? code::role_of(entry.op, 0) : 'R';
  if (code::role_holds(role, destination)) {
    compute_operation(entry, home, destination);
    return;
  }
  Operand const between = Operand::slot(home);
  compute_operation(entry, home, between);
  copy(destination, between);
}

void FunctionTranslator::compute_operation(Entry const& entry, std::uint32_t home, Operand destination) {
  Op const op = entry.kind == Entry::Kind::compare ? entry.op
                : entry.kind == Entry::Kind::add   ? Op::i32_add
                                                   : Op::i32_and;
  // A pending operation was only made of atoms that its operands can be.
  Operand const a = take(to_value(entry.a, entry, home), code::role_of(op, 1));
  Operand const b = take(to_value(entry.b, entry, home), code::role_of(op, 2),
                         entry.kind == Entry::Kind::compare ? Width::i64 : Width::i32);
  emit(op, {destination, a, b});
  if (entry.is_negated) {
    emit(Op::i32_eq, {destination, destination, Operand::immediate(0)});
  } else if (entry.kind == Entry::Kind::test && entry.is_boolean) {
    emit(Op::i32_ne, {destination, destination, Operand::immediate(0)});
  }
}

// Brings an entry to its canonical slot.
void FunctionTranslator::settle(std::uint32_t index) {
  Entry const& entry = stack_.at(index);
  if (entry.kind == Entry::Kind::value && entry.a.kind() == Atom::Kind::slot) {
    return;
  }
  std::uint32_t const slot = slot_at(index);
  compute(entry, slot, Operand::slot(slot));
  stack_.settle(index, slot);
}

void FunctionTranslator::settle_from(std::uint32_t index) {
  for (std::uint32_t i = std::max(index, stack_.settled()); i < stack_.height(); ++i) {
    settle(i);
  }
  if (index <= stack_.settled()) {
    stack_.set_settled(stack_.height());
  }
}

void FunctionTranslator::settle_top(std::uint32_t count) {
  settle_from(count > few_values ? 0 : stack_.height() - count);
}

// Carries out all pending reads of a local that is about to be written.
void FunctionTranslator::settle_readers(std::uint32_t local) {
  for (std::uint32_t index = stack_.reader(local); index != none; index = stack_.reader(local)) {
    settle(index);
  }
}

// Chooses where the result of the current instruction goes, its operands being taken. A local.set or local.tee behind
// it is merged: the result goes straight to the local.
FunctionTranslator::Destination FunctionTranslator::destination(ValueClass value_class, char role) {
  Destination result;
  result.value_class = value_class;
  Opcode const next = next_opcode();
  bool const is_tee = next == Opcode::local_tee;
  std::uint32_t const global = next == Opcode::global_set ? pinned_global(next_index()) : none;
  bool const is_set = next == Opcode::local_set || global != none;
  // Where a consume cell is due, it stands between the two.
  if ((is_tee || is_set) && potential_ < code::max_potential) {
    Instruction const& folded = *at_++;
    count_instruction();
    result.local = global != none ? global : folded.index;
    result.global = global != none ? folded.index : none;
    result.push = is_tee ? Destination::Push::local : Destination::Push::nothing;
    settle_readers(result.local);
    Operand const place = place_of(result.local);
    if (code::role_holds(role, place)) {
      result.place = place;
    } else {
      result.copy_to = place;
      result.place = next_home();
    }
    return result;
  }
  result.place = next_home();
  return result;
}

// The canonical slot of the next entry.
code::Operand FunctionTranslator::next_home() {
  stack_.reserve(stack_.height() + 1);
  return Operand::slot(slot_at(stack_.height()));
}

void FunctionTranslator::finish(Destination const& result) {
  if (result.copy_to.kind != Operand::Kind::none) {
    copy(result.copy_to, result.place);
  }
  if (result.global != none) {
    store_global(result.global, place_of(result.local));
  }
  auto const number = static_cast<std::uint32_t>(result.place.value);
  switch (result.push) {
  case Destination::Push::nothing: break;
  case Destination::Push::local: stack_.push_local(result.local); break;
  case Destination::Push::slot: stack_.push_slot(result.value_class, number); break;
  }
}

} // namespace weir::translate
