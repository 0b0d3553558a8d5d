//! The examples run, and end in a ladder.

use std::{path::Path, process::Command};

#[test]
fn every_example_of_the_library_ends_in_a_ladder() {
    let built = Path::new(env!("CARGO_BIN_EXE_gapwise")).with_file_name("examples");
    for name in ["table_in_memory", "own_metric", "own_network", "ordered_pair"] {
        let example = built.join(name);
        if !example.is_file() {
            eprintln!("passed over: `{}` is not built", example.display());
            continue;
        }
        let said = Command::new(&example).output().unwrap();
        let out = String::from_utf8_lossy(&said.stdout);
        let err = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "{name}: {err}");
        for line in ["validation", "avoidable bias", "variance"] {
            assert!(out.contains(line), "{name} does not say `{line}`:\n{out}");
        }
    }
}
