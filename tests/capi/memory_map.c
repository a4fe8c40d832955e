/* The memory map of a module. */
#include "support.h"

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store,
                                     "(module"
                                     "  (memory (export \"memory\") 2)"
                                     "  (global $sp (mut i32) (i32.const 66560))"
                                     "  (global (export \"__heap_base\") i32 (i32.const 66560))"
                                     "  (global (export \"__data_end\") i32 (i32.const 1040))"
                                     "  (data (i32.const 1024) \"static data here\"))");
  weir_memory_map_t* map = NULL;
  CHECK_OK(weir_memory_map_new(module, 0, &map));
  CHECK(is_error(weir_memory_map_new(module, 1, NULL), WEIR_ERROR_USAGE, "memory"));
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);

  uint64_t address = 0;
  CHECK(weir_memory_map_heap_base(map, &address) && address == 66560);
  CHECK(weir_memory_map_data_end(map, &address) && address == 1040);
  CHECK(strcmp(weir_memory_map_toolchain(map), "") == 0);
  CHECK(strcmp(weir_memory_map_layout(map), "") != 0);

  /* The regions cover the memory. */
  const size_t count = weir_memory_map_region_count(map);
  CHECK(count >= 3);
  weir_memory_region_t region;
  uint64_t end = 0;
  for (size_t i = 0; i < count; ++i) {
    CHECK(weir_memory_map_region(map, i, &region));
    CHECK(region.begin == end && region.end > end && strcmp(weir_region_kind_name(region.kind), "") != 0);
    end = region.end;
  }
  CHECK(end == 2 * MEMORY_PAGE_SIZE && !weir_memory_map_region(map, count, &region) && region.end == 0);

  CHECK(weir_memory_map_find(map, 1030, &region));
  CHECK(region.kind == WEIR_REGION_STATIC_DATA && region.begin == 1024 && region.end == 1040);
  CHECK(region.confidence == WEIR_CONFIDENCE_CERTAIN && strcmp(region.evidence, "") != 0);
  CHECK(weir_memory_map_find(map, 70000, &region) && region.kind == WEIR_REGION_HEAP && region.begin == 66560);
  CHECK(weir_memory_map_find(map, 3 * MEMORY_PAGE_SIZE, &region) && region.kind == WEIR_REGION_HEAP);

  size_t advice = 0;
  while (weir_memory_map_advice(map, advice) != NULL) {
    CHECK(strlen(weir_memory_map_advice(map, advice)) > 0);
    ++advice;
  }
  CHECK(weir_memory_map_advice(map, advice + 1) == NULL);
  weir_memory_map_delete(map);
  return 0;
}
