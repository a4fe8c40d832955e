//! The guest of scenarios.c in Rust: a list on the standard library's heap, and calls that pass ranges to the host.

use std::alloc::{self, Layout};

#[link(wasm_import_module = "host")]
extern "C" {
    #[link_name = "say"]
    fn host_say(text: *const u8, size: usize);
}

struct Node {
    next: *mut Node,
    value: u32,
}

#[repr(C)]
struct Large {
    bytes: [u8; 3 << 20],
    last: u32,
}

static mut LIST: *mut Node = std::ptr::null_mut();

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 1).unwrap()
}

#[no_mangle]
pub unsafe extern "C" fn alloc(size: usize) -> *mut u8 {
    alloc::alloc(layout(size))
}

#[no_mangle]
pub unsafe extern "C" fn dealloc(pointer: *mut u8, size: usize) {
    alloc::dealloc(pointer, layout(size));
}

#[no_mangle]
pub unsafe extern "C" fn push(value: u32) -> *mut u8 {
    LIST = Box::into_raw(Box::new(Node { next: LIST, value }));
    LIST as *mut u8
}

#[no_mangle]
pub unsafe extern "C" fn sum() -> u32 {
    let mut sum: u32 = 0;
    let mut node = LIST;
    while !node.is_null() {
        sum = sum.wrapping_add((*node).value);
        node = (*node).next;
    }
    sum
}

#[no_mangle]
pub extern "C" fn grow(pages: usize) {
    core::arch::wasm32::memory_grow(0, pages);
}

/// As a program does that trusts its allocator. Volatile, or the compiler would take the allocation out.
#[no_mangle]
pub unsafe extern "C" fn fill_large(value: u32) -> u32 {
    let large = alloc::alloc(Layout::new::<Large>()) as *mut Large;
    std::ptr::addr_of_mut!((*large).last).write_volatile(value);
    std::ptr::addr_of!((*large).bytes[value as usize % (3 << 20)]).read_volatile() as u32
}

#[no_mangle]
pub unsafe extern "C" fn say(text: *const u8, size: usize) {
    host_say(text, size);
}
