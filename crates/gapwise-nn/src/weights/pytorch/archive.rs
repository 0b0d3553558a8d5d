//! The zip archive of `torch.save`: entries stored one behind the other, and a directory at the end.
//!
//! **Source**: PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3, with the 64-bit form.
//! **Differs from the source**: entries are stored, never compressed or encrypted, as PyTorch
//! writes them; none may lie over another, so that all of them together are no larger than the file.

use std::{collections::HashMap, ops::Range};

use super::super::{WeightFileFault, fault::shown};

/// The entries of an archive whose checksums hold.
#[derive(Debug)]
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    /// Where each entry's bytes are, by its name behind the folder in which the pickle is.
    entries: HashMap<&'a str, Range<usize>>,
}

type Result<T> = std::result::Result<T, WeightFileFault>;

/// Name of the pickle, in the archive's one folder.
const PICKLE: &str = "data.pkl";

impl<'a> Archive<'a> {
    /// Reads the directory of the archive that `bytes` are.
    ///
    /// # Errors
    ///
    /// [`WeightFileFault::Archive`] for another program's archive, and for one that was cut or
    /// changed.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self> {
        let Directory { mut range, count } = Directory::find(bytes)?;
        let begin = range.start;
        if is_torchscript(&bytes[range.clone()]) {
            return Err(WeightFileFault::TorchScript);
        }
        let mut entries = Vec::new();
        for _ in 0..count {
            let entry = Entry::read(bytes, &mut range)?;
            entries.push(entry);
        }
        entries.sort_by_key(|entry| entry.whole.start);
        let ends = entries.iter().skip(1).map(|entry| entry.whole.start).chain([begin]);
        if let Some((entry, _)) =
            entries.iter().zip(ends).find(|(entry, end)| entry.whole.end > *end)
        {
            let found = format!("`{}` over what follows it", shown(entry.name));
            return Err(fault("entries one behind the other", found));
        }
        let is_pickle = |entry: &&Entry<'a>| {
            entry.name.strip_suffix(PICKLE).is_some_and(|at| at.is_empty() || at.ends_with('/'))
        };
        let folder = entries.iter().find(is_pickle).ok_or_else(|| {
            fault("the entry `data.pkl` of `torch.save`", format!("{} others", entries.len()))
        })?;
        let folder = &folder.name[..folder.name.len() - PICKLE.len()];
        let mut named = HashMap::with_capacity(entries.len());
        for Entry { name, data, checksum, .. } in &entries {
            // PyTorch writes 0 where it was told to compute none.
            if *checksum != 0 && crc32fast::hash(&bytes[data.clone()]) != *checksum {
                let found = format!("`{}` with bytes that were changed", shown(name));
                return Err(fault("entries whose checksums hold", found));
            }
            let Some(name) = name.strip_prefix(folder) else { continue };
            if named.insert(name, data.clone()).is_some() {
                return Err(fault(
                    "entries of different names",
                    format!("`{}` twice", shown(name)),
                ));
            }
        }
        let archive = Self { bytes, entries: named };
        match archive.entries.get("byteorder").map(|range| &bytes[range.clone()]) {
            None | Some(b"little") => Ok(archive),
            Some(other) => {
                let found = format!("`{}`", shown(&other.escape_ascii().to_string()));
                Err(fault("numbers in the byte order `little`", found))
            }
        }
    }

    /// The bytes of the pickle.
    pub(super) fn pickle(&self) -> Result<&'a [u8]> {
        let missing = || fault("the entry `data.pkl`", "none".to_owned());
        self.entries.get(PICKLE).map(|range| &self.bytes[range.clone()]).ok_or_else(missing)
    }

    /// Where the bytes of each storage are, by its key.
    pub(super) fn storages(&self) -> impl Iterator<Item = (&'a str, Range<usize>)> {
        self.entries
            .iter()
            .filter_map(|(name, range)| Some((name.strip_prefix("data/")?, range.clone())))
    }
}

/// Whether a directory lists the code of a TorchScript program.
fn is_torchscript(directory: &[u8]) -> bool {
    const CODE: &[u8] = b"/code/__torch__";
    directory.windows(CODE.len()).any(|window| window == CODE)
}

/// Where the directory is, and how many entries it has.
struct Directory {
    range: Range<usize>,
    count: usize,
}

/// Bytes of the directory's end, without a comment.
const END: usize = 22;

/// Bytes that a comment behind it can have.
const LONGEST_COMMENT: usize = 0xFFFF;

impl Directory {
    fn find(bytes: &[u8]) -> Result<Self> {
        let first = bytes.len().saturating_sub(END + LONGEST_COMMENT);
        let is_end = |at: &usize| {
            bytes[*at..].starts_with(b"PK\x05\x06")
                && u16_at(bytes, at + 20).is_some_and(|n| at + END + usize::from(n) == bytes.len())
        };
        let cut = || fault("its directory at the end", "none: the file was cut off".to_owned());
        let last = bytes.len().checked_sub(END).ok_or_else(cut)?;
        let at = (first..=last).rev().find(is_end).ok_or_else(cut)?;
        let broken = || fault("the place of its directory", "none that is in the file".to_owned());
        let plain = || {
            Some((
                u64::from(u16_at(bytes, at + 10)?),
                u64::from(u32_at(bytes, at + 12)?),
                u64::from(u32_at(bytes, at + 16)?),
            ))
        };
        // An archive with 64-bit numbers says in the 20 bytes before where they are.
        let wide = || {
            let locator =
                at.checked_sub(20).filter(|at| bytes[*at..].starts_with(b"PK\x06\x07"))?;
            let at = size(u64_at(bytes, locator + 8)?)?;
            bytes.get(at..)?.starts_with(b"PK\x06\x06").then_some(())?;
            Some((u64_at(bytes, at + 32)?, u64_at(bytes, at + 40)?, u64_at(bytes, at + 48)?))
        };
        let (count, length, start) = wide().or_else(plain).ok_or_else(broken)?;
        let range = within(start, length, at).ok_or_else(broken)?;
        Ok(Self { range, count: size(count).ok_or_else(broken)? })
    }
}

/// An entry of the directory.
struct Entry<'a> {
    name: &'a str,
    /// From its own header to its last byte.
    whole: Range<usize>,
    data: Range<usize>,
    checksum: u32,
}

/// Bytes of an entry in the directory, and of the header before its data, without names.
const LISTED: usize = 46;
const HEADER: usize = 30;

impl<'a> Entry<'a> {
    /// Reads the entry at the beginning of what is left of the directory.
    fn read(bytes: &'a [u8], left: &mut Range<usize>) -> Result<Self> {
        let broken = || fault("as many entries as its directory says", "fewer".to_owned());
        let listed = &bytes[left.clone()];
        let (name, extra, checksum, total) = (|| {
            listed.starts_with(b"PK\x01\x02").then_some(())?;
            let name = usize::from(u16_at(listed, 28)?);
            let extra = usize::from(u16_at(listed, 30)?);
            let comment = usize::from(u16_at(listed, 32)?);
            let name_bytes = listed.get(LISTED..LISTED + name)?;
            let extra_bytes = listed.get(LISTED + name..LISTED + name + extra)?;
            let total = LISTED + name + extra + comment;
            listed.get(..total)?;
            Some((name_bytes, extra_bytes, u32_at(listed, 16)?, total))
        })()
        .ok_or_else(broken)?;
        left.start += total;
        let name = str::from_utf8(name)
            .map_err(|_| fault("names that are text", format!("`{}`", name.escape_ascii())))?;
        let outside = || fault("entries within the file", format!("`{}` beyond it", shown(name)));
        let method = (u16_at(listed, 8), u16_at(listed, 10));
        if !matches!(method, (Some(flags), Some(0)) if flags & 1 == 0) {
            let found = format!("`{}` compressed or encrypted", shown(name));
            return Err(fault("entries stored as they are", found));
        }
        let (length, start) = sizes(listed, extra).ok_or_else(outside)?;
        let (whole, data) = (|| {
            let start = size(start)?;
            let header = bytes.get(start..)?.get(..HEADER)?;
            header.starts_with(b"PK\x03\x04").then_some(())?;
            let names = usize::from(u16_at(header, 26)?) + usize::from(u16_at(header, 28)?);
            let data = within((start + HEADER + names) as u64, length, bytes.len())?;
            Some((start..data.end, data))
        })()
        .ok_or_else(outside)?;
        Ok(Self { name, whole, data, checksum })
    }
}

/// The length of an entry's data and the place of its header; what does not fit into 32 bits stands
/// in the extra field.
fn sizes(listed: &[u8], extra: &[u8]) -> Option<(u64, u64)> {
    let mut wide = fields(extra).find(|(id, _)| *id == 1).map(|(_, wide)| wide).unwrap_or_default();
    let mut number = |at| match u32_at(listed, at)? {
        u32::MAX => {
            let (number, rest) = wide.split_first_chunk()?;
            wide = rest;
            Some(u64::from_le_bytes(*number))
        }
        number => Some(u64::from(number)),
    };
    // The order in which the extra field has them: whole length, stored length, place.
    let (length, stored, start) = (number(24)?, number(20)?, number(42)?);
    (length == stored).then_some((length, start))
}

/// The extra fields of an entry: numbers of their kinds, and bytes.
fn fields(mut extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (id, length) = (u16_at(extra, 0)?, usize::from(u16_at(extra, 2)?));
        let field = extra.get(4..4 + length)?;
        extra = &extra[4 + length..];
        Some((id, field))
    })
}

/// `length` bytes from `start`, if they end at `end` or before.
fn within(start: u64, length: u64, end: usize) -> Option<Range<usize>> {
    let last = size(start.checked_add(length)?)?;
    (last <= end).then_some(size(start)?..last)
}

fn size(number: u64) -> Option<usize> {
    usize::try_from(number).ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

fn fault(expected: &'static str, found: String) -> WeightFileFault {
    WeightFileFault::Archive { expected, found }
}
