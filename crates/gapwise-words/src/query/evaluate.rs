//! Known similarities and analogies.

use std::{fs, io, path::Path};

use gapwise_study::interval::{CONFIDENCE, Interval, wilson};
use rayon::prelude::*;
use serde::Serialize;

use super::{AnalogyRule, Correlation, cosine, spearman};
use crate::{
    WordsError,
    error::{At, Place},
    train::Matrix,
    vectors::Vectors,
};

/// How vectors do on a file of known answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Evaluation {
    /// Pairs with how similar people find them.
    Similarity {
        /// Pairs whose words both have vectors.
        pairs: usize,
        /// Pairs that were left out.
        left_out: usize,
        /// Between people's numbers and cosines.
        correlation: Correlation,
    },
    /// Questions such as "Athens is to Greece as Oslo is to what".
    Analogies {
        /// Sections with at least one question that could be asked.
        sections: Vec<Section>,
        /// All of them together.
        all: Section,
        /// Questions that were left out, since a word has no vector.
        left_out: usize,
    },
}

/// Answers to a section of questions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Questions that were asked.
    pub questions: usize,
    /// Those whose first answer is right.
    pub right: usize,
    /// Of the share of right answers, 95 %.
    pub interval: Interval,
}

impl Section {
    fn new(name: &str, questions: usize, right: usize) -> Self {
        let interval = wilson(right, questions, CONFIDENCE);
        Section { name: name.to_owned(), questions, right, interval }
    }
}

/// Scores vectors on a file: of analogies, whose sections begin with a line `: NAME` and which have four
/// words a line, or of pairs, with two words and a number a line. Words are taken as they are, else in
/// lower case; lines with a word that has no vector are left out and counted. Lines with `#` are none.
///
/// # Errors
///
/// The file cannot be read, a line is none of these, or no line can be asked.
pub fn evaluate(
    vectors: &Vectors,
    path: &Path,
    rule: AnalogyRule,
) -> Result<Evaluation, WordsError> {
    let text = fs::read_to_string(path).map_err(|source| match source.kind() {
        io::ErrorKind::InvalidData => WordsError::Question {
            place: Place { path: path.to_owned(), at: At::Whole },
            expected: "text",
            found: "bytes that are no UTF-8".into(),
        },
        _ => WordsError::Io { path: path.to_owned(), source },
    })?;
    let lines = text.lines().enumerate().map(|(at, line)| (at as u64 + 1, line.trim()));
    let lines: Vec<_> =
        lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).collect();
    if lines.is_empty() {
        return Err(WordsError::Question {
            place: Place { path: path.to_owned(), at: At::Whole },
            expected: "analogies or pairs",
            found: "no line".into(),
        });
    }
    let analogies = lines.first().is_some_and(|(_, line)| line.starts_with(':'));
    let found = if analogies {
        questions(vectors, (path, &lines), rule)?
    } else {
        pairs(vectors, (path, &lines))?
    };
    let (asked, left_out) = match &found {
        Evaluation::Similarity { pairs, left_out, .. } => (*pairs, *left_out),
        Evaluation::Analogies { all, left_out, .. } => (all.questions, *left_out),
    };
    if asked == 0 {
        return Err(WordsError::NothingToEvaluate { path: path.to_owned(), lines: left_out });
    }
    Ok(found)
}

type Lines<'a> = (&'a Path, &'a [(u64, &'a str)]);

/// Characters of a line that is quoted.
const QUOTED: usize = 60;

fn malformed(path: &Path, line: u64, expected: &'static str, found: &str) -> WordsError {
    let end = found.char_indices().nth(QUOTED).map(|(end, _)| end);
    WordsError::Question {
        place: Place { path: path.to_owned(), at: At::Line(line) },
        expected,
        found: end.map_or(format!("`{found}`"), |end| format!("`{}…`", &found[..end])),
    }
}

fn number(vectors: &Vectors, word: &str) -> Option<usize> {
    vectors.look_up(word).or_else(|| vectors.look_up(&word.to_lowercase()))
}

fn pairs(vectors: &Vectors, (path, lines): Lines<'_>) -> Result<Evaluation, WordsError> {
    let (mut people, mut cosines, mut left_out) = (Vec::new(), Vec::new(), 0);
    for &(at, line) in lines {
        let expected = "two words and a number";
        let fields: Vec<&str> = line.split(['\t', ' ', ',']).filter(|f| !f.is_empty()).collect();
        let &[one, other, score] = fields.as_slice() else {
            return Err(malformed(path, at, expected, line));
        };
        let score = score.parse::<f64>().ok().filter(|score| score.is_finite());
        let score = score.ok_or_else(|| malformed(path, at, expected, line))?;
        let (Some(one), Some(other)) = (number(vectors, one), number(vectors, other)) else {
            left_out += 1;
            continue;
        };
        people.push(score);
        cosines.push(cosine(&vectors.vector(one)?, &vectors.vector(other)?));
    }
    let correlation = spearman(&people, &cosines);
    Ok(Evaluation::Similarity { pairs: people.len(), left_out, correlation })
}

fn questions(
    vectors: &Vectors,
    (path, lines): Lines<'_>,
    rule: AnalogyRule,
) -> Result<Evaluation, WordsError> {
    let (mut names, mut asked, mut left_out) = (Vec::new(), Vec::new(), 0);
    for &(at, line) in lines {
        if let Some(name) = line.strip_prefix(':') {
            names.push(name.trim());
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[a, b, c, d] = words.as_slice() else {
            return Err(malformed(path, at, "four words, or `: NAME` of a section", line));
        };
        let numbers = [a, b, c, d].map(|word| number(vectors, word));
        match numbers {
            [Some(a), Some(b), Some(c), Some(d)] => asked.push((names.len() - 1, [a, b, c, d])),
            _ => left_out += 1,
        }
    }
    let directions = vectors.directions()?;
    let firsts: Vec<bool> = (0..vectors.len()).map(|number| vectors.is_first(number)).collect();
    let of = (&directions, firsts.as_slice());
    let right: Vec<bool> = asked
        .par_iter()
        .map(|(_, [a, b, c, d])| answer(of, [*a, *b, *c], rule) == Some(*d))
        .collect();
    let mut counts = vec![[0; 2]; names.len()];
    for ((section, _), right) in asked.iter().zip(&right) {
        counts[*section][0] += 1;
        counts[*section][1] += usize::from(*right);
    }
    let sections = names.iter().zip(&counts).filter(|(_, [questions, _])| *questions > 0);
    let sections: Vec<Section> =
        sections.map(|(name, [asked, right])| Section::new(name, *asked, *right)).collect();
    let all = Section::new("all", right.len(), right.iter().filter(|right| **right).count());
    Ok(Evaluation::Analogies { sections, all, left_out })
}

/// The best answer; the three words that are given are none, nor is what is not its word's first vector.
fn answer(
    (directions, firsts): (&Matrix, &[bool]),
    given: [usize; 3],
    rule: AnalogyRule,
) -> Option<usize> {
    let rows = given.map(|number| directions.padded(number));
    let query: Vec<f32> =
        (0..rows[0].len()).map(|at| rows[1][at] - rows[0][at] + rows[2][at]).collect();
    crate::instructions::vectorised(
        #[inline(always)]
        || {
            let mut best: Option<(f32, usize)> = None;
            for (at, first) in firsts.iter().enumerate() {
                let row = directions.padded(at);
                let score = match rule {
                    // The cosines' sum is one product.
                    AnalogyRule::Add => dot(row, &query),
                    AnalogyRule::Multiply => rule.score(rows.map(|of| dot(row, of))),
                };
                if best.is_none_or(|(most, _)| score > most) && *first && !given.contains(&at) {
                    best = Some((score, at));
                }
            }
            best.map(|(_, at)| at)
        },
    )
}

/// Of rows that are padded to sixteen numbers.
#[inline(always)]
fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    for (one, other) in one.as_chunks::<16>().0.iter().zip(other.as_chunks::<16>().0) {
        for at in 0..16 {
            sums[at] += one[at] * other[at];
        }
    }
    sums.iter().sum()
}
