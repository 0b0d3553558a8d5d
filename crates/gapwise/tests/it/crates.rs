//! The arrows between the crates, as ARCHITECTURE.md draws them.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

/// For this platform alone: others need packages that were never downloaded.
fn metadata() -> Metadata {
    let about = Command::new("rustc").arg("-vV").output().unwrap();
    let about = String::from_utf8(about.stdout).unwrap();
    let platform = about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let options = ["--offline", "--locked", "--filter-platform", platform];
    MetadataCommand::new()
        .manifest_path(MANIFEST)
        .other_options(options.map(str::to_owned))
        .exec()
        .unwrap()
}

/// The names of every package that a crate of ours is built from, itself not included.
fn reached(metadata: &Metadata, from: &str) -> BTreeSet<String> {
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<&PackageId, _> =
        resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let start = metadata.workspace_packages().into_iter().find(|p| *p.name == from).unwrap();
    let mut open = vec![&start.id];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        for dependency in &nodes[id].deps {
            // What only tests or the building need is not part of the crate.
            let built_in =
                dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            if built_in && seen.insert(&dependency.pkg) {
                open.push(&dependency.pkg);
            }
        }
    }
    seen.into_iter().map(|id| metadata[id].name.to_string()).collect()
}

/// The crates of ours that one of ours names as a dependency, tests included.
fn ours(metadata: &Metadata, from: &str) -> Vec<String> {
    let members: BTreeSet<&str> =
        metadata.workspace_packages().iter().map(|package| package.name.as_str()).collect();
    let package = metadata.workspace_packages().into_iter().find(|p| *p.name == from).unwrap();
    let mut named: Vec<String> = package
        .dependencies
        .iter()
        .filter(|dependency| members.contains(dependency.name.as_str()))
        .map(|dependency| dependency.name.clone())
        .collect();
    named.sort();
    named.dedup();
    named
}

#[test]
fn the_arrows_between_the_crates_are_those_of_the_design() {
    let metadata = metadata();
    let mut members: Vec<String> =
        metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    members.sort();
    let drawn = [
        (
            "gapwise",
            &[
                "gapwise-data",
                "gapwise-instructions",
                "gapwise-kernels",
                "gapwise-nn",
                "gapwise-study",
                "gapwise-words",
            ][..],
        ),
        ("gapwise-data", &[]),
        ("gapwise-instructions", &[]),
        ("gapwise-kernels", &["gapwise-instructions"]),
        (
            "gapwise-nn",
            &["gapwise-data", "gapwise-instructions", "gapwise-kernels", "gapwise-study"],
        ),
        ("gapwise-pages", &[]),
        ("gapwise-study", &["gapwise-data", "gapwise-instructions", "gapwise-pages"]),
        ("gapwise-text", &[]),
        (
            "gapwise-words",
            &[
                "gapwise-data",
                "gapwise-instructions",
                "gapwise-pages",
                "gapwise-study",
                "gapwise-text",
            ],
        ),
    ];
    assert_eq!(members, drawn.map(|(name, _)| name), "a new crate has its arrows drawn here");
    for (name, arrows) in drawn {
        assert_eq!(ours(&metadata, name), arrows, "{name}");
    }
}

#[test]
fn data_method_and_words_do_not_reach_the_engine() {
    let metadata = metadata();
    for name in ["gapwise-data", "gapwise-study", "gapwise-text", "gapwise-words"] {
        let engine: Vec<String> = reached(&metadata, name)
            .into_iter()
            .filter(|package| package.starts_with("burn") || package.starts_with("cubecl"))
            .collect();
        assert_eq!(engine, [""; 0], "{name}");
    }
    assert!(reached(&metadata, "gapwise-nn").contains("burn"), "the check itself sees the engine");
}

#[test]
fn nothing_below_the_command_reaches_a_terminal() {
    let metadata = metadata();
    for name in ["gapwise-data", "gapwise-study", "gapwise-text", "gapwise-words"] {
        let reached = reached(&metadata, name);
        for terminal in ["clap", "indicatif", "anstream"] {
            assert!(!reached.contains(terminal), "{name} reaches {terminal}");
        }
    }
}
