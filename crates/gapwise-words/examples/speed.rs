//! Words per second of a training: `speed CORPUS skip-gram|cbow negatives|tree DIMENSIONS THREADS EPOCHS [OUT]`.
#![allow(clippy::print_stdout)]

use std::{path::Path, time::Instant};

use gapwise_words::{
    corpus::{Corpus, CorpusSettings, Source, Tokens},
    train::{Loss, Model, TrainSettings, Training, Window},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let [corpus, model, loss, dimensions, threads, epochs, ..] = typed.as_slice() else {
        return Err("six arguments".into());
    };
    let begun = Instant::now();
    let settings = CorpusSettings {
        tokens: Tokens::AsIs,
        min_count: 5,
        phrases: None,
        scratch: std::env::temp_dir(),
    };
    let corpus = Corpus::read(&[Source::named(Path::new(corpus))], &settings)?;
    println!(
        "{} words, {} of the vocabulary, {:.2} s",
        corpus.told().words,
        corpus.vocabulary().len(),
        begun.elapsed().as_secs_f64()
    );
    let model = if model == "cbow" { Model::Cbow } else { Model::SkipGram };
    let settings = TrainSettings {
        loss: match loss.as_str() {
            "tree" => Loss::HierarchicalSoftmax,
            _ => Loss::NegativeSampling { negatives: 5 },
        },
        window: Window { size: 5, shrinks: true },
        dimensions: dimensions.parse()?,
        threads: threads.parse()?,
        epochs: epochs.parse()?,
        learning_rate: 0.025,
        seed: typed.get(7).map_or(Ok(1), |seed| seed.parse())?,
        ..TrainSettings::new(model, corpus.words())
    };
    let mut training = Training::new(&corpus, settings)?;
    let begun = Instant::now();
    let mut last = None;
    struct Last<'a>(&'a mut Option<f64>);
    impl gapwise_words::train::Observer for Last<'_> {
        fn progress(&mut self, progress: gapwise_words::train::Progress) -> bool {
            *self.0 = progress.loss;
            true
        }
    }
    training.run(&corpus, None, &mut Last(&mut last))?;
    let seconds = begun.elapsed().as_secs_f64();
    let words = corpus.told().words as f64 * training.settings().epochs as f64;
    println!("{:.0} words/s, loss {:.4}", words / seconds, last.unwrap_or(f64::NAN));
    if let Some(out) = typed.get(6) {
        use std::io::Write;
        let mut file = std::io::BufWriter::new(std::fs::File::create(out)?);
        writeln!(file, "{} {}", corpus.vocabulary().len(), training.vectors().columns())?;
        for word in 0..corpus.vocabulary().len() {
            write!(file, "{}", corpus.vocabulary().word(word))?;
            for number in training.vectors().row(word) {
                write!(file, " {number}")?;
            }
            writeln!(file)?;
        }
    }
    Ok(())
}
