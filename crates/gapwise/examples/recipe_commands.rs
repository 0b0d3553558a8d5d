//! Every training command that the recipe has for a run, whatever its verdict: a remedy and its command
//! on each line, with a tab between. `benchmarks/recipe.sh` takes them all.

use std::{io::Write, path::Path, process::ExitCode};

use gapwise::trained::TrainedRun;

fn main() -> ExitCode {
    let Some(run) = std::env::args_os().nth(1) else {
        return said("name a run");
    };
    let commands = TrainedRun::open(Path::new(&run)).and_then(|run| run.commands());
    match commands {
        Ok(commands) => {
            let lines: String = commands
                .into_iter()
                .map(|(remedy, command)| {
                    let remedy = serde_json::to_string(&remedy).unwrap_or_default();
                    format!("{}\t{command}\n", remedy.trim_matches('"'))
                })
                .collect();
            match std::io::stdout().write_all(lines.as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            }
        }
        Err(error) => said(&error.to_string()),
    }
}

fn said(error: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "error: {error}");
    ExitCode::FAILURE
}
