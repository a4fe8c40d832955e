// Makes modules out of instruction sequences for tests that stand below the text format: "local.get 0 i32.const 1
// i32.add". The keywords are those of the text format; immediates are numbers in the order of the binary format. Block
// types are nothing, a value type, or "type N". `end` of the body is added.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <unordered_map>

#include <weir/types.hpp>

#include "support/module_builder.hpp"

namespace weir::test {

inline ValType to_type(std::string const& text) {
  if (text == "i32") return ValType::i32();
  if (text == "i64") return ValType::i64();
  if (text == "f32") return ValType::f32();
  if (text == "f64") return ValType::f64();
  if (text == "v128") return ValType::v128();
  if (text == "funcref") return ValType::funcref();
  return text == "externref" ? ValType::externref() : ValType{};
}

inline wasm::Opcode to_opcode(std::string const& text) {
  static auto const table = [] {
    std::unordered_map<std::string, wasm::Opcode> map;
    for (std::size_t i = 0; i < wasm::opcode_count; ++i) {
      map.emplace(std::string{wasm::opcode_infos[i].text}, static_cast<wasm::Opcode>(i));
    }
    return map;
  }();
  auto const found = table.find(text);
  if (found == table.end()) {
    ADD_FAILURE() << "unknown instruction " << text;
    return wasm::Opcode::unreachable;
  }
  return found->second;
}

class Assembler {
 public:
  explicit Assembler(std::string const& text) : in_(text) {}

  Bytes run() {
    std::string word;
    while (in_ >> word) {
      instruction(word);
    }
    write_opcode(out_, wasm::Opcode::end);
    return std::move(out_);
  }

 private:
  std::int64_t number() {
    std::string word;
    in_ >> word;
    return static_cast<std::int64_t>(word.starts_with("-") ? std::stoll(word, nullptr, 0)
                                                           : static_cast<std::int64_t>(std::stoull(word, nullptr, 0)));
  }
  double real() {
    std::string word;
    in_ >> word;
    return std::stod(word);
  }
  template <class T>
  void raw(T value) {
    auto const* bytes = reinterpret_cast<std::uint8_t const*>(&value);
    out_.insert(out_.end(), bytes, bytes + sizeof value);
  }
  void numbers(int count) {
    for (; count > 0; --count) {
      write_u32(out_, static_cast<std::uint64_t>(number()));
    }
  }

  void block_type() {
    auto const here = in_.tellg();
    std::string word;
    if (in_ >> word) {
      if (word == "type") {
        base::write_sleb(out_, number());
        return;
      }
      if (ValType const type = to_type(word); !type.is_bottom()) {
        write_type(out_, type);
        return;
      }
    }
    in_.clear();
    in_.seekg(here);
    out_.push_back(0x40);
  }

  void instruction(std::string const& word) {
    using wasm::Immediates;
    wasm::Opcode const opcode = to_opcode(word);
    write_opcode(out_, opcode);
    switch (wasm::info(opcode).immediates) {
    case Immediates::none: break;
    case Immediates::block_type: block_type(); break;
    case Immediates::i32:
    case Immediates::i64: base::write_sleb(out_, number()); break;
    case Immediates::f32: raw(static_cast<float>(real())); break;
    case Immediates::f64: raw(real()); break;
    case Immediates::br_table: { // count, then count + 1 labels
      auto const count = static_cast<int>(number());
      write_u32(out_, static_cast<std::uint64_t>(count));
      numbers(count + 1);
      break;
    }
    case Immediates::heap_type: {
      std::string type;
      in_ >> type;
      out_.push_back(type == "func" ? 0x70 : 0x6F);
      break;
    }
    case Immediates::memarg: // offset; the alignment is 1
      out_.push_back(0);
      numbers(1);
      break;
    case Immediates::call_indirect:
    case Immediates::memory_memory:
    case Immediates::data_memory:
    case Immediates::elem_table:
    case Immediates::table_table: numbers(2); break;
    default: numbers(1); break;
    }
  }

  std::istringstream in_;
  Bytes out_;
};

inline Bytes assemble(std::string const& text) { return Assembler{text}.run(); }

} // namespace weir::test
