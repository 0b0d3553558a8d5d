//! A folder per class, decoded in parallel.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{
    Depth, ImageProblem,
    decode::{Conversions, Fault, decode},
    finish::{Collected, Places},
    layout::{self, ImageFile, Layout, Part, name_of},
    memory::ImageMemory,
    size::{Framing, KEPT_SIDE, Sizes, shrunk_early},
    stack::{CHUNK, Pile, Planes, Shape, Stacked, depth_of},
};
use crate::{
    DataError, Note, Place, Problem, SourceOptions,
    problem::Gathered,
    split::Split,
    stream,
    wording::{counted, thousands},
};

/// Reads the folder that `options` names, with ready-made splits inside and beside it.
pub(super) fn read(options: &SourceOptions) -> Result<Collected, DataError> {
    let mut layout = Layout::default();
    let mut parts = layout::parts(&options.path, &mut layout)?;
    if options.train_from.is_none()
        && let Some(problem) = layout::without_train(&options.path, &parts)
    {
        layout.problems.push(problem.into());
    }
    let mut notes = Vec::new();
    for (split, folder) in [(Split::Validation, &options.validation), (Split::Test, &options.test)]
    {
        let Some(folder) = folder else { continue };
        if let Some(place) = parts.iter().position(|part| part.2 == Some(split)) {
            let (inside, ..) = parts.remove(place);
            notes.push(Note {
                said: format!(
                    "`{}` is passed over, since `{}` is given as {split}",
                    inside.display(),
                    folder.display()
                ),
                change_with: None,
            });
        }
        let (inner, said) = part_of_other_folder(folder, split)?;
        notes.extend(said);
        parts.push((inner, format!("{split}:"), Some(split)));
    }
    let beside = parts.len();
    if let Some(folder) = &options.train_from {
        let (inner, said) = part_of_other_folder(folder, Split::Train)?;
        notes.extend(said);
        parts.push((inner, "train-from:".to_owned(), Some(Split::Train)));
    }
    let parts: Vec<_> = parts
        .iter()
        .enumerate()
        .map(|(at, (folder, prefix, split))| Part {
            folder,
            prefix: prefix.clone(),
            split: *split,
            train_from: at >= beside,
        })
        .collect();
    layout::class_folders(&parts, &mut layout)?;

    notes.extend(layout_notes(&layout));
    let mut problems = std::mem::take(&mut layout.problems);
    let memory = ImageMemory::of(options.image_memory);
    let decoding = Decoding {
        size: options.image_size,
        fit: options.image_fit.unwrap_or_default(),
        channels: None,
        depth: None,
        memory,
    };
    let decoded = decode_all(&layout.files, decoding, &mut problems)?;
    empty_classes(&layout, &decoded.kept, &mut problems);
    notes.extend(decoded.notes(None));
    decoded.dark(&options.path, None).into_iter().for_each(|problem| problems.push(problem));

    let target = decoded.sizes.target(options.image_size);
    notes.extend(decoded.sizes.note(target, options.image_fit.unwrap_or_default()));
    let channels = if decoded.coloured { 3 } else { 1 };
    let ((height, width), depth) = (target.size, decoded.depth);
    let stack = decoded.pile.into_stack(
        Shape { channels, height, width, depth },
        options.image_fit.unwrap_or_default(),
    )?;
    let Stacked { images, content } = stack.finish(decoded.sizes.into_frequent_first());
    notes.extend(memory.note(&images));

    let (mut ids, mut places, mut of, mut splits) = (vec![], vec![], vec![], vec![]);
    let mut train_from = Vec::new();
    let mut kept = decoded.kept.into_iter().peekable();
    for (at, file) in layout.files.into_iter().enumerate() {
        if kept.next_if_eq(&at).is_some() {
            ids.push(file.id);
            places.push(file.path);
            of.push(file.class.unwrap_or_default());
            splits.push(file.split);
            train_from.push(file.train_from);
        }
    }
    let digest = decoded.digest;
    Ok(Collected {
        images,
        content,
        ids,
        places: Places::Files(places),
        classes: layout.classes,
        of,
        splits,
        train_from,
        notes,
        problems,
        digest,
    })
}

/// The folder of class folders that another folder means when it is given as one split: itself,
/// or its own folder for that split.
fn part_of_other_folder(folder: &Path, split: Split) -> Result<(PathBuf, Option<Note>), DataError> {
    let mut layout = Layout::default();
    let parts = layout::parts(folder, &mut layout)?;
    Ok(match parts.into_iter().find(|part| part.2 == Some(split)) {
        Some((inner, ..)) => {
            let said = format!("{split} examples are those in `{}`", inner.display());
            (inner, Some(Note { said, change_with: None }))
        }
        None => match layout.inside {
            Some(inside) => {
                let said = format!("`{}` is read, the one folder there", inside.display());
                (inside, Some(Note { said, change_with: None }))
            }
            None => (folder.to_owned(), None),
        },
    })
}

/// What was decided from the names of folders and files.
pub(super) fn layout_notes(layout: &Layout) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(inside) = &layout.inside {
        let said = format!("`{}` is read, the one folder there", inside.display());
        notes.push(Note { said, change_with: None });
    }
    if !layout.alike.is_empty() {
        let classes: Vec<String> = layout.alike.iter().map(|class| format!("`{class}`")).collect();
        let said = format!(
            "folders whose names differ in the bytes of their accents alone are one class: {}",
            classes.join(", ")
        );
        notes.push(Note { said, change_with: None });
    }
    if !layout.split_folders.is_empty() {
        let folders = layout
            .split_folders
            .iter()
            .map(|(split, name)| format!("`{name}` as {split}"))
            .collect::<Vec<_>>()
            .join(", ");
        notes.push(Note {
            said: format!("folders named after splits are taken as such: {folders}"),
            change_with: None,
        });
    }
    if !layout.unused_folders.is_empty() {
        let folders = layout
            .unused_folders
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ");
        notes.push(Note {
            said: format!("folders beside those of the splits are passed over: {folders}"),
            change_with: None,
        });
    }
    let said = match layout.passed_over {
        0 => return notes,
        1 => "1 file that is no image is passed over".to_owned(),
        files => format!("{} files that are no images are passed over", thousands(files)),
    };
    notes.push(Note { said, change_with: None });
    notes
}

/// A class without an image in any split: nothing can be learnt about it.
fn empty_classes(layout: &Layout, kept: &[usize], problems: &mut Gathered) {
    let mut images = vec![0_usize; layout.classes.len()];
    for &at in kept {
        if let Some(class) = layout.files[at].class {
            images[class as usize] += 1;
        }
    }
    for (class, _) in layout.classes.iter().zip(images).filter(|&(_, images)| images == 0) {
        if let Some((folder, _)) = layout.class_folders.iter().find(|(_, name)| name == class) {
            let place = Place::path(folder);
            problems.push(Problem::EmptyClass { place, class: class.clone() });
        }
    }
}

/// Files decoded, in their order.
pub(super) struct Decoded {
    pub(super) pile: Pile,
    /// Of each image, the place of its file among those given.
    pub(super) kept: Vec<usize>,
    pub(super) sizes: Sizes,
    /// Whether any image has a coloured pixel.
    pub(super) coloured: bool,
    /// The deepest of all images.
    pub(super) depth: Depth,
    pub(super) conversions: Conversions,
    /// Hash of every file's id and bytes, the bad ones' too.
    pub(super) digest: blake3::Hash,
}

/// How files are to be decoded.
#[derive(Clone, Copy)]
pub(super) struct Decoding {
    /// Height and width that every image gets; without it, the rule of `size`.
    pub(super) size: Option<(u32, u32)>,
    /// How images of another size get it.
    pub(super) fit: Framing,
    /// Channels that every image gets; without it, 3 where any image has a coloured pixel.
    pub(super) channels: Option<usize>,
    /// Depth that every image gets; without it, that of the deepest.
    pub(super) depth: Option<Depth>,
    pub(super) memory: ImageMemory,
}

impl Decoding {
    /// Files that are decoded before what they hold is put together.
    fn files_at_a_time(self) -> usize {
        let (height, width) = self.size.unwrap_or((KEPT_SIDE, KEPT_SIDE));
        let most = Shape { channels: 3, height, width, depth: Depth::Eight }.bytes();
        // Some for each thread, and not so many that their paths and hashes count.
        (CHUNK / most).clamp(4 * rayon::current_num_threads(), 4096)
    }
}

struct Outcome {
    digest: Option<blake3::Hash>,
    image: Result<OneImage, Problem>,
}

struct OneImage {
    planes: Planes,
    /// Height and width before it was resized.
    size: (u32, u32),
    coloured: bool,
    depth: Depth,
    conversions: Conversions,
}

/// Decodes `files` in parallel. Bad ones are left out and become problems.
pub(super) fn decode_all(
    files: &[ImageFile],
    decoding: Decoding,
    problems: &mut Gathered,
) -> Result<Decoded, DataError> {
    let mut digest = blake3::Hasher::new();
    let mut decoded = Decoded {
        pile: Pile::new(decoding.memory)?,
        kept: Vec::with_capacity(files.len()),
        sizes: Sizes::default(),
        coloured: false,
        depth: Depth::Eight,
        conversions: Conversions::default(),
        digest: digest.finalize(),
    };
    let mut at = 0;
    for files_now in files.chunks(decoding.files_at_a_time()) {
        let outcomes: Vec<Outcome> =
            files_now.par_iter().map(|file| decode_file(file, decoding)).collect();
        let mut images = Vec::with_capacity(outcomes.len());
        for (file, outcome) in files_now.iter().zip(outcomes) {
            digest.update(&(file.id.len() as u64).to_le_bytes()).update(file.id.as_bytes());
            digest.update(outcome.digest.as_ref().map_or(&[0; 32], |hash| hash.as_bytes()));
            match outcome.image {
                Ok(image) => {
                    decoded.kept.push(at);
                    decoded.sizes.count(image.size, 1);
                    decoded.coloured |= image.coloured;
                    decoded.depth = decoded.depth.max(image.depth);
                    decoded.conversions.add(image.conversions);
                    images.push(image.planes);
                }
                Err(problem) => problems.push(problem),
            }
            at += 1;
        }
        decoded.pile.push(images, files.len() - at)?;
    }
    decoded.digest = digest.finalize();
    Ok(decoded)
}

fn decode_file(file: &ImageFile, decoding: Decoding) -> Outcome {
    let place = || Place::path(&file.path);
    let bytes = match stream::read(&file.path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let problem = Problem::UnreadableImage { place: place(), reason: error.to_string() };
            return Outcome { digest: None, image: Err(problem) };
        }
    };
    let digest = Some(blake3::hash(&bytes));
    let image = match decode(&bytes) {
        Ok(picture) => {
            let size = (picture.pixels.height(), picture.pixels.width());
            let coloured = picture.pixels.color().has_color();
            let depth = depth_of(&picture.pixels);
            let pixels = shrunk_early(picture.pixels, decoding.size, decoding.fit);
            let planes = Planes::of(pixels, (decoding.channels, decoding.depth));
            Ok(OneImage { planes, size, coloured, depth, conversions: picture.conversions })
        }
        Err(Fault::NotAnImage(found)) => {
            Err(Problem::NotAnImage { place: place(), found: found.to_owned() })
        }
        Err(fault) => Err(Problem::UnreadableImage { place: place(), reason: fault.to_string() }),
    };
    Outcome { digest, image }
}

impl Decoded {
    /// What was done to images beside resizing them, with how many. Where they have to have a depth, it
    /// is `asked`.
    pub(super) fn notes(&self, asked: Option<Depth>) -> Vec<Note> {
        let Conversions { transparent, animated, turned, grey_as_colour, .. } = self.conversions;
        let mut notes = self.depth_notes(asked);
        let stored_as_grey = if self.coloured { 0 } else { grey_as_colour };
        let done = [
            (transparent, "have transparent pixels, which are laid over white"),
            (animated, "are animations, of which the first frame is taken"),
            (turned, "are turned upright as their EXIF orientation says"),
            (stored_as_grey, "are stored as colour without a coloured pixel, and are read as grey"),
        ];
        let done = done.into_iter().filter(|&(images, _)| images > 0);
        notes.extend(done.map(|(images, done)| self.note(images, done)));
        notes
    }

    fn note(&self, images: usize, done: &str) -> Note {
        let total = self.kept.len();
        let done = match (images, done.split_once(' ')) {
            (1, Some(("have", rest))) => format!("has {rest}"),
            (1, Some(("are", rest))) => {
                let one = rest.replacen("animations", "an animation", 1);
                format!("is {}", one.replace(" and are ", " and is "))
            }
            _ => done.to_owned(),
        };
        let said = format!("{} of {} {done}", thousands(images), counted(total, "image"));
        Note { said, change_with: None }
    }

    /// What became of 16-bit values, and of 8-bit ones among them.
    fn depth_notes(&self, asked: Option<Depth>) -> Vec<Note> {
        let Conversions { sixteen_bit: deep, largest, .. } = self.conversions;
        let largest = format!("the largest is {} of 65,535", thousands(largest.into()));
        let others = self.kept.len() - deep;
        let widened =
            "have 8-bit values, each of which counts 257 times as much, as 16 bits have it";
        let mut notes = Vec::new();
        if deep > 0 && asked == Some(Depth::Eight) {
            let done = "have 16-bit values, which are rounded to 8 bits, as the network reads them";
            notes.push(self.note(deep, &format!("{done}; {largest}")));
        } else if deep > 0 {
            notes.push(self.note(deep, &format!("have 16-bit values, read in full; {largest}")));
        }
        if others > 0 && (deep > 0 && asked.is_none() || asked == Some(Depth::Sixteen)) {
            notes.push(self.note(others, widened));
        }
        notes
    }

    /// The warning of 16-bit values that fill a small part of their range: read in full they lose
    /// nothing, but programs that take the upper 8 bits see next to nothing in them.
    pub(super) fn dark(&self, place: &Path, asked: Option<Depth>) -> Option<Problem> {
        let Conversions { sixteen_bit: images, largest, .. } = self.conversions;
        let rounded = asked == Some(Depth::Eight);
        let dark = images > 0 && largest < DARK && asked != Some(Depth::Sixteen);
        let (place, others) = (Place::path(place), self.kept.len() - images);
        let mixed = dark && !rounded && others > 0;
        if mixed {
            return Some(ImageProblem::MixedDepths { place, images, largest, others }.into());
        }
        dark.then(|| ImageProblem::DarkSixteenBit { place, images, largest, rounded }.into())
    }
}

/// 16-bit values below this fill less than a quarter of their range, as those of 12 bits do.
const DARK: u16 = 1 << 14;

/// The problem of images that have no label where one is needed.
pub(super) fn unlabelled(path: &Path) -> Problem {
    ImageProblem::Unlabelled { place: Place::path(path) }.into()
}

/// An image's pixels and nothing else: one file, whose name is its id.
pub(super) fn single(path: &Path) -> ImageFile {
    ImageFile {
        path: path.to_owned(),
        id: name_of(path),
        class: None,
        split: None,
        train_from: false,
    }
}
