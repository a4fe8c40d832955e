(func (;a (;b;) ;) f32.const -0x1.8p-149 f32.const 3.4028234663852886e38 f32.const nan:0x1 f64.const 1e-400
  f64.const 0.1 f64.const -inf i32.const 0x8000_0000 i64.const -9223372036854775808
  v128.const i8x16 0 -1 2 3 4 5 6 7 8 9 10 11 12 13 14 255 v128.const f32x4 1 nan inf -0
  i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 v128.load8_lane offset=1 align=1 15 drop) ;; end
(memory 1)
