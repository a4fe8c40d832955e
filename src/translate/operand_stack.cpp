#include "translate/operand_stack.hpp"

#include <algorithm>

namespace weir::translate {

void OperandStack::clear() noexcept {
  height_ = 0;
  max_height_ = 0;
  settled_ = 0;
}

void OperandStack::make_room() {
  entries_.resize(std::max<std::size_t>(256, std::size_t{height_} + height_ / 2));
  room_ = static_cast<std::uint32_t>(entries_.size());
}

void OperandStack::push_pending(Entry::Kind kind, code::Op op, Atom a, Atom b, std::uint64_t constant) {
  Entry& entry = push();
  entry.kind = kind;
  entry.value_class = ValueClass::integer;
  entry.is_negated = false;
  entry.is_boolean = false;
  entry.op = op;
  entry.a = a;
  entry.b = b;
  entry.constant = constant;
  if (a.kind() == Atom::Kind::local) {
    ++locals_->known(a.number()).readers;
  }
  if (b.kind() == Atom::Kind::local) {
    ++locals_->known(b.number()).readers;
  }
}

void OperandStack::push_settled(std::uint32_t count) {
  height_ += count;
  settled_ = height_;
  max_height_ = std::max(max_height_, height_);
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

std::uint32_t OperandStack::find_reader(std::uint32_t local) const noexcept {
  auto const reads = [&](Atom atom) { return atom.kind() == Atom::Kind::local && atom.number() == local; };
  std::uint32_t index = height_;
  while (index > settled_) {
    --index;
    Entry const& entry = entries_[index];
    if (reads(entry.a) || (entry.kind != Entry::Kind::value && reads(entry.b))) {
      return index;
    }
  }
  return none; // never: it has readers
}

} // namespace weir::translate
