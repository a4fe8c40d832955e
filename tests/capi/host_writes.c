/* Checked writes of the host, and what the journal tells of them. */
#include "support.h"

static const char guest[] =
    "(module"
    "  (memory (export \"memory\") 2)"
    "  (global $sp (mut i32) (i32.const 4096))"
    "  (global (export \"__heap_base\") i32 (i32.const 4112))"
    "  (global (export \"__data_end\") i32 (i32.const 4112))"
    "  (data (i32.const 4096) \"static data here\")"
    "  (func (export \"malloc\") (param i32) (result i32) (i32.const 8192))"
    "  (func (export \"free\") (param i32))"
    "  (func (export \"f\") (result i32) (i32.load (i32.load offset=4096 (i32.const 0)))))";

int main(void) {
  wasm_config_t* const config = wasm_config_new();
  weir_config_set_host_writes(config, WEIR_HOST_WRITES_DENY);
  weir_config_set_host_writes(config, 17); /* ignored */
  weir_config_set_keep_write_journal(config, true);
  wasm_engine_t* const engine = wasm_engine_new_with_config(config);
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store, guest);
  const wasm_extern_vec_t imports = WASM_EMPTY_VEC;
  wasm_instance_t* const instance = wasm_instance_new(store, module, &imports, NULL);
  CHECK(instance != NULL);
  wasm_memory_t* const memory = weir_instance_memory(instance, "memory");

  CHECK(is_error(weir_memory_write(memory, 4098, "AAAA", 4), WEIR_ERROR_USAGE, "overwrite 4 bytes of the static data"));
  CHECK(is_error(weir_memory_write(memory, 4098, "AAAA", 4), WEIR_ERROR_USAGE, "`malloc`/`free`"));
  char byte = 0;
  CHECK_OK(weir_memory_read(memory, 4098, &byte, 1));
  CHECK(byte == 'a');
  CHECK_OK(weir_memory_allow_host_writes(memory, 4096, 8));
  CHECK_OK(weir_memory_write(memory, 4096, "AAAAAAAA", 8));
  CHECK_OK(weir_memory_disallow_host_writes(memory, 4100, 4));
  CHECK(is_error(weir_memory_write(memory, 4096, "AAAAAAAA", 8), WEIR_ERROR_USAGE, "not handed out"));
  CHECK(is_error(weir_memory_allow_host_writes(NULL, 0, 1), WEIR_ERROR_USAGE, "memory"));
  CHECK(is_error(weir_store_set_host_writes(store, 17), WEIR_ERROR_USAGE, "no such policy"));
  CHECK_OK(weir_store_set_host_writes(store, WEIR_HOST_WRITES_OFF));
  CHECK_OK(weir_memory_write(memory, 4096, "BBBB", 4));

  wasm_func_t* const f = weir_instance_func(instance, "f");
  wasm_val_t result[1] = {WASM_INIT_VAL};
  wasm_val_vec_t results = WASM_ARRAY_VEC(result);
  const wasm_val_vec_t none = WASM_EMPTY_VEC;
  wasm_trap_t* const trap = wasm_func_call(f, &none, &results);
  CHECK(trap != NULL);
  wasm_byte_vec_t report;
  weir_trap_report(trap, &report);
  CHECK(strstr(report.data, "written by the host: Memory::write at offset 0x1000, length 0x4\n") != NULL);
  CHECK(strstr(report.data, "it starts with \"BBBB\"\n") != NULL);
  wasm_byte_vec_delete(&report);

  wasm_trap_delete(trap);
  wasm_func_delete(f);
  wasm_memory_delete(memory);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
