// The operand stack as it is at translation time: where each value is, or from what it is still to be computed.
//
// Everything below `settled()` is in its canonical slot, and no entry is kept for it: so blocks and calls with a
// thousand values, and stacks of a million, cost nothing per value. An entry above may be
//
//   in its canonical slot, a constant, a pending read of a local,
//   or a pending pure operation (i32.add, a comparison, i32.and) on two such atoms.
//
// An atom never lies in the canonical slot of another stack position, except for pending operations that the very next
// instruction consumes. So values can be brought home one by one, in any order. Pending reads are counted per local,
// and looked for among the entries, of which the translator keeps the number small.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "code/ops.hpp"
#include "code/registers.hpp"
#include "translate/locals.hpp"

namespace weir::translate {

// In one word, since it is copied as one soon after it is made: what was just written in parts can't be read at once.
class Atom {
 public:
  enum class Kind : std::uint32_t { none, slot, constant, local };
  constexpr Atom() noexcept = default;
  constexpr Atom(Kind kind, std::uint32_t number) noexcept
      : bits_(std::uint64_t{number} << 32 | std::to_underlying(kind)) {}
  constexpr Kind kind() const noexcept { return static_cast<Kind>(bits_); }
  // Frame slot or local index; of constants the entry has the value.
  constexpr std::uint32_t number() const noexcept { return static_cast<std::uint32_t>(bits_ >> 32); }

 private:
  std::uint64_t bits_ = 0;
};

struct Entry {
  enum class Kind : std::uint8_t { value, add, compare, test };
  Kind kind = Kind::value;
  ValueClass value_class = ValueClass::unknown;
  bool is_negated = false; // compare, test
  bool is_boolean = false; // test: was negated twice, so that any bit counts as 1
  code::Op op{};           // compare: the operation that would produce its value
  Atom a;
  Atom b;                     // add, compare, test
  std::uint64_t constant = 0; // of the atom that is a constant: i32 zero-extended
};

class OperandStack {
 public:
  explicit OperandStack(Locals& locals) noexcept : locals_(&locals) {}

  void clear() noexcept;

  std::uint32_t height() const noexcept { return height_; }
  std::uint32_t max_height() const noexcept { return max_height_; }
  std::uint32_t settled() const noexcept { return settled_; }
  std::uint32_t entries() const noexcept { return height_ - settled_; }
  // Makes the frame large enough for the canonical slots below `height`.
  void reserve(std::uint32_t height) noexcept { max_height_ = max_height_ < height ? height : max_height_; }
  // Precondition: everything below `height` is in canonical slots.
  void set_settled(std::uint32_t height) noexcept { settled_ = height; }

  // Precondition: settled() <= index < height().
  Entry& at(std::uint32_t index) noexcept { return entries_[index]; }

  void push_constant(std::uint64_t value, ValueClass value_class) {
    Entry& entry = push();
    entry.kind = Entry::Kind::value;
    entry.value_class = value_class;
    entry.a = {Atom::Kind::constant, 0};
    entry.constant = value;
  }
  // Precondition: the local was named before.
  void push_local(std::uint32_t local) {
    Local& of_it = locals_->known(local);
    Entry& entry = push();
    entry.kind = Entry::Kind::value;
    entry.value_class = of_it.value_class;
    entry.a = {Atom::Kind::local, local};
    ++of_it.readers;
  }
  void push_slot(ValueClass value_class, std::uint32_t slot) {
    Entry& entry = push();
    entry.kind = Entry::Kind::value;
    entry.value_class = value_class;
    entry.a = {Atom::Kind::slot, slot};
  }
  // A pending operation on integers.
  void push_pending(Entry::Kind kind, code::Op op, Atom a, Atom b, std::uint64_t constant);
  // Values in their canonical slots, all that is below being so too.
  void push_settled(std::uint32_t count);

  // Takes the top entry off, which is good until the next is pushed.
  [[gnu::always_inline]] Entry const& pop() {
    std::uint32_t const index = --height_;
    if (index < settled_) {
      settled_ = index;
      return settled_entry;
    }
    Entry const& entry = entries_.data()[index];
    abandon(entry);
    return entry;
  }
  void truncate(std::uint32_t height);

  // The entry's value has been brought to its canonical slot.
  void settle(std::uint32_t index, std::uint32_t slot);

  // The stack index of the topmost entry with a pending read of the local; none without any.
  std::uint32_t reader(std::uint32_t local) noexcept {
    return locals_->known(local).readers == 0 ? none : find_reader(local);
  }

 private:
  Entry& push() {
    std::uint32_t const index = height_++;
    if (height_ > room_) [[unlikely]] {
      make_room();
    }
    max_height_ = max_height_ < height_ ? height_ : max_height_;
    return entries_.data()[index];
  }
  void make_room();
  std::uint32_t find_reader(std::uint32_t local) const noexcept;

  // The entry waits no longer.
  void abandon(Entry const& entry) noexcept {
    if (entry.a.kind() == Atom::Kind::local) {
      --locals_->known(entry.a.number()).readers;
    }
    if (entry.kind != Entry::Kind::value && entry.b.kind() == Atom::Kind::local) {
      --locals_->known(entry.b.number()).readers;
    }
  }

  static constexpr Entry settled_entry{};

  Locals* locals_;
  std::vector<Entry> entries_; // its size is room; entries from settled_ to height_ - 1 are meaningful
  std::uint32_t room_ = 0;
  std::uint32_t height_ = 0;
  std::uint32_t max_height_ = 0;
  std::uint32_t settled_ = 0;
};

} // namespace weir::translate
