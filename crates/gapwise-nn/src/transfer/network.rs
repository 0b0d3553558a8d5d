//! Which network a weight file is of.

use crate::{
    layers::{BatchNormPlace, is_statistic},
    model::{NetworkKind, NetworkSettings},
    networks::{Named, named::NAMES},
    weights::WeightFile,
};

/// Where torchvision has the head, and where we have it.
const HEADS: [&str; 3] = ["fc.", "classifier.6.", "output."];

/// How far a file's parameters may be from a network's, as a share of these: a file that lacks a tensor, or
/// has one more, is still known.
const NEARLY: f64 = 0.05;

/// The network whose weights, by torchvision's names, these are, and where its batch normalisation
/// stands where that may be set: of those that have the first convolution's name the one that has as many
/// parameters in front of the head, which may be missing, or nearly as many.
pub fn network_of(file: &WeightFile) -> Option<(Named, Option<BatchNormPlace>)> {
    let counted = |side: bool| {
        let numbers = file.tensors().iter().filter(|tensor| {
            let name = tensor.name();
            let field = name.rsplit('.').next().unwrap_or(name);
            let head = HEADS.iter().any(|head| name.starts_with(head));
            !is_statistic(field) && !head && name.starts_with("aux") == side
        });
        numbers.map(|tensor| tensor.len()).sum::<usize>()
    };
    let (parameters, with_sides) = (counted(false), counted(true) > 0);
    let mut nearest: Option<(f64, (Named, Option<BatchNormPlace>))> = None;
    for (_, named) in NAMES.iter().filter(|(_, named)| *named != Named::Inception || with_sides) {
        let named = *named;
        let places = match named.batch_norm() {
            Some(_) => vec![None],
            None => vec![Some(BatchNormPlace::Off), Some(BatchNormPlace::BeforeActivation)],
        };
        for place in places {
            let settings = NetworkSettings::new(NetworkKind::Named(named));
            let batch_norm = place.unwrap_or(settings.batch_norm);
            let settings = NetworkSettings { batch_norm, ..settings };
            let sizes = settings.for_images([3, 224, 224], 1);
            let first = sizes.first_convolution().and_then(|path| sizes.torchvision(path));
            let Some(first) = first.and_then(|first| file.get(&first)) else { continue };
            let channels = first.shape().get(1).copied().unwrap_or_default();
            let layers = settings.for_images([channels.clamp(1, 64), 224, 224], 1).layers();
            let body = layers.iter().filter(|layer| layer.name != "output");
            let body = body.map(|layer| layer.parameters).sum::<usize>();
            let off = body.abs_diff(parameters) as f64 / body as f64;
            // Of networks as near, the first: that is how they are told apart where all fits.
            if off <= NEARLY && nearest.is_none_or(|(least, _)| off < least) {
                nearest = Some((off, (named, place)));
            }
        }
    }
    nearest.map(|(_, network)| network)
}
