//! One workload in a process that does as it is told, a line at a time, so that it can take turns with
//! another program. Start-up is in none of its figures.
//!
//! | line | does | answers |
//! |---|---|---|
//! | `losses N` | N steps from the initial weights | the N losses |
//! | `logits` | the answer to the first example, with the initial weights | the logits |
//! | `steps N` | N training steps | seconds |
//! | `answers N` | the answer to one example, N times | seconds |
//! | `memory N` | the network anew, and N training steps | bytes |
//!
//! Numbers of one answer stand on one line, apart by spaces. Memory is the largest resident set
//! during the steps, less that of the process before it had any network; it needs Linux, and is
//! meant for a process that was asked for nothing else.

use std::{
    fs,
    io::{self, BufRead, Write},
    time::Instant,
};

use gapwise_nn::{
    Device,
    workloads::{Predicting, Training, Workload},
};

use crate::measure::{peak_memory, resident_memory};

/// Reads lines from `told` and answers each on `answers`, until there are no more. A line that is
/// none of the table is answered with `?`.
///
/// # Errors
///
/// Where one of the two cannot be read or written.
pub fn serve(workload: &Workload, told: impl BufRead, mut answers: impl Write) -> io::Result<()> {
    let mut worker = Worker {
        workload,
        device: Device::flex(),
        before: resident_memory(),
        training: None,
        predicting: None,
    };
    for line in told.lines() {
        writeln!(answers, "{}", worker.answer(&line?))?;
        answers.flush()?;
    }
    Ok(())
}

struct Worker<'a> {
    workload: &'a Workload,
    device: Device,
    /// Resident set of the process without a network.
    before: Option<u64>,
    training: Option<Training>,
    predicting: Option<Predicting>,
}

impl Worker<'_> {
    fn answer(&mut self, line: &str) -> String {
        let mut words = line.split_whitespace();
        let (what, times) = (words.next(), words.next().map(str::parse::<usize>));
        match (what, times) {
            (Some("losses"), Some(Ok(times))) => {
                let mut training = self.workload.training(&self.device);
                spaced((0..times).map(|_| training.step()))
            }
            (Some("logits"), None) => spaced(self.predicting().answer()),
            (Some("steps"), Some(Ok(times))) => {
                let training = self.training();
                seconds(times, || _ = training.step())
            }
            (Some("answers"), Some(Ok(times))) => {
                let predicting = self.predicting();
                seconds(times, || _ = predicting.answer())
            }
            (Some("memory"), Some(Ok(times))) => {
                let mut training = self.workload.training(&self.device);
                // Linux counts the peak from here on. Where that is refused, from the beginning.
                let _ = fs::write("/proc/self/clear_refs", "5");
                (0..times).for_each(|_| _ = training.step());
                let taken = peak_memory().zip(self.before);
                taken.map_or_else(unknown, |(peak, before)| peak.saturating_sub(before).to_string())
            }
            _ => unknown(),
        }
    }

    fn training(&mut self) -> &mut Training {
        self.training.get_or_insert_with(|| self.workload.training(&self.device))
    }

    fn predicting(&mut self) -> &Predicting {
        self.predicting.get_or_insert_with(|| self.workload.predicting(&self.device))
    }
}

fn unknown() -> String {
    "?".to_owned()
}

fn seconds(times: usize, mut work: impl FnMut()) -> String {
    let began = Instant::now();
    (0..times).for_each(|_| work());
    began.elapsed().as_secs_f64().to_string()
}

fn spaced(values: impl IntoIterator<Item = f32>) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_answered_one_by_one() {
        let workload = Workload::named("dense-30").unwrap();
        let told =
            "losses 2\nlosses 2\nlogits\nsteps 1\nanswers 2\n\nsteps\nsteps many\nmemory 1\n";
        let mut answers = Vec::new();
        serve(&workload, told.as_bytes(), &mut answers).unwrap();
        let answers = String::from_utf8(answers).unwrap();
        let lines: Vec<&str> = answers.lines().collect();
        let numbers = |line: &str| -> Vec<f64> {
            line.split(' ').map(|number| number.parse().unwrap()).collect()
        };
        // The initial weights again, and so the same losses, of which the second is lower.
        assert_eq!(lines[0], lines[1]);
        let [first, second] = numbers(lines[0])[..] else { panic!("{answers}") };
        assert!(second < first, "{answers}");
        assert_eq!(numbers(lines[2]).len(), 10);
        assert!(numbers(lines[3])[0] > 0.0 && numbers(lines[4])[0] > 0.0, "{answers}");
        assert_eq!(lines[5..8], ["?"; 3]);
        assert_eq!(lines.len(), 9);
    }
}
