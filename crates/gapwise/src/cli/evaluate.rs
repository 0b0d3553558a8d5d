//! `gapwise evaluate`: a network on its test set, or on other data.

use gapwise::{
    study::metric::count,
    trained::{ClassErrors, Evaluation, TrainedRun},
};

use super::{
    Failure,
    args::EvaluateArgs,
    device,
    diagnosis::print_outcome,
    output::{Out, Written},
    print,
    progress::Progress,
};

pub(super) fn carry_out(args: EvaluateArgs, progress: &Progress) -> Result<(), Failure> {
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
