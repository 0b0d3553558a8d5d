//! What the binary's allocator does with memory that is free.
#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout},
    io::Write,
    process,
};

use libmimalloc_sys::{mi_collect, mi_option_set, mi_option_t};

/// `mi_option_purge_delay`, the sixteenth of mimalloc's options, which the bindings leave out.
const PURGE_DELAY: mi_option_t = 15;

/// Keeps free memory for the next step of training, instead of giving it back to the system after
/// a tenth of a second: the system clears every page that it gives anew, which took up to a sixth
/// of the time of a step. For programs whose allocator is mimalloc; without it nothing happens.
pub fn keep() {
    // SAFETY: sets one number among mimalloc's own; the option is one of its, and −1, never, is
    // among the values that it documents.
    unsafe { mi_option_set(PURGE_DELAY, -1) };
}

/// Gives free memory back to the system now: between two parts of the work of which the second needs
/// none of what the first took. For programs whose allocator is mimalloc.
pub fn give_back() {
    // SAFETY: may be called at any time; touches nothing that is in use.
    let collect = || unsafe { mi_collect(true) };
    // Every thread has memory of its own.
    rayon::broadcast(|_| collect());
    collect();
}

/// An allocator that says what was asked for, and ends the process with exit code 1, where there is
/// not enough memory: a person can do something about that, and a backtrace would not say what.
#[derive(Debug, Clone, Copy)]
pub struct EndsPlainly<A>(pub A);

impl<A> EndsPlainly<A> {
    fn given(block: *mut u8, bytes: usize) -> *mut u8 {
        if block.is_null() {
            // Formatting a number takes no memory of the heap.
            let _ = writeln!(
                std::io::stderr(),
                "error: not enough memory: {} MB more were asked for\n\nhint: give fewer rows, columns or \
                 images; in training, take fewer at once (`--set train.batch=N`), smaller images \
                 (`--image-size`), or a smaller network",
                bytes.div_ceil(1_000_000)
            );
            process::exit(1);
        }
        block
    }
}

// SAFETY: every call is passed on as it is, and every block is the allocator's own.
unsafe impl<A: GlobalAlloc> GlobalAlloc for EndsPlainly<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps what the trait asks for.
        Self::given(unsafe { self.0.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps what the trait asks for.
        Self::given(unsafe { self.0.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps what the trait asks for.
        unsafe { self.0.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller keeps what the trait asks for.
        Self::given(unsafe { self.0.realloc(block, layout, size) }, size)
    }
}

#[cfg(test)]
mod tests {
    use libmimalloc_sys::mi_option_get;

    use super::*;

    #[test]
    fn the_option_of_this_number_is_the_delay() {
        // SAFETY: reads one of mimalloc's numbers.
        let delay = || unsafe { mi_option_get(PURGE_DELAY) };
        // The default of version 2, in milliseconds; no neighbour has it.
        assert_eq!(delay(), 10);
        keep();
        assert_eq!(delay(), -1);
    }
}
