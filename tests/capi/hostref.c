/* References: foreign objects and all others go through globals, tables and calls, and come back the same. */
#include "support.h"

static wasm_trap_t* echo(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  CHECK(args->data[0].kind == WASM_EXTERNREF);
  wasm_val_copy(&results->data[0], &args->data[0]);
  return NULL;
}

static void through_call(const wasm_func_t* func, wasm_ref_t* ref) {
  wasm_val_t args[1] = {WASM_REF_VAL(ref)};
  wasm_val_t results[1] = {WASM_INIT_VAL};
  const wasm_val_vec_t args_vec = WASM_ARRAY_VEC(args);
  wasm_val_vec_t results_vec = WASM_ARRAY_VEC(results);
  CHECK(wasm_func_call(func, &args_vec, &results_vec) == NULL);
  CHECK(results[0].kind == WASM_EXTERNREF && wasm_ref_same(results[0].of.ref, ref));
  CHECK(wasm_ref_get_host_info(results[0].of.ref) == wasm_ref_get_host_info(ref));
  wasm_val_delete(&results[0]);
  CHECK(results[0].of.ref == NULL);
}

static void through_global(wasm_global_t* global, wasm_ref_t* ref) {
  const wasm_val_t value = WASM_REF_VAL(ref);
  wasm_global_set(global, &value);
  wasm_val_t got;
  wasm_global_get(global, &got);
  CHECK(got.kind == WASM_EXTERNREF && wasm_ref_same(got.of.ref, ref));
  wasm_val_delete(&got);
}

static void through_table(wasm_table_t* table, wasm_ref_t* ref) {
  CHECK(wasm_table_set(table, 3, ref));
  wasm_ref_t* const got = wasm_table_get(table, 3);
  CHECK(wasm_ref_same(got, ref));
  wasm_ref_delete(got);
}

static int finalized = 0;
static void finalize(void* info) { finalized += *(int*)info; }

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_functype_t* const type = wasm_functype_new_1_1(wasm_valtype_new_externref(), wasm_valtype_new_externref());
  wasm_func_t* const echo_func = wasm_func_new(store, type, &echo);
  wasm_functype_delete(type);
  wasm_extern_t* externs[] = {wasm_func_as_extern(echo_func)};
  const wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_module_t* const module = load(store,
                                     "(module"
                                     "  (import \"\" \"f\" (func $echo (param externref) (result externref)))"
                                     "  (global (export \"global\") (mut externref) (ref.null extern))"
                                     "  (table (export \"table\") 10 externref)"
                                     "  (func (export \"func\") (param externref) (result externref)"
                                     "    (call $echo (local.get 0))))");
  wasm_instance_t* const instance = wasm_instance_new(store, module, &imports, NULL);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  wasm_global_t* const global = wasm_extern_as_global(exports.data[0]);
  wasm_table_t* const table = wasm_extern_as_table(exports.data[1]);
  wasm_func_t* const func = wasm_extern_as_func(exports.data[2]);

  int weights[2] = {1, 10};
  wasm_foreign_t* const first = wasm_foreign_new(store);
  wasm_foreign_t* const second = wasm_foreign_new(store);
  CHECK(!wasm_foreign_same(first, second) && wasm_foreign_get_host_info(first) == NULL);
  wasm_foreign_set_host_info(first, &weights[1]);
  wasm_foreign_set_host_info_with_finalizer(first, &weights[0], &finalize);
  wasm_foreign_set_host_info_with_finalizer(second, &weights[1], &finalize);
  CHECK(wasm_foreign_get_host_info(first) == &weights[0]);

  wasm_trap_t* const trap = wasm_trap_new(store, NULL);
  wasm_ref_t* const refs[] = {NULL,
                              wasm_foreign_as_ref(first),
                              wasm_foreign_as_ref(second),
                              wasm_func_as_ref(func),
                              wasm_func_as_ref(echo_func),
                              wasm_global_as_ref(global),
                              wasm_table_as_ref(table),
                              wasm_instance_as_ref(instance),
                              wasm_module_as_ref(module),
                              wasm_trap_as_ref(trap),
                              wasm_extern_as_ref(exports.data[1])};
  for (size_t i = 0; i < sizeof refs / sizeof *refs; ++i) {
    through_call(func, refs[i]);
    through_global(global, refs[i]);
    through_table(table, refs[i]);
    wasm_ref_t* const copy = wasm_ref_copy(refs[i]);
    CHECK(wasm_ref_same(copy, refs[i]));
    wasm_ref_delete(copy);
    for (size_t j = 0; j < i; ++j) {
      const bool both_table = i == 10 && j == 6;
      CHECK(wasm_ref_same(refs[i], refs[j]) == both_table);
    }
  }
  CHECK(wasm_ref_as_instance(refs[7]) == instance && wasm_ref_as_module(refs[7]) == NULL);
  CHECK(wasm_ref_as_extern(refs[6]) == exports.data[1] && wasm_ref_as_extern(refs[7]) == NULL);
  CHECK(wasm_ref_as_trap(refs[9]) == trap && wasm_ref_as_func(refs[1]) == NULL);

  /* The host's pointer belongs to the object, not to the reference. */
  wasm_instance_set_host_info(instance, &weights);
  wasm_instance_t* const again = wasm_instance_copy(instance);
  CHECK(wasm_instance_get_host_info(again) == &weights);
  wasm_instance_delete(again);

  /* A function where another reference is expected, and the other way round. */
  wasm_val_t wrong[1] = {{.kind = WASM_FUNCREF, .of = {.ref = wasm_foreign_as_ref(first)}}};
  const wasm_val_vec_t wrong_vec = WASM_ARRAY_VEC(wrong);
  wasm_val_t results[1] = {WASM_INIT_VAL};
  wasm_val_vec_t results_vec = WASM_ARRAY_VEC(results);
  CHECK(is_trap(wasm_func_call(func, &wrong_vec, &results_vec), "expected a reference of type funcref"));

  /* Objects of one store are not for another. */
  wasm_store_t* const other = wasm_store_new(engine);
  wasm_instance_t* const stranger =
      instantiate(other, "(module (func (export \"f\") (param externref) (result externref) (local.get 0)))", NULL);
  wasm_func_t* const other_func = weir_instance_func(stranger, "f");
  wrong[0] = (wasm_val_t)WASM_REF_VAL(wasm_func_as_ref(func));
  CHECK(is_trap(wasm_func_call(other_func, &wrong_vec, &results_vec), "the reference belongs to another store"));
  through_call(other_func, wasm_foreign_as_ref(second));
  CHECK(wasm_instance_new(other, module, &imports, NULL) == NULL);
  CHECK(is_error(weir_take_error(), WEIR_ERROR_USAGE, "store"));

  wasm_trap_delete(trap);
  wasm_foreign_delete(first);
  wasm_foreign_delete(second);
  wasm_extern_vec_delete(&exports);
  wasm_func_delete(echo_func);
  wasm_module_delete(module);
  wasm_instance_delete(instance);
  CHECK(finalized == 0); /* the store's guest may still hold them */
  wasm_store_delete(store);
  CHECK(finalized == 1); /* the other store has seen the second one */
  wasm_func_delete(other_func);
  wasm_instance_delete(stranger);
  wasm_store_delete(other);
  CHECK(finalized == 11);
  wasm_engine_delete(engine);
  return 0;
}
