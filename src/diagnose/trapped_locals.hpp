// The locals of a function that trapped, or of a caller: some were in registers, the others in the frame.
#pragma once

#include <cstdint>
#include <optional>

#include "code/function_code.hpp"
#include "runtime/context.hpp"
#include "wasm/module.hpp"

namespace weir::diagnose {

class TrappedLocals {
 public:
  // `enter_form` is the form of the function's first cell, an `enter`. The record, and what it points to, must outlive
  // this object.
  TrappedLocals(wasm::Module const& module, code::FunctionRecord const& record, int enter_form,
                runtime::TrapRecord const& trap);

  // The caller's registers, in place of the function's own: those that the function saved are taken back from its
  // frame.
  void restore_registers(runtime::TrapRecord& registers) const noexcept;

  // Integers and floats by their bits. Nothing for vectors and for what is no local.
  std::optional<std::uint64_t> value_of(std::uint32_t local) const;

 private:
  std::optional<std::uint32_t> slot_of(std::uint32_t local) const;

  wasm::Module const& module_;
  code::FunctionRecord const& record_;
  runtime::TrapRecord const& trap_;
  std::uint32_t int_pins_ = 0;
  std::uint32_t float_pins_ = 0;
};

} // namespace weir::diagnose
