//! a is to b as c is to what?

use serde::{Deserialize, Serialize};

use super::{Near, best};
use crate::{WordsError, vectors::Vectors};

/// How the fourth word of an analogy is found. The vectors have length 1 before anything is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnalogyRule {
    /// 3CosAdd: the largest cos(d, b) − cos(d, a) + cos(d, c).
    ///
    /// **Source.** Mikolov, Yih & Zweig, "Linguistic regularities in continuous space word
    /// representations" (2013); the notes' man − woman ≈ king − queen.
    #[default]
    Add,
    /// 3CosMul: the largest cos(d, b) · cos(d, c) / (cos(d, a) + 0.001), each cosine moved to 0 … 1 by
    /// (1 + cos) / 2.
    ///
    /// **Source.** Levy & Goldberg, "Linguistic regularities in sparse and explicit word
    /// representations" (2014).
    Multiply,
}

/// What keeps a quotient finite.
const EPSILON: f32 = 0.001;

/// The `count` words d for which a is to b as c is to d, best first; a, b and c are no answers.
///
/// # Errors
///
/// A word has no vector, or a vector is not finite.
pub fn analogy(
    vectors: &Vectors,
    [a, b, c]: [&str; 3],
    rule: AnalogyRule,
    count: usize,
) -> Result<Vec<Near>, WordsError> {
    let given = [vectors.number(a)?, vectors.number(b)?, vectors.number(c)?];
    let cosines = |number| vectors.cosines(&vectors.vector(number)?);
    let [a, b, c] = [cosines(given[0])?, cosines(given[1])?, cosines(given[2])?];
    let scores: Vec<f32> = (0..vectors.len()).map(|at| rule.score([a[at], b[at], c[at]])).collect();
    let given: Vec<usize> = given.into_iter().flat_map(|number| vectors.alike(number)).collect();
    Ok(best(vectors, &scores, &given, count))
}

impl AnalogyRule {
    /// The score of a word by its cosines with a, b and c.
    pub(super) fn score(self, [a, b, c]: [f32; 3]) -> f32 {
        match self {
            AnalogyRule::Add => b - a + c,
            AnalogyRule::Multiply => {
                let [a, b, c] = [a, b, c].map(|cosine| f32::midpoint(1.0, cosine));
                b * c / (a + EPSILON)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_rules_by_hand() {
        let cosines = [0.2, 0.6, 0.5];
        // 0.6 − 0.2 + 0.5; and 0.8 · 0.75 / (0.6 + 0.001).
        assert!((AnalogyRule::Add.score(cosines) - 0.9).abs() < 1e-6);
        assert!((AnalogyRule::Multiply.score(cosines) - 0.998_336).abs() < 1e-5);
    }
}
