;; Results that differ from what is expected. Commands marked by a comment must fail, the others pass.

(module
  (func (export "i32") (result i32) (i32.const 7))
  (func (export "i64") (result i64) (i64.const 7))
  (func (export "f32") (result f32) (f32.const 1))
  (func (export "f64") (result f64) (f64.const 1))
  (func (export "zero") (result f64) (f64.const 0))
  (func (export "canonical32") (result f32) (f32.const nan))
  (func (export "canonical64") (result f64) (f64.const -nan))
  (func (export "arithmetic32") (result f32) (f32.const nan:0x600000))
  (func (export "signalling32") (result f32) (f32.const nan:0x200000))
  (func (export "signalling64") (result f64) (f64.const nan:0x1))
  (func (export "none"))
  (func (export "two") (result i32 i64) (i32.const 1) (i64.const 2))
  (func (export "null") (result funcref) (ref.null func))
  (func (export "same") (param externref) (result externref) (local.get 0))
  (func $f (export "func") (result funcref) (ref.func $f))
  (func (export "identity") (param i32) (result i32) (local.get 0))
  (global (export "g") i32 (i32.const 42))
)

(assert_return (invoke "i32") (i32.const 7))
(assert_return (invoke "i32") (i32.const 8)) ;; fails: another value
(assert_return (invoke "i32") (i64.const 7)) ;; fails: another type
(assert_return (invoke "i32")) ;; fails: a result too many
(assert_return (invoke "none"))
(assert_return (invoke "none") (i32.const 7)) ;; fails: a result too few
(assert_return (invoke "i64") (i64.const -7)) ;; fails: another value
(assert_return (invoke "f32") (f32.const 1.0000001)) ;; fails: another value
(assert_return (invoke "f64") (f64.const 1.0000000000000002)) ;; fails: another value
(assert_return (invoke "f64") (f32.const 1)) ;; fails: another type
(assert_return (invoke "zero") (f64.const 0))
(assert_return (invoke "zero") (f64.const -0)) ;; fails: another sign

(assert_return (invoke "canonical32") (f32.const nan:canonical))
(assert_return (invoke "canonical32") (f32.const nan:arithmetic))
(assert_return (invoke "canonical64") (f64.const nan:canonical))
(assert_return (invoke "arithmetic32") (f32.const nan:arithmetic))
(assert_return (invoke "arithmetic32") (f32.const nan:canonical)) ;; fails: not canonical
(assert_return (invoke "signalling32") (f32.const nan:arithmetic)) ;; fails: not arithmetic
(assert_return (invoke "signalling64") (f64.const nan:arithmetic)) ;; fails: not arithmetic
(assert_return (invoke "signalling32") (f32.const nan:0x200000))
(assert_return (invoke "signalling32") (f32.const nan:0x200001)) ;; fails: another payload
(assert_return (invoke "f32") (f32.const nan:canonical)) ;; fails: not a NaN
(assert_return (invoke "f64") (f64.const nan:arithmetic)) ;; fails: not a NaN
(assert_return (invoke "canonical32") (f64.const nan:canonical)) ;; fails: another type

(assert_return (invoke "two") (i32.const 1) (i64.const 2))
(assert_return (invoke "two") (i32.const 1)) ;; fails: a result too many
(assert_return (invoke "two") (i32.const 1) (i64.const 3)) ;; fails: the second differs

(assert_return (invoke "null") (ref.null func))
(assert_return (invoke "null") (ref.func)) ;; fails: null
(assert_return (invoke "func") (ref.func))
(assert_return (invoke "func") (ref.null func)) ;; fails: not null
(assert_return (invoke "same" (ref.extern 1)) (ref.extern 1))
(assert_return (invoke "same" (ref.extern 1)) (ref.extern 2)) ;; fails: another reference
(assert_return (invoke "same" (ref.extern 1)) (ref.null extern)) ;; fails: not null
(assert_return (invoke "same" (ref.null extern)) (ref.null extern))
(assert_return (invoke "same" (ref.null extern)) (ref.extern 0)) ;; fails: null

(assert_return (get "g") (i32.const 42))
(assert_return (get "g") (i32.const 43)) ;; fails: another value
(assert_return (get "h") (i32.const 42)) ;; fails: no such export
(assert_return (get "i32") (i32.const 7)) ;; fails: not a global
(assert_return (invoke "g") (i32.const 42)) ;; fails: not a function
(assert_return (invoke "absent")) ;; fails: no such export
(assert_return (invoke "identity") (i32.const 0)) ;; fails: no argument
(assert_return (invoke "identity" (i64.const 0)) (i32.const 0)) ;; fails: an argument of another type
(assert_return (invoke $nowhere "i32") (i32.const 7)) ;; fails: no such module
