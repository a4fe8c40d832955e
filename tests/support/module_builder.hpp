// Makes the bytes of modules for tests that stand below the text format.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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

inline void write_opcode(Bytes& out, wasm::Opcode opcode) {
  auto const& row = wasm::info(opcode);
  if (row.prefix != 0) {
    out.push_back(row.prefix);
    write_u32(out, row.code);
  } else {
    out.push_back(static_cast<std::uint8_t>(row.code));
  }
}

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
  void memory(std::uint32_t pages, std::optional<std::uint32_t> most = std::nullopt) {
    memory_pages_ = pages;
    memory_most_ = most;
  }
  // A passive data segment.
  void data(std::string bytes) { data_ = std::move(bytes); }
  void global(ValType type, std::uint64_t value) { globals_.emplace_back(type, value); }
  // A table with these functions.
  void table(std::vector<std::uint32_t> functions) { table_ = std::move(functions); }
  // Exports what is defined: functions as "f0", "f1", ... by index, globals as "g0", ..., the memory as "memory".
  void export_everything() { exports_everything_ = true; }

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
    part = {static_cast<std::uint8_t>(memory_most_.has_value() ? 1 : 0)};
    write_u32(part, memory_pages_);
    if (memory_most_.has_value()) write_u32(part, *memory_most_);
    section(5, memory_pages_ != 0 ? 1 : 0, part);
    part.clear();
    for (auto const& [type, value] : globals_) {
      write_type(part, type);
      part.push_back(1); // mutable
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
    part.clear();
    std::uint32_t exports = 0;
    auto const export_as = [&](std::string const& name, std::uint8_t kind, std::size_t index) {
      write_u32(part, name.size());
      part.insert(part.end(), name.begin(), name.end());
      part.push_back(kind);
      write_u32(part, index);
      ++exports;
    };
    if (exports_everything_) {
      for (std::size_t i = imports_.size(); i < imports_.size() + functions_.size(); ++i) {
        export_as("f" + std::to_string(i), 0, i);
      }
      for (std::size_t i = 0; i < globals_.size(); ++i) export_as("g" + std::to_string(i), 3, i);
      if (memory_pages_ != 0) export_as("memory", 2, 0);
    }
    section(7, exports, part);
    part = {0, 0x41, 0, 0x0B};
    write_u32(part, table_.size());
    for (std::uint32_t const function : table_) write_u32(part, function);
    section(9, table_.empty() ? 0 : 1, part);
    if (!data_.empty()) section(12, 1, {});
    part.clear();
    for (auto const& function : functions_) {
      write_u32(part, function.second.size());
      write_bytes(part, function.second);
    }
    section(10, functions_.size(), part);
    part = {1};
    write_u32(part, data_.size());
    part.insert(part.end(), data_.begin(), data_.end());
    section(11, data_.empty() ? 0 : 1, part);
    return out;
  }

  // The module, decoded. Ends the program when it is malformed.
  wasm::Module decode() const {
    auto module = decode::decode_module(std::make_shared<OwnedBytes>(bytes()), wasm::Features{});
    if (!module.has_value()) {
      std::fprintf(stderr, "%s\n", module.error().message().c_str());
      std::abort();
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
  std::optional<std::uint32_t> memory_most_;
  std::string data_;
  bool exports_everything_ = false;
};

} // namespace weir::test
