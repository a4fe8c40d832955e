// Trap::report() and report_json(): what is known of a trap, for people and for programs.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <weir/trap.hpp>

#include "base/json_writer.hpp"
#include "base/utf8.hpp"
#include "diagnose/trap_message.hpp"

namespace weir::diagnose {

namespace {

// The lines of a report, without line feeds. The first one begins with "error: ".
std::vector<std::string> report_lines(Trap const& trap) {
  std::vector<std::string> lines;
  if (auto const* const access = trap.memory_access(); access != nullptr) {
    lines.push_back(fmt::format("error: {}", to_string(trap.reason())));
    lines.push_back(fmt::format("  {}; {}", access_text(*access), memory_size_text(*access)));
  } else {
    // A host function's message may have several lines; marked, none of them can pass for one of the report's.
    std::string_view rest = trap.message();
    for (std::string_view mark = "error: "; mark == "error: " || !rest.empty(); mark = "  | ") {
      auto const end = rest.find('\n');
      lines.push_back(fmt::format("{}{}", mark, rest.substr(0, end)));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
  }
  // The middle of a deep stack is left out where the frames that are kept change from inner to outer ones.
  auto const frames = trap.frames();
  std::size_t const inner = trap.omitted_frames() == 0 ? frames.size() : frames.size() / 2;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (i == inner) {
      lines.push_back(fmt::format("  ... {} calls left out ...", trap.omitted_frames()));
    }
    lines.push_back(fmt::format("  {} {}", i == 0 ? "in" : "called from", frame_text(frames[i])));
  }
  for (auto const& line : trap.story().lines) {
    lines.push_back("  " + line);
  }
  for (auto& line : lines) {
    line = base::printable_text(line);
  }
  return lines;
}

struct Paint {
  std::string_view begins_with; // behind the indentation
  std::string_view colour;      // of an escape sequence
};

constexpr Paint paints[] = {
    {"error:", "1;31"},
    {"those bytes were last written by the host:", "1;33"},
    {"the same bytes were written by the host:", "1;33"},
    {"that is the likely cause:", "1;33"},
    {"help:", "1;32"},
    {"note:", "1;36"},
};

// Only the words that say what kind of line it is have a colour.
std::string painted(std::string_view line) {
  auto const indentation = line.substr(0, std::min(line.find_first_not_of(' '), line.size()));
  auto const rest = line.substr(indentation.size());
  for (auto const& paint : paints) {
    if (rest.starts_with(paint.begins_with)) {
      return fmt::format("{}\x1b[{}m{}\x1b[0m{}", indentation, paint.colour, paint.begins_with,
                         rest.substr(paint.begins_with.size()));
    }
  }
  return std::string{line};
}

char const* identifier(LimitKind limit) noexcept {
  switch (limit) {
  case LimitKind::memory_size: return "memory_size";
  case LimitKind::total_memory: return "total_memory";
  case LimitKind::table_elements: return "table_elements";
  case LimitKind::instances: return "instances";
  case LimitKind::tables: return "tables";
  case LimitKind::memories: return "memories";
  case LimitKind::limiter: return "limiter";
  case LimitKind::declared_maximum: return "declared_maximum";
  case LimitKind::format_maximum: return "format_maximum";
  case LimitKind::pinned: return "pinned";
  case LimitKind::system: return "system";
  case LimitKind::stack: return "stack";
  case LimitKind::recursion: return "recursion";
  case LimitKind::fuel: return "fuel";
  case LimitKind::deadline: return "deadline";
  }
  return "unknown";
}

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (char const each : bytes) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(each));
  }
  return text;
}

// A trap as one JSON object.
class JsonReport {
 public:
  std::string write(Trap const& trap) && {
    json_.begin_object();
    json_.string("schema", "weir-trap-1");
    json_.string("reason", to_string(trap.reason()));
    json_.string("message", trap.message());
    number("exit_status", trap.exit_status());
    access(trap.memory_access());
    frames(trap.frames());
    json_.number("omitted_frames", trap.omitted_frames());
    story(trap.story());
    json_.end_object();
    return std::move(json_).take();
  }

 private:
  template <class T>
  void number(std::string_view key, std::optional<T> value) {
    if (value.has_value()) {
      json_.number(key, *value);
    } else {
      json_.null(key);
    }
  }

  void access(MemoryAccess const* access) {
    if (access == nullptr) {
      json_.null("memory_access");
      return;
    }
    json_.begin_object("memory_access");
    json_.number("memory", access->memory);
    json_.number("address", access->address);
    json_.number("base", access->base);
    json_.number("offset", access->offset);
    json_.number("size", access->size);
    json_.number("memory_size", access->memory_size);
    json_.boolean("is_store", access->is_store);
    json_.end_object();
  }

  void frames(std::span<TrapFrame const> frames) {
    json_.begin_array("frames");
    for (auto const& frame : frames) {
      json_.begin_object();
      json_.string("kind", frame.is_host ? "host" : "guest");
      json_.string("name", frame.name);
      if (!frame.is_host) {
        json_.string("module", frame.module);
        json_.number("function", frame.function);
        json_.number("offset", frame.offset);
        json_.number("function_offset", frame.function_offset);
      }
      json_.end_object();
    }
    json_.end_array();
  }

  void story(FaultStory const& story) {
    if (story.origin.has_value()) {
      json_.begin_object("origin");
      json_.number("address", story.origin->address);
      json_.number("size", story.origin->size);
      json_.number("offset", story.origin->offset);
      json_.boolean("is_confirmed", story.origin->is_confirmed);
      json_.end_object();
    } else {
      json_.null("origin");
    }
    host_write(story.host_write);
    if (story.limit.has_value()) {
      limit(*story.limit);
    } else {
      json_.null("limit");
    }
    json_.begin_array("refused_growths");
    for (auto const& growth : story.refused_growths) {
      json_.begin_object();
      json_.string("kind", growth.is_table ? "table" : "memory");
      json_.number("index", growth.index);
      json_.number("by", growth.by);
      json_.number("times", growth.times);
      limit(growth.facts);
      frames(growth.frames);
      json_.end_object();
    }
    json_.end_array();
    json_.boolean("is_growth_likely_cause", story.is_growth_likely_cause);
    json_.begin_array("story");
    for (auto const& line : story.lines) {
      json_.string({}, line);
    }
    json_.end_array();
  }

  void host_write(std::optional<HostWrite> const& write) {
    if (!write.has_value()) {
      json_.null("host_write");
      return;
    }
    json_.begin_object("host_write");
    json_.string("api", write->api);
    json_.number("address", write->address);
    json_.number("size", write->size);
    json_.string("file", write->file);
    json_.number("line", write->line);
    json_.number("writes", write->writes);
    json_.string("preview", hexadecimal(write->preview));
    json_.boolean("is_granted", write->is_granted);
    json_.end_object();
  }

  void limit(LimitFacts const& facts) {
    json_.begin_object("limit");
    json_.string("name", identifier(facts.limit));
    number("asked", facts.asked);
    json_.number("in_use", facts.in_use);
    number("allowed", facts.allowed);
    json_.end_object();
  }

  base::JsonWriter json_{base::JsonWriter::Layout::one_line};
};

} // namespace

} // namespace weir::diagnose

namespace weir {

std::string Trap::report(ReportStyle style) const {
  std::string text;
  for (auto const& line : diagnose::report_lines(*this)) {
    text += text.empty() ? "" : "\n";
    text += style == ReportStyle::coloured ? diagnose::painted(line) : line;
  }
  return text;
}

std::string Trap::report_json() const { return diagnose::JsonReport{}.write(*this); }

} // namespace weir
