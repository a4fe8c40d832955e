#include "translate/operand_stack.hpp"

#include <algorithm>

namespace weir::translate {

void OperandStack::clear() noexcept {
  height_ = 0;
  max_height_ = 0;
  settled_ = 0;
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
  entry.value_class = value_class;
  entry.a = {Atom::Kind::constant, 0};
  entry.constant = value;
}

void OperandStack::push_local(std::uint32_t local) {
  Entry& entry = push();
  entry.kind = Entry::Kind::value;
  entry.value_class = (*locals_)[local].value_class;
  entry.a = {Atom::Kind::local, local};
  link(height_ - 1, 0, local);
}

void OperandStack::push_slot(ValueClass value_class, std::uint32_t slot) {
  Entry& entry = push();
  entry.kind = Entry::Kind::value;
  entry.value_class = value_class;
  entry.a = {Atom::Kind::slot, slot};
}

void OperandStack::push_pending(Entry entry) {
  push() = entry;
  for (unsigned which = 0; which < 2; ++which) {
    Atom const& atom = which == 0 ? entry.a : entry.b;
    if (atom.kind == Atom::Kind::local) {
      link(height_ - 1, which, atom.number);
    }
  }
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
  abandon(entries_[index]);
  return entries_[index];
}

void OperandStack::truncate(std::uint32_t height) {
  while (height_ > height && height_ > settled_) {
    --height_;
    abandon(entries_[height_]);
  }
  height_ = height;
  settled_ = std::min(settled_, height);
}

void OperandStack::settle(std::uint32_t index, std::uint32_t slot) {
  Entry& entry = entries_[index];
  abandon(entry);
  entry.kind = Entry::Kind::value;
  entry.a = {Atom::Kind::slot, slot};
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

// Takes the entry out of the lists of pending reads.
void OperandStack::abandon(Entry const& entry) {
  unsigned const atoms = entry.kind == Entry::Kind::value ? 1 : 2;
  for (unsigned which = 0; which < atoms; ++which) {
    Atom const& atom = which == 0 ? entry.a : entry.b;
    if (atom.kind == Atom::Kind::local) {
      unlink(entry, which, atom.number);
    }
  }
}

} // namespace weir::translate
