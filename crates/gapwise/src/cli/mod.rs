//! The command: typed flags in, answers on standard output, progress and errors on standard error.

mod args;
mod bench;
mod diagnosis;
mod export;
mod inspect;
mod interrupt;
mod network;
mod output;
mod progress;
mod signals;
mod style;
mod watch;
mod weights;
mod words;

use std::{path::Path, process::ExitCode};

use clap::{CommandFactory, Parser};
use gapwise::{
    Error, Fault,
    augmented::write_sheet,
    bench as benching, comparing,
    config::{self, Config, ConfigError, DiagnosisChoice, MetricChoice},
    data::{DataError, Note, summary::ProblemLine},
    export::{self as exporting, Destination},
    inspection,
    measure::{self, Measuring},
    network as describing,
    nn::{DeviceChoice, workloads::Workload},
    observe::Observer,
    study::{
        metric::count,
        run::{RunDirectory, file},
    },
    system::{self, LearningRate, Outcome, StepFrom},
    tables::{TableChoice, judge_table},
    trained::{ClassErrors, Evaluation, Predictions, TrainedRun},
    vectors::WordsError,
    weight_file,
};

use args::{
    BenchArgs, BenchWorkerArgs, BuildArgs, Cli, Command, CompareArgs, DataArgs, DiagnoseArgs,
    EvaluateArgs, ExportArgs, InspectArgs, NetworkArgs, PredictArgs, ReportArgs, RunArgs,
    SettingsArgs, TaskArg, TrainArgs, TrainingArgs,
};
use gapwise_instructions as instructions;
use interrupt::LastWords;
use output::{Out, Written, tell as tell_line};
use progress::Progress;
use style::{Colour, ERROR, LABEL};
use watch::Watching;

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
        Command::Inspect(args) => inspect(args),
        Command::Run(args) => run(args, &mut progress),
        Command::Train(args) => train(args, &mut progress),
        Command::Evaluate(args) => evaluate(args, &progress),
        Command::Diagnose(args) => diagnose(args, &progress),
        Command::Compare(args) => compare(args),
        Command::Predict(args) => predict(args, &progress),
        Command::Report(args) => report(args, &progress),
        Command::Export(args) => export(args, &progress),
        Command::Settings(args) => settings(&args),
        Command::Network(args) => network(&args),
        Command::Bench(args) => in_pool(|| bench(&args, &progress)),
        Command::Words { command } => words::carry_out(command, cli.threads, cli.quiet),
        Command::BenchWorker(args) => in_pool(|| bench_worker(args)),
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

fn network(args: &NetworkArgs) -> Result<(), Failure> {
    let Some(name) = &args.name else {
        let all = describing::all()?;
        return print(|out| match args.output.json {
            true => out.json(&all),
            false => network::print_list(out, &all),
        });
    };
    let network = describing::describe(name, (args.input, args.outputs), &args.sets)?;
    print(|out| if args.output.json { out.json(&network) } else { network::print(out, &network) })
}

fn bench(args: &BenchArgs, progress: &Progress) -> Result<(), Failure> {
    let workloads = benching::named(&args.workloads)?;
    if args.list {
        let listed: Vec<_> = workloads.iter().map(benching::listed).collect();
        return print(|out| match args.output.json {
            true => out.json(&listed),
            false => bench::print_list(out, &workloads),
        });
    }
    let mut tell = |workload: &Workload| progress.timing(workload);
    let figures = benching::benchmark(&workloads, args.seconds, &mut tell);
    progress.end();
    print(|out| if args.output.json { out.json(&figures) } else { bench::print(out, &figures) })
}

fn bench_worker(args: BenchWorkerArgs) -> Result<(), Failure> {
    for workload in benching::named(&[args.workload])? {
        let (told, answers) = (std::io::stdin().lock(), std::io::stdout().lock());
        benching::worker::serve(&workload, told, answers).map_err(Failure::Output)?;
    }
    Ok(())
}

fn inspect(args: InspectArgs) -> Result<(), Failure> {
    if let Some(path) = &args.weights {
        let file = weight_file::summarise(path)?;
        return print(|out| match args.output.json {
            true => out.json(&file),
            false => weights::print(out, &file),
        });
    }
    let config = typed_for(args.data, &args.sets)?;
    match inspection::inspect(&config.data, &config.split) {
        Ok((mut inspection, prepared)) => {
            if let Some(path) = &args.augmented {
                inspection.augmented = Some(write_sheet(&config, &prepared, path.as_deref())?);
            }
            if args.output.json {
                print(|out| out.json(&inspection))?;
            } else {
                print(|out| inspect::print(out, &inspection))?;
            }
            if inspection.usable { Ok(()) } else { Err(Failure::Told) }
        }
        Err(error) => {
            if args.output.json {
                let problems: Vec<ProblemLine> =
                    error.problems().iter().map(ProblemLine::of).collect();
                let answer = serde_json::json!({ "usable": false, "problems": problems });
                print(|out| out.json(&answer))?;
            }
            Err(error.into())
        }
    }
}

fn run(args: RunArgs, progress: &mut Progress) -> Result<(), Failure> {
    let config = typed_for(args.data, &args.build.training.settings())?;
    build(config, args.build, Started { from: None, watched: false, progress })
}

/// What was typed of data that is named on the command line.
fn typed_for(data: DataArgs, sets: &[String]) -> Result<Config, ConfigError> {
    let mut config = Config::default().with_sets(sets)?;
    if let Some(typed) = &data.path
        && !config.data.path.as_os_str().is_empty()
    {
        return Err(ConfigError::PathTwice { set: config.data.path, typed: typed.clone() });
    }
    config.data = data.over(config.data);
    Ok(config)
}

fn train(args: TrainArgs, progress: &mut Progress) -> Result<(), Failure> {
    let watched = args.watch;
    if let Some(run) = &args.resume {
        interrupt::listen();
        let options = options(args.build.training)?;
        let finished = system::is_whole(run)?;
        let outcome =
            observed(watched, progress, |observer| system::resume(run, &options, observer))?;
        if finished {
            progress
                .note(&Note { said: "this run was finished already".into(), change_with: None });
        }
        progress.end();
        return print_outcome(&outcome, (progress, args.build.output.json));
    }
    let (file, from) = if args.config.is_dir() {
        let sets = args.build.training.settings();
        let file = RunDirectory::open(&args.config).map_err(Error::from)?.file(file::CONFIG);
        (file, Some(StepFrom { run: args.config, sets }))
    } else {
        (args.config, None)
    };
    let config = Config::read(&file, &args.build.training.settings())?;
    build(config, args.build, Started { from, watched, progress })
}

/// Tells a person how the work goes on, and takes orders where it is watched.
fn observed<T>(
    watched: bool,
    progress: &mut Progress,
    work: impl FnOnce(&mut dyn Observer) -> T,
) -> T {
    if watched { work(&mut Watching::new(progress)) } else { work(progress) }
}

/// Where a build starts, and who is told.
struct Started<'a> {
    from: Option<StepFrom>,
    watched: bool,
    progress: &'a mut Progress,
}

fn build(mut config: Config, args: BuildArgs, started: Started<'_>) -> Result<(), Failure> {
    let Started { from, watched, progress } = started;
    interrupt::end_at_once(LastWords::of(&Error::StoppedBefore));
    interrupt::listen();
    let training = args.training;
    config.train.seed = training.seed.or(config.train.seed);
    config.metric.optimise = training.metric.or(config.metric.optimise);
    config.diagnosis = args.judging.over(&config.diagnosis);
    config.metric = args.constraints.over(&config.metric);
    let options = system::Options { from, ..options(training)? };
    let outcome =
        observed(watched, progress, |observer| system::build(&config, &options, observer))?;
    progress.end();
    print_outcome(&outcome, (progress, args.output.json))
}

fn options(training: TrainingArgs) -> Result<system::Options, Failure> {
    Ok(system::Options {
        out: training.out,
        device: device(&training.device)?,
        command: typed(),
        checkpoint_every: training.checkpoint_every,
        learning_rate: if training.find_learning_rate {
            LearningRate::Found
        } else {
            LearningRate::AsSet
        },
        program: std::env::current_exe().ok(),
        ..system::Options::default()
    })
}

fn evaluate(args: EvaluateArgs, progress: &Progress) -> Result<(), Failure> {
    let run = TrainedRun::open(&args.run)?;
    let device = device(&args.device)?;
    let Some(data) = args.data else {
        return print_outcome(&run.open_test(device)?, (progress, args.output.json));
    };
    progress.notes(run.notes());
    let evaluation = run.evaluate(&data, device, args.skip_bad)?;
    if args.output.json {
        return print(|out| out.json(&evaluation));
    }
    progress.notes(&evaluation.notes);
    progress.problems(&evaluation.problems);
    print(|out| print_evaluation(out, &evaluation))
}

fn diagnose(args: DiagnoseArgs, progress: &Progress) -> Result<(), Failure> {
    if let Some(table) = &args.predictions {
        let metric = args.constraints.over(&MetricChoice::default());
        let choice = TableChoice {
            task: args.task.map(TaskArg::choice),
            metric: MetricChoice { optimise: args.metric, positive: args.positive, ..metric },
            diagnosis: args.judging.over(&DiagnosisChoice::default()),
        };
        let judged = judge_table(table, &choice)?;
        if let Some(said) = judged.rounded.clone() {
            progress.note(&Note { said, change_with: None });
        }
        return print(|out| match args.output.json {
            true => out.json(&judged),
            false => diagnosis::print_ladder(out, &judged.diagnosis),
        });
    }
    // The command line has a run where it has no table.
    let Some(path) = &args.run else { return Ok(()) };
    let mut run = TrainedRun::open(path)?;
    let choice = args.judging.over(run.judged_by());
    // Refused before anything is written.
    let against =
        args.against.map(|other| comparing::compare(&[other, path.clone()])).transpose()?;
    let constraints = args.constraints.over(run.constraints());
    if args.measure || constraints != *run.constraints() {
        let device = device(&args.device)?;
        let measuring = Measuring { device, program: std::env::current_exe().ok() };
        run.constrain(constraints, &measuring, args.measure)?;
    }
    let mut outcome = run.diagnose(choice)?;
    if let Some(against) = against {
        outcome = run.keep_comparison(against)?;
    }
    print_outcome(&outcome, (progress, args.output.json))
}

fn compare(args: CompareArgs) -> Result<(), Failure> {
    let compared = comparing::compare(&args.runs)?;
    print(|out| {
        if args.output.json {
            out.json(&compared)
        } else {
            diagnosis::print_comparison(out, &compared)
        }
    })
}

fn predict(args: PredictArgs, progress: &Progress) -> Result<(), Failure> {
    let run = TrainedRun::open(&args.run)?;
    progress.notes(run.notes());
    let predictions = run.predict(&args.inputs, device(&args.device)?, args.skip_bad)?;
    if args.output.json {
        return print(|out| out.json(&predictions));
    }
    progress.notes(&predictions.notes);
    progress.problems(&predictions.problems);
    print(|out| print_predictions(out, &predictions))
}

fn report(args: ReportArgs, progress: &Progress) -> Result<(), Failure> {
    let run = TrainedRun::open(&args.run)?;
    progress.notes(run.notes());
    let path = run.write_report(args.out.as_deref())?;
    print(|out| {
        if args.output.json {
            out.json(&serde_json::json!({ "report": path }))
        } else {
            out.exact(&path.display().to_string())
        }
    })
}

fn export(args: ExportArgs, progress: &Progress) -> Result<(), Failure> {
    let run = TrainedRun::open(&args.run)?;
    progress.notes(run.notes());
    let to = Destination { path: args.out, replace: args.force };
    let export = exporting::export(&run, args.format.format(), &to)?;
    print(|out| if args.output.json { out.json(&export) } else { export::print(out, &export) })
}

fn settings(args: &SettingsArgs) -> Result<(), Failure> {
    if args.markdown {
        return print(|out| out.write(config::settings_page().as_bytes()));
    }
    let settings = config::matching(args.key.as_deref())?;
    if args.output.json {
        return print(|out| out.json(&settings));
    }
    print(|out| {
        for (at, setting) in settings.iter().enumerate() {
            if at > 0 {
                out.line("")?;
            }
            out.line(&format!("{LABEL}{}{LABEL:#}", setting.key))?;
            out.line(&format!("  values   {}", setting.values))?;
            out.line(&format!("  default  {}", setting.default))?;
            out.line(&format!("  why      {}", setting.why))?;
            out.line(&format!("  rung     {}", setting.rung()))?;
        }
        Ok(())
    })
}

fn print_outcome(outcome: &Outcome, (progress, json): (&Progress, bool)) -> Result<(), Failure> {
    if !json {
        progress.notes(&outcome.notes);
    }
    if json { print(|out| out.json(outcome)) } else { print(|out| diagnosis::print(out, outcome)) }
}

fn print_evaluation(out: &mut Out, evaluation: &Evaluation) -> Written {
    let Evaluation { metric, unit, examples, .. } = evaluation;
    let n = count(*examples);
    out.line(&format!(
        "{} on {n} examples of `{}`: {}, 95 % interval {} {unit}",
        metric.name(),
        evaluation.data.display(),
        metric.show(evaluation.error, unit),
        metric.range(evaluation.interval),
    ))?;
    for judged in evaluation.metrics.iter().filter(|judged| judged.metric != *metric) {
        let said = judged.rungs.first().map(|rung| judged.said(&rung.error));
        out.line(&format!("  {}: {}", judged.name(), said.unwrap_or_default()))?;
    }
    for ClassErrors { class, wrong, examples } in &evaluation.classes {
        out.line(&format!("  {class}: {} of {} wrong", count(*wrong), count(*examples)))?;
    }
    Ok(())
}

/// CSV: id, prediction, and for classes one score per class.
fn print_predictions(out: &mut Out, predictions: &Predictions) -> Written {
    out.exact(&csv_line(predictions.columns().iter().map(String::as_str)))?;
    for row in predictions.rows() {
        out.exact(&csv_line(row.iter().map(String::as_str)))?;
    }
    Ok(())
}

fn csv_line<'a>(fields: impl Iterator<Item = &'a str>) -> String {
    let quoted = |field: &str| {
        if field.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.to_owned()
        }
    };
    fields.map(quoted).collect::<Vec<_>>().join(",")
}

fn print(write: impl FnOnce(&mut Out) -> Written) -> Result<(), Failure> {
    let mut out = Out::new();
    write(&mut out).and_then(|()| out.flush()).map_err(Failure::Output)
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

/// A path as it is told to a person.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
