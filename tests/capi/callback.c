/* Host functions with parameters, results and an environment; calls back into the guest from inside one. */
#include "support.h"

static wasm_trap_t* print(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  CHECK(args->size == 1 && args->data[0].kind == WASM_I32);
  CHECK(results->size == 1 && results->data[0].kind == WASM_I32 && results->data[0].of.i32 == 0);
  wasm_val_copy(&results->data[0], &args->data[0]);
  return NULL;
}

struct counter {
  int32_t total;
  int finalized;
};

static wasm_trap_t* add_to(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  struct counter* const counter = env;
  counter->total += args->data[0].of.i32;
  results->data[0].of.i32 = counter->total;
  return NULL;
}

static void finalize_counter(void* env) { ++((struct counter*)env)->finalized; }

/* Gets a function as a reference and calls it. */
static wasm_trap_t* twice(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  CHECK(env == NULL && args->data[0].kind == WASM_FUNCREF);
  const wasm_func_t* const func = wasm_ref_as_func(args->data[0].of.ref);
  CHECK(func != NULL);
  results->data[0].of.i32 = 2 * call1(func, args->data[1].of.i32);
  return NULL;
}

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  struct counter counter = {100, 0};

  wasm_functype_t* const unary = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_functype_t* const higher =
      wasm_functype_new_2_1(wasm_valtype_new_funcref(), wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_func_t* const print_func = wasm_func_new(store, unary, &print);
  wasm_func_t* const add_func = wasm_func_new_with_env(store, unary, &add_to, &counter, &finalize_counter);
  wasm_func_t* const twice_func = wasm_func_new_with_env(store, higher, &twice, NULL, NULL);
  wasm_functype_delete(unary);
  wasm_functype_delete(higher);

  wasm_extern_t* externs[] = {wasm_func_as_extern(print_func), wasm_func_as_extern(add_func),
                              wasm_func_as_extern(twice_func)};
  const wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t* const instance =
      instantiate(store,
                  "(module"
                  "  (import \"\" \"print\" (func $print (param i32) (result i32)))"
                  "  (import \"\" \"add\" (func $add (param i32) (result i32)))"
                  "  (import \"\" \"twice\" (func $twice (param funcref i32) (result i32)))"
                  "  (func $square (export \"square\") (param i32) (result i32)"
                  "    (i32.mul (local.get 0) (local.get 0)))"
                  "  (func (export \"run\") (param i32 i32) (result i32)"
                  "    (call $add (call $print (i32.add (local.get 0) (local.get 1)))))"
                  "  (func (export \"nested\") (param i32) (result i32)"
                  "    (i32.add (i32.const 1) (call $twice (ref.func $square) (local.get 0)))))",
                  &imports);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  CHECK(exports.size == 3);
  wasm_func_t* const run = wasm_extern_as_func(exports.data[1]);
  CHECK(call2(run, 3, 4) == 107);
  CHECK(call2(run, 1, 1) == 109);
  CHECK(counter.total == 109 && counter.finalized == 0);
  CHECK(call1(wasm_extern_as_func(exports.data[2]), 5) == 51);

  /* Host functions can be called directly too. */
  CHECK(call1(add_func, 1) == 110);
  CHECK(call1(print_func, -7) == -7);

  wasm_instance_delete(instance);
  wasm_extern_vec_delete(&exports);
  wasm_func_delete(print_func);
  wasm_func_delete(add_func);
  wasm_store_delete(store);
  /* One reference is left. */
  CHECK(counter.finalized == 0);
  wasm_func_delete(twice_func);
  CHECK(counter.finalized == 1);
  wasm_engine_delete(engine);
  return 0;
}
