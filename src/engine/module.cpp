// Module of the public interface.
#include <algorithm>
#include <utility>

#include "decode/names.hpp"
#include "diagnose/region_map.hpp"
#include "engine/access.hpp"
#include "engine/compile.hpp"
#include "engine/module_data.hpp"
#include "platform/mapped_file.hpp"
#include "text/wat.hpp"

namespace weir {

using detail::Access;
using detail::ModuleData;

namespace {

class CopiedBytes final : public wasm::ModuleBytes {
 public:
  explicit CopiedBytes(std::vector<std::uint8_t> bytes) noexcept : bytes_(std::move(bytes)) {}
  base::ByteSpan view() const noexcept override { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

constexpr std::size_t large_file = std::size_t{1} << 20;

class MappedBytes final : public wasm::ModuleBytes {
 public:
  explicit MappedBytes(platform::MappedFile file) noexcept : file_(std::move(file)) {}
  base::ByteSpan view() const noexcept override { return file_.view(); }
  void drop_pages() const noexcept { file_.drop_pages(); }

 private:
  platform::MappedFile file_;
};

// Bytes that outlive the call by the caller's promise.
class BorrowedBytes final : public wasm::ModuleBytes {
 public:
  explicit BorrowedBytes(base::ByteSpan bytes) noexcept : bytes_(bytes) {}
  base::ByteSpan view() const noexcept override { return bytes_; }

 private:
  base::ByteSpan bytes_;
};

Result<Module> compile(Engine const& engine, std::shared_ptr<wasm::ModuleBytes const> bytes) {
  auto data = engine::compile(engine, std::move(bytes));
  if (!data.has_value()) {
    return std::unexpected(std::move(data).error());
  }
  return Access::make_module(*std::move(data));
}

Result<Module> compile_text(Engine const& engine, std::string_view text) {
  auto const engine_data = engine::data_of(engine);
  if (!engine_data.has_value()) {
    return std::unexpected(engine_data.error());
  }
  auto binary = text::parse_wat(text, {.features = (*engine_data)->config.features()});
  if (!binary.has_value()) {
    return std::unexpected(std::move(binary).error());
  }
  return compile(engine, std::make_shared<CopiedBytes const>(*std::move(binary)));
}

// The binary format begins with a zero byte; text has none.
bool is_binary(base::ByteSpan bytes) noexcept { return bytes.empty() || bytes[0] == 0; }

} // namespace

Result<Module> Module::from_bytes(Engine const& engine, std::span<std::uint8_t const> bytes) {
  return engine::guarded([&] {
    return compile(engine, std::make_shared<CopiedBytes const>(std::vector<std::uint8_t>{bytes.begin(), bytes.end()}));
  });
}

Result<Module> Module::from_bytes(Engine const& engine, std::span<std::byte const> bytes) {
  return from_bytes(engine, std::span{reinterpret_cast<std::uint8_t const*>(bytes.data()), bytes.size()});
}

Result<Module> Module::from_file(Engine const& engine, std::string const& path) {
  return engine::guarded([&]() -> Result<Module> {
    auto file = platform::MappedFile::open(path);
    if (!file.has_value()) {
      return std::unexpected(Error{ErrorKind::io, std::move(file).error().message});
    }
    if (is_binary(file->view())) {
      auto const bytes = std::make_shared<MappedBytes const>(*std::move(file));
      auto module = compile(engine, bytes);
      // All of it was read to be validated. Of a large program, few functions are read again, to be translated.
      if (bytes->view().size() >= large_file) {
        bytes->drop_pages();
      }
      return module;
    }
    return compile_text(engine, base::as_text(file->view()));
  });
}

Result<Module> Module::from_wat(Engine const& engine, std::string_view text) {
  return engine::guarded([&] { return compile_text(engine, text); });
}

Result<std::vector<std::uint8_t>> wat_to_wasm(std::string_view text, Features features) {
  return engine::guarded([&] { return text::parse_wat(text, {.features = features}); });
}

Result<void> Module::validate(Engine const& engine, std::span<std::uint8_t const> bytes) {
  return engine::guarded([&] { return engine::check(engine, std::make_shared<BorrowedBytes const>(bytes)); });
}

std::vector<ImportType> Module::imports() const {
  std::vector<ImportType> imports;
  imports.reserve(data_->module.imports.size());
  for (auto const& import : data_->module.imports) {
    imports.push_back({std::string{import.module}, std::string{import.name},
                       engine::type_of_entity(data_->module, import.kind, import.index)});
  }
  return imports;
}

std::vector<ExportType> Module::exports() const {
  std::vector<ExportType> exports;
  exports.reserve(data_->module.exports.size());
  for (auto const& each : data_->module.exports) {
    exports.push_back({std::string{each.name}, engine::type_of_entity(data_->module, each.kind, each.index)});
  }
  return exports;
}

std::optional<ExternType> Module::export_type(std::string_view name) const {
  auto const found = data_->exports.find(name);
  if (found == data_->exports.end()) {
    return std::nullopt;
  }
  auto const& each = data_->module.exports[found->second];
  return engine::type_of_entity(data_->module, each.kind, each.index);
}

std::vector<MemoryType> Module::memories() const { return data_->module.memories; }

Result<MemoryMap> Module::memory_map(std::uint32_t memory) const {
  std::size_t const count = data_->module.memories.size();
  if (memory >= count) {
    return std::unexpected(Error{ErrorKind::usage, count == 0 ? std::string{"no memory map: the module has no memory"}
                                                              : "no memory map: the module has no memory " +
                                                                    std::to_string(memory) + ", its last is memory " +
                                                                    std::to_string(count - 1)});
  }
  return engine::guarded([&]() -> Result<MemoryMap> { return engine::memory_map_of(*data_, memory); });
}

std::vector<CustomSection> Module::custom_sections() const {
  std::vector<CustomSection> sections;
  sections.reserve(data_->module.custom_sections.size());
  for (auto const& section : data_->module.custom_sections) {
    sections.push_back({section.name, data_->module.view(section.data)});
  }
  return sections;
}

std::vector<Producer> Module::producers() const {
  std::vector<Producer> producers;
  for (auto const& section : data_->module.custom_sections) {
    if (section.name == "producers") {
      for (auto const& each : decode::read_producers(data_->module.view(section.data))) {
        producers.push_back({std::string{each.field}, std::string{each.name}, std::string{each.version}});
      }
    }
  }
  return producers;
}

std::string Module::name() const { return engine::names_of(*data_).module; }

std::string Module::function_name(std::uint32_t index) const {
  auto const& names = engine::names_of(*data_).functions;
  auto const found = names.find(index);
  return found != names.end() ? found->second : std::string{};
}

std::uint32_t Module::function_count() const noexcept {
  return static_cast<std::uint32_t>(data_->module.functions.size());
}

std::optional<std::uint32_t> Module::start_function() const noexcept { return data_->module.start; }
std::span<std::uint8_t const> Module::bytes() const noexcept { return data_->module.bytes; }
Engine const& Module::engine() const noexcept { return data_->engine; }

} // namespace weir

namespace weir::engine {

ExternType type_of_entity(wasm::Module const& module, ExternKind kind, std::uint32_t index) {
  switch (kind) {
  case ExternKind::func: return module.type_of_function(index);
  case ExternKind::table: return module.tables[index].type;
  case ExternKind::memory: return module.memories[index];
  default: return module.globals[index].type;
  }
}

MemoryMap const& memory_map_of(ModuleData const& module, std::uint32_t memory) {
  std::scoped_lock const lock{module.maps_lock};
  module.maps.resize(module.module.memories.size());
  auto& map = module.maps[memory];
  if (map == nullptr) {
    map = std::make_unique<MemoryMap const>(diagnose::infer_memory_map(module.module, memory));
  }
  return *map;
}

Names const& names_of(ModuleData const& module) {
  std::scoped_lock const lock{module.names_lock};
  if (module.names == nullptr) {
    auto names = std::make_unique<Names>();
    if (module.name_section.has_value()) {
      auto const found = decode::read_names(module.module.view(*module.name_section));
      names->module = std::string{found.module};
      for (auto const& [index, name] : found.functions) {
        names->functions.emplace(index, std::string{name});
      }
    }
    module.names = std::move(names);
  }
  return *module.names;
}

std::string function_name(ModuleData const& module, std::uint32_t function) {
  auto const& names = names_of(module).functions;
  if (auto const found = names.find(function); found != names.end()) {
    return found->second;
  }
  for (auto const& each : module.module.exports) {
    if (each.kind == ExternKind::func && each.index == function) {
      return std::string{each.name};
    }
  }
  return {};
}

code::FunctionRecord const* find_code(ModuleData const& module, code::Word const* cell) noexcept {
  for (std::uint32_t i = 0; i < module.defined_functions(); ++i) {
    auto const& record = module.records[i];
    // The other members are there once the entry is published.
    if (record.entry.load(std::memory_order_acquire) != record.stub && cell >= record.code_begin &&
        cell < record.code_end) {
      return &record;
    }
  }
  return nullptr;
}

} // namespace weir::engine
