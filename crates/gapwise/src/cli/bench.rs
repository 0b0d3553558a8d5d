//! `gapwise bench`: tables of figures.

use gapwise::{
    bench::{self as benching, Benchmark, Figures},
    nn::workloads::Workload,
    study::metric::count,
};

use super::{
    Failure,
    args::{BenchArgs, BenchWorkerArgs},
    output::{Out, Written},
    print,
    progress::Progress,
    style::{DIM, LABEL},
};

pub(super) fn carry_out(args: &BenchArgs, progress: &Progress) -> Result<(), Failure> {
    let workloads = benching::named(&args.workloads)?;
    if args.list {
        let listed: Vec<_> = workloads.iter().map(benching::listed).collect();
        return print(|out| match args.output.json {
            true => out.json(&listed),
            false => print_list(out, &workloads),
        });
    }
    let mut tell = |workload: &Workload| progress.timing(workload);
    let figures = benching::benchmark(&workloads, args.seconds, &mut tell);
    progress.end();
    print(|out| if args.output.json { out.json(&figures) } else { print_figures(out, &figures) })
}

pub(super) fn serve(args: BenchWorkerArgs) -> Result<(), Failure> {
    for workload in benching::named(&[args.workload])? {
        let (told, answers) = (std::io::stdin().lock(), std::io::stdout().lock());
        benching::worker::serve(&workload, told, answers).map_err(Failure::Output)?;
    }
    Ok(())
}

/// Each workload with what it is.
fn print_list(out: &mut Out, workloads: &[Workload]) -> Written {
    for Workload { name, about, batch, shape, .. } in workloads {
        let sides: Vec<String> = shape.iter().map(usize::to_string).collect();
        out.line(&format!(
            "{LABEL}{name:<10}{LABEL:#} {about}; a batch of {batch} examples of {}",
            sides.join("×")
        ))?;
    }
    Ok(())
}

fn print_figures(out: &mut Out, benchmark: &Benchmark) -> Written {
    let Benchmark { processor, instructions, threads, .. } = benchmark;
    let cores = std::thread::available_parallelism().map_or(usize::MAX, usize::from);
    let threads = match *threads > cores {
        true => format!("{}, which wait for each other on {cores} cores", count(*threads)),
        false => count(*threads),
    };
    out.line(&format!(
        "{LABEL}processor{LABEL:#}  {processor}, {instructions}, threads: {threads}"
    ))?;
    out.line(&format!(
        "{LABEL}product{LABEL:#}    {:.1} billion multiply-adds a second, 1,024×1,024 matrices",
        benchmark.product_per_second / 1e9
    ))?;
    if let Some(bytes) = benchmark.peak_memory {
        let mebibytes = count((bytes / (1 << 20)) as usize);
        out.line(&format!(
            "{LABEL}memory{LABEL:#}     {mebibytes} MiB at the peak of this process"
        ))?;
    }
    out.line("")?;
    out.line(&format!(
        "{DIM}{:<10}  {:>5}  {:>9}  {:>9}  {:>19}  {:>10}  {:>10}{DIM:#}",
        "workload", "batch", "steps/s", "step", "quartiles", "answer", "of product"
    ))?;
    for figures in &benchmark.workloads {
        let Figures { name, batch, step, answer, .. } = figures;
        out.line(&format!(
            "{name:<10}  {batch:>5}  {:>9.1}  {:>9}  {:>19}  {:>10}  {:>8.1} %",
            figures.steps_per_second,
            time(step.median),
            format!("{} – {}", time(step.lower_quartile), time(step.upper_quartile)),
            time(answer.median),
            100.0 * figures.share_of_product,
        ))?;
    }
    out.line("")?;
    out.line(
        "step: median training step; answer: to one example; of product: multiply-adds a second",
    )?;
    out.line("of a step over those of the product measured beside it")
}

/// Seconds in a unit that suits them.
fn time(seconds: f64) -> String {
    match seconds {
        _ if seconds >= 1.0 => format!("{seconds:.2} s"),
        _ if seconds >= 1e-3 => format!("{:.2} ms", seconds * 1e3),
        _ => format!("{:.1} µs", seconds * 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_a_unit_that_suits_them() {
        assert_eq!(time(2.345), "2.35 s");
        assert_eq!(time(0.012_345), "12.35 ms");
        assert_eq!(time(0.000_012_34), "12.3 µs");
    }
}
