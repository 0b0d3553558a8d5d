//! The weights that a network begins with: a file, or the best epoch of another run.

use std::path::{Path, PathBuf};

use gapwise_data::{
    Note,
    images::{Framing, SIDES, looks_like_images},
    shown::shown,
    source::Reading,
};
use gapwise_nn::{
    model::{ImageRecord, ModelRecord, NetworkKind, NetworkRecord},
    transfer::{self, Normalisation, Pretrained, Recognised},
    weights::WeightFile,
};
use gapwise_study::run::Record;
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    config::{Config, NetworkChoice, Transfer},
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
    /// What they were learnt in, where that is known.
    learnt: Option<LearntIn>,
    /// The network that they are of by their names, where they are of one here.
    recognised: Option<Recognised>,
    /// Whether a person said what the network is.
    typed: bool,
}

/// What weights were learnt in: a run says it, and so does the header of a file that a run was exported
/// to.
#[derive(Debug, Clone)]
pub(crate) struct LearntIn {
    network: NetworkChoice,
    normalisation: Normalisation,
    /// Height and width at which its images were read.
    size: (u32, u32),
    fit: Framing,
}

/// Keys of the header beside those of the normalisation.
const NETWORK: &str = "network";
const IMAGE_SIZE: &str = "image_size";
const IMAGE_FIT: &str = "image_fit";

impl LearntIn {
    /// What `run` says; `None` of rows.
    pub(crate) fn of(run: &TrainedRun) -> Result<Option<Self>, Error> {
        let record: ModelRecord = run.directory().record()?;
        let NetworkRecord::Images(ImageRecord { encoder, .. }) = &record.network else {
            return Ok(None);
        };
        let (height, width) = match &record.reading {
            Reading::Images(reading) => (reading.height, reading.width),
            Reading::Table(_) => (encoder.height, encoder.width),
        };
        let config = run.config();
        Ok(Some(LearntIn {
            network: NetworkChoice { weights: None, freeze: None, ..config.network.clone() },
            normalisation: Normalisation::of(encoder),
            size: (height as u32, width as u32),
            fit: config.data.image_fit.unwrap_or_default(),
        }))
    }

    /// What the header of a file says, where it says all of it.
    fn of_file(file: &WeightFile) -> Option<Self> {
        let size: (u32, u32) = serde_json::from_str(file.about(IMAGE_SIZE)?).ok()?;
        Some(LearntIn {
            network: serde_json::from_str(file.about(NETWORK)?).ok()?,
            normalisation: Normalisation::of_file(file)?,
            size: Some(size)
                .filter(|(height, width)| SIDES.contains(height) && SIDES.contains(width))?,
            fit: serde_json::from_str(file.about(IMAGE_FIT)?).ok()?,
        })
    }

    /// For a file's header.
    pub(crate) fn about(&self) -> Vec<(&'static str, String)> {
        let json = |value: serde_json::Result<String>| value.unwrap_or_default();
        vec![
            (NETWORK, json(serde_json::to_string(&self.network))),
            (IMAGE_SIZE, json(serde_json::to_string(&self.size))),
            (IMAGE_FIT, json(serde_json::to_string(&self.fit))),
        ]
    }
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
    pub(crate) begun: transfer::TransferRecord,
}

impl Record for WeightsRecord {
    const FILE: &'static str = "weights.json";
}

impl Weights {
    /// Opens what `config` names, where it does.
    pub(crate) fn of(config: &Config) -> Result<Option<Self>, Error> {
        let Some(path) = &config.network.weights else { return Ok(None) };
        let mut weights = Weights::open(path, config.network.kind)?;
        weights.typed = config.network.kind.is_some();
        let known = weights.typed || weights.learnt.is_some();
        let sure = weights.recognised.as_ref().is_some_and(Recognised::is_sure);
        match transfer::foreign_network(&weights.file) {
            Some(network) if !known && !sure => {
                Err(Error::ForeignWeights { path: path.clone(), network })
            }
            _ => Ok(Some(weights)),
        }
    }

    /// Opens a file, or the best epoch of a run. Where `kind` is a network by its name, what stands before
    /// its names is told from that network alone.
    pub(crate) fn open(path: &Path, kind: Option<NetworkKind>) -> Result<Self, Error> {
        if is_url(path) {
            return Err(Error::WeightsByUrl { url: path.display().to_string() });
        }
        let (file, run) = if path.is_dir() {
            let run = TrainedRun::open(path)?;
            let learnt = LearntIn::of(&run)?;
            let learnt = learnt.ok_or_else(|| Error::WeightsOfRows { path: path.to_owned() })?;
            run.directory().check(BEST)?;
            (run.directory().file(BEST), Some(learnt))
        } else {
            (path.to_owned(), None)
        };
        let mut opened = WeightFile::open(&file)?;
        let hash = opened.hash();
        let learnt = run.or_else(|| LearntIn::of_file(&opened));
        let mut recognised = None;
        if learnt.is_none() {
            let only = kind.filter(|kind| kind.is_as_published());
            recognised = transfer::network_of(&opened, only);
            if let Some(Recognised { prefix, twin, .. }) = &recognised {
                opened = opened.without_prefix(prefix);
                if let Some(twin) = twin {
                    let [taken, other] = [prefix, twin].map(|prefix| shown(prefix));
                    opened = opened.with_note(format!(
                        "the same network is behind `{other}` too, and that behind `{taken}` is taken, \
                         which comes first; for the other, save it by itself"
                    ));
                }
            }
        }
        let path = path.to_owned();
        Ok(Weights { path, file: opened, hash, learnt, recognised, typed: false })
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
        match (&self.learnt, typed) {
            (Some(LearntIn { network, .. }), None) => {
                config.network = config.network.over(network);
                let kind = network.kind.map_or("", NetworkKind::as_str);
                say(format!("the network is that of `{from}`: {kind}"), "--set network.kind=KIND");
            }
            (None, None) => {
                if let Some(Recognised { kind, batch_norm, .. }) = &self.recognised {
                    config.network.kind = Some(*kind);
                    config.network.batch_norm = config.network.batch_norm.or(*batch_norm);
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
        let large = config.network.kind.is_some_and(|kind| kind.usual_image() == [3, 224, 224]);
        let (size, fit) = match &self.learnt {
            Some(learnt) => (Some(learnt.size), Some(learnt.fit)),
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
            normalisation: self.learnt.as_ref().map(|learnt| learnt.normalisation.clone()),
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
    pub(crate) fn record(&self, begun: &transfer::TransferRecord) -> WeightsRecord {
        WeightsRecord { path: self.path.clone(), blake3: self.hash.clone(), begun: begun.clone() }
    }

    /// The error where more than the head does not fit.
    pub(crate) fn unfit(&self, source: transfer::UnfitWeights, kind: NetworkKind) -> Error {
        let path = self.path.clone();
        let foreign = transfer::foreign_network(&self.file);
        // Of all networks, which fits best is what a person may not have thought of.
        let fits = match (&self.recognised, self.typed) {
            (Some(recognised), false) => Some(recognised.clone()),
            _ if self.learnt.is_some() => None,
            _ => transfer::network_of(&self.file, None),
        };
        if fits.is_none() && self.learnt.is_none() && !self.typed {
            return match foreign {
                Some(network) => Error::ForeignWeights { path, network },
                None => Error::UnknownWeights { path, left_over: source.left_over },
            };
        }
        let fits = fits.map(|fits| fits.kind.as_str());
        Error::UnfitWeights { path, kind, fits, foreign, source: Box::new(source) }
    }

    /// Whether these are the weights that were recorded.
    pub(crate) fn is(&self, record: &WeightsRecord) -> bool {
        self.hash == record.blake3
    }

    /// Their tensors.
    pub(crate) fn file(&self) -> &WeightFile {
        &self.file
    }

    /// The network that a run or the file's header says.
    pub(crate) fn said(&self) -> Option<NetworkKind> {
        self.learnt.as_ref().and_then(|learnt| learnt.network.kind)
    }

    /// The network that their names say, where nothing else does.
    pub(crate) fn recognised(&self) -> Option<&Recognised> {
        self.recognised.as_ref()
    }

    /// As it was named.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether what was named is an address of the web rather than a path.
pub(crate) fn is_url(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let letters = |scheme: &str| scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+');
    scheme.is_some_and(|scheme| !scheme.is_empty() && letters(scheme)) || text.starts_with("www.")
}

/// Height and width of the images that torchvision's weights learned on.
const IMAGENET: (u32, u32) = (224, 224);
