//! What holds for every network of the registry that has no samples of its own: one name of each, on
//! a few small images. AlexNet reads 224×224 alone and has 60 million weights, so each is trained
//! without the loop, which keeps epochs.

use std::mem::discriminant;

use burn::{
    module::{Module, ModuleMapper, Param},
    optim::GradientsParams,
    tensor::{Tensor, TensorData, activation::log_softmax},
};
use gapwise_nn::{
    Device,
    initialise::Initialiser,
    layers::parameters,
    model::{NetworkKind, NetworkSettings},
    networks::{ImageNetwork, ImageNetworkConfig},
    optimise::{Optimiser, OptimiserSettings},
    weights,
};

use crate::samples::{drawn, every_task_and_network};

/// Images, each of a class of its own.
const BATCH: usize = 3;
const CLASSES: usize = BATCH;
/// Steps in which a small network learns a batch; large ones need ten.
const MOST_STEPS: usize = 2_000;

/// The first kind of every network that no other sample has, with its sizes for images of 32×33 and
/// without dropout.
fn other_networks() -> Vec<(NetworkKind, ImageNetworkConfig)> {
    let sizes =
        |settings: NetworkSettings| settings.with_dropout(0.0).for_images([3, 32, 33], CLASSES);
    let by_hand = every_task_and_network();
    let mut seen: Vec<_> =
        by_hand.iter().map(|sample| discriminant(&sizes(sample.network.clone()))).collect();
    let mut others = Vec::new();
    for kind in NetworkKind::all() {
        let sizes = sizes(NetworkSettings::new(kind));
        if !seen.contains(&discriminant(&sizes)) {
            seen.push(discriminant(&sizes));
            others.push((kind, sizes));
        }
    }
    others
}

/// He's uniform weights from a linear congruential generator, which is quick.
struct Draw {
    state: u32,
}

impl ModuleMapper for Draw {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let shape = param.lazy_shape();
        if D < 2 {
            return param;
        }
        // Dense weights are `[inputs, outputs]`, those of convolutions `[filters, channels, …]`.
        let inputs: usize = if D == 2 { shape[0] } else { shape[1..].iter().product() };
        let scale = (6.0 / inputs as f32).sqrt() / (1 << 23) as f32;
        let mut values = vec![0.0; shape.num_elements()];
        for value in &mut values {
            self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *value = ((self.state >> 8) as f32 - (1 << 23) as f32) * scale;
        }
        let data = TensorData::new(values, shape);
        param.map(|old| Tensor::from_data(data, &old.device()).require_grad())
    }
}

fn first_weights(sizes: &ImageNetworkConfig) -> ImageNetwork {
    let device = Device::flex().autodiff();
    sizes.init(&mut Initialiser::blank(&device)).map(&mut Draw { state: 7 })
}

fn batch(kind: NetworkKind, device: &Device) -> Tensor<4> {
    let [height, width] = kind.sides([32, 33]);
    let values = (0..BATCH * 3 * height * width).map(|at| drawn(5, at, 2.0)).collect();
    Tensor::from_data(TensorData::new(values, [BATCH, 3, height, width]), device)
}

/// Losses of steps of Adam, each from before its step, and the network behind them: at most so many
/// steps, and none behind a loss of a tenth of the first.
fn trained(kind: NetworkKind, sizes: &ImageNetworkConfig, most: usize) -> (Vec<f32>, ImageNetwork) {
    let mut network = first_weights(sizes);
    let mut optimiser = Optimiser::new(&OptimiserSettings::default());
    let device = Device::flex().autodiff();
    let images = batch(kind, &device);
    let right = Tensor::<2>::eye(BATCH, &device);
    let mut losses: Vec<f32> = Vec::new();
    while losses.len() < most && losses.last().is_none_or(|last| *last > 0.1 * losses[0]) {
        let logits = network.forward(images.clone());
        let loss = -(log_softmax(logits, 1) * right.clone()).sum() / BATCH as f32;
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        network = optimiser.step(kind.training().mini_rate, network, gradients);
        losses.push(loss.into_scalar());
    }
    (losses, network)
}

fn logits(network: &ImageNetwork, images: Tensor<4>) -> Vec<f32> {
    network.forward(images).into_data().try_to_vec().unwrap()
}

#[test]
fn a_tiny_batch_is_learnt_and_the_network_comes_back_from_its_weights() {
    for (kind, sizes) in other_networks() {
        let name = kind.as_str();
        let (losses, network) = trained(kind, &sizes, MOST_STEPS);
        let (first, last) = (losses[0], losses[losses.len() - 1]);
        assert!(first > 0.3, "{name}: {first} at first");
        assert!(last <= 0.1 * first, "{name}: {first} at first, {last} in the end");

        let network = network.valid();
        let images = batch(kind, &Device::flex());
        let answers = logits(&network, images.clone());
        assert_eq!(logits(&network, images.clone()), answers, "{name}: other answers");
        // A matrix product may add in another order for another batch.
        for (alone, among) in
            logits(&network, images.clone().narrow(0, 1, 1)).iter().zip(&answers[CLASSES..])
        {
            let apart = (alone - among).abs();
            assert!(apart <= 1e-4 * among.abs().max(1.0), "{name}: {alone} and {among}");
        }
        let counted = sizes.parameters() + sizes.side_parameters();
        assert_eq!(parameters(&network), counted, "{name}");
        let mut again = sizes.init(&mut Initialiser::blank(&Device::flex()));
        weights::load(&mut again, weights::to_bytes(&network).unwrap()).unwrap();
        assert_eq!(logits(&again, images), answers, "{name}: other answers when loaded");
    }
}

#[test]
fn training_gives_the_same_bits_with_any_number_of_threads() {
    for (kind, sizes) in other_networks() {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let (losses, network) = trained(kind, &sizes, 2);
                (
                    losses.iter().map(|loss| loss.to_bits()).collect::<Vec<_>>(),
                    weights::to_bytes(&network).unwrap(),
                )
            })
        };
        assert!(with(1) == with(3), "{}: other bits with 3 threads", kind.as_str());
    }
}
