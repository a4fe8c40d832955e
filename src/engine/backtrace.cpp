#include "engine/backtrace.hpp"

#include <optional>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "decode/instruction.hpp"
#include "diagnose/trap_message.hpp"

namespace weir::engine {

using detail::ModuleData;
using detail::StoreData;

namespace {

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
      return fmt::format("{}.{}", base::cut_utf8(import.module, TrapFrame::max_name_bytes),
                         base::cut_utf8(import.name, TrapFrame::max_name_bytes));
    }
  }
  return {};
}

} // namespace

ModuleData const& module_of(runtime::Instance const& instance) noexcept {
  return *static_cast<ModuleData const*>(instance.code.get());
}

diagnose::Walk walk_of(StoreData& store) {
  return {store.execution.get(), store.engine_data->handlers->handler(code::Op::restore_context, 0), &find_code_of};
}

void Backtrace::add(diagnose::StackFrame const& frame) {
  if (frame.calls_host) {
    keep({frame, true});
  }
  keep({frame, false});
}

std::vector<TrapFrame> Backtrace::frames() const {
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

void Backtrace::keep(Kept const& kept) {
  if (inner_.size() < shown) {
    inner_.push_back(kept);
    return;
  }
  outer_.push_back(kept);
  if (outer_.size() > shown) {
    outer_.pop_front();
    ++omitted_;
  }
}

TrapFrame Backtrace::describe(Kept const& kept) {
  auto const& data = module_of(*kept.frame.instance);
  TrapFrame frame;
  frame.is_host = kept.is_host;
  if (kept.is_host) {
    frame.name = host_callee(data.module, kept.frame.offset);
    return frame;
  }
  frame.function = kept.frame.record->function;
  frame.name = base::cut_utf8(function_name(data, frame.function), TrapFrame::max_name_bytes);
  frame.module = base::cut_utf8(names_of(data).module, TrapFrame::max_name_bytes);
  auto const& body = data.module.body_of_function(frame.function);
  frame.offset = kept.frame.offset.value_or(body.code.offset);
  frame.function_offset = frame.offset - body.code.offset;
  frame.instance = instance_handle(*kept.frame.instance);
  return frame;
}

Backtrace collect_backtrace(StoreData& store, diagnose::EndedEntry const* ended) {
  Backtrace backtrace;
  diagnose::walk_stack(walk_of(store), ended, [&](diagnose::StackFrame const& frame) {
    backtrace.add(frame);
    return true;
  });
  return backtrace;
}

std::vector<TrapFrame> describe_frames(std::span<diagnose::StackFrame const> frames) {
  Backtrace backtrace;
  for (auto const& frame : frames) {
    backtrace.add(frame);
  }
  return backtrace.frames();
}

std::vector<RefusedGrowth> refused_growths(StoreData const& store, void const* object) {
  std::vector<RefusedGrowth> all;
  for (auto const& each : store.refusals.kept()) {
    if (object == nullptr || each.object == object) {
      all.push_back(
          {each.is_table, each.index, each.by, each.facts, each.refusal, each.times, describe_frames(each.frames)});
    }
  }
  return all;
}

std::string host_asker(StoreData& store) {
  auto const frames = collect_backtrace(store, nullptr).frames();
  return frames.empty() ? "the host" : "the host in " + diagnose::frames_text(frames, 3);
}

} // namespace weir::engine
