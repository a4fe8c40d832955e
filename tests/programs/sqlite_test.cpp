// SQLite (C, emscripten), through the interface in C++: 20,000 rows in, aggregates out.
#include <cstdint>
#include <string>

#include <weir/wasi.hpp>

#include "package_test.hpp"

namespace {

using weir::Val;
using weir::exchange::GuestAllocator;
using weir::exchange::GuestBuffer;

constexpr std::uint32_t sqlite_row = 100;
constexpr std::uint32_t sqlite_done = 101;

class Sqlite : public weir::test::PackageTest {
 protected:
  Sqlite() : PackageTest("@sqlite.org/sqlite-wasm", "sqlite-wasm/jswasm/sqlite3.wasm") {}

  void SetUp() override {
    PackageTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    auto const memory = weir::Memory::create(store(), {.limits = {256, 32768}});
    ASSERT_TRUE(memory.has_value()) << memory.error().message();
    memory_ = *memory;
    store().set_data(weir::wasi::Context::create(weir::wasi::Config{}).value());
    auto const defined = define_imports();
    ASSERT_TRUE(defined.has_value()) << defined.error().message();
    instantiate();
    call("__wasm_call_ctors");
    auto const guest = GuestAllocator::named(store(), instance(), memory_, "sqlite3_malloc", "sqlite3_free");
    ASSERT_TRUE(guest.has_value()) << guest.error().message();
    text_ = guest->allocate(1000).value();
    out_ = guest->allocate(4, 4).value();
    ASSERT_EQ(number("sqlite3_open", {text(":memory:"), Val{out_->ptr()}}), 0U);
    database_ = out_->get<std::uint32_t>(0).value();
  }

  // What emscripten's JavaScript gives. There are no files: every system call answers -44, ENOENT.
  weir::Result<void> define_imports() {
    auto done = weir::wasi::add_to_linker(linker());
    auto const also = [&done](weir::Result<void> next) {
      if (done.has_value()) {
        done = std::move(next);
      }
    };
    for (auto const& import : module().imports()) {
      auto const* const type = std::get_if<weir::FuncType>(&import.type);
      if (type != nullptr && import.name.starts_with("__syscall_")) {
        also(linker().func("env", import.name, *type,
                           [](weir::Caller&, std::span<Val const>, std::span<Val> results) -> weir::Result<void> {
                             results[0] = Val{-44};
                             return {};
                           }));
      }
    }
    also(linker().define("env", "memory", memory_));
    also(linker().func("env", "emscripten_date_now", [] { return 1.7e12; }));
    also(linker().func("env", "emscripten_get_now", [] { return 1.0; }));
    also(linker().func("env", "_emscripten_get_now_is_monotonic", [] { return 1; }));
    also(linker().func("env", "_tzset_js", [](int, int, int) {}));
    also(linker().func("env", "_localtime_js", [](int, int) {}));
    also(linker().func("env", "emscripten_resize_heap", [memory = memory_](weir::Caller& caller, std::uint32_t size) {
      auto const missing = (size - memory.size(caller).value() + 0xFFFF) / 0x10000;
      return std::uint32_t{memory.grow(caller, missing).has_value()};
    }));
    return done;
  }

  std::uint32_t number(std::string_view function, std::initializer_list<Val> arguments) {
    return static_cast<std::uint32_t>(call(function, arguments).i32().value_or(-1));
  }

  // A text of at most 999 bytes as an argument, until the next one.
  Val text(std::string const& words) {
    EXPECT_TRUE(text_->write(0, std::string_view{words.c_str(), words.size() + 1}).has_value());
    return Val{text_->ptr()};
  }

  std::uint32_t prepare(std::string const& sql) {
    EXPECT_EQ(number("sqlite3_prepare_v2", {Val{database_}, text(sql), Val{-1}, Val{out_->ptr()}, Val{0}}), 0U)
        << sql << ": " << message();
    return out_->get<std::uint32_t>(0).value();
  }

  void execute(std::string const& sql) {
    auto const statement = prepare(sql);
    EXPECT_EQ(number("sqlite3_step", {Val{statement}}), sqlite_done) << sql << ": " << message();
    call("sqlite3_finalize", {Val{statement}});
  }

  // All rows, with | between columns.
  std::vector<std::string> query(std::string const& sql) {
    std::vector<std::string> rows;
    auto const statement = prepare(sql);
    while (number("sqlite3_step", {Val{statement}}) == sqlite_row) {
      std::string row;
      auto const columns = number("sqlite3_column_count", {Val{statement}});
      for (std::uint32_t i = 0; i < columns; ++i) {
        auto const at = number("sqlite3_column_text", {Val{statement}, Val{i}});
        auto const size = number("sqlite3_column_bytes", {Val{statement}, Val{i}});
        row += (i == 0 ? "" : "|") + memory_.read_string(store(), at, size).value();
      }
      rows.push_back(row);
    }
    call("sqlite3_finalize", {Val{statement}});
    return rows;
  }

  std::string message() {
    auto at = number("sqlite3_errmsg", {Val{database_}});
    std::string words;
    while (auto const byte = memory_.get<char>(store(), at++).value()) {
      words += byte;
    }
    return words;
  }

  std::uint32_t database_ = 0;
  weir::Memory memory_;
  std::optional<GuestBuffer> text_;
  std::optional<GuestBuffer> out_;
};

TEST_P(Sqlite, TwentyThousandRowsInAndAggregatesOut) {
  constexpr int rows = 20000;
  execute("CREATE TABLE part (id INTEGER PRIMARY KEY, name TEXT UNIQUE, price REAL)");
  execute("BEGIN");
  auto const insert = prepare("INSERT INTO part VALUES (?1, ?2, ?3)");
  for (int i = 1; i <= rows; ++i) {
    auto const name = "part " + std::to_string(i);
    call("sqlite3_bind_int", {Val{insert}, Val{1}, Val{i}});
    call("sqlite3_bind_text", {Val{insert}, Val{2}, text(name), Val{static_cast<int>(name.size())}, Val{-1}});
    call("sqlite3_bind_double", {Val{insert}, Val{3}, Val{i * 0.25}});
    ASSERT_EQ(number("sqlite3_step", {Val{insert}}), sqlite_done) << message();
    ASSERT_EQ(number("sqlite3_reset", {Val{insert}}), 0U);
  }
  call("sqlite3_finalize", {Val{insert}});
  execute("COMMIT");

  // n (n + 1) / 2 ids; quarters of them are exact in binary.
  EXPECT_EQ(query("SELECT count(*), sum(id), total(price), min(name), max(name) FROM part"),
            std::vector<std::string>{"20000|200010000|50002500.0|part 1|part 9999"});
  EXPECT_EQ(query("SELECT id % 3, count(*), max(id) FROM part GROUP BY 1 ORDER BY 1"),
            (std::vector<std::string>{"0|6666|19998", "1|6667|19999", "2|6667|20000"}));
  EXPECT_EQ(query("SELECT p.id, q.name FROM part p JOIN part q ON q.id = p.id * 100 WHERE p.name LIKE 'part 1_5'"),
            (std::vector<std::string>{"105|part 10500", "115|part 11500", "125|part 12500", "135|part 13500",
                                      "145|part 14500", "155|part 15500", "165|part 16500", "175|part 17500",
                                      "185|part 18500", "195|part 19500"}));
  EXPECT_EQ(query("PRAGMA integrity_check"), std::vector<std::string>{"ok"});
}

TEST_P(Sqlite, SaysWhatIsWrongWithAStatement) {
  auto const sql = text("SELECT 1 FROM nowhere");
  EXPECT_EQ(number("sqlite3_prepare_v2", {Val{database_}, sql, Val{-1}, Val{out_->ptr()}, Val{0}}), 1U);
  EXPECT_EQ(message(), "no such table: nowhere");
}

TEST_P(Sqlite, HasNoFilesToOpen) {
  EXPECT_EQ(number("sqlite3_open", {text("/some/file.db"), Val{out_->ptr()}}), 14U); // SQLITE_CANTOPEN
}

INSTANTIATE_TEST_SUITE_P(Backends, Sqlite, ::testing::Values(weir::Backend::tail_call, weir::Backend::loop),
                         weir::test::backend_name);

} // namespace
