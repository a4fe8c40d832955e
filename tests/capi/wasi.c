/* WASI programs: what they are given, what they write, how they end. */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <sys/socket.h>
#include <unistd.h>

/* Copies standard input to standard output and then the file /data/greeting, writes the number of arguments as a digit
 * to the standard error stream, and exits with 7 if there are three arguments. */
static const char program[] =
    "(module"
    "  (import \"wasi_snapshot_preview1\" \"fd_read\" (func $fd_read (param i32 i32 i32 i32) (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"fd_write\" (func $fd_write (param i32 i32 i32 i32) (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"args_sizes_get\" (func $args_sizes_get (param i32 i32) (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"path_open\""
    "    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"random_get\" (func $random_get (param i32 i32) (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $proc_exit (param i32)))"
    "  (memory (export \"memory\") 1)"
    "  (data (i32.const 64) \"greeting\")"
    /* 0: pointer and length of the buffer at 1024; 16: number of bytes; 20, 24: argument sizes; 28: descriptor */
    "  (func $copy (param $from i32) (param $to i32)"
    "    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 256))"
    "    (if (call $fd_read (local.get $from) (i32.const 0) (i32.const 1) (i32.const 16)) (then (unreachable)))"
    "    (i32.store (i32.const 4) (i32.load (i32.const 16)))"
    "    (if (call $fd_write (local.get $to) (i32.const 0) (i32.const 1) (i32.const 16)) (then (unreachable))))"
    "  (func (export \"say\") (param $to i32) (result i32)"
    "    (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 8))"
    "    (call $fd_write (local.get $to) (i32.const 0) (i32.const 1) (i32.const 16)))"
    "  (func (export \"random\") (result i32)"
    "    (drop (call $random_get (i32.const 2000) (i32.const 4))) (i32.load (i32.const 2000)))"
    "  (func (export \"_start\")"
    "    (call $copy (i32.const 0) (i32.const 1))"
    "    (if (call $path_open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 8) (i32.const 0) (i64.const 2)"
    "          (i64.const 0) (i32.const 0) (i32.const 28)) (then (unreachable)))"
    "    (call $copy (i32.load (i32.const 28)) (i32.const 1))"
    "    (drop (call $args_sizes_get (i32.const 20) (i32.const 24)))"
    "    (i32.store8 (i32.const 1024) (i32.add (i32.const 48) (i32.load (i32.const 20))))"
    "    (i32.store (i32.const 4) (i32.const 1))"
    "    (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16)))"
    "    (if (i32.eq (i32.load (i32.const 20)) (i32.const 3)) (then (call $proc_exit (i32.const 7))))))";

static bool took(weir_wasi_capture_t* capture, const char* expected) {
  wasm_byte_vec_t text;
  weir_wasi_capture_take(capture, &text);
  const bool good = text.size == strlen(expected) && (text.size == 0 || memcmp(text.data, expected, text.size) == 0);
  wasm_byte_vec_delete(&text);
  return good;
}

static int32_t random_number(const wasm_instance_t* instance) {
  wasm_func_t* const func = weir_instance_func(instance, "random");
  const int32_t number = call0(func);
  wasm_func_delete(func);
  return number;
}

int main(void) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  weir_linker_t* const linker = weir_linker_new(engine);
  CHECK_OK(weir_linker_define_wasi(linker));
  wasm_module_t* const module = load(store, program);
  wasm_instance_t* instance = NULL;
  CHECK_OK(weir_linker_instantiate(linker, store, module, &instance));

  /* Without a configuration the functions trap. */
  uint32_t status = 99;
  weir_error_t* error = weir_wasi_run(instance, &status);
  CHECK(error != NULL && status == 0 && !weir_error_exit_status(error, NULL));
  weir_error_delete(error);

  weir_wasi_capture_t* const out = weir_wasi_capture_new(1000);
  weir_wasi_capture_t* const err = weir_wasi_capture_new(1000);
  weir_wasi_files_t* const files = weir_wasi_files_new(1u << 20);
  CHECK(weir_wasi_files_write(files, "greeting", "good day", 8));
  int32_t numbers[2];
  for (int round = 0; round < 2; ++round) {
    weir_wasi_config_t* const config = weir_wasi_config_new();
    weir_wasi_config_add_arg(config, "program");
    weir_wasi_config_add_arg(config, "one");
    if (round == 1) {
      weir_wasi_config_add_arg(config, "two");
    }
    weir_wasi_config_set_env(config, "HOME", "/");
    weir_wasi_config_set_stdin(config, "input ", 6);
    weir_wasi_config_capture_stdout(config, out);
    weir_wasi_config_capture_stderr(config, err);
    weir_wasi_config_mount(config, files, "/data", true);
    weir_wasi_config_set_deterministic(config, 1234, 0);
    CHECK_OK(weir_store_set_wasi(store, config));
    CHECK_OK(weir_wasi_run(instance, &status));
    CHECK(status == (round == 0 ? 0u : 7u));
    CHECK(took(out, "input good day") && took(err, round == 0 ? "2" : "3") && took(out, ""));
    numbers[round] = random_number(instance);
  }
  CHECK(numbers[0] == numbers[1]);

  /* A program's end seen from an ordinary call. */
  weir_wasi_config_t* const config = weir_wasi_config_new();
  weir_wasi_config_add_arg(config, "a");
  weir_wasi_config_add_arg(config, "b");
  weir_wasi_config_add_arg(config, "c");
  weir_wasi_config_set_stdin(config, NULL, 0);
  weir_wasi_config_mount(config, files, "/data", false);
  CHECK_OK(weir_store_set_wasi(store, config));
  wasm_func_t* const start = weir_instance_func(instance, "_start");
  wasm_trap_t* const trap = wasm_func_call(start, NULL, NULL);
  CHECK(weir_trap_exit_status(trap, &status) && status == 7);
  wasm_trap_delete(trap);
  wasm_func_delete(start);

  weir_wasi_config_t* const wrong = weir_wasi_config_new();
  weir_wasi_config_preopen(wrong, "/there is no such folder", "/", true);
  CHECK(is_error(weir_store_set_wasi(store, wrong), WEIR_ERROR_IO, "no such folder"));

  /* A socket is the first descriptor behind the streams. */
  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  weir_wasi_config_t* const connected = weir_wasi_config_new();
  weir_wasi_config_add_socket(connected, ends[0]);
  CHECK_OK(weir_store_set_wasi(store, connected));
  close(ends[0]);
  wasm_func_t* const say = weir_instance_func(instance, "say");
  CHECK(call1(say, 3) == 0);
  char said[16] = "";
  CHECK(read(ends[1], said, sizeof said) == 8 && strcmp(said, "greeting") == 0);
  CHECK(call1(say, 4) == 8); /* badf */
  close(ends[1]);
  wasm_func_delete(say);
  weir_wasi_config_t* const no_socket = weir_wasi_config_new();
  weir_wasi_config_add_socket(no_socket, -1);
  CHECK(is_error(weir_store_set_wasi(store, no_socket), WEIR_ERROR_IO, "socket"));

  wasm_byte_vec_t contents;
  CHECK(weir_wasi_files_read(files, "greeting", &contents) && contents.size == 8);
  wasm_byte_vec_delete(&contents);
  CHECK(!weir_wasi_files_read(files, "nothing", &contents) && contents.size == 0);

  weir_wasi_files_delete(files);
  weir_wasi_capture_delete(out);
  weir_wasi_capture_delete(err);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  weir_linker_delete(linker);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
