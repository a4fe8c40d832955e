/* Traps: the guest's own, a host function's, their messages, origins and traces. */
#include "support.h"

static wasm_trap_t* fail(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)args;
  (void)results;
  wasm_name_t message;
  wasm_name_new_from_string_nt(&message, "callback abort");
  wasm_trap_t* const trap = wasm_trap_new(env, &message);
  wasm_name_delete(&message);
  CHECK(trap != NULL && wasm_trap_origin(trap) == NULL);
  wasm_trap_set_host_info(trap, env);
  return trap;
}

/* Calls its environment, a guest function, and passes its trap on. */
static wasm_trap_t* forward(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)results;
  (void)args;
  return call_void(*(wasm_func_t**)env);
}

static void check_frame(const wasm_frame_t* frame, uint32_t function, const char* name, const wasm_instance_t* of) {
  CHECK(wasm_frame_func_index(frame) == function);
  CHECK(strcmp(weir_frame_func_name(frame), name) == 0);
  CHECK(wasm_instance_same(wasm_frame_instance(frame), of));
  CHECK(wasm_frame_module_offset(frame) > wasm_frame_func_offset(frame));
  CHECK(wasm_frame_func_offset(frame) > 0);
  CHECK(!weir_frame_is_host(frame));
}

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_functype_t* const type = wasm_functype_new_0_0();
  wasm_func_t* inner = NULL;
  wasm_func_t* const fail_func = wasm_func_new_with_env(store, type, &fail, store, NULL);
  wasm_func_t* const forward_func = wasm_func_new_with_env(store, type, &forward, &inner, NULL);
  wasm_functype_delete(type);

  wasm_extern_t* externs[] = {wasm_func_as_extern(fail_func), wasm_func_as_extern(forward_func)};
  const wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t* const instance = instantiate(store,
                                                "(module $traps"
                                                "  (import \"host\" \"fail\" (func $fail))"
                                                "  (import \"host\" \"forward\" (func $forward))"
                                                "  (memory 1)"
                                                "  (func (export \"callback\") (nop) (call $fail))"
                                                "  (func $deep (nop) (drop (i32.div_s (i32.const 1) (i32.const 0))))"
                                                "  (func (export \"guest\") (nop) (call $deep))"
                                                "  (func (export \"nested\") (nop) (call $forward))"
                                                "  (func (export \"load\")"
                                                "    (drop (i64.load offset=4 (i32.const 0x1fffe)))))",
                                                &imports);
  wasm_func_delete(fail_func);
  wasm_func_delete(forward_func);
  wasm_func_t* const callback = weir_instance_func(instance, "callback");
  inner = weir_instance_func(instance, "guest");
  wasm_func_t* const nested = weir_instance_func(instance, "nested");
  wasm_func_t* const load_func = weir_instance_func(instance, "load");

  /* The trap of a host function comes out as the same object, and knows by now where it was. */
  wasm_trap_t* trap = call_void(callback);
  CHECK(trap != NULL && wasm_trap_get_host_info(trap) == store);
  CHECK(weir_trap_reason(trap) == WEIR_TRAP_HOST_ERROR);
  wasm_frame_t* origin = wasm_trap_origin(trap);
  check_frame(origin, 2, "callback", instance);
  wasm_frame_t* const copy = wasm_frame_copy(origin);
  check_frame(copy, 2, "callback", instance);
  wasm_frame_delete(copy);
  wasm_frame_delete(origin);
  wasm_frame_vec_t trace;
  wasm_trap_trace(trap, &trace);
  CHECK(trace.size == 2);
  CHECK(weir_frame_is_host(trace.data[0]) && wasm_frame_func_index(trace.data[0]) == UINT32_MAX);
  CHECK(strcmp(weir_frame_func_name(trace.data[0]), "host.fail") == 0 && wasm_frame_instance(trace.data[0]) == NULL);
  check_frame(trace.data[1], 2, "callback", instance);
  wasm_frame_vec_delete(&trace);
  wasm_trap_t* const second = wasm_trap_copy(trap);
  CHECK(wasm_trap_same(trap, second));
  CHECK(is_trap(second, "callback abort"));
  CHECK(is_trap(trap, "callback abort"));

  /* The guest's own. */
  trap = call_void(inner);
  CHECK(weir_trap_reason(trap) == WEIR_TRAP_INTEGER_DIVIDE_BY_ZERO);
  CHECK(!weir_trap_memory_access(trap, NULL));
  uint32_t function = 0;
  uint64_t offset = 0;
  CHECK(weir_trap_function(trap, &function) && function == 3);
  origin = wasm_trap_origin(trap);
  check_frame(origin, 3, "deep", instance);
  CHECK(weir_trap_offset(trap, &offset) && offset == wasm_frame_module_offset(origin));
  wasm_frame_delete(origin);
  wasm_trap_trace(trap, &trace);
  CHECK(trace.size == 2 && strcmp(weir_frame_module_name(trace.data[0]), "traps") == 0);
  check_frame(trace.data[0], 3, "deep", instance);
  check_frame(trace.data[1], 4, "guest", instance);
  wasm_frame_vec_delete(&trace);
  CHECK(is_trap(trap, "integer divide by zero"));

  /* Through a host function: the whole stack. */
  trap = call_void(nested);
  CHECK(weir_trap_reason(trap) == WEIR_TRAP_INTEGER_DIVIDE_BY_ZERO);
  wasm_trap_trace(trap, &trace);
  CHECK(trace.size == 4);
  check_frame(trace.data[0], 3, "deep", instance);
  check_frame(trace.data[1], 4, "guest", instance);
  CHECK(weir_frame_is_host(trace.data[2]));
  check_frame(trace.data[3], 5, "nested", instance);
  wasm_frame_vec_delete(&trace);
  CHECK(is_trap(trap, "integer divide by zero"));

  /* Facts of a memory access, and the report. */
  trap = call_void(load_func);
  weir_memory_access_t access;
  CHECK(weir_trap_memory_access(trap, &access));
  CHECK(access.address == 0x20002 && access.base == 0x1fffe && access.offset == 4 && access.size == 8);
  CHECK(access.memory == 0 && access.memory_size == 0x10000 && !access.is_store);
  wasm_message_t report;
  weir_trap_report(trap, &report);
  CHECK(strstr(report.data, "out of bounds memory access") != NULL && strstr(report.data, "load") != NULL);
  CHECK(strlen(report.data) + 1 == report.size);
  wasm_byte_vec_delete(&report);
  weir_trap_report_coloured(trap, &report);
  CHECK(strstr(report.data, "\x1b[1;31merror:\x1b[0m out of bounds") == report.data);
  CHECK(strlen(report.data) + 1 == report.size);
  wasm_byte_vec_delete(&report);
  weir_trap_report_json(trap, &report);
  CHECK(strstr(report.data, "{\"schema\":\"weir-trap-1\",\"reason\":\"out of bounds memory access\",") == report.data);
  CHECK(strstr(report.data, "\"memory_access\":{\"memory\":0,\"address\":131074,") != NULL);
  CHECK(strlen(report.data) + 1 == report.size);
  wasm_byte_vec_delete(&report);
  weir_trap_report_json(NULL, &report);
  CHECK(strstr(report.data, "\"reason\":\"none\"") != NULL);
  wasm_byte_vec_delete(&report);
  weir_trap_report_json(trap, NULL);
  CHECK(is_trap(trap, "out of bounds memory access"));

  /* A trap outlives every other reference. */
  trap = call_void(callback);
  wasm_func_delete(callback);
  wasm_func_delete(inner);
  wasm_func_delete(nested);
  wasm_func_delete(load_func);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  origin = wasm_trap_origin(trap);
  CHECK(wasm_frame_func_index(origin) == 2);
  wasm_frame_delete(origin);
  CHECK(is_trap(trap, "callback abort"));
  return 0;
}
