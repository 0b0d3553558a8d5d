//! Other images, read like those that a network was trained on.

use std::path::{Path, PathBuf};

use super::{
    ImageReading,
    finish::Places,
    folder::{Decoded, Decoding, decode_all, layout_notes, single, unlabelled},
    idx,
    layout::{self, ImageFile, Layout, Part},
    memory::ImageMemory,
    stack::{Shape, Stacked},
};
use crate::{
    DataError, Inputs, Labels, Note, Place, Problem, Severity,
    problem::Gathered,
    source::{LabelPolicy, Likewise},
    unicode::composed,
};

/// Reads an image, a folder of images, a folder per class, or idx files at the size, with the
/// channels and with the class numbers of the training data.
///
/// Examples of all of a source's splits are read. Colour becomes luminance (Rec. 709) where the
/// network reads grey, and grey becomes three equal channels where it reads colour. Bad images are
/// left out and listed in [`Likewise::problems`].
///
/// With [`LabelPolicy::Optional`], labels are there when every class folder or idx label is a class
/// of the training data, and else not.
///
/// # Errors
///
/// [`DataError::Problems`] when no image is left; with [`LabelPolicy::Required`] also when there
/// are no labels or one is no class of the training data. [`DataError::Io`] when a folder cannot be
/// listed.
pub fn read_like(
    reading: &ImageReading,
    path: &Path,
    labels: LabelPolicy,
) -> Result<Likewise, DataError> {
    let found = if idx::holds_idx(path)? {
        from_idx(reading, path, labels)?
    } else {
        from_files(reading, path, labels)?
    };
    found.finish(reading, path, labels)
}

/// Whether a path is read as one image: neither a folder nor an idx file.
pub(crate) fn is_one_image(path: &Path) -> bool {
    !path.is_dir() && idx::Name::of(path).is_none()
}

/// Reads images that are named one by one, as [`read_like`] reads each, without labels. Their ids are their
/// paths.
///
/// # Errors
///
/// As [`read_like`].
pub(crate) fn read_files_like(
    reading: &ImageReading,
    paths: &[PathBuf],
) -> Result<Likewise, DataError> {
    let mut layout = Layout::default();
    let named = |path: &PathBuf| ImageFile { id: path.display().to_string(), ..single(path) };
    layout.files.extend(paths.iter().map(named));
    let first = paths.first().map_or(Path::new(""), PathBuf::as_path);
    let found = decoded(reading, first, layout)?;
    found.finish(reading, first, LabelPolicy::Optional)
}

/// Images of the right size with the text of their labels.
pub(super) struct Found {
    pub(super) stacked: Stacked,
    pub(super) memory: ImageMemory,
    pub(super) ids: Vec<String>,
    pub(super) places: Places,
    pub(super) labels: Option<Vec<String>>,
    pub(super) notes: Vec<Note>,
    pub(super) problems: Gathered,
    pub(super) digest: blake3::Hash,
}

fn from_idx(reading: &ImageReading, path: &Path, policy: LabelPolicy) -> Result<Found, DataError> {
    let memory = ImageMemory::of(None);
    let idx::Alike { stacked, ids, places, labels, notes, problems, digest } =
        idx::read_alike(path, (shape_of(reading), reading.fit), (policy, memory))?;
    Ok(Found { memory, stacked, ids, places, labels, notes, problems, digest })
}

fn from_files(
    reading: &ImageReading,
    path: &Path,
    policy: LabelPolicy,
) -> Result<Found, DataError> {
    let mut layout = Layout::default();
    if path.is_dir() {
        let parts = layout::parts(path, &mut layout)?;
        // That train is missing, or a split there twice, is no matter where all are read.
        layout.problems = Gathered::new();
        let has_classes = parts.iter().any(|(folder, ..)| has_folders(folder));
        if has_classes {
            let parts: Vec<_> = parts
                .iter()
                .map(|(folder, prefix, split)| Part {
                    folder,
                    prefix: prefix.clone(),
                    split: *split,
                    train_from: false,
                })
                .collect();
            layout::class_folders(&parts, &mut layout)?;
        } else {
            if policy == LabelPolicy::Required {
                return Err(DataError::Problems(vec![unlabelled(path)]));
            }
            layout::without_classes(path, &mut layout)?;
        }
    } else {
        if policy == LabelPolicy::Required {
            return Err(DataError::Problems(vec![unlabelled(path)]));
        }
        layout.files.push(single(path));
    }
    decoded(reading, path, layout)
}

/// The images that were found.
fn decoded(reading: &ImageReading, path: &Path, mut layout: Layout) -> Result<Found, DataError> {
    let mut problems = std::mem::take(&mut layout.problems);
    let shape = shape_of(reading);
    let size = Some((shape.height, shape.width));
    let memory = ImageMemory::of(None);
    let (channels, depth) = (Some(shape.channels), Some(shape.depth));
    let decoding = Decoding { size, fit: reading.fit, channels, depth, memory };
    let decoded = decode_all(&layout.files, decoding, &mut problems)?;
    let mut notes = layout_notes(&layout);
    notes.extend(decoded.notes(depth));
    decoded.dark(path, depth).into_iter().for_each(|problem| problems.push(problem));
    let target = decoded.sizes.target(size);
    notes.extend(
        decoded.sizes.note(target, reading.fit).map(|note| Note { change_with: None, ..note }),
    );
    if decoded.coloured && reading.channels == 1 {
        notes.push(Note {
            said: "coloured images are read as grey, as the training data was".to_owned(),
            change_with: None,
        });
    }

    let Decoded { pile, kept, sizes, digest, .. } = decoded;
    let stacked = pile.into_stack(shape, reading.fit)?.finish(sizes.into_frequent_first());
    let labels = kept
        .iter()
        .map(|&at| layout.files[at].class.map(|class| layout.classes[class as usize].clone()))
        .collect();
    let ids = kept.iter().map(|&at| layout.files[at].id.clone()).collect();
    let places = Places::Files(kept.iter().map(|&at| layout.files[at].path.clone()).collect());
    Ok(Found { stacked, memory, ids, places, labels, notes, problems, digest })
}

impl Found {
    pub(super) fn finish(
        mut self,
        reading: &ImageReading,
        path: &Path,
        policy: LabelPolicy,
    ) -> Result<Likewise, DataError> {
        let place = Place::path(path);
        let labels = self.labels.take().and_then(|labels| self.numbered(reading, labels, policy));
        if !self.ids.is_empty() && labels.is_none() && policy == LabelPolicy::Required {
            self.problems.push(unlabelled(path));
        }
        let mut problems = self.problems.into_problems(place.clone());
        if self.ids.is_empty() {
            if problems.is_empty() {
                problems.push(Problem::NoExamples { place });
            }
            return Err(DataError::Problems(problems));
        }
        let unknown = |problem: &Problem| matches!(problem, Problem::UnknownClass { .. });
        if problems.iter().any(|p| p.severity() == Severity::Fatal || unknown(p)) {
            // Where labels are unknown, that they are missing is said already.
            if problems.iter().any(unknown) {
                problems.retain(|problem| *problem != unlabelled(path));
            }
            return Err(DataError::Problems(problems));
        }
        let Stacked { images, content } = self.stacked;
        // There is no setting to change it with where a trained network reads.
        let note = self.memory.note(&images);
        self.notes.extend(note.map(|note| Note { change_with: None, ..note }));
        Ok(Likewise {
            times: None,
            ids: self.ids,
            inputs: Inputs::Images(images),
            labels,
            groups: None,
            weights: None,
            content,
            notes: self.notes,
            problems,
            fingerprint: self.digest.to_hex().to_string(),
        })
    }

    /// Class numbers of the training data, where every label is one of its classes.
    fn numbered(
        &mut self,
        reading: &ImageReading,
        labels: Vec<String>,
        policy: LabelPolicy,
    ) -> Option<Labels> {
        let mut unknown: Vec<(String, usize)> = Vec::new();
        let mut of = Vec::with_capacity(labels.len());
        for (example, label) in labels.into_iter().enumerate() {
            match reading.classes.iter().position(|class| composed(class) == composed(&label)) {
                Some(class) => of.push(class as u32),
                None if unknown.iter().any(|(known, _)| *known == label) => {}
                None => unknown.push((label, example)),
            }
        }
        if unknown.is_empty() {
            return Some(Labels::Classes { names: reading.classes.clone(), of });
        }
        for (class, example) in unknown {
            if policy == LabelPolicy::Required {
                self.problems.push(Problem::UnknownClass {
                    place: self.places.of(example),
                    found: class,
                    known: reading.classes.clone(),
                });
            } else {
                self.notes.push(Note {
                    said: format!(
                        "`{class}` is no class of the training data, so labels are not read"
                    ),
                    change_with: None,
                });
            }
        }
        None
    }
}

pub(super) fn shape_of(reading: &ImageReading) -> Shape {
    let (height, width) = (reading.height as u32, reading.width as u32);
    Shape { channels: reading.channels, height, width, depth: reading.depth }
}

fn has_folders(folder: &Path) -> bool {
    layout::list(folder).is_ok_and(|(folders, _)| !folders.is_empty())
}
