(func $f (param $p i32) (result i32 i32)
  (block $b (result i32)
    (if $i (result i32) (br_if $b (i32.const 1) (local.get $p))
      (then (loop $l (br_table 0 $i $l $b (i32.const 3) (local.get $p))) unreachable)
      (else i32.const 4)))
  block $"q \u{202e}" (param i32) (result i32 i32)
    (select (result i32) (i32.const 1) (local.get $p) (i32.const 0))
    br $"q \u{202e}"
  end $"q \u{202e}"
  (if (local.get 0) (then nop) (else return)))
