//! Which image files a folder holds, with the class and the split of each.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use super::{
    ImageProblem,
    decode::{MAGIC_BYTES, starts_like_image},
    idx,
};
use crate::{
    DataError, Place, Problem, problem::Gathered, split::Split, stream, unicode::composed,
};

/// Folders within folders that are followed; a link that leads back to itself ends here.
const DEEPEST: usize = 16;

/// A file that should be an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ImageFile {
    pub(super) path: PathBuf,
    /// Path relative to the data set's root, with `/` between its parts.
    pub(super) id: String,
    /// Place of the class in [`Layout::classes`]; `None` where there are no class folders.
    pub(super) class: Option<u32>,
    /// The split that its folder names.
    pub(super) split: Option<Split>,
    /// Whether it comes from a training source of its own.
    pub(super) train_from: bool,
}

/// What a folder of images holds.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// By split, class and path.
    pub(super) files: Vec<ImageFile>,
    /// Class names: by number where all are numbers, else by name.
    pub(super) classes: Vec<String>,
    /// Every class folder with its class.
    pub(super) class_folders: Vec<(PathBuf, String)>,
    /// Folders of the splits, as (split, folder's name).
    pub(super) split_folders: Vec<(Split, String)>,
    /// Files that are plainly no images, such as a `README.md`.
    pub(super) passed_over: usize,
    /// Folders beside the splits' folders, by name.
    pub(super) unused_folders: Vec<String>,
    /// The folder that is read in place of the one that was named, which holds nothing but it.
    pub(super) inside: Option<PathBuf>,
    /// Class folders whose names look like that of another one and are written in other bytes.
    pub(super) alike: BTreeSet<String>,
    pub(super) problems: Gathered,
}

/// One folder that holds a folder per class.
pub(super) struct Part<'a> {
    pub(super) folder: &'a Path,
    /// What the ids of its examples start with, such as `test/`.
    pub(super) prefix: String,
    pub(super) split: Option<Split>,
    /// Whether it is a training source of its own.
    pub(super) train_from: bool,
}

/// Whether `path` is a source for this module: an image file, an idx file, or a folder in which
/// such a file stands, at most three folders deep (one around all, a split's, then a class's).
///
/// Files are told by their first bytes, idx files by their names. What cannot be opened is no image.
pub fn looks_like_images(path: &Path) -> bool {
    // A folder around all, a split's, a class's.
    const DEEPER: usize = 3;
    fn within(folder: &Path, deeper: usize) -> bool {
        let Ok((folders, files)) = list(folder) else { return false };
        files.iter().any(|file| is_image(file))
            || deeper > 0 && folders.iter().any(|inner| within(inner, deeper - 1))
    }
    if path.is_dir() { within(path, DEEPER) } else { is_image(path) }
}

fn is_image(file: &Path) -> bool {
    idx::Name::of(file).is_some() || sniff(file)
}

/// Whether a file's first bytes are an image's.
pub(super) fn sniff(file: &Path) -> bool {
    // A pipe would be waited for.
    if !stream::is_regular(file) {
        return false;
    }
    let mut first = Vec::with_capacity(MAGIC_BYTES);
    fs::File::open(file)
        .and_then(|opened| opened.take(MAGIC_BYTES as u64).read_to_end(&mut first))
        .is_ok()
        && starts_like_image(&first)
}

/// The split that a folder's or file's name stands for, in whatever case it is written.
pub(super) fn split_named(name: &str) -> Option<Split> {
    match name.to_ascii_lowercase().as_str() {
        "train" | "training" => Some(Split::Train),
        "validation" | "val" | "valid" | "dev" => Some(Split::Validation),
        "test" | "testing" => Some(Split::Test),
        _ => None,
    }
}

/// Whether a name is a split's with more behind it, such as `train_images`.
fn begins_like_split(name: &str) -> bool {
    let letters = name.find(|c: char| !c.is_alphabetic()).unwrap_or(name.len());
    letters < name.len() && split_named(&name[..letters]).is_some()
}

/// The folder that a folder means: the one in it where it holds nothing else but hidden files and texts,
/// such as what an archive was unpacked to, and that one holds several folders. Else itself, with what ids
/// begin with.
fn inside(root: &Path) -> Result<(PathBuf, String), DataError> {
    let (mut folder, mut above) = (root.to_owned(), String::new());
    for _ in 0..DEEPEST {
        let (folders, files) = list(&folder)?;
        let [only] = folders.as_slice() else { break };
        let named = split_named(&name_of(only)).is_some();
        if named || files.iter().any(|file| !plainly_no_image(file) && sniff(file)) {
            break;
        }
        above += &format!("{}/", name_of(only));
        folder.clone_from(only);
        let (inner, files) = list(&folder)?;
        let images = files.iter().any(|file| sniff(file));
        if !images
            && (inner.len() > 1 || inner.iter().any(|of| split_named(&name_of(of)).is_some()))
        {
            return Ok((folder, above));
        }
        if images {
            break;
        }
    }
    Ok((root.to_owned(), String::new()))
}

/// Finds the splits' folders in `root`, if it is divided so; else `root` is the one part. Where one folder
/// lies around all, it is looked into.
///
/// Folders named after splits are taken as such when either class folders stand inside one of them
/// or nothing stands beside them: `bus`, `plane` and `train` full
/// of images are three classes.
pub(super) fn parts(
    root: &Path,
    layout: &mut Layout,
) -> Result<Vec<(PathBuf, String, Option<Split>)>, DataError> {
    let (inside, above) = inside(root)?;
    layout.inside = (!above.is_empty()).then(|| inside.clone());
    let root = inside.as_path();
    let (folders, files) = list(root)?;
    let mut named: BTreeMap<Split, PathBuf> = BTreeMap::new();
    let mut others = Vec::new();
    let mut twice = Vec::new();
    for folder in folders {
        match split_named(&name_of(&folder)) {
            None => others.push(folder),
            Some(split) => {
                if let Some(first) = named.get(&split) {
                    twice.push(ImageProblem::SplitTwice {
                        place: Place::path(root),
                        split,
                        first: name_of(first),
                        second: name_of(&folder),
                    });
                } else {
                    named.insert(split, folder);
                }
            }
        }
    }

    let mut nested = false;
    for folder in named.values() {
        nested |= !list(folder)?.0.is_empty();
    }
    let divided = match named.len() {
        0 => false,
        1 => nested,
        _ => nested || others.is_empty(),
    };
    if !divided {
        let folders: Vec<String> =
            named.values().chain(&others).map(|folder| name_of(folder)).collect();
        if folders.len() > 1 && folders.iter().all(|name| begins_like_split(name)) {
            // `train_images` and `test_images` would make two classes of what is none.
            layout
                .problems
                .push(ImageProblem::NamedLikeSplits { place: Place::path(root), folders }.into());
        }
        return Ok(vec![(root.to_owned(), above, None)]);
    }
    for problem in twice {
        layout.problems.push(problem.into());
    }
    loose(&files, layout);
    layout.unused_folders.extend(others.iter().map(|folder| name_of(folder)));
    Ok(named
        .into_iter()
        .map(|(split, folder)| {
            let name = name_of(&folder);
            layout.split_folders.push((split, name.clone()));
            (folder, format!("{above}{name}/"), Some(split))
        })
        .collect())
}

/// The problem of splits' folders without train's among them.
pub(super) fn without_train(
    root: &Path,
    parts: &[(PathBuf, String, Option<Split>)],
) -> Option<ImageProblem> {
    let divided = parts.iter().all(|part| part.2.is_some());
    let train = parts.iter().any(|part| part.2 == Some(Split::Train));
    let folder = parts.first().filter(|_| divided && !train).map(|part| name_of(&part.0))?;
    Some(ImageProblem::HeldOutWithoutTrain { place: Place::path(root), folder })
}

/// Adds the images of `parts`, each a folder per class, to `layout`.
pub(super) fn class_folders(parts: &[Part<'_>], layout: &mut Layout) -> Result<(), DataError> {
    let mut found = Vec::new();
    let mut names = Vec::new();
    for part in parts {
        let (folders, files) = list(part.folder)?;
        names.extend(folders.iter().map(|folder| class_of(folder)));
        let mut written: BTreeMap<String, String> = BTreeMap::new();
        for folder in &folders {
            let other = written.insert(class_of(folder), name_of(folder));
            layout.alike.extend(other.map(|_| class_of(folder)));
        }
        found.push((folders, files));
    }
    in_class_order(&mut names);
    names.dedup();

    for (part, (mut classes, files)) in parts.iter().zip(found) {
        if classes.is_empty() {
            let images = files.iter().filter(|file| sniff(file)).count();
            layout.passed_over += files.len() - images;
            let place = Place::path(part.folder);
            layout.problems.push(ImageProblem::NoClassFolders { place, images }.into());
            continue;
        }
        loose(&files, layout);
        let number = |folder: &Path| {
            let name = class_of(folder);
            names.iter().position(|known| *known == name)
        };
        classes.sort_by_cached_key(|folder| number(folder));
        for folder in classes {
            let (name, class) = (name_of(&folder), number(&folder).map(|place| place as u32));
            let of = class_of(&folder);
            let id = format!("{}{name}", part.prefix);
            let found = Found { id, class, split: part.split, train_from: part.train_from };
            images_in(&folder, &found, DEEPEST, layout)?;
            layout.class_folders.push((folder, of));
        }
    }
    layout.classes = names;
    Ok(())
}

/// Adds the images of one folder without classes.
pub(super) fn without_classes(folder: &Path, layout: &mut Layout) -> Result<(), DataError> {
    let found = Found { id: String::new(), class: None, split: None, train_from: false };
    images_in(folder, &found, DEEPEST, layout)
}

/// What all files below a folder have in common.
struct Found {
    id: String,
    class: Option<u32>,
    split: Option<Split>,
    train_from: bool,
}

fn images_in(
    folder: &Path,
    found: &Found,
    deeper: usize,
    layout: &mut Layout,
) -> Result<(), DataError> {
    let (folders, files) = list(folder)?;
    let id_of = |path: &Path| match found.id.as_str() {
        "" => name_of(path),
        above => format!("{above}/{}", name_of(path)),
    };
    for path in files {
        if plainly_no_image(&path) {
            layout.passed_over += 1;
            continue;
        }
        if path.exists() && !path.is_file() {
            let (place, found) = (Place::path(path), "a pipe or a device".to_owned());
            layout.problems.push(Problem::NotAnImage { place, found });
            continue;
        }
        let id = id_of(&path);
        let &Found { class, split, train_from, .. } = found;
        layout.files.push(ImageFile { path, id, class, split, train_from });
    }
    if deeper > 0 {
        for inner in folders {
            let found = Found { id: id_of(&inner), ..*found };
            images_in(&inner, &found, deeper - 1, layout)?;
        }
    }
    Ok(())
}

/// Files beside class folders: images are warned of, others passed over.
fn loose(files: &[PathBuf], layout: &mut Layout) {
    for file in files {
        if !plainly_no_image(file) && sniff(file) {
            layout.problems.push(Problem::LooseImage { place: Place::path(file) });
        } else {
            layout.passed_over += 1;
        }
    }
}

/// Whether a name is that of a text or of an operating system's own file.
fn plainly_no_image(path: &Path) -> bool {
    const ENDINGS: [&str; 11] =
        ["txt", "md", "rst", "csv", "tsv", "json", "xml", "yaml", "yml", "html", "ini"];
    const NAMES: [&str; 6] = ["thumbs.db", "readme", "license", "licence", "copying", "notice"];
    let lower = |text: Option<&std::ffi::OsStr>| {
        text.map(|text| text.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
    };
    ENDINGS.contains(&lower(path.extension()).as_str())
        || NAMES.contains(&lower(path.file_name()).as_str())
}

/// Folders and files directly inside `folder`, each sorted by name; hidden ones left out.
pub(super) fn list(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), DataError> {
    let failed = |source| DataError::Io { path: folder.to_owned(), source };
    let mut folders = Vec::new();
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') || name == "__MACOSX" {
            continue;
        }
        let path = entry.path();
        // Links are followed, as a person who opens the folder would.
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() || kind.is_symlink() && path.is_dir() {
            folders.push(path);
        } else {
            files.push(path);
        }
    }
    folders.sort();
    files.sort();
    Ok((folders, files))
}

/// The last part of a path, as text.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The class that a folder stands for: its name, in one form of Unicode's.
fn class_of(folder: &Path) -> String {
    composed(&name_of(folder)).into_owned()
}

/// Sorts class names: by value where all are whole numbers, else by their characters.
pub(super) fn in_class_order(names: &mut [String]) {
    if names.iter().all(|name| name.parse::<i128>().is_ok()) {
        names.sort_by(|one, two| match (one.parse::<i128>(), two.parse::<i128>()) {
            (Ok(a), Ok(b)) => a.cmp(&b).then_with(|| one.cmp(two)),
            _ => Ordering::Equal,
        });
    } else {
        names.sort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_that_are_numbers_are_in_the_order_of_their_values() {
        let mut names = ["10", "9", "2"].map(str::to_owned);
        in_class_order(&mut names);
        assert_eq!(names, ["2", "9", "10"]);
    }

    #[test]
    fn classes_of_which_one_is_no_number_are_in_the_order_of_their_characters() {
        let mut names = ["9", "10", "ten"].map(str::to_owned);
        in_class_order(&mut names);
        assert_eq!(names, ["10", "9", "ten"]);
    }

    #[test]
    fn a_readme_is_plainly_no_image_and_a_png_may_be_one() {
        assert!(plainly_no_image(Path::new("digits/README.md")));
        assert!(plainly_no_image(Path::new("training/README")));
        assert!(plainly_no_image(Path::new("cats/Thumbs.db")));
        assert!(!plainly_no_image(Path::new("cats/1.png")));
        assert!(!plainly_no_image(Path::new("cats/without-an-ending")));
    }
}
