//! No bytes make the reader of idx files panic; images and labels are as many.
#![no_main]

use gapwise_data::{Inputs, Labels, SourceOptions, source::read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Two bytes say how long the first file is; the other is what is left.
    let Some((&[low, high], files)) = bytes.split_first_chunk::<2>() else { return };
    let images = usize::from(u16::from_le_bytes([low, high])).min(files.len());
    let (images, labels) = files.split_at(images);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("train-images-idx3-ubyte"), images).unwrap();
    std::fs::write(folder.path().join("train-labels-idx1-ubyte"), labels).unwrap();
    let path = folder.path().to_owned();
    let Ok(data) = read(&SourceOptions { path, skip_bad: true, ..SourceOptions::default() }) else {
        return;
    };
    let (Inputs::Images(images), Labels::Classes { names, of }) = (&data.inputs, &data.labels)
    else {
        panic!("idx files are images of classes")
    };
    assert_eq!((images.len(), of.len()), (data.len(), data.len()));
    assert!(of.iter().all(|&class| (class as usize) < names.len()));
    images.of(images.len() - 1).unwrap();
});
