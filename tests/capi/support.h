/* What the test programs in C share. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir/weir.h>

/* Ends the program when the condition does not hold; also in release builds. */
#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) {                                                             \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                      \
    }                                                                               \
  } while (0)

/* Deletes an error that is expected to be NULL, showing it if it is not. */
#define CHECK_OK(call)                                                                                \
  do {                                                                                                \
    weir_error_t* const check_error = (call);                                                         \
    if (check_error != NULL) {                                                                        \
      fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, weir_error_message(check_error)); \
      exit(1);                                                                                        \
    }                                                                                                 \
  } while (0)

/* Whether the error is of this kind and its message contains the text; deletes it. */
static inline bool is_error(weir_error_t* error, weir_error_kind_t kind, const char* text) {
  const bool good = error != NULL && weir_error_kind(error) == kind && strstr(weir_error_message(error), text) != NULL;
  if (!good) {
    fprintf(stderr, "expected %s with \"%s\", got %s: %s\n", weir_error_kind_name(kind), text,
            error != NULL ? weir_error_kind_name(weir_error_kind(error)) : "success", weir_error_message(error));
  }
  weir_error_delete(error);
  return good;
}

/* Whether the trap's message is this text; deletes the trap. */
static inline bool is_trap(wasm_trap_t* trap, const char* text) {
  wasm_message_t message;
  wasm_trap_message(trap, &message);
  const bool good = trap != NULL && message.size > 0 && message.data[message.size - 1] == 0 &&
                    strstr(message.data, text) == message.data;
  if (!good) {
    fprintf(stderr, "expected the trap \"%s\", got \"%s\"\n", text, trap != NULL ? message.data : "(none)");
  }
  wasm_byte_vec_delete(&message);
  wasm_trap_delete(trap);
  return good;
}

/* A module in the binary format; the program ends if the text is not one. */
static inline void to_wasm(const char* wat, wasm_byte_vec_t* out) { CHECK_OK(weir_wat_to_wasm(wat, strlen(wat), out)); }

static inline wasm_module_t* load(wasm_store_t* store, const char* wat) {
  wasm_byte_vec_t binary;
  to_wasm(wat, &binary);
  wasm_module_t* const module = wasm_module_new(store, &binary);
  wasm_byte_vec_delete(&binary);
  CHECK(module != NULL);
  return module;
}

/* Loads and instantiates, with imports in order. */
static inline wasm_instance_t* instantiate(wasm_store_t* store, const char* wat, const wasm_extern_vec_t* imports) {
  wasm_module_t* const module = load(store, wat);
  wasm_trap_t* trap = NULL;
  wasm_instance_t* const instance = wasm_instance_new(store, module, imports, &trap);
  if (trap != NULL) {
    wasm_message_t message;
    wasm_trap_message(trap, &message);
    fprintf(stderr, "%s\n", message.data);
  }
  CHECK(instance != NULL);
  wasm_module_delete(module);
  return instance;
}

/* Calls with i32 arguments; the result is one i32, or the program ends. */
static inline int32_t call_i32(const wasm_func_t* func, size_t count, const int32_t* arguments) {
  wasm_val_t args[8];
  CHECK(count <= 8);
  for (size_t i = 0; i < count; ++i) {
    args[i].kind = WASM_I32;
    args[i].of.i32 = arguments[i];
  }
  wasm_val_t results[1] = {WASM_I32_VAL(0)};
  wasm_val_vec_t args_vec = {count, args};
  wasm_val_vec_t results_vec = WASM_ARRAY_VEC(results);
  wasm_trap_t* const trap = wasm_func_call(func, &args_vec, &results_vec);
  if (trap != NULL) {
    wasm_message_t message;
    wasm_trap_message(trap, &message);
    fprintf(stderr, "trap: %s\n", message.data);
    exit(1);
  }
  CHECK(results[0].kind == WASM_I32);
  return results[0].of.i32;
}
static inline int32_t call0(const wasm_func_t* func) { return call_i32(func, 0, NULL); }
static inline int32_t call1(const wasm_func_t* func, int32_t a) { return call_i32(func, 1, &a); }
static inline int32_t call2(const wasm_func_t* func, int32_t a, int32_t b) {
  const int32_t both[2] = {a, b};
  return call_i32(func, 2, both);
}
/* Calls a function without parameters and results. */
static inline wasm_trap_t* call_void(const wasm_func_t* func) { return wasm_func_call(func, NULL, NULL); }
