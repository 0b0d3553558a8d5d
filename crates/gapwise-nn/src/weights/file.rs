//! Weight files of other programs: safetensors, and what PyTorch saves.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt, fs,
    path::Path,
    sync::Arc,
};

use safetensors::SafeTensors;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{
    WeightFileError, WeightFileFault, WeightTensor, WeightsError,
    fault::{listed, shown},
    names, pytorch, read,
    tensor::{Place, View, row_major},
};

/// The tensors of a weight file, by name, in the order of the file.
///
/// A file of `safetensors` or of PyTorch's `torch.save`, told apart by content. Of the latter, the
/// pickle is read as data: a file that names anything to run is refused, and nothing is executed.
/// Memory is bounded by the file's size: all tensors together have at most as many numbers as the
/// file has bytes, and every size in the file is checked before anything is made of it.
#[derive(Debug, Clone)]
pub struct WeightFile {
    tensors: Vec<WeightTensor>,
    about: HashMap<String, String>,
    notes: Vec<String>,
}

/// What a reader makes of the bytes of a file: tensors by name, and sentences about what it did.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) places: Vec<(String, Place)>,
    /// Texts of the header by their keys.
    pub(super) about: HashMap<String, String>,
    pub(super) notes: Vec<String>,
}

impl WeightFile {
    /// Reads the file at `path`. It is held in memory until the last of its tensors is dropped.
    ///
    /// # Errors
    ///
    /// [`WeightFileError`] for a file that cannot be read, that is cut or damaged, that is another
    /// program's, that wants to run something, or whose tensors are not within it.
    pub fn open(path: &Path) -> Result<Self, WeightFileError> {
        bytes_of(path)
            .map_err(|error| WeightFileFault::Unopened(error.to_string()))
            .and_then(Self::from_bytes)
            .map_err(|fault| WeightFileError { path: path.to_owned(), fault })
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    ///
    /// As [`WeightFile::open`] has them.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, WeightFileFault> {
        let contents = match Format::of(&bytes) {
            Some(Format::Safetensors) => safetensors(&bytes),
            Some(Format::Zip) => pytorch::zipped(&bytes),
            Some(Format::Legacy) => pytorch::legacy(&bytes),
            None => Err(match kind_of(&bytes) {
                Some((found, hint)) => WeightFileFault::OtherKind { found, hint },
                None => WeightFileFault::Foreign {
                    begins: shown(&String::from_utf8_lossy(&bytes[..bytes.len().min(8)])),
                },
            }),
        }?;
        let Contents { mut places, about, mut notes } = contents;
        let mut names: Vec<String> =
            places.iter_mut().map(|(name, _)| std::mem::take(name)).collect();
        notes.extend(names::plain(&mut names));
        for ((name, _), plain) in places.iter_mut().zip(names) {
            *name = plain;
        }
        let bytes = Arc::new(bytes);
        let tensor = |(name, place)| WeightTensor { name, place, bytes: Arc::clone(&bytes) };
        let tensors: Vec<WeightTensor> = places.into_iter().map(tensor).collect();
        let mut converted: BTreeMap<&str, usize> = BTreeMap::new();
        for kind in tensors.iter().filter_map(WeightTensor::converted) {
            *converted.entry(kind).or_default() += 1;
        }
        notes.extend(converted.into_iter().map(|(kind, count)| {
            format!("{} of {kind} converted to float32", counted(count, "tensor"))
        }));
        Ok(Self { tensors, about, notes })
    }

    /// Tensors of these names and shapes, without numbers that mean anything.
    #[cfg(test)]
    pub(crate) fn of_shapes(named: &[(&str, &[usize])]) -> Self {
        let numbers = named.iter().map(|(_, shape)| shape.iter().product::<usize>()).max();
        let bytes = Arc::new(vec![0; 4 * numbers.unwrap_or_default()]);
        let tensor = |(name, shape): &(&str, &[usize])| {
            let view = View { offset: 0, shape: shape.to_vec(), strides: row_major(shape) };
            let place = Place::new(0, safetensors::Dtype::F32, bytes.len() / 4, view);
            let place = place.unwrap_or_else(|_| unreachable!("all of them are inside"));
            WeightTensor { name: (*name).to_owned(), place, bytes: Arc::clone(&bytes) }
        };
        let tensors = named.iter().map(tensor).collect();
        Self { tensors, about: HashMap::new(), notes: Vec::new() }
    }

    /// Its tensors, in the order of the file.
    #[must_use]
    pub fn tensors(&self) -> &[WeightTensor] {
        &self.tensors
    }

    /// The tensor with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&WeightTensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// A hash of its bytes, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        let bytes = self.tensors.first().map_or(&[][..], |tensor| &tensor.bytes[..]);
        blake3::hash(bytes).to_hex().to_string()
    }

    /// What a header of safetensors says under this key.
    #[must_use]
    pub fn about(&self, key: &str) -> Option<&str> {
        self.about.get(key).map(String::as_str)
    }

    /// The same with something more to be said of it.
    #[must_use]
    pub fn with_note(mut self, said: String) -> Self {
        self.notes.push(said);
        self
    }

    /// The same with `prefix` taken off the names that have it; another name that one of these becomes
    /// stays the last of two.
    #[must_use]
    pub fn without_prefix(mut self, prefix: &str) -> Self {
        if prefix.is_empty() {
            return self;
        }
        let (mut inside, mut beside) = (Vec::new(), Vec::new());
        for mut tensor in self.tensors {
            match tensor.name.strip_prefix(prefix) {
                Some(name) => {
                    tensor.name = name.to_owned();
                    inside.push(tensor);
                }
                None => beside.push(tensor),
            }
        }
        let said = format!(
            "the prefix `{}` taken off {} of {} names",
            shown(prefix),
            inside.len(),
            inside.len() + beside.len()
        );
        self.notes.push(said);
        let own: HashSet<String> = inside.iter().map(|tensor| tensor.name.clone()).collect();
        // Who asks for a name means that of the network.
        beside.iter_mut().filter(|tensor| own.contains(&tensor.name)).for_each(|tensor| {
            tensor.name = format!("beside `{}`: {}", shown(prefix), tensor.name);
        });
        self.tensors = inside.into_iter().chain(beside).collect();
        self
    }

    /// How it holds its tensors, in words.
    #[must_use]
    pub fn format(&self) -> &'static str {
        let bytes = self.tensors.first().map_or(&[][..], |tensor| &tensor.bytes[..]);
        match Format::of(bytes) {
            Some(Format::Zip) => "PyTorch",
            Some(Format::Legacy) => "PyTorch before 1.6",
            _ => "safetensors",
        }
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.tensors.first().map_or(0, |tensor| tensor.bytes.len())
    }

    /// What was done to the file's contents, a sentence each: where the state dict lies, what
    /// beside it was left out, prefixes that were taken off, types that were converted.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// The bytes of a file. What is no file, such as a pipe or a device, may have no end.
fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    fs::read(path)
}

/// How a file holds its tensors.
enum Format {
    Safetensors,
    Zip,
    Legacy,
}

/// What a file is that holds no weights in a way that is read here, and what to do about it.
fn kind_of(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const AGAIN: &str = "download the file itself again";
    const CONVERT: &str = "load it where it is from, and save its weights by PyTorch's names as \
                           safetensors";
    let begins = |with: &[u8]| bytes.starts_with(with);
    let text = bytes.trim_ascii_start();
    let lower = text[..text.len().min(15)].to_ascii_lowercase();
    Some(if begins(b"version https://git-lfs") {
        (
            "a pointer of Git LFS, which stands in place of the file",
            "fetch the file: `git lfs pull`",
        )
    } else if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        ("a web page", AGAIN)
    } else if begins(b"\x89HDF\r\n\x1A\n") {
        ("a file of HDF5, as Keras writes it", CONVERT)
    } else if begins(b"\x93NUMPY") {
        ("an array of NumPy", CONVERT)
    } else if begins(b"GGUF") {
        ("a file of GGUF", CONVERT)
    } else if bytes.get(4..8) == Some(b"TFL3") {
        ("a model of TensorFlow Lite", CONVERT)
    } else if begins(&[0x1F, 0x8B]) {
        ("a gzip file", "unpack it first")
    } else if bytes.get(257..262) == Some(b"ustar") {
        ("a tar archive", "unpack it first")
    } else {
        return None;
    })
}

/// The number at the beginning of what `torch.save` wrote before PyTorch 1.6.
const LEGACY: [u8; 10] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

/// Where the number can be, behind what every pickle begins with.
const LEGACY_WITHIN: usize = 32;

impl Format {
    fn of(bytes: &[u8]) -> Option<Self> {
        let start = &bytes[..bytes.len().min(LEGACY_WITHIN)];
        if start.starts_with(b"PK\x03\x04") {
            Some(Self::Zip)
        } else if start.windows(LEGACY.len()).any(|window| window == LEGACY) {
            Some(Self::Legacy)
        } else {
            // Eight bytes of length stand before the header, which is an object in JSON.
            (start.get(8) == Some(&b'{')).then_some(Self::Safetensors)
        }
    }
}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

fn safetensors(bytes: &[u8]) -> Result<Contents, WeightFileFault> {
    let fault = |error: &dyn fmt::Display| WeightFileFault::Safetensors(error.to_string());
    match read(bytes) {
        Ok(_) => {}
        Err(WeightsError::Unreadable(why)) => return Err(WeightFileFault::Safetensors(why)),
        Err(other) => return Err(fault(&other)),
    }
    let (length, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| fault(&error))?;
    let data = 8 + length;
    let mut header = serde_json::Deserializer::from_slice(&bytes[8..data]);
    let names = header.deserialize_map(Names).map_err(|error| fault(&error))?;
    let mut places = Vec::with_capacity(names.len());
    for name in names {
        let missing = || WeightFileFault::Safetensors(format!("no `{}` in it", shown(&name)));
        let info = metadata.info(&name).ok_or_else(missing)?;
        let (dtype, (start, end)) = (info.dtype, info.data_offsets);
        let view = View { offset: 0, shape: info.shape.clone(), strides: row_major(&info.shape) };
        let (start, storage) = (data + start, (end - start) * 8 / dtype.bitsize());
        let place = Place::new(start, dtype, storage, view).map_err(|why| {
            WeightFileFault::Tensor { name: shown(&name), expected: why.expected, found: why.found }
        })?;
        places.push((name, place));
    }
    if places.is_empty() {
        return Err(WeightFileFault::NoStateDict { found: "no tensor at all".to_owned() });
    }
    let about = metadata.metadata().clone().unwrap_or_default();
    Ok(Contents { places, about, notes: Vec::new() })
}

/// The names of a header in their order; none may come twice, of which the crate keeps the last.
struct Names;

impl<'de> Visitor<'de> for Names {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut names: Vec<String> = Vec::new();
        while let Some((name, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
            if name != "__metadata__" {
                names.push(name);
            }
        }
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            let twice = listed([pair[0].as_str()]);
            return Err(serde::de::Error::custom(format!("{twice} is there twice")));
        }
        Ok(names)
    }
}
