//! What a trained network costs on this machine: how long an answer takes, and how much memory.
//!
//! Nothing here runs unless a [constraint](gapwise_study::constraint) asks for it.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use gapwise_nn::{
    DeviceChoice,
    model::{Calls, Model},
};
use gapwise_study::{
    constraint::{Machine, Measured, Quantity, quantile},
    interval::Interval,
    metric::counted,
};

use crate::{Error, Invocation, trained::TrainedRun};

/// How figures of a machine are measured.
#[derive(Debug, Clone)]
pub struct Measuring {
    /// Device that answers.
    pub device: DeviceChoice,
}

/// Processes started for peak memory.
const PROCESSES: usize = 3;

impl Measuring {
    /// This machine.
    pub fn machine(&self) -> Machine {
        Machine {
            processor: processor(),
            threads: rayon::current_num_threads(),
            device: self.device.to_string(),
        }
    }
}

/// The figures of these quantities, in their order. Those that are not of a machine have none.
pub(crate) fn measured(
    model: &Model,
    run: &Path,
    quantities: &[Quantity],
    measuring: &Measuring,
) -> Result<Vec<(Quantity, Measured)>, Error> {
    let timed =
        |quantity: &Quantity| matches!(quantity, Quantity::LatencyP50 | Quantity::LatencyP95);
    let seconds = match quantities.iter().any(timed) {
        true => model.time_answers(Calls::default())?,
        false => Vec::new(),
    };
    let program = Invocation::program();
    let figure = |quantity: &Quantity| match quantity {
        Quantity::LatencyP50 => Some((*quantity, latency(&seconds, 0.5))),
        Quantity::LatencyP95 => Some((*quantity, latency(&seconds, 0.95))),
        Quantity::PeakMemory => {
            Some((*quantity, memory(run, measuring.device, program.as_deref())))
        }
        Quantity::ModelSize | Quantity::MultiplyAdds | Quantity::Metric { .. } => None,
    };
    Ok(quantities.iter().filter_map(figure).collect())
}

fn latency(seconds: &[f64], share: f64) -> Measured {
    match quantile(seconds, share) {
        Some((value, interval)) => {
            Measured::Estimate { value, interval, from: counted(seconds.len(), "call") }
        }
        None => missing(format!("{} are too few", counted(seconds.len(), "call"))),
    }
}

/// The range of what a few processes take.
fn memory(run: &Path, device: DeviceChoice, program: Option<&Path>) -> Measured {
    let Some(program) = program else {
        return missing("only the `gapwise` command can start a process of its own".into());
    };
    let taken: Result<Vec<f64>, String> =
        (0..PROCESSES).map(|_| of_a_process(program, run, device)).collect();
    match taken {
        Err(reason) => missing(reason),
        Ok(taken) => {
            let low = taken.iter().copied().fold(f64::INFINITY, f64::min);
            let high = taken.iter().copied().fold(0.0, f64::max);
            let from = format!("the range of {PROCESSES} processes");
            Measured::Estimate { value: high, interval: Interval { low, high }, from }
        }
    }
}

/// Peak memory in bytes of a fresh process that loads the run's network and answers one example.
fn of_a_process(program: &Path, run: &Path, device: DeviceChoice) -> Result<f64, String> {
    let threads = rayon::current_num_threads().to_string();
    let said = Command::new(program)
        .args(["--quiet", "--threads", &threads, "measure-memory", "--device", &device.to_string()])
        .arg("--")
        .arg(run)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("a process for it could not be started: {error}"))?;
    let told = String::from_utf8_lossy(&said.stdout);
    match told.trim().parse::<u64>() {
        Ok(bytes) if said.status.success() => Ok(bytes as f64),
        _ if said.status.success() => {
            Err("this system does not tell how much memory it took".into())
        }
        _ => Err(format!("the process for it ended with {}", said.status)),
    }
}

/// Answers one example of the run's kind in this process, and says the most memory, in bytes, that
/// the process has taken so far; `None` where the system does not tell, which Linux does.
///
/// # Errors
///
/// As [`TrainedRun::open`] and [`TrainedRun::model`].
pub fn memory_of_this_process(run: &Path, device: DeviceChoice) -> Result<Option<u64>, Error> {
    let model = TrainedRun::open(run)?.model(device)?;
    let once = Calls { warm_up: 0, least: 1, most: 1, ..Calls::default() };
    model.time_answers(once)?;
    Ok(peak_memory())
}

/// The largest resident set of this process so far, in bytes, where the system tells.
pub(crate) fn peak_memory() -> Option<u64> {
    of_this_process("VmHWM:")
}

/// The resident set of this process now, in bytes, where the system tells.
pub(crate) fn resident_memory() -> Option<u64> {
    of_this_process("VmRSS:")
}

fn of_this_process(field: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    kibibytes(&status, field)?.checked_mul(1024)
}

/// A field, such as `VmHWM:`, of a process's status.
fn kibibytes(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// The processor's name, as Linux tells it; else its architecture.
pub(crate) fn processor() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    name_of(&cpus).unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

fn name_of(cpus: &str) -> Option<String> {
    let line = cpus.lines().find(|line| line.starts_with("model name"))?;
    let (_, name) = line.split_once(':')?;
    let words: Vec<&str> = name.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn missing(reason: String) -> Measured {
    Measured::Missing { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_tells_is_read() {
        let status = "Name:\tgapwise\nVmPeak:\t  99 kB\nVmHWM:\t   48212 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(kibibytes(status, "VmHWM:"), Some(48_212));
        assert_eq!(kibibytes(status, "VmRSS:"), Some(1));
        assert_eq!(kibibytes("VmPeak:\t 1 kB\n", "VmHWM:"), None);
        let cpus = "processor\t: 0\nmodel name\t: Some  CPU @ 2.0 GHz\n";
        assert_eq!(name_of(cpus).as_deref(), Some("Some CPU @ 2.0 GHz"));
        assert_eq!(name_of("processor : 0\n"), None);
    }

    #[test]
    fn a_latency_of_too_few_calls_is_not_known() {
        assert_eq!(
            latency(&[1.0; 10], 0.95),
            Measured::Missing { reason: "10 calls are too few".into() }
        );
    }

    #[test]
    fn memory_that_cannot_be_measured_has_a_reason() {
        let reason = |program| match memory(Path::new("run"), DeviceChoice::Cpu, program) {
            Measured::Missing { reason } => reason,
            measured => panic!("{measured:?}"),
        };
        assert_eq!(reason(None), "only the `gapwise` command can start a process of its own");
        let nothing = reason(Some(Path::new("/there/is/no/such/program")));
        assert!(nothing.starts_with("a process for it could not be started: "), "{nothing}");
    }
}
