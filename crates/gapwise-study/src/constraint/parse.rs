//! From what a person types to a constraint, and back.

use std::{fmt, str::FromStr};

use gapwise_data::wording::written;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use super::{Constraint, Quantity, Unit};
use crate::predictions::Target;

/// Why a text is no constraint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConstraintError {
    /// There is no `<=` or `>=` in it.
    #[error("constraint `{0}`: expected QUANTITY <= BOUND or QUANTITY >= BOUND")]
    NoRelation(String),
    /// What is bounded is unknown.
    #[error("constraint `{text}`: there is no quantity `{found}`")]
    Quantity {
        /// What was typed.
        text: String,
        /// Its quantity.
        found: String,
    },
    /// The wrong side is bounded.
    #[error(
        "constraint `{text}`: `{quantity}` is better the {better}: expected `{expected}`, found `{found}`"
    )]
    Relation {
        /// What was typed.
        text: String,
        /// Its quantity.
        quantity: Quantity,
        /// `lower` or `higher`.
        better: &'static str,
        /// The relation that it can have.
        expected: &'static str,
        /// The one it has.
        found: &'static str,
    },
    /// There is no number behind the relation.
    #[error("constraint `{text}`: expected a number, found `{found}`")]
    Number {
        /// What was typed.
        text: String,
        /// What stands where the number should.
        found: String,
    },
    /// The number is in no unit of the quantity.
    #[error("constraint `{text}`: expected {expected}, found {}", named(found))]
    Unit {
        /// What was typed.
        text: String,
        /// The units there are.
        expected: String,
        /// What stands behind the number.
        found: String,
    },
    /// A bound that no figure can have.
    #[error("constraint `{text}`: expected {expected}, found `{found}`")]
    Bound {
        /// What was typed.
        text: String,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A metric that cannot judge these answers.
    #[error("constraint `{text}`: `{quantity}` cannot judge {answers}")]
    DoesNotFit {
        /// What was typed.
        text: String,
        /// Its quantity.
        quantity: Quantity,
        /// What the labels are.
        answers: String,
    },
}

const A_SHARE: &str = "a share from 0 to 1, or from 0 to 100 %";

impl ConstraintError {
    /// What to do.
    pub fn hint(&self) -> String {
        match self {
            ConstraintError::NoRelation(_) => "such as `latency-p95 <= 20 ms`".into(),
            ConstraintError::Quantity { .. } | ConstraintError::DoesNotFit { .. } => {
                let all: Vec<String> =
                    Quantity::all().iter().map(|quantity| format!("`{quantity}`")).collect();
                format!("there are {}", all.join(", "))
            }
            ConstraintError::Relation { .. } => {
                "a bound is what a network just has to meet, from the better side".into()
            }
            ConstraintError::Number { .. } | ConstraintError::Unit { .. } => {
                "such as `latency-p95 <= 20 ms`, `model-size <= 5 MB` or `accuracy >= 90 %`".into()
            }
            ConstraintError::Bound { expected, .. } if *expected == A_SHARE => {
                "0.9 and 90 % are the same share".into()
            }
            ConstraintError::Bound { .. } => "a bound outside of that holds always or never".into(),
        }
    }
}

impl Constraint {
    /// The bound in the quantity's base unit.
    pub fn bound(&self) -> f64 {
        self.number * self.unit.factor
    }

    /// The relation: `<=`, or `>=` for what is better the higher.
    pub fn relation(&self) -> &'static str {
        relation_of(self.quantity)
    }

    /// Whether its metric, where it is one, can judge answers of this kind.
    ///
    /// # Errors
    ///
    /// [`ConstraintError::DoesNotFit`].
    pub fn check(&self, target: &Target) -> Result<(), ConstraintError> {
        match self.quantity {
            Quantity::Metric { kind, .. } if !kind.fits(target) => {
                Err(ConstraintError::DoesNotFit {
                    text: self.to_string(),
                    quantity: self.quantity,
                    answers: target.kind().answers_said(),
                })
            }
            _ => Ok(()),
        }
    }
}

fn relation_of(quantity: Quantity) -> &'static str {
    if quantity.is_score() { ">=" } else { "<=" }
}

impl FromStr for Constraint {
    type Err = ConstraintError;

    fn from_str(typed: &str) -> Result<Self, ConstraintError> {
        let text = || typed.trim().to_owned();
        let (quantity, relation, bound) = [("<=", "<="), (">=", ">="), ("≤", "<="), ("≥", ">=")]
            .into_iter()
            .find_map(|(sign, relation)| {
                let (quantity, bound) = typed.split_once(sign)?;
                Some((quantity.trim(), relation, bound.trim()))
            })
            .ok_or_else(|| ConstraintError::NoRelation(text()))?;
        let quantity: Quantity = quantity
            .parse()
            .map_err(|()| ConstraintError::Quantity { text: text(), found: quantity.to_owned() })?;
        let expected = relation_of(quantity);
        if relation != expected {
            let better = if quantity.is_score() { "higher" } else { "lower" };
            let (text, found) = (text(), relation);
            return Err(ConstraintError::Relation { text, quantity, better, expected, found });
        }
        let (number, word) = number_and_unit(bound)
            .ok_or_else(|| ConstraintError::Number { text: text(), found: bound.to_owned() })?;
        let unit = quantity.units().iter().find(|unit| unit.word == word);
        let unit = *unit.ok_or_else(|| ConstraintError::Unit {
            text: text(),
            expected: units(quantity.units()),
            found: word.to_owned(),
        })?;
        let constraint = Constraint { quantity, number, unit };
        let expected = match quantity.is_share() {
            true => A_SHARE,
            false => "a finite number from 0 up",
        };
        let most = if quantity.is_share() { 1.0 } else { f64::MAX };
        if !(0.0..=most).contains(&constraint.bound()) {
            return Err(ConstraintError::Bound { text: text(), expected, found: bound.to_owned() });
        }
        Ok(constraint)
    }
}

/// The longest beginning that is a number, and the rest.
fn number_and_unit(bound: &str) -> Option<(f64, &str)> {
    let ends = bound.char_indices().map(|(at, _)| at).chain([bound.len()]);
    ends.rev().find_map(|end| {
        let (number, rest) = bound.split_at(end);
        Some((number.trim_end().parse().ok()?, rest.trim_start()))
    })
}

fn units(units: &[Unit]) -> String {
    let words: Vec<String> =
        units.iter().filter(|unit| unit.word != "us").map(|unit| named(unit.word)).collect();
    match words.as_slice() {
        [only] => only.clone(),
        _ => format!("one of the units {}", words.join(", ")),
    }
}

fn named(unit: &str) -> String {
    if unit.is_empty() { "no unit".into() } else { format!("`{unit}`") }
}

/// As it is typed: `latency-p95 <= 20 ms`.
impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.quantity, self.relation(), written(self.number))?;
        if self.unit.word.is_empty() { Ok(()) } else { write!(f, " {}", self.unit.word) }
    }
}

impl Serialize for Constraint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Constraint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_reads_back_as_it_was_typed() {
        for (typed, bound) in [
            ("latency-p95 <= 20 ms", 0.02),
            ("latency-p50 <= 150 µs", 1.5e-4),
            ("model-size <= 5 MB", 5e6),
            ("peak-memory <= 1.5 GiB", 1_610_612_736.0),
            ("multiply-adds <= 3 M", 3e6),
            ("accuracy >= 90 %", 0.9),
            ("error-rate <= 0.02", 0.02),
            ("rmse <= 50000", 50_000.0),
        ] {
            let constraint: Constraint = typed.parse().unwrap();
            assert!((constraint.bound() - bound).abs() <= 1e-12 * bound, "{typed}");
            assert_eq!(constraint.to_string(), typed);
            assert_eq!(constraint.to_string().parse(), Ok(constraint));
        }
        let loose = " latency-p95≤2e1ms".parse::<Constraint>().unwrap();
        assert_eq!(loose.to_string(), "latency-p95 <= 20 ms");
    }

    #[test]
    fn every_quantity_reads_back_from_its_word() {
        for quantity in Quantity::all() {
            assert_eq!(quantity.to_string().parse(), Ok(quantity));
        }
    }

    #[test]
    fn what_is_no_constraint_is_refused_with_what_there_is() {
        let told: Vec<String> = [
            "fast",
            "speed <= 3 s",
            "latency-p95 >= 3 s",
            "accuracy <= 0.9",
            "latency-p95 <= soon",
            "latency-p95 <= 20",
            "model-size <= 5 ms",
            "rmse <= 3 %",
            "accuracy >= 90",
            "model-size <= -1 B",
            "latency-p95 <= inf s",
        ]
        .map(|text| {
            let error = text.parse::<Constraint>().unwrap_err();
            // The metrics that there are stand at the end.
            let hint = error.hint();
            let hint = hint.split_once(", `accuracy`").map_or(&*hint, |(machine, _)| machine);
            format!("{error}\n  hint: {hint}")
        })
        .to_vec();
        insta::assert_snapshot!(told.join("\n"), @"
        constraint `fast`: expected QUANTITY <= BOUND or QUANTITY >= BOUND
          hint: such as `latency-p95 <= 20 ms`
        constraint `speed <= 3 s`: there is no quantity `speed`
          hint: there are `latency-p50`, `latency-p95`, `model-size`, `multiply-adds`, `peak-memory`
        constraint `latency-p95 >= 3 s`: `latency-p95` is better the lower: expected `<=`, found `>=`
          hint: a bound is what a network just has to meet, from the better side
        constraint `accuracy <= 0.9`: `accuracy` is better the higher: expected `>=`, found `<=`
          hint: a bound is what a network just has to meet, from the better side
        constraint `latency-p95 <= soon`: expected a number, found `soon`
          hint: such as `latency-p95 <= 20 ms`, `model-size <= 5 MB` or `accuracy >= 90 %`
        constraint `latency-p95 <= 20`: expected one of the units `s`, `ms`, `µs`, found no unit
          hint: such as `latency-p95 <= 20 ms`, `model-size <= 5 MB` or `accuracy >= 90 %`
        constraint `model-size <= 5 ms`: expected one of the units `B`, `kB`, `MB`, `GB`, `KiB`, `MiB`, `GiB`, found `ms`
          hint: such as `latency-p95 <= 20 ms`, `model-size <= 5 MB` or `accuracy >= 90 %`
        constraint `rmse <= 3 %`: expected no unit, found `%`
          hint: such as `latency-p95 <= 20 ms`, `model-size <= 5 MB` or `accuracy >= 90 %`
        constraint `accuracy >= 90`: expected a share from 0 to 1, or from 0 to 100 %, found `90`
          hint: 0.9 and 90 % are the same share
        constraint `model-size <= -1 B`: expected a finite number from 0 up, found `-1 B`
          hint: a bound outside of that holds always or never
        constraint `latency-p95 <= inf s`: expected a finite number from 0 up, found `inf s`
          hint: a bound outside of that holds always or never
        ");
    }
}
