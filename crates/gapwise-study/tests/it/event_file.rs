//! TensorBoard event files.

use std::{fs, io::Read};

use gapwise_study::run::{EventFile, EventRows, GradientRow, HistoryRow, TimingRow};

struct Epochs {
    history: Vec<HistoryRow>,
    timing: Vec<TimingRow>,
    gradients: Vec<GradientRow>,
}

fn epochs(count: usize) -> Epochs {
    let layer = |epoch, layer: &str, dead_share| GradientRow {
        epoch,
        step: epoch * 17,
        layer: layer.to_owned(),
        parameters: 20,
        gradient_norm: 1.0 / epoch as f64,
        weight_norm: 1.0,
        dead_share,
    };
    Epochs {
        history: (1..=count)
            .map(|epoch| HistoryRow {
                epoch,
                step: epoch * 17,
                train_loss: 1.0 / epoch as f64,
                validation_loss: if epoch == 2 { f64::NAN } else { 1.5 / epoch as f64 },
                validation_error: 0.1,
                learning_rate: 1e-3,
            })
            .collect(),
        timing: (1..=count)
            .map(|epoch| TimingRow {
                epoch,
                seconds: 2.0,
                examples_per_second: 4_000.0,
                unix: 1_760_000_000.0 + 2.0 * epoch as f64,
            })
            .collect(),
        gradients: (1..=count)
            .flat_map(|epoch| [layer(epoch, "hidden.0", Some(0.25)), layer(epoch, "output", None)])
            .collect(),
    }
}

impl Epochs {
    /// The rows of epochs `from` to `to`, both included, from 1.
    fn rows(&self, from: usize, to: usize) -> EventRows<'_> {
        EventRows {
            history: &self.history[from - 1..to],
            timing: &self.timing[from - 1..to],
            gradients: &self.gradients[2 * (from - 1)..2 * to],
        }
    }
}

#[test]
fn a_file_made_anew_goes_on_where_a_torn_one_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.out.tfevents.gapwise");
    let epochs = epochs(3);
    let mut file = EventFile::create(&path, epochs.rows(1, 1)).unwrap();
    file.append(epochs.rows(2, 2)).unwrap();
    let two = fs::read(&path).unwrap();
    file.append(epochs.rows(3, 3)).unwrap();
    let three = fs::read(&path).unwrap();
    assert!(three.starts_with(&two) && three.len() > two.len());

    // Killed while the third epoch was written, and resumed after the second.
    fs::write(&path, &three[..two.len() + 5]).unwrap();
    let mut reader = fs::File::open(&path).unwrap();
    let mut file = EventFile::create(&path, epochs.rows(1, 2)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), two);
    file.append(epochs.rows(3, 3)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), three);
    let mut read = Vec::new();
    reader.read_to_end(&mut read).unwrap();
    assert_eq!(read, three, "a program that has the file open sees what is appended");

    // A file with other rows is no beginning of this one.
    fs::write(&path, "another file that is longer than the first record of an event file").unwrap();
    EventFile::create(&path, epochs.rows(1, 2)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), two);
}

#[test]
fn every_tag_is_written() {
    // `scripts/check_tensorboard.py` reads this file with TensorBoard itself.
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("events.out.tfevents.test");
    let epochs = epochs(3);
    let mut file = EventFile::create(&path, EventRows::default()).unwrap();
    (1..=3).for_each(|epoch| file.append(epochs.rows(epoch, epoch)).unwrap());
    let bytes = fs::read(file.path()).unwrap();
    let written = String::from_utf8_lossy(&bytes);
    for tag in [
        "loss/train",
        "loss/validation",
        "error/validation",
        "learning_rate",
        "examples_per_second",
        "gradient_norm/hidden.0",
        "gradient_norm/output",
        "dead_share/hidden.0",
    ] {
        assert_eq!(written.matches(tag).count(), 3, "{tag}");
    }
    assert!(!written.contains("dead_share/output"));
}
