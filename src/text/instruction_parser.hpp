// Instructions of the text format, plain and folded. https://webassembly.github.io/spec/core/text/instructions.html
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/type_parser.hpp"
#include "wasm/opcode.hpp"

namespace weir::text {

class InstructionParser {
 public:
  InstructionParser(TypeParser& types, Bytes& out) : types_(types), in_(types.in), out_(out) {}

  IndexSpace& locals() { return locals_; }

  // Instructions up to the right parenthesis that closes the surrounding form (not read).
  bool sequence();
  // One folded instruction: `(...)`.
  bool folded();
  bool ended_well() const { return labels_.empty(); }

 private:
  enum class FrameKind : std::uint8_t { plain, block, if_condition, then, behind_then, else_ };
  // A form that is open. The bytes from `held` on in held_ are written when it closes (or at `then`).
  struct Frame {
    FrameKind kind = FrameKind::plain;
    std::size_t held = 0;
    Token const* at = nullptr;
  };
  struct Label {
    std::string name;
    bool is_plain = false; // opened by a plain block instruction, closed by a plain `end`
    bool is_if = false;
    bool in_else = false;
  };

  bool run(std::size_t floor);
  bool open();
  bool close_frame();
  bool plain();
  bool block_begin(wasm::Opcode opcode, Bytes& out, std::string& label);
  bool plain_else();
  bool plain_end();
  bool check_end_label();
  bool find(wasm::Opcode& opcode);
  void write_opcode(Bytes& out, wasm::Opcode opcode);
  bool immediates(wasm::Opcode opcode, Bytes& out);
  bool index(Bytes& out, IndexSpace const& space, std::string_view what);
  bool label(Bytes& out);
  bool select(Bytes& out);
  bool call_indirect(Bytes& out);
  bool memarg(Bytes& out, int access, bool has_lane);
  bool memory_index(std::uint32_t& memory);
  bool memory_index(Bytes& out);
  bool two_indices(Bytes& out, IndexSpace const& first, std::string_view first_name, IndexSpace const& second,
                   std::string_view second_name);
  bool number(Bytes& out, wasm::Immediates kind);
  bool lane(Bytes& out);
  bool v128(Bytes& out);

  TypeParser& types_;
  Cursor& in_;
  Bytes& out_;
  IndexSpace locals_;
  std::vector<Frame> frames_;
  Bytes held_;
  std::vector<Label> labels_;
};

} // namespace weir::text
