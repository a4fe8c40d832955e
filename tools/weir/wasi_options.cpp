#include "wasi_options.hpp"

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

namespace weir::tools {

namespace {

std::string check_folder(std::string const& text) {
  auto const folder = parse_folder(text);
  return folder.has_value() ? std::string{} : folder.error();
}

std::string check_variable(std::string const& text) {
  return text.empty() || text.front() == '='
             ? fmt::format("\"{}\" is not a variable: write NAME=VALUE, or NAME for the value it has here", text)
             : std::string{};
}

} // namespace

std::expected<Folder, std::string> parse_folder(std::string_view text) {
  Folder folder;
  std::string_view rest = text;
  if (rest.ends_with(":ro")) {
    folder.access = wasi::Access::read_only;
    rest.remove_suffix(3);
  } else if (rest.ends_with(":rw")) {
    rest.remove_suffix(3);
  }
  auto const separator = rest.find("::");
  folder.host = rest.substr(0, separator);
  folder.guest = separator == std::string_view::npos ? folder.host : rest.substr(separator + 2);
  if (folder.host.empty() || folder.guest.empty()) {
    return std::unexpected(
        fmt::format("\"{}\" is not a folder for the guest: write HOST, HOST::GUEST, HOST:ro or HOST::GUEST:ro", text));
  }
  return folder;
}

void WasiOptions::add(CLI::App& command) {
  command
      .add_option("--dir", folders,
                  "Let the guest use a folder, under its own name or another; :ro for reading only; may be repeated")
      ->type_name("HOST[::GUEST][:ro]")
      ->allow_extra_args(false)
      ->check(check_folder);
  command.add_option("--env", environment, "Set a variable of the guest's environment; K alone takes over yours")
      ->type_name("K[=V]")
      ->allow_extra_args(false)
      ->check(check_variable);
  command.add_flag("--env-inherit", inherit_environment, "Give the guest all of your environment");
}

wasi::Config WasiOptions::config(std::string_view program, std::span<std::string const> args) const {
  wasi::Config config;
  config.inherit_stdio();
  config.arg(std::filesystem::path{program}.filename().string());
  config.args({args.begin(), args.end()});
  if (inherit_environment) {
    config.inherit_env();
  }
  for (auto const& each : environment) {
    auto const equals = each.find('=');
    if (equals != std::string::npos) {
      config.env(each.substr(0, equals), each.substr(equals + 1));
    } else if (char const* const value = std::getenv(each.c_str()); value != nullptr) {
      config.env(each, value);
    }
  }
  for (auto const& each : folders) {
    auto folder = parse_folder(each);
    config.preopen(std::move(folder->host), std::move(folder->guest), folder->access);
  }
  return config;
}

} // namespace weir::tools
