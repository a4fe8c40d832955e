;; A plugin for plugin.c: counts down, greets, and reads past the end of its memory when it is given a negative number.
(module $plugin
  (import "host" "log" (func $log (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "counted down")
  (func $look (param $at i32) (result i32)
    (i32.load offset=4 (local.get $at)))
  (func (export "run") (param $n i32) (result i32)
    (if (i32.lt_s (local.get $n) (i32.const 0))
      (then (return (call $look (local.get $n)))))
    (loop $next
      (if (local.get $n)
        (then
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br $next))))
    (call $log (i32.const 16) (i32.const 12))
    (i32.const 7)))
