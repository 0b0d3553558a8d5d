//! No bytes make the reader of images panic: a file is an image, or is left out and counted.
#![no_main]

use gapwise_data::{Inputs, SourceOptions, source::read, summary::summarise};
use libfuzzer_sys::fuzz_target;

/// A white pixel.
const PIXEL: &[u8] = b"P5 1 1 255\n\xff";

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().unwrap();
    for class in ["a", "b"] {
        std::fs::create_dir(folder.path().join(class)).unwrap();
        std::fs::write(folder.path().join(class).join("pixel.pgm"), PIXEL).unwrap();
    }
    std::fs::write(folder.path().join("a/any.png"), bytes).unwrap();
    let path = folder.path().to_owned();
    let Ok(data) = read(&SourceOptions { path, skip_bad: true, ..SourceOptions::default() }) else {
        return;
    };
    assert_eq!(data.len() + summarise(&data).skipped, 3);
    let Inputs::Images(images) = &data.inputs else { panic!("a folder of classes is images") };
    for example in 0..images.len() {
        images.png(example).unwrap();
        images.original(example).unwrap();
    }
});
