;; Modules that are valid, invalid or malformed, against what is claimed of them. Marked commands must fail, the others
;; pass.

(assert_invalid (module (func (result i32))) "type mismatch")
(assert_invalid (module (func (result i32) (i32.const 0))) "type mismatch") ;; fails: valid
(assert_invalid (module binary "\00asm\01\00\00\00") "type mismatch") ;; fails: valid
(assert_invalid (module binary "\00asm\02\00\00\00") "unknown binary version") ;; fails: malformed, not invalid
(assert_invalid (module quote "(func (result i32))") "type mismatch")
(assert_invalid (module quote "(func (result i32)") "unexpected end") ;; fails: malformed, not invalid
(assert_invalid (module quote "(func (i32.nothing))") "unknown operator") ;; fails: malformed, not invalid

(assert_malformed (module quote "(func") "unexpected end")
(assert_malformed (module quote "(func)") "unexpected end") ;; fails: well-formed
(assert_malformed (module quote "(func (result i32))") "type mismatch") ;; fails: invalid, not malformed
(assert_malformed (module binary "\00asm\02\00\00\00") "unknown binary version")
(assert_malformed (module binary "\00asm\01\00\00\00") "unknown binary version") ;; fails: well-formed
(assert_malformed (module binary "") "unexpected end")
;; Section type: (func); function: of type 0; code: a body that leaves an i32 behind.
(assert_malformed
  (module binary
    "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\06\01\04\00\41\00\0b")
  "type mismatch") ;; fails: invalid, not malformed
(assert_invalid
  (module binary
    "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\06\01\04\00\41\00\0b")
  "type mismatch")

;; An implementation limit, and a feature that may be off, are neither malformed nor invalid.
(assert_malformed (module quote "(table 4294967295 funcref)") "too many") ;; fails: a limit
(assert_invalid (module quote "(table 4294967295 funcref)") "too many") ;; fails: a limit
(assert_malformed (module quote "(func (drop (v128.const i64x2 0 0)))") "unknown") ;; fails: unsupported at the most
(assert_invalid (module quote "(func (drop (v128.const i64x2 0 0)))") "unknown") ;; fails: unsupported at the most
(assert_malformed
  (module binary
    "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
    "\0a\17\01\15\00\fd\0c\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\1a\0b")
  "illegal opcode") ;; fails: v128.const is unsupported at the most

(module (func (export "old") (result i32) (i32.const 1)))
(assert_return (invoke "old") (i32.const 1))
(module (func (export "bad") (result i32))) ;; fails: invalid
(assert_return (invoke "old") (i32.const 1)) ;; fails: the failed module left no current instance
(invoke "old") ;; fails: for the same reason
(register "gone") ;; fails: for the same reason
(module quote "(func (export \"q\") (result i32) (i32.const 2)") ;; fails: malformed
(module quote "(func (export \"q\") (result i32) (i32.const 2))")
(assert_return (invoke "q") (i32.const 2))
(module binary "\00asm\01\00\00\00\ff") ;; fails: malformed
(module (import "nowhere" "f" (func))) ;; fails: nothing to link with
(module (func $f (unreachable)) (start $f)) ;; fails: traps
(module instance $I $absent) ;; fails: no such definition
(module definition $D (func (export "d") (result i32) (i32.const 3)))
(module instance $I $D)
(assert_return (invoke $I "d") (i32.const 3))
(assert_return (invoke $I "d") (i32.const 4)) ;; fails: another value
