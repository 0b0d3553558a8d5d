//! One step of a cell on one example, and its gradient, unit by unit.

use pulp::{Simd, WithSimd};

use super::cell::{Cell, Reset};
use crate::functions::Vector;

/// `N` parts of `of` numbers each.
#[inline(always)]
fn parts<const N: usize>(values: &mut [f32], of: usize) -> [&mut [f32]; N] {
    let mut parts = values.chunks_exact_mut(of);
    std::array::from_fn(|_| parts.next().expect("there is a part for each gate"))
}

/// A step forward. The new state comes last, so that the old one can be read.
pub(super) struct Forward<'a> {
    pub(super) cell: Cell,
    /// `[gates, hidden]`: the sums in front of the gates' functions; behind it the gates.
    pub(super) gates: &'a mut [f32],
    /// `[3, hidden]`: what the recurrent product gives a GRU; without the candidate's where it resets
    /// before the product; of other cells nothing, since it is in their sums.
    pub(super) product: &'a [f32],
    /// `[hidden]`: the cell state of the LSTM before and behind; of GRUs what they keep.
    pub(super) extra: &'a mut [f32],
    /// `[hidden]`: h, before and behind.
    pub(super) state: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Forward { cell, gates, product, extra, state } = self;
        let hidden = state.len();
        let units = (0..hidden).step_by(S::F32_LANES);
        match cell {
            Cell::Tanh | Cell::Relu => {
                for at in units {
                    let sum = Vector::load(simd, gates, at);
                    let new = if cell == Cell::Tanh { sum.tanh() } else { sum.relu() };
                    new.store(gates, at);
                    new.store(state, at);
                }
            }
            Cell::Lstm => {
                let [i, f, g, o] = parts(gates, hidden);
                for at in units {
                    let input = Vector::load(simd, i, at).sigmoid();
                    let forget = Vector::load(simd, f, at).sigmoid();
                    let candidate = Vector::load(simd, g, at).tanh();
                    let output = Vector::load(simd, o, at).sigmoid();
                    let old = Vector::load(simd, extra, at);
                    let new = forget.mul_add(old, input * candidate);
                    (output * new.tanh()).store(state, at);
                    input.store(i, at);
                    forget.store(f, at);
                    candidate.store(g, at);
                    output.store(o, at);
                    new.store(extra, at);
                }
            }
            Cell::Gru(Reset::AfterProduct) => {
                let [r, z, n] = parts(gates, hidden);
                let (of_r, rest) = product[..3 * hidden].split_at(hidden);
                let (of_z, of_n) = rest.split_at(hidden);
                for at in units {
                    let reset =
                        (Vector::load(simd, r, at) + Vector::load(simd, of_r, at)).sigmoid();
                    let keep = (Vector::load(simd, z, at) + Vector::load(simd, of_z, at)).sigmoid();
                    let from_state = Vector::load(simd, of_n, at);
                    let candidate = reset.mul_add(from_state, Vector::load(simd, n, at)).tanh();
                    mixed(keep, candidate, Vector::load(simd, state, at)).store(state, at);
                    reset.store(r, at);
                    keep.store(z, at);
                    candidate.store(n, at);
                    from_state.store(extra, at);
                }
            }
            Cell::Gru(Reset::BeforeProduct) => {
                let [r, z] = parts(gates, hidden);
                let (of_r, of_z) = product[..2 * hidden].split_at(hidden);
                for at in units {
                    let reset =
                        (Vector::load(simd, r, at) + Vector::load(simd, of_r, at)).sigmoid();
                    let keep = (Vector::load(simd, z, at) + Vector::load(simd, of_z, at)).sigmoid();
                    reset.store(r, at);
                    keep.store(z, at);
                    (reset * Vector::load(simd, state, at)).store(extra, at);
                }
            }
        }
    }
}

/// (1 − z) ∘ n + z ∘ h.
#[inline(always)]
fn mixed<S: Simd>(keep: Vector<S>, candidate: Vector<S>, state: Vector<S>) -> Vector<S> {
    keep.mul_add(state, (keep.like(1.0) - keep) * candidate)
}

/// The second part of a step of the GRU that resets before the product.
pub(super) struct Candidate<'a> {
    /// `[3, hidden]`: r, z and the sum in front of n; behind it n.
    pub(super) gates: &'a mut [f32],
    /// `[hidden]`: U (r ∘ h).
    pub(super) product: &'a [f32],
    /// `[hidden]`: h, before and behind.
    pub(super) state: &'a mut [f32],
}

impl WithSimd for Candidate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Candidate { gates, product, state } = self;
        let hidden = state.len();
        let [_, z, n] = parts(gates, hidden);
        let product = &product[..hidden];
        for at in (0..hidden).step_by(S::F32_LANES) {
            let sum = Vector::load(simd, n, at) + Vector::load(simd, product, at);
            let (keep, candidate) = (Vector::load(simd, z, at), sum.tanh());
            mixed(keep, candidate, Vector::load(simd, state, at)).store(state, at);
            candidate.store(n, at);
        }
    }
}

/// The gradient of a step. Of the GRU that resets before the product it is the first part, and
/// the gradient of r is still to come.
pub(super) struct Backward<'a> {
    pub(super) cell: Cell,
    /// `[gates, hidden]`: the gates; behind it the gradients of the sums in front of their
    /// functions.
    pub(super) gates: &'a mut [f32],
    /// `[hidden]`: what the step kept; behind it, of the GRU that resets behind the product, the
    /// gradient of U h + b′.
    pub(super) extra: &'a mut [f32],
    /// `[hidden]` each: h in front of the step, and c of the LSTM.
    pub(super) before: [&'a [f32]; 2],
    /// `[hidden]`: the gradient of h′; behind it what goes to h past the products.
    pub(super) of_state: &'a mut [f32],
    /// `[hidden]`: the gradient of c′, then of c.
    pub(super) of_cell: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Backward { cell, gates, extra, before: [state, old], of_state, of_cell } = self;
        let hidden = of_state.len();
        let units = (0..hidden).step_by(S::F32_LANES);
        let zero = Vector::splat(simd, 0.0);
        match cell {
            Cell::Tanh | Cell::Relu => {
                for at in units {
                    let (new, given) =
                        (Vector::load(simd, gates, at), Vector::load(simd, of_state, at));
                    let slope = if cell == Cell::Tanh {
                        given * under_tanh(new)
                    } else {
                        new.where_zero(zero, given)
                    };
                    slope.store(gates, at);
                    zero.store(of_state, at);
                }
            }
            Cell::Lstm => {
                let [i, f, g, o] = parts(gates, hidden);
                for at in units {
                    let (input, forget) = (Vector::load(simd, i, at), Vector::load(simd, f, at));
                    let (candidate, output) =
                        (Vector::load(simd, g, at), Vector::load(simd, o, at));
                    let given = Vector::load(simd, of_state, at);
                    let squashed = Vector::load(simd, extra, at).tanh();
                    let through = given * output * under_tanh(squashed);
                    let of_new = Vector::load(simd, of_cell, at) + through;
                    (of_new * candidate * under_sigmoid(input)).store(i, at);
                    let old = Vector::load(simd, old, at);
                    (of_new * old * under_sigmoid(forget)).store(f, at);
                    (of_new * input * under_tanh(candidate)).store(g, at);
                    (given * squashed * under_sigmoid(output)).store(o, at);
                    (of_new * forget).store(of_cell, at);
                    zero.store(of_state, at);
                }
            }
            Cell::Gru(reset) => {
                let [r, z, n] = parts(gates, hidden);
                for at in units {
                    let (keep, candidate) = (Vector::load(simd, z, at), Vector::load(simd, n, at));
                    let given = Vector::load(simd, of_state, at);
                    let old = Vector::load(simd, state, at);
                    let of_n = given * (keep.like(1.0) - keep) * under_tanh(candidate);
                    (given * (old - candidate) * under_sigmoid(keep)).store(z, at);
                    of_n.store(n, at);
                    (given * keep).store(of_state, at);
                    if reset == Reset::AfterProduct {
                        let reset = Vector::load(simd, r, at);
                        let from_state = Vector::load(simd, extra, at);
                        (of_n * from_state * under_sigmoid(reset)).store(r, at);
                        (of_n * reset).store(extra, at);
                    }
                }
            }
        }
    }
}

/// The gradient of r of the GRU that resets before the product.
pub(super) struct ResetBackward<'a> {
    /// `[hidden]`: r; behind it the gradient of the sum in front of its function.
    pub(super) gate: &'a mut [f32],
    /// `[hidden]`: h in front of the step.
    pub(super) before: &'a [f32],
    /// `[hidden]`: the gradient of r ∘ h.
    pub(super) of_product: &'a [f32],
    /// `[hidden]`: to which what goes to h is added.
    pub(super) of_state: &'a mut [f32],
}

impl WithSimd for ResetBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let ResetBackward { gate, before, of_product, of_state } = self;
        for at in (0..gate.len()).step_by(S::F32_LANES) {
            let (reset, given) = (Vector::load(simd, gate, at), Vector::load(simd, of_product, at));
            let old = Vector::load(simd, before, at);
            (given * old * under_sigmoid(reset)).store(gate, at);
            given.mul_add(reset, Vector::load(simd, of_state, at)).store(of_state, at);
        }
    }
}

/// The slope of σ where it is `answer`.
#[inline(always)]
fn under_sigmoid<S: Simd>(answer: Vector<S>) -> Vector<S> {
    answer * (answer.like(1.0) - answer)
}

/// The slope of tanh where it is `answer`.
#[inline(always)]
fn under_tanh<S: Simd>(answer: Vector<S>) -> Vector<S> {
    answer.like(1.0) - answer * answer
}
