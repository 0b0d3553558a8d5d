//! What is wrong with images, each said with its path; and bytes that must not bring the reader
//! down.

use gapwise_data::{Problem, Severity, SourceOptions, images};
use image::ImageFormat;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Folder, classes, colour, file, grey, grey_png, problems};

/// Two classes with a good image each.
fn good() -> Folder {
    let folder = Folder::new();
    folder.put("a/good.png", &grey_png(1, (8, 8)));
    folder.put("b/good.png", &grey_png(2, (8, 8)));
    folder
}

#[test]
fn a_truncated_image_of_every_format_is_a_bad_example() {
    let detailed = image::RgbImage::from_fn(40, 30, |x, y| {
        image::Rgb([(x * 7 + y * 13) as u8, (x * y) as u8, (x * x + 3 * y) as u8])
    });
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Pnm,
        ImageFormat::Bmp,
        ImageFormat::Gif,
        ImageFormat::WebP,
    ] {
        let whole = file(detailed.clone(), format);
        let folder = good();
        folder.put("a/cut", &whole[..whole.len() * 2 / 3]);
        let found = problems(images::read(&folder.options()));
        assert!(
            matches!(&found[..], [Problem::UnreadableImage { place, .. }] if place.path.ends_with("a/cut")),
            "{format:?}: {found:?}"
        );
        assert_eq!(found[0].severity(), Severity::BadExample);
    }
}

#[test]
fn the_text_of_a_truncated_image_says_after_how_many_bytes_it_stops() {
    let folder = good();
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let whole = file(colour((20, 20)), format);
        folder.put(&format!("a/cut-{format:?}"), &whole[..200]);
    }
    assert_eq!(
        folder.refused(),
        [
            "`a/cut-Jpeg`: expected an image, found one that cannot be read: it is cut short after \
             200 bytes",
            "`a/cut-Png`: expected an image, found one that cannot be read: it is cut short after \
             200 bytes",
        ]
    );
}

#[test]
fn files_that_are_no_images_are_all_told_with_what_they_are() {
    let folder = good();
    folder.put("a/empty.png", b"");
    folder.put("a/paper.pdf", b"%PDF-1.7");
    folder.put("b/zeros.jpg", &[0; 64]);
    folder.put("b/scan.tif", b"II*\0\x08\0\0\0");
    assert_eq!(
        folder.refused(),
        [
            "`a/empty.png`: expected an image, found an empty file",
            "`a/paper.pdf`: expected an image, found a PDF document",
            "`b/scan.tif`: expected an image, found one that cannot be read: TIFF is not read; \
             convert it to PNG or JPEG",
            "`b/zeros.jpg`: expected an image, found zero bytes alone",
        ]
    );
}

#[test]
fn with_skip_bad_the_good_ones_are_read_and_the_bad_ones_listed() {
    let folder = good();
    folder.put("a/bad.png", b"no image");
    let options = SourceOptions { skip_bad: true, ..folder.options() };
    let dataset = images::read(&options).unwrap();
    assert_eq!(dataset.ids, ["a/good.png", "b/good.png"]);
    assert_eq!(dataset.problems.len(), 1);
    assert_eq!(dataset.problems[0].severity(), Severity::BadExample);
}

#[test]
fn a_header_that_declares_gigabytes_is_refused_without_taking_them() {
    let folder = good();
    // A PNG header of 60,000×60,000 colour pixels, with its own checksum.
    let mut png = grey_png(1, (8, 8));
    png[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    png[24..26].copy_from_slice(&[8, 2]);
    let sum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    folder.put("a/huge.png", &png);
    folder.put("a/huge.pgm", b"P5\n60000 60000\n255\n1234");
    folder.put("a/huger.ppm", b"P6\n4000000000 4000000000\n255\n1234");
    let mut bmp = file(grey(1, (8, 8)), ImageFormat::Bmp);
    bmp[18..26].copy_from_slice(&[0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0, 0]);
    folder.put("a/huge.bmp", &bmp);
    let found = problems(images::read(&folder.options()));
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.iter().all(|problem| matches!(problem, Problem::UnreadableImage { .. })));
    assert!(
        found.iter().any(|problem| problem.to_string().contains("declares 60000×60000 pixels")),
        "{found:?}"
    );
}

/// The checksum of a PNG chunk (ISO 3309), bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 }
        })
    })
}

#[test]
fn corrupted_bytes_give_an_image_or_a_problem_and_never_a_panic() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Pnm,
        ImageFormat::Bmp,
        ImageFormat::Gif,
        ImageFormat::WebP,
    ] {
        let whole = file(colour((24, 24)), format);
        let folder = good();
        for round in 0..150 {
            let mut bytes = whole.clone();
            for _ in 0..random.random_range(1..6) {
                let at = random.random_range(0..bytes.len());
                bytes[at] = random.random();
            }
            if round % 3 == 0 {
                bytes.truncate(random.random_range(0..bytes.len()));
            }
            folder.put(&format!("a/{round}"), &bytes);
        }
        let options = SourceOptions { skip_bad: true, ..folder.options() };
        let dataset = images::read(&options).unwrap();
        assert!(dataset.ids.len() + dataset.problems.len() >= 152, "{format:?}");
    }
}

#[test]
fn a_class_folder_without_an_image_is_refused() {
    let folder = good();
    folder.put("c/notes.txt", b"images to come");
    assert_eq!(folder.refused(), ["`c`: expected images of the class `c`, found none"]);
}

#[test]
fn a_class_whose_images_are_all_bad_is_refused_even_without_bad_ones() {
    let folder = good();
    folder.put("c/1.png", b"no image");
    let options = SourceOptions { skip_bad: true, ..folder.options() };
    // What is wrong with them is the reason, while a bad image of another class is skipped.
    folder.put("a/bad.png", b"no image");
    let said = folder.said(problems(images::read(&options)));
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[0], "`c`: expected images of the class `c`, found none");
    assert!(said[1].starts_with("`c/1.png`: expected an image"), "{said:?}");
}

#[test]
fn one_class_alone_is_refused() {
    let folder = Folder::new();
    folder.put("cats/1.png", &grey_png(1, (4, 4)));
    folder.put("cats/2.png", &grey_png(2, (4, 4)));
    assert_eq!(
        folder.refused(),
        ["`.`: every example has the class `cats`, so there is nothing to tell apart"]
    );
}

#[test]
fn a_class_in_test_alone_is_refused() {
    let folder = Folder::new();
    for (which, name) in
        ["train/a/1.png", "train/b/1.png", "test/a/1.png", "test/c/1.png", "test/c/2.png"]
            .into_iter()
            .enumerate()
    {
        folder.put(name, &grey_png(which as u8, (4, 4)));
    }
    assert_eq!(folder.refused(), ["`.`: class `c` is in test (2 examples) and not in train"]);
}

#[test]
fn images_without_class_folders_are_refused_with_their_count() {
    let folder = Folder::new();
    folder.put("1.png", &grey_png(1, (4, 4)));
    folder.put("2.png", &grey_png(2, (4, 4)));
    folder.put("labels.csv", b"1,cat\n2,dog\n");
    assert_eq!(
        folder.refused()[0],
        "`.`: expected a folder of images per class, found 2 images without one"
    );
}

#[test]
fn a_single_image_is_no_data_set() {
    let folder = Folder::new();
    let path = folder.put("1.png", &grey_png(1, (4, 4)));
    let found = problems(images::read(&SourceOptions { path, ..SourceOptions::default() }));
    assert_eq!(
        folder.said(found),
        ["`1.png`: expected a folder of images per class, found a single file"]
    );
}

#[test]
fn an_image_beside_class_folders_is_left_out_with_a_warning() {
    let folder = good();
    folder.put("stray.png", &grey_png(3, (8, 8)));
    let dataset = folder.read();
    assert_eq!(classes(&dataset.labels).1.len(), 2);
    assert_eq!(
        folder.said(dataset.problems),
        ["`stray.png`: expected images inside class folders only, found this one beside them"]
    );
}

#[test]
fn equal_images_across_ready_made_splits_are_warned_of_with_both_paths() {
    let folder = Folder::new();
    for (which, name) in [(1, "train/a/1.png"), (2, "train/b/1.png"), (3, "test/a/9.png")] {
        folder.put(name, &grey_png(which, (4, 4)));
    }
    // The same pixels in another format.
    folder.put("test/b/8.bmp", &file(grey(2, (4, 4)), ImageFormat::Bmp));
    let dataset = folder.read();
    assert_eq!(
        folder.said(dataset.problems),
        ["`test/b/8.bmp`: the test example is equal to `train/b/1.png` in train"]
    );
}

#[test]
fn equal_images_with_other_labels_are_warned_of_with_both_paths() {
    let folder = good();
    folder.put("b/other.png", &grey_png(1, (8, 8)));
    let dataset = folder.read();
    assert_eq!(dataset.content[0], dataset.content[2]);
    assert_eq!(
        folder.said(dataset.problems),
        ["`b/other.png`: equal to `a/good.png`, but labelled `b` where that is `a`"]
    );
}

#[test]
fn beyond_a_hundred_pairs_of_equal_images_are_counted() {
    let folder = Folder::new();
    for which in 0..103_u32 {
        let picture = image::GrayImage::from_pixel(2, 2, image::Luma([which as u8]));
        for class in ["a", "b"] {
            folder.put(&format!("{class}/{which}.png"), &file(picture.clone(), ImageFormat::Png));
        }
    }
    let dataset = folder.read();
    assert_eq!(dataset.problems.len(), 101);
    assert!(
        dataset.problems.iter().any(|problem| matches!(problem, Problem::Unlisted { more: 3, .. }))
    );
}
