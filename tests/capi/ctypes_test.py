#!/usr/bin/env python3
"""A program in Python, without a build step: load a module, call it, define a host function, limits, fuel, traps."""

import ctypes
import json
import re
import sys
import unittest

import binding

LIBRARY, _ = binding.load(binding.arguments())
I32, I64, F32, F64, EXTERNREF, FUNCREF = 0, 1, 2, 3, 128, 129


class Union(ctypes.Union):
    _fields_ = [("i32", ctypes.c_int32), ("i64", ctypes.c_int64), ("f32", ctypes.c_float), ("f64", ctypes.c_double),
                ("ref", ctypes.c_void_p)]


class Val(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_uint8), ("of", Union)]


class ValVec(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("data", ctypes.POINTER(Val))]


class Bytes(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("data", ctypes.POINTER(ctypes.c_char))]

    def take(self):
        """The bytes as Python's own; the vector is deleted."""
        result = ctypes.string_at(self.data, self.size)
        LIBRARY.wasm_byte_vec_delete(ctypes.byref(self))
        return result


class StoreLimits(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in
                ("memory_size", "total_memory", "table_elements", "instances", "tables", "memories")]
    _fields_ += [("trap_on_grow_failure", ctypes.c_bool)]

    def __init__(self, **values):
        super().__init__(*[2**64 - 1] * 6, False)
        for name, value in values.items():
            setattr(self, name, value)


class MemoryAccess(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("address", "base", "offset", "size", "memory_size")]
    _fields_ += [("memory", ctypes.c_uint32), ("is_store", ctypes.c_bool)]


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ValVec),
                            ctypes.POINTER(ValVec))


class WeirError(Exception):
    def __init__(self, error):
        super().__init__(LIBRARY.weir_error_message(error).decode())
        self.kind = LIBRARY.weir_error_kind_name(LIBRARY.weir_error_kind(error)).decode()
        self.trap = LIBRARY.weir_error_trap(error)
        LIBRARY.weir_error_delete(error)

    def __del__(self):
        LIBRARY.wasm_trap_delete(self.trap)


def check(error):
    if error is not None:
        raise WeirError(error)


GUEST = b"""(module $guest
  (import "host" "add" (func $add (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $fac (export "fac") (param $n i64) (result i64)
    (if (result i64) (i64.eqz (local.get $n)) (then (i64.const 1))
      (else (i64.mul (local.get $n) (call $fac (i64.sub (local.get $n) (i64.const 1)))))))
  (func (export "sum") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func $store (export "poke") (param i32) (i64.store offset=8 (local.get 0) (i64.const 1)))
  (global $alive (mut i32) (i32.const 0))
  (func (export "malloc") (param i32) (result i32)
    (global.set $alive (i32.add (global.get $alive) (i32.const 1))) (i32.const 4096))
  (func (export "free") (param i32) (global.set $alive (i32.sub (global.get $alive) (i32.const 1))))
  (func (export "alive") (result i32) (global.get $alive))
  (func (export "spin") (loop (br 0))))"""


class CtypesTest(unittest.TestCase):
    def setUp(self):
        config = LIBRARY.wasm_config_new()
        LIBRARY.weir_config_set_fuel(config, True)
        self.engine = LIBRARY.wasm_engine_new_with_config(config)
        self.store = LIBRARY.wasm_store_new(self.engine)
        check(LIBRARY.weir_store_set_fuel(self.store, 1000000))
        self.linker = LIBRARY.weir_linker_new(self.engine)
        self.calls = []
        self.callback = CALLBACK(self.add)
        params, results = Bytes(), Bytes()  # vectors have one layout
        LIBRARY.wasm_valtype_vec_new_uninitialized(ctypes.byref(params), 2)
        LIBRARY.wasm_valtype_vec_new_uninitialized(ctypes.byref(results), 1)
        for vec, count in ((params, 2), (results, 1)):
            types = ctypes.cast(vec.data, ctypes.POINTER(ctypes.c_void_p))
            for i in range(count):
                types[i] = LIBRARY.wasm_valtype_new(I32)
        functype = LIBRARY.wasm_functype_new(ctypes.byref(params), ctypes.byref(results))
        check(LIBRARY.weir_linker_define_func(self.linker, b"host", b"add", functype, self.callback, None, None))
        LIBRARY.wasm_functype_delete(functype)
        self.instance = self.instantiate(GUEST)

    def tearDown(self):
        LIBRARY.wasm_instance_delete(self.instance)
        LIBRARY.weir_linker_delete(self.linker)
        LIBRARY.wasm_store_delete(self.store)
        LIBRARY.wasm_engine_delete(self.engine)

    def add(self, _env, _caller, args, results):
        a, b = args.contents.data[0].of.i32, args.contents.data[1].of.i32
        self.calls.append((a, b))
        if a == 13:
            text = b"unlucky"
            message = Bytes(len(text), ctypes.cast(text, ctypes.POINTER(ctypes.c_char)))
            return LIBRARY.wasm_trap_new(self.store, ctypes.byref(message))
        results.contents.data[0].of.i32 = a + b
        return None

    def instantiate(self, text):
        module, instance = ctypes.c_void_p(), ctypes.c_void_p()
        check(LIBRARY.weir_module_new_from_text(self.store, text, len(text), ctypes.byref(module)))
        try:
            check(LIBRARY.weir_linker_instantiate(self.linker, self.store, module, ctypes.byref(instance)))
        finally:
            LIBRARY.wasm_module_delete(module)
        return instance

    def call(self, name, *args, kind=I32):
        func = LIBRARY.weir_instance_func(self.instance, name)
        self.assertIsNotNone(func)
        values = (Val * max(1, len(args)))()
        for value, arg in zip(values, args):
            value.kind = kind
            value.of.i64 = arg
        results = (Val * 1)()
        given, got = ValVec(len(args), values), ValVec(LIBRARY.wasm_func_result_arity(func), results)
        try:
            check(LIBRARY.weir_func_call(func, ctypes.byref(given), ctypes.byref(got)))
        finally:
            LIBRARY.wasm_func_delete(func)
        return results[0].of.i32 if kind == I32 else results[0].of.i64

    def test_calls(self):
        self.assertEqual(self.call(b"sum", 40, 2), 42)
        self.assertEqual(self.call(b"fac", 20, kind=I64), 2432902008176640000)
        self.assertEqual(self.calls, [(40, 2)])

    def test_host_functions_that_trap(self):
        with self.assertRaisesRegex(WeirError, "^unlucky$") as caught:
            self.call(b"sum", 13, 1)
        self.assertEqual(caught.exception.kind, "host")
        self.assertEqual(LIBRARY.weir_trap_reason(caught.exception.trap), 15)  # WEIR_TRAP_HOST_ERROR

    def test_wrong_use(self):
        with self.assertRaisesRegex(WeirError, "argument 1") as caught:
            self.call(b"sum", 1, 1, kind=I64)
        self.assertEqual(caught.exception.kind, "usage")
        with self.assertRaises(WeirError) as caught:
            self.instantiate(b"(module (func (result i32)))")
        self.assertEqual(caught.exception.kind, "invalid")
        with self.assertRaisesRegex(WeirError, '"no" "such"') as caught:
            self.instantiate(b'(module (import "no" "such" (func)))')
        self.assertEqual(caught.exception.kind, "link")

    def test_limits(self):
        check(LIBRARY.weir_store_set_limits(self.store, ctypes.byref(StoreLimits(memory_size=2 * 65536))))
        self.assertEqual(self.call(b"grow", 1), 1)
        self.assertEqual(self.call(b"grow", 1), -1)
        limits = StoreLimits(memory_size=2 * 65536, trap_on_grow_failure=True)
        check(LIBRARY.weir_store_set_limits(self.store, ctypes.byref(limits)))
        with self.assertRaisesRegex(WeirError, "131072") as caught:
            self.call(b"grow", 1)
        self.assertEqual(caught.exception.kind, "trap")

    def test_fuel(self):
        with self.assertRaises(WeirError) as caught:
            self.call(b"spin")
        self.assertEqual(caught.exception.kind, "exhausted")
        fuel = ctypes.c_uint64(1)
        check(LIBRARY.weir_store_fuel(self.store, ctypes.byref(fuel)))
        self.assertEqual(fuel.value, 0)

    def test_trap_report(self):
        with self.assertRaises(WeirError) as caught:
            self.call(b"poke", 65530)
        access = MemoryAccess()
        self.assertTrue(LIBRARY.weir_trap_memory_access(caught.exception.trap, ctypes.byref(access)))
        self.assertEqual((access.address, access.base, access.offset, access.size, access.memory_size, access.is_store),
                         (65538, 65530, 8, 8, 65536, True))
        report = Bytes()
        LIBRARY.weir_trap_report(caught.exception.trap, ctypes.byref(report))
        text = report.take().decode()
        self.assertIn("out of bounds memory access", text)
        self.assertIn("store", text)
        self.assertTrue(text.endswith("\0"))
        LIBRARY.weir_trap_report_coloured(caught.exception.trap, ctypes.byref(report))
        self.assertEqual(re.sub("\x1b\\[[0-9;]*m", "", report.take().decode()), text)
        LIBRARY.weir_trap_report_json(caught.exception.trap, ctypes.byref(report))
        facts = json.loads(report.take().decode().rstrip("\0"))
        self.assertEqual(facts["schema"], "weir-trap-1")
        self.assertEqual(facts["reason"], "out of bounds memory access")
        self.assertEqual(facts["memory_access"], {"memory": 0, "address": 65538, "base": 65530, "offset": 8, "size": 8,
                                                  "memory_size": 65536, "is_store": True})
        self.assertEqual([frame["name"] for frame in facts["frames"]], ["store"])

    def test_report_of_a_refused_growth(self):
        limits = StoreLimits(memory_size=65536, trap_on_grow_failure=True)
        check(LIBRARY.weir_store_set_limits(self.store, ctypes.byref(limits)))
        with self.assertRaises(WeirError) as caught:
            self.call(b"grow", 2)
        report = Bytes()
        LIBRARY.weir_trap_report_json(caught.exception.trap, ctypes.byref(report))
        facts = json.loads(report.take().decode().rstrip("\0"))
        limit = {"name": "memory_size", "asked": 3 * 65536, "in_use": 65536, "allowed": 65536}
        self.assertEqual(facts["limit"], limit)
        self.assertEqual([(each["by"], each["limit"]) for each in facts["refused_growths"]], [(2, limit)])

    def test_exchange(self):
        allocator, buffer = ctypes.c_void_p(), ctypes.c_void_p()
        check(LIBRARY.weir_allocator_discover(self.instance, ctypes.byref(allocator)))
        check(LIBRARY.weir_allocator_put_bincode_string(allocator, b"str", 3, ctypes.byref(buffer)))
        self.assertEqual((self.call(b"alive"), LIBRARY.weir_buffer_address(buffer), LIBRARY.weir_buffer_size(buffer)),
                         (1, 4096, 11))
        memory = LIBRARY.weir_instance_memory(self.instance, b"memory")
        self.assertEqual(ctypes.string_at(LIBRARY.wasm_memory_data(memory) + 4096, 12), b"\3\0\0\0\0\0\0\0str\0")
        LIBRARY.wasm_memory_delete(memory)
        # The guest hands out the same place again: that is found out.
        with self.assertRaisesRegex(WeirError, "4096|0x1000") as caught:
            check(LIBRARY.weir_allocator_allocate(allocator, 8, 1, ctypes.byref(ctypes.c_void_p())))
        self.assertEqual(caught.exception.kind, "guest")
        alive = self.call(b"alive")
        check(LIBRARY.weir_buffer_free(buffer))
        self.assertEqual(self.call(b"alive"), alive - 1)
        LIBRARY.weir_allocator_delete(allocator)

    def test_memory(self):
        memory = LIBRARY.weir_instance_memory(self.instance, b"memory")
        check(LIBRARY.weir_memory_write(memory, 100, b"bytes", 5))
        data = LIBRARY.wasm_memory_data(memory)
        size = LIBRARY.wasm_memory_data_size(memory)
        self.assertEqual(size, 65536)
        self.assertEqual(ctypes.string_at(data + 98, 9), b"\0\0bytes\0\0")
        with self.assertRaisesRegex(WeirError, "out of bounds"):
            check(LIBRARY.weir_memory_write(memory, size - 4, b"bytes", 5))
        LIBRARY.wasm_memory_delete(memory)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
