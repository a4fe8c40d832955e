/* Tables: elements, growth, bounds; of functions and of foreign objects. */
#include "support.h"

static wasm_trap_t* negate(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  results->data[0].of.i32 = -args->data[0].of.i32;
  return NULL;
}

static bool is_null(const wasm_table_t* table, wasm_table_size_t index) {
  wasm_ref_t* const ref = wasm_table_get(table, index);
  wasm_ref_delete(ref);
  return ref == NULL;
}

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_instance_t* const instance =
      instantiate(store,
                  "(module"
                  "  (table $t (export \"table\") 2 10 funcref)"
                  "  (func (export \"call_indirect\") (param i32 i32) (result i32)"
                  "    (call_indirect (param i32) (result i32) (local.get 0) (local.get 1)))"
                  "  (func $f (export \"f\") (param i32) (result i32) (local.get 0))"
                  "  (func (export \"g\") (param i32) (result i32) (i32.const 666))"
                  "  (elem (table $t) (i32.const 1) func $f))",
                  NULL);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  wasm_table_t* const table = wasm_extern_as_table(exports.data[0]);
  wasm_func_t* const call_indirect = wasm_extern_as_func(exports.data[1]);
  wasm_func_t* const f = wasm_extern_as_func(exports.data[2]);
  wasm_func_t* const g = wasm_extern_as_func(exports.data[3]);
  wasm_functype_t* const type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_func_t* const h = wasm_func_new(store, type, &negate);
  wasm_functype_delete(type);

  CHECK(wasm_table_size(table) == 2 && is_null(table, 0) && !is_null(table, 1));
  CHECK(call2(call_indirect, 7, 1) == 7);
  wasm_val_t args[] = {WASM_I32_VAL(0), WASM_I32_VAL(0)};
  wasm_val_t results[1];
  const wasm_val_vec_t args_vec = WASM_ARRAY_VEC(args);
  wasm_val_vec_t results_vec = WASM_ARRAY_VEC(results);
  CHECK(is_trap(wasm_func_call(call_indirect, &args_vec, &results_vec), "uninitialized element"));
  args[1].of.i32 = 2;
  CHECK(is_trap(wasm_func_call(call_indirect, &args_vec, &results_vec), "undefined element"));

  /* What is in it can be compared and called. */
  wasm_ref_t* const element = wasm_table_get(table, 1);
  CHECK(wasm_ref_as_func(element) != NULL && wasm_ref_as_foreign(element) == NULL);
  CHECK(wasm_ref_same(element, wasm_func_as_ref(f)) && !wasm_ref_same(element, wasm_func_as_ref(g)));
  CHECK(call1(wasm_ref_as_func(element), 31) == 31);
  wasm_ref_delete(element);

  CHECK(wasm_table_set(table, 0, wasm_func_as_ref(g)) && wasm_table_set(table, 1, NULL));
  CHECK(!wasm_table_set(table, 2, wasm_func_as_ref(f)));
  CHECK(is_error(weir_take_error(), WEIR_ERROR_USAGE, "out of bounds"));
  CHECK(call2(call_indirect, 7, 0) == 666 && is_null(table, 1));

  /* Growth, with an initial value; the host's functions are as good as the guest's. */
  CHECK(wasm_table_grow(table, 3, wasm_func_as_ref(h)) && wasm_table_size(table) == 5);
  CHECK(call2(call_indirect, 5, 4) == -5);
  CHECK(!wasm_table_grow(table, 6, NULL) && wasm_table_size(table) == 5);
  CHECK(is_error(weir_take_error(), WEIR_ERROR_LIMIT, ""));
  CHECK(wasm_table_grow(table, 5, NULL) && is_null(table, 9) && is_null(table, 10));
  wasm_tabletype_t* const tabletype = wasm_table_type(table);
  CHECK(wasm_tabletype_limits(tabletype)->min == 10 && wasm_tabletype_limits(tabletype)->max == 10);
  wasm_tabletype_delete(tabletype);

  /* A table of foreign objects takes any reference; one of functions takes functions only. */
  wasm_foreign_t* const foreign = wasm_foreign_new(store);
  CHECK(!wasm_table_set(table, 0, wasm_foreign_as_ref(foreign)));
  CHECK(is_error(weir_take_error(), WEIR_ERROR_USAGE, "not a function"));
  const wasm_limits_t limits = {2, wasm_limits_max_default};
  wasm_tabletype_t* const foreign_type = wasm_tabletype_new(wasm_valtype_new_externref(), &limits);
  wasm_table_t* const foreigners = wasm_table_new(store, foreign_type, wasm_foreign_as_ref(foreign));
  wasm_tabletype_delete(foreign_type);
  CHECK(foreigners != NULL && wasm_table_set(foreigners, 1, wasm_table_as_ref(table)));
  wasm_ref_t* const first = wasm_table_get(foreigners, 0);
  wasm_ref_t* const second = wasm_table_get(foreigners, 1);
  CHECK(wasm_ref_same(first, wasm_foreign_as_ref(foreign)));
  CHECK(wasm_table_size(wasm_ref_as_table(second)) == 10);
  wasm_ref_delete(first);
  wasm_ref_delete(second);

  wasm_table_delete(foreigners);
  wasm_foreign_delete(foreign);
  wasm_func_delete(h);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
