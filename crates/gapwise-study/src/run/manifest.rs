//! `manifest.json`: the checksums of the files that decide a run's figures.
//!
//! | file | in the manifest |
//! |---|---|
//! | records and tables that a command reads before it says a figure, `checkpoints/best.safetensors` | yes |
//! | `config.toml` | no: people may edit it; what was trained is in `start.json` |
//! | `diagnosis.json`, `report.html`, the TensorBoard file, `lock` | no: they say figures, none is read from them |
//! | other files in `checkpoints/` | no: they have a checksum of their own |
//!
//! The first files are in it from the beginning. The others are made again from the checkpoint for as
//! long as a run is not finished, and come into it when it is: from then on it is sealed, and a file
//! that it does not have is none of the run's.
//!
//! A file of a sealed run is replaced in three steps: the manifest takes its new checksum beside the
//! old one, the file takes its place, the manifest drops the old one. Whatever a kill leaves agrees with
//! the manifest. Its names are those within the run, so that a run can be copied and moved.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
};

use serde::{Deserialize, Serialize};

use super::{
    RunDirectory, RunError, file,
    whole::{self, Ready},
};
use crate::diagnosis::LookCounts;

/// A checksum: 64 digits of BLAKE3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Checksum(pub(super) String);

impl Checksum {
    /// The checksum of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Checksum(blake3::hash(bytes).to_hex().to_string())
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a run knows of its own files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Whether the run is finished, so that every file which counts is listed.
    sealed: bool,
    /// Each file's checksum.
    files: BTreeMap<String, Checksum>,
    /// The checksums of files that were about to be replaced, which count as well.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    replaced: BTreeMap<String, Checksum>,
    /// Looks at held-out data that the run has heard of, by the fingerprint under which they are
    /// counted.
    #[serde(default)]
    looks: BTreeMap<String, LookCounts>,
    /// Whether the prediction table has test examples.
    #[serde(default)]
    test_opened: bool,
}

/// The manifest as it stands in its file.
#[derive(Serialize, Deserialize)]
struct Signed {
    #[serde(flatten)]
    manifest: Manifest,
    /// Checksum of all that stands before it.
    checksum: Checksum,
}

impl Manifest {
    /// Whether every file that counts is listed.
    pub fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// The checksum of a file, where it is listed.
    pub fn checksum(&self, name: &str) -> Option<&Checksum> {
        self.files.get(name)
    }

    /// Looks that the run has heard of, at the held-out data with this fingerprint.
    pub fn looks(&self, held_out: &str) -> LookCounts {
        self.looks.get(held_out).copied().unwrap_or_default()
    }

    /// Whether the test set was opened.
    pub fn has_test(&self) -> bool {
        self.test_opened
    }

    fn sum(&self) -> Checksum {
        // Text keys and plain values: always JSON.
        Checksum::of(&serde_json::to_vec(self).unwrap_or_default())
    }

    fn allows(&self, name: &str, found: &Checksum) -> bool {
        match self.files.get(name) {
            Some(listed) => listed == found || self.replaced.get(name) == Some(found),
            None => !self.sealed,
        }
    }
}

/// Whether a file of a run decides figures.
fn counts(name: &str) -> bool {
    let figures = name.ends_with(".json") || name.ends_with(".csv");
    let said = [file::DIAGNOSIS, file::MANIFEST].contains(&name);
    (figures && !said && !name.contains('/')) || name == file::BEST
}

impl RunDirectory {
    /// The manifest; none in a run from before there were any.
    ///
    /// # Errors
    ///
    /// It is damaged, or cannot be read.
    pub fn manifest(&self) -> Result<Option<Manifest>, RunError> {
        let bytes = match fs::read(self.file(file::MANIFEST)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.unread(file::MANIFEST, source)),
        };
        match serde_json::from_slice::<Signed>(&bytes) {
            Ok(Signed { manifest, checksum }) if manifest.sum() == checksum => Ok(Some(manifest)),
            _ => Err(self.damaged(file::MANIFEST, None)),
        }
    }

    /// Refuses a file that is not as the run wrote it.
    ///
    /// # Errors
    ///
    /// [`RunError::Damaged`], [`RunError::NoFile`], or it cannot be read.
    pub fn check(&self, name: &str) -> Result<(), RunError> {
        if !counts(name) {
            return Ok(());
        }
        self.reread(name, || {
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(File::open(self.file(name))?)?;
            Ok(((), Checksum(hasher.finalize().to_hex().to_string())))
        })
    }

    /// The bytes of a file, which are those that the run wrote.
    pub(super) fn checked_bytes(&self, name: &str) -> Result<Vec<u8>, RunError> {
        if !counts(name) {
            return fs::read(self.file(name)).map_err(|source| self.unread(name, source));
        }
        self.reread(name, || {
            let bytes = fs::read(self.file(name))?;
            let sum = Checksum::of(&bytes);
            Ok((bytes, sum))
        })
    }

    /// Reads a file until it agrees with the manifest, as long as another process changes both.
    fn reread<T>(
        &self,
        name: &str,
        read: impl Fn() -> io::Result<(T, Checksum)>,
    ) -> Result<T, RunError> {
        let mut manifest = self.manifest()?;
        loop {
            let (value, found) = read().map_err(|source| self.unread(name, source))?;
            let Some(before) = manifest.filter(|manifest| !manifest.allows(name, &found)) else {
                return Ok(value);
            };
            manifest = self.manifest()?;
            if manifest.as_ref() == Some(&before) {
                let listed = before.files.get(name).cloned();
                return Err(self.damaged(name, Some((listed, found))));
            }
        }
    }

    /// A record that not every run has: `None` where this one never wrote it.
    ///
    /// # Errors
    ///
    /// Those of `read`, of which [`RunError::NoFile`] says that the run wrote the file, and it is gone.
    pub fn where_recorded<T>(&self, read: Result<T, RunError>) -> Result<Option<T>, RunError> {
        match read {
            Ok(record) => Ok(Some(record)),
            Err(RunError::NoFile { run, file }) => {
                let was_there = |manifest: Manifest| manifest.files.contains_key(&file);
                match self.manifest()?.is_some_and(was_there) {
                    true => Err(RunError::NoFile { run, file }),
                    false => Ok(None),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Listed files that are missing, or not as the run wrote them, by name.
    ///
    /// # Errors
    ///
    /// The manifest is damaged.
    pub fn damage(&self) -> Result<Vec<String>, RunError> {
        let names = self.manifest()?.map(|manifest| manifest.files).unwrap_or_default();
        Ok(names.into_keys().filter(|name| self.check(name).is_err()).collect())
    }

    /// Lists the files that are there, and nothing else. With `sealed`, the run is finished.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or the manifest not be written.
    pub(super) fn list(&self, sealed: bool) -> Result<(), RunError> {
        let before = self.manifest().ok().flatten().unwrap_or_default();
        let mut manifest = Manifest { sealed, replaced: BTreeMap::new(), ..before };
        manifest.files.clear();
        let mut names = vec![file::BEST.to_owned()];
        let entries = fs::read_dir(self.path()).map_err(|source| self.unread("", source))?;
        for entry in entries {
            let entry = entry.map_err(|source| self.unread("", source))?;
            names.extend(entry.file_name().into_string().ok());
        }
        for name in names.into_iter().filter(|name| counts(name)) {
            match fs::read(self.file(&name)) {
                Ok(bytes) => drop(manifest.files.insert(name, Checksum::of(&bytes))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(self.unread(&name, source)),
            }
        }
        self.write_manifest(manifest)
    }

    /// Lists every file, now that the run is finished.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or the manifest not be written.
    pub fn seal(&self) -> Result<(), RunError> {
        let _held = self.hold();
        self.list(true)
    }

    /// Makes a finished run one that is not: of its files only the `first` ones stay listed, the others
    /// may be made again. What it knows of looks and of its test set stays. A damaged manifest is begun anew.
    ///
    /// # Errors
    ///
    /// The manifest cannot be written.
    pub fn unseal(&self, first: &[&str]) -> Result<(), RunError> {
        let _held = self.hold();
        let Ok(Some(mut manifest)) = self.manifest() else {
            let sum = |name: &&str| {
                let bytes = fs::read(self.file(name)).ok()?;
                Some(((*name).to_owned(), Checksum::of(&bytes)))
            };
            let files = first.iter().filter_map(sum).collect();
            return self.write_manifest(Manifest { files, ..Manifest::default() });
        };
        manifest.sealed = false;
        manifest.files.retain(|name, _| first.contains(&name.as_str()));
        self.write_manifest(manifest)
    }

    /// Takes files out of the manifest, which were deleted.
    ///
    /// # Errors
    ///
    /// The manifest is damaged or cannot be written.
    pub fn unlist(&self, names: &[String]) -> Result<(), RunError> {
        let _held = self.hold();
        let Some(mut manifest) = self.manifest()? else { return Ok(()) };
        manifest.files.retain(|name, _| !names.contains(name));
        self.write_manifest(manifest)
    }

    /// Remembers that so many looks were taken at the held-out data with this fingerprint, where the run
    /// has heard of fewer.
    ///
    /// # Errors
    ///
    /// The manifest is damaged or cannot be written.
    pub fn remember(&self, held_out: &str, looks: LookCounts) -> Result<(), RunError> {
        let _held = self.hold();
        let Some(mut manifest) = self.manifest()? else { return Ok(()) };
        let (before, known) = (manifest.looks(held_out), manifest.looks(held_out).or_more(looks));
        if known == before {
            return Ok(());
        }
        manifest.looks.insert(held_out.to_owned(), known);
        self.write_manifest(manifest)
    }

    /// Remembers that the test set was opened.
    ///
    /// # Errors
    ///
    /// The manifest is damaged or cannot be written.
    pub fn remember_test(&self) -> Result<(), RunError> {
        let _held = self.hold();
        match self.manifest()? {
            Some(manifest) if !manifest.test_opened => {
                self.write_manifest(Manifest { test_opened: true, ..manifest })
            }
            _ => Ok(()),
        }
    }

    /// Writes a file whole or not at all, and its checksum with it where it is listed.
    pub(super) fn write_listed(
        &self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), RunError> {
        let path = self.file(name);
        if !counts(name) {
            return whole::write_whole_with(&path, write);
        }
        let _held = self.hold();
        let listed = |manifest: &Manifest| manifest.sealed || manifest.files.contains_key(name);
        let Some(mut manifest) = self.manifest()?.filter(listed) else {
            return whole::write_whole_with(&path, write);
        };
        let not_written = |source| RunError::NotWritten { path: path.clone(), source };
        let target = whole::target(&path).map_err(not_written)?;
        let ready = Ready::write(&target, write).map_err(not_written)?;
        if manifest.files.get(name) == Some(&ready.checksum) {
            return ready.take_place(&target).map_err(not_written);
        }
        // Of a write that was killed, either may be there.
        let old = fs::read(&target).ok().map(|bytes| Checksum::of(&bytes));
        match old.filter(|old| manifest.files.contains_key(name) && manifest.allows(name, old)) {
            Some(old) => drop(manifest.replaced.insert(name.to_owned(), old)),
            None => drop(manifest.replaced.remove(name)),
        }
        manifest.files.insert(name.to_owned(), ready.checksum.clone());
        self.write_manifest(manifest.clone())?;
        ready.take_place(&target).map_err(not_written)?;
        if manifest.replaced.remove(name).is_some() {
            // If this fails the old checksum counts as well, until the file is written again.
            let _ = self.write_manifest(manifest);
        }
        Ok(())
    }

    fn write_manifest(&self, manifest: Manifest) -> Result<(), RunError> {
        let checksum = manifest.sum();
        whole::write_whole_with(&self.file(file::MANIFEST), |to| {
            serde_json::to_writer_pretty(&mut *to, &Signed { manifest, checksum })?;
            to.write_all(b"\n")
        })
    }

    /// Keeps other processes from changing the manifest until it is dropped, where the system can lock
    /// folders.
    fn hold(&self) -> Option<File> {
        let folder = File::open(self.path()).ok()?;
        folder.lock().ok()?;
        Some(folder)
    }

    fn damaged(&self, name: &str, sums: Option<(Option<Checksum>, Checksum)>) -> RunError {
        let found = match sums {
            None => "expected a manifest that agrees with its own checksum, found another".into(),
            Some((Some(expected), found)) => {
                let [expected, found] = gapwise_data::wording::told_apart(&expected.0, &found.0);
                format!("expected checksum {expected}, found {found}")
            }
            Some((None, _)) => {
                format!("expected a file that `{}` lists, found one more", file::MANIFEST)
            }
        };
        RunError::Damaged { run: self.path().to_owned(), file: name.to_owned(), found }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Between the three steps in which a file is replaced, either of its versions may be there.
    #[test]
    fn a_kill_while_a_file_is_replaced_leaves_one_that_the_run_believes() {
        let folder = tempfile::tempdir().unwrap();
        let nothing = |_: &RunDirectory| Ok::<(), RunError>(());
        let run = RunDirectory::create(folder.path(), "a", nothing).unwrap();
        let [old, new, other] = [&b"old"[..], b"new", b"other"];
        let table = run.file(file::PREDICTIONS);
        run.write_whole(file::PREDICTIONS, old).unwrap();
        run.seal().unwrap();
        let mut manifest = run.manifest().unwrap().unwrap();
        let name = || file::PREDICTIONS.to_owned();
        manifest.replaced.insert(name(), Checksum::of(old));
        manifest.files.insert(name(), Checksum::of(new));
        run.write_manifest(manifest).unwrap();
        for (bytes, believed) in [(old, true), (new, true), (other, false)] {
            fs::write(&table, bytes).unwrap();
            assert_eq!(run.check(file::PREDICTIONS).is_ok(), believed);
        }
        // Of the next write too, whichever was there.
        fs::write(&table, old).unwrap();
        run.write_whole(file::PREDICTIONS, other).unwrap();
        for (bytes, believed) in [(old, false), (new, false), (other, true)] {
            fs::write(&table, bytes).unwrap();
            assert_eq!(run.check(file::PREDICTIONS).is_ok(), believed);
        }
    }
}
