// What the translator knows of a function's locals. Only the locals that a body names cost anything: a body of a few
// bytes may declare 50,000 of them.
#pragma once

#include <cassert>
#include <cstdint>
#include <span>
#include <vector>

#include <weir/types.hpp>

#include "code/cell.hpp"
#include "code/frame.hpp"

namespace weir::translate {

inline constexpr std::uint32_t none = 0xFFFFFFFF;

// Which registers a value may be in. Values whose class was forgotten are in their canonical slots.
enum class ValueClass : std::uint8_t { unknown, integer, floating };

constexpr ValueClass class_of(ValType type) noexcept {
  return type.is_float() ? ValueClass::floating : ValueClass::integer;
}

struct Local {
  std::uint32_t epoch = 0;
  std::uint32_t slot = 0;
  std::uint32_t readers = 0; // pending reads on the operand stack (OperandStack's business)
  std::int8_t pin = -1;      // number of the register that it is pinned to
  ValueClass value_class = ValueClass::integer;
  bool is_vector = false;
  bool may_be_pinned = false; // references and vectors may not
  bool is_declared = false;   // not a parameter
  bool needs_zero = false;    // may be read before it is written
  // Where it is, and the same as code::place_bit() says it.
  code::Operand::Kind place_kind = code::Operand::Kind::slot;
  std::uint8_t place_bit = 0;
  std::uint32_t place_number = 0;
  std::uint64_t weight = 0; // uses, weighted by loop depth

  code::Operand place() const noexcept { return {place_kind, place_number}; }
};
static_assert(sizeof(Local) == 32, "two in a cache line");

class Locals {
 public:
  // Starts a function, whose parameters take so many slots.
  void begin(std::vector<ValType> const& params, std::uint32_t param_slots);
  void declare(std::uint32_t count, ValType type);

  // Parameters and declared locals: the index that the next declared local gets.
  std::uint32_t count() const noexcept { return declared_end_; }
  std::uint32_t param_slots() const noexcept { return param_slots_; }
  std::uint32_t first_slot() const noexcept { return code::first_slot(param_slots_); } // of the frame
  std::uint32_t declared_slots() const noexcept { return declared_slots_; }

  // Says where the declared locals begin in the frame, once all are declared and have their pins. From then on their
  // places are final.
  void place(std::uint32_t first_declared_slot) noexcept;

  Local& operator[](std::uint32_t index) {
    if (index >= locals_.size() || locals_[index].epoch != epoch_) [[unlikely]] {
      meet(index);
    }
    return locals_[index];
  }

  // The same for a local that was named before.
  Local& known(std::uint32_t index) noexcept {
    assert(index < locals_.size() && locals_[index].epoch == epoch_);
    return locals_.data()[index];
  }

  // All locals that were named so far.
  std::span<std::uint32_t const> named() const noexcept { return named_; }

 private:
  // Consecutive locals of one type.
  struct Group {
    std::uint32_t end = 0; // index behind the last one
    std::uint32_t begin = 0;
    std::uint32_t first_slot = 0; // counted from the first declared local's
    ValType type;
  };

  void meet(std::uint32_t index);

  std::vector<Local> locals_;
  std::vector<std::uint32_t> named_;
  std::vector<Group> groups_;
  std::vector<ValType> const* params_ = nullptr;
  std::uint32_t epoch_ = 0;
  std::uint32_t param_slots_ = 0;
  std::uint32_t declared_slots_ = 0;
  std::uint32_t declared_end_ = 0;
  std::uint32_t first_declared_slot_ = 0;
};

} // namespace weir::translate
