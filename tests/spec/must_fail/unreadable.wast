;; A script that is no list of forms cannot be read at all: one failure, whatever else stands in it.

(module (func (export "f")))
(assert_return (invoke "f"))
(assert_return (invoke "f") (i32.const 1) ;; fails: the parenthesis is never closed
