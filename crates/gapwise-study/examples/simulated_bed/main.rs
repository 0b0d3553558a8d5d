//! The simulated bed: how often ladder, verdict and intervals are right where the truth is known.
#![allow(clippy::print_stdout, reason = "an example prints what it finds")]

mod rates;
mod truth;

use gapwise_study::diagnosis::GapKind;
use rates::{Cell, Judged, Tally};
use truth::Truth;

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|a| a.parse::<u64>().ok());
    let tables = numbers.next().unwrap_or(1_000);
    let seed = numbers.next().unwrap_or(4);
    for judged in [Judged::Known, Judged::Estimated] {
        println!("{judged:?}");
        println!("n,error,gap,times,clear,clear_gap,right,false,wtv,wv,wt,nm,no,sim,bey,open,settled");
        let mut stream = 0;
        for examples in [100, 300, 1_000, 10_000] {
            for error in [0.005, 0.02, 0.1, 0.3] {
                let mut planted = vec![(GapKind::AvoidableBias, 0.0)];
                for kind in GapKind::ALL {
                    planted.extend([0.5, 2.0, 5.0].map(|t| (kind, t)));
                }
                for (kind, times) in planted {
                    let Some(truth) = Truth::planted(error, &[(kind, times)]) else { continue };
                    let cell = Cell { truth, examples, judged };
                    let t = Tally::of(&cell, tables, seed, stream);
                    stream += tables;
                    let s = |x: f64| t.share(x);
                    println!("{examples},{error},{kind},{times},{},{},{:.4},{:.4},{:.4},{:.4},{:.4},{:.4},{:.4},{:.4},{:.4},{:.3},{:.3}",
                        t.is_clear(&truth, t.half_width), t.is_clear(&truth, t.gap_half_width), s(t.right), s(t.falsely_material),
                        s(t.wilson[0]), s(t.wilson[1]), s(t.wilson[2]), s(t.newcombe[0]), s(t.newcombe[1]), s(t.simultaneous), s(t.beyond), s(t.open), t.settled / t.open.max(1.0));
                }
            }
        }
    }
}
