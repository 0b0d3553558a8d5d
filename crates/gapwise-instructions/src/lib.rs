//! The vector instructions of the processor, chosen at run time.
//!
//! A kernel is written once, over [`pulp::Simd`], and compiled for each set. The environment
//! variable `GAPWISE_INSTRUCTIONS` (`avx512`, `avx2`, `neon`, `portable`) holds it to a lower set than
//! the processor has, so that each can be tested. Sets round differently, so that each gives bits of its
//! own.
#![allow(unsafe_code)]

use std::{any::TypeId, sync::OnceLock};

use pulp::{Scalar256b, Simd, WithSimd};

/// The sets that kernels are compiled for, and the proof that this processor has it.
#[derive(Debug, Clone, Copy)]
enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    #[cfg(target_arch = "aarch64")]
    Neon(pulp::aarch64::Neon),
    /// What the compiler makes of eight numbers side by side.
    Portable(Scalar256b),
}

static CHOSEN: OnceLock<Instructions> = OnceLock::new();

/// Runs `work` with the best instructions that the processor has and the environment allows.
#[inline]
pub fn with_best<W: WithSimd>(work: W) -> W::Output {
    match *CHOSEN.get_or_init(chosen) {
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512(simd) => Simd::vectorize(simd, work),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2(simd) => Simd::vectorize(simd, work),
        #[cfg(target_arch = "aarch64")]
        Instructions::Neon(simd) => Simd::vectorize(simd, work),
        Instructions::Portable(simd) => Simd::vectorize(simd, work),
    }
}

/// Runs loops over plain numbers, which the compiler turns into the best vector instructions; they
/// have to be in a closure that is `#[inline(always)]`.
#[inline]
pub fn vectorised<T>(work: impl FnOnce() -> T) -> T {
    struct Plain<F>(F);
    impl<T, F: FnOnce() -> T> WithSimd for Plain<F> {
        type Output = T;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> T {
            (self.0)()
        }
    }
    with_best(Plain(work))
}

/// a · b + c, without rounding in between where an instruction does so. The portable set's own would
/// call a function for each number, which takes some fifty times as long.
#[inline(always)]
pub fn multiply_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    if TypeId::of::<S>() == TypeId::of::<Scalar256b>() {
        simd.add_f32s(simd.mul_f32s(a, b), c)
    } else {
        simd.mul_add_e_f32s(a, b, c)
    }
}

/// Asks for the line of memory with number `at` of `values`, which may lie behind their end, to be
/// brought to the cache; on processors other than x86-64 nothing happens.
#[inline(always)]
pub fn fetch(values: &[f32], at: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a hint, which every processor of this kind knows, and which neither reads nor
        // fails, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().wrapping_add(at).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, at);
}

/// Numbers in one vector of what kernels use here.
#[inline]
pub fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    with_best(Lanes)
}

/// The word for what kernels use here: `avx512`, `avx2`, `neon` or `portable`.
pub fn name() -> &'static str {
    match CHOSEN.get_or_init(chosen) {
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512(_) => "avx512",
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2(_) => "avx2",
        #[cfg(target_arch = "aarch64")]
        Instructions::Neon(_) => "neon",
        Instructions::Portable(_) => "portable",
    }
}

/// What [`VARIABLE`] asks for, where that is no word or the processor has not got it.
pub fn refused() -> Option<String> {
    let asked = std::env::var_os(VARIABLE)?.to_string_lossy().into_owned();
    (!asked.is_empty() && asked != name()).then_some(asked)
}

/// The environment variable that holds kernels to a set of instructions.
pub const VARIABLE: &str = "GAPWISE_INSTRUCTIONS";

fn chosen() -> Instructions {
    available(&std::env::var(VARIABLE).unwrap_or_default())
}

/// The best set that is no higher than the one named; an unknown name holds nothing back.
fn available(highest: &str) -> Instructions {
    if highest == "portable" {
        return Instructions::Portable(Scalar256b);
    }
    #[cfg(target_arch = "x86_64")]
    {
        if highest != "avx2"
            && let Some(simd) = pulp::x86::V4::try_new()
        {
            return Instructions::Avx512(simd);
        }
        if let Some(simd) = pulp::x86::V3::try_new() {
            return Instructions::Avx2(simd);
        }
    }
    #[cfg(target_arch = "aarch64")]
    if let Some(simd) = pulp::aarch64::Neon::try_new() {
        return Instructions::Neon(simd);
    }
    Instructions::Portable(Scalar256b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_set_can_be_asked_for() {
        assert!(matches!(available("portable"), Instructions::Portable(_)));
        #[cfg(target_arch = "x86_64")]
        assert!(!matches!(available("avx2"), Instructions::Avx512(_)));
    }
}
