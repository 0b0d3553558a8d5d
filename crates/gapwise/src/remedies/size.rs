//! Larger, deeper, smaller and other networks.

use gapwise_nn::transfer::Freeze;
use gapwise_nn::{
    model::{NetworkKind, NetworkSettings},
    networks::Settable,
};
use gapwise_study::recipe::{Remedy, TakenBy};

use super::{Change, RunRemedies, list};
use crate::config::DropoutChoice;

/// A larger network has at most so many parameters for each number in the training data (examples
/// times columns, or times pixels and channels): with more, it has little to learn them from.
pub(super) const PARAMETERS_PER_NUMBER: usize = 10;
/// Hidden units grow to this many before a layer is added.
pub(super) const WIDEST: usize = 512;
/// Channels double up to this many.
const MOST_CHANNELS: usize = 1024;
/// Layers are added up to this many.
pub(super) const MOST_LAYERS: usize = 8;
/// Layers are halved down to this many units or filters.
const NARROWEST: usize = 4;
/// A small `conv` in place of networks whose sizes are fixed.
const SMALL_CHANNELS: [usize; 2] = [8, 16];
const SMALL_HIDDEN: [usize; 1] = [32];
/// Another network than a plain stack.
const RESIDUAL: &str = "resnet20";

impl RunRemedies {
    /// For a network that began with weights of other data, what stands for a change of its shape,
    /// which the weights would not fit: to train more of its layers, or fewer. `None` where the
    /// remedy is as for any other network.
    pub(super) fn of_transfer(&self, freeze: &Freeze, remedy: Remedy) -> Option<Option<TakenBy>> {
        let to = |to: Freeze| {
            let change = ("network.freeze", freeze.as_str().to_owned(), to.as_str().to_owned());
            (*freeze != to).then(|| self.sets(&[change], None))
        };
        match remedy {
            Remedy::LargerNetwork => Some(to(Freeze::Nothing)),
            Remedy::SmallerNetwork => Some(to(Freeze::AllButHead)),
            Remedy::DeeperNetwork
            | Remedy::OtherNetwork
            | Remedy::BatchNormalisation
            | Remedy::Initialisation => Some(None),
            _ => None,
        }
    }

    /// Twice the units, and from the widest on a layer more (notes, "Shallow versus deep").
    pub(super) fn larger(&self) -> Option<TakenBy> {
        let double = |units: &[usize]| units.iter().map(|units| 2 * units).collect::<Vec<_>>();
        match self.network.kind.settable() {
            Settable::Hidden => match self.network.hidden.as_slice() {
                [] => self.with_hidden(vec![64]),
                hidden @ [units, ..] if *units < WIDEST => self.with_hidden(double(hidden)),
                hidden @ [units, ..] if hidden.len() < MOST_LAYERS => {
                    self.with_hidden([hidden, &[*units]].concat())
                }
                _ => None,
            },
            Settable::Convolutions => {
                let larger = double(&self.network.channels);
                let fits = larger.iter().all(|&filters| filters <= MOST_CHANNELS);
                fits.then(|| self.with_channels(larger))?
            }
            Settable::Layers => self.grown(NetworkSettings::new(NetworkKind::CONV)),
            Settable::AsPublished => self.published(self.network.kind.larger()?),
        }
    }

    /// Whether the training data has enough numbers for a network, as far as the data is known.
    fn has_data_for(&self, network: &NetworkSettings) -> bool {
        self.record.as_ref().is_none_or(|record| {
            let numbers = self.course.examples.saturating_mul(record.inputs());
            record.parameters_of(network) <= numbers.saturating_mul(PARAMETERS_PER_NUMBER)
        })
    }

    /// To a network that is larger or another one, where there is data for it.
    fn grown(&self, to: NetworkSettings) -> Option<TakenBy> {
        self.has_data_for(&to).then(|| self.into(to))
    }

    /// One more layer as wide as the last. Where a feed-forward network is as wide as it gets, that
    /// is the larger network already.
    pub(super) fn deeper(&self) -> Option<TakenBy> {
        let more = |units: &[usize]| {
            let last = *units.last()?;
            (units.len() < MOST_LAYERS).then(|| [units, &[last]].concat())
        };
        match self.network.kind.settable() {
            Settable::Hidden if self.network.hidden.first()? < &WIDEST => {
                self.with_hidden(more(&self.network.hidden)?)
            }
            Settable::Convolutions => self.with_channels(more(&self.network.channels)?),
            _ => None,
        }
    }

    /// Half the units and filters; in place of a network of fixed sizes, a small `conv`.
    pub(super) fn smaller(&self) -> Option<TakenBy> {
        let halve = |units: &[usize]| -> Vec<usize> {
            units.iter().map(|units| (units / 2).max(NARROWEST.min(*units))).collect()
        };
        let network = &self.network;
        let smaller = match network.kind.settable() {
            Settable::Hidden | Settable::Convolutions => NetworkSettings {
                hidden: halve(&network.hidden),
                channels: halve(&network.channels),
                ..network.clone()
            },
            Settable::Layers => {
                let small = NetworkSettings {
                    kind: NetworkKind::CONV,
                    channels: SMALL_CHANNELS.to_vec(),
                    ..network.clone()
                };
                let small = small.with_hidden(SMALL_HIDDEN.to_vec());
                let record = self.record.as_ref()?;
                if record.multiply_adds_of(&small) >= record.multiply_adds() {
                    return None;
                }
                small
            }
            Settable::AsPublished => return self.published(network.kind.smaller()?),
        };
        (smaller != *network).then(|| self.into(smaller))
    }

    /// Another network that reads images: residual in place of a plain stack; a table has no other.
    pub(super) fn other_network(&self) -> Option<TakenBy> {
        self.images()?;
        let network = self.network.clone();
        let kind = match network.kind.settable() {
            Settable::Layers | Settable::Convolutions => {
                return self.published(NetworkKind::of(RESIDUAL)?);
            }
            Settable::Hidden | Settable::AsPublished => NetworkKind::CONV,
        };
        let usual = NetworkSettings::new(kind);
        let hidden = match network.kind.has_hidden() {
            true => network.hidden.clone(),
            false => usual.hidden,
        };
        let other = NetworkSettings { kind, channels: usual.channels, ..network };
        self.grown(other.with_hidden(hidden))
    }

    /// The network of this name, as its paper has it.
    fn published(&self, kind: NetworkKind) -> Option<TakenBy> {
        let (from, mut to) = (&self.network, NetworkSettings::new(kind));
        (to.initialisation, to.initial_scale) = (from.initialisation, from.initial_scale);
        let grows = self
            .record
            .as_ref()
            .is_none_or(|record| record.parameters_of(&to) > record.parameters());
        if grows && !self.has_data_for(&to) {
            return None;
        }
        let kinds = (from.kind.as_str().to_owned(), to.kind.as_str().to_owned());
        let mut changes: Vec<Change> = vec![("network.kind", kinds.0, kinds.1)];
        // What the run's network has stands in its configuration, and is fixed in this one.
        let mut set = |key, [before, after]: [String; 2]| {
            if before != after {
                changes.push((key, before, after));
            }
        };
        let place = |network: &NetworkSettings| network.batch_norm.as_str().to_owned();
        set("network.batch_norm", [place(from), place(&to)]);
        set("network.activation", [from, &to].map(|of| of.activation.as_str().to_owned()));
        set("network.input_dropout", [from, &to].map(|of| of.input_dropout.to_string()));
        let dropout = |network: &NetworkSettings| {
            DropoutChoice::of(&network.dropout).map_or_else(|| "[]".to_owned(), |of| of.to_string())
        };
        set("network.dropout", [dropout(from), dropout(&to)]);
        changes.extend(self.rate_for(&to));
        Some(self.sets(&changes, self.cost(self.train.epochs, Some(&to))))
    }

    fn with_hidden(&self, hidden: Vec<usize>) -> Option<TakenBy> {
        self.grown(NetworkSettings { hidden, ..self.network.clone() })
    }

    fn with_channels(&self, channels: Vec<usize>) -> Option<TakenBy> {
        self.grown(NetworkSettings { channels, ..self.network.clone() })
    }

    /// From this network to another one. What another kind takes by default is not typed.
    fn into(&self, mut to: NetworkSettings) -> TakenBy {
        let from = &self.network;
        let mut changes: Vec<Change> = Vec::new();
        if to.kind != from.kind {
            changes.push(("network.kind", from.kind.as_str().into(), to.kind.as_str().into()));
        }
        let usual = NetworkSettings::new(to.kind);
        // What the run's kind has stands in its configuration; else the default would be taken.
        let channels = if from.kind.has_channels() { &from.channels } else { &usual.channels };
        if to.kind.has_channels() && *channels != to.channels {
            changes.push(("network.channels", list(&from.channels), list(&to.channels)));
        }
        let hidden = if from.kind.has_hidden() { &from.hidden } else { &usual.hidden };
        if to.kind.has_hidden() && *hidden != to.hidden {
            changes.push(("network.hidden", list(&from.hidden), list(&to.hidden)));
        }
        // A list of dropouts has to grow and shrink with the layers.
        let layers = to.kind.dense_layers(&to.hidden);
        if let Some(DropoutChoice::Each(mut dropout)) = DropoutChoice::of(&from.dropout)
            && dropout.len() != layers
        {
            let before = DropoutChoice::Each(dropout.clone()).to_string();
            dropout.resize(layers, dropout[dropout.len() - 1]);
            let after = DropoutChoice::Each(dropout.clone()).to_string();
            changes.push(("network.dropout", before, after));
            to.dropout = dropout;
        } else {
            to.dropout.resize(layers, from.dropout.first().copied().unwrap_or_default());
        }
        changes.extend(self.rate_for(&to));
        self.sets(&changes, self.cost(self.train.epochs, Some(&to)))
    }
}
