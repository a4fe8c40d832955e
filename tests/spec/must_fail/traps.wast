;; Traps that do not happen, that are not expected, and that are others. Marked commands must fail, the others pass.

(module $M
  (memory 1)
  (table 1 funcref)
  (func (export "fine") (result i32) (i32.const 1))
  (func (export "unreachable") (unreachable))
  (func (export "divide") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
  (func (export "load") (result i32) (i32.load (i32.const -1)))
  (func (export "null") (call_indirect (i32.const 0)))
  (func $runaway (export "runaway") (call $runaway))
)

(assert_trap (invoke "unreachable") "unreachable")
(assert_trap (invoke "unreachable") "unreach")
(assert_trap (invoke "unreachable") "unreachable executed") ;; fails: other words
(assert_trap (invoke "unreachable") "out of bounds memory access") ;; fails: another trap
(assert_trap (invoke "fine") "unreachable") ;; fails: returns
(assert_trap (invoke "divide" (i32.const 0)) "integer divide by zero")
(assert_trap (invoke "divide" (i32.const 0)) "integer overflow") ;; fails: another trap
(assert_trap (invoke "divide" (i32.const 1)) "integer divide by zero") ;; fails: returns
(assert_trap (invoke "load") "out of bounds memory access")
(assert_trap (invoke "load") "out of bounds table access") ;; fails: another trap
(assert_trap (invoke "null") "uninitialized element")
(assert_trap (invoke "null") "undefined element") ;; fails: another trap
(assert_trap (invoke "absent") "unreachable") ;; fails: no such export is not a trap
(assert_trap (invoke "divide") "integer divide by zero") ;; fails: a wrong call is not a trap
(assert_trap (invoke "runaway") "call stack exhausted") ;; fails: exhaustion is not a trap

(assert_exhaustion (invoke "runaway") "call stack exhausted")
(assert_exhaustion (invoke "runaway") "stack overflow") ;; fails: other words
(assert_exhaustion (invoke "fine") "call stack exhausted") ;; fails: returns
(assert_exhaustion (invoke "unreachable") "unreachable") ;; fails: a trap is not exhaustion

(assert_return (invoke "unreachable")) ;; fails: traps
(invoke "unreachable") ;; fails: traps
(invoke "fine")
(invoke "absent") ;; fails: no such export

(assert_exception (invoke "fine")) ;; fails: returns
(assert_exception (invoke "unreachable")) ;; fails: a trap is not an exception

(assert_trap (module (func $f (unreachable)) (start $f)) "unreachable")
(assert_trap (module (func $f) (start $f)) "unreachable") ;; fails: instantiates
(assert_trap (module (memory 1) (data (i32.const 65536) "a")) "out of bounds memory access")
(assert_trap (module (memory 1) (data (i32.const 65535) "a")) "out of bounds memory access") ;; fails: fits
(assert_trap (module (import "nowhere" "f" (func))) "unknown import") ;; fails: a link error is not a trap
(assert_trap (module (func (result i32))) "type mismatch") ;; fails: an invalid module is not a trap

;; A module assertion does not change the current instance.
(assert_return (invoke "fine") (i32.const 1))
(assert_return (invoke $M "fine") (i32.const 1))
