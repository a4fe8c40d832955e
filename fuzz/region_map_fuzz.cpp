// Whatever a module says and however it lies, the memory map covers the memory and no text of it can harm a terminal.
// Function bodies are not validated here, as they are not before the map is made in the lazy modes.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "base/utf8.hpp"
#include "decode/module_decoder.hpp"
#include "diagnose/region_map.hpp"
#include "validate/module_validator.hpp"

namespace {

class InputBytes final : public weir::wasm::ModuleBytes {
 public:
  InputBytes(std::uint8_t const* data, std::size_t size) noexcept : view_(data, size) {}
  weir::base::ByteSpan view() const noexcept override { return view_; }

 private:
  weir::base::ByteSpan view_;
};

void require(bool condition, char const* what) {
  if (!condition) {
    std::fprintf(stderr, "region_map_fuzz: %s\n", what);
    std::abort();
  }
}

// Fit to be shown as it is: no control characters, and UTF-8.
void require_harmless(std::string_view text) {
  require(weir::base::is_utf8(text), "a text of the map is not UTF-8");
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const byte = static_cast<unsigned char>(text[i]);
    bool const is_control = byte < 0x20 || byte == 0x7F ||
                            (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0);
    require(!is_control, "a text of the map has a control character");
  }
}

void check(weir::MemoryMap const& map) {
  std::uint64_t at = 0;
  for (auto const& region : map.regions) {
    require(region.begin == at && region.begin < region.end, "regions leave a gap, overlap or are empty");
    require(map.find(region.begin) == &region && map.find(region.end - 1) == &region, "find() misses a region");
    require(!region.evidence.empty(), "a region has no evidence");
    at = region.end;
    for (auto const& each : region.evidence) {
      require_harmless(each);
    }
  }
  bool const is_relative = map.layout == weir::MemoryLayout::position_independent;
  require(is_relative || at == map.initial_size, "regions do not cover the memory");
  require(is_relative || map.heap_base.value_or(0) <= map.initial_size, "the heap begins outside");
  require(map.regions.size() < 1000, "there are too many regions to be of use");
  require_harmless(map.toolchain);
  for (auto const& advice : map.advice) {
    require_harmless(advice.text);
  }
  if (map.stack_pointer.has_value()) {
    require_harmless(map.stack_pointer->evidence);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto module = weir::decode::decode_module(std::make_shared<InputBytes>(data, size), weir::wasm::Features{});
  if (!module.has_value() || !weir::validate::validate_module(*module).has_value()) {
    return 0;
  }
  for (std::uint32_t i = 0; i < module->memories.size(); ++i) {
    check(weir::diagnose::infer_memory_map(*module, i));
  }
  return 0;
}
