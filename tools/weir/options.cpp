#include "options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "interface.hpp"
#include "wasm/features.hpp"

namespace weir::tools {

namespace {

template <class Unit>
struct NamedUnit {
  std::string_view name;
  Unit factor;
};

constexpr std::array<NamedUnit<std::uint64_t>, 6> size_units{{
    {"", 1},
    {"B", 1},
    {"KiB", std::uint64_t{1} << 10},
    {"MiB", std::uint64_t{1} << 20},
    {"GiB", std::uint64_t{1} << 30},
    {"TiB", std::uint64_t{1} << 40},
}};

constexpr std::array<NamedUnit<double>, 6> time_units{{
    {"ns", 1},
    {"us", 1e3},
    {"ms", 1e6},
    {"s", 1e9},
    {"m", 60e9},
    {"h", 3600e9},
}};

struct FeatureSetting {
  std::optional<Feature> feature; // nothing: all
  bool on;
};

std::expected<FeatureSetting, std::string> parse_feature(std::string_view text) {
  auto const equals = text.find('=');
  auto const name = text.substr(0, equals);
  auto const value = equals == std::string_view::npos ? std::string_view{} : text.substr(equals + 1);
  if (value != "on" && value != "off") {
    return std::unexpected(fmt::format("\"{}\" is not FEATURE=on or FEATURE=off", text));
  }
  if (name == "all") {
    return FeatureSetting{std::nullopt, value == "on"};
  }
  std::string known = "all";
  for (unsigned i = 1; i < feature_count; ++i) { // 0 is the core language, which is always on
    auto const feature = static_cast<Feature>(i);
    if (feature_name(feature) == name || wasm::to_string(feature) == name) {
      return FeatureSetting{feature, value == "on"};
    }
    known += ", " + feature_name(feature);
  }
  return std::unexpected(fmt::format("there is no feature \"{}\"; there are {}", name, known));
}

std::vector<std::string> feature_settings() {
  std::vector<std::string> settings{"all=on", "all=off"};
  for (unsigned i = 1; i < feature_count; ++i) {
    auto const name = feature_name(static_cast<Feature>(i));
    settings.insert(settings.end(), {name + "=on", name + "=off"});
  }
  return settings;
}

} // namespace

std::expected<std::uint64_t, std::string> parse_size(std::string_view text) {
  auto const wrong = [&] {
    return std::unexpected(
        fmt::format("\"{}\" is not a size: write a whole number of bytes, KiB, MiB, GiB or TiB, e.g. 64MiB", text));
  };
  std::uint64_t number = 0;
  auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{}) {
    return wrong();
  }
  std::string_view const unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  auto const found = std::ranges::find(size_units, unit, &NamedUnit<std::uint64_t>::name);
  if (found == size_units.end() || number > std::numeric_limits<std::uint64_t>::max() / found->factor) {
    return wrong();
  }
  return number * found->factor;
}

std::expected<std::chrono::nanoseconds, std::string> parse_duration(std::string_view text) {
  auto const wrong = [&] {
    return std::unexpected(fmt::format(
        "\"{}\" is not a time: write a number above zero and one of ns, us, ms, s, m, h, e.g. 5s or 200ms", text));
  };
  double number = 0;
  auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (code != std::errc{}) {
    return wrong();
  }
  std::string_view const unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  auto const found = std::ranges::find(time_units, unit, &NamedUnit<double>::name);
  constexpr double longest = 100.0 * 365 * 24 * 3600e9; // a hundred years: far from the clock's own end
  if (found == time_units.end() || !(number > 0) || number * found->factor > longest) {
    return wrong();
  }
  return std::chrono::nanoseconds{static_cast<std::int64_t>(std::ceil(number * found->factor))};
}

std::string feature_name(Feature feature) {
  std::string name = wasm::to_string(feature);
  std::ranges::replace(name, '_', '-');
  return name;
}

void EngineOptions::add_features(CLI::App& command) {
  command
      .add_option("-W,--feature", features,
                  "Switch a proposal on or off: bulk-memory=off, simd=on, all=on; may be repeated")
      ->type_name("FEATURE=on|off")
      ->allow_extra_args(false)
      ->check(with_choices(feature_settings(), check_feature));
}

void EngineOptions::add_backend(CLI::App& command) {
  command.add_option("--backend", backend, "How the interpreter dispatches: auto, tail-call or loop")
      ->type_name("NAME")
      ->check(is_one_of({"auto", "tail-call", "loop"}))
      ->capture_default_str();
}

void EngineOptions::add_compilation(CLI::App& command) {
  command
      .add_option("--compilation", compilation,
                  "When functions are translated: eager (when the module is loaded) or lazy (at the first call)")
      ->type_name("MODE")
      ->check(is_one_of({"eager", "lazy"}))
      ->capture_default_str();
}

Config EngineOptions::config() const {
  Config config;
  config.features(default_features);
  for (auto const& text : features) {
    auto const setting = parse_feature(text);
    if (setting->feature.has_value()) {
      config.feature(*setting->feature, setting->on);
      continue;
    }
    for (unsigned i = 1; i < feature_count; ++i) {
      config.feature(static_cast<Feature>(i), setting->on);
    }
  }
  config.backend(backend == "tail-call" ? Backend::tail_call : backend == "loop" ? Backend::loop : Backend::automatic);
  config.compilation(compilation == "eager" ? CompilationMode::eager : CompilationMode::lazy_translation);
  return config;
}

std::string check_count(std::string const& text) {
  std::uint64_t number = 0;
  auto const* const end = text.data() + text.size();
  auto const [behind, code] = std::from_chars(text.data(), end, number);
  return code == std::errc{} && behind == end ? std::string{}
                                              : fmt::format("\"{}\" is not a whole number below 2^64", text);
}

std::string check_size(std::string const& text) {
  auto const size = parse_size(text);
  return size.has_value() ? std::string{} : size.error();
}

std::string check_duration(std::string const& text) {
  auto const duration = parse_duration(text);
  return duration.has_value() ? std::string{} : duration.error();
}

std::string check_feature(std::string const& text) {
  auto const setting = parse_feature(text);
  return setting.has_value() ? std::string{} : setting.error();
}

} // namespace weir::tools
