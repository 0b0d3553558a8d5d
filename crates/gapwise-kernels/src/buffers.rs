//! Memory that is used again.
//!
//! What a step of training needs for a while, the next one needs too. Given back to the system, it
//! would be cleared and mapped anew each time, which takes up to a third of a step.

use std::{
    mem::take,
    ops::{Deref, DerefMut},
    sync::{Mutex, PoisonError},
};

/// Buffers that wait to be used again, the longest unused one first.
static WAITING: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// Numbers of all buffers that wait, at most: 256 MiB.
const MOST: usize = 1 << 26;
/// Numbers below which the allocator keeps memory itself.
const SMALL: usize = 1 << 14;

/// Numbers, whose memory is used again when they are dropped.
#[derive(Debug, Default)]
pub(crate) struct Buffer(Vec<f32>);

impl Buffer {
    /// So many numbers, whatever they are.
    pub(crate) fn new(len: usize) -> Self {
        if len < SMALL {
            return Buffer(vec![0.0; len]);
        }
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is much too large waits for what needs it.
        let suits = |values: &Vec<f32>| (len..=2 * len).contains(&values.capacity());
        let found = waiting.iter().rposition(suits).map(|at| waiting.remove(at));
        drop(waiting);
        let mut values = found.unwrap_or_else(|| vec![0.0; len]);
        values.resize(len, 0.0);
        Buffer(values)
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        let mut copy = Buffer::new(self.len());
        copy.copy_from_slice(self);
        copy
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.0.capacity() < SMALL {
            return;
        }
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(take(&mut self.0));
        let mut all: usize = waiting.iter().map(Vec::capacity).sum();
        let too_many = waiting.iter().take_while(|longest| {
            let over = all > MOST;
            all -= longest.capacity();
            over
        });
        let too_many = too_many.count();
        let given_back: Vec<Vec<f32>> = waiting.drain(..too_many).collect();
        drop(waiting);
        drop(given_back);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again() {
        // A size that no other test has, so that only this one's buffer can be found.
        let mut first = Buffer::new(77_777);
        first.fill(1.0);
        let place = first.as_ptr();
        drop(first);
        let second = Buffer::new(77_770);
        assert_eq!(second.as_ptr(), place);
        assert_eq!(second.clone().len(), second.len());
    }
}
