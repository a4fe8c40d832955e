// Reading files that shall be WebAssembly, and saying what they are when they are something else.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <weir/weir.hpp>

#include "platform/mapped_file.hpp"

namespace weir::tools {

enum class Format : std::uint8_t { binary, text };

// A file that looks like a module of either format. A regular file is mapped, not copied.
struct Input {
  std::string path;
  Format format;
  platform::MappedFile file;

  std::span<std::uint8_t const> bytes() const noexcept { return file.view(); }
  std::string_view text() const noexcept {
    return {reinterpret_cast<char const*>(file.view().data()), file.view().size()};
  }
};

// Opens `path` ("-": the standard input) and looks at its first bytes. Errors, kind `io` or `malformed`, whose message
// begins with the path: no such file, a directory, an empty file, a component, a native program, an archive, text in a
// file called .wasm, ...
Result<Input> open_input(std::string const& path);

// The module of the input, by way of the public interface, with a line of progress on a terminal if it takes long. A
// regular binary file is mapped once more, by the library.
Result<Module> load_module(Engine const& engine, Input const& input);

// What the bytes are, if they are of a kind that people mistake for a WebAssembly module: "a native ELF object".
// Empty: nothing known.
std::string_view recognise(std::span<std::uint8_t const> bytes);

// Writes a file. Errors are of kind `io`; a file that could not be written whole is removed.
Result<void> write_file(std::string const& path, std::span<std::uint8_t const> bytes);

} // namespace weir::tools
