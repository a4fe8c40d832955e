;; A guest with the exact memory layout of the founding case, whatever compiler is installed.
;;
;;   shadow stack   [0, 0x100000)          grows down; global 0 is the stack pointer
;;   static data    [0x100000, 0x102168)   five active data segments
;;   .bss           [0x102168, 0x1023a8)   zero at the start, not in the binary; the allocator's state is in it:
;;                  0x10231c                 the first free chunk, 0 when there is none
;;                  0x102320                 the end of the heap, 0 before the first allocation
;;                                         (compiled code would keep its other variables in the rest)
;;   heap           from 0x1023a8          the first chunk; its bytes for the user begin at 0x1023b0
;;   at the start   0x110000 bytes         17 pages, no maximum
;;
;; It deserialises what bincode makes of a string: 8 bytes of length, little endian, then the text in UTF-8.
;;
;; Fed wrongly, with such bytes written straight to offset 0 (n KiB of 'A', so 8 + n * 1024 bytes):
;;   n <= 1023   the write ends below the frames of the functions: it survives, by luck
;;   n >= 1024   it covers frames and static data; nothing traps, for every byte that the frames then put into the text
;;               is below 0x80 (cursors and sizes only: see deserialize)
;;   n =  1033   it ends at 0x102408 and covers the allocator's state: the first free chunk is 0x41414141, "AAAA", and
;;               allocate loads 4 bytes at offset 4 through it: out of bounds at 0x41414145
(module
  (memory (export "memory") 17)

  (global $stack_pointer (mut i32) (i32.const 0x100000))

  ;; init(length) -> pointer: gives the host `length` bytes to fill. They are the host's until deinit(pointer, length).
  (func $init (export "init") (param $length i32) (result i32)
    (local $pointer i32)
    (local.set $pointer (call $allocate (local.get $length)))
    (if (i32.eqz (local.get $pointer))
      (then (call $panic (i32.const 0x1000c0))))
    (local.get $pointer))

  ;; deinit(pointer, length): takes back what init(length) gave.
  (func $deinit (export "deinit") (param $pointer i32) (param $length i32)
    (if (i32.lt_u (i32.load (i32.sub (local.get $pointer) (i32.const 4)))
                  (i32.add (local.get $length) (i32.const 8)))
      (then (call $panic (i32.const 0x100100))))
    (call $release (local.get $pointer)))

  ;; deserialize(pointer, length): makes a string of its own of the bincode bytes given, and drops it. Traps
  ;; (`unreachable`) when the bytes are not a string.
  ;;
  ;; Frame, 32 bytes: the cursor {pointer +0, remaining +4}, the text's length (i64, +8). The pointer to the copy stays
  ;; in a local: its bytes are not UTF-8, and this frame may lie inside a text that was written to offset 0.
  (func $deserialize (export "deserialize") (param $pointer i32) (param $length i32)
    (local $frame i32) (local $text_length i64) (local $size i32) (local $copy i32) (local $valid i32)
    (global.set $stack_pointer
      (local.tee $frame (i32.sub (global.get $stack_pointer) (i32.const 32))))
    (i32.store (local.get $frame) (local.get $pointer))
    (i32.store offset=4 (local.get $frame) (local.get $length))
    (call $read_u64 (i32.add (local.get $frame) (i32.const 8)) (local.get $frame))
    (local.set $text_length (i64.load offset=8 (local.get $frame)))
    (if (i64.gt_u (local.get $text_length) (i64.extend_i32_u (i32.load offset=4 (local.get $frame))))
      (then (call $panic (i32.const 0x100040))))
    (local.set $size (i32.wrap_i64 (local.get $text_length)))
    (local.set $copy (call $allocate (local.get $size)))
    (if (i32.eqz (local.get $copy))
      (then (call $panic (i32.const 0x1000c0))))
    (memory.copy (local.get $copy) (i32.load (local.get $frame)) (local.get $size))
    (local.set $valid (call $is_utf8 (local.get $copy) (local.get $size)))
    (call $release (local.get $copy))
    (if (i32.eqz (local.get $valid))
      (then (call $panic (i32.const 0x100080))))
    (global.set $stack_pointer (i32.add (local.get $frame) (i32.const 32))))

  ;; Reads 8 bytes at the cursor into *result and moves the cursor behind them.
  (func $read_u64 (param $result i32) (param $cursor i32)
    (local $remaining i32) (local $pointer i32)
    (local.set $remaining (i32.load offset=4 (local.get $cursor)))
    (if (i32.lt_u (local.get $remaining) (i32.const 8))
      (then (call $panic (i32.const 0x100000))))
    (local.set $pointer (i32.load (local.get $cursor)))
    (i64.store (local.get $result) (i64.load align=1 (local.get $pointer)))
    (i32.store (local.get $cursor) (i32.add (local.get $pointer) (i32.const 8)))
    (i32.store offset=4 (local.get $cursor) (i32.sub (local.get $remaining) (i32.const 8))))

  ;; Whether `length` bytes at `pointer` are UTF-8. Frame, 16 bytes: the number of bytes looked at.
  (func $is_utf8 (param $pointer i32) (param $length i32) (result i32)
    (local $frame i32) (local $at i32) (local $left i32) (local $byte i32) (local $width i32) (local $valid i32)
    (global.set $stack_pointer
      (local.tee $frame (i32.sub (global.get $stack_pointer) (i32.const 16))))
    (i32.store offset=12 (local.get $frame) (local.get $length))
    (local.set $at (local.get $pointer))
    (local.set $left (local.get $length))
    (local.set $valid (i32.const 1))
    (block $done
      (loop $next
        (block $slow
          (loop $ascii
            (br_if $slow (i32.lt_u (local.get $left) (i32.const 16)))
            (br_if $slow
              (i64.ne
                (i64.and
                  (i64.or (i64.load align=1 (local.get $at)) (i64.load offset=8 align=1 (local.get $at)))
                  (i64.const 0x8080808080808080))
                (i64.const 0)))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (local.set $left (i32.sub (local.get $left) (i32.const 16)))
            (br $ascii)))
        (br_if $done (i32.eqz (local.get $left)))
        (local.set $width (i32.const 1))
        (if (i32.ge_u (local.tee $byte (i32.load8_u (local.get $at))) (i32.const 0x80))
          (then
            (local.set $width (i32.load8_u offset=0x100140 (local.get $byte)))
            (if (i32.or (i32.eqz (local.get $width)) (i32.gt_u (local.get $width) (local.get $left)))
              (then
                (local.set $valid (i32.const 0))
                (br $done)))
            (if (i32.eqz (call $is_sequence (local.get $at) (local.get $width)))
              (then
                (local.set $valid (i32.const 0))
                (br $done)))))
        (local.set $at (i32.add (local.get $at) (local.get $width)))
        (local.set $left (i32.sub (local.get $left) (local.get $width)))
        (br $next)))
    (global.set $stack_pointer (i32.add (local.get $frame) (i32.const 16)))
    (local.get $valid))

  ;; Whether the `width` bytes (2 to 4) at `at` are one well-formed sequence: continuation bytes, not overlong, no
  ;; surrogate, not above U+10FFFF.
  (func $is_sequence (param $at i32) (param $width i32) (result i32)
    (local $point i32) (local $index i32) (local $byte i32)
    (local.set $point
      (i32.and (i32.load8_u (local.get $at)) (i32.shr_u (i32.const 0x7f) (local.get $width))))
    (local.set $index (i32.const 1))
    (loop $next
      (local.set $byte (i32.load8_u (i32.add (local.get $at) (local.get $index))))
      (if (i32.ne (i32.and (local.get $byte) (i32.const 0xc0)) (i32.const 0x80))
        (then (return (i32.const 0))))
      (local.set $point
        (i32.or (i32.shl (local.get $point) (i32.const 6)) (i32.and (local.get $byte) (i32.const 0x3f))))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $index) (local.get $width))))
    (if (i32.eq (local.get $width) (i32.const 2))
      (then (return (i32.const 1))))
    (if (i32.eq (local.get $width) (i32.const 3))
      (then
        (return
          (i32.and
            (i32.ge_u (local.get $point) (i32.const 0x800))
            (i32.ne (i32.shr_u (local.get $point) (i32.const 11)) (i32.const 0x1b))))))
    (i32.and
      (i32.ge_u (local.get $point) (i32.const 0x10000))
      (i32.le_u (local.get $point) (i32.const 0x10ffff))))

  ;; The allocator: one list of free chunks, in the order of their addresses, first fit. A chunk is {next free chunk +0,
  ;; size with this header +4, the user's bytes +8}; sizes are multiples of 8, at least 16. Neighbours that are free are
  ;; joined, so that the heap is one chunk again when everything has been given back.

  ;; Returns 0 when the memory cannot grow. Frame, 16 bytes: the chunk's size.
  (func $allocate (param $length i32) (result i32)
    (local $frame i32) (local $size i32) (local $link i32) (local $chunk i32) (local $rest i32) (local $result i32)
    (global.set $stack_pointer
      (local.tee $frame (i32.sub (global.get $stack_pointer) (i32.const 16))))
    (block $done
      (br_if $done (i32.gt_u (local.get $length) (i32.const 0x7fff0000)))
      (local.set $size (i32.and (i32.add (local.get $length) (i32.const 15)) (i32.const -8)))
      (if (i32.lt_u (local.get $size) (i32.const 16))
        (then (local.set $size (i32.const 16))))
      (i32.store offset=12 (local.get $frame) (local.get $size))
      (if (i32.eqz (i32.or (i32.load (i32.const 0x10231c)) (i32.load (i32.const 0x102320))))
        (then (call $begin_heap)))
      (loop $again
        (local.set $link (i32.const 0x10231c))
        (block $none
          (loop $next
            (br_if $none (i32.eqz (local.tee $chunk (i32.load (local.get $link)))))
            (if (i32.lt_u (i32.load offset=4 (local.get $chunk)) (local.get $size))
              (then
                (local.set $link (local.get $chunk))
                (br $next))))
          (local.set $rest (i32.sub (i32.load offset=4 (local.get $chunk)) (local.get $size)))
          (if (i32.lt_u (local.get $rest) (i32.const 16))
            (then
              (i32.store (local.get $link) (i32.load (local.get $chunk))))
            (else
              (i32.store offset=4 (local.get $chunk) (local.get $size))
              (i32.store offset=4 (i32.add (local.get $chunk) (local.get $size)) (local.get $rest))
              (i32.store (i32.add (local.get $chunk) (local.get $size)) (i32.load (local.get $chunk)))
              (i32.store (local.get $link) (i32.add (local.get $chunk) (local.get $size)))))
          (local.set $result (i32.add (local.get $chunk) (i32.const 8)))
          (br $done))
        (br_if $again (call $grow_heap (local.get $size)))))
    (global.set $stack_pointer (i32.add (local.get $frame) (i32.const 16)))
    (local.get $result))

  ;; Makes one free chunk of everything from the end of .bss to the end of the memory.
  (func $begin_heap
    (i32.store (i32.const 0x102320) (i32.shl (memory.size) (i32.const 16)))
    (i32.store (i32.const 0x1023ac) (i32.sub (i32.load (i32.const 0x102320)) (i32.const 0x1023a8)))
    (i32.store (i32.const 0x10231c) (i32.const 0x1023a8)))

  ;; Adds whole pages for a chunk of `size` bytes to the free list. Returns 0 when the memory cannot grow.
  ;; Frame, 16 bytes: the number of pages.
  (func $grow_heap (param $size i32) (result i32)
    (local $frame i32) (local $pages i32) (local $chunk i32) (local $done i32)
    (global.set $stack_pointer
      (local.tee $frame (i32.sub (global.get $stack_pointer) (i32.const 16))))
    (local.set $pages (i32.shr_u (i32.add (local.get $size) (i32.const 0xffff)) (i32.const 16)))
    (i32.store offset=12 (local.get $frame) (local.get $pages))
    (block $refused
      ;; The last page of 4 GiB stays unused: the heap's end would not fit into 32 bits.
      (br_if $refused (i32.gt_u (i32.add (memory.size) (local.get $pages)) (i32.const 0xffff)))
      (local.set $chunk (memory.grow (local.get $pages)))
      (br_if $refused (i32.eq (local.get $chunk) (i32.const -1)))
      (local.set $chunk (i32.shl (local.get $chunk) (i32.const 16)))
      (i32.store offset=4 (local.get $chunk) (i32.shl (local.get $pages) (i32.const 16)))
      (i32.store (i32.const 0x102320)
        (i32.add (local.get $chunk) (i32.load offset=4 (local.get $chunk))))
      (call $release (i32.add (local.get $chunk) (i32.const 8)))
      (local.set $done (i32.const 1)))
    (global.set $stack_pointer (i32.add (local.get $frame) (i32.const 16)))
    (local.get $done))

  ;; Puts a chunk back into the free list, by the pointer to the user's bytes.
  (func $release (param $pointer i32)
    (local $chunk i32) (local $before i32) (local $link i32) (local $next i32)
    (local.set $chunk (i32.sub (local.get $pointer) (i32.const 8)))
    (local.set $link (i32.const 0x10231c))
    (block $found
      (loop $search
        (local.set $next (i32.load (local.get $link)))
        (br_if $found (i32.eqz (local.get $next)))
        (br_if $found (i32.gt_u (local.get $next) (local.get $chunk)))
        (local.set $before (local.get $next))
        (local.set $link (local.get $next))
        (br $search)))
    (i32.store (local.get $chunk) (local.get $next))
    (i32.store (local.get $link) (local.get $chunk))
    (call $join (local.get $chunk) (local.get $next))
    (call $join (local.get $before) (local.get $chunk)))

  ;; Makes one chunk of two that follow each other in the free list, when nothing lies between them. Either may be 0.
  (func $join (param $chunk i32) (param $next i32)
    (if (i32.and (i32.ne (local.get $chunk) (i32.const 0)) (i32.ne (local.get $next) (i32.const 0)))
      (then
        (if (i32.eq
              (i32.add (local.get $chunk) (i32.load offset=4 (local.get $chunk)))
              (local.get $next))
          (then
            (i32.store (local.get $chunk) (i32.load (local.get $next)))
            (i32.store offset=4 (local.get $chunk)
              (i32.add
                (i32.load offset=4 (local.get $chunk))
                (i32.load offset=4 (local.get $next)))))))))

  ;; Leaves the message's address in its frame, for whoever looks at the memory afterwards, and traps.
  (func $panic (param $message i32)
    (global.set $stack_pointer (i32.sub (global.get $stack_pointer) (i32.const 16)))
    (i32.store offset=12 (global.get $stack_pointer) (local.get $message))
    (unreachable))

  ;; .rodata: what the guest would say when it panics, 64 bytes each.
  (data (i32.const 0x100000)
    "bincode: the bytes end inside the length prefix                \n"
    "bincode: the length prefix passes the end of the bytes         \n"
    "bincode: the text is not UTF-8                                 \n"
    "allocator: out of memory                                       \n"
    "allocator: deinit with a length that init did not give         \n")

  ;; .rodata: the width of a UTF-8 sequence by its first byte; 0 where no sequence may start.
  (data (i32.const 0x100140)
    "\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01"
    "\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01"
    "\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01"
    "\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01"
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02\02"
    "\03\03\03\03\03\03\03\03\03\03\03\03\03\03\03\03\04\04\04\04\04\00\00\00\00\00\00\00\00\00\00\00")

  ;; .rodata and .data: bytes that only have to be there. Each line of 64 bytes tells its address, so that a dump of
  ;; a damaged memory shows what is left.
  (data (i32.const 0x100240)
    "0x100240: constants, where a compiler would place them         \n"
    "0x100280: constants, where a compiler would place them         \n"
    "0x1002c0: constants, where a compiler would place them         \n"
    "0x100300: constants, where a compiler would place them         \n"
    "0x100340: constants, where a compiler would place them         \n"
    "0x100380: constants, where a compiler would place them         \n"
    "0x1003c0: constants, where a compiler would place them         \n"
    "0x100400: constants, where a compiler would place them         \n"
    "0x100440: constants, where a compiler would place them         \n"
    "0x100480: constants, where a compiler would place them         \n"
    "0x1004c0: constants, where a compiler would place them         \n"
    "0x100500: constants, where a compiler would place them         \n"
    "0x100540: constants, where a compiler would place them         \n"
    "0x100580: constants, where a compiler would place them         \n"
    "0x1005c0: constants, where a compiler would place them         \n"
    "0x100600: constants, where a compiler would place them         \n"
    "0x100640: constants, where a compiler would place them         \n"
    "0x100680: constants, where a compiler would place them         \n"
    "0x1006c0: constants, where a compiler would place them         \n"
    "0x100700: constants, where a compiler would place them         \n"
    "0x100740: constants, where a compiler would place them         \n"
    "0x100780: constants, where a compiler would place them         \n"
    "0x1007c0: constants, where a compiler would place them         \n"
    "0x100800: constants, where a compiler would place them         \n"
    "0x100840: constants, where a compiler would place them         \n"
    "0x100880: constants, where a compiler would place them         \n"
    "0x1008c0: constants, where a compiler would place them         \n"
    "0x100900: constants, where a compiler would place them         \n"
    "0x100940: constants, where a compiler would place them         \n"
    "0x100980: constants, where a compiler would place them         \n"
    "0x1009c0: constants, where a compiler would place them         \n"
    "0x100a00: constants, where a compiler would place them         \n"
    "0x100a40: constants, where a compiler would place them         \n"
    "0x100a80: constants, where a compiler would place them         \n"
    "0x100ac0: constants, where a compiler would place them         \n"
    "0x100b00: constants, where a compiler would place them         \n"
    "0x100b40: constants, where a compiler would place them         \n"
    "0x100b80: constants, where a compiler would place them         \n"
    "0x100bc0: constants, where a compiler would place them         \n"
    "0x100c00: constants, where a compiler would place them         \n"
    "0x100c40: constants, where a compiler would place them         \n"
    "0x100c80: constants, where a compiler would place them         \n"
    "0x100cc0: constants, where a compiler would place them         \n"
    "0x100d00: constants, where a compiler would place them         \n"
    "0x100d40: constants, where a compiler would place them         \n"
    "0x100d80: constants, where a compiler would place them         \n"
    "0x100dc0: constants, where a compiler would place them         \n"
    "0x100e00: constants, where a compiler would place them         \n"
    "0x100e40: constants, where a compiler would place them         \n"
    "0x100e80: constants, where a compiler would place them         \n"
    "0x100ec0: constants, where a compiler would place them         \n"
    "0x100f00: constants, where a compiler would place them         \n"
    "0x100f40: constants, where a compiler would place them         \n"
    "0x100f80: constants, where a compiler would place them         \n"
    "0x100fc0: constants, where a compiler would place them         \n"
    "0x101000: constants, where a compiler would place them         \n"
    "0x101040: constants, where a compiler would place them         \n"
    "0x101080: constants, where a compiler would place them         \n"
    "0x1010c0: constants, where a compiler would place them         \n"
    "0x101100: constants, where a compiler would place them         \n"
    "0x101140: constants, where a compiler would place them         \n"
    "0x101180: constants, where a compiler would place them         \n"
    "0x1011c0: constants, where a compiler would place them         \n"
    "0x101200: constants, where a compiler would place them         \n")

  (data (i32.const 0x101240)
    "0x101240: constants, where a compiler would place them         \n"
    "0x101280: constants, where a compiler would place them         \n"
    "0x1012c0: constants, where a compiler would place them         \n"
    "0x101300: constants, where a compiler would place them         \n"
    "0x101340: constants, where a compiler would place them         \n"
    "0x101380: constants, where a compiler would place them         \n"
    "0x1013c0: constants, where a compiler would place them         \n"
    "0x101400: constants, where a compiler would place them         \n"
    "0x101440: constants, where a compiler would place them         \n"
    "0x101480: constants, where a compiler would place them         \n"
    "0x1014c0: constants, where a compiler would place them         \n"
    "0x101500: constants, where a compiler would place them         \n"
    "0x101540: constants, where a compiler would place them         \n"
    "0x101580: constants, where a compiler would place them         \n"
    "0x1015c0: constants, where a compiler would place them         \n"
    "0x101600: constants, where a compiler would place them         \n"
    "0x101640: constants, where a compiler would place them         \n"
    "0x101680: constants, where a compiler would place them         \n"
    "0x1016c0: constants, where a compiler would place them         \n"
    "0x101700: constants, where a compiler would place them         \n"
    "0x101740: constants, where a compiler would place them         \n"
    "0x101780: constants, where a compiler would place them         \n"
    "0x1017c0: constants, where a compiler would place them         \n"
    "0x101800: constants, where a compiler would place them         \n"
    "0x101840: constants, where a compiler would place them         \n"
    "0x101880: constants, where a compiler would place them         \n"
    "0x1018c0: constants, where a compiler would place them         \n"
    "0x101900: constants, where a compiler would place them         \n"
    "0x101940: constants, where a compiler would place them         \n"
    "0x101980: constants, where a compiler would place them         \n"
    "0x1019c0: constants, where a compiler would place them         \n"
    "0x101a00: constants, where a compiler would place them         \n"
    "0x101a40: constants, where a compiler would place them         \n"
    "0x101a80: constants, where a compiler would place them         \n"
    "0x101ac0: constants, where a compiler would place them         \n"
    "0x101b00: constants, where a compiler would place them         \n"
    "0x101b40: constants, where a compiler would place them         \n"
    "0x101b80: constants, where a compiler would place them         \n"
    "0x101bc0: constants, where a compiler would place them         \n"
    "0x101c00: constants, where a compiler would place them         \n"
    "0x101c40: constants, where a compiler would place them         \n"
    "0x101c80: constants, where a compiler would place them         \n"
    "0x101cc0: constants, where a compiler would place them         \n"
    "0x101d00: constants, where a compiler would place them         \n"
    "0x101d40: constants, where a compiler would place them         \n"
    "0x101d80: constants, where a compiler would place them         \n"
    "0x101dc0: constants, where a compiler would place them         \n"
    "0x101e00: constants, where a compiler would place them         \n"
    "0x101e40: constants, where a compiler would place them         \n"
    "0x101e80: constants, where a compiler would place them         \n"
    "0x101ec0: constants, where a compiler would place them         \n"
    "0x101f00: constants, where a compiler would place them         \n"
    "0x101f40: constants, where a compiler would place them         \n"
    "0x101f80: constants, where a compiler would place them         \n"
    "0x101fc0: constants, where a compiler would place them         \n")

  (data (i32.const 0x102000)
    "0x102000: constants, where a compiler would place them         \n"
    "0x102040: constants, where a compiler would place them         \n"
    "0x102080: constants, where a compiler would place them         \n"
    "0x1020c0: constants, where a compiler would place them         \n"
    "0x102100: constants, where a compiler would place them         \n"
    "0x102140: the end of the static data   \n")
)
