//! What augmentation makes of training images, as a picture to look at before anything is trained.

use std::path::{Path, PathBuf};

use gapwise_data::{
    Inputs, Labels, Split,
    images::{Augmentation, Column, ContactSheet, Images},
};
use gapwise_nn::model::{Fitting, ImageRecord, NetworkRecord};
use gapwise_study::run::write_whole;
use serde::Serialize;

use crate::{
    Error,
    config::{Config, ConfigError, Defaults, Effective, augmentation_typed},
    inspection::Prepared,
};

/// Images on a sheet at most, an example of each class before a second one of any.
const ROWS: usize = 8;
/// Epochs that a sheet shows.
const EPOCHS: u64 = 8;
/// Where a sheet goes unless it is said.
const FILE: &str = "augmented";
/// Epochs among which one is sought in which a change of probability ½ happens: that none of 64
/// has it is less likely than the machine's failure.
const SOUGHT: u64 = 64;

/// A contact sheet that was written.
#[derive(Debug, Clone, Serialize)]
pub struct Sheet {
    /// The PNG file.
    pub path: PathBuf,
    /// Whether a file of that name was there before, which was asked for by name.
    pub replaced: bool,
    /// The images, top to bottom.
    pub images: Vec<Shown>,
    /// What is beside them.
    pub columns: Columns,
}

/// An image on a sheet.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// Its id.
    pub id: String,
    /// Its class or number.
    pub label: String,
}

/// What a sheet shows beside the images as they are.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Columns {
    /// Each image as the first epochs of a training with these settings show it, from epoch 1.
    Epochs {
        /// How many.
        epochs: u64,
        /// What is switched on, as it is typed.
        settings: Vec<String>,
    },
    /// Nothing is switched on: a column for what each of these settings would do.
    Kinds {
        /// As they are typed.
        settings: Vec<String>,
    },
}

/// Writes a contact sheet of training images as `config` augments them: at `path`, or else at
/// `augmented.png`, `augmented-2.png` and so on, the first that is not there yet. Where nothing is
/// switched on, it shows each kind of change at a moderate strength.
///
/// # Errors
///
/// [`Error::Config`] where the data is no images, or a setting cannot be; [`Error::NotPng`] for a
/// path that is not that of a PNG file; [`Error::Run`] where the file cannot be written.
pub fn write_sheet(
    config: &Config,
    prepared: &Prepared,
    path: Option<&Path>,
) -> Result<Sheet, Error> {
    let Prepared { dataset, splits, .. } = prepared;
    let Inputs::Images(images) = &dataset.inputs else {
        let (key, needs, is) = ("--augmented", "images", "the data is rows of a table");
        return Err(ConfigError::NotForThisData { key, needs, is }.into());
    };
    if let Some(path) = path.filter(|path| !is_png(path)) {
        return Err(Error::NotPng { path: path.to_owned() });
    }
    let defaults = Defaults::of(dataset, splits, config);
    let Effective { network, train, readers, .. } =
        Effective::new(config, &defaults, (dataset, splits))?;
    let fitting = Fitting::new(dataset, splits, &network, &train)?;
    let NetworkRecord::Images(ImageRecord { encoder, .. }) = &fitting.record().network else {
        unreachable!("what reads images was fitted");
    };
    let label = |example: usize| match &dataset.labels {
        Labels::Classes { names, of } => names[of[example] as usize].clone(),
        Labels::Numbers(of) => of[example].to_string(),
    };
    let examples: Vec<(usize, String)> =
        of_each_class(&splits.indices(Split::Train), &dataset.labels)
            .into_iter()
            .map(|example| (example, label(example)))
            .collect();
    let (columns, told) = columns(readers.augment, images);
    let (title, seed) = (told.title(), train.seed);
    let sheet = ContactSheet {
        title: &title,
        images,
        encoder,
        seed,
        examples: &examples,
        columns: &columns,
    };
    let png = sheet.png()?;
    let path = path.map_or_else(free_path, Path::to_owned);
    let replaced = path.exists();
    write_whole(&path, &png)?;
    let shown =
        |(example, label): (usize, String)| Shown { id: dataset.ids[example].clone(), label };
    Ok(Sheet { path, replaced, images: examples.into_iter().map(shown).collect(), columns: told })
}

impl Columns {
    /// What the sheet says of itself.
    fn title(&self) -> String {
        match self {
            Columns::Epochs { epochs, settings } => {
                format!(
                    "Training images as epochs 1 to {epochs} show them: {}",
                    settings.join(", ")
                )
            }
            Columns::Kinds { .. } => {
                "Training images and what each augment setting would do; none is on".to_owned()
            }
        }
    }
}

fn is_png(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("png"))
}

fn free_path() -> PathBuf {
    let numbered = (2_u64..).map(|number| format!("{FILE}-{number}.png"));
    std::iter::once(format!("{FILE}.png"))
        .chain(numbered)
        .map(PathBuf::from)
        .find(|path| !path.exists())
        .expect("there are fewer files than numbers")
}

/// The first examples of each class in turn, classes in their order; of numbers the first ones.
fn of_each_class(train: &[usize], labels: &Labels) -> Vec<usize> {
    let Labels::Classes { names, of } = labels else {
        return train.iter().copied().take(ROWS).collect();
    };
    let mut seen = vec![0; names.len()];
    let mut turns: Vec<(usize, u32, usize)> = train
        .iter()
        .map(|&example| {
            let turn = &mut seen[of[example] as usize];
            *turn += 1;
            (*turn, of[example], example)
        })
        .collect();
    turns.sort_unstable();
    turns.into_iter().take(ROWS).map(|(_, _, example)| example).collect()
}

/// What each column shows, and how that is told.
fn columns(augment: Augmentation, images: &Images) -> (Vec<Column>, Columns) {
    let typed = |augment: &Augmentation| augmentation_typed(augment);
    if !augment.is_nothing() {
        let epoch = |epoch| Column {
            augmentation: augment,
            epochs: epoch..=epoch,
            caption: format!("epoch {epoch}"),
        };
        let told = Columns::Epochs { epochs: EPOCHS, settings: typed(&augment) };
        return ((1..=EPOCHS).map(epoch).collect(), told);
    }
    let kinds = kinds(images.height.min(images.width));
    let told = Columns::Kinds { settings: kinds.iter().flat_map(typed).collect() };
    let column = |augmentation| {
        let caption = typed(&augmentation).join(" ").replace("augment.", "");
        Column { augmentation, epochs: 1..=SOUGHT, caption }
    };
    (kinds.into_iter().map(column).collect(), told)
}

/// Each kind alone, so strong that a person sees it in images of this smaller side.
fn kinds(side: usize) -> [Augmentation; 7] {
    let nothing = Augmentation::default();
    [
        Augmentation { mirror: true, ..nothing },
        Augmentation { flip: true, ..nothing },
        Augmentation { crop: (side / 8).max(1), ..nothing },
        Augmentation { rotate: 20.0, ..nothing },
        Augmentation { shear: 20.0, ..nothing },
        Augmentation { warp: side as f64 / 8.0, ..nothing },
        Augmentation { colour: 0.5, ..nothing },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_gives_an_example_before_any_gives_a_second() {
        let names = ["a", "b", "c"].map(String::from).to_vec();
        let labels = Labels::Classes { names, of: vec![1, 1, 1, 0, 2, 0, 1] };
        // Example 2 is not of train. Classes a, b, c in turn: 3, 0, 4; then a and b: 5, 1; then b: 6.
        assert_eq!(of_each_class(&[0, 1, 3, 4, 5, 6], &labels), [3, 0, 4, 5, 1, 6]);
        assert_eq!(of_each_class(&[2, 0], &Labels::Numbers(vec![0.0; 3])), [2, 0]);
    }

    #[test]
    fn a_sheet_without_settings_has_a_column_for_every_one() {
        // A kind that is added has to be here too.
        let settings: Vec<String> = kinds(28).iter().flat_map(augmentation_typed).collect();
        assert_eq!(
            settings,
            [
                "augment.mirror=true",
                "augment.flip=true",
                "augment.crop=3",
                "augment.rotate=20",
                "augment.shear=20",
                "augment.warp=3.5",
                "augment.colour=0.5"
            ]
        );
        let all = crate::config::SETTINGS.iter().filter(|of| of.key.starts_with("augment."));
        assert_eq!(all.count(), settings.len());
    }
}
