//! What holds for every task with every network that reads its data.

use gapwise_data::Split;
use gapwise_nn::{
    Device,
    model::{Fit, ImageRecord, Model, ModelRecord, NetworkRecord, RowRecord},
    networks::{ConvConfig, ImageNetworkConfig},
    tasks::{Answer, ClassHead, HeadRecord},
    weights::WeightsError,
};

use crate::samples::{Sample, every_task_and_network};

fn every_model_trained_for(epochs: usize) -> impl Iterator<Item = (Sample, Model)> {
    every_task_and_network().into_iter().map(move |mut sample| {
        sample.settings.epochs = epochs;
        let model = sample.fit().last;
        (sample, model)
    })
}

fn loaded(record: ModelRecord, weights: Vec<u8>) -> Model {
    Model::load(record, weights, &Device::flex()).unwrap()
}

/// The dropout of every hidden dense layer.
fn dropout_of(record: &mut ModelRecord) -> &mut [f64] {
    match &mut record.network {
        NetworkRecord::Rows(RowRecord { sizes, .. }) => &mut sizes.dropout,
        NetworkRecord::Images(ImageRecord { sizes, .. }) => match sizes {
            ImageNetworkConfig::FeedForward(sizes) => &mut sizes.dropout,
            ImageNetworkConfig::Lenet(sizes) => &mut sizes.dropout,
            ImageNetworkConfig::SmallConv(sizes) => std::slice::from_mut(&mut sizes.dropout),
            ImageNetworkConfig::Conv(sizes) => &mut sizes.dropout,
            _ => unreachable!("the samples have no named networks"),
        },
    }
}

fn input_dropout_of(record: &mut ModelRecord) -> &mut f64 {
    match &mut record.network {
        NetworkRecord::Rows(RowRecord { sizes, .. }) => &mut sizes.input_dropout,
        NetworkRecord::Images(ImageRecord { sizes, .. }) => match sizes {
            ImageNetworkConfig::FeedForward(sizes) => &mut sizes.input_dropout,
            ImageNetworkConfig::Lenet(sizes) => &mut sizes.input_dropout,
            ImageNetworkConfig::SmallConv(sizes) => &mut sizes.input_dropout,
            ImageNetworkConfig::Conv(sizes) => &mut sizes.input_dropout,
            _ => unreachable!("the samples have no named networks"),
        },
    }
}

#[test]
fn a_conv_whose_sizes_no_memory_holds_is_refused() {
    for (sample, model) in every_model_trained_for(1) {
        let is_conv = matches!(
            &model.record().network,
            NetworkRecord::Images(ImageRecord { sizes: ImageNetworkConfig::Conv(_), .. })
        );
        if !is_conv {
            continue;
        }
        let weights = model.weights().unwrap();
        let spoils: [fn(&mut ConvConfig); 7] = [
            |sizes| sizes.filters[0] = usize::MAX,
            |sizes| sizes.filters.push(1 << 40),
            |sizes| sizes.filters[0] = 0,
            |sizes| sizes.filters.clear(),
            |sizes| sizes.hidden[0] = usize::MAX / 2,
            |sizes| sizes.hidden = vec![],
            |sizes| sizes.dropout = vec![0.1; 9],
        ];
        for (at, spoil) in spoils.into_iter().enumerate() {
            let mut record = model.record().clone();
            if let NetworkRecord::Images(ImageRecord {
                sizes: ImageNetworkConfig::Conv(sizes),
                ..
            }) = &mut record.network
            {
                spoil(sizes);
            }
            let loaded = Model::load(record, weights.clone(), &Device::flex());
            assert!(loaded.is_err(), "{}: spoil {at} was loaded", sample.name);
        }
    }
}

#[test]
fn a_tiny_batch_is_learnt_to_almost_no_loss() {
    for mut sample in every_task_and_network() {
        sample.settings.epochs = 400;
        let history = sample.fit().records.history;
        let (first, last) = (history[0].train_loss, history[399].train_loss);
        assert!(first > 0.3, "{}: {first} at first", sample.name);
        assert!(last < 0.01, "{}: {last} in the end", sample.name);
    }
}

#[test]
fn saved_and_loaded_weights_give_the_same_answers() {
    for (sample, model) in every_model_trained_for(3) {
        let weights = model.weights().unwrap();
        let record = serde_json::to_string(model.record()).unwrap();
        let again = loaded(serde_json::from_str(&record).unwrap(), weights.clone());
        assert_eq!(again.record(), model.record(), "{}", sample.name);
        assert_eq!(again.parameters(), model.parameters(), "{}", sample.name);
        assert_eq!(sample.answers(&again), sample.answers(&model), "{}", sample.name);
        assert!(again.weights().unwrap() == weights, "{}: other bytes", sample.name);
    }
}

#[test]
fn dropout_acts_in_training_and_never_on_an_answer() {
    for mut sample in every_task_and_network() {
        sample.settings.epochs = 3;
        let without = sample.fit();
        sample.network = sample.network.with_dropout(0.5);
        let on_the_input = {
            let mut sample = sample.clone();
            sample.network = sample.network.with_dropout(0.0);
            sample.network.input_dropout = 0.2;
            sample.fit()
        };
        let loss = |fit: &Fit| fit.records.history[0].train_loss;
        assert_ne!(loss(&on_the_input), loss(&without), "{}: on the input", sample.name);
        let with = sample.fit();
        // The first epoch is one step: its loss comes from the same initial weights.
        assert_ne!(
            with.records.history[0].train_loss, without.records.history[0].train_loss,
            "{}",
            sample.name
        );

        let answers = sample.answers(&with.last);
        let validation = sample.splits.indices(Split::Validation);
        let losses = validation.iter().map(|&example| f64::from(answers[example].loss));
        let loss = losses.sum::<f64>() / validation.len() as f64;
        let said = with.records.history[2].validation_loss;
        // The loop answers other examples at once, and so may add in another order.
        assert!((loss - said).abs() < 1e-5 * loss, "{}: {loss} and {said}", sample.name);
        assert_eq!(sample.answers(&with.last), answers, "{}", sample.name);
        let mut record = with.last.record().clone();
        dropout_of(&mut record).fill(0.0);
        let plain = loaded(record, with.last.weights().unwrap());
        assert_eq!(sample.answers(&plain), answers, "{}", sample.name);
    }
}

#[test]
fn an_example_is_answered_alike_alone_and_among_others() {
    for (sample, model) in every_model_trained_for(3) {
        let (inputs, labels) = (&sample.dataset.inputs, sample.labelled());
        let among = sample.answers(&model);
        for example in [0, 7] {
            let alone: Vec<Answer> = model.answers(inputs, labels, &[example]).unwrap();
            // A matrix product may add in another order for another batch.
            let (alone, among) = (alone[0].loss, among[example].loss);
            let apart = (alone - among).abs();
            assert!(apart <= 1e-5 * among.max(1.0), "{}: {alone} and {among}", sample.name);
        }
        assert_eq!(model.answers(inputs, labels, &[]).unwrap(), [], "{}", sample.name);
    }
}

#[test]
fn one_seed_gives_the_same_bits_twice_and_another_seed_others() {
    for mut sample in every_task_and_network() {
        sample.settings.epochs = 3;
        sample.settings.batch = 5;
        sample.settings.optimiser.l2 = 1e-3;
        for (layer, dropout) in sample.network.dropout.iter_mut().enumerate() {
            *dropout = 0.2 + 0.1 * layer as f64;
        }
        let first = outcome(&sample);
        assert!(outcome(&sample) == first, "{}: other bits with the same seed", sample.name);
        sample.settings.seed = 2;
        assert!(outcome(&sample) != first, "{}: the same bits with another seed", sample.name);
    }
}

#[test]
fn a_record_that_contradicts_itself_is_refused() {
    for (sample, model) in every_model_trained_for(1) {
        let weights = model.weights().unwrap();
        let refused = |spoil: &dyn Fn(&mut ModelRecord)| {
            let mut record = model.record().clone();
            spoil(&mut record);
            match Model::load(record, weights.clone(), &Device::flex()) {
                Err(WeightsError::Record(said)) => said,
                other => panic!("{}: {:?}", sample.name, other.map(|_| "loaded")),
            }
        };
        assert_eq!(
            refused(&|record| dropout_of(record)[0] = 1.5),
            "expected a dropout in [0, 1), found 1.5"
        );
        refused(&|record| dropout_of(record)[0] = f64::NAN);
        refused(&|record| {
            let names = vec!["one".into(); 7];
            record.head = HeadRecord::Class(ClassHead { names });
        });
        refused(&|record| *input_dropout_of(record) = -0.1);
        match &model.record().network {
            NetworkRecord::Rows(_) => {
                let fewer = refused(&|record| {
                    let NetworkRecord::Rows(RowRecord { sizes, .. }) = &mut record.network else {
                        return;
                    };
                    sizes.dropout.push(0.1);
                });
                assert!(fewer.contains(" hidden layers have "), "{fewer}");
                let none = refused(&|record| {
                    let NetworkRecord::Rows(RowRecord { sizes, .. }) = &mut record.network else {
                        return;
                    };
                    sizes.hidden[0] = 0;
                });
                assert_eq!(none, "a layer has 0 units");
                let wide = refused(&|record| {
                    let NetworkRecord::Rows(RowRecord { sizes, .. }) = &mut record.network else {
                        return;
                    };
                    sizes.hidden[0] = usize::MAX;
                });
                assert!(wide.starts_with("a layer has "), "{wide}");
                let features = refused(&|record| {
                    let NetworkRecord::Rows(RowRecord { sizes, .. }) = &mut record.network else {
                        return;
                    };
                    sizes.features += 1;
                });
                assert!(features.starts_with("the encoder writes "), "{features}");
            }
            NetworkRecord::Images(_) => {
                let height = refused(&|record| {
                    let NetworkRecord::Images(ImageRecord { encoder, .. }) = &mut record.network
                    else {
                        return;
                    };
                    encoder.height = 1;
                });
                assert!(height.starts_with("the encoder writes "), "{height}");
                let channels = refused(&|record| {
                    let NetworkRecord::Images(ImageRecord { encoder, .. }) = &mut record.network
                    else {
                        return;
                    };
                    encoder.deviation.clear();
                });
                assert!(channels.ends_with("have 0 deviations"), "{channels}");
            }
        }
    }
}

/// Weights of the best and of the last epoch, and the history.
pub(crate) fn outcome(sample: &Sample) -> (Vec<u8>, Vec<u8>, Vec<[u64; 3]>) {
    let fit = sample.fit();
    let losses = fit
        .records
        .history
        .iter()
        .map(|row| [row.train_loss, row.validation_loss, row.validation_error].map(f64::to_bits))
        .collect();
    (fit.best.weights().unwrap(), fit.last.weights().unwrap(), losses)
}
