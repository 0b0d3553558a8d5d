//! Images that do not fit in memory: the same examples, read from disk as they are needed.

use gapwise_data::{
    Dataset, Problem, SourceOptions, SplitOptions,
    images::{self, ImageEncoder},
    source, split,
};
use image::ImageFormat;

use super::{Folder, colour, file, grey_png, notes, pixels, problems, whole};

const NONE: Option<u64> = Some(0);

fn said(dataset: &Dataset) -> bool {
    notes(dataset).iter().any(|note| note.contains("read from there as they are needed"))
}

/// Reads `folder` in memory and on disk, and checks that all that follows is equal.
fn same_in_both_forms(folder: &Folder, options: &SourceOptions) {
    let read =
        |image_memory| images::read(&SourceOptions { image_memory, ..options.clone() }).unwrap();
    let (memory, disk) = (read(None), read(NONE));
    assert!(!said(&memory) && said(&disk), "{:?}", disk.notes);
    assert_eq!(whole(pixels(&memory)), whole(pixels(&disk)));
    assert_eq!(memory.ids, disk.ids);
    assert_eq!(memory.labels, disk.labels);
    assert_eq!(memory.content, disk.content);
    assert_eq!(memory.fingerprint, disk.fingerprint);
    assert_eq!(memory.problems, disk.problems);
    assert_eq!(memory.ready_made, disk.ready_made);
    let splits = |dataset| split::assign(dataset, &SplitOptions::default()).unwrap().0;
    assert_eq!(splits(&memory), splits(&disk));

    let train: Vec<usize> = (0..memory.len() / 2).collect();
    let fit = |dataset| ImageEncoder::fit(pixels(dataset), &train, (20, 24)).unwrap();
    let encoder = fit(&memory);
    assert_eq!(encoder, fit(&disk));
    let encoded = |dataset| {
        let mut out = vec![0.0; encoder.shape().iter().product()];
        encoder.encode_into(pixels(dataset), 3, &mut out).unwrap();
        out
    };
    assert_eq!(encoded(&memory), encoded(&disk));
    assert_eq!(pixels(&memory).png(1).unwrap(), pixels(&disk).png(1).unwrap());
    // No file is left beside the data.
    assert!(
        std::fs::read_dir(folder.path())
            .unwrap()
            .all(|entry| { !entry.unwrap().file_name().to_string_lossy().starts_with(".tmp") })
    );
}

/// Forty pictures of four sizes, some of them coloured, in two classes.
fn mixed() -> Folder {
    let folder = Folder::new();
    for which in 0..40 {
        let (height, width) = ([9, 70][which as usize % 2], [12, 30][which as usize / 2 % 2]);
        let bytes = if which % 5 == 0 {
            let mut picture = colour((height, width));
            picture.put_pixel(0, 0, image::Rgb([which, 7, 3]));
            file(picture, ImageFormat::Png)
        } else {
            grey_png(which, (height, width))
        };
        folder.put(&format!("{}/{which}.png", which % 2), &bytes);
    }
    folder
}

#[test]
fn a_folder_of_many_sizes_is_the_same_in_memory_and_on_disk() {
    let folder = mixed();
    same_in_both_forms(&folder, &folder.options());
}

#[test]
fn a_folder_at_a_size_asked_for_is_the_same_in_memory_and_on_disk() {
    let folder = mixed();
    folder.put("0/bad.png", b"no image");
    let options = SourceOptions { image_size: Some((40, 20)), skip_bad: true, ..folder.options() };
    same_in_both_forms(&folder, &options);
}

fn put_idx(folder: &Folder, (split, images): (&str, u32), (height, width): (u32, u32)) {
    let header = [2051, images, height, width].into_iter().flat_map(u32::to_be_bytes);
    let pixels = (0..images * height * width).map(|at| (at.wrapping_mul(at) % 251) as u8);
    folder.put(&format!("{split}-images-idx3-ubyte"), &header.chain(pixels).collect::<Vec<_>>());
    let header = [2049, images].into_iter().flat_map(u32::to_be_bytes);
    let labels = (0..images).map(|at| (at % 3) as u8);
    folder.put(&format!("{split}-labels-idx1-ubyte"), &header.chain(labels).collect::<Vec<_>>());
}

#[test]
fn idx_files_are_the_same_in_memory_and_on_disk() {
    let folder = Folder::new();
    put_idx(&folder, ("train", 300), (28, 28));
    put_idx(&folder, ("t10k", 70), (28, 28));
    same_in_both_forms(&folder, &folder.options());
}

#[test]
fn idx_files_that_are_resized_are_the_same_in_memory_and_on_disk() {
    let folder = Folder::new();
    put_idx(&folder, ("train", 300), (28, 28));
    put_idx(&folder, ("t10k", 70), (14, 20));
    same_in_both_forms(&folder, &folder.options());
}

#[test]
fn images_go_to_disk_only_beyond_the_memory_they_may_take_and_it_is_said() {
    // 1,024 images of 32×32 are 1 MiB; one more is beyond it.
    let folder = Folder::new();
    let read = |images| {
        put_idx(&folder, ("train", images), (32, 32));
        images::read(&SourceOptions { image_memory: Some(1), ..folder.options() }).unwrap()
    };
    assert!(!said(&read(1_024)));
    let beyond = read(1_025);
    assert!(said(&beyond));
    let note = beyond.notes.iter().find(|note| note.said.starts_with("images take")).unwrap();
    assert!(
        note.said.starts_with(
            "images take 2 MiB, more than the 1 MiB that they may take in memory (as was said), so \
             they are kept in `"
        ),
        "{note:?}"
    );
    assert_eq!(note.change_with.as_deref(), Some("--set data.image_memory=MIB"));
}

#[test]
fn memory_for_images_means_nothing_for_a_table() {
    let folder = Folder::new();
    let path = folder.put("a.csv", b"x,y\n1,a\n2,b\n");
    let found =
        problems(source::read(&SourceOptions { path, image_memory: NONE, ..Default::default() }));
    assert!(
        matches!(found[..], [Problem::NotForTables { option: "data.image_memory", .. }]),
        "{found:?}"
    );
}
