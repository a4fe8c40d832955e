/* Globals: made by the host and by the guest, seen from both sides. */
#include "support.h"

static wasm_global_t* make_global(wasm_store_t* store, wasm_valkind_t kind, wasm_mutability_t mutability,
                                  const wasm_val_t* value) {
  wasm_globaltype_t* const type = wasm_globaltype_new(wasm_valtype_new(kind), mutability);
  wasm_global_t* const global = wasm_global_new(store, type, value);
  wasm_globaltype_delete(type);
  return global;
}

static wasm_val_t get(const wasm_global_t* global) {
  wasm_val_t value;
  wasm_global_get(global, &value);
  return value;
}

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);

  const wasm_val_t one_half = WASM_F32_VAL(0.5f);
  const wasm_val_t large = WASM_I64_VAL(INT64_MIN);
  wasm_global_t* const constant = make_global(store, WASM_F32, WASM_CONST, &one_half);
  wasm_global_t* const variable = make_global(store, WASM_I64, WASM_VAR, &large);
  CHECK(constant != NULL && variable != NULL);
  CHECK(make_global(store, WASM_I32, WASM_VAR, &large) == NULL);
  CHECK(is_error(weir_take_error(), WEIR_ERROR_USAGE, "i32"));

  wasm_extern_t* externs[] = {wasm_global_as_extern(constant), wasm_global_as_extern(variable)};
  const wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t* const instance = instantiate(
      store,
      "(module"
      "  (import \"\" \"c\" (global $c f32)) (import \"\" \"v\" (global $v (mut i64)))"
      "  (global $own (export \"own\") (mut i32) (i32.const 7))"
      "  (global (export \"nan\") f64 (f64.const -nan:0x123))"
      "  (func (export \"c_is_half\") (result i32) (f32.eq (global.get $c) (f32.const 0.5)))"
      "  (func (export \"v_is\") (param i32) (result i32) (i64.eq (global.get $v) (i64.extend_i32_s (local.get 0))))"
      "  (func (export \"set_v\") (global.set $v (i64.const 99)))"
      "  (func (export \"get_own\") (result i32) (global.get $own)))",
      &imports);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  wasm_global_t* const own = wasm_extern_as_global(exports.data[0]);
  wasm_global_t* const nan = wasm_extern_as_global(exports.data[1]);
  wasm_func_t* const c_is_half = wasm_extern_as_func(exports.data[2]);
  wasm_func_t* const v_is = wasm_extern_as_func(exports.data[3]);
  wasm_func_t* const set_v = wasm_extern_as_func(exports.data[4]);
  wasm_func_t* const get_own = wasm_extern_as_func(exports.data[5]);

  CHECK(call0(c_is_half) == 1);
  CHECK(get(constant).kind == WASM_F32 && get(constant).of.f32 == 0.5f);
  CHECK(get(variable).of.i64 == INT64_MIN);

  wasm_val_t value = WASM_I64_VAL(-3);
  wasm_global_set(variable, &value);
  CHECK(call1(v_is, -3) == 1);
  CHECK(call_void(set_v) == NULL);
  CHECK(get(variable).of.i64 == 99);

  /* Neither another type nor a constant can be set. */
  wasm_global_set(own, &value);
  CHECK(is_error(weir_take_error(), WEIR_ERROR_USAGE, "i32"));
  wasm_global_set(constant, &one_half);
  CHECK(is_error(weir_take_error(), WEIR_ERROR_USAGE, "immutable"));
  CHECK(call0(get_own) == 7);
  value = (wasm_val_t)WASM_I32_VAL(8);
  wasm_global_set(own, &value);
  CHECK(call0(get_own) == 8 && get(own).of.i32 == 8);

  /* NaNs keep their bits. */
  uint64_t bits = 0;
  const wasm_val_t not_a_number = get(nan);
  memcpy(&bits, &not_a_number.of.f64, sizeof bits);
  CHECK(bits == 0xfff0000000000123u);

  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_global_delete(constant);
  wasm_global_delete(variable);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
