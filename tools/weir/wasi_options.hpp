// What the guest of `weir run` may see: folders, environment, arguments, standard streams.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>

#include <weir/wasi.hpp>

namespace weir::tools {

struct Folder {
  std::string host;
  std::string guest;
  wasi::Access access = wasi::Access::read_write;
};

// "HOST[::GUEST][:ro]". The error is a sentence for the user.
std::expected<Folder, std::string> parse_folder(std::string_view text);

struct WasiOptions {
  std::vector<std::string> folders;
  std::vector<std::string> environment; // "K=V", or "K" for the host's value
  bool inherit_environment = false;

  void add(CLI::App& command);

  // Precondition: parsing has accepted the options. Standard streams are the tool's own.
  wasi::Config config(std::string_view program, std::span<std::string const> args) const;
};

} // namespace weir::tools
