//! The command: typed flags in, answers on standard output, progress and errors on standard error.

mod args;
mod bench;
mod compare;
mod diagnose;
mod diagnosis;
mod evaluate;
mod export;
mod inspect;
mod interrupt;
mod network;
mod output;
mod predict;
mod progress;
mod report;
mod settings;
mod signals;
mod style;
mod train;
mod watch;
mod weights;
mod words;

use std::{path::Path, process::ExitCode};

use clap::{CommandFactory, Parser};
use gapwise::{
    Error, Fault, Invocation,
    config::ConfigError,
    data::{DataError, summary::ProblemLine},
    measure,
    nn::DeviceChoice,
    vectors::WordsError,
};

use args::{Cli, Command};
use gapwise_instructions as instructions;
use output::{Out, Written, tell as tell_line};
use progress::Progress;
use style::{Colour, ERROR, LABEL};

/// Why the command ends without its answer.
enum Failure {
    Gapwise(Error),
    /// The input is wrong, and that has been said.
    Told,
    /// Standard output could not be written; a closed pipe is no failure.
    Output(std::io::Error),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Gapwise(error.into())
    }
}

pub(crate) fn main() -> ExitCode {
    signals::write_errors();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misread(&error),
    };
    if let Some(threads) = cli.threads {
        // Only fails where a pool is there already, and here none can be.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global();
    }
    if let Some(asked) = instructions::refused() {
        let (variable, taken) = (instructions::VARIABLE, instructions::name());
        tell(
            &format!(
                "{variable}: expected `avx512`, `avx2`, `neon` or `portable`, and what this \
                 processor has, found `{asked}`"
            ),
            Some(&format!("leave it out: it would be `{taken}`")),
        );
        return ExitCode::from(2);
    }
    // Word vectors go without the engine, and what reading a corpus took is not needed again.
    if !matches!(cli.command, Command::Words { .. }) {
        gapwise_kernels::memory::keep();
    }
    Invocation { command: typed(), program: std::env::current_exe().ok() }.begin();
    exit(carry_out(cli))
}

fn exit(ended: Result<(), Failure>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Failure::Output(error)) => {
            tell(&format!("standard output: {error}"), None);
            ExitCode::from(1)
        }
        Err(Failure::Told) => ExitCode::from(2),
        Err(Failure::Gapwise(error)) => {
            tell_error(&error);
            ExitCode::from(match (&error, error.fault()) {
                (
                    Error::Stopped { .. }
                    | Error::StoppedBefore
                    | Error::StoppedAfterTraining { .. }
                    | Error::Words(WordsError::Stopped { .. } | WordsError::IndexStopped { .. }),
                    _,
                ) => interrupt::EXIT_CODE,
                (_, Fault::Running) => 1,
                (_, Fault::Input) => 2,
            })
        }
    }
}

/// What was typed is no command, or asks for help.
fn misread(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let help = |out: &mut Out| {
            let text = error.render();
            match out.colour() {
                Colour::Shown => out.write(text.ansi().to_string().as_bytes()),
                Colour::LeftOut => out.write(text.to_string().as_bytes()),
            }
        };
        return exit(print(help));
    }
    // Words that were typed may steer a terminal too; of the same words without that, it is the same
    // error.
    let words = std::env::args_os().map(|word| style::escaped(&word.to_string_lossy()));
    let shown = Cli::try_parse_from(words).err();
    let _ = shown.as_ref().unwrap_or(error).print();
    ExitCode::from(2)
}

fn carry_out(cli: Cli) -> Result<(), Failure> {
    let mut progress = Progress::new(cli.quiet);
    match cli.command {
        Command::Inspect(args) => inspect::carry_out(args),
        Command::Run(args) => train::run(args, &mut progress),
        Command::Train(args) => train::train(args, &mut progress),
        Command::Evaluate(args) => evaluate::carry_out(args, &progress),
        Command::Diagnose(args) => diagnose::carry_out(args, &progress),
        Command::Compare(args) => compare::carry_out(args),
        Command::Predict(args) => predict::carry_out(args, &progress),
        Command::Report(args) => report::carry_out(args, &progress),
        Command::Export(args) => export::carry_out(args, &progress),
        Command::Settings(args) => settings::carry_out(&args),
        Command::Network(args) => network::carry_out(&args),
        Command::Bench(args) => in_pool(|| bench::carry_out(&args, &progress)),
        Command::Words { command } => words::carry_out(command, cli.threads, cli.quiet),
        Command::BenchWorker(args) => in_pool(|| bench::serve(args)),
        Command::MeasureMemory(args) => {
            let taken = measure::memory_of_this_process(&args.run, device(&args.device)?)?;
            print(|out| out.line(&taken.map_or_else(String::new, |bytes| bytes.to_string())))
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "gapwise", &mut script);
            print(|out| out.write(&script))
        }
    }
}

/// Does `work` on a thread of the pool: parallel sections begin at less cost from there. Not for
/// what waits for another thread that needs the pool.
fn in_pool<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    rayon::scope(|_| work())
}

fn print(write: impl FnOnce(&mut Out) -> Written) -> Result<(), Failure> {
    let mut out = Out::new();
    write(&mut out).and_then(|()| out.flush()).map_err(Failure::Output)
}

/// Every problem with the data, or the one thing that is wrong.
fn tell_error(error: &Error) {
    if let Error::Data(DataError::Problems(problems)) = error
        && problems.len() > 1
    {
        let lines: Vec<ProblemLine> = problems.iter().map(ProblemLine::of).collect();
        for line in inspect::problem_lines(&lines, inspect::REFUSED) {
            tell_line(&line);
        }
        return;
    }
    tell(&error.to_string(), error.hint().as_deref());
}

fn tell(error: &str, hint: Option<&str>) {
    tell_line(&format!("{ERROR}error{ERROR:#}: {error}"));
    if let Some(hint) = hint {
        tell_line("");
        tell_line(&format!("{LABEL}hint{LABEL:#}: {hint}"));
    }
}

fn device(text: &str) -> Result<DeviceChoice, ConfigError> {
    Ok(text.parse::<DeviceChoice>()?)
}

/// The command as it was typed, for the report.
fn typed() -> String {
    let words = std::env::args_os().skip(1);
    let quoted = words.map(|word| gapwise::shell_word(&word.to_string_lossy()));
    std::iter::once("gapwise".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

/// A path as it is told to a person.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
