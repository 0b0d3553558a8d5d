//! Idx files: names, headers, compression, labels.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use gapwise_data::{SourceOptions, Split, images};

use super::{Folder, classes, notes, pixels, whole};

fn images_file((images, height, width): (u32, u32, u32), values: &[u8]) -> Vec<u8> {
    let header = [2051, images, height, width].into_iter().flat_map(u32::to_be_bytes);
    header.chain(values.iter().copied()).collect()
}

fn labels_file(labels: &[u8]) -> Vec<u8> {
    let header = [2049, labels.len() as u32].into_iter().flat_map(u32::to_be_bytes);
    header.chain(labels.iter().copied()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Three images of 2×3 with the labels 5, 0 and 5.
fn small() -> Folder {
    let folder = Folder::new();
    let values: Vec<u8> = (0..18).collect();
    folder.put("train-images-idx3-ubyte", &images_file((3, 2, 3), &values));
    folder.put("train-labels-idx1-ubyte", &labels_file(&[5, 0, 5]));
    folder
}

#[test]
fn plain_files_are_read_with_their_labels_as_classes() {
    let folder = small();
    folder.put("README.md", b"What this is");
    let dataset = folder.read();
    assert_eq!(dataset.ids, ["train:0", "train:1", "train:2"]);
    let (names, of) = classes(&dataset.labels);
    assert_eq!((names, of), (&["0".to_owned(), "5".to_owned()][..], &[1, 0, 1][..]));
    let images = pixels(&dataset);
    assert_eq!((images.channels, images.height, images.width), (1, 2, 3));
    assert_eq!(images.of(1).unwrap()[..], [6, 7, 8, 9, 10, 11]);
    assert_eq!(images.sizes, [(2, 3, 3)]);
    assert_eq!(dataset.ready_made, None);
}

#[test]
fn compressed_files_are_told_by_content_and_read_the_same() {
    let (plain, compressed) = (small(), Folder::new());
    for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] {
        let bytes = std::fs::read(plain.path().join(name)).unwrap();
        let name = name.replace("-idx", ".idx");
        compressed.put(&format!("{name}.gz"), &gzip(&bytes));
    }
    assert_eq!(whole(pixels(&compressed.read())), whole(pixels(&plain.read())));
    assert_eq!(compressed.read().labels, plain.read().labels);
}

#[test]
fn of_a_plain_and_a_compressed_file_the_plain_one_is_read_and_it_is_said() {
    let folder = small();
    folder.put("train-labels-idx1-ubyte.gz", &gzip(&labels_file(&[1, 1, 1])));
    let dataset = folder.read();
    assert_eq!(classes(&dataset.labels).0, ["0", "5"]);
    assert!(notes(&dataset)[0].contains("train-labels-idx1-ubyte.gz` is passed over"));
}

#[test]
fn t10k_is_the_test_split() {
    let folder = small();
    folder.put("t10k-images-idx3-ubyte", &images_file((1, 2, 3), &[9; 6]));
    folder.put("t10k-labels-idx1-ubyte", &labels_file(&[0]));
    let dataset = folder.read();
    assert_eq!(dataset.ids, ["train:0", "train:1", "train:2", "test:0"]);
    assert_eq!(dataset.ready_made, Some(vec![None, None, None, Some(Split::Test)]));
    assert_eq!(pixels(&dataset).of(3).unwrap()[..], [9; 6]);
}

#[test]
fn idx_files_beside_the_data_are_taken_for_validation_and_test() {
    let (folder, beside) = (small(), Folder::new());
    beside.put("images-idx3-ubyte", &images_file((2, 2, 3), &[7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8]));
    beside.put("labels-idx1-ubyte", &labels_file(&[0, 5]));
    let options = SourceOptions { validation: Some(beside.path().to_owned()), ..folder.options() };
    let dataset = images::read(&options).unwrap();
    assert_eq!(dataset.ids[3..], ["validation:0", "validation:1"]);
    let validation = Some(Split::Validation);
    assert_eq!(dataset.ready_made, Some(vec![None, None, None, validation, validation]));
}

#[test]
fn images_of_an_idx_file_are_resized_like_any_others() {
    let folder = small();
    folder.put("t10k-images-idx3-ubyte", &images_file((1, 4, 4), &[9; 16]));
    folder.put("t10k-labels-idx1-ubyte", &labels_file(&[0]));
    let dataset = folder.read();
    let images = pixels(&dataset);
    assert_eq!((images.height, images.width, images.len()), (32, 32, 4));
    assert!(images.of(3).unwrap().iter().all(|&value| value == 9));
}

/// Labels of another type: its code, its dimensions behind the number of examples, and the bytes.
fn other_labels(code: u8, dimensions: &[u32], labels: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, code, 1 + dimensions.len() as u8];
    file.extend(3_u32.to_be_bytes());
    file.extend(dimensions.iter().flat_map(|of| of.to_be_bytes()));
    file.extend(labels);
    file
}

#[test]
fn labels_of_other_types_and_shapes_are_read() {
    let int: Vec<u8> = [5_i32, 0, 5].into_iter().flat_map(i32::to_be_bytes).collect();
    let long: Vec<u8> = [5_i64, 0, 5].into_iter().flat_map(i64::to_be_bytes).collect();
    let double: Vec<u8> = [5.0_f64, 0.0, 5.0].into_iter().flat_map(f64::to_be_bytes).collect();
    let one_hot = [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    // QMNIST's, of which the first number is the class.
    let written: Vec<u8> = [5, 0, 5]
        .iter()
        .flat_map(|&of| [of, 4, 9, 9, 9, 9, 9, 9])
        .flat_map(i32::to_be_bytes)
        .collect();
    for (name, file) in [
        ("train-labels-idx1-int", other_labels(0x0C, &[], &int)),
        ("train-labels-idx1-int64", other_labels(0x0F, &[], &long)),
        ("train-labels-idx1-double", other_labels(0x0E, &[], &double)),
        ("train-labels-idx2-int", other_labels(0x0C, &[1], &int)),
        ("train-labels-idx2-ubyte", other_labels(0x08, &[6], &one_hot)),
        ("train-labels-idx2-int.gz", gzip(&other_labels(0x0C, &[8], &written))),
    ] {
        let folder = small();
        std::fs::remove_file(folder.path().join("train-labels-idx1-ubyte")).unwrap();
        folder.put(name, &file);
        let dataset = folder.read();
        assert_eq!(
            classes(&dataset.labels),
            (&["0".into(), "5".into()][..], &[1, 0, 1][..]),
            "{name}"
        );
        let said = notes(&dataset).join("");
        let several = ["train-labels-idx2-ubyte", "train-labels-idx2-int.gz"].contains(&name);
        assert_eq!(said.contains("numbers for each example"), several, "{name}: {said}");
    }
}

#[test]
fn labels_that_are_no_whole_numbers_or_several_for_each_example_are_refused() {
    let halves: Vec<u8> = [1.0_f32, 2.5, 0.5].into_iter().flat_map(f32::to_be_bytes).collect();
    for (file, found) in [
        (
            other_labels(0x0D, &[], &halves),
            "expected whole numbers as labels, found 2.5 for example 1",
        ),
        (
            other_labels(0x08, &[2], &[1; 6]),
            "expected one label for each example, found 2 for each",
        ),
        (
            other_labels(0x08, &[0], &[]),
            "expected one label for each example, found a header that states 0",
        ),
        (other_labels(0x0A, &[], &[0; 3]), "found 2561"),
        (
            other_labels(0x0C, &[], &[0; 8]),
            "expected 20 bytes (a header of 8, then 3 labels of 4 bytes), found 16",
        ),
    ] {
        let folder = small();
        folder.put("train-labels-idx1-ubyte", &file);
        let said = folder.refused();
        assert!(said[0].contains(found), "{said:?}");
    }
}

#[test]
fn a_folder_around_idx_files_is_looked_into() {
    let folder = Folder::new();
    folder.put("mnist/train-images-idx3-ubyte", &images_file((3, 2, 3), &[1; 18]));
    folder.put("mnist/train-labels-idx1-ubyte", &labels_file(&[5, 0, 5]));
    let dataset = folder.read();
    assert_eq!(dataset.ids, ["train:0", "train:1", "train:2"]);
    assert!(notes(&dataset)[0].ends_with("/mnist` is read, the one folder there"));
}

#[test]
fn a_truncated_file_is_refused_with_the_bytes_expected_and_found() {
    let folder = small();
    // 16 bytes of header, and 18 values of which the last four are gone.
    let values: Vec<u8> = (0..14).collect();
    folder.put("train-images-idx3-ubyte", &images_file((3, 2, 3), &values));
    let said = folder.refused();
    assert_eq!(
        said[0],
        "`train-images-idx3-ubyte`: expected 34 bytes (a header of 16, then 3 images of 2×3), found \
         30"
    );
}

#[test]
fn a_truncated_compressed_file_is_refused_with_where_it_stops() {
    let folder = Folder::new();
    let values: Vec<u8> = (0..600_u32).map(|at| (at * at % 251) as u8).collect();
    let whole = gzip(&images_file((100, 2, 3), &values));
    folder.put("train-images-idx3-ubyte.gz", &whole[..whole.len() / 2]);
    folder.put("train-labels-idx1-ubyte.gz", &gzip(&labels_file(&[1; 100])));
    let said = folder.refused();
    assert!(
        said[0].starts_with(
            "`train-images-idx3-ubyte.gz`: expected 616 bytes (a header of 16, then 100 images of \
             2×3), found "
        ) && said[0].ends_with(", where the compressed data stops short"),
        "{said:?}"
    );
}

#[test]
fn a_header_that_promises_more_than_the_file_can_hold_sets_nothing_aside() {
    let folder = small();
    folder.put("train-images-idx3-ubyte", &images_file((u32::MAX, u32::MAX, u32::MAX), &[1; 9]));
    let said = folder.refused();
    assert!(said[0].contains("found 25"), "{said:?}");
    folder.put("train-images-idx3-ubyte", &gzip(&images_file((u32::MAX, 28, 28), &[1; 9])));
    let said = folder.refused();
    assert!(said[0].contains("found 25"), "{said:?}");
}

#[test]
fn trailing_bytes_wrong_numbers_and_empty_sizes_are_refused() {
    let cases: [(Vec<u8>, &str); 4] = [
        (
            images_file((3, 2, 3), &[0; 19]),
            "expected 34 bytes (a header of 16, then 3 images of 2×3), found more",
        ),
        (
            labels_file(&[1, 2, 3]),
            "expected an idx file of images, whose first number is 2051, found 2049",
        ),
        (
            images_file((3, 0, 3), &[]),
            "expected images of at least 1×1 pixels, found a header that states 0×3",
        ),
        (
            vec![0, 0, 8],
            "expected an idx file of images with a header of 16 bytes, found 3 bytes in all",
        ),
    ];
    for (bytes, expected) in cases {
        let folder = small();
        folder.put("train-images-idx3-ubyte", &bytes);
        let said = folder.refused();
        assert_eq!(said[0], format!("`train-images-idx3-ubyte`: {expected}"));
    }
}

#[test]
fn labels_that_are_not_one_per_image_are_refused() {
    let folder = small();
    folder.put("train-labels-idx1-ubyte", &labels_file(&[5, 0]));
    assert_eq!(
        folder.refused()[0],
        "`train-labels-idx1-ubyte`: expected 3 labels, one per image, found 2"
    );
}

#[test]
fn images_without_labels_and_labels_without_images_are_refused() {
    let folder = small();
    std::fs::remove_file(folder.path().join("train-labels-idx1-ubyte")).unwrap();
    assert_eq!(
        folder.refused()[0],
        "`train-images-idx3-ubyte`: expected labels, found images alone"
    );

    let folder = small();
    folder.put("t10k-labels-idx1-ubyte", &labels_file(&[5]));
    assert_eq!(
        folder.refused()[0],
        "`t10k-labels-idx1-ubyte`: expected `t10k-images-idx3-ubyte` beside it, found none"
    );
}

#[test]
fn damaged_compressed_data_is_refused_and_never_a_panic() {
    let whole = gzip(&images_file((3, 2, 3), &(0..18).collect::<Vec<u8>>()));
    for at in 10..whole.len() {
        let folder = small();
        std::fs::remove_file(folder.path().join("train-images-idx3-ubyte")).unwrap();
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        folder.put("train-images-idx3-ubyte.gz", &bytes);
        assert!(images::read(&folder.options()).is_err(), "byte {at}");
    }
}

#[test]
fn equal_images_across_idx_files_are_warned_of_with_file_and_place() {
    let folder = small();
    folder.put(
        "t10k-images-idx3-ubyte",
        &images_file((2, 2, 3), &[9, 9, 9, 9, 9, 9, 6, 7, 8, 9, 10, 11]),
    );
    folder.put("t10k-labels-idx1-ubyte", &labels_file(&[0, 0]));
    let dataset = folder.read();
    assert_eq!(
        folder.said(dataset.problems),
        ["`t10k-images-idx3-ubyte` example 1: the test example is equal to \
             `train-images-idx3-ubyte` example 1 in train"]
    );
}
