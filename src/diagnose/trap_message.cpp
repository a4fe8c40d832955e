#include "diagnose/trap_message.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "wasm/limits.hpp"

namespace weir::diagnose {

namespace {

// "4-byte load at 0x41414145 = 0x41414141 + offset 4"; ranges of bulk operations have no offset to speak of.
std::string describe(MemoryAccess const& access) {
  std::string text =
      fmt::format("{}-byte {} at {:#x}", access.size, access.is_store ? "store" : "load", access.address);
  if (access.offset != 0) {
    text += fmt::format(" = {:#x} + offset {}", access.base, access.offset);
  }
  return text;
}

std::string memory_size(MemoryAccess const& access) {
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

} // namespace

std::string trap_message(TrapReason reason, std::optional<MemoryAccess> const& access, std::string_view detail) {
  std::string text = to_string(reason);
  if (access.has_value()) {
    text += fmt::format(": {}; {}", describe(*access), memory_size(*access));
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

std::string Trap::report() const {
  std::string text = "error: ";
  if (access_.has_value()) {
    text +=
        fmt::format("{}\n  {}; {}", to_string(reason_), diagnose::describe(*access_), diagnose::memory_size(*access_));
  } else {
    text += message_;
  }
  // The middle of a deep stack is left out where the frames that are kept change from inner to outer ones.
  std::size_t const inner = omitted_ == 0 ? frames_.size() : frames_.size() / 2;
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    if (i == inner) {
      text += fmt::format("\n  ... {} calls left out ...", omitted_);
    }
    text += fmt::format("\n  {} {}", i == 0 ? "in" : "called from", diagnose::frame_text(frames_[i]));
  }
  for (auto const& line : story_.lines) {
    text += "\n  " + line;
  }
  return text;
}

} // namespace weir
