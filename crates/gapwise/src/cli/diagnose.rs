//! `gapwise diagnose`: a run or a prediction table, judged.

use gapwise::{
    comparing,
    config::{DiagnosisChoice, MetricChoice},
    data::Note,
    measure::Measuring,
    tables::{TableChoice, judge_table},
    trained::TrainedRun,
};

use super::{
    Failure,
    args::{DiagnoseArgs, TaskArg},
    device,
    diagnosis::{self, print_outcome},
    print,
    progress::Progress,
};

pub(super) fn carry_out(args: DiagnoseArgs, progress: &Progress) -> Result<(), Failure> {
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
        let measuring = Measuring { device };
        run.constrain(constraints, &measuring, args.measure)?;
    }
    let mut outcome = run.diagnose(choice)?;
    if let Some(against) = against {
        outcome = run.keep_comparison(against)?;
    }
    print_outcome(&outcome, (progress, args.output.json))
}
