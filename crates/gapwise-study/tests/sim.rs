use gapwise_study::{metric::{Metric, MetricKind, Sample}, predictions::Outcome};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
fn normal(random: &mut ChaCha8Rng) -> f64 {
    let (r, a): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - r).ln()).sqrt() * (std::f64::consts::TAU * a).cos()
}
fn draw(random: &mut ChaCha8Rng, n: usize, classes: usize, d: f64, prev: f64) -> Vec<Outcome> {
    (0..n).map(|_| {
        let label = if classes == 2 { usize::from(random.random::<f64>() < prev) } else { random.random_range(0..classes) };
        let logits: Vec<f64> = (0..classes).map(|c| {
            let bias = if classes == 2 && c == 1 { (prev / (1.0 - prev)).ln() } else { 0.0 };
            bias + d * d / 2.0 * f64::from(c == label) * 1.0 + d / 2f64.sqrt() * normal(random)
        }).collect();
        let sum: f64 = logits.iter().map(|l| l.exp()).sum();
        let scores: Vec<f32> = logits.iter().map(|l| (l.exp() / sum) as f32).collect();
        let mut best = 0;
        for (c, s) in scores.iter().enumerate() { if *s > scores[best] { best = c } }
        Outcome::Class { label: label as u32, prediction: best as u32, scores }
    }).collect()
}
fn nums(random: &mut ChaCha8Rng, n: usize, d: f64) -> Vec<Outcome> {
    (0..n).map(|_| { let y = normal(random); let e = normal(random); let e = e * e.abs() / d; Outcome::Number { label: y, prediction: y + e } }).collect()
}
fn sample(m: Metric, o: &[Outcome]) -> Sample { Sample::of_outcomes(m, o.iter().map(|o| (o, None, 1.0))) }
#[test]
fn sim() {
    let tables = 500;
    for (classes, prev) in [(2, 0.5), (2, 0.1), (5, 0.0), (0, 0.0)] { for d in [1.5, 3.0] { 
        let gen_ = |r: &mut ChaCha8Rng, n| if classes == 0 { nums(r, n, d) } else { draw(r, n, classes, d, prev) };
        let kinds: Vec<MetricKind> = if classes == 0 { vec![MetricKind::Rmse, MetricKind::Mae, MetricKind::R2] } else { MetricKind::ALL.into_iter().filter(|m| !matches!(m, MetricKind::Rmse | MetricKind::Mae | MetricKind::R2 | MetricKind::ErrorRate) && (classes == 2 || *m != MetricKind::F1)).collect() };
        let big = gen_(&mut ChaCha8Rng::seed_from_u64(1), 1_000_000);
        for kind in kinds {
            let m = kind.metric();
            let truth = m.error(&sample(m, &big)).unwrap();
            print!("{classes} {prev} d {d} {kind:20} truth {truth:.4}");
            for n in [50, 100, 300, 1000] {
                let mut r = ChaCha8Rng::seed_from_u64(n as u64);
                let (mut low, mut high, mut undefined) = (0, 0, 0);
                let mut t = 0;
                while t < tables {
                    let s = sample(m, &gen_(&mut r, n));
                    let Ok(e) = m.estimate(&s) else { undefined += 1; continue };
                    t += 1;
                    let i = e.interval(0.95);
                    low += usize::from(truth < i.low); high += usize::from(truth > i.high);
                }
                print!(" | {n}: {:.3} ({:.3} below, {:.3} above, {undefined})", 1.0 - (low + high) as f64 / tables as f64, low as f64 / tables as f64, high as f64 / tables as f64);
            }
            println!();
        }
    } }
}
