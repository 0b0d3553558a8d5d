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

/// Only the words next to the middle.
const NEXT: Window = Window { size: 1, shrinks: false };

fn of_rows(rows: &[[f32; 2]]) -> Matrix {
    let mut matrix = Matrix::zeros(rows.len(), 2);
    rows.iter().enumerate().for_each(|(at, row)| matrix.row_mut(at).copy_from_slice(row));
    matrix
}

fn near(found: &Matrix, right: &[[f32; 2]]) {
    for (row, right) in right.iter().enumerate() {
        let found = found.row(row);
        let near = found.iter().zip(right).all(|(found, right)| (found - right).abs() < 2e-6);
        assert!(near, "row {row}: {found:?} {right:?}");
    }
}

#[test]
fn two_windows_of_skip_gram_by_hand() {
    let plan = plan(Model::SkipGram, Predictor::Tree(HuffmanTree::new(&[3, 1])));
    let [mut inputs, mut outputs] = [of_rows(&[[1.0, 0.0], [0.0, 2.0]]), of_rows(&[[0.5, 0.25]])];
    trained(&plan, &[0, 1], [&mut inputs, &mut outputs]);
    // Word 0 is the right child, label 0. Beside it is word 1: logit 2 · 0.25 = 0.5, error
    // 0.1 · (0 − σ(0.5)) = −0.062246; node += error · (0, 2) = (0.5, 0.125508), and word 1 +=
    // error · (0.5, 0.25) = (−0.031123, 1.984439).
    // Word 1 is the left child, label 1. Beside it is word 0: logit 0.5, error
    // 0.1 · (1 − σ(0.5)) = 0.037754; node += error · (1, 0) = (0.537754, 0.125508), and word 0 +=
    // error · (0.5, 0.125508) = (1.018877, 0.004738).
    near(&inputs, &[[1.018_877, 0.004_738], [-0.031_123, 1.984_439]]);
    near(&outputs, &[[0.537_754, 0.125_508]]);
}

#[test]
fn two_windows_of_skip_gram_with_negatives_by_hand() {
    // A word that does not count is never drawn: every negative is word 0.
    let table = NegativeTable::new(&[1, 0]);
    let plan = plan(Model::SkipGram, Predictor::Negatives { table, count: 1 });
    let mut inputs = of_rows(&[[1.0, 0.0], [0.0, 2.0]]);
    let mut outputs = of_rows(&[[0.5, 0.25], [-0.5, 0.5]]);
    trained(&plan, &[0, 1], [&mut inputs, &mut outputs]);
    // Word 0 in the middle: its negative is itself and left out. Beside it is word 1: logit
    // 2 · 0.25 = 0.5, error 0.1 · (1 − σ(0.5)) = 0.037754; target 0 += error · (0, 2) =
    // (0.5, 0.325508), and word 1 += error · (0.5, 0.25) = (0.018877, 2.009439).
    // Word 1 in the middle, label 1, and word 0, label 0. Beside it is word 0: logits −0.5 and 0.5,
    // errors 0.1 · (1 − σ(−0.5)) = 0.062246 and 0.1 · (0 − σ(0.5)) = −0.062246; target 1 +=
    // 0.062246 · (1, 0) = (−0.437754, 0.5), target 0 −= the same = (0.437754, 0.325508), and word 0
    // += 0.062246 · ((−0.5, 0.5) − (0.5, 0.325508)) = (0.937754, 0.010861).
    near(&inputs, &[[0.937_754, 0.010_861], [0.018_877, 2.009_439]]);
    near(&outputs, &[[0.437_754, 0.325_508], [-0.437_754, 0.5]]);
}

#[test]
fn three_windows_of_cbow_by_hand() {
    let tree = Predictor::Tree(HuffmanTree::new(&[3, 1, 1]));
    let plan = Plan { window: NEXT, ..plan(Model::Cbow, tree) };
    let mut inputs = of_rows(&[[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]);
    let mut outputs = of_rows(&[[0.5, 0.25], [-0.5, 0.5]]);
    trained(&plan, &[0, 1, 2], [&mut inputs, &mut outputs]);
    // Node 1 is the root: word 0 is to its right, label 0, and node 0 to its left, label 1; word 1 is to
    // the right of node 0, word 2 to its left.
    // Word 0 in the middle, by word 1: logit at node 1 is 2 · 0.5 = 1, error 0.1 · (0 − σ(1)) =
    // −0.073106; node 1 += error · (0, 2) = (−0.5, 0.353788), and word 1 += error · (−0.5, 0.5) =
    // (0.036553, 1.963447).
    // Word 1 in the middle, by the mean of words 0 and 2, (1, 0.5). At node 0 the logit is 0.625, error
    // 0.1 · (0 − σ(0.625)) = −0.065135; at node 1 it is −0.5 + 0.176894 = −0.323106, error
    // 0.1 · (1 − σ(−0.323106)) = 0.058008. Node 0 += −0.065135 · (1, 0.5) = (0.434865, 0.217432), node 1
    // += 0.058008 · (1, 0.5) = (−0.441992, 0.382792). Words 0 and 2 each += −0.065135 · (0.5, 0.25)
    // + 0.058008 · (−0.5, 0.353788) = (−0.061572, 0.004239): (0.938428, 0.004239) and
    // (0.938428, 1.004239).
    // Word 2 in the middle, by word 1: logits 0.442812 and 0.735436, both of label 1, errors 0.039107 and
    // 0.032400. Node 0 += 0.039107 · (0.036553, 1.963447) = (0.436294, 0.294217), node 1 +=
    // 0.032400 · the same = (−0.440808, 0.446409), and word 1 += 0.039107 · (0.434865, 0.217432)
    // + 0.032400 · (−0.441992, 0.382792) = (0.039239, 1.984353).
    near(&inputs, &[[0.938_428, 0.004_239], [0.039_239, 1.984_353], [0.938_428, 1.004_239]]);
    near(&outputs, &[[0.436_294, 0.294_217], [-0.440_808, 0.446_409]]);
}

#[test]
fn three_windows_of_cbow_with_negatives_by_hand() {
    // Every negative is word 0.
    let table = NegativeTable::new(&[1, 0, 0]);
    let negatives = Predictor::Negatives { table, count: 1 };
    let plan = Plan { window: NEXT, ..plan(Model::Cbow, negatives) };
    let mut inputs = of_rows(&[[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]);
    let mut outputs = of_rows(&[[0.5, 0.25], [-0.5, 0.5], [0.25, 1.0]]);
    trained(&plan, &[0, 1, 2], [&mut inputs, &mut outputs]);
    // Word 0 in the middle, by word 1; its negative is itself and left out: logit 2 · 0.25 = 0.5, error
    // 0.1 · (1 − σ(0.5)) = 0.037754; target 0 += error · (0, 2) = (0.5, 0.325508), and word 1 +=
    // error · (0.5, 0.25) = (0.018877, 2.009439).
    // Word 1 in the middle, by the mean of words 0 and 2, (1, 0.5). Its logit is −0.25, error
    // 0.1 · (1 − σ(−0.25)) = 0.056218; that of word 0 is 0.662754, error 0.1 · (0 − σ(0.662754)) =
    // −0.065988. Target 1 += 0.056218 · (1, 0.5) = (−0.443782, 0.528109), target 0 +=
    // −0.065988 · (1, 0.5) = (0.434012, 0.292514). Words 0 and 2 each += 0.056218 · (−0.5, 0.5)
    // − 0.065988 · (0.5, 0.325508) = (−0.061103, 0.006629): (0.938897, 0.006629) and
    // (0.938897, 1.006629).
    // Word 2 in the middle, by word 1: logits 2.014158 of word 2 and 0.595982 of word 0, errors 0.011772
    // and −0.064474. Target 2 += 0.011772 · (0.018877, 2.009439) = (0.250222, 1.023656), target 0 +=
    // −0.064474 · the same = (0.432795, 0.162958), and word 1 += 0.011772 · (0.25, 1)
    // − 0.064474 · (0.434012, 0.292514) = (−0.006162, 2.002352).
    near(&inputs, &[[0.938_897, 0.006_629], [-0.006_162, 2.002_352], [0.938_897, 1.006_629]]);
    near(&outputs, &[[0.432_795, 0.162_958], [-0.443_782, 0.528_109], [0.250_222, 1.023_656]]);
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
