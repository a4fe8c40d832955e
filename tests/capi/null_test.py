#!/usr/bin/env python3
"""Every function of both headers called with NULL for each pointer and 0 for each number: nothing crashes, and pointers
come back as NULL, numbers as 0, unless the header says otherwise."""

import sys

import binding

# These have something to give without an argument.
GIVES = {
    "wasm_config_new": "a configuration", "wasm_engine_new": "an engine",
    "wasm_engine_new_with_config": "an engine with the defaults", "wasm_memorytype_new": "from 0 without a maximum",
    "wasm_functype_new": "a function without parameters and results", "wasm_valtype_new": "kind 0 is i32",
    "wasm_frame_func_index": "UINT32_MAX: no function", "wasm_func_call": "a trap that says so", "weir_version": "text",
    "weir_error_message": "the empty string", "weir_error_kind_name": "0 is a kind", "weir_trap_reason_name": "0 too",
    "weir_frame_func_name": "the empty string", "weir_frame_module_name": "the empty string",
    "weir_allocator_name": "the empty string", "weir_wasi_config_new": "a configuration",
    "weir_wasi_capture_new": "a capture of 0 bytes", "weir_wasi_files_new": "0 bytes of files",
    "weir_region_kind_name": "0 too", "weir_has_backend": "0 is automatic, which there always is",
}
DELETE = {
    "wasm_config_new": "wasm_config_delete", "wasm_engine_new": "wasm_engine_delete",
    "wasm_engine_new_with_config": "wasm_engine_delete", "wasm_memorytype_new": "wasm_memorytype_delete",
    "wasm_functype_new": "wasm_functype_delete", "wasm_valtype_new": "wasm_valtype_delete",
    "wasm_func_call": "wasm_trap_delete", "weir_wasi_config_new": "weir_wasi_config_delete",
    "weir_wasi_capture_new": "weir_wasi_capture_delete", "weir_wasi_files_new": "weir_wasi_files_delete",
}
# Errors that are no errors: NULL means something here.
SUCCEEDS = {"weir_engine_new", "weir_wat_to_wasm"}


def main():
    library, functions = binding.load(binding.arguments())
    failures = []
    for function in functions:
        entry = getattr(library, function.name)
        result = entry(*[None if kind is binding.ctypes.c_void_p or kind is binding.ctypes.c_char_p else 0
                         for kind in entry.argtypes])
        is_error = function.result == "weir_error_t*" and function.name not in ("weir_take_error",)
        if is_error:
            if (result is None) != (function.name in SUCCEEDS):
                failures.append(f"{function.name}: {'no error' if result is None else 'an error'}")
            elif result is not None:
                message = library.weir_error_message(result).decode()
                if not message.startswith(function.name + ": the ") or not message.endswith(" is NULL"):
                    failures.append(f"{function.name}: the message is {message}")
                library.weir_error_delete(result)
        elif function.name.endswith("_same"):
            if result is not True:
                failures.append(f"{function.name}: NULL differs from NULL")
        elif function.name in GIVES:
            if not result and result != b"" and function.name != "wasm_valtype_new":
                failures.append(f"{function.name}: {result}, expected {GIVES[function.name]}")
            if function.name in DELETE:
                getattr(library, DELETE[function.name])(result)
        elif result:
            failures.append(f"{function.name}: {result}")
        library.weir_error_delete(library.weir_take_error())
    for failure in failures:
        print(failure)
    print(f"{len(functions)} functions, {len(failures)} failures")
    return 1 if failures or len(functions) < 300 else 0


sys.exit(main())
