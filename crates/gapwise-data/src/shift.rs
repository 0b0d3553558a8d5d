//! Whether two splits look as if they came from one distribution, as validation and test should
//! (notes, "train/validation/test distribution").
//!
//! Compared are shares of classes and of categories, and means of numbers, dates and truth values;
//! of images, their brightness and contrast. That is little: two splits that agree here may still
//! differ, in what columns have to do with each other for one.

use std::collections::HashSet;

use statrs::distribution::{ContinuousCDF, Normal};

use crate::{
    DataError, Dataset, Inputs, Labels, Note, Split, Splits,
    split::time_blocks,
    table::{Column, ColumnValues, MISSING},
    wording::thousands,
};

/// How often splits of one distribution are said to differ, at most.
const LEVEL: f64 = 0.05;
/// Fewest examples with and without a class or category, in each split, at which its share is near
/// enough to normal; and fewest numbers of a mean.
const FEWEST: f64 = 5.0;
const FEWEST_NUMBERS: f64 = 10.0;
/// Images of each split that are looked at, evenly over it.
const IMAGES: usize = 2_000;

/// What the two splits differ in beyond noise, in one line; `None` where one of them is empty.
///
/// For each mean, z is the difference over its standard error; of shares the pooled one. Splits
/// differ where a |z| is above the normal quantile at 1 − 0.025 / m, with m means and shares
/// compared (Bonferroni). Where there are groups, or blocks of time, they are counted instead of
/// examples, so that examples which are alike do not pass for many. The largest difference is the
/// one of most standard deviations, (m₁ − m₂) / √((s₁² + s₂²) / 2).
///
/// **Source**: the standardised difference as in Austin, "Balance diagnostics for comparing the
/// distribution of baseline covariates", Statistics in Medicine 28 (2009).
///
/// # Errors
///
/// [`DataError::ScratchNotRead`] when images are on disk and the disk fails.
pub fn shift(
    dataset: &Dataset,
    splits: &Splits,
    [one, other]: [Split; 2],
) -> Result<Option<Note>, DataError> {
    let parts = [one, other].map(|split| Part::of(dataset, splits.indices(split)));
    if parts.iter().any(|part| part.examples.is_empty()) {
        return Ok(None);
    }
    let mut differences = labels(dataset, &parts);
    match &dataset.inputs {
        Inputs::Table(table) => {
            differences.extend(table.inputs().flat_map(|input| column(input, &parts)));
        }
        Inputs::Images(images) => {
            let mut looks = [Vec::new(), Vec::new()];
            for (looks, part) in looks.iter_mut().zip(&parts) {
                let every = part.examples.len().div_ceil(IMAGES).max(1);
                for &example in part.examples.iter().step_by(every) {
                    looks.push(brightness_and_contrast(&images.values(example)?));
                }
            }
            for (at, name) in ["brightness", "contrast"].into_iter().enumerate() {
                let values = [0, 1].map(|part: usize| looks[part].iter().map(move |look| look[at]));
                let [first, second] = values.map(Mean::of);
                differences.extend(means(format!("the {name} of images"), [first, second], &parts));
            }
        }
    }
    let said = sentence(&differences, [one, other]);
    Ok(said.map(|said| Note { said, change_with: None }))
}

/// The examples of one split.
struct Part {
    examples: Vec<usize>,
    /// How many independent examples each of them is worth, in (0, 1].
    worth: f64,
}

impl Part {
    fn of(dataset: &Dataset, examples: Vec<usize>) -> Part {
        let units = match (&dataset.groups, &dataset.times) {
            (Some(groups), _) => {
                examples.iter().map(|&example| groups.of[example]).collect::<HashSet<_>>().len()
            }
            (None, Some(times)) => {
                time_blocks(&times.of, &examples).into_iter().max().map_or(0, |last| last + 1)
            }
            (None, None) => examples.len(),
        };
        let worth = units as f64 / examples.len().max(1) as f64;
        Part { examples, worth }
    }
}

/// A mean or share of the two splits.
struct Difference {
    /// What it is of, such as `column `age``.
    what: String,
    /// Its figures, where they say more than standard deviations.
    shares: Option<[f64; 2]>,
    /// The second less the first, in standard deviations.
    standardised: f64,
    z: f64,
}

/// Mean and variance of some numbers.
#[derive(Clone, Copy)]
struct Mean {
    n: f64,
    mean: f64,
    variance: f64,
}

impl Mean {
    fn of(values: impl Iterator<Item = f64>) -> Mean {
        // Welford's running sums lose nothing where numbers are large and near each other.
        let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for value in values {
            n += 1.0;
            let before = value - mean;
            mean += before / n;
            squares += before * (value - mean);
        }
        Mean { n, mean, variance: if n > 1.0 { squares / (n - 1.0) } else { 0.0 } }
    }
}

fn labels(dataset: &Dataset, parts: &[Part; 2]) -> Vec<Difference> {
    match &dataset.labels {
        Labels::Classes { names, of } => {
            shares(names, parts, |example| Some(of[example] as usize), "class")
        }
        Labels::Numbers(numbers) => {
            let of = |part: &Part| Mean::of(part.examples.iter().map(|&example| numbers[example]));
            let [one, other] = parts;
            let what = format!("the label `{}`", dataset.label_name);
            means(what, [of(one), of(other)], parts).into_iter().collect()
        }
    }
}

fn column(column: &Column, parts: &[Part; 2]) -> Vec<Difference> {
    let what = || format!("column `{}`", column.name);
    let of = |value: &dyn Fn(usize) -> f64| {
        let mean = |part: &Part| {
            let values = part.examples.iter().map(|&example| value(example));
            Mean::of(values.filter(|value| !value.is_nan()))
        };
        let [one, other] = parts;
        let blank = ["blank".to_owned(), "filled".to_owned()];
        let blanks = |example: usize| Some(usize::from(!value(example).is_nan()));
        let kind = format!("column `{}`,", column.name);
        let mut differences = shares(&blank, parts, blanks, &kind);
        differences.extend(means(what(), [mean(one), mean(other)], parts));
        differences
    };
    match &column.values {
        ColumnValues::Number(values) | ColumnValues::Date(values) => of(&|at| values[at]),
        ColumnValues::Boolean { of: values, .. } => {
            of(&|at| values[at].map_or(f64::NAN, |value| f64::from(u8::from(value))))
        }
        ColumnValues::Category { names, of } => {
            let code = |at: usize| (of[at] != MISSING).then(|| of[at] as usize);
            shares(names, parts, code, &format!("column `{}`, category", column.name))
        }
        ColumnValues::Text { .. } => Vec::new(),
    }
}

fn means(what: String, [one, other]: [Mean; 2], parts: &[Part; 2]) -> Option<Difference> {
    let [n, m] = [one.n * parts[0].worth, other.n * parts[1].worth];
    let spread = ((one.variance + other.variance) / 2.0).sqrt();
    let by = other.mean - one.mean;
    if n.min(m) < FEWEST_NUMBERS || (spread == 0.0 && by == 0.0) {
        return None;
    }
    // Of two numbers that never vary, the difference is certain, and infinite in deviations.
    let z = by / (one.variance / n + other.variance / m).sqrt();
    Some(Difference { what, shares: None, standardised: by / spread, z })
}

/// The share of each value, told by its number, among the examples that have any.
fn shares(
    names: &[String],
    parts: &[Part; 2],
    value: impl Fn(usize) -> Option<usize>,
    kind: &str,
) -> Vec<Difference> {
    let counts = [0, 1].map(|part: usize| {
        let mut counts = vec![0_usize; names.len()];
        for at in parts[part].examples.iter().filter_map(|&example| value(example)) {
            counts[at] += 1;
        }
        counts
    });
    let totals = [0, 1].map(|part: usize| counts[part].iter().sum::<usize>() as f64);
    let worth = [0, 1].map(|part: usize| totals[part] * parts[part].worth);
    // Of two values, the second says what the first does.
    let told = if names.len() == 2 { 1 } else { names.len() };
    let of_value = |(at, name): (usize, &String)| {
        let [p, q] = [0, 1].map(|part: usize| counts[part][at] as f64 / totals[part].max(1.0));
        let pooled = (p * worth[0] + q * worth[1]) / (worth[0] + worth[1]);
        let rarer = pooled.min(1.0 - pooled) * worth[0].min(worth[1]);
        // Not a number where a split has no value at all.
        if rarer.is_nan() || rarer < FEWEST {
            return None;
        }
        let spread = ((p * (1.0 - p) + q * (1.0 - q)) / 2.0).sqrt();
        let noise = (pooled * (1.0 - pooled) * (1.0 / worth[0] + 1.0 / worth[1])).sqrt();
        Some(Difference {
            what: format!("{kind} `{name}`"),
            shares: Some([p, q]),
            standardised: (q - p) / spread,
            z: (q - p) / noise,
        })
    };
    names.iter().enumerate().take(told).filter_map(of_value).collect()
}

/// Mean and standard deviation of an image's values.
fn brightness_and_contrast(pixels: &[u16]) -> [f64; 2] {
    let Mean { mean, variance, .. } = Mean::of(pixels.iter().map(|&value| f64::from(value)));
    [mean, variance.sqrt()]
}

fn sentence(differences: &[Difference], [one, other]: [Split; 2]) -> Option<String> {
    let compared = differences.len();
    if compared == 0 {
        return None;
    }
    let normal = Normal::new(0.0, 1.0).ok()?;
    let limit = normal.inverse_cdf(1.0 - LEVEL / 2.0 / compared as f64);
    let beyond: Vec<&Difference> =
        differences.iter().filter(|difference| difference.z.abs() > limit).collect();
    let largest =
        beyond.iter().max_by(|a, b| a.standardised.abs().total_cmp(&b.standardised.abs()));
    let all = format!("{} means and shares of inputs and labels", thousands(compared));
    let Some(largest) = largest else {
        return Some(format!("{other} does not differ from {one} beyond noise in any of {all}"));
    };
    let how = match largest.shares {
        Some([p, q]) => {
            let percent = |share: f64| format!("{:.1} %", 100.0 * share);
            format!("{} of {one}, {} of {other}", percent(p), percent(q))
        }
        None if largest.standardised.is_infinite() => {
            "one value in each, and not the same".to_owned()
        }
        None => {
            let way = if largest.standardised > 0.0 { "higher" } else { "lower" };
            format!("{:.2} standard deviations {way} in {other}", largest.standardised.abs())
        }
    };
    Some(format!(
        "{other} differs from {one} beyond noise in {} of {all}, most in {} ({how})",
        thousands(beyond.len()),
        largest.what
    ))
}
