// Options that several subcommands share, and the parsing of sizes, times and features.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>

#include <weir/weir.hpp>

namespace weir::tools {

// "1GiB", "64KiB", "65536" -> bytes. The error is a sentence for the user.
std::expected<std::uint64_t, std::string> parse_size(std::string_view text);

// "5s", "200ms", "1.5m", "2h" -> a duration above zero. The error is a sentence for the user.
std::expected<std::chrono::nanoseconds, std::string> parse_duration(std::string_view text);

// "bulk-memory" for Feature::bulk_memory, and so on; options take the underscore too.
std::string feature_name(Feature feature);

// The engine's settings from the command line.
struct EngineOptions {
  std::vector<std::string> features; // "simd=on"
  Features default_features;         // what `features` changes
  std::string backend = "auto";
  std::string compilation = "lazy";

  void add_features(CLI::App& command);
  void add_backend(CLI::App& command);
  void add_compilation(CLI::App& command);

  // Precondition: parsing has accepted the options.
  Config config() const;
};

// Validators for CLI11: the empty string when the text is good, else why not.
std::string check_count(std::string const& text);
std::string check_size(std::string const& text);
std::string check_duration(std::string const& text);
std::string check_feature(std::string const& text);

} // namespace weir::tools
