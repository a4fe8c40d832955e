/* A plugin that is not trusted: linked by name, with limits on memory, fuel and time, and a report when it traps.
 * usage: plugin FILE [NUMBER]    FILE (.wat or .wasm) exports run: [i32] -> [i32] and may import host.log: [i32 i32] ->
 * [] */
#include <stdio.h>
#include <stdlib.h>
#include <weir/weir.h>

/* Gives up: with the trap's report if the guest was stopped, else with the error's message. */
static void give_up(weir_error_t* error) {
  wasm_trap_t* trap = weir_error_trap(error);
  if (trap != NULL) {
    wasm_message_t report;
    weir_trap_report(trap, &report);
    fprintf(stderr, "%s\n", report.data);
    wasm_byte_vec_delete(&report);
  } else {
    fprintf(stderr, "%s: %s\n", weir_error_kind_name(weir_error_kind(error)), weir_error_message(error));
  }
  wasm_trap_delete(trap);
  weir_error_delete(error);
  exit(1);
}

static void must(weir_error_t* error) {
  if (error != NULL) {
    give_up(error);
  }
}

/* host.log(address, size): text in the caller's memory. */
static wasm_trap_t* log_text(void* env, weir_caller_t* caller, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  char text[200];
  wasm_memory_t* memory = weir_caller_memory(caller, 0);
  uint32_t size = (uint32_t)args->data[1].of.i32;
  wasm_trap_t* trap = NULL;
  (void)results;
  if (size >= sizeof text) {
    size = sizeof text - 1;
  }
  weir_error_t* error = weir_memory_read(memory, (uint32_t)args->data[0].of.i32, text, size);
  if (error == NULL) {
    text[size] = 0;
    fprintf(env, "plugin: %s\n", text);
  } else {
    wasm_message_t message;
    wasm_name_new_from_string_nt(&message, weir_error_message(error));
    trap = wasm_trap_new(weir_caller_store(caller), &message);
    wasm_byte_vec_delete(&message);
    weir_error_delete(error);
  }
  wasm_memory_delete(memory);
  return trap;
}

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: plugin FILE [NUMBER]\n");
    return 2;
  }
  wasm_config_t* config = wasm_config_new();
  weir_config_set_fuel(config, true);
  wasm_engine_t* engine = NULL;
  must(weir_engine_new(config, &engine));

  wasm_store_t* store = wasm_store_new(engine);
  weir_store_limits_t limits = WEIR_STORE_LIMITS_INIT;
  limits.memory_size = 16u << 20;
  limits.instances = 1;
  must(weir_store_set_limits(store, &limits));
  must(weir_store_set_fuel(store, 10 * 1000 * 1000));
  must(weir_store_set_deadline(store, UINT64_C(2000000000)));

  weir_linker_t* linker = weir_linker_new(engine);
  wasm_functype_t* type = wasm_functype_new_2_0(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  must(weir_linker_define_func(linker, "host", "log", type, &log_text, stdout, NULL));
  wasm_functype_delete(type);

  wasm_module_t* module = NULL;
  wasm_instance_t* instance = NULL;
  must(weir_module_new_from_file(store, argv[1], &module));
  must(weir_linker_instantiate(linker, store, module, &instance));
  wasm_func_t* run = weir_instance_func(instance, "run");
  if (run == NULL) {
    give_up(weir_take_error());
  }

  wasm_val_t args[] = {WASM_I32_VAL(argc > 2 ? atoi(argv[2]) : 0)};
  wasm_val_t results[] = {WASM_I32_VAL(0)};
  wasm_val_vec_t args_vec = WASM_ARRAY_VEC(args);
  wasm_val_vec_t results_vec = WASM_ARRAY_VEC(results);
  must(weir_func_call(run, &args_vec, &results_vec));
  uint64_t fuel = 0;
  must(weir_store_fuel(store, &fuel));
  printf("run = %d, after %d instructions\n", results[0].of.i32, (int)(10 * 1000 * 1000 - fuel));

  wasm_func_delete(run);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  weir_linker_delete(linker);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
