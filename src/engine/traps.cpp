#include "engine/traps.hpp"

#include <cstring>
#include <deque>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "code/frame.hpp"
#include "decode/instruction.hpp"
#include "diagnose/fault_story.hpp"
#include "diagnose/limit_story.hpp"
#include "diagnose/memory_access.hpp"
#include "diagnose/stack_walk.hpp"
#include "diagnose/trap_message.hpp"
#include "diagnose/trapped_locals.hpp"
#include "engine/backtrace.hpp"
#include "engine/host_function.hpp"
#include "engine/host_writes.hpp"
#include "engine/module_data.hpp"
#include "execute/entry.hpp"
#include "platform/clock.hpp"
#include "runtime/memory.hpp"
#include "runtime/resources.hpp"

namespace weir::engine {

using detail::StoreData;

namespace {

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
  auto const* const record = find_code(module_of(*trap.context->instance), trap.ip);
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
  diagnose::walk_stack(walk_of(store), &ended, [&](diagnose::StackFrame const& frame) {
    bool const is_wanted = found.calls.size() < most && !frame.calls_host && frame.instance == trap.context->instance &&
                           frame.offset.has_value();
    auto const enter =
        is_wanted ? execute::identify(store.engine_data->backend, frame.record->code_begin) : execute::CellInfo{};
    if (!is_wanted || enter.op != code::Op::enter) {
      return false;
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
    return true;
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
                                   .bytes = {memory.base, memory.size}};
  return diagnose::tell_fault(data.module, facts, active.calls);
}

// The room on the value stack that a function needs, if that is known. It was translated if it was called.
std::optional<std::uint64_t> frame_bytes(runtime::Function const& function) noexcept {
  bool const is_known = function.record != nullptr && function.record->code_begin != nullptr;
  return is_known ? std::optional{std::uint64_t{function.record->frame_slots} * sizeof(std::uint64_t)} : std::nullopt;
}

// What the instruction at this place calls.
struct Callee {
  runtime::Function const* function = nullptr; // if the instruction says
  std::uint32_t param_slots = 0;
};
Callee callee_at(runtime::Instance const& instance, std::uint32_t offset) noexcept {
  auto const& module = *instance.module;
  decode::InstructionReader reader{module.bytes.subspan(offset), offset, module.features};
  decode::Instruction instruction;
  Callee callee;
  if (!reader.next(instruction)) {
    return callee;
  }
  if (instruction.opcode == wasm::Opcode::call) {
    callee.function = instance.functions[instruction.index];
    callee.param_slots = slots_of(module.type_of_function(instruction.index).params());
  } else if (instruction.opcode == wasm::Opcode::call_indirect) {
    callee.param_slots = slots_of(module.types[instruction.index].params());
  }
  return callee;
}

// What of the value stack was in use, and how much the call wanted that found no room.
LimitFacts stack_facts(StoreData& store, CallPoint const& point) {
  auto const& execution = *store.execution;
  if (store.depth >= store.engine_data->config.max_recursion_depth()) {
    std::uint64_t const most = store.engine_data->config.max_recursion_depth();
    return {LimitKind::recursion, store.depth + std::uint64_t{1}, store.depth, most};
  }
  LimitFacts facts{LimitKind::stack, std::nullopt, 0, store.engine_data->config.max_stack_bytes()};
  std::uint64_t const* arguments = store.stack_top;
  if (point.frame != nullptr) {
    arguments = point.frame + code::first_slot(slots_of(point.function->type->params()));
  }
  auto wanted = point.function != nullptr ? frame_bytes(*point.function) : std::nullopt;
  auto const& trap = execution.trap;
  if (auto const at = point.frame != nullptr ? trapped_cell(store) : std::nullopt; at.has_value()) {
    auto const callee = callee_at(*trap.context->instance, at->offset);
    arguments = trap.frame + code::field_b(trap.ip) + code::first_slot(callee.param_slots);
    wanted = callee.function != nullptr ? frame_bytes(*callee.function) : std::nullopt;
  }
  facts.in_use = static_cast<std::uint64_t>(arguments - execution.stack_base) * sizeof(std::uint64_t);
  if (wanted.has_value()) {
    facts.asked = facts.in_use + *wanted;
  }
  return facts;
}

// Of a deadline that has passed: how long the guest has had, and how long it should have.
LimitFacts deadline_facts(runtime::ExecutionState const& execution) noexcept {
  std::uint64_t const since = execution.deadline_set_ns;
  std::uint64_t const until = execution.deadline_ns;
  return {LimitKind::deadline, std::nullopt, platform::monotonic_ns() - since, until > since ? until - since : 0};
}

// Of the limits whose messages this file makes.
runtime::Unit unit_of(LimitKind limit) noexcept {
  switch (limit) {
  case LimitKind::stack: return runtime::Unit::stack_bytes;
  case LimitKind::fuel: return runtime::Unit::instructions;
  case LimitKind::deadline: return runtime::Unit::nanoseconds;
  default: return runtime::Unit::objects;
  }
}

std::optional<LimitFacts> limit_facts(StoreData& store, TrapReason reason, CallPoint const& point) {
  if (reason == TrapReason::call_stack_exhausted) {
    return stack_facts(store, point);
  }
  if (reason == TrapReason::out_of_fuel) {
    auto const given = static_cast<std::uint64_t>(store.execution->fuel_given);
    return LimitFacts{LimitKind::fuel, given + static_cast<std::uint64_t>(store.execution->fuel_short), given, given};
  }
  if (reason == TrapReason::deadline_reached) {
    return deadline_facts(*store.execution);
  }
  bool const was_growth = reason == TrapReason::growth_refused && !store.refusals.kept().empty();
  return was_growth ? std::optional{store.refusals.kept().back().facts} : std::nullopt;
}

// What the message says, and the memory access if that is what trapped.
struct Account {
  std::string message;
  std::optional<MemoryAccess> access;
  FaultStory story;
};

// Of accesses to memories and tables.
Account account_for_access(StoreData& store, TrapReason reason, diagnose::EndedEntry const& ended) {
  auto const& trap = store.execution->trap;
  Account account;
  bool const is_memory = reason == TrapReason::out_of_bounds_memory;
  if (auto const at = trapped_cell(store); at.has_value() && is_memory) {
    account.access = diagnose::find_memory_access(trap, at->cell.op, at->cell.form, at->offset);
    if (account.access.has_value()) {
      account.story = story_of(store, ended, *account.access);
    }
  } else if (at.has_value()) {
    if (auto const element = diagnose::find_element_access(trap, at->cell.op, at->cell.form); element.has_value()) {
      account.message = diagnose::trap_message(reason, *element);
    }
  }
  return account;
}

// That limits were not the cause, of a memory that was accessed out of bounds.
void tell_of_limits(StoreData const& store, Account& account) {
  auto const& limits = store.resources.limits;
  diagnose::tell_limits_not_reached(account.story, {account.access->memory_size, store.resources.in_use().total_memory,
                                                    limits.memory_size, limits.total_memory});
}

Account account_for(StoreData& store, TrapReason reason, CallPoint const& point, diagnose::EndedEntry const* ended) {
  Account account;
  bool const is_access = reason == TrapReason::out_of_bounds_memory || reason == TrapReason::undefined_element ||
                         reason == TrapReason::uninitialized_element;
  if (is_access && ended != nullptr) {
    account = account_for_access(store, reason, *ended);
  }
  if (auto const change = std::exchange(store.read_only_change, std::nullopt);
      reason == TrapReason::read_only_data && change.has_value()) {
    account.message = diagnose::trap_message(reason, {}, change->headline);
    account.story.lines = change->lines;
  }
  account.story.limit = limit_facts(store, reason, point);
  account.story.refused_growths = refused_growths(store);
  diagnose::tell_refused_growths(account.story, {reason, account.access});
  if (account.access.has_value()) {
    tell_of_limits(store, account);
  }
  if (account.message.empty()) {
    auto const& limit = account.story.limit;
    bool const is_told = limit.has_value() && reason != TrapReason::growth_refused;
    auto const detail = is_told ? runtime::refusal_text(*limit, unit_of(limit->limit)) : store.trap_detail;
    account.message = diagnose::trap_message(reason, account.access, detail);
  }
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
  // Behind a guest's instruction, read-only data is only looked at where a host function is called.
  bool const is_host_call = reason == TrapReason::host_error || reason == TrapReason::read_only_data;
  diagnose::EndedEntry const ended{point.frame, point.context_stack_height, is_host_call};
  auto const backtrace = collect_backtrace(store, entered ? &ended : nullptr);
  Account account = account_for(store, reason, point, entered ? &ended : nullptr);
  // A host function's words may quote the guest's.
  auto message = base::printable_lines(own.has_value() ? own->message() : account.message);
  auto const kind = own.has_value() ? own->kind() : kind_of(reason);
  auto trap = std::make_shared<Trap const>(reason, message, backtrace.frames(), account.access, backtrace.omitted(),
                                           std::nullopt, std::move(account.story));
  return {kind, std::move(message), std::move(trap)};
}

Error stop_error(StoreData& store, TrapReason reason) {
  auto const backtrace = collect_backtrace(store, nullptr);
  FaultStory story;
  std::string detail;
  if (reason == TrapReason::deadline_reached) {
    story.limit = deadline_facts(*store.execution);
    detail = runtime::refusal_text(*story.limit, runtime::Unit::nanoseconds);
  }
  auto message = diagnose::trap_message(reason, {}, detail);
  auto trap = std::make_shared<Trap const>(reason, message, backtrace.frames(), std::nullopt, backtrace.omitted(),
                                           std::nullopt, std::move(story));
  return {kind_of(reason), std::move(message), std::move(trap)};
}

Error segment_error(TrapReason reason, std::string message) {
  auto trap = std::make_shared<Trap const>(reason, message, std::vector<TrapFrame>{});
  return {ErrorKind::trap, std::move(message), std::move(trap)};
}

std::vector<TrapFrame> backtrace_now(StoreData& store) { return collect_backtrace(store, nullptr).frames(); }

} // namespace weir::engine
