//! Which command a remedy has, by hand.

use gapwise_data::images::Augmentation;
use gapwise_nn::{
    layers::BatchNormPlace,
    model::NetworkKind,
    optimise::Rule,
    train::{ChangeKind, TrainChange},
};
use gapwise_study::run::Health;

use super::*;

fn remedies(network: NetworkSettings, train: TrainSettings) -> RunRemedies {
    let health = GradientHealth { flow: Health::Healthy, dead: Vec::new() };
    let course = Course { examples: 64, took: (20, 5.0), health, rate_found: false };
    let augment = Augmentation::default();
    let (record, freeze) = (None, None);
    RunRemedies { run: "runs/a-1".into(), network, train, augment, record, course, freeze }
}

fn command(network: NetworkSettings, l2: f64, remedy: Remedy) -> Option<String> {
    let mut train = TrainSettings::new(20, 64, 1e-3, 1);
    train.optimiser.l2 = l2;
    remedies(network, train).command(remedy).map(|taken| taken.command)
}

fn feed_forward(hidden: &[usize], dropout: f64) -> NetworkSettings {
    let network = NetworkSettings::new(NetworkKind::FEED_FORWARD);
    network.with_hidden(hidden.to_vec()).with_dropout(dropout)
}

#[test]
fn a_larger_network_is_twice_as_wide_and_from_512_on_a_layer_deeper() {
    for (hidden, larger) in
        [(&[128][..], "[256]"), (&[256, 64], "[512,128]"), (&[512], "[512,512]"), (&[], "[64]")]
    {
        assert_eq!(
            command(feed_forward(hidden, 0.0), 0.0, Remedy::LargerNetwork).unwrap(),
            format!("gapwise train runs/a-1 --set 'network.hidden={larger}'")
        );
    }
}

#[test]
fn a_larger_network_learns_at_half_the_rate_down_to_a_tenth_of_the_usual_one() {
    let taken = |hidden: &[usize], rate: f64| {
        let train = TrainSettings::new(20, 64, rate, 1);
        let taken = remedies(feed_forward(hidden, 0.0), train).command(Remedy::LargerNetwork);
        taken.unwrap().command
    };
    let train = "gapwise train runs/a-1 --set";
    assert_eq!(
        taken(&[128], 0.01),
        format!("{train} 'network.hidden=[256]' --set train.learning_rate=0.005")
    );
    assert_eq!(
        taken(&[512, 512], 0.0015),
        format!("{train} 'network.hidden=[512,512,512]' --set train.learning_rate=0.001")
    );
    // A rate that is lower already stays, and a first hidden layer is nothing wider.
    assert_eq!(taken(&[128], 0.0005), format!("{train} 'network.hidden=[256]'"));
    assert_eq!(taken(&[], 0.01), format!("{train} 'network.hidden=[64]'"));
    let widest = remedies(feed_forward(&[512; 8], 0.0), TrainSettings::new(20, 64, 0.01, 1));
    assert_eq!(widest.command(Remedy::LargerNetwork), None, "eight layers are enough");
}

#[test]
fn regularisation_grows_from_what_is_in_force() {
    let taken = |dropout, l2, remedy| command(feed_forward(&[8], dropout), l2, remedy);
    let train = "gapwise train runs/a-1 --set";
    assert_eq!(taken(0.0, 0.0, Remedy::L2).unwrap(), format!("{train} train.l2=0.0001"));
    assert_eq!(taken(0.0, 1e-4, Remedy::L2).unwrap(), format!("{train} train.l2=0.001"));
    assert_eq!(taken(0.2, 0.0, Remedy::Dropout).unwrap(), format!("{train} network.dropout=0.4"));
    assert_eq!(taken(0.6, 0.0, Remedy::Dropout), None);
}

#[test]
fn nothing_is_proposed_twice_or_without_end() {
    let mut train = TrainSettings::new(20, 64, 1e-3, 1);
    train.optimiser.l2 = 0.01;
    train.optimiser.weight_decay = 0.1;
    train.optimiser.rule =
        Rule::Adam { beta1: 0.9, beta2: 0.99, epsilon: gapwise_nn::optimise::Epsilon::OutsideRoot };
    train.average = Some(0.9);
    train.patience = Some(3);
    let network = NetworkSettings {
        batch_norm: BatchNormPlace::BeforeActivation,
        ..feed_forward(&[4, 4, 4, 4, 4, 4, 4, 4], 0.6)
    };
    let mut run = remedies(network, train);
    run.course.rate_found = true;
    for remedy in [
        Remedy::L2,
        Remedy::WeightDecay,
        Remedy::Dropout,
        Remedy::OptimiserParameters,
        Remedy::AveragedWeights,
        Remedy::EarlyStopping,
        Remedy::BatchNormalisation,
        Remedy::LearningRate,
        Remedy::DeeperNetwork,
        Remedy::SmallerNetwork,
        Remedy::Initialisation,
        Remedy::ClipGradient,
        // A table has no pictures to change, and no other network.
        Remedy::Augmentation,
        Remedy::Mirror,
        Remedy::Rotation,
        Remedy::OtherNetwork,
    ] {
        assert_eq!(run.command(remedy), None, "{remedy:?}");
    }
}

#[test]
fn an_optimiser_leaves_for_adam_and_adam_for_momentum_each_at_a_rate_that_goes_with_it() {
    let of_size = |rule, hidden: &[usize]| {
        let mut train = TrainSettings::new(20, 64, 0.004, 1);
        train.optimiser.rule = rule;
        remedies(feed_forward(hidden, 0.0), train).command(Remedy::BetterOptimiser).unwrap()
    };
    let command = |rule| of_size(rule, &[8]);
    let adam = command(Rule::ADAM);
    let set = "gapwise train runs/a-1 --set train.optimiser=";
    let momentum = format!("{set}momentum --set train.learning_rate=");
    assert_eq!(adam.command, format!("{momentum}0.003 --set train.clip_norm=1"));
    assert_eq!(
        adam.change,
        "`train.optimiser` from adam to momentum, `train.learning_rate` from 0.004 to 0.003, \
         `train.clip_norm` from 0 to 1"
    );
    // 512 is twice 128 twice, and there are two layers more.
    let larger = of_size(Rule::ADAM, &[512, 512, 512]).command;
    assert_eq!(larger, format!("{momentum}0.00019 --set train.clip_norm=1"));
    assert_eq!(
        command(Rule::MOMENTUM).command,
        format!("{set}adam --set train.learning_rate=0.001")
    );
    assert_eq!(command(Rule::RMSPROP).command, format!("{set}adam"));
}

#[test]
fn costs_grow_with_epochs_and_updates_of_the_range_test() {
    let run = remedies(feed_forward(&[8], 0.0), TrainSettings::new(20, 16, 1e-3, 1));
    let cost = |remedy| run.command(remedy).unwrap().cost.unwrap();
    // 20 epochs took 5 s.
    let longer = cost(Remedy::TrainLonger);
    assert_eq!(longer.sentence(), "about 10 s, as the last one took 5.0 s for 20 epochs");
    // 64 examples in batches of 16 are 4 updates an epoch, 80 in 5 s; 140 more are 8.75 s.
    assert_eq!(cost(Remedy::LearningRate).seconds, 5.0 + 8.75);
    assert_eq!(cost(Remedy::L2).seconds, 5.0);
    // Stopped after 10 of 20 epochs: the next one may go on to its end.
    let course = Course { took: (10, 2.5), ..run.course.clone() };
    let stopped = RunRemedies { course, ..run };
    assert_eq!(stopped.command(Remedy::L2).unwrap().cost.unwrap().seconds, 5.0);
}

#[test]
fn a_training_that_a_person_stopped_is_longer_without_the_stop() {
    let change = |step, kind| TrainChange { step, kind };
    let rate = change(7, ChangeKind::LearningRate(0.01));
    let mut train = TrainSettings::new(20, 16, 1e-3, 1);
    train.changes = vec![rate, change(9, ChangeKind::Stop)];
    let taken = |train: &TrainSettings| {
        let run = remedies(feed_forward(&[8], 0.0), train.clone());
        run.command(Remedy::TrainLonger).unwrap().command
    };
    assert_eq!(
        taken(&train),
        "gapwise train runs/a-1 --set 'train.changes=[{ learning_rate = 0.01, step = 7 }]'"
    );
    train.changes = vec![rate];
    assert_eq!(taken(&train), "gapwise train runs/a-1 --set train.epochs=40");
}

#[test]
fn dropout_grows_by_the_same_step_in_every_layer() {
    let network = |dropout: &[f64]| NetworkSettings {
        dropout: dropout.to_vec(),
        ..feed_forward(&[512, 8], 0.0)
    };
    let train = "gapwise train runs/a-1 --set";
    let taken = |dropout: &[f64], remedy| command(network(dropout), 0.0, remedy);
    assert_eq!(
        taken(&[0.1, 0.4], Remedy::Dropout).unwrap(),
        format!("{train} 'network.dropout=[0.3,0.6]'")
    );
    assert_eq!(taken(&[0.1, 0.5], Remedy::Dropout), None);
    let lenet = NetworkSettings::new(NetworkKind::LENET);
    assert_eq!(
        command(lenet, 0.0, Remedy::Dropout).unwrap(),
        format!("{train} network.dropout=0.2")
    );
    assert_eq!(
        taken(&[0.1, 0.4], Remedy::LargerNetwork).unwrap(),
        format!("{train} 'network.hidden=[512,8,512]' --set 'network.dropout=[0.1,0.4,0.4]'")
    );
}

#[test]
fn a_larger_conv_has_twice_the_channels_up_to_1_024() {
    let conv = |channels: &[usize]| NetworkSettings {
        channels: channels.to_vec(),
        ..NetworkSettings::new(NetworkKind::CONV)
    };
    assert_eq!(
        command(conv(&[32, 512]), 0.0, Remedy::LargerNetwork).unwrap(),
        "gapwise train runs/a-1 --set 'network.channels=[64,1024]' --set train.learning_rate=0.0006"
    );
    assert_eq!(command(conv(&[32, 513]), 0.0, Remedy::LargerNetwork), None);
}

#[test]
fn what_a_command_sets_is_read_back_from_it() {
    let command =
        r"gapwise train 'my runs/it'\''s' --set 'network.hidden=[256]' --set train.l2=1e-3";
    let typed = typed_by(command).unwrap();
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(typed, [pair("network.hidden", "[256]"), pair("train.l2", "0.001")]);
    assert_eq!(typed_by("gapwise evaluate runs/a-1 --test"), None);
}

#[test]
fn the_last_epoch_is_kept_without_early_stopping() {
    let mut train = TrainSettings::new(20, 64, 1e-3, 1);
    let command =
        |train: &TrainSettings| remedies(feed_forward(&[8], 0.0), train.clone()).keep_last();
    assert_eq!(command(&train), "gapwise train runs/a-1 --set train.keep=last");
    train.patience = Some(3);
    let both = "gapwise train runs/a-1 --set train.keep=last --set train.patience=0";
    assert_eq!(command(&train), both);
}
