//! Other images, read like those of a training set.

use gapwise_data::{
    Inputs, Labels, Problem,
    images::{Depth, ImageReading, Images, read_like},
    source::{LabelPolicy, Likewise, Reading, read_inputs},
};
use image::{DynamicImage, ImageBuffer, ImageFormat, Luma};

use super::{Folder, colour, file, grey, grey_png, problems};

fn reading(channels: usize, classes: &[&str]) -> ImageReading {
    ImageReading {
        channels,
        height: 8,
        width: 8,
        depth: Depth::Eight,
        fit: gapwise_data::images::Framing::Stretch,
        classes: classes.iter().map(|&class| class.to_owned()).collect(),
    }
}

fn pixels(likewise: &Likewise) -> &Images {
    match &likewise.inputs {
        Inputs::Images(images) => images,
        Inputs::Table(_) => panic!("expected images"),
    }
}

#[test]
fn a_single_image_is_read_without_a_label() {
    let folder = Folder::new();
    let path = folder.put("what.png", &grey_png(3, (8, 8)));
    let found = read_like(&reading(1, &["a", "b"]), &path, LabelPolicy::Optional).unwrap();
    assert_eq!(found.ids, ["what.png"]);
    assert_eq!(found.labels, None);
    assert_eq!(pixels(&found).of(0).unwrap()[..], grey(3, (8, 8)).as_raw()[..]);
    assert!(found.notes.is_empty() && found.problems.is_empty());
}

#[test]
fn an_image_of_another_size_is_resized_and_it_is_said() {
    let folder = Folder::new();
    let path = folder.put("what.png", &grey_png(3, (20, 10)));
    let found = read_like(&reading(1, &["a", "b"]), &path, LabelPolicy::Optional).unwrap();
    assert_eq!((pixels(&found).height, pixels(&found).width), (8, 8));
    assert_eq!(
        found.notes[0].said,
        "all images are 20×10 pixels; each is resized to 8×8 (height×width, aspect ratio not kept)"
    );
}

#[test]
fn colour_is_read_as_grey_and_grey_as_colour_where_the_training_data_was() {
    let folder = Folder::new();
    let path = folder.put("colour.png", &file(colour((8, 8)), ImageFormat::Png));
    let found = read_like(&reading(1, &["a"]), &path, LabelPolicy::Optional).unwrap();
    assert_eq!((pixels(&found).channels, pixels(&found).of(0).unwrap().len()), (1, 64));
    assert_eq!(found.notes[0].said, "coloured images are read as grey, as the training data was");

    let path = folder.put("grey.png", &grey_png(1, (8, 8)));
    let found = read_like(&reading(3, &["a"]), &path, LabelPolicy::Optional).unwrap();
    assert_eq!((pixels(&found).channels, pixels(&found).of(0).unwrap().len()), (3, 192));
}

#[test]
fn a_folder_of_images_is_read_without_labels_and_bad_ones_are_listed() {
    let folder = Folder::new();
    folder.put("1.png", &grey_png(1, (8, 8)));
    folder.put("2.png", b"no image");
    folder.put("3.png", &grey_png(3, (8, 8)));
    folder.put("notes.txt", b"three images");
    let found = read_like(&reading(1, &["a", "b"]), folder.path(), LabelPolicy::Optional).unwrap();
    assert_eq!(found.ids, ["1.png", "3.png"]);
    assert_eq!(found.labels, None);
    assert!(matches!(&found.problems[..], [Problem::NotAnImage { .. }]));
}

#[test]
fn class_folders_get_the_class_numbers_of_the_training_data() {
    let folder = Folder::new();
    // Class `a` is not there, and `c` is class 2 all the same.
    folder.put("c/1.png", &grey_png(1, (8, 8)));
    folder.put("b/1.png", &grey_png(2, (8, 8)));
    let reading = reading(1, &["a", "b", "c"]);
    let found = read_like(&reading, folder.path(), LabelPolicy::Required).unwrap();
    assert_eq!(found.ids, ["b/1.png", "c/1.png"]);
    assert_eq!(
        found.labels,
        Some(Labels::Classes { names: reading.classes.clone(), of: vec![1, 2] })
    );
}

#[test]
fn an_unknown_class_is_refused_where_labels_are_needed_and_said_where_they_are_not() {
    let folder = Folder::new();
    folder.put("a/1.png", &grey_png(1, (8, 8)));
    folder.put("wolf/1.png", &grey_png(2, (8, 8)));
    folder.put("wolf/2.png", &grey_png(3, (8, 8)));
    let reading = reading(1, &["a", "b"]);
    let found = problems(read_like(&reading, folder.path(), LabelPolicy::Required));
    assert_eq!(
        folder.said(found),
        ["`wolf/1.png`: expected one of the training data's classes, `a`, `b`, found `wolf`"]
    );
    let found = read_like(&reading, folder.path(), LabelPolicy::Optional).unwrap();
    assert_eq!((found.labels, found.ids.len()), (None, 3));
    assert_eq!(
        found.notes[0].said,
        "`wolf` is no class of the training data, so labels are not read"
    );
}

#[test]
fn images_without_labels_are_refused_where_labels_are_needed() {
    let folder = Folder::new();
    let path = folder.put("1.png", &grey_png(1, (8, 8)));
    for path in [path.as_path(), folder.path()] {
        let found = problems(read_like(&reading(1, &["a"]), path, LabelPolicy::Required));
        assert!(found[0].to_string().ends_with("expected labels, found images alone"), "{found:?}");
    }
}

#[test]
fn nothing_that_can_be_read_is_refused() {
    let folder = Folder::new();
    let path = folder.put("1.png", b"no image");
    let found = problems(read_like(&reading(1, &["a"]), &path, LabelPolicy::Optional));
    assert!(found.iter().any(|problem| matches!(problem, Problem::NotAnImage { .. })));
}

#[test]
fn all_splits_of_a_divided_folder_are_read() {
    let folder = Folder::new();
    folder.put("train/a/1.png", &grey_png(1, (8, 8)));
    folder.put("test/a/1.png", &grey_png(2, (8, 8)));
    let found = read_like(&reading(1, &["a"]), folder.path(), LabelPolicy::Required).unwrap();
    assert_eq!(found.ids, ["train/a/1.png", "test/a/1.png"]);
}

#[test]
fn idx_files_are_read_with_and_without_their_labels() {
    let folder = Folder::new();
    let header = |numbers: &[u32]| -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    };
    let mut images = header(&[2051, 2, 8, 8]);
    images.extend([7; 64]);
    images.extend([9; 64]);
    let path = folder.put("t10k-images-idx3-ubyte", &images);
    let reading = reading(3, &["0", "4", "5"]);
    let found = read_like(&reading, &path, LabelPolicy::Optional).unwrap();
    assert_eq!((found.ids.len(), found.labels), (2, None));
    assert_eq!(pixels(&read_like(&reading, &path, LabelPolicy::Optional).unwrap()).channels, 3);

    let mut labels = header(&[2049, 2]);
    labels.extend([5, 4]);
    folder.put("t10k-labels-idx1-ubyte", &labels);
    for path in [path.as_path(), folder.path()] {
        let found = read_like(&reading, path, LabelPolicy::Required).unwrap();
        assert_eq!(
            found.labels,
            Some(Labels::Classes { names: reading.classes.clone(), of: vec![2, 1] })
        );
    }
}

#[test]
fn values_of_another_depth_are_brought_to_that_of_the_training_data_and_it_is_said() {
    let folder = Folder::new();
    let deep = ImageBuffer::from_fn(8, 8, |x, y| Luma([(x + 8 * y + 30) as u16]));
    let path =
        folder.put("deep.png", &file(DynamicImage::ImageLuma16(deep.clone()), ImageFormat::Png));
    let sixteen = ImageReading { depth: Depth::Sixteen, ..reading(1, &["a", "b"]) };
    let found = read_like(&sixteen, &path, LabelPolicy::Optional).unwrap();
    assert_eq!(pixels(&found).values(0).unwrap(), deep.as_raw()[..]);
    assert_eq!(
        found.notes[0].said,
        "1 of 1 image has 16-bit values, read in full; the largest is 93 of 65,535"
    );
    assert!(found.problems.is_empty());

    let found = read_like(&reading(1, &["a", "b"]), &path, LabelPolicy::Optional).unwrap();
    assert_eq!(pixels(&found).depth, Depth::Eight);
    assert!(found.notes[0].said.contains("are rounded to 8 bits, as the network reads them"));
    let said = found.problems[0].to_string();
    assert!(
        said.ends_with("found 1 image with at most 93, of which little is left in 8 bits"),
        "{said}"
    );

    let path = folder.put("grey.png", &grey_png(3, (8, 8)));
    let found = read_like(&sixteen, &path, LabelPolicy::Optional).unwrap();
    let white = u16::from(grey(3, (8, 8)).as_raw()[1]) * 257;
    assert_eq!(pixels(&found).values(0).unwrap()[1], white);
    assert!(found.notes[0].said.contains("has 8-bit values, each of which counts 257 times"));
}

#[test]
fn a_class_is_known_whatever_bytes_its_accents_have() {
    let folder = Folder::new();
    folder.put("cafe\u{301}/1.png", &grey_png(1, (8, 8)));
    folder.put("tea/2.png", &grey_png(2, (8, 8)));
    let found = read_like(&reading(1, &["caf\u{e9}", "tea"]), folder.path(), LabelPolicy::Required);
    let Some(Labels::Classes { of, .. }) = found.unwrap().labels else {
        panic!("labels are there")
    };
    assert_eq!(of, [0, 1]);
}

#[test]
fn inputs_that_are_named_one_by_one_say_which_they_are() {
    let folder = Folder::new();
    let one = folder.put("one.png", &grey_png(1, (8, 8)));
    let two = folder.put("two.png", &grey_png(2, (9, 9)));
    folder.put("more/3.png", &grey_png(3, (8, 8)));
    let more = folder.path().join("more");
    let reading = Reading::Images(reading(1, &["a", "b"]));
    let ids = |inputs: &[std::path::PathBuf]| -> Vec<String> {
        let read = read_inputs(&reading, inputs).unwrap();
        let ids = read.parts.into_iter().flat_map(|part| part.ids);
        ids.map(|id| id.replace(&format!("{}/", folder.path().display()), "")).collect()
    };
    assert_eq!(ids(std::slice::from_ref(&more)), ["3.png"]);
    assert_eq!(
        ids(&[one.clone(), two.clone(), more.clone()]),
        ["one.png", "two.png", "more/3.png"]
    );
    assert_eq!(ids(&[more.clone(), one.clone()]), ["more/3.png", "one.png"]);
    // Single images are told of together.
    let read = read_inputs(&reading, &[one.clone(), two]).unwrap();
    assert_eq!(read.parts.len(), 1);
    assert!(read.parts[0].notes[0].said.starts_with("images have 2 sizes"));

    let (bad, worse) = (folder.put("bad.png", b"no"), folder.path().join("nowhere.png"));
    let read = read_inputs(&reading, &[more.clone(), bad.clone()]).unwrap();
    assert_eq!((read.parts.len(), read.problems.len()), (1, 1));
    let refused = |inputs: &[std::path::PathBuf]| problems(read_inputs(&reading, inputs)).len();
    assert_eq!(refused(&[bad.clone(), folder.put("other/bad.png", b"no")]), 2);
    assert_eq!(refused(&[more, bad, worse]), 1);
}
