// Makes modules out of instruction sequences for tests that stand below the text format: "local.get 0 i32.const 1
// i32.add". The keywords are those of the text format; immediates are numbers in the order of the binary format. Block
// types are nothing, a value type, or "type N". `end` of the body is added.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include <weir/types.hpp>

#include "base/leb128.hpp"
#include "decode/module_decoder.hpp"
#include "wasm/module.hpp"
#include "wasm/opcode.hpp"

namespace weir::test {

using Bytes = std::vector<std::uint8_t>;

inline void write_u32(Bytes& out, std::uint64_t value) { base::write_uleb(out, value); }

inline void write_bytes(Bytes& out, Bytes const& bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

inline void write_type(Bytes& out, ValType type) {
  out.push_back(static_cast<std::uint8_t>(type.is_ref() ? type.heap() : type.bits()));
}

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

inline void write_opcode(Bytes& out, wasm::Opcode opcode) {
  auto const& row = wasm::info(opcode);
  if (row.prefix != 0) {
    out.push_back(row.prefix);
    write_u32(out, row.code);
  } else {
    out.push_back(static_cast<std::uint8_t>(row.code));
  }
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

class OwnedBytes : public wasm::ModuleBytes {
 public:
  explicit OwnedBytes(Bytes bytes) : bytes_(std::move(bytes)) {}
  base::ByteSpan view() const noexcept override { return bytes_; }

 private:
  Bytes bytes_;
};

class ModuleBuilder {
 public:
  std::uint32_t type(std::vector<ValType> params, std::vector<ValType> results) {
    types_.emplace_back(std::move(params), std::move(results));
    return static_cast<std::uint32_t>(types_.size() - 1);
  }
  // Imports come before functions.
  std::uint32_t import_function(std::uint32_t type_index) {
    imports_.push_back(type_index);
    return static_cast<std::uint32_t>(imports_.size() - 1);
  }
  struct LocalGroup {
    std::uint32_t count;
    ValType type;
  };
  std::uint32_t function(std::uint32_t type_index, std::vector<LocalGroup> locals, Bytes const& instructions) {
    Bytes body;
    write_u32(body, locals.size());
    for (auto const& group : locals) {
      write_u32(body, group.count);
      write_type(body, group.type);
    }
    write_bytes(body, instructions);
    functions_.emplace_back(type_index, std::move(body));
    return static_cast<std::uint32_t>(imports_.size() + functions_.size() - 1);
  }
  void memory(std::uint32_t pages) { memory_pages_ = pages; }
  void global(ValType type, std::uint64_t value) { globals_.emplace_back(type, value); }
  // A table with these functions.
  void table(std::vector<std::uint32_t> functions) { table_ = std::move(functions); }

  Bytes bytes() const {
    Bytes out{0, 'a', 's', 'm', 1, 0, 0, 0};
    auto const section = [&](std::uint8_t id, std::size_t count, Bytes const& contents) {
      if (count == 0) return;
      Bytes head;
      write_u32(head, count);
      out.push_back(id);
      write_u32(out, head.size() + contents.size());
      write_bytes(out, head);
      write_bytes(out, contents);
    };
    Bytes part;
    for (auto const& type : types_) {
      part.push_back(0x60);
      for (auto const* list : {&type.params(), &type.results()}) {
        write_u32(part, list->size());
        for (ValType const value : *list) write_type(part, value);
      }
    }
    section(1, types_.size(), part);
    part.clear();
    for (std::size_t i = 0; i < imports_.size(); ++i) {
      std::string const name = "f" + std::to_string(i);
      write_bytes(part, {1, 'm'});
      write_u32(part, name.size());
      part.insert(part.end(), name.begin(), name.end());
      part.push_back(0);
      write_u32(part, imports_[i]);
    }
    section(2, imports_.size(), part);
    part.clear();
    for (auto const& function : functions_) write_u32(part, function.first);
    section(3, functions_.size(), part);
    part = {0x70, 0};
    write_u32(part, table_.size());
    section(4, table_.empty() ? 0 : 1, part);
    part = {0};
    write_u32(part, memory_pages_);
    section(5, memory_pages_ != 0 ? 1 : 0, part);
    part.clear();
    for (auto const& [type, value] : globals_) {
      write_type(part, type);
      part.push_back(1);
      if (type == ValType::i32()) {
        part.push_back(0x41);
        base::write_sleb(part, static_cast<std::int32_t>(value));
      } else if (type == ValType::i64()) {
        part.push_back(0x42);
        base::write_sleb(part, static_cast<std::int64_t>(value));
      } else {
        part.push_back(type == ValType::f32() ? 0x43 : 0x44);
        for (int i = 0; i < (type == ValType::f32() ? 4 : 8); ++i) part.push_back(value >> (8 * i) & 0xFF);
      }
      part.push_back(0x0B);
    }
    section(6, globals_.size(), part);
    part = {0, 0x41, 0, 0x0B};
    write_u32(part, table_.size());
    for (std::uint32_t const function : table_) write_u32(part, function);
    section(9, table_.empty() ? 0 : 1, part);
    part.clear();
    for (auto const& function : functions_) {
      write_u32(part, function.second.size());
      write_bytes(part, function.second);
    }
    section(10, functions_.size(), part);
    return out;
  }

  // The module, decoded. Fails the test when it is malformed.
  wasm::Module decode() const {
    auto module = decode::decode_module(std::make_shared<OwnedBytes>(bytes()), wasm::Features{});
    if (!module.has_value()) {
      ADD_FAILURE() << module.error().message();
      return {};
    }
    return std::move(*module);
  }

 private:
  std::vector<FuncType> types_;
  std::vector<std::uint32_t> imports_;
  std::vector<std::pair<std::uint32_t, Bytes>> functions_;
  std::vector<std::pair<ValType, std::uint64_t>> globals_;
  std::vector<std::uint32_t> table_;
  std::uint32_t memory_pages_ = 0;
};

} // namespace weir::test
