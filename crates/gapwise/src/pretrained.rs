//! The weights that a network begins with: a file, or the best epoch of another run.

use std::path::{Path, PathBuf};

use gapwise_data::{
    Note,
    images::{Framing, looks_like_images},
    source::Reading,
};
use gapwise_nn::{
    model::{ModelRecord, NetworkKind, NetworkRecord},
    networks::Named,
    transfer::{self, Normalisation, Pretrained},
    weights::WeightFile,
};
use gapwise_study::run::Record;
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    config::{Config, Transfer},
    trained::{BEST, TrainedRun},
};

/// Weights that were opened.
#[derive(Debug, Clone)]
pub(crate) struct Weights {
    /// As it was named: a file or a run.
    path: PathBuf,
    file: WeightFile,
    /// Hash of the file.
    hash: String,
    /// The run, where it is one's.
    run: Option<LearntIn>,
}

/// The run that weights were learnt in.
#[derive(Debug, Clone)]
struct LearntIn {
    config: Config,
    normalisation: Normalisation,
    /// Height and width at which its images were read.
    size: (u32, u32),
}

/// What a run began with, and what of it went where: `weights.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WeightsRecord {
    /// As it was named.
    pub(crate) path: PathBuf,
    /// Hash of the file.
    pub(crate) blake3: String,
    /// What was taken, new and left over.
    #[serde(flatten)]
    pub(crate) begun: transfer::Begun,
}

impl Record for WeightsRecord {
    const FILE: &'static str = "weights.json";
}

impl Weights {
    /// Opens what `config` names, where it does.
    pub(crate) fn of(config: &Config) -> Result<Option<Self>, Error> {
        let Some(path) = &config.network.weights else { return Ok(None) };
        let (file, run) = if path.is_dir() {
            let run = TrainedRun::open(path)?;
            let record: ModelRecord = run.directory().record()?;
            let NetworkRecord::Images { encoder, .. } = &record.network else {
                return Err(Error::WeightsOfRows { path: path.clone() });
            };
            let (height, width) = match &record.reading {
                Reading::Images(reading) => (reading.height, reading.width),
                Reading::Table(_) => (encoder.height, encoder.width),
            };
            let learnt_in = LearntIn {
                config: run.config().clone(),
                normalisation: Normalisation::of(encoder),
                size: (height as u32, width as u32),
            };
            (run.directory().file(BEST), Some(learnt_in))
        } else {
            (path.clone(), None)
        };
        let opened = WeightFile::open(&file)?;
        let hash = opened.hash();
        Ok(Some(Weights { path: path.clone(), file: opened, hash, run }))
    }

    /// `config` with the network and the image size that the weights are of, where none was typed, and
    /// what is said of that.
    pub(crate) fn suggest(&self, config: &Config) -> (Config, Vec<Note>) {
        let (mut config, mut notes) = (config.clone(), Vec::new());
        // A table is refused where its kind is known.
        if !looks_like_images(&config.data.path) {
            return (config, notes);
        }
        let typed = config.network.kind;
        let mut say = |said: String, change_with: &str| {
            notes.push(Note { said, change_with: Some(change_with.to_owned()) });
        };
        let from = self.path.display();
        match (&self.run, typed) {
            (Some(LearntIn { config: run, .. }), None) => {
                config.network = config.network.over(&run.network);
                let kind = run.network.kind.map_or("", NetworkKind::as_str);
                say(format!("the network is that of `{from}`: {kind}"), "--set network.kind=KIND");
            }
            (None, None) => {
                if let Some((named, place)) = transfer::network_of(&self.file) {
                    let kind = NetworkKind::Named(named);
                    config.network.kind = Some(kind);
                    config.network.batch_norm = config.network.batch_norm.or(place);
                    let kind = kind.as_str();
                    say(
                        format!("the network is that of `{from}`: {kind}"),
                        "--set network.kind=KIND",
                    );
                } else {
                    say(
                        format!("which network `{from}` is of cannot be told"),
                        "--set network.kind=KIND",
                    );
                }
            }
            _ => {}
        }
        let large = match config.network.kind {
            Some(NetworkKind::Named(named)) => !named.is_for_small_images(),
            _ => false,
        };
        let (size, fit) = match &self.run {
            Some(run) => (Some(run.size), run.config.data.image_fit),
            None if large => (Some(IMAGENET), Some(Framing::CropInner)),
            None => (None, None),
        };
        let typed = (config.data.image_size, config.data.image_fit);
        config.data.image_size = typed.0.or(size);
        config.data.image_fit = typed.1.or(fit);
        if typed.0.is_none()
            && let Some((height, width)) = size
        {
            let fit = config.data.image_fit.unwrap_or_default().as_str();
            let said = format!(
                "images are read at {height}×{width}, `data.image_fit` {fit}, as the weights learned on"
            );
            say(said, "--image-size HEIGHTxWIDTH");
        }
        (config, notes)
    }

    /// What `transfer` makes of them.
    pub(crate) fn pretrained<'a>(&'a self, transfer: &'a Transfer, memory: u64) -> Pretrained<'a> {
        Pretrained {
            file: &self.file,
            normalisation: self.run.as_ref().map(|run| run.normalisation.clone()),
            freeze: &transfer.freeze,
            memory,
        }
    }

    /// What was done to the file's contents when it was read.
    pub(crate) fn notes(&self) -> impl Iterator<Item = Note> + '_ {
        let from = self.path.display().to_string();
        self.file
            .notes()
            .iter()
            .map(move |said| Note { said: format!("`{from}`: {said}"), change_with: None })
    }

    /// What is recorded of them.
    pub(crate) fn record(&self, begun: &transfer::Begun) -> WeightsRecord {
        WeightsRecord { path: self.path.clone(), blake3: self.hash.clone(), begun: begun.clone() }
    }

    /// The error where more than the head does not fit.
    pub(crate) fn unfit(&self, source: transfer::UnfitWeights, kind: NetworkKind) -> Error {
        let fits = transfer::network_of(&self.file).map(|(named, _)| named);
        let fits = fits.filter(|named| NetworkKind::Named(*named) != kind);
        Error::UnfitWeights {
            path: self.path.clone(),
            kind,
            fits: fits.map(Named::as_str),
            source: Box::new(source),
        }
    }

    /// Whether these are the weights that were recorded.
    pub(crate) fn is(&self, record: &WeightsRecord) -> bool {
        self.hash == record.blake3
    }

    /// As it was named.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Height and width of the images that torchvision's weights learned on.
const IMAGENET: (u32, u32) = (224, 224);
