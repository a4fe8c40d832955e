/* Several parameters and results, of all number types. */
#include "support.h"

static wasm_trap_t* reverse(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  CHECK(args->size == 4 && results->size == 4);
  const wasm_valkind_t kinds[] = {WASM_F64, WASM_F32, WASM_I64, WASM_I32};
  for (size_t i = 0; i < 4; ++i) {
    CHECK(results->data[i].kind == kinds[i] && args->data[i].kind == kinds[3 - i]);
    results->data[i] = args->data[3 - i];
  }
  return NULL;
}

/* Gives a value of a wrong type. */
static wasm_trap_t* wrong(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)args;
  results->data[0].kind = WASM_F32;
  return NULL;
}

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_valtype_t* const ascending[] = {wasm_valtype_new_i32(), wasm_valtype_new_i64(), wasm_valtype_new_f32(),
                                       wasm_valtype_new_f64()};
  wasm_valtype_t* const descending[] = {wasm_valtype_new_f64(), wasm_valtype_new_f32(), wasm_valtype_new_i64(),
                                        wasm_valtype_new_i32()};
  wasm_valtype_vec_t params;
  wasm_valtype_vec_t results;
  wasm_valtype_vec_new(&params, 4, ascending);
  wasm_valtype_vec_new(&results, 4, descending);
  wasm_functype_t* const type = wasm_functype_new(&params, &results);
  wasm_functype_t* const wrong_type = wasm_functype_new_0_1(wasm_valtype_new_i32());
  wasm_func_t* const reverse_func = wasm_func_new(store, type, &reverse);
  wasm_func_t* const wrong_func = wasm_func_new(store, wrong_type, &wrong);
  wasm_functype_delete(type);
  wasm_functype_delete(wrong_type);
  wasm_extern_t* externs[] = {wasm_func_as_extern(reverse_func), wasm_func_as_extern(wrong_func)};
  const wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t* const instance =
      instantiate(store,
                  "(module"
                  "  (import \"\" \"reverse\" (func $reverse (param i32 i64 f32 f64) (result f64 f32 i64 i32)))"
                  "  (import \"\" \"wrong\" (func $wrong (result i32)))"
                  "  (func (export \"g\") (param i32 i64 f32 f64) (result f64 f32 i64 i32)"
                  "    (call $reverse (local.get 0) (local.get 1) (local.get 2) (local.get 3)))"
                  "  (func (export \"wrong\") (drop (call $wrong))))",
                  &imports);
  wasm_func_t* const g = weir_instance_func(instance, "g");
  CHECK(wasm_func_param_arity(g) == 4 && wasm_func_result_arity(g) == 4);

  wasm_val_t args[] = {WASM_I32_VAL(-1), WASM_I64_VAL(INT64_MAX), WASM_F32_VAL(3.5f), WASM_F64_VAL(-0.0)};
  wasm_val_t got[4] = {WASM_INIT_VAL, WASM_INIT_VAL, WASM_INIT_VAL, WASM_INIT_VAL};
  wasm_val_vec_t args_vec = WASM_ARRAY_VEC(args);
  wasm_val_vec_t got_vec = WASM_ARRAY_VEC(got);
  CHECK(wasm_func_call(g, &args_vec, &got_vec) == NULL);
  CHECK(got[0].kind == WASM_F64 && 1 / got[0].of.f64 < 0 && got[1].kind == WASM_F32 && got[1].of.f32 == 3.5f);
  CHECK(got[2].kind == WASM_I64 && got[2].of.i64 == INT64_MAX && got[3].kind == WASM_I32 && got[3].of.i32 == -1);

  /* Wrong numbers and types of values are found before the guest runs. */
  args_vec.size = 3;
  CHECK(is_trap(wasm_func_call(g, &args_vec, &got_vec), "the function takes 4 arguments, got 3"));
  args_vec.size = 4;
  got_vec.size = 3;
  CHECK(is_trap(wasm_func_call(g, &args_vec, &got_vec), "the function has 4 results"));
  got_vec.size = 4;
  CHECK(wasm_func_call(g, &args_vec, NULL) == NULL); /* results are not wanted */
  args[1] = (wasm_val_t)WASM_F64_VAL(0);
  CHECK(is_trap(wasm_func_call(g, &args_vec, &got_vec), "argument 2: expected a value of type i64, got f64"));
  CHECK(is_error(weir_func_call(g, &args_vec, &got_vec), WEIR_ERROR_USAGE, "argument 2"));
  args[1].kind = 77;
  CHECK(is_trap(wasm_func_call(g, &args_vec, &got_vec), "a wasm_val_t has the kind 77"));

  wasm_func_t* const wrong_export = weir_instance_func(instance, "wrong");
  CHECK(is_trap(call_void(wrong_export), "a host function returned a wrong value"));

  wasm_func_delete(wrong_export);
  wasm_func_delete(g);
  wasm_func_delete(reverse_func);
  wasm_func_delete(wrong_func);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
