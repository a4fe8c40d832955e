(module quote "(func)") (module $a binary "\00asm\01\00\00\00") (register "a" $a)
(assert_return (invoke $a "f" (i32.const 1) (ref.extern 2)) (v128.const f32x4 nan:canonical 0 1 nan:arithmetic) (either (i32.const 1) (ref.null)))
(assert_trap (invoke "f") "x") (assert_malformed (module quote "(") "y") (assert_exhaustion (get "g") "z")
