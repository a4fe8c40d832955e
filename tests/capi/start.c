/* Instantiation that fails: a start function that traps, imports that do not fit, and how each says why. */
#include "support.h"

static wasm_trap_t* fail(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)args;
  (void)results;
  wasm_message_t message;
  wasm_name_new_from_string_nt(&message, "not today");
  wasm_trap_t* const trap = wasm_trap_new(env, &message);
  wasm_byte_vec_delete(&message);
  return trap;
}

/* The trap of an instantiation that must fail. */
static wasm_trap_t* trap_of(wasm_store_t* store, const char* wat, const wasm_extern_vec_t* imports) {
  wasm_module_t* const module = load(store, wat);
  wasm_trap_t* trap = NULL;
  CHECK(wasm_instance_new(store, module, imports, &trap) == NULL && trap != NULL);
  /* Without a place for the trap it is only remembered. */
  CHECK(wasm_instance_new(store, module, imports, NULL) == NULL);
  weir_error_t* const error = weir_take_error();
  CHECK(error != NULL);
  weir_error_delete(error);
  wasm_module_delete(module);
  return trap;
}

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);

  wasm_trap_t* trap = trap_of(store, "(module (func $s unreachable) (start $s))", NULL);
  CHECK(weir_trap_reason(trap) == WEIR_TRAP_UNREACHABLE);
  wasm_frame_t* const origin = wasm_trap_origin(trap);
  CHECK(wasm_frame_func_index(origin) == 0 && wasm_frame_instance(origin) != NULL);
  wasm_frame_delete(origin);
  CHECK(is_trap(trap, "unreachable"));

  wasm_functype_t* const type = wasm_functype_new_0_0();
  wasm_func_t* const func = wasm_func_new_with_env(store, type, &fail, store, NULL);
  wasm_functype_delete(type);
  wasm_extern_t* externs[] = {wasm_func_as_extern(func), wasm_func_as_extern(func)};
  const wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  const wasm_extern_vec_t one = {1, externs};
  trap = trap_of(store, "(module (import \"\" \"f\" (func $f)) (start $f))", &one);
  CHECK(is_trap(trap, "not today"));

  trap = trap_of(store, "(module (memory 1) (data (i32.const 65536) \"x\"))", NULL);
  CHECK(weir_trap_reason(trap) == WEIR_TRAP_OUT_OF_BOUNDS_MEMORY);
  CHECK(is_trap(trap, "out of bounds memory access"));

  trap = trap_of(store, "(module (import \"\" \"f\" (func $f)))", NULL);
  CHECK(weir_trap_reason(trap) == WEIR_TRAP_NONE);
  CHECK(is_trap(trap, "the module has 1 imports, and 0 were given"));
  trap = trap_of(store, "(module (import \"a\" \"b\" (func (param i32))) (import \"c\" \"d\" (memory 1)))", &imports);
  wasm_message_t message;
  wasm_trap_message(trap, &message);
  CHECK(strstr(message.data, "\"c\" \"d\"") != NULL);
  wasm_byte_vec_delete(&message);
  wasm_trap_delete(trap);

  externs[0] = NULL;
  trap = trap_of(store, "(module (import \"\" \"f\" (func $f)))", &one);
  CHECK(is_trap(trap, "wasm_instance_new: import 0 is NULL"));

  wasm_module_t* const module = load(store, "(module (func $s unreachable) (start $s))");
  wasm_instance_t* instance = NULL;
  weir_error_t* error = weir_instance_new(store, module, NULL, &instance);
  trap = weir_error_trap(error);
  CHECK(instance == NULL && weir_trap_reason(trap) == WEIR_TRAP_UNREACHABLE);
  wasm_trap_delete(trap);
  CHECK(is_error(error, WEIR_ERROR_TRAP, "unreachable"));
  wasm_module_delete(module);

  /* Start functions can be forbidden. */
  wasm_config_t* const config = wasm_config_new();
  weir_config_set_allow_start(config, false);
  wasm_engine_t* const strict = wasm_engine_new_with_config(config);
  wasm_store_t* const strict_store = wasm_store_new(strict);
  trap = trap_of(strict_store, "(module (func $s) (start $s))", NULL);
  CHECK(is_trap(trap, "the module has a start function"));
  wasm_store_delete(strict_store);
  wasm_engine_delete(strict);

  wasm_func_delete(func);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
