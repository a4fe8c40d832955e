/* The smallest program: a guest that calls a host function without parameters. */
#include "support.h"

static int greetings = 0;

static wasm_trap_t* greet(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  CHECK(args->size == 0 && results->size == 0);
  ++greetings;
  return NULL;
}

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  CHECK(engine != NULL && store != NULL);

  wasm_module_t* const module = load(store,
                                     "(module (import \"\" \"hello\" (func $hello))"
                                     "  (func (export \"run\") (call $hello) (call $hello)))");
  wasm_functype_t* const type = wasm_functype_new_0_0();
  wasm_func_t* const hello = wasm_func_new(store, type, &greet);
  wasm_functype_delete(type);
  CHECK(hello != NULL);

  wasm_extern_t* externs[] = {wasm_func_as_extern(hello)};
  const wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_trap_t* trap = NULL;
  wasm_instance_t* const instance = wasm_instance_new(store, module, &imports, &trap);
  CHECK(instance != NULL && trap == NULL);
  wasm_func_delete(hello);

  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  CHECK(exports.size == 1 && wasm_extern_kind(exports.data[0]) == WASM_EXTERN_FUNC);
  const wasm_func_t* const run = wasm_extern_as_func(exports.data[0]);
  CHECK(run != NULL && wasm_extern_as_memory(exports.data[0]) == NULL);
  CHECK(wasm_func_param_arity(run) == 0 && wasm_func_result_arity(run) == 0);
  wasm_module_delete(module);
  wasm_instance_delete(instance);

  wasm_val_vec_t none = WASM_EMPTY_VEC;
  CHECK(wasm_func_call(run, &none, &none) == NULL);
  CHECK(greetings == 2);

  wasm_extern_vec_delete(&exports);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
