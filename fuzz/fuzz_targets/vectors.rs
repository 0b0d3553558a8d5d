//! No bytes make a reader of vectors panic, whichever format they look like.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    if let Ok(vectors) = gapwise_words::vectors::open(file.path()) {
        if let Ok(cosines) = vectors.vector(0).and_then(|first| vectors.cosines(&first)) {
            assert_eq!(cosines.len(), vectors.len());
        }
        let _ = vectors.number("the");
        let _ = vectors.outputs();
    }
});
