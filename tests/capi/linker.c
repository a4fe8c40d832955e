/* Linking by name, and host functions that know their caller. */
#include "support.h"

static int finalized = 0;
static void finalize(void* env) {
  (void)env;
  ++finalized;
}

/* Reads a string of the calling guest. */
static wasm_trap_t* log_text(void* env, weir_caller_t* caller, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)results;
  char* const text = env;
  wasm_memory_t* const memory = weir_caller_memory(caller, 0);
  CHECK(memory != NULL);
  const size_t size = (size_t)args->data[1].of.i32;
  CHECK(size < 32);
  CHECK_OK(weir_memory_read(memory, (uint32_t)args->data[0].of.i32, text, size));
  text[size] = 0;

  wasm_extern_t* const found = weir_caller_export(caller, "memory");
  CHECK(wasm_memory_same(wasm_extern_as_memory(found), memory));
  CHECK(weir_caller_export(caller, "nothing") == NULL);
  weir_error_delete(weir_take_error());
  wasm_extern_delete(found);
  wasm_memory_delete(memory);

  wasm_instance_t* const instance = weir_caller_instance(caller);
  wasm_frame_vec_t trace;
  weir_caller_trace(caller, &trace);
  CHECK(trace.size == 2 && weir_frame_is_host(trace.data[0]));
  CHECK(wasm_instance_same(wasm_frame_instance(trace.data[1]), instance));
  CHECK(strcmp(weir_frame_func_name(trace.data[1]), "run") == 0);
  wasm_frame_vec_delete(&trace);
  wasm_instance_delete(instance);

  /* The store that the call is in serves to make things. */
  wasm_foreign_t* const foreign = wasm_foreign_new(weir_caller_store(caller));
  CHECK(foreign != NULL);
  wasm_foreign_delete(foreign);
  return NULL;
}

static wasm_trap_t* by_host(void* env, weir_caller_t* caller, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)args;
  CHECK(env == NULL && weir_caller_instance(caller) == NULL && weir_caller_memory(caller, 0) == NULL);
  weir_error_delete(weir_take_error());
  results->data[0].of.i32 = 11;
  return NULL;
}

static const char guest[] =
    "(module"
    "  (import \"env\" \"log\" (func $log (param i32 i32)))"
    "  (import \"lib\" \"seven\" (func $seven (result i32)))"
    "  (memory (export \"memory\") 1) (data (i32.const 100) \"from the guest\")"
    "  (func $run (export \"run\") (result i32) (call $log (i32.const 105) (i32.const 9)) (call $seven)))";

int main(void) {
  char text[32] = "";
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  weir_linker_t* const linker = weir_linker_new(engine);
  wasm_module_t* const module = load(store, guest);
  wasm_instance_t* instance = NULL;
  CHECK(is_error(weir_linker_instantiate(linker, store, module, &instance), WEIR_ERROR_LINK, "\"lib\" \"seven\""));
  CHECK(instance == NULL);

  wasm_functype_t* const type = wasm_functype_new_2_0(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  CHECK_OK(weir_linker_define_func(linker, "env", "log", type, &log_text, text, &finalize));
  CHECK(is_error(weir_linker_define_func(linker, "env", "log", type, &log_text, text, &finalize), WEIR_ERROR_LINK,
                 "log"));
  CHECK(finalized == 1);
  weir_linker_allow_shadowing(linker, true);
  CHECK_OK(weir_linker_define_func(linker, "env", "log", type, &log_text, text, &finalize));
  CHECK(finalized == 2);
  wasm_functype_delete(type);

  wasm_instance_t* const library =
      instantiate(store, "(module (func (export \"seven\") (result i32) (i32.const 7)))", NULL);
  CHECK_OK(weir_linker_define_instance(linker, "library", library));
  CHECK_OK(weir_linker_alias_module(linker, "library", "lib"));
  CHECK_OK(weir_linker_instantiate(linker, store, module, &instance));
  wasm_func_t* run = weir_instance_func(instance, "run");
  CHECK(call0(run) == 7 && strcmp(text, "the guest") == 0);
  wasm_func_delete(run);
  wasm_instance_delete(instance);

  wasm_extern_t* found = NULL;
  CHECK_OK(weir_linker_get(linker, store, "lib", "eight", &found));
  CHECK(found == NULL);
  CHECK(is_error(weir_linker_alias(linker, "lib", "eight", "a", "b"), WEIR_ERROR_LINK, "eight"));
  CHECK_OK(weir_linker_alias(linker, "lib", "seven", "a", "b"));
  CHECK_OK(weir_linker_get(linker, store, "a", "b", &found));
  CHECK(call0(wasm_extern_as_func(found)) == 7);
  wasm_extern_delete(found);

  /* What was looked up once, instantiated often; functions work in other stores, objects in their own. */
  weir_instance_pre_t* pre = NULL;
  CHECK_OK(weir_instance_pre_new(linker, module, &pre));
  for (int i = 0; i < 3; ++i) {
    CHECK_OK(weir_instance_pre_instantiate(pre, store, &instance));
    run = weir_instance_func(instance, "run");
    CHECK(call0(run) == 7);
    wasm_func_delete(run);
    wasm_instance_delete(instance);
  }
  wasm_store_t* const second = wasm_store_new(engine);
  CHECK(is_error(weir_instance_pre_instantiate(pre, second, &instance), WEIR_ERROR_USAGE, "store") && instance == NULL);
  weir_instance_pre_delete(pre);

  wasm_functype_t* const constant = wasm_functype_new_0_1(wasm_valtype_new_i32());
  CHECK_OK(weir_linker_define_func(linker, "lib", "seven", constant, &by_host, NULL, NULL));
  wasm_functype_delete(constant);
  CHECK_OK(weir_linker_get(linker, second, "lib", "seven", &found));
  CHECK(call0(wasm_extern_as_func(found)) == 11);
  wasm_extern_delete(found);

  weir_linker_t* const lenient = weir_linker_new(engine);
  CHECK_OK(weir_linker_define_unknown_imports_as_traps(lenient, module));
  CHECK_OK(weir_linker_instantiate(lenient, second, module, &instance));
  run = weir_instance_func(instance, "run");
  CHECK(is_trap(wasm_func_call(run, NULL, NULL), "unknown import called: \"env\" \"log\""));
  wasm_func_delete(run);
  wasm_instance_delete(instance);
  weir_linker_delete(lenient);

  /* A definition is finalized with the last store that uses it. */
  weir_linker_delete(linker);
  CHECK(finalized == 2);
  wasm_module_delete(module);
  wasm_instance_delete(library);
  wasm_store_delete(second);
  wasm_store_delete(store);
  CHECK(finalized == 3);
  wasm_engine_delete(engine);
  return 0;
}
