/* One module, a store for each thread. */
#include <pthread.h>

#include "support.h"

enum { thread_count = 8, rounds = 50 };

struct job {
  wasm_engine_t* engine;
  wasm_shared_module_t* shared;
  int32_t number;
  int32_t sum;
};

static wasm_trap_t* add(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)results;
  ((struct job*)env)->sum += args->data[0].of.i32;
  return NULL;
}

static void* run(void* argument) {
  struct job* const job = argument;
  for (int round = 0; round < rounds; ++round) {
    wasm_store_t* const store = wasm_store_new(job->engine);
    wasm_module_t* const module = wasm_module_obtain(store, job->shared);
    wasm_functype_t* const type = wasm_functype_new_1_0(wasm_valtype_new_i32());
    wasm_func_t* const func = wasm_func_new_with_env(store, type, &add, job, NULL);
    wasm_functype_delete(type);
    const wasm_val_t value = WASM_I32_VAL(job->number);
    wasm_globaltype_t* const global_type = wasm_globaltype_new(wasm_valtype_new_i32(), WASM_CONST);
    wasm_global_t* const global = wasm_global_new(store, global_type, &value);
    wasm_globaltype_delete(global_type);
    wasm_extern_t* externs[] = {wasm_func_as_extern(func), wasm_global_as_extern(global)};
    const wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
    wasm_instance_t* const instance = wasm_instance_new(store, module, &imports, NULL);
    wasm_func_t* const start = weir_instance_func(instance, "run");
    CHECK(call_void(start) == NULL);
    wasm_func_delete(start);
    wasm_instance_delete(instance);
    wasm_global_delete(global);
    wasm_func_delete(func);
    wasm_module_delete(module);
    wasm_store_delete(store);
  }
  return NULL;
}

/* A store belongs to one thread at a time: this one is in it while the other tries. */
struct intruder {
  wasm_func_t* func;
  bool refused;
};

static void* intrude(void* argument) {
  struct intruder* const intruder = argument;
  wasm_trap_t* const trap = call_void(intruder->func);
  intruder->refused =
      trap != NULL && weir_trap_reason(trap) == WEIR_TRAP_NONE && wasm_func_param_arity(intruder->func) == 0;
  weir_error_delete(weir_take_error());
  wasm_trap_delete(trap);
  return NULL;
}

static wasm_trap_t* let_in(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)args;
  (void)results;
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, &intrude, env) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  return NULL;
}

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store,
                                     "(module"
                                     "  (import \"\" \"add\" (func $add (param i32)))"
                                     "  (import \"\" \"number\" (global $number i32))"
                                     "  (func (export \"run\") (local i32)"
                                     "    (loop (call $add (global.get $number))"
                                     "      (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1)))"
                                     "                         (i32.const 10))))))");
  wasm_shared_module_t* const shared = wasm_module_share(module);
  wasm_module_delete(module);

  struct job jobs[thread_count];
  pthread_t threads[thread_count];
  for (int i = 0; i < thread_count; ++i) {
    jobs[i] = (struct job){engine, shared, i, 0};
    CHECK(pthread_create(&threads[i], NULL, &run, &jobs[i]) == 0);
  }
  for (int i = 0; i < thread_count; ++i) {
    CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(jobs[i].sum == 10 * i * rounds);
  }
  wasm_shared_module_delete(shared);

  struct intruder intruder = {NULL, false};
  wasm_functype_t* const type = wasm_functype_new_0_0();
  wasm_func_t* const func = wasm_func_new_with_env(store, type, &let_in, &intruder, NULL);
  wasm_functype_delete(type);
  intruder.func = func;
  CHECK(call_void(func) == NULL && intruder.refused);
  wasm_func_delete(func);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
