//! `gapwise words`.

use std::{num::NonZero, path::Path, time::Instant};

use gapwise::{
    data::{Note, wording::counted},
    study::metric::count,
    vectors::{
        WordsError, map,
        query::{
            self, Correlation, Evaluation, Explained, Index, MANY_WORDS, Near, Section, index_of,
        },
        train::{Observer, Progress},
        vectors::{self, Format, Vectors},
    },
    words::{self as training, WordsModel, WordsObserver},
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{
    Failure,
    args::{
        CompareWordsArgs, EvaluateWordsArgs, SearchArg, SimilarArgs, TrainWordsArgs, WordsCommand,
    },
    interrupt,
    output::{Out, Written, tell},
    print, shown,
    style::{DIM, LABEL},
};

pub(super) fn carry_out(
    command: WordsCommand,
    threads: Option<u16>,
    quiet: bool,
) -> Result<(), Failure> {
    match command {
        WordsCommand::Train(args) => train(&args, threads, quiet),
        WordsCommand::Similar(args) => {
            let near = similar(&args, quiet)?;
            print(|out| if args.output.json { out.json(&near) } else { print_near(out, &near) })
        }
        WordsCommand::Analogy(args) => {
            let vectors = opened(&args.vectors, quiet)?;
            let words = [&args.a, &args.b, &args.c].map(String::as_str);
            let near = query::analogy(&vectors, words, args.rule.rule(), args.count.get())?;
            print(|out| if args.output.json { out.json(&near) } else { print_near(out, &near) })
        }
        WordsCommand::Compare(args) => compare(&args, quiet),
        WordsCommand::Evaluate(args) => evaluate(&args, quiet),
        WordsCommand::Convert(args) => {
            let to = args.out();
            vectors::apart(&args.vectors, to)?;
            let vectors = opened(&args.vectors, quiet)?;
            let typed = args.format.map(|of| of.format());
            let format = typed.map_or_else(|| Format::of_name(to), Ok)?;
            if vectors.counts().is_some() && format != Format::Safetensors && !quiet {
                let said = "counts, settings and what predicts stay behind: only safetensors has room \
                            for them";
                note(&Note { said: said.into(), change_with: None });
            }
            let left_out = vectors.convert(to, format)?;
            if left_out > 0 && !quiet {
                let said = format!(
                    "{} left out, of words that have one before",
                    counted(left_out, "vector")
                );
                note(&Note { said, change_with: None });
            }
            let words = vectors.len() - left_out;
            written(args.output.json, Made { path: to, words, left_out })
        }
        WordsCommand::Plot(args) => {
            vectors::apart(&args.vectors, &args.out)?;
            let vectors = opened(&args.vectors, quiet)?;
            repeated(&vectors, quiet);
            let spots = map::place(&vectors, args.words.get(), args.projection())?;
            let title = format!("{} words of {}", count(spots.len()), shown(&args.vectors));
            map::write_page(&args.out, &title, &spots)?;
            let (words, left_out) = (spots.len(), vectors.len() - spots.len());
            written(args.output.json, Made { path: &args.out, words, left_out })
        }
    }
}

/// Opens vectors, and tells of words that are not as the file has them.
fn opened(path: &Path, quiet: bool) -> Result<Vectors, WordsError> {
    let vectors = vectors::open(path)?;
    let replaced = vectors.replaced();
    if replaced > 0 && !quiet {
        let alike = match vectors.replaced_alike() {
            0 => String::new(),
            1 => "; 1 of them is then the same as one before".to_owned(),
            alike => format!("; {} of them are then the same as one before", count(alike)),
        };
        let why = match replaced > vectors.len() / MANY_REPLACED {
            true => "; the file is probably in another encoding",
            false => "",
        };
        let said = format!(
            "`{}`: {} of {} {} not all UTF-8: bytes that are none are read as U+FFFD{alike}{why}",
            shown(path),
            count(replaced),
            counted(vectors.len(), "word"),
            if replaced == 1 { "is" } else { "are" },
        );
        note(&Note { said, change_with: None });
    }
    Ok(vectors)
}

/// Words that were cut are few; where more than one in so many is no UTF-8, the file is in another encoding.
const MANY_REPLACED: usize = 10;

/// A file that was written of vectors.
#[derive(Serialize)]
struct Made<'a> {
    path: &'a Path,
    /// Words in it.
    words: usize,
    /// Vectors that are not in it.
    left_out: usize,
}

fn written(json: bool, made: Made<'_>) -> Result<(), Failure> {
    print(|out| if json { out.json(&made) } else { out.exact(&shown(made.path)) })
}

/// Tells where words come again.
fn repeated(vectors: &Vectors, quiet: bool) {
    let again = vectors.repeated();
    if again > 0 && !quiet {
        let said = format!(
            "`{}` has {} of words that have one before; each word is looked up by its first",
            shown(vectors.path()),
            counted(again, "vector")
        );
        note(&Note { said, change_with: None });
    }
}

fn similar(args: &SimilarArgs, quiet: bool) -> Result<Vec<Near>, Failure> {
    let vectors = opened(&args.vectors, quiet)?;
    let many = vectors.len() > MANY_WORDS;
    let found = match args.search {
        Some(SearchArg::Approximate) => Some(index(&vectors, quiet)?),
        None if many => Index::open(&vectors)?,
        _ => None,
    };
    let file = shown(&index_of(&args.vectors));
    let Some(index) = found else {
        if many && args.search.is_none() && !quiet {
            note(&Note {
                said: format!("{} vectors were looked at one by one", count(vectors.len())),
                change_with: Some("--search approximate".into()),
            });
        }
        return Ok(query::similar(&vectors, &args.word, args.count.get())?);
    };
    let near = index.similar(&vectors, &args.word, args.count.get())?;
    if !quiet {
        note(&Note {
            said: format!("found through `{file}`, which now and then misses a word"),
            change_with: Some("--search exact".into()),
        });
    }
    Ok(near)
}

/// The index beside the vectors, built where there is none of them.
fn index(vectors: &Vectors, quiet: bool) -> Result<Index, WordsError> {
    if let Some(index) = Index::open(vectors)? {
        return Ok(index);
    }
    let path = index_of(vectors.path());
    if !quiet {
        let why = if path.exists() { " anew: it is damaged or of other vectors" } else { "" };
        note(&Note { said: format!("`{}` is being built{why}", shown(&path)), change_with: None });
    }
    interrupt::listen();
    Index::build(vectors, || !interrupt::asked())
}

fn train(args: &TrainWordsArgs, threads: Option<u16>, quiet: bool) -> Result<(), Failure> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let choice = args.choice(threads.map_or(cores, usize::from))?;
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
    let style = ProgressStyle::with_template("{bar:8} {wide_msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let unit = match choice.model {
        WordsModel::Word2vec(..) => "words",
        WordsModel::Glove => "pairs",
    };
    let mut watched =
        Watched { quiet, bar, unit, begun: Instant::now(), before: None, told_epoch: 0 };
    let trained = training::train(&choice, &mut watched);
    watched.bar.finish_and_clear();
    let trained = trained?;
    print(|out| {
        if args.output.json {
            return out.json(&trained);
        }
        out.line(&format!(
            "{LABEL}{}{LABEL:#}: {} words × {}, in {:.1} s ({} words/s)",
            shown(&trained.vectors),
            count(trained.words),
            trained.dimensions,
            trained.seconds,
            count(trained.words_per_second as usize)
        ))
    })
}

/// A bar on a terminal; elsewhere a line for each epoch.
struct Watched {
    quiet: bool,
    bar: ProgressBar,
    /// What is counted.
    unit: &'static str,
    begun: Instant,
    /// What a training that is gone on with had done.
    before: Option<u64>,
    told_epoch: usize,
}

impl Observer for Watched {
    fn progress(&mut self, progress: Progress) -> bool {
        let Progress { epoch, epochs, done, total, loss } = progress;
        let before = match self.before {
            Some(before) => before,
            None => {
                // Before there are vectors to keep, Ctrl-C ends the process at once.
                interrupt::listen();
                self.begun = Instant::now();
                *self.before.insert(done)
            }
        };
        let seconds = self.begun.elapsed().as_secs_f64().max(1e-3);
        let rate = (done - before.min(done)) as f64 / seconds;
        let left = if rate > 0.0 { (total - done.min(total)) as f64 / rate } else { 0.0 };
        let loss = loss.map_or("–".into(), |loss| format!("{loss:.4}"));
        let said = format!(
            "epoch {epoch}/{epochs}  {left:.0} s left  loss {loss}  {} {}/s",
            count(rate as usize),
            self.unit
        );
        if self.bar.is_hidden() {
            let ends = done * epochs as u64 >= total * epoch as u64;
            if !self.quiet && ends && epoch > self.told_epoch {
                self.told_epoch = epoch;
                tell(&format!("{:<9} {said}", ""));
            }
        } else {
            self.bar.set_length(total);
            self.bar.set_position(done);
            self.bar.set_message(said);
        }
        !interrupt::asked()
    }

    fn unkept(&mut self, error: &WordsError) {
        note(&Note {
            said: format!("{error}; the training goes on without it"),
            change_with: None,
        });
    }
}

impl WordsObserver for Watched {
    fn note(&mut self, told: Note) {
        if !self.quiet {
            note(&told);
        }
    }
}

fn note(Note { said, change_with }: &Note) {
    let change = change_with.as_ref().map(|flag| format!(" {DIM}(change with `{flag}`){DIM:#}"));
    tell(&format!("{LABEL}{:<9}{LABEL:#} {said}{}", "note", change.unwrap_or_default()));
}

fn print_near(out: &mut Out, near: &[Near]) -> Written {
    near.iter().try_for_each(|near| out.line(&format!("{:.4}  {}", near.score, near.word)))
}

fn compare(args: &CompareWordsArgs, quiet: bool) -> Result<(), Failure> {
    let vectors = opened(&args.vectors, quiet)?;
    let words = [args.one.as_str(), &args.other];
    let cosine = query::compare(&vectors, words)?;
    let explained = args.explain.then(|| query::explain(&vectors, words)).transpose()?;
    print(|out| {
        if args.output.json {
            return out.json(&serde_json::json!({ "cosine": cosine, "explained": explained }));
        }
        out.line(&format!("cosine {cosine:.4}"))?;
        explained.map_or(Ok(()), |explained| print_explained(out, words, &explained))
    })
}

fn print_explained(out: &mut Out, words: [&str; 2], explained: &Explained) -> Written {
    for (at, (word, times)) in words.iter().zip(explained.counts).enumerate() {
        let times = counted(times as usize, "time");
        let kept = explained.kept.map_or(String::new(), |kept| {
            format!("; subsampling keeps {:.1} % of them", 100.0 * kept[at])
        });
        out.line(&format!("`{word}` occurs {times}{kept}"))?;
    }
    let Some(probability) = explained.probability else {
        return out.line(
            "no Huffman path: these vectors were not trained with `--loss hierarchical-softmax`",
        );
    };
    out.line(&format!("`{}` beside `{}`, from the root:", words[1], words[0]))?;
    for (at, factor) in explained.path.iter().enumerate() {
        out.line(&format!(
            "  node {:>6}  {:<5}  σ({:.4}) = {:.6}",
            factor.node,
            if factor.left { "left" } else { "right" },
            if factor.left { factor.logit } else { -factor.logit },
            factor.probability
        ))?;
        if at + 1 == explained.path.len() {
            out.line(&format!("p = {probability:.3e}, the product of them"))?;
        }
    }
    Ok(())
}

fn evaluate(args: &EvaluateWordsArgs, quiet: bool) -> Result<(), Failure> {
    let vectors = opened(&args.vectors, quiet)?;
    repeated(&vectors, quiet);
    let found: Vec<(String, Evaluation)> = args
        .files
        .iter()
        .map(|file| Ok((shown(file), query::evaluate(&vectors, file, args.rule.rule())?)))
        .collect::<Result<_, WordsError>>()?;
    print(|out| {
        if args.output.json {
            let files =
                found.iter().map(|(file, of)| serde_json::json!({ "file": file, "result": of }));
            return out.json(&files.collect::<Vec<_>>());
        }
        found.iter().try_for_each(|(file, of)| print_evaluation(out, file, of))
    })
}

fn print_evaluation(out: &mut Out, file: &str, found: &Evaluation) -> Written {
    match found {
        Evaluation::Similarity { pairs, left_out, correlation: Correlation { rho, interval } } => {
            let rho = rho.map_or("cannot be told".into(), |rho| format!("{rho:.4}"));
            out.line(&format!(
                "{LABEL}{file}{LABEL:#}: ρ {rho} ({:.4} – {:.4}), {}, {} left out",
                interval.low,
                interval.high,
                counted(*pairs, "pair"),
                count(*left_out)
            ))
        }
        Evaluation::Analogies { sections, all, left_out } => {
            out.line(&format!("{LABEL}{file}{LABEL:#}: {} left out", count(*left_out)))?;
            for section in sections.iter().chain([all]) {
                let Section { name, questions, right, interval } = section;
                out.line(&format!(
                    "  {name:<28} {:>6.2} % ({:.2} – {:.2}), {} of {}",
                    100.0 * *right as f64 / *questions as f64,
                    100.0 * interval.low,
                    100.0 * interval.high,
                    count(*right),
                    count(*questions)
                ))?;
            }
            Ok(())
        }
    }
}
