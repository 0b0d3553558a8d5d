//! Folders: classes, ready-made splits, sizes, and what is passed over.

use gapwise_data::{Problem, SourceOptions, Split, images, source::Reading};
use image::ImageFormat;

use super::{Folder, classes, colour, file, grey_png, notes, pixels, problems, whole};

#[test]
fn a_folder_per_class_is_read_in_the_order_of_classes_and_paths() {
    let folder = Folder::new();
    for (which, name) in
        ["10/b.png", "10/a.png", "9/z.png", "2/sub/deep.png", "2/x.png"].into_iter().enumerate()
    {
        folder.put(name, &grey_png(which as u8, (8, 8)));
    }
    let dataset = folder.read();
    assert_eq!(dataset.ids, ["2/x.png", "2/sub/deep.png", "9/z.png", "10/a.png", "10/b.png"]);
    let (names, of) = classes(&dataset.labels);
    assert_eq!(names, ["2", "9", "10"]);
    assert_eq!(of, [0, 0, 1, 2, 2]);
    assert_eq!(dataset.label_name, "class");
    assert_eq!(dataset.ready_made, None);
    assert!(dataset.notes.is_empty() && dataset.problems.is_empty());
    assert_eq!(dataset.content.len(), 5);
    let images = pixels(&dataset);
    assert_eq!((images.channels, images.height, images.width, images.len()), (1, 8, 8, 5));
    assert_eq!(images.sizes, [(8, 8, 5)]);
    let Reading::Images(reading) = &dataset.reading else { panic!("{:?}", dataset.reading) };
    assert_eq!((reading.channels, reading.height, reading.width), (1, 8, 8));
    assert_eq!(reading.classes, names);
}

#[test]
fn reading_twice_gives_the_same_and_a_changed_byte_another_fingerprint() {
    let folder = Folder::new();
    for which in 0..40 {
        folder.put(&format!("{}/{which}.png", which % 2), &grey_png(which, (6, 6)));
    }
    let first = folder.read();
    let again = folder.read();
    assert_eq!((&first.ids, whole(pixels(&first))), (&again.ids, whole(pixels(&again))));
    assert_eq!((&first.content, &first.fingerprint), (&again.content, &again.fingerprint));
    assert_eq!(first.fingerprint.len(), 64);

    folder.put("0/0.png", &grey_png(99, (6, 6)));
    assert_ne!(folder.read().fingerprint, first.fingerprint);
    let sized = SourceOptions { image_size: Some((5, 5)), ..folder.options() };
    assert_ne!(images::read(&sized).unwrap().fingerprint, folder.read().fingerprint);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = Folder::new();
    for which in 0..60 {
        let side = 20 + u32::from(which % 5);
        folder.put(&format!("{}/{which}.png", which % 3), &grey_png(which, (side, 25)));
    }
    folder.put("0/bad.png", b"no image");
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let options = SourceOptions { skip_bad: true, ..folder.options() };
        let dataset = pool.install(|| images::read(&options).unwrap());
        let images = pixels(&dataset);
        let train: Vec<usize> = (0..40).collect();
        let encoder = pool.install(|| images::ImageEncoder::fit(images, &train, (28, 28)).unwrap());
        let images = whole(images);
        (dataset.ids, images, dataset.content, dataset.fingerprint, dataset.problems, encoder)
    };
    assert_eq!(with(1), with(4));
}

#[test]
fn texts_are_passed_over_with_their_count_and_hidden_files_without() {
    let folder = Folder::new();
    folder.put("a/1.png", &grey_png(1, (4, 4)));
    folder.put("b/2.png", &grey_png(2, (4, 4)));
    folder.put("README.md", b"# What this is");
    folder.put("LICENSE", b"A licence");
    folder.put("a/notes.txt", b"1.png is odd");
    folder.put("b/Thumbs.db", b"\0\0");
    folder.put("b/.DS_Store", b"\0\0");
    folder.put(".git/config", b"");
    folder.put("__MACOSX/a/._1.png", b"");
    let dataset = folder.read();
    assert_eq!(dataset.ids, ["a/1.png", "b/2.png"]);
    assert_eq!(notes(&dataset), ["4 files that are no images are passed over"]);
}

#[test]
fn ready_made_splits_are_honoured_under_all_their_names() {
    for (train, validation, test) in [
        ("train", "validation", "test"),
        ("train", "val", "test"),
        ("training", "valid", "testing"),
        ("Train", "dev", "Test"),
    ] {
        let folder = Folder::new();
        for (at, split) in [train, validation, test].into_iter().enumerate() {
            for class in 0..2 {
                let which = (2 * at + class) as u8;
                folder.put(&format!("{split}/{class}/1.png"), &grey_png(which, (4, 4)));
            }
        }
        let dataset = folder.read();
        assert_eq!(dataset.ids[0], format!("{train}/0/1.png"));
        assert_eq!(classes(&dataset.labels).0, ["0", "1"]);
        let expected = [Split::Train, Split::Validation, Split::Test];
        assert_eq!(
            dataset.ready_made.clone().unwrap(),
            expected.into_iter().flat_map(|split| [Some(split); 2]).collect::<Vec<_>>()
        );
        assert_eq!(
            notes(&dataset),
            [format!(
                "folders named after splits are taken as such: `{train}` as train, `{validation}` \
                 as validation, `{test}` as test"
            )]
        );
    }
}

#[test]
fn with_train_and_test_alone_train_is_free_to_be_cut() {
    let folder = Folder::new();
    for (which, name) in
        ["train/a/1.png", "train/b/1.png", "test/a/1.png", "test/b/1.png"].into_iter().enumerate()
    {
        folder.put(name, &grey_png(which as u8, (4, 4)));
    }
    let test = Some(Split::Test);
    assert_eq!(folder.read().ready_made, Some(vec![None, None, test, test]));
}

#[test]
fn train_alone_is_data_without_a_split() {
    let folder = Folder::new();
    folder.put("train/a/1.png", &grey_png(1, (4, 4)));
    folder.put("train/b/1.png", &grey_png(2, (4, 4)));
    folder.put("figures/1.svg", b"<svg/>");
    let dataset = folder.read();
    assert_eq!(dataset.ready_made, None);
    assert_eq!(classes(&dataset.labels).0, ["a", "b"]);
    assert!(notes(&dataset)[1].contains("`figures`"), "{:?}", notes(&dataset));
}

#[test]
fn a_class_called_train_among_others_is_a_class() {
    let folder = Folder::new();
    for (which, class) in ["bus", "plane", "train"].into_iter().enumerate() {
        folder.put(&format!("{class}/1.png"), &grey_png(which as u8, (4, 4)));
    }
    assert_eq!(classes(&folder.read().labels).0, ["bus", "plane", "train"]);
}

#[test]
fn folders_beside_the_data_are_taken_for_validation_and_test() {
    let (folder, beside) = (Folder::new(), Folder::new());
    folder.put("a/1.png", &grey_png(1, (4, 4)));
    folder.put("b/1.png", &grey_png(2, (4, 4)));
    beside.put("held-out/a/1.png", &grey_png(3, (4, 4)));
    beside.put("both/test/b/1.png", &grey_png(4, (4, 4)));
    beside.put("both/train/b/1.png", &grey_png(5, (4, 4)));
    let dataset = images::read(&SourceOptions {
        validation: Some(beside.path().join("held-out")),
        test: Some(beside.path().join("both")),
        ..folder.options()
    })
    .unwrap();
    assert_eq!(dataset.ids, ["a/1.png", "b/1.png", "validation:a/1.png", "test:b/1.png"]);
    let (validation, test) = (Some(Split::Validation), Some(Split::Test));
    assert_eq!(dataset.ready_made, Some(vec![None, None, validation, test]));
}

#[test]
fn folders_that_seem_to_be_splits_are_not_taken_for_classes() {
    let folder = Folder::new();
    folder.put("train_1000/1.png", &grey_png(1, (4, 4)));
    folder.put("test_100/1.png", &grey_png(2, (4, 4)));
    assert_eq!(
        folder.refused(),
        ["`.`: expected a folder per class, or folders `train`, `validation` and `test`, found \
          `test_100`, `train_1000`"]
    );
    folder.put("tram/1.png", &grey_png(3, (4, 4)));
    assert_eq!(classes(&folder.read().labels).0, ["test_100", "train_1000", "tram"]);
}

#[test]
fn a_held_out_folder_without_train_is_refused() {
    let folder = Folder::new();
    folder.put("cats/1.png", &grey_png(1, (4, 4)));
    folder.put("dogs/1.png", &grey_png(2, (4, 4)));
    folder.put("test/cats/1.png", &grey_png(3, (4, 4)));
    let said = folder.refused();
    assert_eq!(said[0], "`.`: expected a folder `train` beside `test`, found none");
}

#[test]
fn two_folders_for_one_split_are_refused() {
    let folder = Folder::new();
    for (which, split) in ["train", "val", "dev"].into_iter().enumerate() {
        for class in ["a", "b"] {
            folder.put(&format!("{split}/{class}/1.png"), &grey_png(which as u8, (4, 4)));
        }
    }
    assert_eq!(
        folder.refused()[0],
        "`.`: expected one source for validation, found `dev` and `val`"
    );
}

#[test]
fn images_of_several_sizes_are_resized_and_it_is_said() {
    let folder = Folder::new();
    folder.put("a/1.png", &grey_png(1, (20, 30)));
    folder.put("a/2.png", &grey_png(2, (20, 30)));
    folder.put("b/3.png", &file(colour((100, 80)), ImageFormat::Png));
    let dataset = folder.read();
    let images = pixels(&dataset);
    assert_eq!((images.channels, images.height, images.width), (3, 32, 32));
    assert_eq!(images.sizes, [(20, 30, 2), (100, 80, 1)]);
    assert_eq!(
        notes(&dataset),
        ["images have 2 sizes, from 20×30 to 100×80 pixels; each is resized to 32×32 \
          (height×width, aspect ratio not kept)"]
    );
    assert_eq!(dataset.notes[0].change_with.as_deref(), Some("--image-size HEIGHTxWIDTH"));

    let sized = SourceOptions { image_size: Some((12, 10)), ..folder.options() };
    let dataset = images::read(&sized).unwrap();
    assert_eq!((pixels(&dataset).height, pixels(&dataset).width), (12, 10));
    let refused = SourceOptions { image_size: Some((0, 10)), ..folder.options() };
    let found = problems(images::read(&refused));
    assert!(found[0].to_string().ends_with("2 to 4,096 pixels a side, found 0×10"), "{found:?}");
}

#[test]
fn resizing_a_flat_image_leaves_it_flat() {
    let folder = Folder::new();
    for class in [50, 200] {
        let flat = image::GrayImage::from_pixel(90, 70, image::Luma([class]));
        folder.put(&format!("{class}/1.png"), &file(flat, ImageFormat::Png));
    }
    let dataset = folder.read();
    assert!(pixels(&dataset).of(0).unwrap().iter().all(|&value| value == 50));
    assert!(pixels(&dataset).of(1).unwrap().iter().all(|&value| value == 200));
}

#[test]
fn options_for_tables_are_refused_for_images() {
    let folder = Folder::new();
    folder.put("a/1.png", &grey_png(1, (4, 4)));
    let options = SourceOptions {
        label: Some("class".to_owned()),
        group: Some("person".to_owned()),
        ..folder.options()
    };
    let found = problems(images::read(&options));
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|problem| matches!(problem, Problem::Images(_))));
}

#[test]
fn a_single_folder_around_all_is_looked_into_and_said() {
    let folder = Folder::new();
    for (at, class) in ["cat", "dog", "cat"].into_iter().enumerate() {
        folder.put(&format!("photos/{class}/{at}.png"), &grey_png(at as u8, (4, 4)));
    }
    folder.put("photos/README.md", b"What this is");
    let dataset = folder.read();
    assert_eq!(dataset.ids, ["photos/cat/0.png", "photos/cat/2.png", "photos/dog/1.png"]);
    assert_eq!(classes(&dataset.labels).0, ["cat", "dog"]);
    assert!(notes(&dataset)[0].ends_with("/photos` is read, the one folder there"));

    // Around folders of splits, and around another one.
    let folder = Folder::new();
    for (at, name) in ["train/a", "train/b", "test/a", "train/a"].into_iter().enumerate() {
        folder.put(&format!("download/data/{name}/{at}.png"), &grey_png(at as u8, (4, 4)));
    }
    let dataset = folder.read();
    assert_eq!(dataset.ids[0], "download/data/train/a/0.png");
    assert!(dataset.ready_made.is_some());
    assert!(gapwise_data::images::looks_like_images(&folder.path().join("download")));
}

#[test]
fn one_class_stays_one_class() {
    let folder = Folder::new();
    folder.put("cat/1.png", &grey_png(1, (4, 4)));
    folder.put("cat/old/2.png", &grey_png(2, (4, 4)));
    assert_eq!(
        folder.refused()[0],
        "`.`: every example has the class `cat`, so there is nothing to tell apart"
    );
}

#[test]
fn accents_in_other_bytes_are_the_same_class() {
    let folder = Folder::new();
    folder.put("train/cafe\u{301}/1.png", &grey_png(1, (4, 4)));
    folder.put("train/caf\u{e9}/2.png", &grey_png(2, (4, 4)));
    folder.put("train/tea/3.png", &grey_png(3, (4, 4)));
    folder.put("test/cafe\u{301}/4.png", &grey_png(4, (4, 4)));
    let dataset = folder.read();
    assert_eq!(classes(&dataset.labels).0, ["caf\u{e9}", "tea"]);
    assert_eq!(dataset.ids.len(), 4);
    let said = notes(&dataset);
    let told =
        "folders whose names differ in the bytes of their accents alone are one class: `caf\u{e9}`";
    assert!(said.contains(&told), "{said:?}");
}
