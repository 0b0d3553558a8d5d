//! Vectors of numbers: arithmetic, exponential, logistic function and hyperbolic tangent.
//!
//! Relative errors of the functions are below 10⁻⁶; NaN stays NaN, and ±∞ give the limits.

use std::ops::{Add, Div, Mul, Neg, Sub};

use pulp::Simd;

use crate::instructions::multiply_add;

/// 1.5 · 2²³: a number of magnitude below 2²² that is added to it is rounded to a whole one.
const ROUNDING: f32 = 12_582_912.0;
/// ln 2 in two parts, the first of few bits, so that its small multiples are exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
/// 1 / n! from n = 7 down to 2.
const INVERSE_FACTORIALS: [f32; 6] =
    [1.984_127e-4, 1.388_888_9e-3, 8.333_334e-3, 4.166_666_8e-2, 1.666_666_7e-1, 0.5];

/// As many numbers as fit in one register.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vector<S: Simd> {
    simd: S,
    values: S::f32s,
}

impl<S: Simd> Vector<S> {
    /// `value` everywhere.
    #[inline(always)]
    pub(crate) fn splat(simd: S, value: f32) -> Self {
        Vector { simd, values: simd.splat_f32s(value) }
    }

    /// The numbers of `slice` from `at` on, and zeros behind its end.
    #[inline(always)]
    pub(crate) fn load(simd: S, slice: &[f32], at: usize) -> Self {
        let slice = &slice[at..];
        let values = match S::as_simd_f32s(slice).0.first() {
            Some(values) => *values,
            None => simd.partial_load_f32s(slice),
        };
        Vector { simd, values }
    }

    /// Writes to `slice` from `at` on, as far as it goes.
    #[inline(always)]
    pub(crate) fn store(self, slice: &mut [f32], at: usize) {
        let slice = &mut slice[at..];
        match S::as_mut_simd_f32s(slice).0.first_mut() {
            Some(values) => *values = self.values,
            None => self.simd.partial_store_f32s(slice, self.values),
        }
    }

    /// The same `value` everywhere.
    #[inline(always)]
    pub(crate) fn like(self, value: f32) -> Self {
        Vector::splat(self.simd, value)
    }

    /// This · `factor` + `term`, rounded once where the processor can.
    #[inline(always)]
    pub(crate) fn mul_add(self, factor: Self, term: Self) -> Self {
        self.of(multiply_add(self.simd, self.values, factor.values, term.values))
    }

    /// `positive` where this is above zero, else `other`; `other` for NaN.
    #[inline(always)]
    pub(crate) fn where_positive(self, positive: Self, other: Self) -> Self {
        let zero = self.simd.splat_f32s(0.0);
        let above = self.simd.less_than_f32s(zero, self.values);
        self.of(self.simd.select_f32s(above, positive.values, other.values))
    }

    /// `zero` where this is zero, else `other`.
    #[inline(always)]
    pub(crate) fn where_zero(self, zero: Self, other: Self) -> Self {
        let is_zero = self.simd.equal_f32s(self.values, self.simd.splat_f32s(0.0));
        self.of(self.simd.select_f32s(is_zero, zero.values, other.values))
    }

    /// max(x, 0); NaN stays.
    #[inline(always)]
    pub(crate) fn relu(self) -> Self {
        (-self).where_positive(self.like(0.0), self)
    }

    /// eˣ.
    #[inline(always)]
    pub(crate) fn exp(self) -> Self {
        // Behind these it is ∞ and 0. NaN is on no side.
        let x = (self - self.like(89.0)).where_positive(self.like(89.0), self);
        let x = (self.like(-104.0) - x).where_positive(self.like(-104.0), x);
        let (whole, rest) = x.split();
        // In two factors: 2ⁿ alone may be no number where its product is one.
        let half = whole.mul_add(self.like(0.5), self.like(ROUNDING)) - self.like(ROUNDING);
        (rest + self.like(1.0)) * half.power_of_two() * (whole - half).power_of_two()
    }

    /// 1 / (1 + e⁻ˣ). Answers below the smallest normal number may be 0.
    #[inline(always)]
    pub(crate) fn sigmoid(self) -> Self {
        self.like(1.0) / ((-self).exp() + self.like(1.0))
    }

    /// (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ).
    #[inline(always)]
    pub(crate) fn tanh(self) -> Self {
        let (simd, one) = (self.simd, self.like(1.0));
        let size = self.of(simd.abs_f32s(self.values));
        // Behind 10 it is 1. NaN is not.
        let size = (size - self.like(10.0)).where_positive(self.like(10.0), size);
        // With E = e^(−2|x|) − 1 it is −E / (2 + E), up to the sign: nothing cancels.
        let (whole, rest) = (size * self.like(-2.0)).split();
        let power = whole.power_of_two();
        let less = power.mul_add(rest, power - one);
        let answer = -less / (less + self.like(2.0));
        let sign = simd.and_f32s(self.values, simd.splat_f32s(-0.0));
        self.of(simd.or_f32s(simd.abs_f32s(answer.values), sign))
    }

    /// This as n · ln 2 + r with |r| ≤ ½ ln 2: n and eʳ − 1.
    #[inline(always)]
    fn split(self) -> (Self, Self) {
        let whole = self.mul_add(self.like(std::f32::consts::LOG2_E), self.like(ROUNDING))
            - self.like(ROUNDING);
        let r = whole.mul_add(self.like(-LN_2[0]), self);
        let r = whole.mul_add(self.like(-LN_2[1]), r);
        let mut sum = self.like(INVERSE_FACTORIALS[0]);
        for factor in &INVERSE_FACTORIALS[1..] {
            sum = sum.mul_add(r, self.like(*factor));
        }
        (whole, (r * r).mul_add(sum, r))
    }

    /// 2ⁿ for whole n from −126 to 127.
    #[inline(always)]
    fn power_of_two(self) -> Self {
        let simd = self.simd;
        // The whole number stands in the last bits; shifted it is the exponent.
        let bits = simd.transmute_u32s_f32s((self + self.like(ROUNDING + 127.0)).values);
        let bits = simd.wrapping_dyn_shl_u32s(bits, simd.splat_u32s(23));
        self.of(simd.transmute_f32s_u32s(bits))
    }

    #[inline(always)]
    fn of(self, values: S::f32s) -> Self {
        Vector { simd: self.simd, values }
    }
}

impl<S: Simd> Add for Vector<S> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.of(self.simd.add_f32s(self.values, other.values))
    }
}

impl<S: Simd> Sub for Vector<S> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.of(self.simd.sub_f32s(self.values, other.values))
    }
}

impl<S: Simd> Mul for Vector<S> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.of(self.simd.mul_f32s(self.values, other.values))
    }
}

impl<S: Simd> Div for Vector<S> {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.of(self.simd.div_f32s(self.values, other.values))
    }
}

impl<S: Simd> Neg for Vector<S> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.of(self.simd.neg_f32s(self.values))
    }
}

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::*;
    use crate::instructions::with_best;

    #[derive(Debug, Clone, Copy)]
    enum Function {
        Exp,
        Sigmoid,
        Tanh,
    }

    /// What the function makes of each number.
    struct Apply<'a>(Function, &'a mut [f32]);

    impl WithSimd for Apply<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            for at in (0..self.1.len()).step_by(S::F32_LANES) {
                let x = Vector::load(simd, self.1, at);
                let answer = match self.0 {
                    Function::Exp => x.exp(),
                    Function::Sigmoid => x.sigmoid(),
                    Function::Tanh => x.tanh(),
                };
                answer.store(self.1, at);
            }
        }
    }

    fn of(function: Function, values: &[f32]) -> Vec<f32> {
        let mut values = values.to_vec();
        with_best(Apply(function, &mut values));
        values
    }

    /// Holds `function` to `exact` at 200,001 places from −`limit` to `limit`, and near zero.
    #[track_caller]
    fn held_to(function: Function, exact: fn(f64) -> f64, limit: f32) {
        let places = (-100_000..=100_000).map(|at| at as f32 / 100_000.0);
        let places = places.flat_map(|place| [place * limit, place * 1e-3, place * 1e-30]);
        let places: Vec<f32> = places.collect();
        for (place, found) in places.iter().zip(of(function, &places)) {
            let exact = exact(f64::from(*place));
            let error = (f64::from(found) - exact).abs();
            let error = error / exact.abs().max(f64::from(f32::MIN_POSITIVE));
            assert!(error <= 1e-6, "{function:?} at {place}: {found} where it is {exact}");
        }
    }

    #[test]
    fn errors_are_below_a_millionth() {
        held_to(Function::Exp, f64::exp, 88.7);
        held_to(Function::Sigmoid, |x| 1.0 / (1.0 + (-x).exp()), 87.0);
        held_to(Function::Tanh, f64::tanh, 20.0);
    }

    #[test]
    fn limits_and_nan_are_right() {
        let far = [f32::INFINITY, -f32::INFINITY, 120.0, -120.0, 0.0];
        assert_eq!(of(Function::Exp, &far), [f32::INFINITY, 0.0, f32::INFINITY, 0.0, 1.0]);
        assert_eq!(of(Function::Sigmoid, &far), [1.0, 0.0, 1.0, 0.0, 0.5]);
        assert_eq!(of(Function::Tanh, &far), [1.0, -1.0, 1.0, -1.0, 0.0]);
        for function in [Function::Exp, Function::Sigmoid, Function::Tanh] {
            assert!(of(function, &[f32::NAN])[0].is_nan(), "{function:?}");
        }
    }

    #[test]
    fn the_exponential_is_right_below_the_smallest_normal_number() {
        // e^−100 = 3.72 · 10⁻⁴⁴, of which single precision keeps a multiple of 1.4 · 10⁻⁴⁵.
        let found = f64::from(of(Function::Exp, &[-100.0])[0]);
        assert!((found - (-100.0_f64).exp()).abs() <= 1.5e-45, "{found}");
    }
}
