//! What a network begins with: initial weights that are drawn, or those of other data.

use std::path::PathBuf;

use gapwise_data::{Dataset, Inputs, Labels, Note, Split, Splits};
use gapwise_nn::{
    model::{NetworkKind, NetworkSettings},
    transfer::{Freeze, MANY},
};

use super::{Config, ConfigError};

/// The weights of other data that a network begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transfer {
    /// A weight file or a run.
    pub(crate) weights: PathBuf,
    /// Which stages are not trained.
    pub(crate) freeze: Freeze,
    /// Why these, where no person chose them.
    pub(crate) note: Option<Note>,
}

impl Transfer {
    /// What was typed, with the rule's choice of what is frozen where none was.
    pub(super) fn of(
        config: &Config,
        network: &NetworkSettings,
        (dataset, splits): (&Dataset, &Splits),
    ) -> Result<Option<Self>, ConfigError> {
        let kind = network.kind;
        let Some(weights) = &config.network.weights else {
            let (needs, is) = ("`network.weights`", "there are none");
            let key = match (&config.network.freeze, config.train.kept_rate) {
                (Some(Freeze::Nothing) | None, Some(1.0) | None) => return Ok(None),
                (Some(_), _) => "network.freeze",
                (None, _) => "train.kept_rate",
            };
            return Err(ConfigError::NotForThisData { key, needs, is });
        };
        let Inputs::Images(images) = &dataset.inputs else {
            let (key, needs) = ("network.weights", "images");
            let is = "the data is rows of a table";
            return Err(ConfigError::NotForThisData { key, needs, is });
        };
        if kind == NetworkKind::FEED_FORWARD {
            let (key, belongs_to) = ("network.weights", "networks with convolutions");
            return Err(ConfigError::NotOfThisNetwork { key, belongs_to, kind });
        }
        let (freeze, note) = frozen(config, dataset, splits);
        let image = [images.channels, images.height, images.width];
        let stages = network.for_images(image, 1).stages();
        if freeze.frozen(&stages).is_none() {
            let found = freeze.as_str().to_owned();
            return Err(ConfigError::NoStage { kind, found, stages });
        }
        Ok(Some(Transfer { weights: weights.clone(), freeze, note }))
    }
}

/// What is frozen: as typed, else by the rule, with its reason.
pub(super) fn frozen(
    config: &Config,
    dataset: &Dataset,
    splits: &Splits,
) -> (Freeze, Option<Note>) {
    match &config.network.freeze {
        Some(freeze) => (freeze.clone(), None),
        None => {
            let (freeze, note) = by_rule(&dataset.labels, splits);
            (freeze, Some(note))
        }
    }
}

/// What is frozen by the number of examples, and why.
fn by_rule(labels: &Labels, splits: &Splits) -> (Freeze, Note) {
    let examples = splits.count(Split::Train);
    let classes = match labels {
        Labels::Classes { names, .. } => names.len().max(1),
        Labels::Numbers(_) => 1,
    };
    let freeze = Freeze::by_rule(examples, classes);
    let each = examples / classes;
    let said = match freeze {
        Freeze::Nothing => format!(
            "{each} training examples of a class on average are {MANY} or more: all layers are trained, \
             beginning with the weights"
        ),
        _ => format!(
            "{each} training examples of a class on average are fewer than {MANY}: all layers but the head \
             keep the weights"
        ),
    };
    (freeze, Note { said, change_with: Some("--freeze none|head-only|STAGE".into()) })
}
