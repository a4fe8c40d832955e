/* Configuration and limits: features, backends, fuel, deadline, interruption, store limits, a limiter. */
#include "support.h"

static const char guest[] =
    "(module"
    "  (memory (export \"memory\") 1) (table (export \"table\") 1 funcref)"
    "  (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))"
    "  (func (export \"grow_table\") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))"
    "  (func (export \"spin\") (loop (br 0)))"
    "  (func $deep (export \"deep\") (param i32) (result i32)"
    "    (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const "
    "1)))))"
    "      (else (i32.const 0)))))";

static weir_error_t* call_error(const wasm_instance_t* instance, const char* name) {
  wasm_func_t* const func = weir_instance_func(instance, name);
  weir_error_t* const error = weir_func_call(func, NULL, NULL);
  wasm_func_delete(func);
  return error;
}

static int32_t call_named(const wasm_instance_t* instance, const char* name, int32_t argument) {
  wasm_func_t* const func = weir_instance_func(instance, name);
  const int32_t result = call1(func, argument);
  wasm_func_delete(func);
  return result;
}

/* Whether the error is a trap for this reason; deletes it. */
static bool stopped(weir_error_t* error, weir_trap_reason_t reason) {
  wasm_trap_t* const trap = weir_error_trap(error);
  const bool good = weir_error_kind(error) == WEIR_ERROR_EXHAUSTED && weir_trap_reason(trap) == reason &&
                    strstr(weir_error_message(error), weir_trap_reason_name(reason)) != NULL;
  wasm_trap_delete(trap);
  weir_error_delete(error);
  return good;
}

static void fuel_and_time(weir_backend_t backend) {
  wasm_config_t* const config = wasm_config_new();
  weir_config_set_fuel(config, true);
  weir_config_set_backend(config, backend);
  weir_config_set_compilation(config, WEIR_COMPILATION_EAGER);
  wasm_engine_t* engine = NULL;
  CHECK_OK(weir_engine_new(config, &engine));
  CHECK(weir_engine_backend(engine) == backend);
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_instance_t* const instance = instantiate(store, guest, NULL);

  CHECK(stopped(call_error(instance, "spin"), WEIR_TRAP_OUT_OF_FUEL));
  CHECK_OK(weir_store_set_fuel(store, 10000));
  uint64_t fuel = 0;
  CHECK_OK(weir_store_fuel(store, &fuel));
  CHECK(fuel == 10000);
  CHECK(call_named(instance, "deep", 3) == 3);
  CHECK_OK(weir_store_fuel(store, &fuel));
  CHECK(fuel > 9900 && fuel < 10000);
  CHECK(stopped(call_error(instance, "spin"), WEIR_TRAP_OUT_OF_FUEL));

  CHECK_OK(weir_store_set_fuel(store, INT64_MAX));
  CHECK_OK(weir_store_set_deadline(store, 20 * 1000 * 1000));
  CHECK(stopped(call_error(instance, "spin"), WEIR_TRAP_DEADLINE_REACHED));
  CHECK_OK(weir_store_set_deadline(store, UINT64_MAX));
  CHECK(call_named(instance, "deep", 2) == 2);
  CHECK_OK(weir_store_clear_deadline(store));

  weir_interrupt_t* const interrupt = weir_interrupt_new(store);
  weir_interrupt_now(interrupt);
  CHECK(stopped(call_error(instance, "spin"), WEIR_TRAP_INTERRUPTED));
  CHECK(call_named(instance, "deep", 2) == 2);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  weir_interrupt_now(interrupt); /* harmless without its store */
  weir_interrupt_delete(interrupt);
}

static void configurations(void) {
  wasm_config_t* config = wasm_config_new();
  weir_config_set_max_stack_bytes(config, 16384);
  weir_config_set_keep_names(config, false);
  weir_config_set_memory_reservation(config, 0);
  CHECK_OK(weir_config_set_feature(config, "bulk_memory", false));
  CHECK(is_error(weir_config_set_feature(config, "goto", true), WEIR_ERROR_USAGE, "no feature \"goto\""));
  wasm_engine_t* const engine = wasm_engine_new_with_config(config);
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* none = NULL;
  const char bulk[] = "(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))";
  weir_error_t* const error = weir_module_new_from_text(store, bulk, strlen(bulk), &none);
  CHECK(error != NULL && none == NULL);
  weir_error_delete(error);
  wasm_module_t* const module = load(store,
                                     "(module (func $f (export \"f\") (param i32) (result i32)"
                                     "  (if (result i32) (local.get 0)"
                                     "    (then (call $f (i32.sub (local.get 0) (i32.const 1))))"
                                     "    (else (i32.const 7)))))");
  wasm_instance_t* const instance = wasm_instance_new(store, module, NULL, NULL);
  CHECK(call_named(instance, "f", 10) == 7);
  wasm_func_t* const f = weir_instance_func(instance, "f");
  wasm_val_t args[1] = {WASM_I32_VAL(1000000)};
  const wasm_val_vec_t args_vec = WASM_ARRAY_VEC(args);
  wasm_val_t results[1];
  wasm_val_vec_t results_vec = WASM_ARRAY_VEC(results);
  CHECK(stopped(weir_func_call(f, &args_vec, &results_vec), WEIR_TRAP_CALL_STACK_EXHAUSTED));
  CHECK(is_error(weir_store_set_fuel(store, 1), WEIR_ERROR_USAGE, "fuel"));
  wasm_func_delete(f);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);

  CHECK(weir_has_backend(WEIR_BACKEND_LOOP) && !weir_has_backend(99));
  if (!weir_has_backend(WEIR_BACKEND_TAIL_CALL)) {
    config = wasm_config_new();
    weir_config_set_backend(config, WEIR_BACKEND_TAIL_CALL);
    wasm_engine_t* refused = NULL;
    CHECK(is_error(weir_engine_new(config, &refused), WEIR_ERROR_UNSUPPORTED, "tail-call") && refused == NULL);
  }
}

static bool no_more_than_three_pages(void* env, wasm_externkind_t kind, uint64_t current, uint64_t desired,
                                     uint64_t maximum) {
  ++*(int*)env;
  CHECK(current < desired && maximum == WEIR_UNLIMITED);
  return kind == WASM_EXTERN_MEMORY ? desired <= 3 * MEMORY_PAGE_SIZE : desired <= 3;
}

static void mark(void* env) { *(int*)env += 100; }

static void store_limits(wasm_engine_t* engine) {
  wasm_store_t* const store = wasm_store_new(engine);
  weir_store_limits_t limits = WEIR_STORE_LIMITS_INIT;
  limits.memory_size = 2 * MEMORY_PAGE_SIZE;
  limits.table_elements = 2;
  limits.instances = 1;
  CHECK_OK(weir_store_set_limits(store, &limits));
  wasm_instance_t* const instance = instantiate(store, guest, NULL);
  CHECK(call_named(instance, "grow", 1) == 1 && call_named(instance, "grow", 1) == -1);
  CHECK(call_named(instance, "grow_table", 1) == 1 && call_named(instance, "grow_table", 1) == -1);
  wasm_memory_t* const memory = weir_instance_memory(instance, "memory");
  CHECK(is_error(weir_memory_grow(memory, 1, NULL), WEIR_ERROR_LIMIT, "131072"));
  CHECK(!wasm_memory_grow(memory, 1));
  wasm_memory_delete(memory);

  wasm_module_t* const module = load(store, guest);
  wasm_instance_t* second = NULL;
  CHECK(is_error(weir_instance_new(store, module, NULL, &second), WEIR_ERROR_LIMIT, "instance") && second == NULL);
  wasm_module_delete(module);

  limits.trap_on_grow_failure = true;
  CHECK_OK(weir_store_set_limits(store, &limits));
  wasm_func_t* const grow = weir_instance_func(instance, "grow");
  wasm_val_t args[1] = {WASM_I32_VAL(1)};
  const wasm_val_vec_t args_vec = WASM_ARRAY_VEC(args);
  wasm_val_t results[1];
  wasm_val_vec_t results_vec = WASM_ARRAY_VEC(results);
  wasm_trap_t* const trap = wasm_func_call(grow, &args_vec, &results_vec);
  CHECK(weir_trap_reason(trap) == WEIR_TRAP_GROWTH_REFUSED);
  wasm_trap_delete(trap);
  wasm_func_delete(grow);

  CHECK_OK(weir_store_set_limits(store, NULL));
  int asked = 0;
  CHECK_OK(weir_store_set_limiter(store, &no_more_than_three_pages, &asked, &mark));
  CHECK(call_named(instance, "grow", 1) == 2 && call_named(instance, "grow", 1) == -1);
  CHECK(call_named(instance, "grow_table", 1) == 2 && call_named(instance, "grow_table", 1) == -1 && asked == 4);
  CHECK_OK(weir_store_set_limiter(store, NULL, NULL, NULL));
  CHECK(asked == 104 && call_named(instance, "grow", 1) == 3);

  wasm_instance_delete(instance);
  wasm_store_delete(store);
}

int main(void) {
  fuel_and_time(WEIR_BACKEND_LOOP);
  if (weir_has_backend(WEIR_BACKEND_TAIL_CALL)) {
    fuel_and_time(WEIR_BACKEND_TAIL_CALL);
  }
  configurations();
  wasm_engine_t* const engine = wasm_engine_new();
  store_limits(engine);
  wasm_engine_delete(engine);
  CHECK(strcmp(weir_version(), "") != 0);
  return 0;
}
