//! The training loop at its edges.

use gapwise_data::{Labels, table::EncodedTable};
use gapwise_nn::{
    Device,
    initialise::Initialiser,
    layers::BatchNormPlace,
    layers::NormActivation,
    model::{FitError, Fitting},
    networks::{FeedForward, FeedForwardConfig},
    tasks::{Labelled, NumberHead, RowReader, Supervised},
    train::{
        ClassWeights, Divergence, Examples, Fitted, Request, TrainError, TrainSettings, Watch,
    },
    weights,
};

use crate::samples::{Sample, drawn, every_task_and_network, train_alone};

fn settings() -> TrainSettings {
    TrainSettings::new(4, 8, 0.01, 1)
}

fn network() -> FeedForward {
    let config = FeedForwardConfig {
        features: 2,
        embeddings: vec![],
        hidden: vec![6],
        norm_activation: NormActivation::default(),
        dropout: vec![0.0],
        input_dropout: 0.0,
        outputs: 1,
    };
    config.init(&mut Initialiser::new(1, &Device::flex().autodiff()))
}

/// Ten rows of two drawn features; those of the last three, the validation, are times `scale`.
fn fitted(
    train: &[usize],
    settings: &TrainSettings,
    scale: f32,
) -> Result<Fitted<FeedForward>, TrainError> {
    let mut dense: Vec<f32> = (0..20).map(|at| drawn(1, at, 4.0)).collect();
    dense[14..].iter_mut().for_each(|value| *value *= scale);
    let rows = EncodedTable { examples: 10, dense_width: 2, dense, codes: vec![] };
    let numbers: Vec<f64> = (0..10).map(|at| f64::from(drawn(2, at, 4.0))).collect();
    let head = NumberHead::fit("n", &numbers, train);
    let labels = Labels::Numbers(numbers);
    let examples = Examples { train, validation: &[7, 8, 9] };
    let labelled = Labelled { labels: Some(&labels), weights: None };
    train_alone(
        &Supervised::new(RowReader::new(rows), head, labelled),
        network(),
        examples,
        settings,
    )
}

#[test]
fn a_batch_larger_than_the_data_is_all_of_it() {
    let train = [0, 1, 2, 3, 4];
    let exact = fitted(&train, &TrainSettings { batch: 5, ..settings() }, 1.0).unwrap();
    let larger = fitted(&train, &TrainSettings { batch: usize::MAX, ..settings() }, 1.0).unwrap();
    assert_eq!(larger.records.history.last().unwrap().step, 4);
    let bytes = |fitted: &Fitted<FeedForward>| weights::to_bytes(&fitted.last).unwrap();
    assert!(bytes(&larger) == bytes(&exact));
}

#[test]
fn the_last_batch_of_an_epoch_may_be_smaller_and_is_never_one_alone() {
    let steps = |batch| {
        let settings = TrainSettings { batch, ..settings() };
        let fitted = fitted(&[0, 1, 2, 3, 4], &settings, 1.0).unwrap();
        fitted.records.history.iter().map(|row| row.step).collect::<Vec<_>>()
    };
    // Batches of 3 and 2 in each of 4 epochs; batches of 2 and 3.
    assert_eq!(steps(3), [2, 4, 6, 8]);
    assert_eq!(steps(2), [2, 4, 6, 8]);
}

#[test]
fn one_example_is_enough_to_train_on() {
    let fitted = fitted(&[3], &TrainSettings { epochs: 200, ..settings() }, 1.0).unwrap();
    let last = fitted.records.history.last().unwrap();
    assert!(last.train_loss < 1e-3, "{}", last.train_loss);
}

#[test]
fn a_learning_rate_that_diverges_is_an_error_with_its_epoch() {
    for mut sample in every_task_and_network() {
        sample.settings.learning_rate = 1e18;
        sample.settings.epochs = 5;
        match sample.try_fit() {
            Err(FitError::Train(TrainError::Diverged(told))) => {
                assert_eq!((told.epoch, told.learning_rate), (2, 1e18), "{}", sample.name);
                assert_eq!((told.what, told.best_epoch), ("loss", Some(1)), "{}", sample.name);
                let grew = told.first_loss.is_some();
                assert!(grew == told.value.is_finite(), "{}: {told}", sample.name);
                assert!(told.gradients.iter().all(|row| row.epoch == 2), "{}", sample.name);
            }
            other => panic!("{}: {:?}", sample.name, other.map(|fit| fit.records)),
        }
    }
}

#[test]
fn a_loss_that_diverges_in_a_long_epoch_stops_it_and_is_never_kept() {
    struct Keep;
    impl Watch for Keep {
        fn request(&mut self) -> Request {
            Request::Checkpoint
        }
    }
    // Batch normalisation brings weights of any size back to the same answers.
    let diverging = |sample: &Sample| sample.network.batch_norm == BatchNormPlace::Off;
    for mut sample in every_task_and_network().into_iter().filter(diverging) {
        sample.settings.learning_rate = 1e18;
        sample.settings.batch = 1;
        match sample.fit_with(None, &mut Keep) {
            Err(FitError::Train(TrainError::Diverged(told))) => {
                assert_eq!((told.epoch, told.best_epoch), (1, None), "{}", sample.name);
                assert!(told.step <= 3, "{}: {told}", sample.name);
            }
            other => panic!("{}: {:?}", sample.name, other.map(|fit| fit.records)),
        }
    }
}

#[test]
fn divergence_is_told_with_the_learning_rate() {
    let told = Divergence {
        what: "loss",
        epoch: 3,
        step: 40,
        value: f64::NAN,
        first_loss: None,
        learning_rate: 0.5,
        rate_set: 0.5,
        changes: vec![],
        best_epoch: None,
        gradients: vec![],
    };
    assert_eq!(
        TrainError::Diverged(Box::new(told)).to_string(),
        "the loss became NaN in epoch 3, at update 40, with a learning rate of 0.5: training \
         diverged"
    );
}

#[test]
fn a_loss_far_above_the_first_stops_the_training_while_it_is_still_a_number() {
    // Adam moves every weight by about the learning rate, whatever the gradient: nothing becomes
    // infinite, and nothing is learnt.
    let settings = TrainSettings { learning_rate: 1e4, epochs: 60, ..settings() };
    match fitted(&[0, 1, 2], &settings, 0.5) {
        Err(TrainError::Diverged(told)) => {
            assert!(told.value.is_finite() && told.step <= 50, "{told}");
            let first = f64::from(told.first_loss.unwrap()).max(1.0);
            assert!(told.value > 1_000.0 * first, "{told}");
            assert_eq!(told.rate_set, 1e4);
        }
        other => panic!("{:?}", other.map(|fitted| fitted.records)),
    }
}

#[test]
fn validation_that_is_not_finite_stops_no_training() {
    let fitted = fitted(&[0, 1, 2], &settings(), f32::INFINITY).unwrap();
    assert_eq!((fitted.best_epoch, fitted.records.history.len()), (1, 4));
    for row in &fitted.records.history {
        assert!(row.train_loss.is_finite() && !row.validation_loss.is_finite(), "{row:?}");
    }
}

#[test]
fn rows_without_a_single_feature_still_learn_the_mean() {
    for hidden in [vec![], vec![4]] {
        let config = FeedForwardConfig {
            features: 0,
            embeddings: vec![],
            dropout: vec![0.0; hidden.len()],
            hidden,
            norm_activation: NormActivation::default(),
            input_dropout: 0.0,
            outputs: 1,
        };
        let network = config.init(&mut Initialiser::new(1, &Device::flex().autodiff()));
        let rows = EncodedTable { examples: 4, dense_width: 0, dense: vec![], codes: vec![] };
        let labels = Labels::Numbers(vec![1.0, 3.0, 5.0, 7.0]);
        let head = NumberHead { name: "n".into(), mean: 0.0, deviation: 1.0 };
        let labelled = Labelled { labels: Some(&labels), weights: None };
        let task = Supervised::new(RowReader::new(rows), head, labelled);
        let all = [0, 1, 2, 3];
        let examples = Examples { train: &all, validation: &all };
        let settings = TrainSettings { epochs: 300, learning_rate: 0.1, ..settings() };
        let fitted = train_alone(&task, network, examples, &settings).unwrap();
        // The mean is 4, and the squares about it are 9, 1, 1, 9: on average 5.
        let loss = fitted.records.history[299].validation_loss;
        assert!((loss - 5.0).abs() < 0.01, "{loss}");
    }
}

#[test]
fn balanced_weights_count_a_class_without_training_examples_once_and_say_so() {
    // Every third example validates; only those are cedars.
    let names = ["ash", "birch", "cedar"].map(String::from).to_vec();
    let of = (0..51).map(|at| if at % 3 == 2 { 2 } else { u32::from(at % 2 == 0) }).collect();
    let mut sample = every_task_and_network().swap_remove(0);
    sample.dataset.labels = Labels::Classes { names, of };
    sample.settings.class_weights = ClassWeights::Balanced;
    let Sample { dataset, splits, network, settings, .. } = &sample;
    let fitting = Fitting::new(dataset, splits, network, settings).unwrap();
    // 34 train, 17 of each class: 34 / (2 · 17) = 1 for both as well.
    assert_eq!(fitting.record().class_weights, Some(vec![1.0; 3]));
    let said: Vec<&str> = fitting.notes().iter().map(|note| note.said.as_str()).collect();
    let note = "no training example to balance by: `cedar` counts 1 an example in the metric";
    assert!(said.contains(&note), "{said:?}");
    let weights = fitting.labelled().weights.unwrap();
    assert!(weights.iter().all(|&weight| weight == 1.0), "mistakes on cedars count");
}
