#include "input.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "progress.hpp"

namespace weir::tools {

namespace {

using Bytes = std::span<std::uint8_t const>;

struct Signature {
  std::string_view bytes;
  std::string_view what;
};

using namespace std::string_view_literals;

// A component has a layer field of 1 where a module's version would go on; see recognise_wasm().
constexpr std::array signatures{
    Signature{"\x7f"
              "ELF"sv,
              "a native ELF object or program"},
    Signature{"\xcf\xfa\xed\xfe"sv, "a native Mach-O object or program"},
    Signature{"\xce\xfa\xed\xfe"sv, "a native Mach-O object or program"},
    Signature{"\xca\xfe\xba\xbe"sv, "a Mach-O universal binary or a Java class"},
    Signature{"MZ"sv, "a Windows program"},
    Signature{"!<arch>\n"sv, "an archive of objects (a static library)"},
    Signature{"BC\xc0\xde"sv, "LLVM bitcode"},
    Signature{"\x1f\x8b"sv, "a gzip archive: unpack it first"},
    Signature{"PK\x03\x04"sv, "a zip archive: unpack it first"},
    Signature{"\x28\xb5\x2f\xfd"sv, "a zstd archive: unpack it first"},
    Signature{"BZh"sv, "a bzip2 archive: unpack it first"},
    Signature{"\xfd"
              "7zXZ\0"sv,
              "an xz archive: unpack it first"},
    Signature{"#!"sv, "a script"},
    Signature{"\xff\xfe"sv, "text in UTF-16: the text format is UTF-8"},
    Signature{"\xfe\xff"sv, "text in UTF-16: the text format is UTF-8"},
};

bool begins_with(Bytes bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() && std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0;
}

bool has_magic(Bytes bytes) { return begins_with(bytes, "\0asm"sv); }

// No control characters but white space at the beginning: something that a person typed.
bool looks_like_text(Bytes bytes) {
  return std::ranges::all_of(bytes.first(std::min<std::size_t>(bytes.size(), 512)), [](std::uint8_t byte) {
    return byte >= 0x20 || byte == '\n' || byte == '\r' || byte == '\t' || byte == '\f';
  });
}

Error malformed(std::string_view path, std::string_view what) {
  return Error{ErrorKind::io, fmt::format("{}: {}", path, what)};
}

std::string quoted_beginning(Bytes bytes) {
  std::string text;
  for (std::uint8_t const byte : bytes.first(std::min<std::size_t>(bytes.size(), 24))) {
    if (byte == '\n' || byte == '\r') {
      break;
    }
    text += static_cast<char>(byte);
  }
  return text;
}

std::string hex_beginning(Bytes bytes) {
  std::string text;
  for (std::uint8_t const byte : bytes.first(std::min<std::size_t>(bytes.size(), 8))) {
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", byte);
  }
  return text;
}

Result<Format> format_of(std::string const& path, Bytes bytes) {
  if (bytes.empty()) {
    return std::unexpected(malformed(path, "the file is empty"));
  }
  if (auto const what = recognise(bytes); !what.empty()) {
    return std::unexpected(malformed(path, fmt::format("this is not a WebAssembly module but {}", what)));
  }
  if (has_magic(bytes)) {
    return Format::binary;
  }
  if (!looks_like_text(bytes)) {
    return std::unexpected(malformed(
        path, fmt::format("this is not a WebAssembly module: it begins with {}, a module with 00 61 73 6d (\"\\0asm\")",
                          hex_beginning(bytes))));
  }
  if (path.ends_with(".wasm")) {
    return std::unexpected(malformed(
        path, fmt::format("this is text (it begins with \"{}\"), not a WebAssembly binary; if it is the text format, "
                          "give it a name that ends in .wat",
                          quoted_beginning(bytes))));
  }
  return Format::text;
}

bool is_regular(std::string const& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

} // namespace

std::string_view recognise(Bytes bytes) {
  if (has_magic(bytes) && bytes.size() >= 8 && bytes[6] == 1 && bytes[7] == 0) {
    return "a WebAssembly component (Weir runs core modules: take the module out, e.g. with `wasm-tools component "
           "unbundle`)";
  }
  auto const found =
      std::ranges::find_if(signatures, [&](Signature const& each) { return begins_with(bytes, each.bytes); });
  return found == signatures.end() ? std::string_view{} : found->what;
}

Result<Input> open_input(std::string const& path) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) {
    return std::unexpected(Error{ErrorKind::io, fmt::format("{}: this is a directory, not a file", path)});
  }
  auto file = platform::MappedFile::open(path == "-" ? "/dev/stdin" : path);
  if (!file.has_value()) {
    return std::unexpected(Error{ErrorKind::io, std::move(file.error().message)});
  }
  auto const format = format_of(path, file->view());
  if (!format.has_value()) {
    return std::unexpected(format.error());
  }
  return Input{path, *format, std::move(*file)};
}

Result<Module> load_module(Engine const& engine, Input const& input) {
  Progress const progress{
      fmt::format("loading {} ({:.1f} MiB)", input.path, static_cast<double>(input.bytes().size()) / (1 << 20))};
  if (input.format == Format::text) {
    return Module::from_wat(engine, input.text());
  }
  // A pipe can be read only once.
  return input.path != "-" && is_regular(input.path) ? Module::from_file(engine, input.path)
                                                     : Module::from_bytes(engine, input.bytes());
}

Result<void> write_file(std::string const& path, Bytes bytes) {
  auto const failed = [&] {
    return std::unexpected(Error{ErrorKind::io, fmt::format("cannot write {}: {}", path, std::strerror(errno))});
  };
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) {
    return failed();
  }
  bool const written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  int const reason = errno;
  bool const closed = std::fclose(file) == 0;
  if (written && closed) {
    return {};
  }
  if (!written) {
    errno = reason;
  }
  auto error = failed();
  if (is_regular(path)) {
    std::remove(path.c_str());
  }
  return error;
}

} // namespace weir::tools
