//! Networks that go by a name, trained as any other.

use gapwise_nn::{
    Device,
    model::{ImageRecord, Model, ModelRecord, NetworkKind, NetworkRecord, NetworkSettings},
    networks::{GoogLeNetConfig, ImageNetworkConfig, ResNetConfig, VggConfig},
};

use crate::samples::{Sample, images, sample};

fn named(name: &'static str, shape: [usize; 3]) -> Sample {
    let kind = NetworkKind::of(name).unwrap();
    sample(name, images(shape, 6), NetworkSettings::new(kind))
}

#[test]
fn a_resnet_and_its_plain_twin_learn_a_tiny_batch_by_heart() {
    for name in ["resnet20", "plain20"] {
        let mut sample = named(name, [3, 8, 8]);
        sample.settings.epochs = 150;
        let history = sample.fit().records.history;
        assert!(history[149].train_loss < 0.02, "{name}: {}", history[149].train_loss);
    }
}

#[test]
fn trained_they_come_back_from_record_and_weights() {
    for (name, shape) in [
        ("vgg11", [1, 28, 28]),
        ("resnet18", [3, 12, 9]),
        ("resnet32", [1, 8, 8]),
        ("plain20", [1, 5, 5]),
        ("inception", [3, 16, 16]),
    ] {
        let mut sample = named(name, shape);
        (sample.settings.epochs, sample.settings.learning_rate) = (2, 1e-4);
        let model = sample.fit().last;
        let weights = model.weights().unwrap();
        let record = serde_json::to_string(model.record()).unwrap();
        let again: ModelRecord = serde_json::from_str(&record).unwrap();
        let again = Model::load(again, weights, &Device::flex()).unwrap();
        assert_eq!(sample.answers(&again), sample.answers(&model), "{name}");
    }
}

#[test]
fn sizes_that_no_memory_holds_are_refused() {
    fn vgg(sizes: &mut ImageNetworkConfig, spoil: fn(&mut VggConfig)) {
        if let ImageNetworkConfig::Vgg(sizes) = sizes {
            spoil(sizes);
        }
    }
    fn resnet(sizes: &mut ImageNetworkConfig, spoil: fn(&mut ResNetConfig)) {
        if let ImageNetworkConfig::Resnet(sizes) = sizes {
            spoil(sizes);
        }
    }
    fn inception(sizes: &mut ImageNetworkConfig, spoil: fn(&mut GoogLeNetConfig)) {
        if let ImageNetworkConfig::Inception(sizes) = sizes {
            spoil(sizes);
        }
    }
    type Spoil = (&'static str, fn(&mut ImageNetworkConfig));
    let spoils: [Spoil; 12] = [
        ("vgg11", |sizes| vgg(sizes, |sizes| sizes.blocks[1][0] = usize::MAX)),
        ("vgg11", |sizes| vgg(sizes, |sizes| sizes.blocks[1][0] = 0)),
        ("vgg11", |sizes| vgg(sizes, |sizes| sizes.blocks.extend(vec![vec![512]; 100]))),
        ("vgg11", |sizes| vgg(sizes, |sizes| sizes.dropout = [1.0, 0.0])),
        ("vgg11", |sizes| vgg(sizes, |sizes| sizes.channels = 1 << 60)),
        ("resnet20", |sizes| resnet(sizes, |sizes| sizes.blocks[0] = usize::MAX)),
        ("resnet20", |sizes| resnet(sizes, |sizes| sizes.blocks = vec![1; 70])),
        ("resnet20", |sizes| resnet(sizes, |sizes| sizes.blocks.clear())),
        ("resnet20", |sizes| resnet(sizes, |sizes| sizes.sides = [0, 8])),
        ("resnet20", |sizes| resnet(sizes, |sizes| sizes.outputs = 7)),
        ("inception", |sizes| inception(sizes, |sizes| sizes.channels = usize::MAX)),
        ("inception", |sizes| inception(sizes, |sizes| sizes.sides = [3, 3])),
    ];
    let models = ["vgg11", "resnet20", "inception"].map(|name| {
        let mut sample = named(name, [3, 16, 16]);
        (sample.settings.epochs, sample.settings.learning_rate) = (1, 1e-4);
        (name, sample.fit().last)
    });
    for (at, (name, spoil)) in spoils.into_iter().enumerate() {
        let (_, model) = models.iter().find(|(of, _)| *of == name).unwrap();
        let mut record = model.record().clone();
        let NetworkRecord::Images(ImageRecord { sizes, .. }) = &mut record.network else {
            unreachable!()
        };
        spoil(sizes);
        let loaded = Model::load(record, model.weights().unwrap(), &Device::flex());
        assert!(loaded.is_err(), "{name}: spoil {at} was loaded");
    }
}
