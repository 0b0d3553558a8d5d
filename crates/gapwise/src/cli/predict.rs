//! `gapwise predict`: answers to new inputs, as CSV.

use gapwise::trained::{Predictions, TrainedRun};

use super::{
    Failure,
    args::PredictArgs,
    device,
    output::{Out, Written},
    print,
    progress::Progress,
};

pub(super) fn carry_out(args: PredictArgs, progress: &Progress) -> Result<(), Failure> {
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
