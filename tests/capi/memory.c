/* Memories: raw bytes, checked access, growth. */
#include "support.h"

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_instance_t* const instance =
      instantiate(store,
                  "(module"
                  "  (memory (export \"memory\") 2 3)"
                  "  (func (export \"size\") (result i32) (memory.size))"
                  "  (func (export \"load\") (param i32) (result i32) (i32.load8_s (local.get 0)))"
                  "  (func (export \"store\") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))"
                  "  (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))"
                  "  (data (i32.const 0x1000) \"\\01\\02\\03\\04\"))",
                  NULL);
  wasm_memory_t* const memory = weir_instance_memory(instance, "memory");
  wasm_func_t* const size = weir_instance_func(instance, "size");
  wasm_func_t* const load_byte = weir_instance_func(instance, "load");
  wasm_func_t* const store_byte = weir_instance_func(instance, "store");
  wasm_func_t* const grow = weir_instance_func(instance, "grow");
  CHECK(weir_instance_memory(instance, "size") == NULL);
  CHECK(is_error(weir_take_error(), WEIR_ERROR_USAGE, "func"));
  CHECK(weir_instance_func(instance, "sizes") == NULL);
  CHECK(is_error(weir_take_error(), WEIR_ERROR_USAGE, "\"grow\""));

  CHECK(wasm_memory_size(memory) == 2 && wasm_memory_data_size(memory) == 0x20000 && call0(size) == 2);
  CHECK(MEMORY_PAGE_SIZE == 0x10000);
  byte_t* data = wasm_memory_data(memory);
  CHECK(data[0] == 0 && data[0x1000] == 1 && data[0x1003] == 4);
  CHECK(call1(load_byte, 0x1003) == 4 && call1(load_byte, 0x1ffff) == 0);

  data[0x1003] = 5;
  CHECK(call1(load_byte, 0x1003) == 5);
  wasm_val_t args[] = {WASM_I32_VAL(0x1002), WASM_I32_VAL(-6)};
  wasm_val_vec_t args_vec = WASM_ARRAY_VEC(args);
  CHECK(wasm_func_call(store_byte, &args_vec, NULL) == NULL);
  CHECK(data[0x1002] == (byte_t)-6);
  args[0].of.i32 = 0x20000;
  CHECK(is_trap(wasm_func_call(store_byte, &args_vec, NULL), "out of bounds memory access"));

  char buffer[4] = "";
  CHECK_OK(weir_memory_write(memory, 0x1fffd, "abc", 3));
  CHECK_OK(weir_memory_read(memory, 0x1fffd, buffer, 3));
  CHECK(strcmp(buffer, "abc") == 0);
  CHECK(is_error(weir_memory_write(memory, 0x1fffe, "xyz", 3), WEIR_ERROR_USAGE, "out of bounds"));
  CHECK(is_error(weir_memory_read(memory, UINT64_MAX, buffer, 2), WEIR_ERROR_USAGE, "out of bounds"));
  CHECK(call1(load_byte, 0x1fffe) == 'b');
  CHECK_OK(weir_memory_read(memory, 0x20000, NULL, 0));

  CHECK(wasm_memory_grow(memory, 1) && wasm_memory_size(memory) == 3 && call0(size) == 3);
  CHECK(wasm_memory_data(memory)[0x1003] == 5 && call1(load_byte, 0x20000) == 0);
  CHECK(!wasm_memory_grow(memory, 1) && call1(grow, 1) == -1 && call1(grow, 0) == 3);
  uint64_t previous = 77;
  CHECK(is_error(weir_memory_grow(memory, 1, &previous), WEIR_ERROR_LIMIT, "maximum") && previous == 0);
  CHECK_OK(weir_memory_grow(memory, 0, &previous));
  CHECK(previous == 3);

  CHECK_OK(weir_instance_reset(instance));
  CHECK(wasm_memory_size(memory) == 2 && wasm_memory_data(memory)[0x1003] == 4 && call1(load_byte, 0x1fffe) == 0);
  CHECK(is_error(weir_instance_reset(NULL), WEIR_ERROR_USAGE, "weir_instance_reset"));

  /* One of the host's own. */
  const wasm_limits_t limits = {5, 5};
  wasm_memorytype_t* const type = wasm_memorytype_new(&limits);
  wasm_memory_t* const own = wasm_memory_new(store, type);
  wasm_memorytype_delete(type);
  CHECK(own != NULL && wasm_memory_size(own) == 5 && !wasm_memory_grow(own, 1) && wasm_memory_grow(own, 0));
  wasm_memorytype_t* const found = wasm_memory_type(own);
  CHECK(wasm_memorytype_limits(found)->min == 5 && wasm_memorytype_limits(found)->max == 5);
  wasm_memorytype_delete(found);
  const wasm_limits_t wrong = {6, 5};
  wasm_memorytype_t* const wrong_type = wasm_memorytype_new(&wrong);
  CHECK(wasm_memory_new(store, wrong_type) == NULL);
  CHECK(is_error(weir_take_error(), WEIR_ERROR_USAGE, "minimum"));
  wasm_memorytype_delete(wrong_type);

  wasm_memory_delete(own);
  wasm_func_delete(size);
  wasm_func_delete(load_byte);
  wasm_func_delete(store_byte);
  wasm_func_delete(grow);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  /* The store lives as long as a reference to one of its objects. */
  CHECK(wasm_memory_data(memory)[0x1003] == 4);
  wasm_memory_delete(memory);
  return 0;
}
