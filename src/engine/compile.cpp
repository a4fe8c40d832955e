#include "engine/compile.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include "code/ops.hpp"
#include "decode/module_decoder.hpp"
#include "engine/executable.hpp"
#include "platform/threads.hpp"
#include "validate/function_validator.hpp"
#include "validate/module_validator.hpp"

namespace weir::engine {

using detail::ModuleData;

namespace {

// Code sections from this size on are worked on by two threads.
constexpr std::uint32_t parallel_bytes = 256 * 1024;

// Translated code has at least about so many bytes for each one of the code section.
constexpr std::size_t code_growth = 4;

// A translator of the module on loan.
class BorrowedTranslator {
 public:
  explicit BorrowedTranslator(ModuleData const& module) : module_(module) {
    {
      std::scoped_lock const lock{module.idle_lock};
      if (!module.idle.empty()) {
        translator_ = std::move(module.idle.back());
        module.idle.pop_back();
      }
    }
    if (translator_ == nullptr) {
      translator_ = std::make_unique<translate::Translator>(translate::Environment{
          &module.module, module.engine_data->handlers, module.records.get(), module.type_ids.ids()});
    }
  }
  BorrowedTranslator(BorrowedTranslator const&) = delete;
  BorrowedTranslator& operator=(BorrowedTranslator const&) = delete;
  // Only after success: what a failure leaves inside is not worth knowing.
  void give_back() {
    std::scoped_lock const lock{module_.idle_lock};
    constexpr std::size_t most = 2;
    if (module_.idle.size() < most) {
      module_.idle.push_back(std::move(translator_));
    }
  }
  translate::Translator& operator*() const noexcept { return *translator_; }

 private:
  ModuleData const& module_;
  std::unique_ptr<translate::Translator> translator_;
};

void publish(ModuleData const& module, code::FunctionRecord& record, code::FunctionCode const& code) {
  auto const map = code.source_map.entries();
  std::size_t const map_words = (map.size() + sizeof(code::Word) - 1) / sizeof(code::Word);
  code::Word* const words = module.code.allocate(code.words.size() + map_words);
  code::Word* const end = std::ranges::copy(code.words, words).out;
  auto* const own_map = reinterpret_cast<std::uint8_t*>(end);
  std::ranges::copy(map, own_map);
  record.source_map = code::SourceMap{{own_map, map.size()}};
  record.code_begin = words;
  record.code_end = end;
  record.frame_slots = code.frame_slots;
  record.param_slots = code.param_slots;
  record.first_local = code.first_local;
  record.first_operand = code.first_operand;
  record.entry.store(record.code_begin, std::memory_order_release);
}

// The translator needs what validation finds out on its way, also of a body that was found valid before.
Result<void> translate_with(ModuleData const& module, validate::FunctionValidator& validator,
                            translate::Translator& translator, std::uint32_t function) {
  if (auto valid = validator.validate(function, &translator.survey()); !valid.has_value()) {
    return valid;
  }
  auto code = translator.translate(function);
  if (!code.has_value()) {
    return std::unexpected(std::move(code).error());
  }
  publish(module, module.records[function - module.module.imported_functions], *code);
  return {};
}

void make_records(ModuleData& module) {
  std::uint32_t const count = module.defined_functions();
  module.records = std::make_unique<code::FunctionRecord[]>(count);
  code::Word const handler = module.engine_data->handlers->handler(code::Op::translate, 0);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto& record = module.records[i];
    record.function = module.module.imported_functions + i;
    record.type_id = module.type_ids.ids()[module.module.functions[record.function]];
    record.module = &module;
    record.stub[0] = handler;
    record.stub[1] = code::Word{record.function} << 32; // field b
    record.entry.store(record.stub, std::memory_order_relaxed);
  }
}

// Validates, and in the eager mode translates, functions by the block, shared between threads. Gives the error of the
// first function that has one, however the threads ran.
class BodyWork {
 public:
  BodyWork(ModuleData const& module, bool translate) noexcept : module_(module), translate_(translate) {}

  Result<void> run() {
    if (translate_) {
      module_.code.expect(code_growth * module_.module.code_section.size);
    }
    bool const parallel = module_.module.code_section.size >= parallel_bytes && platform::core_count() > 1;
    if (parallel) {
      platform::run_parallel(2, [this](unsigned) { work_guarded(); });
    } else {
      work();
    }
    if (failed_at_ == nobody) {
      return {};
    }
    return std::unexpected(std::move(*error_));
  }

 private:
  static constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t block = 64;

  // A thread of its own has nobody to hand an exception to.
  void work_guarded() noexcept {
    if (!platform::had_memory([this] { work(); })) {
      fail(0, out_of_memory());
    }
  }

  void work() {
    validate::FunctionValidator validator{module_.module, module_.facts};
    std::optional<BorrowedTranslator> translator;
    if (translate_) {
      translator.emplace(module_);
    }
    std::uint32_t const count = module_.defined_functions();
    for (;;) {
      std::uint32_t const first = next_.fetch_add(block, std::memory_order_relaxed);
      // Blocks are handed out in order, so whoever meets a failure in an earlier block can stop.
      if (first >= count || first > failed_at_.load(std::memory_order_relaxed)) {
        return;
      }
      std::uint32_t const last = std::min(count, first + block);
      for (std::uint32_t i = first; i < last; ++i) {
        std::uint32_t const function = module_.module.imported_functions + i;
        auto done =
            translator ? translate_with(module_, validator, **translator, function) : validator.validate(function);
        if (!done.has_value()) {
          fail(i, std::move(done).error());
          return;
        }
      }
    }
  }

  void fail(std::uint32_t at, Error error) noexcept {
    std::scoped_lock const lock{lock_};
    if (at < failed_at_) {
      failed_at_ = at;
      error_ = std::move(error);
    }
  }

  ModuleData const& module_;
  bool translate_;
  std::atomic<std::uint32_t> next_{0};
  std::atomic<std::uint32_t> failed_at_{nobody};
  std::mutex lock_;
  std::optional<Error> error_;
};

// Decodes, and validates everything but the function bodies.
Result<std::shared_ptr<ModuleData>> read_module(Engine const& engine, std::shared_ptr<wasm::ModuleBytes const> bytes) {
  auto engine_data = data_of(engine);
  if (!engine_data.has_value()) {
    return std::unexpected(std::move(engine_data).error());
  }
  auto module = std::make_shared<ModuleData>(*std::move(engine_data), engine);
  auto decoded = decode::decode_module(std::move(bytes), module->engine_data->config.features());
  if (!decoded.has_value()) {
    return std::unexpected(std::move(decoded).error());
  }
  module->module = *std::move(decoded);
  auto facts = validate::validate_module(module->module);
  if (!facts.has_value()) {
    return std::unexpected(std::move(facts).error());
  }
  module->facts = *std::move(facts);
  return module;
}

void index_names(ModuleData& module) {
  auto& sections = module.module.custom_sections;
  auto const& config = module.engine_data->config;
  if (config.keep_names()) {
    auto const found = std::ranges::find(sections, std::string_view{"name"}, &wasm::CustomSection::name);
    if (found != sections.end()) {
      module.name_section = found->data;
    }
  }
  if (!config.keep_custom_sections()) {
    sections = {};
  }
  auto const& exports = module.module.exports;
  module.exports.reserve(exports.size());
  for (std::uint32_t i = 0; i < exports.size(); ++i) {
    module.exports.emplace(exports[i].name, i);
  }
}

} // namespace

Result<std::shared_ptr<ModuleData const>> compile(Engine const& engine,
                                                  std::shared_ptr<wasm::ModuleBytes const> bytes) {
  auto read = read_module(engine, std::move(bytes));
  if (!read.has_value()) {
    return std::unexpected(std::move(read).error());
  }
  auto& module = **read;
  if (auto unexecutable = find_unexecutable(module.module)) {
    // An invalid module is invalid first of all.
    auto valid = BodyWork{module, false}.run();
    return std::unexpected(valid.has_value() ? *std::move(unexecutable) : std::move(valid).error());
  }
  module.type_ids.reserve(module.module.types.size());
  for (auto const& type : module.module.types) {
    module.type_ids.add(type);
  }
  index_names(module);
  make_records(module);
  auto const mode = module.engine_data->config.compilation();
  if (mode != CompilationMode::lazy) {
    if (auto done = BodyWork{module, mode == CompilationMode::eager}.run(); !done.has_value()) {
      return std::unexpected(std::move(done).error());
    }
  }
  return *std::move(read);
}

Result<void> check(Engine const& engine, std::shared_ptr<wasm::ModuleBytes const> bytes) {
  auto read = read_module(engine, std::move(bytes));
  if (!read.has_value()) {
    return std::unexpected(std::move(read).error());
  }
  return BodyWork{**read, false}.run();
}

Result<void> translate_function(code::FunctionRecord& record) {
  auto const& module = *static_cast<ModuleData const*>(record.module);
  std::scoped_lock const lock{module.translation_locks[record.function % module.translation_locks.size()]};
  if (record.entry.load(std::memory_order_relaxed) != record.stub) {
    return {};
  }
  validate::FunctionValidator validator{module.module, module.facts};
  BorrowedTranslator translator{module};
  auto done = translate_with(module, validator, *translator, record.function);
  if (done.has_value()) {
    translator.give_back();
  }
  return done;
}

} // namespace weir::engine
