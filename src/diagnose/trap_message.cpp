#include "diagnose/trap_message.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "wasm/limits.hpp"

namespace weir::diagnose {

// Ranges of bulk operations have no offset to speak of.
std::string access_text(MemoryAccess const& access) {
  std::string text =
      fmt::format("{}-byte {} at {:#x}", access.size, access.is_store ? "store" : "load", access.address);
  if (access.offset != 0) {
    text += fmt::format(" = {:#x} + offset {}", access.base, access.offset);
  }
  return text;
}

std::string memory_size_text(MemoryAccess const& access) {
  std::uint64_t const pages = access.memory_size / wasm::limits::page_bytes;
  return fmt::format("memory {} is {:#x} bytes ({} page{})", access.memory, access.memory_size, pages,
                     pages == 1 ? "" : "s");
}

std::string frame_text(TrapFrame const& frame) {
  if (frame.is_host) {
    return frame.name.empty() ? std::string{"a host function"}
                              : fmt::format("host function {}", base::printable(frame.name));
  }
  std::string text = fmt::format("function {}", frame.function);
  if (!frame.name.empty()) {
    text += fmt::format(" `{}`", base::printable(frame.name));
  }
  if (!frame.module.empty()) {
    text += fmt::format(" of module `{}`", base::printable(frame.module));
  }
  return text + fmt::format(" (+{:#x}, module offset {:#x})", frame.function_offset, frame.offset);
}

std::string frames_text(std::span<TrapFrame const> frames, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames.size() > most && i + 1 == most) {
      text += ", ...";
      i = frames.size() - 1;
    }
    text += (text.empty() ? "" : ", called from ") + frame_text(frames[i]);
  }
  return text;
}

std::string trap_message(TrapReason reason, std::optional<MemoryAccess> const& access, std::string_view detail) {
  std::string text = to_string(reason);
  if (access.has_value()) {
    text += fmt::format(": {}; {}", access_text(*access), memory_size_text(*access));
  }
  if (!detail.empty()) {
    text += fmt::format(": {}", detail);
  }
  return text;
}

std::string trap_message(TrapReason reason, ElementAccess const& access) {
  return fmt::format("{} {}: table {} has {} element{}", to_string(reason), access.element, access.table,
                     access.table_size, access.table_size == 1 ? "" : "s");
}

} // namespace weir::diagnose

namespace weir {

namespace {

TrapFrame const* innermost_guest(std::span<TrapFrame const> frames) noexcept {
  auto const found = std::ranges::find_if(frames, [](TrapFrame const& frame) { return !frame.is_host; });
  return found == frames.end() ? nullptr : &*found;
}

} // namespace

std::optional<std::uint32_t> Trap::function() const noexcept {
  auto const* const frame = innermost_guest(frames_);
  return frame != nullptr ? std::optional{frame->function} : std::nullopt;
}

std::string Trap::function_name() const {
  auto const* const frame = innermost_guest(frames_);
  return frame != nullptr ? frame->name : std::string{};
}

std::optional<std::uint64_t> Trap::offset() const noexcept {
  auto const* const frame = innermost_guest(frames_);
  return frame != nullptr ? std::optional{frame->offset} : std::nullopt;
}

} // namespace weir
