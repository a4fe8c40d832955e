/* Modules: validation, serialization, sharing between stores and engines. */
#include "support.h"

static const char text[] =
    "(module $adder (func $add (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))";

static void use(wasm_store_t* store, const wasm_module_t* module) {
  wasm_instance_t* const instance = wasm_instance_new(store, module, NULL, NULL);
  wasm_func_t* const add = weir_instance_func(instance, "add");
  CHECK(call2(add, 40, 2) == 42);
  wasm_func_delete(add);
  wasm_instance_delete(instance);
}

static bool is_name(wasm_name_t* name, const char* expected) {
  const bool good =
      name->size == strlen(expected) && (name->size == 0 || memcmp(name->data, expected, name->size) == 0);
  wasm_name_delete(name);
  return good;
}

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_byte_vec_t binary;
  to_wasm(text, &binary);
  CHECK(wasm_module_validate(store, &binary));
  wasm_module_t* const module = wasm_module_new(store, &binary);
  CHECK(module != NULL);

  wasm_byte_vec_t serialized;
  wasm_module_serialize(module, &serialized);
  CHECK(serialized.size == binary.size && memcmp(serialized.data, binary.data, binary.size) == 0);
  wasm_module_t* const copy = wasm_module_deserialize(store, &serialized);
  CHECK(copy != NULL && !wasm_module_same(copy, module));
  use(store, copy);
  wasm_name_t name;
  weir_module_name(copy, &name);
  CHECK(is_name(&name, "adder"));
  weir_module_function_name(copy, 0, &name);
  CHECK(is_name(&name, "add"));
  weir_module_function_name(copy, 1, &name);
  CHECK(is_name(&name, ""));

  /* Shared with a store of the same engine and with one of another. */
  wasm_shared_module_t* const shared = wasm_module_share(module);
  wasm_store_t* const second = wasm_store_new(engine);
  wasm_engine_t* const other_engine = wasm_engine_new();
  wasm_store_t* const third = wasm_store_new(other_engine);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  wasm_module_t* const in_second = wasm_module_obtain(second, shared);
  wasm_module_t* const in_third = wasm_module_obtain(third, shared);
  wasm_shared_module_delete(shared);
  use(second, in_second);
  use(third, in_third);

  /* Damaged bytes are refused, and the error says where. */
  serialized.data[4] = 9;
  CHECK(!wasm_module_validate(second, &serialized) && wasm_module_deserialize(second, &serialized) == NULL);
  weir_error_t* error = weir_take_error();
  uint64_t offset = 0;
  CHECK(weir_error_offset(error, &offset) && offset == 4);
  CHECK(!weir_error_position(error, NULL, NULL) && weir_error_trap(error) == NULL);
  CHECK(is_error(error, WEIR_ERROR_MALFORMED, "version"));
  CHECK(weir_take_error() == NULL);

  /* So is text that is none. */
  wasm_module_t* none = NULL;
  error = weir_module_new_from_text(second, "(module\n  (fun))", 16, &none);
  uint32_t line = 0;
  uint32_t column = 0;
  CHECK(none == NULL && weir_error_position(error, &line, &column) && line == 2 && column == 4);
  CHECK(is_error(error, WEIR_ERROR_MALFORMED, ""));
  const char invalid[] = "(module (func (result i32)))";
  CHECK(is_error(weir_module_new_from_text(second, invalid, strlen(invalid), &none), WEIR_ERROR_INVALID, ""));
  CHECK(is_error(weir_module_new_from_file(second, "/there is no such file", &none), WEIR_ERROR_IO, "no such file"));
  CHECK_OK(weir_wat_to_wasm(invalid, strlen(invalid), NULL)); /* well-formed */

  wasm_byte_vec_delete(&serialized);
  wasm_byte_vec_delete(&binary);
  wasm_module_delete(in_second);
  wasm_module_delete(in_third);
  wasm_module_delete(copy);
  wasm_store_delete(second);
  wasm_store_delete(third);
  wasm_engine_delete(other_engine);
  return 0;
}
