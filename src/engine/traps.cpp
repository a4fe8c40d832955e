#include "engine/traps.hpp"

#include <cstring>
#include <deque>
#include <utility>

#include <fmt/format.h>

#include "decode/instruction.hpp"
#include "diagnose/fault_story.hpp"
#include "diagnose/memory_access.hpp"
#include "diagnose/stack_walk.hpp"
#include "diagnose/trap_message.hpp"
#include "diagnose/trapped_locals.hpp"
#include "engine/host_writes.hpp"
#include "engine/module_data.hpp"
#include "execute/entry.hpp"
#include "runtime/memory.hpp"

namespace weir::engine {

using detail::ModuleData;
using detail::StoreData;

namespace {

// Of a deep stack, so many innermost and as many outermost frames are shown.
constexpr std::size_t shown_frames = 32;

ModuleData const& module_of(runtime::Instance const& instance) noexcept {
  return *static_cast<ModuleData const*>(instance.code.get());
}

detail::Handle instance_handle(runtime::Instance const& instance) noexcept {
  auto const* const owned = static_cast<runtime::OwnedInstance const*>(&instance);
  return {instance.store->id, const_cast<runtime::OwnedInstance*>(owned)};
}

code::FunctionRecord const* find_code_of(runtime::Instance const& instance, code::Word const* cell) {
  return find_code(module_of(instance), cell);
}

// What a host call at this place of a module calls, as far as the instruction says.
std::string host_callee(wasm::Module const& module, std::optional<std::uint32_t> offset) {
  if (!offset.has_value() || *offset >= module.bytes.size()) {
    return {};
  }
  decode::InstructionReader reader{module.bytes.subspan(*offset), *offset, module.features};
  decode::Instruction instruction;
  if (!reader.next(instruction) || instruction.opcode != wasm::Opcode::call ||
      instruction.index >= module.imported_functions) {
    return {};
  }
  std::uint32_t function = 0;
  for (auto const& import : module.imports) {
    if (import.kind == ExternKind::func && function++ == instruction.index) {
      return fmt::format("{}.{}", import.module, import.name);
    }
  }
  return {};
}

// Collects frames; names are looked up only for those that are kept.
class Backtrace {
 public:
  void add(diagnose::StackFrame const& frame) {
    if (frame.calls_host) {
      keep({frame, true});
    }
    keep({frame, false});
  }

  std::vector<TrapFrame> frames() const {
    std::vector<TrapFrame> result;
    result.reserve(inner_.size() + outer_.size());
    for (auto const& each : inner_) {
      result.push_back(describe(each));
    }
    for (auto const& each : outer_) {
      result.push_back(describe(each));
    }
    return result;
  }
  std::uint64_t omitted() const noexcept { return omitted_; }

 private:
  struct Kept {
    diagnose::StackFrame frame;
    bool is_host = false;
  };

  void keep(Kept const& kept) {
    if (inner_.size() < shown_frames) {
      inner_.push_back(kept);
      return;
    }
    outer_.push_back(kept);
    if (outer_.size() > shown_frames) {
      outer_.pop_front();
      ++omitted_;
    }
  }

  static TrapFrame describe(Kept const& kept) {
    auto const& data = module_of(*kept.frame.instance);
    TrapFrame frame;
    frame.is_host = kept.is_host;
    if (kept.is_host) {
      frame.name = host_callee(data.module, kept.frame.offset);
      return frame;
    }
    frame.function = kept.frame.record->function;
    frame.name = function_name(data, frame.function);
    frame.module = names_of(data).module;
    auto const& body = data.module.body_of_function(frame.function);
    frame.offset = kept.frame.offset.value_or(body.code.offset);
    frame.function_offset = frame.offset - body.code.offset;
    frame.instance = instance_handle(*kept.frame.instance);
    return frame;
  }

  std::vector<Kept> inner_;
  std::deque<Kept> outer_;
  std::uint64_t omitted_ = 0;
};

diagnose::Walk walk_of(StoreData& store) {
  return {store.execution.get(), store.engine_data->handlers->handler(code::Op::restore_context, 0), &find_code_of};
}

Backtrace collect(StoreData& store, diagnose::EndedEntry const* ended) {
  Backtrace backtrace;
  diagnose::walk_stack(walk_of(store), ended, [&](diagnose::StackFrame const& frame) { backtrace.add(frame); });
  return backtrace;
}

ErrorKind kind_of(TrapReason reason) noexcept {
  switch (reason) {
  case TrapReason::call_stack_exhausted:
  case TrapReason::out_of_fuel:
  case TrapReason::interrupted:
  case TrapReason::deadline_reached: return ErrorKind::exhausted;
  case TrapReason::host_error: return ErrorKind::host;
  case TrapReason::host_memory: return ErrorKind::out_of_memory;
  default: return ErrorKind::trap;
  }
}

// The trapped cell, where it is one of translated code.
struct TrappedCell {
  execute::CellInfo cell;
  std::uint32_t offset = 0; // of the Wasm instruction
};

std::optional<TrappedCell> trapped_cell(StoreData& store) {
  auto const& trap = store.execution->trap;
  if (trap.ip == nullptr || trap.context == nullptr) {
    return std::nullopt;
  }
  auto const* const record = find_code_of(*trap.context->instance, trap.ip);
  if (record == nullptr) {
    return std::nullopt;
  }
  auto const offset = record->source_map.find(static_cast<std::uint32_t>(trap.ip - record->code_begin));
  if (!offset.has_value()) {
    return std::nullopt;
  }
  return TrappedCell{execute::identify(store.engine_data->backend, trap.ip), *offset};
}

// Of what was in locals, globals and memory when the guest trapped.
diagnose::SurvivingValues surviving_values(runtime::TrapRecord const& trap, diagnose::TrappedLocals const& locals) {
  auto const& context = *trap.context;
  auto const& module = *context.instance->module;
  diagnose::SurvivingValues values;
  values.value_of_local = [&locals](std::uint32_t local) { return locals.value_of(local); };
  values.value_of_global = [&](std::uint32_t global) -> std::optional<std::uint64_t> {
    return global < module.globals.size() ? std::optional{context.globals[global]->value[0]} : std::nullopt;
  };
  values.read_memory = [&](std::uint32_t index, std::uint64_t address,
                           std::uint32_t size) -> std::optional<std::uint64_t> {
    if (index >= module.memories.size()) {
      return std::nullopt;
    }
    auto const& memory = *context.memories[index];
    if (address > memory.size || size > memory.size - address) {
      return std::nullopt;
    }
    std::uint64_t value = 0;
    std::memcpy(&value, memory.base + address, size);
    return value;
  };
  return values;
}

// The trapped function and its callers within the instance. What their values refer to is kept here.
struct ActiveCalls {
  std::deque<runtime::TrapRecord> registers;
  std::deque<diagnose::TrappedLocals> locals;
  std::vector<diagnose::ActiveCall> calls;
};

void collect_calls(StoreData& store, diagnose::EndedEntry const& ended, ActiveCalls& found) {
  constexpr std::size_t most = 8;
  auto const& trap = store.execution->trap;
  bool goes_on = true;
  diagnose::walk_stack(walk_of(store), &ended, [&](diagnose::StackFrame const& frame) {
    goes_on = goes_on && found.calls.size() < most && !frame.calls_host && frame.instance == trap.context->instance &&
              frame.offset.has_value();
    auto const enter =
        goes_on ? execute::identify(store.engine_data->backend, frame.record->code_begin) : execute::CellInfo{};
    if (!goes_on || enter.op != code::Op::enter) {
      goes_on = false;
      return;
    }
    auto registers = found.registers.empty() ? trap : found.registers.back();
    if (!found.locals.empty()) {
      found.locals.back().restore_registers(registers);
    }
    registers.frame = frame.frame;
    found.registers.push_back(registers);
    auto const& module = *frame.instance->module;
    found.locals.emplace_back(module, *frame.record, enter.form, found.registers.back());
    found.calls.push_back(
        {frame.record->function, *frame.offset, surviving_values(found.registers.back(), found.locals.back())});
  });
}

FaultStory story_of(StoreData& store, diagnose::EndedEntry const& ended, MemoryAccess const& access) {
  auto const& trap = store.execution->trap;
  auto const& data = module_of(*trap.context->instance);
  if (access.memory >= data.module.memories.size()) {
    return {};
  }
  ActiveCalls active;
  collect_calls(store, ended, active);
  auto const& memory = *static_cast<runtime::OwnedMemory const*>(trap.context->memories[access.memory]);
  auto const map = map_of(store, memory);
  diagnose::FaultFacts const facts{.access = access,
                                   .map = &map,
                                   .journal = &memory.journal,
                                   .grants = &memory.grants,
                                   .bytes = {memory.base, memory.size},
                                   .memory_limit = store.resources.limits.memory_size};
  return diagnose::tell_fault(data.module, facts, active.calls);
}

// What the message says, and the memory access if that is what trapped.
struct Account {
  std::string message;
  std::optional<MemoryAccess> access;
  FaultStory story;
};

Account account_for(StoreData& store, TrapReason reason, diagnose::EndedEntry const& ended) {
  auto const& trap = store.execution->trap;
  Account account;
  bool const is_memory = reason == TrapReason::out_of_bounds_memory;
  if (is_memory || reason == TrapReason::undefined_element || reason == TrapReason::uninitialized_element) {
    if (auto const at = trapped_cell(store); at.has_value() && is_memory) {
      account.access = diagnose::find_memory_access(trap, at->cell.op, at->cell.form, at->offset);
      if (account.access.has_value()) {
        account.story = story_of(store, ended, *account.access);
      }
    } else if (at.has_value()) {
      if (auto const element = diagnose::find_element_access(trap, at->cell.op, at->cell.form); element.has_value()) {
        account.message = diagnose::trap_message(reason, *element);
        return account;
      }
    }
  }
  account.message = diagnose::trap_message(reason, account.access, store.trap_detail);
  return account;
}

} // namespace

Error trap_error(StoreData& store, TrapReason reason, CallPoint const& point) {
  std::optional<Error> own;
  if (reason == TrapReason::host_error && store.pending.has_value()) {
    own = std::exchange(store.pending, std::nullopt);
    if (own->trap() != nullptr) {
      return *std::move(own); // a call inside the host function failed, and its backtrace shows all of this one's
    }
  }
  bool const entered = point.frame != nullptr && store.execution->trap.ip != nullptr;
  diagnose::EndedEntry const ended{point.frame, point.context_stack_height, reason == TrapReason::host_error};
  auto const backtrace = collect(store, entered ? &ended : nullptr);
  Account account = entered ? account_for(store, reason, ended)
                            : Account{diagnose::trap_message(reason, {}, store.trap_detail), {}, {}};
  auto message = own.has_value() ? own->message() : std::move(account.message);
  auto const kind = own.has_value() ? own->kind() : kind_of(reason);
  auto trap = std::make_shared<Trap const>(reason, message, backtrace.frames(), account.access, backtrace.omitted(),
                                           std::nullopt, std::move(account.story));
  return {kind, std::move(message), std::move(trap)};
}

Error stop_error(StoreData& store, TrapReason reason) {
  auto const backtrace = collect(store, nullptr);
  auto message = diagnose::trap_message(reason, {}, {});
  auto trap = std::make_shared<Trap const>(reason, message, backtrace.frames(), std::nullopt, backtrace.omitted());
  return {kind_of(reason), std::move(message), std::move(trap)};
}

Error segment_error(TrapReason reason, std::string message) {
  auto trap = std::make_shared<Trap const>(reason, message, std::vector<TrapFrame>{});
  return {ErrorKind::trap, std::move(message), std::move(trap)};
}

std::vector<TrapFrame> backtrace_now(StoreData& store) { return collect(store, nullptr).frames(); }

} // namespace weir::engine
