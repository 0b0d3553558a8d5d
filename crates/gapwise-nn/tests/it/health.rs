//! Gradients that vanish, explode or flow, in a network deep enough to show it.

use gapwise_nn::{
    layers::Activation,
    model::{NetworkKind, NetworkSettings},
    train::Records,
};
use gapwise_study::run::{GradientHealth, Health};

use crate::samples::{classes, rows, sample};

/// What two epochs of 30 tanh layers record, with initial weights of Xavier's deviation times
/// `scale`.
fn thirty_tanh_layers(scale: f64) -> Records {
    let network = NetworkSettings {
        activation: Activation::Tanh,
        initial_scale: scale,
        ..NetworkSettings::new(NetworkKind::FEED_FORWARD).with_hidden(vec![16; 30])
    };
    let mut sample = sample("30 tanh layers", rows(51, classes(51)), network);
    sample.settings.epochs = 2;
    sample.settings.learning_rate = 1e-4;
    sample.fit().records
}

#[test]
fn small_weights_make_gradients_vanish_large_ones_explode_and_xavier_lets_them_flow() {
    let flow = |scale| GradientHealth::of_last_epoch(&thirty_tanh_layers(scale).gradients).flow;
    match flow(0.1) {
        Health::Vanishing { layer, ratio } => {
            assert!(layer == "embeddings.0" && ratio < 1e-20, "{layer}: {ratio}");
        }
        other => panic!("{other:?}"),
    }
    match flow(5.0) {
        Health::Exploding { layer, ratio } => {
            assert!(layer != "output" && ratio > 1e4, "{layer}: {ratio}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(flow(1.0), Health::Healthy);
}

#[test]
fn every_layer_has_a_row_an_epoch_from_input_to_output() {
    let gradients = thirty_tanh_layers(1.0).gradients;
    let layers: Vec<&str> = gradients.iter().map(|row| row.layer.as_str()).collect();
    assert_eq!(layers.len(), 2 * 32, "{layers:?}");
    let (first, second) = layers.split_at(32);
    assert_eq!(first, second);
    assert_eq!((first[0], first[1], first[31]), ("embeddings.0", "hidden.0", "output"));
    // 16 inputs to 16 units: 256 weights and 16 biases.
    assert_eq!(gradients[2].parameters, 272);
    assert!(gradients.iter().all(|row| row.gradient_norm > 0.0 && row.weight_norm > 0.0));
}
