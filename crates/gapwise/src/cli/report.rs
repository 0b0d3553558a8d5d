//! `gapwise report`: the report of a run, written anew.

use gapwise::trained::TrainedRun;

use super::{Failure, args::ReportArgs, print, progress::Progress};

pub(super) fn carry_out(args: ReportArgs, progress: &Progress) -> Result<(), Failure> {
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
