//! `gapwise run` and `gapwise train`: from data, a configuration or a run to a diagnosed network.

use gapwise::{
    Error,
    config::Config,
    data::Note,
    observe::Observer,
    study::run::{RunDirectory, file},
    system::{self, LearningRate, StepFrom},
};

use super::{
    Failure,
    args::{BuildArgs, RunArgs, TrainArgs, TrainingArgs},
    device,
    diagnosis::print_outcome,
    inspect::typed_for,
    interrupt::{self, LastWords},
    progress::Progress,
    watch::Watching,
};

pub(super) fn run(args: RunArgs, progress: &mut Progress) -> Result<(), Failure> {
    let config = typed_for(args.data, &args.build.training.settings())?;
    build(config, args.build, Started { from: None, watched: false, progress })
}

pub(super) fn train(args: TrainArgs, progress: &mut Progress) -> Result<(), Failure> {
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
        checkpoint_every: training.checkpoint_every,
        learning_rate: if training.find_learning_rate {
            LearningRate::Found
        } else {
            LearningRate::AsSet
        },
        ..system::Options::default()
    })
}
