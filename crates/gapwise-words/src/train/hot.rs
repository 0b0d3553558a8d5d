//! A thread's own copies of the rows that nearly every window needs: the nodes next to a tree's root.
//!
//! Where two threads write to the same row all the time, the row's cache lines travel between the cores
//! and both wait. Each thread therefore works on a copy of such rows and now and then adds what it changed
//! to the shared ones.

use std::ops::Range;

use pulp::Simd;

use super::shared::{Matrix, Row, Shared};

/// A copy meets the shared row after it was used so often.
const EVERY: u32 = 16;

/// Rows as one thread sees them.
pub(crate) struct Hot<'a> {
    all: Shared<'a>,
    /// Those that it has copies of.
    hot: Range<u32>,
    /// The copies, and what they were when they last met the shared ones.
    own: [Shared<'a>; 2],
    /// How often each was used since.
    used: Vec<u32>,
    /// Those that were used by the window of now.
    now: Vec<u32>,
}

impl<'a> Hot<'a> {
    /// Copies the rows `hot`; `own` has room for as many rows of the same length, twice.
    #[inline(always)]
    pub(crate) fn new<S: Simd>(
        simd: S,
        (all, hot): (Shared<'a>, Range<u32>),
        own: &'a mut [Matrix; 2],
    ) -> Self {
        let used = vec![0; hot.len()];
        let mut rows =
            Hot { all, hot, own: own.each_mut().map(Matrix::share), used, now: Vec::new() };
        for place in 0..rows.used.len() {
            rows.meet_one(simd, place);
        }
        rows
    }

    /// The row of this number: the copy where there is one.
    #[inline(always)]
    pub(crate) fn row(&mut self, number: u32) -> Row<'a> {
        let place = number.wrapping_sub(self.hot.start);
        match self.used.get_mut(place as usize) {
            None => self.all.row(number),
            Some(used) => {
                *used += 1;
                if *used == EVERY {
                    self.now.push(place);
                }
                self.own[0].row(place)
            }
        }
    }

    /// Lets the copies that were used often meet the shared rows. No row that was handed out may be used
    /// any more.
    #[inline(always)]
    pub(crate) fn meet<S: Simd>(&mut self, simd: S) {
        while let Some(place) = self.now.pop() {
            self.meet_one(simd, place as usize);
        }
    }

    /// As [`Hot::meet`], with all copies.
    #[inline(always)]
    pub(crate) fn meet_all<S: Simd>(&mut self, simd: S) {
        for place in 0..self.used.len() {
            if self.used[place] > 0 {
                self.meet_one(simd, place);
            }
        }
    }

    /// Adds to the shared row what the copy changed by, and copies the sum.
    #[inline(always)]
    fn meet_one<S: Simd>(&mut self, simd: S, place: usize) {
        self.used[place] = 0;
        let shared = self.all.row(self.hot.start + place as u32);
        let [own, before] = self.own.map(|of| of.row(place as u32));
        for at in (0..self.all.stride()).step_by(S::F32_LANES) {
            let change = simd.sub_f32s(own.load::<S>(at), before.load::<S>(at));
            let sum = simd.add_f32s(shared.load::<S>(at), change);
            shared.store::<S>(at, sum);
            own.store::<S>(at, sum);
            before.store::<S>(at, sum);
        }
    }
}
