;; Links that are refused or not, against what is claimed of them. Marked commands must fail, the others pass.

(module $M (func (export "f") (param i32)) (memory (export "m") 1 2) (global (export "g") i32 (i32.const 1)))
(register "M" $M)
(register "N" $nowhere) ;; fails: no such module

(module (import "M" "f" (func (param i32))))
(module (import "M" "f" (func (param i64)))) ;; fails: another type
(module (import "spectest" "print_i32" (func (param i32))) (import "spectest" "global_i32" (global i32)))

(assert_unlinkable (module (import "M" "f" (func (param i64)))) "incompatible import type")
(assert_unlinkable (module (import "M" "f" (func (param i64)))) "unknown import") ;; fails: other words
(assert_unlinkable (module (import "M" "f" (func (param i32)))) "incompatible import type") ;; fails: links
(assert_unlinkable (module (import "M" "h" (func (param i32)))) "unknown import")
(assert_unlinkable (module (import "M" "h" (func (param i32)))) "incompatible import type") ;; fails: other words
(assert_unlinkable (module (import "M" "m" (memory 2))) "incompatible import type")
(assert_unlinkable (module (import "M" "m" (memory 1))) "incompatible import type") ;; fails: links
(assert_unlinkable (module (import "M" "g" (global (mut i32)))) "incompatible import type")
(assert_unlinkable (module (import "spectest" "table" (table 11 funcref))) "incompatible import type")
(assert_unlinkable (module (import "spectest" "table" (table 10 funcref))) "incompatible import type") ;; fails: links
(assert_unlinkable (module (func (result i32))) "unknown import") ;; fails: invalid, not a link error
(assert_unlinkable (module (func $f (unreachable)) (start $f)) "unreachable") ;; fails: a trap, not a link error
