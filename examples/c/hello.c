/* The standard C interface: a guest that calls a host function. Links with libweir, or with any engine that has wasm.h
 * (it would have to be given the guest in the binary format). */
#include <stdio.h>
#include <string.h>
#include <weir/weir.h>

static const char text[] =
    "(module"
    "  (import \"host\" \"print\" (func $print (param i32)))"
    "  (func (export \"triangle\") (param $n i32) (result i32) (local $sum i32)"
    "    (loop $next"
    "      (local.set $sum (i32.add (local.get $sum) (local.get $n)))"
    "      (call $print (local.get $sum))"
    "      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
    "    (local.get $sum)))";

static wasm_trap_t* print(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)results;
  printf("the guest says %d\n", args->data[0].of.i32);
  return NULL;
}

int main(void) {
  int status = 1;
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  wasm_byte_vec_t binary = WASM_EMPTY_VEC;
  weir_error_t* error = weir_wat_to_wasm(text, strlen(text), &binary);
  wasm_module_t* module = wasm_module_new(store, &binary);

  wasm_functype_t* type = wasm_functype_new_1_0(wasm_valtype_new_i32());
  wasm_func_t* host = wasm_func_new(store, type, &print);
  wasm_extern_t* externs[] = {wasm_func_as_extern(host)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_trap_t* trap = NULL;
  wasm_instance_t* instance = wasm_instance_new(store, module, &imports, &trap);

  wasm_extern_vec_t exports = WASM_EMPTY_VEC;
  wasm_instance_exports(instance, &exports);
  if (exports.size == 1) {
    wasm_val_t args[] = {WASM_I32_VAL(4)};
    wasm_val_t results[] = {WASM_I32_VAL(0)};
    wasm_val_vec_t args_vec = WASM_ARRAY_VEC(args);
    wasm_val_vec_t results_vec = WASM_ARRAY_VEC(results);
    trap = wasm_func_call(wasm_extern_as_func(exports.data[0]), &args_vec, &results_vec);
    if (trap == NULL) {
      printf("triangle(4) = %d\n", results[0].of.i32);
      status = 0;
    }
  }
  if (trap != NULL) {
    wasm_message_t message;
    wasm_trap_message(trap, &message);
    fprintf(stderr, "%s\n", message.data);
    wasm_byte_vec_delete(&message);
  } else if (status != 0) {
    weir_error_t* last = weir_take_error();
    fprintf(stderr, "%s\n", weir_error_message(error != NULL ? error : last));
    weir_error_delete(last);
  }

  /* Deleting NULL does nothing, so one road out serves success and failure. */
  wasm_trap_delete(trap);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_func_delete(host);
  wasm_functype_delete(type);
  wasm_module_delete(module);
  wasm_byte_vec_delete(&binary);
  weir_error_delete(error);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return status;
}
