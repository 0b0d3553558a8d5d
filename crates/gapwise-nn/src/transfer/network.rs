//! Which network a weight file is of.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::fine_tuning::tensors;
use crate::{
    initialise::Initialiser,
    layers::BatchNormPlace,
    model::{NetworkKind, NetworkSettings},
    networks::ImageNetworkConfig,
    weights::{WeightFile, WeightTensor},
};

/// The network that a weight file is of, as far as it is of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// The network.
    pub kind: NetworkKind,
    /// Where its batch normalisation stands, where that may be set.
    pub batch_norm: Option<BatchNormPlace>,
    /// What stands before its names in the file: `model.`, or nothing.
    pub prefix: String,
    /// Another prefix behind which the file has the same network as whole: `ema_model.`
    pub twin: Option<String>,
    /// Tensors in front of the head that the file has, of the right shapes.
    pub there: usize,
    /// Tensors in front of the head that the file lacks.
    pub missing: Vec<String>,
    /// Tensors of another shape: name, shape expected, shape found.
    pub misshapen: Vec<(String, Vec<usize>, Vec<usize>)>,
    /// Tensors of the file that the network has no place for.
    pub left_over: Vec<String>,
}

impl Recognised {
    /// How many tensors are missing, misshapen or left over.
    fn off(&self) -> usize {
        self.missing.len() + self.misshapen.len() + self.left_over.len()
    }

    /// Whether this is the same network as `other`, and as whole, in another part of the file.
    fn is_twin(&self, other: &Recognised) -> bool {
        let [one, two] = [&self.prefix, &other.prefix];
        (self.kind, self.batch_norm) == (other.kind, other.batch_norm)
            && (self.off(), self.there) == (other.off(), other.there)
            && !one.starts_with(two.as_str())
            && !two.starts_with(one.as_str())
    }

    /// Whether nearly all of the network is there, so that the file can be of no other kind.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.there > 9 * (self.missing.len() + self.misshapen.len())
    }

    /// Whether enough of its tensors are there that it cannot be by chance.
    fn is_likely(&self) -> bool {
        self.there > self.missing.len() + self.misshapen.len()
    }
}

/// The network whose weights these are, by torchvision's names or ours: of those here, and behind any
/// prefix that a good part of the names has, the one with the fewest tensors missing, misshapen and left
/// over. `None` where more than half of every network's is missing or of another shape.
///
/// With `only`, what the file has of that network, whatever it lacks.
pub fn network_of(file: &WeightFile, only: Option<NetworkKind>) -> Option<Recognised> {
    let prefixes = prefixes(file);
    let parts: Vec<Part<'_>> = prefixes.iter().map(|prefix| Part::of(file, prefix)).collect();
    let mut best: Option<Recognised> = None;
    let published = NetworkKind::all().filter(|kind| kind.is_as_published());
    for kind in published.filter(|kind| only.is_none_or(|only| only == *kind)) {
        let places = match kind.fixed_batch_norm() {
            Some(_) => vec![None],
            None => vec![Some(BatchNormPlace::Off), Some(BatchNormPlace::BeforeActivation)],
        };
        for place in places {
            let settings = NetworkSettings::new(kind);
            let batch_norm = place.unwrap_or(settings.batch_norm);
            let settings = NetworkSettings { batch_norm, ..settings };
            for part in &parts {
                let found = part.compared((kind, place), &settings);
                // Of networks as near, the first: that is how they are told apart where all fits.
                let fits = only.is_some() && found.there > 0 || found.is_likely();
                if !fits {
                    continue;
                }
                match &mut best {
                    Some(best) if found.is_twin(best) => {
                        best.twin.get_or_insert(found.prefix);
                    }
                    Some(best) if found.off() >= best.off() => {}
                    _ => best = Some(found),
                }
            }
        }
    }
    best
}

/// Share of the names that has to have a prefix: a network may lie beside another one of its size.
const SHARE: usize = 4;

/// What may stand before a network's names: nothing, or what a good part of the names has in common.
///
/// In the order of the file, which a program writes as it made its parts.
fn prefixes(file: &WeightFile) -> Vec<String> {
    let (mut having, mut order) = (HashMap::<&str, usize>::new(), Vec::new());
    for tensor in file.tensors() {
        let name = tensor.name();
        for (dot, _) in name.match_indices('.') {
            let names = having.entry(&name[..=dot]).or_default();
            if *names == 0 {
                order.push(&name[..=dot]);
            }
            *names += 1;
        }
    }
    let many = order.into_iter().filter(|prefix| having[prefix] * SHARE >= file.tensors().len());
    std::iter::once(String::new()).chain(many.map(str::to_owned)).collect()
}

/// A file seen behind a prefix.
struct Part<'a> {
    prefix: &'a str,
    inside: BTreeMap<&'a str, &'a WeightTensor>,
    /// Names without the prefix.
    beside: BTreeMap<&'a str, &'a WeightTensor>,
}

impl<'a> Part<'a> {
    fn of(file: &'a WeightFile, prefix: &'a str) -> Self {
        let (mut inside, mut beside) = (BTreeMap::new(), BTreeMap::new());
        for tensor in file.tensors() {
            match tensor.name().strip_prefix(prefix) {
                Some(name) => inside.insert(name, tensor),
                None => beside.insert(tensor.name(), tensor),
            };
        }
        Part { prefix, inside, beside }
    }

    fn get(&self, name: &str) -> Option<&'a WeightTensor> {
        self.inside.get(name).or_else(|| self.beside.get(name)).copied()
    }

    /// The network with so many channels as the first convolution of the file reads.
    fn sizes(&self, settings: &NetworkSettings) -> ImageNetworkConfig {
        let sizes = settings.for_images([3, 224, 224], 1);
        let first = sizes.first_convolution().and_then(|own| {
            self.get(&sizes.torchvision(&own).unwrap_or_default()).or_else(|| self.get(&own))
        });
        match first.and_then(|first| first.shape().get(1)) {
            Some(&channels) if (1..=64).contains(&channels) => {
                settings.for_images([channels, 224, 224], 1)
            }
            _ => sizes,
        }
    }

    fn compared(
        &self,
        (kind, batch_norm): (NetworkKind, Option<BatchNormPlace>),
        settings: &NetworkSettings,
    ) -> Recognised {
        let sizes = self.sizes(settings);
        // Without memory for weights, which are never looked at.
        let network = sizes.init(&mut Initialiser::blank(&burn::tensor::Device::flex()));
        let tensors = tensors(&network);
        let parameters = sizes.parameter_index();
        let theirs = |path: &str| parameters.torchvision(path);
        let there = |name: &str| self.get(name).is_some();
        let own = tensors.iter().filter(|(path, _)| there(path)).count();
        let by_theirs = tensors.iter().filter_map(|(path, _)| theirs(path));
        let torchvision = by_theirs.filter(|name| there(name)).count() > own;
        let mut found = Recognised {
            kind,
            batch_norm,
            prefix: self.prefix.to_owned(),
            twin: None,
            there: 0,
            missing: Vec::new(),
            misshapen: Vec::new(),
            left_over: Vec::new(),
        };
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (path, expected) in &tensors {
            let name = match torchvision {
                true => theirs(path).unwrap_or_else(|| path.clone()),
                false => path.clone(),
            };
            let tensor = self.get(&name);
            seen.extend(tensor.map(WeightTensor::name));
            if parameters.is_new(path) || path.ends_with("num_batches_tracked") {
                continue;
            }
            match tensor {
                None => found.missing.push(name),
                Some(tensor) if tensor.shape() != expected => {
                    found.misshapen.push((name, expected.clone(), tensor.shape().to_vec()));
                }
                Some(_) => found.there += 1,
            }
        }
        let names = self.inside.values().chain(self.beside.values()).map(|tensor| tensor.name());
        found.left_over = names.filter(|name| !seen.contains(name)).map(str::to_owned).collect();
        found
    }
}
