// The operand stack as it is at translation time: where each value is, or from what it is still to be computed.
//
// Everything below `settled()` is in its canonical slot, and no entry is kept for it: so blocks and calls with a
// thousand values, and stacks of a million, cost nothing per value. An entry above may be
//
//   in its canonical slot, a constant, a pending read of a local,
//   or a pending pure operation (i32.add, a comparison, i32.and) on two such atoms.
//
// An atom never lies in the canonical slot of another stack position, except for pending operations that the very next
// instruction consumes. So values can be brought home one by one, in any order. Pending reads are listed per local.
#pragma once

#include <cstdint>
#include <vector>

#include "code/ops.hpp"
#include "code/registers.hpp"
#include "translate/locals.hpp"

namespace weir::translate {

struct Atom {
  enum class Kind : std::uint8_t { none, slot, constant, local };
  Kind kind = Kind::none;
  std::uint32_t number = 0; // frame slot or local index; of constants the entry has the value
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
  // Where this entry stands in the lists of pending reads of the locals that a and b name.
  std::uint32_t next[2] = {none, none};
  std::uint32_t previous[2] = {none, none};
};

class OperandStack {
 public:
  explicit OperandStack(Locals& locals) noexcept : locals_(&locals) {}

  void clear() noexcept;

  std::uint32_t height() const noexcept { return height_; }
  std::uint32_t max_height() const noexcept { return max_height_; }
  std::uint32_t settled() const noexcept { return settled_; }
  // Makes the frame large enough for the canonical slots below `height`.
  void reserve(std::uint32_t height) noexcept { max_height_ = max_height_ < height ? height : max_height_; }
  // Precondition: everything below `height` is in canonical slots.
  void set_settled(std::uint32_t height) noexcept { settled_ = height; }

  // Precondition: settled() <= index < height().
  Entry& at(std::uint32_t index) noexcept { return entries_[index]; }

  void push_constant(std::uint64_t value, ValueClass value_class);
  void push_local(std::uint32_t local);
  void push_slot(ValueClass value_class, std::uint32_t slot);
  // A pending operation.
  void push_pending(Entry entry);
  // Values in their canonical slots, all that is below being so too.
  void push_settled(std::uint32_t count);

  // Takes the top entry off.
  Entry pop();
  void truncate(std::uint32_t height);

  // The entry's value has been brought to its canonical slot.
  void settle(std::uint32_t index, std::uint32_t slot);

  // The stack index of a pending read of the local; none without any.
  std::uint32_t reader(std::uint32_t local) noexcept;

 private:
  Entry& push();
  void link(std::uint32_t index, unsigned which, std::uint32_t local);
  void unlink(Entry const& entry, unsigned which, std::uint32_t local);
  void abandon(Entry const& entry);

  Locals* locals_;
  std::vector<Entry> entries_; // its size is room; entries from settled_ to height_ - 1 are meaningful
  std::uint32_t height_ = 0;
  std::uint32_t max_height_ = 0;
  std::uint32_t settled_ = 0;
};

} // namespace weir::translate
