/* Finalizers run once, when their object goes; stores live as long as their references. */
#include "support.h"

enum { instances = 20000 };

static int alive = 0;
static void finalize(void* info) {
  CHECK(info != NULL);
  --alive;
}

static void* remember(void) {
  ++alive;
  return &alive;
}

static void many_instances(wasm_engine_t* engine) {
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module =
      load(store, "(module (func) (func (export \"f\")) (global (export \"g\") i32 (i32.const 1)))");
  wasm_module_set_host_info_with_finalizer(module, remember(), &finalize);
  for (int i = 0; i < instances; ++i) {
    wasm_instance_t* const instance = wasm_instance_new(store, module, NULL, NULL);
    CHECK(instance != NULL);
    wasm_instance_set_host_info_with_finalizer(instance, remember(), &finalize);
    wasm_instance_delete(instance);
  }
  CHECK(alive == instances + 1);
  wasm_module_delete(module);
  CHECK(alive == instances); /* a module is not part of the store */
  wasm_store_delete(store);
  CHECK(alive == 0);
}

static void every_kind(wasm_engine_t* engine) {
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_instance_t* const instance =
      instantiate(store,
                  "(module (func (export \"f\")) (global (export \"g\") i32 (i32.const 1))"
                  "  (table (export \"t\") 1 funcref) (memory (export \"m\") 1))",
                  NULL);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  for (size_t i = 0; i < exports.size; ++i) {
    wasm_extern_set_host_info_with_finalizer(exports.data[i], remember(), &finalize);
  }
  /* Replacing finalizes the old one; the reference's type does not matter. */
  wasm_func_set_host_info_with_finalizer(wasm_extern_as_func(exports.data[0]), remember(), &finalize);
  CHECK(alive == 4);
  wasm_memory_set_host_info(wasm_extern_as_memory(exports.data[3]), &alive);
  CHECK(alive == 3 && wasm_extern_get_host_info(exports.data[3]) == &alive);
  wasm_trap_t* const trap = wasm_trap_new(store, NULL);
  wasm_trap_set_host_info_with_finalizer(trap, remember(), &finalize);
  wasm_trap_delete(trap);
  CHECK(alive == 3);
  wasm_ref_set_host_info_with_finalizer(wasm_instance_as_ref(instance), remember(), &finalize);
  weir_store_set_data(store, remember(), &finalize);
  weir_store_set_data(store, remember(), &finalize);
  CHECK(alive == 5 && weir_store_data(store) == &alive);

  /* With the store deleted, its objects still work. */
  wasm_store_delete(store);
  wasm_instance_delete(instance);
  CHECK(alive == 5);
  CHECK(call_void(wasm_extern_as_func(exports.data[0])) == NULL);
  CHECK(wasm_memory_data_size(wasm_extern_as_memory(exports.data[3])) == MEMORY_PAGE_SIZE);
  wasm_extern_vec_delete(&exports);
  CHECK(alive == 0);
}

/* Deletes everything that there is while its guest runs. */
struct everything {
  wasm_store_t* store;
  wasm_instance_t* instance;
  wasm_func_t* host;
  wasm_func_t* run;
  wasm_engine_t* engine;
};

static wasm_trap_t* delete_all(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)args;
  struct everything* const all = env;
  wasm_store_delete(all->store);
  wasm_instance_delete(all->instance);
  wasm_func_delete(all->host);
  wasm_func_delete(all->run);
  wasm_engine_delete(all->engine);
  CHECK(alive == 1);
  results->data[0].of.i32 = 5;
  return NULL;
}

static void deletion_inside(void) {
  struct everything all;
  all.engine = wasm_engine_new();
  all.store = wasm_store_new(all.engine);
  weir_store_set_data(all.store, remember(), &finalize);
  wasm_functype_t* const type = wasm_functype_new_0_1(wasm_valtype_new_i32());
  all.host = wasm_func_new_with_env(all.store, type, &delete_all, &all, NULL);
  wasm_functype_delete(type);
  wasm_extern_t* externs[] = {wasm_func_as_extern(all.host)};
  const wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  all.instance = instantiate(all.store,
                             "(module (import \"\" \"f\" (func $f (result i32)))"
                             "  (func (export \"run\") (result i32) (i32.add (i32.const 1) (call $f))))",
                             &imports);
  all.run = weir_instance_func(all.instance, "run");
  CHECK(call0(all.run) == 6);
  CHECK(alive == 0);
}

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  many_instances(engine);
  every_kind(engine);
  wasm_engine_delete(engine);
  deletion_inside();
  return 0;
}
