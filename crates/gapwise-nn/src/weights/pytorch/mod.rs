//! What PyTorch saves: a pickle, which is a program for a small stack machine, and storages of
//! numbers beside it.
//!
//! Of the machine, what a state dict needs is here, and nothing else. It makes plain values: names
//! of functions are looked up in a closed list ([`values::Global`]), of which none runs anything.
//!
//! **Source**: CPython's `Lib/pickletools.py` for the instructions; PyTorch's `torch/serialization.py`
//! for both formats, `torch/_utils.py` for what makes a tensor.
//! **Differs from the source**: any other name is an error, also where `torch.load` with
//! `weights_only=True` takes it.

mod archive;
mod legacy;
mod pickle;
mod state_dict;
mod storages;
mod values;

use std::collections::HashMap;

use archive::Archive;
use pickle::Pickle;
use storages::Storages;

use super::{WeightFileFault, file::Contents};

/// Reads the zip archive that `torch.save` writes since PyTorch 1.6.
pub(super) fn zipped(bytes: &[u8]) -> Result<Contents, WeightFileFault> {
    let archive = Archive::read(bytes)?;
    let pickle = Pickle::read(archive.pickle()?)?;
    contents(&pickle, &Storages::of_archive(&archive, bytes.len()))
}

/// Reads what `torch.save` wrote before.
pub(super) fn legacy(bytes: &[u8]) -> Result<Contents, WeightFileFault> {
    let (pickle, storages) = legacy::read(bytes)?;
    contents(&pickle, &storages)
}

fn contents(pickle: &Pickle<'_>, storages: &Storages<'_>) -> Result<Contents, WeightFileFault> {
    let found = state_dict::find(pickle)?;
    let places = storages.places(found.tensors)?;
    Ok(Contents { places, about: HashMap::new(), notes: found.notes })
}
