//! The guest of the founding case: it deserialises a bincode string that the host hands over.
//!
//! The guest owns its linear memory. A host asks for room with `init`, writes there and nowhere else, calls
//! `deserialize`, and gives the room back with `deinit`. Every pointer travels with its length.

use std::mem;
use std::slice;

/// Allocates `len` bytes for the host to fill. The host gives them back with `deinit` and the same length.
#[no_mangle]
pub extern "C" fn init(len: usize) -> *mut u8 {
    let mut buffer = Vec::<u8>::with_capacity(len);
    let pointer = buffer.as_mut_ptr();
    mem::forget(buffer);
    pointer
}

/// Frees what `init(len)` returned as `pointer`.
#[no_mangle]
pub unsafe extern "C" fn deinit(pointer: *mut u8, len: usize) {
    drop(Vec::from_raw_parts(pointer, 0, len));
}

/// Deserialises a string from `len` bytes at `pointer`: 8 bytes of length, little endian, then the text.
/// Panics (traps) when these bytes are not a string in bincode's form.
#[no_mangle]
pub unsafe extern "C" fn deserialize(pointer: *const u8, len: usize) {
    let bytes = slice::from_raw_parts(pointer, len);
    let _text: String = bincode::deserialize(bytes).unwrap();
}
