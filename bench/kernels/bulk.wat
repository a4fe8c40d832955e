;; memory.fill and memory.copy of small and middling sizes, as a C library's memset and memcpy would use them.
(module
  (memory 4)
  (func (export "run") (param $n i32) (result i32)
    (local $i i32) (local $sum i32) (local $size i32)
    (loop $again
      (local.set $size (i32.add (i32.and (i32.mul (local.get $i) (i32.const 2654435761)) (i32.const 1023)) (i32.const 1)))
      (memory.fill (i32.const 1000) (local.get $i) (local.get $size))
      (memory.copy (i32.const 70000) (i32.const 1000) (local.get $size))
      (memory.copy (i32.const 70100) (i32.const 70000) (local.get $size))
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.add (i32.const 70099) (local.get $size)))))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $sum)))
