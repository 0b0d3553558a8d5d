//! The digits that come with the project, and real data where it is there.

use std::path::{Path, PathBuf};

use gapwise_data::{
    Problem, SourceOptions, Split, SplitOptions,
    images::{self, ImageEncoder},
    split,
};

use super::{classes, notes, pixels, problems};

/// A folder of the data beside the project; says so where it is missing.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.is_dir() {
        eprintln!("passed over: `{}` is not there", path.display());
        return None;
    }
    Some(path)
}

fn options(path: PathBuf) -> SourceOptions {
    SourceOptions { path, ..SourceOptions::default() }
}

#[test]
fn the_digits_example_is_1797_images_of_ten_classes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/digits");
    let dataset = images::read(&options(path)).unwrap();
    assert_eq!((dataset.name.as_str(), dataset.len()), ("digits", 1_797));
    let images = pixels(&dataset);
    assert_eq!((images.channels, images.height, images.width), (1, 8, 8));
    let (names, of) = classes(&dataset.labels);
    assert_eq!(names, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    let count = |class| of.iter().filter(|&&of| of == class).count();
    assert_eq!(
        (0..10).map(count).collect::<Vec<_>>(),
        [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    );
    assert_eq!(notes(&dataset), ["1 file that is no image is passed over"]);
    assert!(dataset.problems.is_empty(), "{:?}", dataset.problems);
    // The first image of the set: values 0, 0, 5, 13, 9, 1, 0, 0 of 16 in its first row;
    // round(5 · 255 / 16) = round(79.69) = 80, round(207.19) = 207, round(143.44) = 143,
    // round(15.94) = 16.
    assert_eq!(images.of(0).unwrap()[..8], [0, 0, 80, 207, 143, 16, 0, 0]);

    let (splits, problems) = split::assign(&dataset, &SplitOptions::default()).unwrap();
    assert!(problems.is_empty());
    assert!((359..=360).contains(&splits.count(Split::Validation)));
}

#[test]
fn mnist_is_60000_free_images_and_10000_for_test() {
    let Some(path) = shared("mnist") else { return };
    let dataset = images::read(&options(path)).unwrap();
    assert_eq!(dataset.len(), 70_000);
    let images = pixels(&dataset);
    assert_eq!((images.channels, images.height, images.width), (1, 28, 28));
    let (names, of) = classes(&dataset.labels);
    assert_eq!(names.len(), 10);
    // The first training labels are 5, 0, 4, 1, 9; the first test label is 7.
    assert_eq!((&of[..5], of[60_000]), (&[5, 0, 4, 1, 9][..], 7));
    let ready_made = dataset.ready_made.clone().unwrap();
    assert_eq!(ready_made.iter().filter(|&&split| split == Some(Split::Test)).count(), 10_000);
    assert_eq!(ready_made.iter().filter(|split| split.is_none()).count(), 60_000);

    let (splits, _) = split::assign(&dataset, &SplitOptions::default()).unwrap();
    let validation = splits.count(Split::Validation);
    assert!((3_946..=3_949).contains(&validation), "{validation}");
    assert_eq!(splits.count(Split::Test), 10_000);

    // As is widely stated: mean 0.1307 and deviation 0.3081 over the 60,000 training images.
    let train: Vec<usize> = (0..60_000).collect();
    let encoder = ImageEncoder::fit(images, &train, (28, 28)).unwrap();
    assert!((encoder.mean[0] - 0.1307).abs() < 5e-5, "{:?}", encoder.mean);
    assert!((encoder.deviation[0] - 0.3081).abs() < 5e-5, "{:?}", encoder.deviation);
}

#[test]
fn faces_of_37_people_are_resized_to_one_size() {
    let Some(path) = shared("att-faces") else { return };
    let dataset = images::read(&options(path.join("training"))).unwrap();
    assert_eq!(dataset.len(), 370);
    assert_eq!(classes(&dataset.labels).0.len(), 37);
    let images = pixels(&dataset);
    assert_eq!((images.channels, images.height, images.width), (1, 32, 32));
    assert_eq!(images.sizes, [(112, 92, 370)]);
}

#[test]
fn faces_of_other_people_in_testing_are_refused_class_by_class() {
    let Some(path) = shared("att-faces") else { return };
    let found = problems(images::read(&options(path)));
    let missing: Vec<_> = found
        .iter()
        .filter_map(|problem| match problem {
            Problem::ClassNotInTrain { class, examples, .. } => Some((class.as_str(), *examples)),
            _ => None,
        })
        .collect();
    assert_eq!(missing, [("s5", 10), ("s6", 10), ("s7", 10)]);
}
