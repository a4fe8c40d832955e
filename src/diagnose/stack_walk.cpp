#include "diagnose/stack_walk.hpp"

#include <algorithm>
#include <vector>

#include "code/cell.hpp"
#include "code/frame.hpp"

namespace weir::diagnose {

namespace {

class StackWalker {
 public:
  StackWalker(Walk const& walk, Visit const& visit) noexcept : walk_(walk), visit_(visit) {}

  // The calls of one entry, from `cell` outwards. `height` is the context stack's height at the cell.
  void walk_entry(code::Word const* cell, std::uint64_t* frame, runtime::InstanceContext const* context,
                  std::uint64_t const* first_frame, std::size_t height, bool in_host);
  // The calls of all activations, of which the innermost was entered with the context stack at this height.
  void walk_activations(std::size_t height);

 private:
  code::FunctionRecord const* find(runtime::Instance const& instance, code::Word const* cell);

  Walk const& walk_;
  Visit const& visit_;
  bool is_done_ = false;                            // the visitor wants no more
  std::vector<code::FunctionRecord const*> recent_; // recursion meets the same functions again and again
};

bool holds(code::FunctionRecord const& record, code::Word const* cell) noexcept {
  return cell >= record.code_begin && cell < record.code_end;
}

code::FunctionRecord const* StackWalker::find(runtime::Instance const& instance, code::Word const* cell) {
  auto const found = std::ranges::find_if(recent_, [&](auto const* record) { return holds(*record, cell); });
  if (found != recent_.end()) {
    return *found;
  }
  auto const* const record = walk_.find_code(instance, cell);
  if (record != nullptr) {
    constexpr std::size_t most = 16;
    if (recent_.size() == most) {
      recent_.erase(recent_.begin());
    }
    recent_.push_back(record);
  }
  return record;
}

void StackWalker::walk_entry(code::Word const* cell, std::uint64_t* frame, runtime::InstanceContext const* context,
                             std::uint64_t const* first_frame, std::size_t height, bool in_host) {
  auto const& contexts = walk_.execution->context_stack;
  while (!is_done_ && cell != nullptr) {
    auto const* const record = find(*context->instance, cell);
    if (record == nullptr) {
      return;
    }
    auto const word = static_cast<std::uint32_t>(cell - record->code_begin);
    is_done_ = !visit_({context->instance, record, cell, frame, record->source_map.find(word), in_host});
    in_host = false;
    if (is_done_ || frame <= first_frame) {
      return;
    }
    auto const* const return_address = reinterpret_cast<code::Word const*>(frame[code::link_slot]);
    cell = return_address - code::call_words;
    if (*return_address == walk_.restore_context) {
      // The callee was of another instance.
      if (height == 0) {
        return;
      }
      context = contexts[--height];
    }
    frame -= code::field_b(cell);
  }
}

void StackWalker::walk_activations(std::size_t height) {
  for (auto const* activation = walk_.execution->activation; activation != nullptr && !is_done_;
       activation = activation->previous) {
    if (activation->suspended_ip != nullptr) {
      walk_entry(activation->suspended_ip, activation->suspended_frame, activation->suspended_context,
                 activation->frame, height, true);
    }
    height = activation->context_stack_height;
  }
}

} // namespace

void walk_stack(Walk const& walk, EndedEntry const* ended, Visit const& visit) {
  StackWalker walker{walk, visit};
  auto const& execution = *walk.execution;
  std::size_t height = execution.context_stack.size();
  if (ended != nullptr) {
    auto const& trap = execution.trap;
    walker.walk_entry(trap.ip, trap.frame, trap.context, ended->first_frame, height, ended->in_host);
    height = ended->context_stack_height;
  }
  walker.walk_activations(height);
}

void walk_running_stack(Walk const& walk, runtime::GuestPlace place, runtime::InstanceContext const& context,
                        Visit const& visit) {
  auto const* const running = walk.execution->activation;
  if (running == nullptr) {
    return;
  }
  StackWalker walker{walk, visit};
  std::size_t const height = walk.execution->context_stack.size();
  walker.walk_entry(place.ip, place.frame, &context, running->frame, height, false);
  walker.walk_activations(height); // the innermost one is not suspended and adds nothing
}

} // namespace weir::diagnose
