//! Images: formats, folders, idx files, sizes, checks, and reading other images alike.

mod bad;
mod folders;
mod formats;
mod idx;
mod like;
mod memory;
mod real;

use std::path::{Path, PathBuf};

use gapwise_data::{
    DataError, Dataset, Inputs, Labels, Problem, SourceOptions,
    images::{self, Images},
};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage};

/// A folder that is removed at the end of a test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, with the folders it needs.
    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn read(&self) -> Dataset {
        images::read(&self.options()).unwrap()
    }

    /// What is said about this folder, when it is refused, with paths relative to it.
    fn refused(&self) -> Vec<String> {
        self.said(problems(images::read(&self.options())))
    }

    fn said(&self, problems: Vec<Problem>) -> Vec<String> {
        let root = format!("{}/", self.path().display());
        let bare = self.path().display().to_string();
        problems
            .iter()
            .map(|problem| problem.to_string().replace(&root, "").replace(&bare, "."))
            .collect()
    }

    fn options(&self) -> SourceOptions {
        SourceOptions { path: self.path().to_owned(), ..SourceOptions::default() }
    }
}

fn problems<T: std::fmt::Debug>(result: Result<T, DataError>) -> Vec<Problem> {
    match result {
        Err(DataError::Problems(problems)) => problems,
        other => panic!("expected problems, found {other:?}"),
    }
}

fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    picture.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A grey picture whose pixels depend on `which`, so that no two are equal.
fn grey(which: u8, (height, width): (u32, u32)) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        Luma([which.wrapping_mul(37).wrapping_add((11 * x + 5 * y) as u8)])
    })
}

fn grey_png(which: u8, size: (u32, u32)) -> Vec<u8> {
    file(grey(which, size), ImageFormat::Png)
}

fn colour((height, width): (u32, u32)) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(20 * x) as u8, (30 * y) as u8, 99]))
}

fn pixels(dataset: &Dataset) -> &Images {
    match &dataset.inputs {
        Inputs::Images(images) => images,
        Inputs::Table(_) => panic!("expected images"),
    }
}

/// All that images hold, wherever they are held.
#[derive(Debug, PartialEq)]
struct Whole {
    shape: [usize; 3],
    sizes: Vec<(u32, u32, usize)>,
    pixels: Vec<u8>,
}

fn whole(images: &Images) -> Whole {
    let pixels = (0..images.len()).flat_map(|example| images.of(example).unwrap().into_owned());
    Whole {
        shape: [images.channels, images.height, images.width],
        sizes: images.sizes.clone(),
        pixels: pixels.collect(),
    }
}

fn classes(labels: &Labels) -> (&[String], &[u32]) {
    match labels {
        Labels::Classes { names, of } => (names, of),
        Labels::Numbers(_) => panic!("expected classes"),
    }
}

fn notes(dataset: &Dataset) -> Vec<&str> {
    dataset.notes.iter().map(|note| note.said.as_str()).collect()
}
