/* Read-only data, watched through weir.h. */
#include "support.h"

static const char guest[] =
    "(module"
    "  (memory (export \"memory\") 1)"
    "  (data $.rodata (i32.const 1024) \"constants\")"
    "  (func (export \"f\") (param i32) (result i32) (i32.load8_u (local.get 0))))";

/* Calls f(address): its trap, or NULL. */
static wasm_trap_t* call(const wasm_func_t* f, int32_t address) {
  wasm_val_t argument[1] = {WASM_I32_VAL(address)};
  wasm_val_t result[1] = {WASM_INIT_VAL};
  const wasm_val_vec_t arguments = WASM_ARRAY_VEC(argument);
  wasm_val_vec_t results = WASM_ARRAY_VEC(result);
  return wasm_func_call(f, &arguments, &results);
}

int main(void) {
  wasm_config_t* const config = wasm_config_new();
  weir_config_set_host_writes(config, WEIR_HOST_WRITES_OFF);
  weir_config_set_read_only_data(config, WEIR_READ_ONLY_DATA_TRAP);
  weir_config_set_read_only_data(config, 17); /* ignored */
  wasm_engine_t* const engine = wasm_engine_new_with_config(config);
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store, guest);
  const wasm_extern_vec_t imports = WASM_EMPTY_VEC;
  wasm_instance_t* const instance = wasm_instance_new(store, module, &imports, NULL);
  CHECK(instance != NULL);
  wasm_memory_t* const memory = weir_instance_memory(instance, "memory");
  wasm_func_t* const f = weir_instance_func(instance, "f");

  CHECK(call(f, 1024) == NULL);
  CHECK_OK(weir_memory_write(memory, 1026, "XY", 2));
  wasm_trap_t* const trap = call(f, 1024);
  CHECK(trap != NULL);
  CHECK(weir_trap_reason(trap) == WEIR_TRAP_READ_ONLY_DATA);
  CHECK(strcmp(weir_trap_reason_name(WEIR_TRAP_READ_ONLY_DATA), "read-only data changed") == 0);
  wasm_byte_vec_t report;
  weir_trap_report(trap, &report);
  CHECK(strstr(report.data, "2 bytes at 0x402, in the read-only data\n") != NULL);
  CHECK(strstr(report.data, "the host's last write there: Memory::write at offset 0x402, length 0x2") != NULL);
  wasm_byte_vec_delete(&report);
  wasm_trap_delete(trap);

  CHECK_OK(weir_memory_undeclare_read_only(memory, 1026, 2));
  CHECK(call(f, 1024) == NULL);
  CHECK_OK(weir_memory_declare_read_only(memory, 5000, 4));
  CHECK_OK(weir_memory_write(memory, 5003, "!", 1));
  wasm_trap_t* const other = call(f, 0);
  CHECK(other != NULL);
  wasm_trap_delete(other);
  CHECK_OK(weir_store_set_read_only_data(store, WEIR_READ_ONLY_DATA_OFF));
  CHECK(call(f, 0) == NULL);

  CHECK(is_error(weir_memory_declare_read_only(memory, 65536, 1), WEIR_ERROR_USAGE, "out of bounds"));
  CHECK(is_error(weir_memory_declare_read_only(NULL, 0, 1), WEIR_ERROR_USAGE, "memory"));
  CHECK(is_error(weir_memory_undeclare_read_only(NULL, 0, 1), WEIR_ERROR_USAGE, "memory"));
  CHECK(is_error(weir_store_set_read_only_data(store, 17), WEIR_ERROR_USAGE, "no such policy"));
  CHECK(is_error(weir_store_set_read_only_data(NULL, WEIR_READ_ONLY_DATA_OFF), WEIR_ERROR_USAGE, "store"));

  wasm_func_delete(f);
  wasm_memory_delete(memory);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
