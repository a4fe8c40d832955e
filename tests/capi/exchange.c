/* Guest buffers: memory from the guest's own allocator, and back. */
#include "support.h"

/* An allocator that never uses memory twice, and counts what is alive. */
static const char guest[] =
    "(module"
    "  (memory (export \"memory\") 2)"
    "  (global $next (mut i32) (i32.const 1024))"
    "  (global $alive (mut i32) (i32.const 0))"
    "  (func $malloc (export \"malloc\") (param $size i32) (result i32)"
    "    (if (i32.gt_u (local.get $size) (i32.const 0x10000)) (then (return (i32.const 0))))"
    "    (global.set $alive (i32.add (global.get $alive) (i32.const 1)))"
    "    (global.get $next)"
    "    (global.set $next (i32.and (i32.add (i32.add (global.get $next) (local.get $size)) (i32.const 15))"
    "                               (i32.const -16))))"
    "  (func $free (export \"free\") (param i32)"
    "    (if (i32.eq (local.get 0) (i32.const 666)) (then (unreachable)))"
    "    (global.set $alive (i32.sub (global.get $alive) (i32.const 1))))"
    "  (export \"init\" (func $malloc)) (export \"deinit\" (func $free))"
    "  (func (export \"alive\") (result i32) (global.get $alive))"
    "  (func (export \"byte\") (param i32) (result i32) (i32.load8_u (local.get 0))))";

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_instance_t* const instance = instantiate(store, guest, NULL);
  wasm_func_t* const alive = weir_instance_func(instance, "alive");
  wasm_func_t* const byte = weir_instance_func(instance, "byte");

  weir_allocator_t* allocator = NULL;
  CHECK_OK(weir_allocator_discover(instance, &allocator));
  CHECK(strstr(weir_allocator_name(allocator), "malloc") != NULL);
  weir_buffer_t* buffer = NULL;
  CHECK_OK(weir_allocator_put(allocator, "hello", 5, 1, &buffer));
  CHECK(call0(alive) == 1 && weir_buffer_size(buffer) == 5);
  CHECK(call1(byte, (int32_t)weir_buffer_address(buffer) + 4) == 'o');

  char text[8] = "";
  CHECK_OK(weir_buffer_write(buffer, 0, "J", 1));
  CHECK(is_error(weir_buffer_write(buffer, 3, "abc", 3), WEIR_ERROR_USAGE, ""));
  CHECK_OK(weir_buffer_resize(buffer, 100));
  CHECK(weir_buffer_size(buffer) == 100);
  CHECK_OK(weir_buffer_read(buffer, 0, text, 5));
  CHECK(strcmp(text, "Jello") == 0);
  CHECK_OK(weir_buffer_free(buffer));
  CHECK(call0(alive) == 0);

  /* Nobody wants the buffer: it goes back at once. */
  CHECK_OK(weir_allocator_allocate(allocator, 10, 8, NULL));
  CHECK(call0(alive) == 0);

  CHECK_OK(weir_allocator_put_bincode_string(allocator, "str", 3, &buffer));
  const unsigned char expected[11] = {3, 0, 0, 0, 0, 0, 0, 0, 's', 't', 'r'};
  unsigned char got[11];
  CHECK(weir_buffer_size(buffer) == sizeof got);
  CHECK_OK(weir_buffer_read(buffer, 0, got, sizeof got));
  CHECK(memcmp(got, expected, sizeof got) == 0);
  weir_buffer_delete(buffer);
  CHECK(call0(alive) == 0);

  /* The guest's refusal, and its lies, are errors. */
  CHECK(is_error(weir_allocator_allocate(allocator, 0x20000, 1, &buffer), WEIR_ERROR_GUEST, "") && buffer == NULL);
  CHECK(is_error(weir_allocator_allocate(allocator, 8, 3, &buffer), WEIR_ERROR_USAGE, "") && buffer == NULL);
  CHECK(is_error(weir_allocator_adopt(allocator, 0x1ffff, 2, 1, &buffer), WEIR_ERROR_GUEST, "") && buffer == NULL);
  CHECK_OK(weir_allocator_adopt(allocator, 666, 4, 1, &buffer));
  CHECK(is_error(weir_buffer_free(buffer), WEIR_ERROR_TRAP, "unreachable"));
  CHECK_OK(weir_allocator_adopt(allocator, 666, 4, 1, &buffer));
  CHECK(weir_buffer_release(buffer) == 666);
  weir_allocator_delete(allocator);

  /* Names that mean nothing by themselves are confirmed. */
  CHECK(is_error(weir_allocator_named(instance, "initialize", NULL, &allocator), WEIR_ERROR_USAGE, "initialize"));
  CHECK(allocator == NULL);
  CHECK_OK(weir_allocator_named(instance, "init", "deinit", &allocator));
  CHECK_OK(weir_allocator_put(allocator, "x", 1, 1, &buffer));
  CHECK(call0(alive) == 1);

  /* The memory may be named, for guests that do not export theirs. */
  wasm_memory_t* const memory = weir_instance_memory(instance, "memory");
  weir_allocator_t* same = NULL;
  CHECK(
      is_error(weir_allocator_in_memory(instance, NULL, "init", "deinit", &same), WEIR_ERROR_USAGE, "memory is NULL"));
  CHECK_OK(weir_allocator_in_memory(instance, memory, NULL, NULL, &same));
  CHECK(strcmp(weir_allocator_name(same), "malloc/free") == 0);
  weir_allocator_delete(same);
  CHECK_OK(weir_allocator_in_memory(instance, memory, "init", "deinit", &same));
  CHECK(strcmp(weir_allocator_name(same), "init/deinit") == 0);
  weir_allocator_delete(same);
  wasm_memory_delete(memory);

  /* A buffer keeps its store, and outlives its allocator. */
  weir_allocator_delete(allocator);
  wasm_func_delete(byte);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  CHECK_OK(weir_buffer_read(buffer, 0, text, 1));
  CHECK(text[0] == 'x');
  weir_buffer_delete(buffer);
  CHECK(call0(alive) == 0);
  wasm_func_delete(alive);
  return 0;
}
