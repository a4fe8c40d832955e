// Modules for tests of the memory map: from text, with custom sections added, and with addresses in fields of the
// widest size, as LLVM's linker writes them.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/leb128.hpp"
#include "decode/function_reader.hpp"
#include "support/assembler.hpp"
#include "text/wat.hpp"

namespace weir::test {

inline Bytes binary_of(std::string_view wat, bool names = false) {
  auto bytes = text::parse_wat(wat, {.features = {}, .write_name_section = names});
  if (!bytes.has_value()) {
    ADD_FAILURE() << bytes.error().message() << " in line " << bytes.error().line() << "\n" << wat;
    return {0, 'a', 's', 'm', 1, 0, 0, 0};
  }
  return *std::move(bytes);
}

inline wasm::Module decoded(Bytes bytes) {
  auto module = decode::decode_module(std::make_shared<OwnedBytes>(std::move(bytes)), wasm::Features{});
  if (!module.has_value()) {
    ADD_FAILURE() << module.error().message();
    return {};
  }
  return *std::move(module);
}

inline void add_custom_section(Bytes& module, std::string_view name, Bytes const& contents) {
  Bytes body;
  write_u32(body, name.size());
  body.insert(body.end(), name.begin(), name.end());
  write_bytes(body, contents);
  module.push_back(0);
  write_u32(module, body.size());
  write_bytes(module, body);
}

// Every i32.const, and every offset of a load or store, that lies in [begin, end) gets five bytes.
inline Bytes pad_addresses(Bytes const& bytes, std::uint32_t begin, std::uint32_t end) {
  auto const module = decoded(bytes);
  auto const write_padded = [](Bytes& out, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) {
      out.push_back(static_cast<std::uint8_t>(0x80 | (value >> 7 * i & 0x7F)));
    }
    out.push_back(static_cast<std::uint8_t>(value >> 28));
  };
  Bytes code;
  write_u32(code, module.bodies.size());
  for (std::uint32_t i = 0; i < module.bodies.size(); ++i) {
    Bytes body;
    auto reader = decode::FunctionReader{module, module.imported_functions + i}.instructions();
    auto const body_begin = bytes.begin() + module.bodies[i].code.offset;
    body.assign(body_begin, bytes.begin() + reader.offset());
    decode::Instruction instruction;
    while (reader.next(instruction)) {
      auto const immediates = wasm::info(instruction.opcode).immediates;
      bool const is_address = instruction.value >= begin && instruction.value < end;
      if (is_address && instruction.opcode == wasm::Opcode::i32_const) {
        body.push_back(0x41);
        write_padded(body, static_cast<std::uint32_t>(instruction.value));
      } else if (is_address && immediates == wasm::Immediates::memarg) {
        body.push_back(bytes[instruction.offset]);
        body.push_back(instruction.align);
        write_padded(body, static_cast<std::uint32_t>(instruction.value));
      } else {
        body.insert(body.end(), bytes.begin() + instruction.offset, bytes.begin() + reader.offset());
      }
    }
    write_u32(code, body.size());
    write_bytes(code, body);
  }
  // The section's id and size are just before its contents.
  auto const old = module.code_section;
  std::size_t const size_bytes = [&] {
    Bytes size;
    write_u32(size, old.size);
    return size.size();
  }();
  Bytes out(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(old.offset - size_bytes));
  write_u32(out, code.size());
  write_bytes(out, code);
  out.insert(out.end(), bytes.begin() + old.offset + old.size, bytes.end());
  return out;
}

} // namespace weir::test
