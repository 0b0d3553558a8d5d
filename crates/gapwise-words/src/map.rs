//! Words on a plane: a map to look around in.

mod page;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{WordsError, vectors::Vectors};

pub use page::write_page;

/// How vectors come to a plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Projection {
    /// Along the two directions in which they differ most.
    Pca,
    /// So that near words stay near: van der Maaten & Hinton, "Visualizing data using t-SNE" (2008), by
    /// the Barnes–Hut approximation with 1,000 rounds and a perplexity of 30, or a third of fewer words.
    #[default]
    TSne,
}

/// A word and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spot {
    /// The word.
    pub word: String,
    /// To the right, in the projection's unit.
    pub x: f32,
    /// Up.
    pub y: f32,
}

/// The first `count` words, which are the most frequent, on a plane, by their directions.
///
/// # Errors
///
/// There are fewer than four words to place, a number of a vector is not finite, or too many vectors are
/// alike for t-SNE.
pub fn place(
    vectors: &Vectors,
    count: usize,
    projection: Projection,
) -> Result<Vec<Spot>, WordsError> {
    let count = count.min(vectors.len());
    if count < 4 {
        let (setting, expected) = ("--words", "at least 4, and as many in the file");
        return Err(WordsError::Setting { setting, expected, found: format!("`{count}`") });
    }
    let directions =
        (0..count).map(|at| vectors.direction(at)).collect::<Result<Vec<_>, WordsError>>()?;
    let rows: Vec<&[f32]> = directions.iter().map(Vec::as_slice).collect();
    let no_places = || WordsError::NoPlaces { path: vectors.path().to_owned() };
    let plane = match projection {
        Projection::Pca => principal(&rows),
        Projection::TSne if rows.iter().all(|row| *row == rows[0]) => return Err(no_places()),
        Projection::TSne => stochastic(&rows),
    };
    // Where all neighbours of a word are as near as can be, none of their shares is a number.
    if plane.iter().flatten().any(|x| !x.is_finite()) {
        return Err(no_places());
    }
    let spot = |(at, [x, y]): (usize, [f32; 2])| Spot { word: vectors.word(at).to_owned(), x, y };
    Ok(plane.into_iter().enumerate().map(spot).collect())
}

/// Rounds of the power method: the map is to look at, and so need not be exact.
const ROUNDS: usize = 100;

/// The first two principal components, by the power method on the rows less their mean.
fn principal(rows: &[&[f32]]) -> Vec<[f32; 2]> {
    let dimensions = rows[0].len();
    let mut mean = vec![0.0_f32; dimensions];
    for row in rows {
        mean.iter_mut().zip(*row).for_each(|(mean, x)| *mean += x / rows.len() as f32);
    }
    let centred: Vec<Vec<f32>> =
        rows.iter().map(|row| row.iter().zip(&mean).map(|(x, m)| x - m).collect()).collect();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut axes: Vec<Vec<f32>> = Vec::new();
    for _ in 0..2 {
        let mut axis: Vec<f32> = (0..dimensions).map(|_| random.random::<f32>() - 0.5).collect();
        for _ in 0..ROUNDS {
            let mut next = vec![0.0; dimensions];
            for row in &centred {
                let along = product(row, &axis);
                next.iter_mut().zip(row).for_each(|(next, x)| *next += along * x);
            }
            for before in &axes {
                let along = product(&next, before);
                next.iter_mut().zip(before).for_each(|(next, x)| *next -= along * x);
            }
            let length = product(&next, &next).sqrt();
            if length > 0.0 {
                axis = next.into_iter().map(|x| x / length).collect();
            }
        }
        axes.push(axis);
    }
    centred.iter().map(|row| [product(row, &axes[0]), product(row, &axes[1])]).collect()
}

fn product(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// How coarsely the Barnes–Hut approximation groups far points: the paper's.
const THETA: f32 = 0.5;

fn stochastic(rows: &[&[f32]]) -> Vec<[f32; 2]> {
    // Begun from the principal components, so that the same vectors give about the same map.
    let start = principal(rows);
    let most = start.iter().flatten().fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
    let start: Vec<f32> = start.iter().flatten().map(|x| x / most * 1e-2).collect();
    // A point has to have three times as many neighbours as the perplexity says.
    let perplexity = 30.0_f32.min((rows.len() as f32 - 1.0) / 3.0 - 1e-3).max(0.5);
    let distance = |one: &&[f32], other: &&[f32]| -> f32 {
        one.iter().zip(*other).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
    };
    let mut fitted = bhtsne::tSNE::<f32, &[f32], 2>::new(rows);
    fitted.perplexity(perplexity).epochs(1_000).initial_embedding(start);
    let found = fitted.barnes_hut(THETA, distance).embedding();
    found.as_chunks().0.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principal_components_find_the_long_axis() {
        // Along (3, 4)/5 from −2 to 2, and a tenth of that across.
        let points: Vec<[f32; 2]> = (-2..=2)
            .map(|at| {
                let (long, short) = (at as f32, if at % 2 == 0 { 0.1 } else { -0.15 });
                [0.6 * long - 0.8 * short, 0.8 * long + 0.6 * short]
            })
            .collect();
        let rows: Vec<&[f32]> = points.iter().map(<[f32; 2]>::as_slice).collect();
        let found = principal(&rows);
        let sign = found[4][0].signum();
        for (at, [x, _]) in found.into_iter().enumerate() {
            assert!((x * sign - (at as f32 - 2.0)).abs() < 0.01, "{at} {x}");
        }
    }

    #[test]
    fn near_words_stay_near_by_t_sne() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let points: Vec<[f32; 8]> = (0..60_usize)
            .map(|at| {
                let mut point = [0.0_f32; 8];
                point.fill_with(|| random.random::<f32>() * 0.1);
                point[at % 2] += 1.0;
                point
            })
            .collect();
        let rows: Vec<&[f32]> = points.iter().map(<[f32; 8]>::as_slice).collect();
        let found = stochastic(&rows);
        let far = |a: usize, b: usize| (found[a][0] - found[b][0]).hypot(found[a][1] - found[b][1]);
        // Each word's nearest is one of its own half.
        for at in 0..60 {
            let others = (0..60).filter(|&other| other != at);
            let nearest = others.min_by(|&a, &b| far(at, a).total_cmp(&far(at, b))).unwrap();
            assert_eq!(nearest % 2, at % 2);
        }
    }
}
