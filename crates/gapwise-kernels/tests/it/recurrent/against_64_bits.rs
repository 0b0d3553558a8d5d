//! Against the composition in 64 bits.

use burn::tensor::Tensor;
use gapwise_kernels::recurrent::{Cell, RecurrentConfig, States};

use super::{CELLS, Case};
use crate::drawn::{Draws, double, near, single, slope_is, values};

#[track_caller]
fn held_to_64_bits(draws: &mut Draws, case: &Case, of: &str) {
    let exact = case.double();
    let mut weights = Vec::new();
    for (answer, exact) in case.answers().iter().zip(exact.answers()) {
        near(answer, &single(&exact), 1e-5, &format!("answers of {of}"));
        weights.push(draws.tensor(answer.dims()));
    }
    let doubled: Vec<_> = weights.iter().map(double).map(|weight| weight.autodiff()).collect();
    let exact = exact.gradients(&doubled);
    for ((name, found), (_, exact)) in case.gradients(&weights).iter().zip(&exact) {
        near(found, &single(exact), 1e-4, &format!("gradient of {name} of {of}"));
    }
}

#[test]
fn answers_and_gradients_are_those_of_64_bits_for_any_sizes() {
    for seed in 0..60 {
        let mut draws = Draws::new(seed);
        let cell = CELLS[seed as usize % CELLS.len()];
        let config = RecurrentConfig::new(cell, draws.size(1, 67), draws.size(1, 67))
            .with_layers(draws.size(1, 2))
            .with_bidirectional(draws.size(0, 1) == 1);
        let sizes = [draws.size(1, 20), draws.size(1, 12)];
        let mut case = Case::drawn(&mut draws, config, sizes);
        if seed % 2 == 0 {
            case.lengths = Some((0..sizes[0]).map(|_| draws.size(0, sizes[1])).collect());
        }
        if seed % 3 == 0 {
            case.initial = None;
        }
        held_to_64_bits(&mut draws, &case, &format!("seed {seed}, {config:?}, {sizes:?}"));
    }
}

#[test]
fn many_examples_and_long_sequences_are_as_exact() {
    // Of so many sums of a layer of rectified units one is too near zero to be on the same side.
    for cell in CELLS.into_iter().filter(|cell| *cell != Cell::Relu) {
        let mut draws = Draws::new(7);
        let case = Case::drawn(&mut draws, RecurrentConfig::new(cell, 33, 67), [67, 67]);
        held_to_64_bits(&mut draws, &case, &format!("{cell:?}"));
    }
}

#[test]
fn no_example_gives_no_output() {
    for cell in CELLS {
        let mut draws = Draws::new(1);
        let case = Case::drawn(&mut draws, RecurrentConfig::new(cell, 3, 4), [0, 5]);
        for case in [case.double(), case] {
            let answers = case.answers();
            assert_eq!(answers[0].dims(), [0, 5, 4], "{cell:?}");
            assert_eq!(answers[1].dims(), [1, 0, 4], "{cell:?}");
        }
    }
}

#[test]
fn gradients_are_the_slopes_in_64_bits() {
    for cell in CELLS {
        let mut draws = Draws::new(4);
        let config = RecurrentConfig::new(cell, 5, 19).with_bidirectional(true);
        let mut case = Case::drawn(&mut draws, config, [4, 7]);
        case.lengths = Some(vec![7, 2, 5, 1]);
        let weights: Vec<_> =
            case.answers().iter().map(|answer| draws.tensor(answer.dims())).collect();
        let gradients = case.gradients(&weights);
        let doubled: Vec<_> = weights.iter().map(double).collect();
        let exact = case.double();
        let cost = |case: &Case| {
            let costs = case.answers().into_iter().zip(&doubled);
            let costs = costs.map(|(answer, weight)| (answer.inner() * weight.clone()).sum());
            costs.reduce(|all, one| all + one).unwrap()
        };
        let direction = draws.tensor(case.x.dims());
        let of_x = gradients[0].1.clone().reshape(case.x.dims());
        let function = |x: Tensor<3>| cost(&Case { x: x.autodiff(), ..exact.clone() });
        slope_is(&of_x, [&case.x, &direction], function, &format!("x, {cell:?}"));
        let hidden = case.initial.as_ref().unwrap().hidden.clone();
        let direction = draws.tensor(hidden.dims());
        let of_hidden = gradients[1].1.clone().reshape(hidden.dims());
        let function = |hidden: Tensor<3>| {
            let cell = exact.initial.as_ref().unwrap().cell.clone();
            let initial = Some(States { hidden: hidden.autodiff(), cell });
            cost(&Case { initial, ..exact.clone() })
        };
        slope_is(&of_hidden, [&hidden, &direction], function, &format!("h, {cell:?}"));
    }
}

#[test]
fn an_example_with_an_end_is_as_if_it_were_that_long_whatever_stands_behind() {
    for cell in CELLS {
        let mut draws = Draws::new(3);
        let config = RecurrentConfig::new(cell, 6, 17).with_layers(2).with_bidirectional(true);
        let mut long = Case::drawn(&mut draws, config, [1, 9]);
        long.lengths = Some(vec![5]);
        let nan = Tensor::full([1, 4, 6], f32::NAN, &long.x.device());
        let short = Case { x: long.x.clone().narrow(1, 0, 5), lengths: None, ..long.clone() };
        long.x = long.x.inner().autodiff().slice_assign([0..1, 5..9], nan).require_grad();
        let (of_long, of_short) = (long.answers(), short.answers());
        assert_eq!(values(&of_long[0].clone().narrow(1, 0, 5)), values(&of_short[0]));
        assert!(values(&of_long[0].clone().narrow(1, 5, 4)).iter().all(|value| *value == 0.0));
        assert_eq!(values(&of_long[1]), values(&of_short[1]), "{cell:?}");
        let weights: Vec<_> = of_long.iter().map(|answer| draws.tensor(answer.dims())).collect();
        for (name, gradient) in long.gradients(&weights) {
            assert!(values(&gradient).iter().all(|value| value.is_finite()), "{name}, {cell:?}");
        }
    }
}

#[test]
fn nan_and_infinity_come_through_as_in_the_composition() {
    for cell in CELLS {
        for odd in [f32::NAN, f32::INFINITY, -f32::INFINITY] {
            let mut draws = Draws::new(5);
            let config = RecurrentConfig::new(cell, 4, 18);
            let mut case = Case::drawn(&mut draws, config, [3, 5]);
            let one = Tensor::full([1, 1, 1], odd, &case.x.device());
            case.x = case.x.inner().autodiff().slice_assign([1..2, 2..3, 1..2], one);
            for (answer, exact) in case.answers().iter().zip(case.double().answers()) {
                for (found, exact) in values(answer).iter().zip(values(&single(&exact))) {
                    let same = (found - exact).abs() < 1e-4 || *found == exact;
                    let same = same || found.is_nan() && exact.is_nan();
                    assert!(same, "{cell:?}, {odd}: {found} where 64 bits have {exact}");
                }
            }
        }
    }
}

#[test]
fn without_gradients_the_answers_are_the_same_bits() {
    for cell in CELLS {
        let mut draws = Draws::new(6);
        let case = Case::drawn(&mut draws, RecurrentConfig::new(cell, 9, 21), [5, 8]);
        let mut plain = case.clone();
        plain.x = plain.x.inner();
        for way in &mut plain.network.ways {
            way.weight = burn::module::Param::from_tensor(way.weight.val().inner());
            way.bias = burn::module::Param::from_tensor(way.bias.val().inner());
        }
        plain.initial = plain.initial.map(|States { hidden, cell }| States {
            hidden: hidden.inner(),
            cell: cell.map(Tensor::inner),
        });
        for (tracked, plain) in case.answers().iter().zip(plain.answers()) {
            assert_eq!(values(tracked), values(&plain), "{cell:?}");
        }
    }
}

#[test]
fn one_thread_and_three_give_the_same_bits() {
    for cell in CELLS {
        let bits = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut draws = Draws::new(2);
                // Enough work for several threads.
                let config = RecurrentConfig::new(cell, 66, 131);
                let mut case = Case::drawn(&mut draws, config, [23, 21]);
                case.lengths = Some((0..23).map(|_| draws.size(1, 21)).collect());
                let answers = case.answers();
                let weights: Vec<_> =
                    answers.iter().map(|answer| draws.tensor(answer.dims())).collect();
                let mut bits: Vec<_> = answers.iter().map(values).collect();
                bits.extend(case.gradients(&weights).iter().map(|(_, gradient)| values(gradient)));
                bits
            })
        };
        assert!(bits(1) == bits(3), "{cell:?}");
    }
}

#[test]
fn the_lstm_alone_has_a_cell_state() {
    for cell in CELLS {
        let case = Case::drawn(&mut Draws::new(1), RecurrentConfig::new(cell, 2, 3), [1, 1]);
        assert_eq!(case.answers().len() == 3, cell == Cell::Lstm);
    }
}
