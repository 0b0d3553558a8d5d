//! Which network a weight file is of.

use crate::{
    layers::{BatchNormPlace, is_statistic},
    model::{NetworkKind, NetworkSettings},
    networks::{Named, named::NAMES},
    weights::WeightFile,
};

/// The network whose weights, by torchvision's names, these are, and where its batch normalisation
/// stands where that may be set: the one that has the first convolution's name, and as many
/// parameters at as many outputs.
pub fn network_of(file: &WeightFile) -> Option<(Named, Option<BatchNormPlace>)> {
    let counted = |side: fn(&str) -> bool| {
        let numbers = file.tensors().iter().filter(|tensor| {
            let name = tensor.name();
            let field = name.rsplit('.').next().unwrap_or(name);
            !is_statistic(field) && side(name)
        });
        numbers.map(|tensor| tensor.len()).sum::<usize>()
    };
    let parameters = counted(|name| !name.starts_with("aux"));
    let with_sides = counted(|_| true) > parameters;
    let outputs = ["fc.bias", "classifier.6.bias", "output.bias"]
        .iter()
        .find_map(|name| file.get(name))
        .map(|bias| bias.len())?;
    for (_, named) in NAMES {
        let places = match named.batch_norm() {
            Some(_) => vec![None],
            None => vec![Some(BatchNormPlace::Off), Some(BatchNormPlace::BeforeActivation)],
        };
        let fits = |place: &Option<BatchNormPlace>| {
            let settings = NetworkSettings::new(NetworkKind::Named(named));
            let batch_norm = place.unwrap_or(settings.batch_norm);
            let sizes =
                NetworkSettings { batch_norm, ..settings }.for_images([3, 224, 224], outputs);
            let first = sizes.first_convolution().and_then(|path| sizes.torchvision(path));
            let layers = sizes.layers();
            first.is_some_and(|first| file.get(&first).is_some())
                && layers.iter().map(|layer| layer.parameters).sum::<usize>() == parameters
                && (named == Named::Inception) <= with_sides
        };
        if let Some(place) = places.into_iter().find(fits) {
            return Some((named, place));
        }
    }
    None
}
