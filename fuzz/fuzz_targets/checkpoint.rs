//! No change of a checkpoint makes a training panic that goes on from it: also not one whose checksum
//! was made again, as who wants harm would.
#![no_main]

use std::sync::OnceLock;

use gapwise::{
    data::{Dataset, SourceOptions, SplitOptions, Splits, source::read, split::assign},
    nn::{
        Device,
        model::{Fitting, NetworkKind, NetworkSettings},
        train::{Kept, NotKept, Resume, Setup, TrainSettings, Watch, Wish},
    },
};
use libfuzzer_sys::fuzz_target;
use safetensors::SafeTensors;

/// A small training that was stopped, and the checkpoint that it left.
struct Stopped {
    dataset: Dataset,
    splits: Splits,
    settings: TrainSettings,
    resume: Resume,
}

static STOPPED: OnceLock<Stopped> = OnceLock::new();

/// Keeps a checkpoint of the first updates, and stops.
#[derive(Default)]
struct Stop(usize, Option<Resume>);

impl Watch for Stop {
    fn wish(&mut self) -> Wish {
        self.0 += 1;
        if self.0 < 4 { Wish::GoOn } else { Wish::Stop }
    }

    fn keep(&mut self, kept: Kept<'_>) -> Result<(), NotKept> {
        let before = self.1.take().and_then(|kept| kept.best);
        self.1 = Some(Resume { state: kept.state, best: kept.best.or(before) });
        Ok(())
    }
}

fn network() -> NetworkSettings {
    NetworkSettings::new(NetworkKind::FeedForward).with_hidden(vec![2])
}

fn stopped() -> Stopped {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    let row = |row: usize| format!("{},{}\n", row * row % 7, ["a", "b"][row % 2]);
    std::fs::write(&path, "x,class\n".to_owned() + &(0..20).map(row).collect::<String>()).unwrap();
    let dataset = read(&SourceOptions { path, ..SourceOptions::default() }).unwrap();
    let (splits, _) = assign(&dataset, &SplitOptions::default()).unwrap();
    let settings = TrainSettings { average: Some(0.9), ..TrainSettings::new(3, 5, 0.01, 1) };
    let mut stop = Stop::default();
    let setup =
        Setup { settings: &settings, device: &Device::flex(), resume: None, watch: &mut stop };
    let _ = Fitting::new(&dataset, &splits, &network(), &settings).unwrap().train(setup);
    Stopped { dataset, splits, settings, resume: stop.1.unwrap() }
}

/// The checksum of a changed checkpoint, where it still is a safetensors file, as the training has it.
fn signed(state: &[u8]) -> Option<Vec<u8>> {
    let tensors = SafeTensors::deserialize(state).ok()?;
    let (_, header) = SafeTensors::read_metadata(state).ok()?;
    let header = header.metadata().as_ref()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(header.get("progress")?.as_bytes());
    let mut tensors: Vec<_> = tensors.iter().collect();
    tensors.sort_by_key(|(name, _)| *name);
    for (name, tensor) in tensors {
        hasher.update(format!("\n{name} {:?} {:?}\n", tensor.dtype(), tensor.shape()).as_bytes());
        hasher.update(tensor.data());
    }
    let (old, new) = (header.get("blake3")?, hasher.finalize().to_hex());
    let place = state.windows(old.len()).position(|bytes| bytes == old.as_bytes())?;
    Some([&state[..place], new.as_bytes(), &state[place + old.len()..]].concat())
}

fuzz_target!(|bytes: &[u8]| {
    let Stopped { dataset, splits, settings, resume } = STOPPED.get_or_init(stopped);
    let mut resume = resume.clone();
    // Each three bytes change one: its place, of two bytes, and what it becomes.
    for change in bytes.as_chunks::<3>().0 {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]])) % resume.state.len();
        resume.state[place] = change[2];
    }
    if let Some(signed) = signed(&resume.state) {
        resume.state = signed;
    }
    let resume = Some(resume);
    let setup = Setup { settings, device: &Device::flex(), resume, watch: &mut Stop::default() };
    let _ = Fitting::new(dataset, splits, &network(), settings).unwrap().train(setup);
});
