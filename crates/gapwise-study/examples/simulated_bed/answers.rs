//! Answers of two networks to the same examples, drawn from distributions with known errors.

use gapwise_study::{metric::MetricKind, predictions::Outcome};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Examples of a group; they share their class and half of the variance of everything else.
pub(crate) const GROUP: usize = 5;

/// How much of its noise the second network shares with the first.
const SHARED: f64 = 0.8;

/// A network that says a class of two, one of four, or a number; the second one does a little
/// better.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answers {
    /// Binormal: a number from N(0, 1), or from N(d, 1) for the positive class, d = √2 Φ⁻¹(AUROC).
    /// Its logit is 1.25 (d x − d²/2) + ½ ln(odds of the class), so that networks are too sure of
    /// themselves and say a rare class too often. The second has 1.1 d, and a correlation of 0.8
    /// with the first within a class.
    Two {
        /// Share of the positive class.
        prevalence: f64,
        /// d of the first network.
        apart: f64,
        /// What it is called.
        name: &'static str,
    },
    /// A right answer with this chance, and else one of the three other classes. The second makes a
    /// fifth of the errors fewer, and errs on the same examples in four of five.
    Four {
        /// Share of the rarest class; the others are equal.
        rarest: f64,
        /// Chance of a right answer.
        right: f64,
    },
    /// Labels, and numbers so far off. The second network is off by 0.95 as much, in four of five
    /// examples with the first.
    Numbers {
        /// Exponential labels of variance 1 rather than normal ones.
        skewed: bool,
        /// How far off.
        off: Off,
        /// 1 − R².
        left: f64,
    },
}

/// The distribution of residuals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Off {
    /// Normal.
    Normal,
    /// Laplace's.
    Laplace,
    /// Student's with 5 degrees of freedom.
    Student,
}

/// One table: two networks' answers to the same examples.
pub(crate) struct Table {
    /// The first network's.
    pub(crate) first: Vec<Outcome>,
    /// The second one's.
    pub(crate) second: Vec<Outcome>,
}

impl Answers {
    /// Every kind that examples without groups are drawn from.
    pub(crate) fn all() -> Vec<Answers> {
        let mut all = Vec::new();
        for prevalence in [0.5, 0.1, 0.02] {
            // √2 times the normal points of 0.7, 0.9 and 0.99.
            for (apart, name) in [(0.741_614, "0.70"), (1.812_388, "0.90"), (3.289_953, "0.99")] {
                all.push(Answers::Two { prevalence, apart, name });
            }
        }
        for rarest in [0.25, 0.1, 0.02] {
            all.extend([0.7, 0.9, 0.99].map(|right| Answers::Four { rarest, right }));
        }
        for skewed in [false, true] {
            for off in [Off::Normal, Off::Laplace, Off::Student] {
                all.extend([0.5, 0.05].map(|left| Answers::Numbers { skewed, off, left }));
            }
        }
        all
    }

    /// Those that groups are drawn from.
    pub(crate) fn grouped() -> Vec<Answers> {
        let two = |prevalence| Answers::Two { prevalence, apart: 1.812_388, name: "0.90" };
        let numbers = Answers::Numbers { skewed: false, off: Off::Normal, left: 0.5 };
        vec![two(0.5), two(0.1), Answers::Four { rarest: 0.1, right: 0.9 }, numbers]
    }

    /// The metrics that are measured on them.
    pub(crate) fn metrics(self) -> &'static [MetricKind] {
        match self {
            Answers::Two { .. } => &[
                MetricKind::F1,
                MetricKind::Auroc,
                MetricKind::AveragePrecision,
                MetricKind::LogLoss,
                MetricKind::CalibrationError,
            ],
            Answers::Four { .. } => &[MetricKind::MacroF1],
            Answers::Numbers { .. } => &[MetricKind::Mae, MetricKind::R2],
        }
    }

    /// What they are, for people.
    pub(crate) fn name(self) -> String {
        match self {
            Answers::Two { prevalence, name, .. } => {
                format!("{} % positive, AUROC {name}", 100.0 * prevalence)
            }
            Answers::Four { rarest, right } => {
                format!("rarest class {} %, {} % right", 100.0 * rarest, 100.0 * right)
            }
            Answers::Numbers { skewed, off, left } => {
                let labels = if skewed { "exponential" } else { "normal" };
                format!("{labels} labels, {off:?} residuals, 1 − R² {left}")
            }
        }
    }

    /// The true errors of both networks. In closed form for four classes and for numbers; for two
    /// classes the metric's own value on [`POINTS`] midpoints of the line with the density of each
    /// class as weight.
    pub(crate) fn truth(self, metric: MetricKind) -> [f64; 2] {
        match self {
            Answers::Two { prevalence, apart, .. } => [apart, 1.1 * apart].map(|apart| {
                let line = line(prevalence, apart);
                let points = line.iter().map(|(outcome, weight)| (outcome, *weight));
                metric.metric().error_of(points).expect("both classes occur")
            }),
            Answers::Four { rarest, right } => [right, better(right)].map(|right| {
                let shares = shares(rarest);
                let f1 = shares.map(|share| {
                    let answered = share * right + (1.0 - share) * (1.0 - right) / 3.0;
                    2.0 * share * right / (share + answered)
                });
                1.0 - f1.iter().sum::<f64>() / 4.0
            }),
            Answers::Numbers { off, left, .. } if metric == MetricKind::Mae => {
                // The mean size of a number with a mean square of 1; Student's is
                // 2√ν Γ((ν+1)/2) / (√π Γ(ν/2) (ν−1)), and its mean square ν/(ν−2).
                let size = match off {
                    Off::Normal => 0.797_884_560_803,
                    Off::Laplace => std::f64::consts::FRAC_1_SQRT_2,
                    Off::Student => 0.949_016_725 / (5.0_f64 / 3.0).sqrt(),
                };
                [1.0, 0.95].map(|part| part * left.sqrt() * size)
            }
            Answers::Numbers { left, .. } => [left, left * 0.95 * 0.95],
        }
    }

    /// A table; `grouped` examples come in groups of [`GROUP`].
    pub(crate) fn draw(self, examples: usize, grouped: bool, random: &mut ChaCha8Rng) -> Table {
        let mut table = Table { first: Vec::new(), second: Vec::new() };
        // What a group shares, drawn again for its first example or for every one.
        let mut shared = Shared::draw(random);
        for example in 0..examples {
            if example % GROUP == 0 || !grouped {
                shared = Shared::draw(random);
            }
            let [first, second] = self.pair(&shared, grouped, random);
            table.first.push(first);
            table.second.push(second);
        }
        table
    }

    fn pair(self, shared: &Shared, grouped: bool, random: &mut ChaCha8Rng) -> [Outcome; 2] {
        let mut noise = |shared: f64| {
            let own: f64 = normal(random);
            if grouped { (own + shared) / 2.0_f64.sqrt() } else { own }
        };
        let one = noise(shared.noise[0]);
        let two = noise(shared.noise[1]);
        match self {
            Answers::Two { prevalence, apart, .. } => {
                let positive = shared.class < prevalence;
                let two = SHARED * one + (1.0 - SHARED * SHARED).sqrt() * two;
                [(one, apart), (two, 1.1 * apart)].map(|(noise, apart)| {
                    let place = noise + if positive { apart } else { 0.0 };
                    two_classes(positive, place, prevalence, apart)
                })
            }
            Answers::Four { rarest, right } => {
                let shares = shares(rarest);
                let mut below = 0.0;
                let label = shares.iter().position(|share| {
                    below += share;
                    shared.class < below
                });
                let label = label.unwrap_or(0) as u32;
                let mut answer = [(uniform(one), random.random_range(1..4)); 2];
                if random.random::<f64>() > SHARED {
                    answer[1] = (uniform(two), random.random_range(1..4));
                }
                let chances = [right, better(right)];
                std::array::from_fn(|network| {
                    let (luck, other) = answer[network];
                    let off = if luck < chances[network] { 0 } else { other };
                    let prediction = (label + off) % 4;
                    Outcome::class(label, prediction, Vec::new())
                })
            }
            Answers::Numbers { skewed, off, left } => {
                let label = if skewed { -(1.0 - shared.class).ln() } else { shared.label };
                let one = one * off.stretch(random);
                let two = two * off.stretch(random);
                let two = if random.random::<f64>() < SHARED { one } else { two };
                [one, 0.95 * two].map(|off| Outcome::number(label, label + left.sqrt() * off))
            }
        }
    }
}

/// What the examples of a group have in common.
struct Shared {
    /// Uniform in [0, 1).
    class: f64,
    label: f64,
    noise: [f64; 2],
}

impl Shared {
    fn draw(random: &mut ChaCha8Rng) -> Self {
        let class = random.random();
        Shared { class, label: normal(random), noise: [normal(random), normal(random)] }
    }
}

impl Off {
    /// What makes a standard normal number one of this kind with a mean square of 1.
    fn stretch(self, random: &mut ChaCha8Rng) -> f64 {
        match self {
            Off::Normal => 1.0,
            // The root of an exponential number.
            Off::Laplace => (-(1.0 - random.random::<f64>()).ln()).sqrt(),
            // The root of 3 over chi-square with 5 degrees of freedom.
            Off::Student => {
                let square: f64 = (0..5).map(|_| normal(random).powi(2)).sum();
                (3.0 / square).sqrt()
            }
        }
    }
}

/// The second network's chance of a right answer.
fn better(right: f64) -> f64 {
    1.0 - 0.8 * (1.0 - right)
}

/// The shares of four classes.
fn shares(rarest: f64) -> [f64; 4] {
    let other = (1.0 - rarest) / 3.0;
    [other, other, other, rarest]
}

fn two_classes(positive: bool, place: f64, prevalence: f64, apart: f64) -> Outcome {
    let odds = prevalence / (1.0 - prevalence);
    let logit = 1.25 * (apart * place - apart * apart / 2.0) + odds.ln() / 2.0;
    let score = |logit: f64| (1.0 / (1.0 + (-logit).exp())) as f32;
    let scores = vec![score(-logit), score(logit)];
    Outcome::class(u32::from(positive), u32::from(logit > 0.0), scores)
}

/// Midpoints that the true errors of two classes are worked out on.
const POINTS: usize = 40_000;

/// Midpoints of −7 to d + 7, each once for either class with its density.
fn line(prevalence: f64, apart: f64) -> Vec<(Outcome, f64)> {
    let step = (apart + 14.0) / POINTS as f64;
    let points = (0..POINTS).map(|point| -7.0 + (point as f64 + 0.5) * step);
    let density = |from: f64| (-from * from / 2.0).exp();
    points
        .flat_map(|place| {
            let of = |positive| two_classes(positive, place, prevalence, apart);
            let shares = [prevalence * density(place - apart), (1.0 - prevalence) * density(place)];
            [(of(true), shares[0]), (of(false), shares[1])]
        })
        .collect()
}

/// A uniform number from a standard normal one.
fn uniform(normal: f64) -> f64 {
    use statrs::distribution::{ContinuousCDF, Normal};
    Normal::standard().cdf(normal)
}

fn normal(random: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(random)
}
