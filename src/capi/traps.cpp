// Traps and frames.
#include "capi/traps.hpp"

#include <limits>
#include <new>
#include <string>
#include <string_view>

#include "capi/vec.hpp"

namespace weir::capi {

wasm_trap_t* make_trap(StorePtr const& store, std::shared_ptr<TrapObject> const& object) noexcept {
  auto* const made = new (std::nothrow) wasm_trap_t{store, object};
  return made != nullptr ? made : out_of_memory_trap();
}

wasm_trap_t* out_of_memory_trap() noexcept {
  static wasm_trap_t trap{
      nullptr, std::make_shared<TrapObject>(Error{ErrorKind::out_of_memory, "out of memory"}, HostPointer{})};
  return &trap;
}

namespace {

// The trap that a host function returned, with what has become known about it since, or a new one.
std::shared_ptr<TrapObject> trap_of(StoreBox& box, Error error) {
  if (auto thrown = std::exchange(box.thrown, nullptr)) {
    thrown->error = std::move(error);
    return thrown;
  }
  return std::make_shared<TrapObject>(std::move(error), HostPointer{});
}

Trap const* facts(wasm_trap_t const* trap) noexcept { return trap != nullptr ? trap->object->error.trap() : nullptr; }

// What is known of the trap as `render` puts it. Of one that is no guest's, only the message is known.
template <class Render>
void report_to(wasm_message_t* out, wasm_trap_t const* trap, Render&& render) {
  if (out == nullptr) {
    return;
  }
  vec_clear(*out);
  guarded_void([&]() -> Result<void> {
    auto const* const known = facts(trap);
    std::string const text =
        known != nullptr
            ? render(*known)
            : render(Trap{TrapReason::none, trap != nullptr ? trap->object->error.message() : std::string{}, {}});
    (void)vec_from_text(out, text, true);
    return {};
  });
}

std::unique_ptr<wasm_frame_t> make_frame(StorePtr const& store, TrapFrame const& frame) {
  auto made = std::make_unique<wasm_frame_t>(frame, store, nullptr);
  if (!frame.is_host && store != nullptr) {
    made->instance = std::make_unique<wasm_instance_t>(store, Instance::of(frame));
  }
  return made;
}

} // namespace

wasm_trap_t* call_trap(StorePtr const& store, Error error) noexcept {
  return detail::guard_memory([&] { return make_trap(store, trap_of(*store, std::move(error))); },
                              [] { return out_of_memory_trap(); });
}

weir_error_t* call_error(StorePtr const& store, Error error) noexcept {
  return detail::guard_memory(
      [&] {
        if (error.trap() == nullptr) {
          return make_error(std::move(error));
        }
        auto trap = trap_of(*store, error);
        return make_error(std::move(error), store, std::move(trap));
      },
      [] { return out_of_memory(); });
}

template <>
struct Element<wasm_frame_t*> {
  static bool copy(wasm_frame_t*& to, wasm_frame_t const* from) noexcept {
    to = from != nullptr ? guarded_object<wasm_frame_t>([&]() -> Result<wasm_frame_t*> {
      return make_frame(from->store, from->frame).release();
    })
                         : nullptr;
    return to != nullptr || from == nullptr;
  }
  static void destroy(wasm_frame_t* frame) noexcept { delete frame; }
};

Result<void> frames_to_vec(StorePtr const& store, std::span<TrapFrame const> frames, wasm_frame_vec_t* out) {
  wasm_frame_vec_t made = WASM_EMPTY_VEC;
  if (!vec_make(made, frames.size())) {
    return std::unexpected(Error{ErrorKind::out_of_memory, "out of memory"});
  }
  // Deletes what was made so far when there is no memory for the rest.
  struct Guard {
    wasm_frame_vec_t* vec;
    ~Guard() { vec_delete(vec); }
  } const guard{&made};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    made.data[i] = make_frame(store, frames[i]).release();
  }
  *out = std::exchange(made, wasm_frame_vec_t WASM_EMPTY_VEC);
  return {};
}

} // namespace weir::capi

using namespace weir::capi;

extern "C" {

WEIR_DEFINE_VEC(frame, *)

void wasm_frame_delete(wasm_frame_t* frame) { delete frame; }

wasm_frame_t* wasm_frame_copy(wasm_frame_t const* frame) {
  wasm_frame_t* made = nullptr;
  (void)Element<wasm_frame_t*>::copy(made, frame);
  return made;
}

wasm_instance_t* wasm_frame_instance(wasm_frame_t const* frame) {
  return frame != nullptr ? frame->instance.get() : nullptr;
}

uint32_t wasm_frame_func_index(wasm_frame_t const* frame) {
  return frame != nullptr && !frame->frame.is_host ? frame->frame.function : std::numeric_limits<uint32_t>::max();
}

size_t wasm_frame_func_offset(wasm_frame_t const* frame) {
  return frame != nullptr ? static_cast<size_t>(frame->frame.function_offset) : 0;
}

size_t wasm_frame_module_offset(wasm_frame_t const* frame) {
  return frame != nullptr ? static_cast<size_t>(frame->frame.offset) : 0;
}

char const* weir_frame_func_name(wasm_frame_t const* frame) {
  return frame != nullptr ? frame->frame.name.c_str() : "";
}

char const* weir_frame_module_name(wasm_frame_t const* frame) {
  return frame != nullptr ? frame->frame.module.c_str() : "";
}

bool weir_frame_is_host(wasm_frame_t const* frame) { return frame != nullptr && frame->frame.is_host; }

void wasm_trap_delete(wasm_trap_t* trap) {
  if (trap != out_of_memory_trap()) {
    delete trap;
  }
}

wasm_trap_t* wasm_trap_new(wasm_store_t* store, wasm_message_t const* message) {
  return guarded_object<wasm_trap_t>([&]() -> weir::Result<wasm_trap_t*> {
    if (store == nullptr) {
      return std::unexpected(null_argument("wasm_trap_new", "store"));
    }
    std::string text;
    if (message != nullptr && message->data != nullptr) {
      text.assign(message->data, message->size);
      if (!text.empty() && text.back() == '\0') {
        text.pop_back();
      }
    }
    auto object = std::make_shared<TrapObject>(weir::Error{weir::ErrorKind::host, std::move(text)}, HostPointer{});
    return std::make_unique<wasm_trap_t>(store->box, std::move(object)).release();
  });
}

void wasm_trap_message(wasm_trap_t const* trap, wasm_message_t* out) {
  (void)vec_from_text(out, trap != nullptr ? std::string_view{trap->object->error.message()} : std::string_view{},
                      true);
}

wasm_frame_t* wasm_trap_origin(wasm_trap_t const* trap) {
  auto const* const known = facts(trap);
  if (known == nullptr) {
    return nullptr;
  }
  for (auto const& frame : known->frames()) {
    if (!frame.is_host) {
      return guarded_object<wasm_frame_t>(
          [&]() -> weir::Result<wasm_frame_t*> { return make_frame(trap->store, frame).release(); });
    }
  }
  return nullptr;
}

void wasm_trap_trace(wasm_trap_t const* trap, wasm_frame_vec_t* out) {
  if (out == nullptr) {
    return;
  }
  vec_clear(*out);
  if (auto const* const known = facts(trap)) {
    guarded_void([&] { return frames_to_vec(trap->store, known->frames(), out); });
  }
}

weir_trap_reason_t weir_trap_reason(wasm_trap_t const* trap) {
  auto const* const known = facts(trap);
  return known != nullptr ? static_cast<weir_trap_reason_t>(known->reason()) : weir_trap_reason_t{WEIR_TRAP_NONE};
}

char const* weir_trap_reason_name(weir_trap_reason_t reason) {
  return reason <= WEIR_TRAP_READ_ONLY_DATA ? to_string(static_cast<weir::TrapReason>(reason)) : "";
}

bool weir_trap_function(wasm_trap_t const* trap, uint32_t* function) {
  auto const* const known = facts(trap);
  auto const found = known != nullptr ? known->function() : std::nullopt;
  if (function != nullptr) {
    *function = found.value_or(0);
  }
  return found.has_value();
}

bool weir_trap_offset(wasm_trap_t const* trap, uint64_t* offset) {
  auto const* const known = facts(trap);
  auto const found = known != nullptr ? known->offset() : std::nullopt;
  if (offset != nullptr) {
    *offset = found.value_or(0);
  }
  return found.has_value();
}

uint64_t weir_trap_omitted_frames(wasm_trap_t const* trap) {
  auto const* const known = facts(trap);
  return known != nullptr ? known->omitted_frames() : 0;
}

bool weir_trap_memory_access(wasm_trap_t const* trap, weir_memory_access_t* out) {
  auto const* const known = facts(trap);
  auto const* const access = known != nullptr ? known->memory_access() : nullptr;
  if (out != nullptr) {
    auto const found = access != nullptr ? *access : weir::MemoryAccess{};
    *out = {.address = found.address,
            .base = found.base,
            .offset = found.offset,
            .size = found.size,
            .memory_size = found.memory_size,
            .memory = found.memory,
            .is_store = found.is_store};
  }
  return access != nullptr;
}

void weir_trap_report(wasm_trap_t const* trap, wasm_message_t* out) {
  report_to(out, trap, [](weir::Trap const& known) { return known.report(); });
}

void weir_trap_report_coloured(wasm_trap_t const* trap, wasm_message_t* out) {
  report_to(out, trap, [](weir::Trap const& known) { return known.report(weir::ReportStyle::coloured); });
}

void weir_trap_report_json(wasm_trap_t const* trap, wasm_message_t* out) {
  report_to(out, trap, [](weir::Trap const& known) { return known.report_json(); });
}

} // extern "C"
