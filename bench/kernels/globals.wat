;; Mutable globals as variables: what a guest's stack pointer does all day.
(module
  (global $a (mut i32) (i32.const 1))
  (global $b (mut i32) (i32.const 2))
  (global $c (mut i64) (i64.const 3))
  (func (export "run") (param $n i32) (result i32)
    (loop $again
      (global.set $a (i32.add (global.get $a) (global.get $b)))
      (global.set $c (i64.mul (global.get $c) (i64.const 6364136223846793005)))
      (global.set $c (i64.add (global.get $c) (i64.extend_i32_u (global.get $a))))
      (global.set $b (i32.xor (global.get $b) (i32.wrap_i64 (global.get $c))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.xor (global.get $a) (global.get $b))))
