#include "translate/operand_stack.hpp"

#include <algorithm>
#include <bit>

namespace weir::translate {

void OperandStack::clear() noexcept {
  height_ = 0;
  max_height_ = 0;
  settled_ = 0;
  ints_ = {};
  floats_ = {};
}

Entry& OperandStack::push() {
  std::uint32_t const index = height_++;
  if (height_ > entries_.size()) [[unlikely]] {
    entries_.resize(std::max<std::size_t>(256, std::size_t{height_} + height_ / 2));
  }
  max_height_ = std::max(max_height_, height_);
  return entries_[index];
}

void OperandStack::push_constant(std::uint64_t value, ValueClass value_class) {
  Entry& entry = push();
  entry.kind = Entry::Kind::value;
  entry.is_home_too = false;
  entry.value_class = value_class;
  entry.a = {Atom::Kind::constant, 0};
  entry.constant = value;
}

void OperandStack::push_local(std::uint32_t local) {
  Entry& entry = push();
  entry.kind = Entry::Kind::value;
  entry.is_home_too = false;
  entry.value_class = (*locals_)[local].value_class;
  entry.a = {Atom::Kind::local, local};
  link(height_ - 1, 0, local);
}

void OperandStack::push_register(ValueClass value_class, std::uint32_t number) {
  Entry& entry = push();
  entry.kind = Entry::Kind::value;
  entry.is_home_too = false;
  entry.value_class = value_class;
  entry.a = {value_class == ValueClass::floating ? Atom::Kind::float_register : Atom::Kind::int_register, number};
  adopt(entry.a, height_ - 1, 0);
}

void OperandStack::push_slot(ValueClass value_class, std::uint32_t slot) {
  Entry& entry = push();
  entry.kind = Entry::Kind::value;
  entry.is_home_too = false;
  entry.value_class = value_class;
  entry.a = {Atom::Kind::slot, slot};
}

void OperandStack::push_both(ValueClass value_class, std::uint32_t slot) {
  push_register(value_class, 0);
  Entry& entry = entries_[height_ - 1];
  entry.is_home_too = true;
  entry.constant = slot;
}

void OperandStack::push_pending(Entry entry) {
  push() = entry;
  adopt(entry.a, height_ - 1, 0);
  adopt(entry.b, height_ - 1, 1);
}

void OperandStack::push_settled(std::uint32_t count) {
  height_ += count;
  settled_ = height_;
  max_height_ = std::max(max_height_, height_);
}

Entry OperandStack::pop() {
  std::uint32_t const index = --height_;
  if (index < settled_) {
    settled_ = index;
    return {};
  }
  abandon(entries_[index], true);
  return entries_[index];
}

void OperandStack::truncate(std::uint32_t height) {
  while (height_ > height && height_ > settled_) {
    --height_;
    abandon(entries_[height_], false);
  }
  height_ = height;
  settled_ = std::min(settled_, height);
}

void OperandStack::settle(std::uint32_t index, std::uint32_t slot) {
  Entry& entry = entries_[index];
  abandon(entry, false);
  entry.kind = Entry::Kind::value;
  entry.is_home_too = false;
  entry.a = {Atom::Kind::slot, slot};
}

void OperandStack::move_to_register(std::uint32_t index, std::uint32_t number) {
  Entry& entry = entries_[index];
  abandon(entry, false);
  entry.kind = Entry::Kind::value;
  entry.a = {entry.value_class == ValueClass::floating ? Atom::Kind::float_register : Atom::Kind::int_register, number};
  adopt(entry.a, index, 0);
}

// Lists of pending reads. A node is twice the stack index, plus 1 for the atom b.

void OperandStack::link(std::uint32_t index, unsigned which, std::uint32_t local) {
  Entry& entry = entries_[index];
  std::uint32_t& head = (*locals_)[local].readers;
  entry.next[which] = head;
  entry.previous[which] = none;
  std::uint32_t const node = 2 * index + which;
  if (head != none) {
    entries_[head / 2].previous[head & 1] = node;
  }
  head = node;
}

void OperandStack::unlink(Entry const& entry, unsigned which, std::uint32_t local) {
  std::uint32_t const next = entry.next[which];
  std::uint32_t const previous = entry.previous[which];
  if (next != none) {
    entries_[next / 2].previous[next & 1] = previous;
  }
  if (previous != none) {
    entries_[previous / 2].next[previous & 1] = next;
  } else {
    (*locals_)[local].readers = next;
  }
}

std::uint32_t OperandStack::reader(std::uint32_t local) noexcept {
  std::uint32_t const node = (*locals_)[local].readers;
  return node == none ? none : node / 2;
}

void OperandStack::adopt(Atom const& atom, std::uint32_t index, unsigned which) {
  switch (atom.kind) {
  case Atom::Kind::local: link(index, which, atom.number); break;
  case Atom::Kind::int_register:
    ints_.busy |= 1u << atom.number;
    ints_.held &= ~(1u << atom.number);
    ints_.owners[atom.number] = index;
    break;
  case Atom::Kind::float_register:
    floats_.busy |= 1u << atom.number;
    floats_.held &= ~(1u << atom.number);
    floats_.owners[atom.number] = index;
    break;
  default: break;
  }
}

// Takes the entry out of all books. Its temporaries become free or held.
void OperandStack::abandon(Entry const& entry, bool hold) {
  unsigned const atoms = entry.kind == Entry::Kind::value ? 1 : 2;
  for (unsigned which = 0; which < atoms; ++which) {
    Atom const& atom = which == 0 ? entry.a : entry.b;
    std::uint32_t const bit = 1u << (atom.number & 31);
    switch (atom.kind) {
    case Atom::Kind::local: unlink(entry, which, atom.number); break;
    case Atom::Kind::int_register: (hold ? ints_.held : ints_.busy) ^= bit; break;
    case Atom::Kind::float_register: (hold ? floats_.held : floats_.busy) ^= bit; break;
    default: break;
    }
  }
}

int OperandStack::free_register(ValueClass value_class) noexcept {
  if (!has_temporaries_) {
    return -1;
  }
  bool const is_float = value_class == ValueClass::floating;
  int const number = std::countr_one(is_float ? floats_.busy : ints_.busy);
  if (number < (is_float ? code::float_temporaries : code::int_temporaries)) {
    return number;
  }
  std::uint32_t const index = owner(value_class, 0);
  if (index == none || !entries_[index].is_home_too) {
    return -1;
  }
  settle(index, static_cast<std::uint32_t>(entries_[index].constant));
  return 0;
}

void OperandStack::hold(ValueClass value_class, std::uint32_t number) noexcept {
  if (value_class == ValueClass::floating) {
    floats_.busy |= 1u << number;
    floats_.held |= 1u << number;
  } else {
    ints_.busy |= 1u << number;
    ints_.held |= 1u << number;
  }
}

void OperandStack::release_held() noexcept {
  ints_.busy &= ~ints_.held;
  ints_.held = 0;
  floats_.busy &= ~floats_.held;
  floats_.held = 0;
}

std::uint32_t OperandStack::owner(ValueClass value_class, std::uint32_t number) const noexcept {
  if (value_class == ValueClass::floating) {
    return (floats_.busy >> number & 1) != 0 && (floats_.held >> number & 1) == 0 ? floats_.owners[number] : none;
  }
  return (ints_.busy >> number & 1) != 0 && (ints_.held >> number & 1) == 0 ? ints_.owners[number] : none;
}

} // namespace weir::translate
