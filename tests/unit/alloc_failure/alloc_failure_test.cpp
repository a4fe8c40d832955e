// Every allocation on the way from bytes to a call, refused once: the answer is an error or, where there is another
// way, success; never a crash, an exception, or something leaked.
//
// This program replaces the global operator new, so it must stay apart from the other tests.
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>

#include <gtest/gtest.h>
#include <weir/weir.h>
#include <weir/weir.hpp>

#include "platform/virtual_memory.hpp"

namespace {

std::atomic<long> live{0};      // blocks allocated and not freed
std::atomic<long> countdown{0}; // the request that brings this to 0 is refused; below 0: nothing is
std::atomic<bool> armed{false};
std::atomic<bool> persistent{false}; // after the first refusal everything is refused
std::atomic<long> refusals{0};

bool refuse() noexcept {
  if (!armed.load(std::memory_order_relaxed)) {
    return false;
  }
  long const left = countdown.fetch_sub(1, std::memory_order_relaxed) - 1;
  if (left == 0 || (left < 0 && persistent.load(std::memory_order_relaxed))) {
    refusals.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  return false;
}

void* allocate(std::size_t bytes, std::size_t alignment) noexcept {
  if (refuse()) {
    return nullptr;
  }
  std::size_t const whole = (bytes + alignment - 1) / alignment * alignment;
  void* const block = alignment <= alignof(std::max_align_t) ? std::malloc(bytes == 0 ? 1 : bytes)
                                                             : std::aligned_alloc(alignment, whole);
  if (block != nullptr) {
    live.fetch_add(1, std::memory_order_relaxed);
  }
  return block;
}

void* allocate_or_throw(std::size_t bytes, std::size_t alignment) {
  void* const block = allocate(bytes, alignment);
  if (block == nullptr) {
    throw std::bad_alloc{};
  }
  return block;
}

void release(void* block) noexcept {
  if (block != nullptr) {
    live.fetch_sub(1, std::memory_order_relaxed);
    std::free(block);
  }
}

} // namespace

void* operator new(std::size_t bytes) { return allocate_or_throw(bytes, 1); }
void* operator new[](std::size_t bytes) { return allocate_or_throw(bytes, 1); }
void* operator new(std::size_t bytes, std::nothrow_t const&) noexcept { return allocate(bytes, 1); }
void* operator new[](std::size_t bytes, std::nothrow_t const&) noexcept { return allocate(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate_or_throw(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return allocate_or_throw(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept { release(block); }
void operator delete[](void* block) noexcept { release(block); }
void operator delete(void* block, std::size_t) noexcept { release(block); }
void operator delete[](void* block, std::size_t) noexcept { release(block); }
void operator delete(void* block, std::align_val_t) noexcept { release(block); }
void operator delete[](void* block, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { release(block); }
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, std::nothrow_t const&) noexcept { release(block); }
void operator delete[](void* block, std::nothrow_t const&) noexcept { release(block); }

namespace weir {
namespace {

using Scenario = std::function<Result<void>()>;

// Runs the scenario with the n-th request refused, for n = 1, 2, ... until it is never refused. Nothing that the test
// itself does while requests are refused may allocate.
void refuse_each_request(Scenario const& scenario) {
  ASSERT_TRUE(scenario().has_value()); // what is initialised once, is now
  for (bool const keep_refusing : {false, true}) {
    long refused_runs = 0;
    for (long n = 1;; ++n) {
      long const blocks_before = live;
      std::size_t const reservations_before = platform::live_reservations();
      bool good = false;
      {
        persistent = keep_refusing;
        countdown = n;
        refusals = 0;
        platform::set_refuse_hook(&refuse);
        armed = true;
        auto const result = scenario();
        armed = false;
        platform::set_refuse_hook(nullptr);
        good = result.has_value();
        // An engine, store or linker that could not be made says in words of its own that it is empty.
        bool const is_memory_error = !good && (result.error().kind() == ErrorKind::out_of_memory ||
                                               result.error().message().find(" is empty: ") != std::string::npos);
        EXPECT_TRUE(good || is_memory_error) << "request " << n << ": " << result.error().message();
      }
      EXPECT_EQ(live, blocks_before) << "request " << n << " leaks blocks";
      EXPECT_EQ(platform::live_reservations(), reservations_before) << "request " << n << " leaks address space";
      if (testing::Test::HasFailure()) {
        return;
      }
      if (refusals == 0) {
        EXPECT_TRUE(good);
        break;
      }
      ++refused_runs;
    }
    EXPECT_GT(refused_runs, 20) << "the refusals did not reach the library";
  }
}

class AllocFailure : public testing::TestWithParam<Backend> {
 protected:
  static std::vector<std::uint8_t> binary(std::string_view wat) {
    Engine const engine;
    auto const module = Module::from_wat(engine, wat);
    EXPECT_TRUE(module.has_value()) << module.error().message();
    auto const bytes = module->bytes();
    return {bytes.begin(), bytes.end()};
  }
  // Everything that the scenarios share is made before anything is refused.
  Config config_ = Config{}.backend(GetParam());
};

std::vector<Backend> backends() {
  std::vector<Backend> all{Backend::loop};
  if (Engine::has_backend(Backend::tail_call)) {
    all.push_back(Backend::tail_call);
  }
  return all;
}
INSTANTIATE_TEST_SUITE_P(Backends, AllocFailure, testing::ValuesIn(backends()),
                         [](auto const& info) { return info.param == Backend::loop ? "loop" : "tail_call"; });

template <class T>
std::unexpected<Error> error_of(Result<T>&& result) {
  return std::unexpected(std::move(result).error());
}

constexpr std::string_view busy_module = R"((module $busy
  (import "env" "host" (func $host (param i32 externref) (result i32)))
  (import "env" "values" (func $values (param i64) (result i64)))
  (memory (export "m") 1 10) (table (export "t") 4 funcref)
  (global $object (mut externref) (ref.null extern))
  (func $helper (export "helper") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $start (i32.store (i32.const 0) (i32.const 5)))
  (func (export "run") (param i32 externref) (result i32)
    (global.set $object (local.get 1))
    (drop (memory.grow (i32.const 1)))
    (drop (table.grow (ref.func $helper) (i32.const 1)))
    (drop (call $values (i64.const 3)))
    (i32.add (call $host (local.get 0) (local.get 1)) (call_indirect (param i32) (result i32) (i32.const 1) (i32.const 1))))
  (func $deep (param i32) (result i32) (i32.load offset=4 (local.get 0)))
  (func (export "fault") (result i32) (call $deep (i32.const -1)))
  (elem (i32.const 1) $helper) (elem funcref (ref.func $helper)) (elem declare func $helper)
  (data (i32.const 16) "some data") (data "passive") (start $start)))";

// What the scenarios pass to the library; made before anything is refused.
FuncType const values_type{{ValType::i64()}, {ValType::i64()}};
ExternRef const& object() {
  static ExternRef const made = ExternRef::make(7);
  return made;
}

Result<void> define_hosts(Linker& linker) {
  auto host = linker.func("env", "host", [](Caller&, std::int32_t a, ExternRef const&) { return a * 2; });
  if (!host.has_value()) {
    return host;
  }
  return linker.func("env", "values", values_type,
                     [](Caller&, std::span<Val const> args, std::span<Val> results) -> Result<void> {
                       results[0] = args[0];
                       return {};
                     });
}

Result<Instance> load(Engine const& engine, Store& store, std::span<std::uint8_t const> bytes) {
  auto module = Module::from_bytes(engine, bytes);
  if (!module.has_value()) {
    return error_of(std::move(module));
  }
  Linker linker{engine};
  if (auto defined = define_hosts(linker); !defined.has_value()) {
    return error_of(std::move(defined));
  }
  auto pre = linker.instantiate_pre(*module);
  if (!pre.has_value()) {
    return error_of(std::move(pre));
  }
  return pre->instantiate(store);
}

TEST_P(AllocFailure, FromBytesToACall) {
  (void)object();
  auto const bytes = binary(busy_module);
  for (auto const mode : {CompilationMode::eager, CompilationMode::lazy_translation, CompilationMode::lazy}) {
    Config const config = Config{config_}.compilation(mode);
    refuse_each_request([&]() -> Result<void> {
      Engine const engine{config};
      Store store{engine};
      auto instance = load(engine, store, bytes);
      if (!instance.has_value()) {
        return error_of(std::move(instance));
      }
      auto run = instance->get_typed_func<std::int32_t(std::int32_t, ExternRef)>(store, "run");
      if (!run.has_value()) {
        return error_of(std::move(run));
      }
      auto const result = run->call(store, 20, object());
      if (!result.has_value()) {
        return std::unexpected(result.error());
      }
      return *result == 42 ? Result<void>{} : Result<void>{std::unexpected(Error{ErrorKind::trap, "wrong"})};
    });
    if (HasFailure()) {
      return;
    }
  }
}

TEST_P(AllocFailure, ATrapAndItsReport) {
  auto const bytes = binary(busy_module);
  refuse_each_request([&]() -> Result<void> {
    Engine const engine{config_};
    Store store{engine};
    auto instance = load(engine, store, bytes);
    if (!instance.has_value()) {
      return error_of(std::move(instance));
    }
    auto fault = instance->get_typed_func<std::int32_t()>(store, "fault");
    if (!fault.has_value()) {
      return error_of(std::move(fault));
    }
    auto const result = fault->call(store);
    if (result.has_value()) {
      return std::unexpected(Error{ErrorKind::trap, "no trap"});
    }
    return result.error().kind() == ErrorKind::trap ? Result<void>{} : Result<void>{std::unexpected(result.error())};
  });
}

TEST_P(AllocFailure, ObjectsOfTheHost) {
  refuse_each_request([&]() -> Result<void> {
    Engine const engine{config_};
    Store store{engine};
    auto memory = Memory::create(store, {.limits = {1, 4}});
    if (!memory.has_value()) {
      return error_of(std::move(memory));
    }
    if (auto grown = memory->grow(store, 1); !grown.has_value()) {
      return error_of(std::move(grown));
    }
    if (auto view = memory->view(store); !view.has_value()) {
      return error_of(std::move(view));
    }
    if (auto bytes = memory->copy_out(store, 0, 1000); !bytes.has_value()) {
      return error_of(std::move(bytes));
    }
    auto table = Table::create(store, {.element = ValType::externref(), .limits = {2, 10}}, object());
    if (!table.has_value()) {
      return error_of(std::move(table));
    }
    if (auto grown = table->grow(store, 5, object()); !grown.has_value()) {
      return error_of(std::move(grown));
    }
    auto global = Global::create(store, {ValType::externref(), true}, object());
    if (!global.has_value()) {
      return error_of(std::move(global));
    }
    auto const func = Func::wrap(store, [](std::int32_t a) { return a; });
    if (!func.has_value()) {
      return std::unexpected(func.error());
    }
    Val const seven{7};
    auto const results = func->call(store, std::span{&seven, 1});
    return results.has_value() ? Result<void>{} : Result<void>{std::unexpected(results.error())};
  });
}

// Text, and errors that tell much.
TEST_P(AllocFailure, TextAndLinkErrors) {
  refuse_each_request([&]() -> Result<void> {
    Engine const engine{config_};
    Store store{engine};
    auto module = Module::from_wat(engine, busy_module);
    if (!module.has_value()) {
      return error_of(std::move(module));
    }
    Linker const linker{engine};
    auto instance = linker.instantiate(store, *module); // its imports are missing
    if (instance.has_value()) {
      return std::unexpected(Error{ErrorKind::trap, "it linked"});
    }
    if (instance.error().kind() != ErrorKind::link) {
      return error_of(std::move(instance));
    }
    auto wrong = Module::from_wat(engine, "(module (func (result i32) i64.const 1))");
    return !wrong.has_value() && wrong.error().kind() == ErrorKind::invalid ? Result<void>{}
                                                                            : error_of(std::move(wrong));
  });
}

constexpr std::string_view owner_module = R"((module (memory (export "m") 1) (table (export "t") 1 100 funcref)
  (func (export "grow") (result i32) (drop (table.grow (ref.null func) (i32.const 50))) (memory.grow (i32.const 2)))
  (func (export "fail") (result i32) (i32.load (i32.const -1)))))";
constexpr std::string_view user_module = R"((module (import "o" "m" (memory 1)) (import "o" "t" (table 1 funcref))
  (import "o" "grow" (func $grow (result i32))) (import "o" "fail" (func $fail (result i32)))
  (import "h" "reenter" (func $reenter (result i32)))
  (elem (i32.const 0) $inner)
  (func $inner (export "inner") (result i32) (call $grow))
  (func (export "run") (result i32) (i32.store (i32.const 8) (i32.const 39))
    (i32.add (call_indirect (result i32) (i32.const 0))
      (i32.add (call $reenter) (i32.sub (i32.load (i32.const 8)) (i32.const 1)))))
  (func (export "fail") (result i32) (call $fail))))";

// Instances that call each other, a memory that moves when it grows, a host function that calls back, a trap between
// instances.
TEST_P(AllocFailure, SeveralInstances) {
  std::vector<std::uint8_t> const owner = binary(owner_module);
  std::vector<std::uint8_t> const user = binary(user_module);
  Config const config = Config{config_}.memory_reservation(0);
  refuse_each_request([&]() -> Result<void> {
    Engine const engine{config};
    Store store{engine};
    Linker linker{engine};
    auto reenter = linker.func("h", "reenter", [](Caller& caller) -> Result<std::int32_t> {
      auto inner = caller.get_func("inner");
      if (!inner.has_value()) {
        return error_of(std::move(inner));
      }
      auto typed = inner->typed<std::int32_t()>(caller);
      return typed.has_value() ? typed->call(caller) : error_of(std::move(typed));
    });
    if (!reenter.has_value()) {
      return reenter;
    }
    auto const make = [&](std::span<std::uint8_t const> bytes) -> Result<Instance> {
      auto module = Module::from_bytes(engine, bytes);
      return module.has_value() ? linker.instantiate(store, *module) : error_of(std::move(module));
    };
    auto first = make(owner);
    if (!first.has_value()) {
      return error_of(std::move(first));
    }
    if (auto defined = linker.instance(store, "o", *first); !defined.has_value()) {
      return defined;
    }
    auto second = make(user);
    if (!second.has_value()) {
      return error_of(std::move(second));
    }
    auto run = second->get_typed_func<std::int32_t()>(store, "run");
    auto fail = second->get_typed_func<std::int32_t()>(store, "fail");
    if (!run.has_value() || !fail.has_value()) {
      return run.has_value() ? error_of(std::move(fail)) : error_of(std::move(run));
    }
    auto result = run->call(store);
    if (!result.has_value()) {
      return error_of(std::move(result));
    }
    // A refused growth is -1 for the guest.
    bool const may_be_refused = *result < 42;
    if (*result != 42 && !may_be_refused) {
      return std::unexpected(Error{ErrorKind::trap, "wrong"});
    }
    auto failed = fail->call(store);
    return !failed.has_value() && failed.error().kind() == ErrorKind::trap ? Result<void>{}
                                                                           : error_of(std::move(failed));
  });
}

// ---- The C interface: every function takes what the one before gave, also NULL.

wasm_trap_t* c_host(wasm_val_vec_t const* args, wasm_val_vec_t* results) {
  results->data[0].of.i32 = args->data[0].of.i32 * 2;
  return nullptr;
}

wasm_trap_t* c_values(wasm_val_vec_t const* args, wasm_val_vec_t* results) {
  wasm_val_copy(&results->data[0], &args->data[0]);
  return nullptr;
}

// Calls and trap of the busy module; whether all of it worked.
bool use_in_c(wasm_store_t* store, wasm_instance_t const* instance) {
  wasm_func_t* const run = weir_instance_func(instance, "run");
  wasm_func_t* const fault = weir_instance_func(instance, "fault");
  wasm_foreign_t* const foreign = wasm_foreign_new(store);
  wasm_val_t args[] = {WASM_I32_VAL(20), WASM_REF_VAL(wasm_foreign_as_ref(foreign))};
  wasm_val_t results[] = {WASM_I32_VAL(0)};
  wasm_val_vec_t const args_vec = WASM_ARRAY_VEC(args);
  wasm_val_vec_t results_vec = WASM_ARRAY_VEC(results);
  wasm_trap_t* const none = wasm_func_call(run, &args_vec, &results_vec);
  wasm_trap_t* const trap = wasm_func_call(fault, nullptr, &results_vec);
  wasm_message_t message;
  wasm_message_t report;
  wasm_frame_vec_t trace;
  wasm_frame_vec_t trace_copy;
  wasm_trap_message(trap, &message);
  weir_trap_report(trap, &report);
  wasm_trap_trace(trap, &trace);
  wasm_frame_vec_copy(&trace_copy, &trace);
  bool const good = none == nullptr && results[0].of.i32 == 42 && weir_trap_memory_access(trap, nullptr) &&
                    message.size > 1 && report.size > message.size && trace.size == 2 && trace_copy.size == 2;
  wasm_frame_vec_delete(&trace_copy);
  wasm_frame_vec_delete(&trace);
  wasm_byte_vec_delete(&report);
  wasm_byte_vec_delete(&message);
  wasm_trap_delete(trap);
  wasm_trap_delete(none);
  wasm_foreign_delete(foreign);
  wasm_func_delete(fault);
  wasm_func_delete(run);
  return good;
}

// Types and vectors of the module; whether all of it worked.
bool reflect_in_c(wasm_module_t const* module, wasm_instance_t const* instance) {
  wasm_importtype_vec_t imports;
  wasm_importtype_vec_t imports_copy;
  wasm_exporttype_vec_t exports;
  wasm_extern_vec_t externs;
  wasm_extern_vec_t externs_copy;
  wasm_byte_vec_t bytes;
  wasm_module_imports(module, &imports);
  wasm_importtype_vec_copy(&imports_copy, &imports);
  wasm_module_exports(module, &exports);
  wasm_instance_exports(instance, &externs);
  wasm_extern_vec_copy(&externs_copy, &externs);
  wasm_module_serialize(module, &bytes);
  if (externs.size != 0) {
    wasm_extern_set_host_info(externs.data[0], &bytes);
  }
  bool const good = imports_copy.size == 2 && exports.size == 5 && externs_copy.size == 5 && bytes.size > 100 &&
                    wasm_extern_get_host_info(externs.data[0]) == &bytes;
  wasm_byte_vec_delete(&bytes);
  wasm_extern_vec_delete(&externs_copy);
  wasm_extern_vec_delete(&externs);
  wasm_exporttype_vec_delete(&exports);
  wasm_importtype_vec_delete(&imports_copy);
  wasm_importtype_vec_delete(&imports);
  return good;
}

TEST_P(AllocFailure, TheCInterface) {
  auto const bytes = binary(busy_module);
  weir_backend_t const backend = GetParam() == Backend::loop ? WEIR_BACKEND_LOOP : WEIR_BACKEND_TAIL_CALL;
  refuse_each_request([&]() -> Result<void> {
    wasm_config_t* const config = wasm_config_new();
    weir_config_set_backend(config, backend);
    wasm_engine_t* const engine = wasm_engine_new_with_config(config);
    wasm_store_t* const store = wasm_store_new(engine);
    wasm_byte_vec_t binary_vec;
    wasm_byte_vec_new(&binary_vec, bytes.size(), reinterpret_cast<char const*>(bytes.data()));
    wasm_module_t* const module = wasm_module_new(store, &binary_vec);
    wasm_byte_vec_delete(&binary_vec);
    wasm_functype_t* const host_type =
        wasm_functype_new_2_1(wasm_valtype_new_i32(), wasm_valtype_new_externref(), wasm_valtype_new_i32());
    wasm_functype_t* const long_type = wasm_functype_new_1_1(wasm_valtype_new_i64(), wasm_valtype_new_i64());
    wasm_func_t* const host = wasm_func_new(store, host_type, &c_host);
    wasm_func_t* const values = wasm_func_new(store, long_type, &c_values);
    wasm_extern_t* externs[] = {wasm_func_as_extern(host), wasm_func_as_extern(values)};
    wasm_extern_vec_t const imports = WASM_ARRAY_VEC(externs);
    wasm_trap_t* trap = nullptr;
    wasm_instance_t* const instance = wasm_instance_new(store, module, &imports, &trap);
    bool const good = reflect_in_c(module, instance) && use_in_c(store, instance);
    wasm_trap_delete(trap);
    wasm_instance_delete(instance);
    wasm_func_delete(values);
    wasm_func_delete(host);
    wasm_functype_delete(long_type);
    wasm_functype_delete(host_type);
    wasm_module_delete(module);
    wasm_store_delete(store);
    wasm_engine_delete(engine);
    weir_error_delete(weir_take_error());
    return good ? Result<void>{} : Result<void>{std::unexpected(Error{ErrorKind::out_of_memory, "out of memory"})};
  });
}

} // namespace
} // namespace weir
