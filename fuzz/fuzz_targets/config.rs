//! No text makes the reader of settings panic, and what is written reads back.
#![no_main]

use gapwise::config::Config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A file, and after each zero what is typed behind one `--set`.
    let mut parts = text.split('\0');
    let written = parts.next().unwrap_or_default();
    let sets: Vec<String> = parts.map(str::to_owned).collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), written).unwrap();
    let Ok(config) = Config::read(file.path(), &sets) else { return };
    let Ok(written) = config.to_toml() else { return };
    std::fs::write(file.path(), &written).unwrap();
    let again = Config::read(file.path(), &[]).unwrap();
    assert_eq!(again.to_toml().unwrap(), written);
});
