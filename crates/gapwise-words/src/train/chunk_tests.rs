use rand::SeedableRng;

use super::*;
use crate::{instructions::with_best, train::Matrix};

const RATE: f32 = 0.1;
const WORDS: [u32; 7] = [0, 1, 2, 1, SENTENCE_END, 2, 0];

fn start(rows: usize, shift: usize) -> Matrix {
    let mut matrix = Matrix::zeros(rows, 3);
    for row in 0..rows {
        for (column, number) in matrix.row_mut(row).iter_mut().enumerate() {
            *number = ((row * 5 + column * 3 + shift) % 7) as f32 / 4.0 - 0.7;
        }
    }
    matrix
}

fn plan(model: Model, predictor: Predictor) -> Plan {
    let window = Window { size: 2, shrinks: false };
    Plan { model, window, predictor, kept: vec![1.0; 3], shared: false, seed: 9 }
}

fn trained(plan: &Plan, words: &[u32], [inputs, outputs]: [&mut Matrix; 2]) {
    let stretch = Stretch { number: 5, rate: RATE };
    let (inputs, outputs) = (inputs.share(), outputs.share());
    with_best(TrainChunk { plan, words, inputs, outputs, stretch });
}

fn plain(matrix: &Matrix) -> Vec<Vec<f64>> {
    let row = |row| matrix.row(row).iter().map(|x| f64::from(*x)).collect();
    (0..matrix.rows()).map(row).collect()
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// −ln of the probability of all labels: of each context word, or of their mean.
fn loss(
    model: Model,
    weights: &[Vec<Vec<f64>>; 2],
    context: &[usize],
    targets: &[(usize, bool)],
) -> f64 {
    let [inputs, outputs] = weights;
    let mean =
        (0..3).map(|at| context.iter().map(|&c| inputs[c][at]).sum::<f64>() / context.len() as f64);
    let hidden: Vec<Vec<f64>> = match model {
        Model::SkipGram => context.iter().map(|&c| inputs[c].clone()).collect(),
        Model::Cbow => vec![mean.collect()],
    };
    let one = |h: &Vec<f64>| -> f64 {
        let term = |&(target, label): &(usize, bool)| {
            let logit = dot(h, &outputs[target]);
            (1.0 + (if label { -logit } else { logit }).exp()).ln()
        };
        targets.iter().map(term).sum()
    };
    hidden.iter().map(one).sum()
}

#[test]
fn all_four_combinations_descend_along_finite_differences() {
    for model in [Model::SkipGram, Model::Cbow] {
        for tree in [true, false] {
            let counts = [3, 2, 2];
            let predictor = if tree {
                Predictor::Tree(HuffmanTree::new(&counts))
            } else {
                Predictor::Negatives { table: NegativeTable::new(&counts), count: 4 }
            };
            let plan = plan(model, predictor);
            let [mut inputs, mut outputs] = [start(3, 0), start(3, 4)];
            let mut weights = [plain(&inputs), plain(&outputs)];
            trained(&plan, &WORDS, [&mut inputs, &mut outputs]);
            // The same draws as the kernel's.
            let mut random = ChaCha8Rng::seed_from_u64(9);
            random.set_stream(5);
            let (mut drawn, mut windows) = (Vec::<u32>::new(), 0);
            for sentence in [&WORDS[..4], &WORDS[5..]] {
                for (at, &middle) in sentence.iter().enumerate() {
                    let targets: Vec<(usize, bool)> = match &plan.predictor {
                        Predictor::Tree(tree) => tree
                            .upwards(middle as usize)
                            .map(|t| (t.node as usize, !t.right))
                            .collect(),
                        Predictor::Negatives { table, count } => {
                            // Those of CBOW are for four windows.
                            if model == Model::SkipGram || windows % 4 == 0 {
                                drawn = (0..*count).map(|_| table.draw(&mut random)).collect();
                            }
                            let others = drawn.iter().filter(|&&drawn| drawn != middle);
                            let others = others.map(|&drawn| (drawn as usize, false));
                            std::iter::once((middle as usize, true)).chain(others).collect()
                        }
                    };
                    let near =
                        (at.saturating_sub(2)..(at + 3).min(sentence.len())).filter(|&i| i != at);
                    let context: Vec<usize> = near.map(|i| sentence[i] as usize).collect();
                    descend(model, &mut weights, (&context, &targets));
                    windows += 1;
                }
            }
            for (found, right) in [(&inputs, &weights[0]), (&outputs, &weights[1])] {
                for (row, right) in right.iter().enumerate() {
                    for (found, right) in found.row(row).iter().zip(right) {
                        assert!((f64::from(*found) - right).abs() < 1e-5, "{model:?} {tree} {row}");
                    }
                }
            }
        }
    }
}

/// One window's step by central differences.
fn descend(
    model: Model,
    weights: &mut [Vec<Vec<f64>>; 2],
    (context, targets): (&[usize], &[(usize, bool)]),
) {
    let mut moved = weights.clone();
    for side in 0..2 {
        for row in 0..3 {
            for column in 0..3 {
                let at = |by: f64| {
                    let mut near = weights.clone();
                    near[side][row][column] += by;
                    loss(model, &near, context, targets)
                };
                let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                // As in the program, the mean's gradient goes to each of its words whole.
                let times =
                    if model == Model::Cbow && side == 0 { context.len() as f64 } else { 1.0 };
                moved[side][row][column] -= f64::from(RATE) * slope * times;
            }
        }
    }
    *weights = moved;
}

#[test]
fn two_windows_of_skip_gram_by_hand() {
    let plan = plan(Model::SkipGram, Predictor::Tree(HuffmanTree::new(&[3, 1])));
    let [mut inputs, mut outputs] = [Matrix::zeros(2, 2), Matrix::zeros(1, 2)];
    inputs.row_mut(0).copy_from_slice(&[1.0, 0.0]);
    inputs.row_mut(1).copy_from_slice(&[0.0, 2.0]);
    outputs.row_mut(0).copy_from_slice(&[0.5, 0.25]);
    trained(&plan, &[0, 1], [&mut inputs, &mut outputs]);
    // Word 0 is the right child, label 0. Beside it is word 1: logit 2 · 0.25 = 0.5, error
    // 0.1 · (0 − σ(0.5)) = −0.062246; node += error · (0, 2) = (0.5, 0.125508), and word 1 +=
    // error · (0.5, 0.25) = (−0.031123, 1.984439).
    // Word 1 is the left child, label 1. Beside it is word 0: logit 0.5, error
    // 0.1 · (1 − σ(0.5)) = 0.037754; node += error · (1, 0) = (0.537754, 0.125508), and word 0 +=
    // error · (0.5, 0.125508) = (1.018877, 0.004738).
    let near = |found: &[f32], right: [f32; 2]| {
        found.iter().zip(right).all(|(found, right)| (found - right).abs() < 2e-6)
    };
    assert!(near(inputs.row(0), [1.018_877, 0.004_738]), "{:?}", inputs.row(0));
    assert!(near(inputs.row(1), [-0.031_123, 1.984_439]), "{:?}", inputs.row(1));
    assert!(near(outputs.row(0), [0.537_754, 0.125_508]), "{:?}", outputs.row(0));
}

#[test]
fn copies_of_hot_rows_bring_the_same_change() {
    // Beside no other thread, copies that meet the shared rows later end at the same sums.
    let words: Vec<u32> = (0..600).map(|at| at * at % 7 % 3).collect();
    for model in [Model::SkipGram, Model::Cbow] {
        let alone = plan(model, Predictor::Tree(HuffmanTree::new(&[3, 2, 2])));
        let [mut inputs, mut outputs] = [start(3, 0), start(2, 4)];
        trained(&alone, &words, [&mut inputs, &mut outputs]);
        let beside = Plan { shared: true, ..alone };
        let [mut hot_inputs, mut hot_outputs] = [start(3, 0), start(2, 4)];
        trained(&beside, &words, [&mut hot_inputs, &mut hot_outputs]);
        for (found, right) in [(&hot_inputs, &inputs), (&hot_outputs, &outputs)] {
            for row in 0..right.rows() {
                for (found, right) in found.row(row).iter().zip(right.row(row)) {
                    assert!((found - right).abs() < 1e-4, "{model:?} {row}: {found} {right}");
                }
            }
        }
    }
}
