//! The kernel against the composition, whose operations it repeats in their order.

use burn::tensor::Device;

use super::*;

const EPSILON: f64 = 1e-8;

fn rules() -> [Rule; 6] {
    let rate = 0.01;
    let rmsprop = |epsilon| Rule::RmsProp { rate, decay: 0.9, epsilon };
    let adam = |epsilon| Rule::Adam { rate, decays: [0.9, 0.999], epsilon };
    [
        Rule::Descent { rate },
        Rule::Momentum { rate, decay: 0.9 },
        rmsprop(Epsilon::Inside(EPSILON)),
        rmsprop(Epsilon::Outside(EPSILON)),
        adam(Epsilon::Inside(EPSILON)),
        adam(Epsilon::Outside(EPSILON)),
    ]
}

fn preparations() -> [Gradient; 3] {
    let all = Gradient { l2: 0.3, l1: 0.2, clip: Some(0.5), scale: 0.7 };
    [Gradient::default(), Gradient { l2: 0.1, ..Gradient::default() }, all]
}

/// Numbers of either sign, among them zeros, that a place and a seed decide.
fn numbers(size: usize, seed: u64) -> Vec<f32> {
    let number = |at: usize| {
        let bits = (at as u64 + 1).wrapping_mul(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        ((bits >> 40) % 2001) as f32 / 1000.0 - 1.0
    };
    (0..size).map(number).collect()
}

fn tensor(values: Vec<f32>) -> Tensor<2> {
    let columns = if values.len().is_multiple_of(2) { 2 } else { 1 };
    let shape = [values.len() / columns, columns];
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

fn bits<const D: usize>(tensor: &Tensor<D>) -> Vec<u32> {
    let values = tensor.to_data().try_to_vec::<f32>().unwrap();
    // What a NaN carries along is nobody's business.
    values
        .into_iter()
        .map(|value| if value.is_nan() { u32::MAX } else { value.to_bits() })
        .collect()
}

#[track_caller]
fn held_to_the_composition(update: Update, size: usize, spoilt: impl Fn(&mut [f32])) {
    let mut ours = (tensor(numbers(size, 1)), Moments::new());
    let mut composed = ours.clone();
    for step in 2..5 {
        let mut gradient = numbers(size, step);
        spoilt(&mut gradient);
        let gradient = tensor(gradient);
        ours.0 = update.step(ours.0, gradient.clone(), &mut ours.1);
        composed.0 = update.composed(composed.0, gradient, &mut composed.1);
        let of = format!("{update:?} of {size}");
        assert_eq!(ours.1.len(), update.rule.remembers(), "{of}");
        assert!(bits(&ours.0) == bits(&composed.0), "{of}");
        for (ours, composed) in ours.1.iter().zip(&composed.1) {
            assert!(bits(ours) == bits(composed), "moments of {of}");
        }
    }
}

#[test]
fn every_step_is_the_compositions_to_the_bit() {
    for rule in rules() {
        for gradient in preparations() {
            for size in [0, 1, 2, 15, 16, 17, 67, 1023, 1025, 3000] {
                for kept in [1.0, 0.99] {
                    held_to_the_composition(Update { gradient, rule, kept }, size, |_| {});
                }
            }
        }
    }
    // Split over threads.
    for rule in [rules()[0], rules()[5]] {
        let [.., gradient] = preparations();
        held_to_the_composition(Update { gradient, rule, kept: 0.99 }, 300_001, |_| {});
    }
}

#[test]
fn what_is_not_finite_comes_through_as_in_the_composition() {
    let spoilt = |gradient: &mut [f32]| {
        gradient[3] = f32::NAN;
        gradient[5] = f32::INFINITY;
        gradient[18] = f32::NEG_INFINITY;
    };
    for rule in rules() {
        for gradient in preparations() {
            held_to_the_composition(Update { gradient, rule, kept: 0.99 }, 37, spoilt);
        }
    }
    let infinite = tensor(vec![f32::INFINITY, f32::NAN, 1.0]);
    let update = Update { gradient: preparations()[2], rule: rules()[0], kept: 1.0 };
    let stepped = update.step(infinite.clone(), tensor(vec![0.0; 3]), &mut Moments::new());
    let composed = update.composed(infinite, tensor(vec![0.0; 3]), &mut Moments::new());
    assert_eq!(bits(&stepped), bits(&composed));
}

#[test]
fn a_weight_keeps_its_memory_and_one_that_is_shared_leaves_the_other_as_it_was() {
    let place = |tensor: &Tensor<2>| plain(tensor).unwrap().storage::<f32>().as_ptr();
    let [.., rule] = rules();
    let update = Update { gradient: Gradient::default(), rule, kept: 1.0 };
    let mut moments = Moments::new();
    let weight = tensor(numbers(67, 1));
    let before = place(&weight);
    let weight = update.step(weight, tensor(numbers(67, 2)), &mut moments);
    assert_eq!(place(&weight), before);
    let (kept, numbers_kept) = (weight.clone(), bits(&weight));
    let moved = update.step(weight, tensor(numbers(67, 3)), &mut moments);
    assert_ne!(place(&moved), before);
    assert_ne!(bits(&moved), numbers_kept);
    assert_eq!(bits(&kept), numbers_kept);
}

#[test]
fn a_weight_stored_by_columns_is_moved_by_its_own_gradient() {
    let [.., rule] = rules();
    let update = Update { gradient: Gradient::default(), rule, kept: 1.0 };
    let (weight, gradient) = (tensor(numbers(34, 1)), tensor(numbers(34, 2)));
    let straight =
        update.step(weight.clone().transpose(), gradient.clone().transpose(), &mut vec![]);
    let expected = update.step(weight, gradient, &mut vec![]).transpose();
    assert_eq!(bits(&straight), bits(&expected));
}

#[test]
fn the_average_is_the_compositions_to_the_bit() {
    for size in [1, 67, 300_001] {
        let weight = tensor(numbers(size, 1));
        let first = average(None, &weight, 0.9);
        let other = tensor(numbers(size, 2));
        let expected = first.clone().mul_scalar(0.9) + flat(&other).mul_scalar(1.0 - 0.9);
        assert!(bits(&average(Some(first), &other, 0.9)) == bits(&expected), "{size}");
    }
}

#[test]
fn squares_are_those_of_the_prepared_gradient_with_any_number_of_threads() {
    let [.., preparation] = preparations();
    for size in [0, 1, 15, 17, 67, 1025, 300_001] {
        let (weight, gradient) = (tensor(numbers(size, 1)), tensor(numbers(size, 2)));
        let squares = |threads| -> f64 {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| preparation.squares(&weight, &gradient).into_scalar())
        };
        let prepared = preparation.prepared(&weight, gradient.clone()).into_data();
        let expected: f64 = prepared.iter::<f64>().map(|g| g * g).sum();
        assert!((squares(1) - expected).abs() <= 1e-10 * expected, "{size}");
        assert_eq!(squares(1).to_bits(), squares(3).to_bits(), "{size}");
    }
}

#[test]
fn squares_leave_no_range() {
    // 10³⁰ squared is 10⁶⁰, beyond single precision.
    let [weight, gradient] = [0.0, 1e30].map(|value| tensor(vec![value]));
    let squares: f64 = Gradient::default().squares(&weight, &gradient).into_scalar();
    assert!((squares / 1e60 - 1.0).abs() < 1e-6, "{squares}");
}
