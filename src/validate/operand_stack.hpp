// The operand stack of the validation algorithm: types, and a floor below which the current block must not reach.
// https://webassembly.github.io/spec/core/appendix/algorithm.html#data-structures
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <weir/types.hpp>

#include "wasm/limits.hpp"

namespace weir::validate {

// It holds at most limits::operand_height operands. What is pushed beyond is lost and sets overflowed(); whoever finds
// an error, or none, asks for that first.
class OperandStack {
 public:
  OperandStack() : storage_(256) { place(0, 0); }
  OperandStack(OperandStack const&) = delete;
  OperandStack& operator=(OperandStack const&) = delete;

  void clear() noexcept {
    top_ = floor_ = storage_.data();
    overflowed_ = false;
  }
  bool overflowed() const noexcept { return overflowed_; }

  std::uint32_t height() const noexcept { return static_cast<std::uint32_t>(top_ - storage_.data()); }
  // Operands of the current block.
  std::size_t available() const noexcept { return static_cast<std::size_t>(top_ - floor_); }
  bool empty() const noexcept { return top_ == floor_; }

  // The operand `depth` below the top. Precondition: it is there.
  ValType peek(std::size_t depth = 0) const noexcept { return *(top_ - 1 - depth); }
  bool has_top(ValType type) const noexcept { return !empty() && peek() == type; }
  std::span<ValType const> operands() const noexcept { return {floor_, available()}; }

  void push(ValType type) {
    if (top_ == limit_ && !grow(1)) [[unlikely]] {
      return;
    }
    *top_++ = type;
  }
  void push(std::span<ValType const> types) {
    if (static_cast<std::size_t>(limit_ - top_) < types.size() && !grow(types.size())) [[unlikely]] {
      return;
    }
    top_ = std::copy(types.begin(), types.end(), top_);
  }

  // Precondition: so many operands are available.
  void drop(std::size_t count = 1) noexcept { top_ -= count; }
  void replace_top(ValType type) noexcept { top_[-1] = type; }
  void drop_all() noexcept { top_ = floor_; }

  // Sets the floor: to the top of the stack, or back to the height of an outer block.
  void raise_floor() noexcept { floor_ = top_; }
  void lower_floor(std::uint32_t height) noexcept { floor_ = storage_.data() + height; }

 private:
  void place(std::size_t floor, std::size_t top) noexcept {
    floor_ = storage_.data() + floor;
    top_ = storage_.data() + top;
    limit_ = storage_.data() + storage_.size();
  }
  [[gnu::noinline]] bool grow(std::size_t count) {
    constexpr std::size_t most = wasm::limits::operand_height;
    auto const floor = static_cast<std::size_t>(floor_ - storage_.data());
    auto const top = static_cast<std::size_t>(top_ - storage_.data());
    if (top + count > most) {
      overflowed_ = true;
      return false;
    }
    storage_.resize(std::min(most, std::max(storage_.size() * 2, top + count)));
    place(floor, top);
    return true;
  }

  std::vector<ValType> storage_;
  ValType* floor_;
  ValType* top_;
  ValType* limit_;
  bool overflowed_ = false;
};

} // namespace weir::validate
