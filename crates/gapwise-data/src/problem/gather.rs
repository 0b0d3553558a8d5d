//! Gathering problems without drowning in them.

use super::{DataError, Place, Problem};

/// Problems that are held in full. A damaged file of a million lines has a million problems, and
/// nobody reads more than a few of them.
const HELD: usize = 10_000;

/// Problems as they are found: all of them counted, the first ten thousand held.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    held: Vec<Problem>,
    unheld: usize,
    gravest_unheld: Option<super::Severity>,
}

impl Gathered {
    pub(crate) fn new() -> Self {
        Gathered::default()
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        if self.held.len() < HELD {
            self.held.push(problem);
        } else {
            let severity = problem.severity();
            self.unheld += 1;
            self.gravest_unheld =
                Some(self.gravest_unheld.map_or(severity, |gravest| gravest.min(severity)));
        }
    }

    pub(crate) fn extend(&mut self, other: Gathered) {
        for problem in other.held {
            self.push(problem);
        }
        self.unheld += other.unheld;
        self.gravest_unheld = match (self.gravest_unheld, other.gravest_unheld) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
    }

    /// What was read; `None` where problems kept it from being read, which join the others.
    pub(crate) fn sift<T>(&mut self, read: Result<T, DataError>) -> Result<Option<T>, DataError> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(DataError::Problems(problems)) => {
                for problem in problems {
                    self.push(problem);
                }
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The gravest severity of all, those not held among them.
    pub(crate) fn gravest(&self) -> Option<super::Severity> {
        let held = self.held.iter().map(Problem::severity);
        held.chain(self.gravest_unheld).min()
    }

    /// Whether there are bad examples, and all of them stand on one line.
    pub(crate) fn all_bad_are_on(&self, line: &Place) -> bool {
        let bad = |problem: &&Problem| problem.severity() == super::Severity::BadExample;
        let on_line = |problem: &Problem| {
            problem.place().path == line.path && problem.place().row == line.row
        };
        let mut bad = self.held.iter().filter(bad).peekable();
        bad.peek().is_some() && bad.all(on_line) && self.unheld == 0
    }

    /// Puts one problem in the place of all bad examples.
    pub(crate) fn replace_bad(&mut self, problem: Problem) {
        self.held.retain(|problem| problem.severity() != super::Severity::BadExample);
        self.held.push(problem);
    }

    /// Every problem, in the order of `Severity`, causes before what follows from them, then of path, line and column; and how many
    /// there were beyond those held. `source` is the place that the count is put to.
    pub(crate) fn into_problems(self, source: Place) -> Vec<Problem> {
        let mut problems = self.held;
        if problems.iter().any(|problem| matches!(problem, Problem::NoInputs { .. })) {
            // Why columns are no inputs is why there is none.
            problems = problems.into_iter().map(Problem::into_cause).collect();
        }
        let key = |problem: &Problem| (problem.severity(), problem.follows());
        problems.sort_by(|a, b| (key(a), a.place()).cmp(&(key(b), b.place())));
        if let Some(gravest) = self.gravest_unheld {
            problems.push(Problem::Unlisted { place: source, more: self.unheld, gravest });
        }
        problems
    }
}

impl Problem {
    /// Whether it often follows from another, which is then to be read first.
    fn follows(&self) -> bool {
        matches!(
            self,
            Problem::NoInputs { .. }
                | Problem::LabelMostlyUnique { .. }
                | Problem::OneClassOnly { .. }
                | Problem::ClassWithOneExample { .. }
                | Problem::NoExamples { .. }
                | Problem::NoneUsable { .. }
        )
    }

    /// A doubt about an input column as the reason for an error.
    fn into_cause(self) -> Problem {
        match self {
            Problem::MixedNumbers { .. }
            | Problem::MostlyNumbers { .. }
            | Problem::AmbiguousDates { .. }
            | Problem::ConstantColumn { .. }
            | Problem::EmptyColumn { .. } => Problem::Cause(Box::new(self)),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Severity;

    fn missing(line: u64) -> Problem {
        Problem::LabelMissing { place: Place::line("a.csv", line), found: None }
    }

    #[test]
    fn problems_come_gravest_first_and_then_by_line() {
        let mut gathered = Gathered::new();
        gathered.push(Problem::EmptyColumn { place: Place::path("a.csv").column("x") });
        gathered.push(missing(9));
        gathered.push(Problem::NoExamples { place: Place::path("a.csv") });
        gathered.push(missing(3));
        let lines: Vec<_> = gathered
            .into_problems(Place::path("a.csv"))
            .iter()
            .map(|problem| problem.place().row)
            .collect();
        assert_eq!(lines, [None, Some(3), Some(9), None]);
    }

    #[test]
    fn beyond_ten_thousand_problems_are_counted_with_their_gravest_severity() {
        let mut gathered = Gathered::new();
        for line in 0..10_003 {
            gathered.push(missing(line));
        }
        let problems = gathered.into_problems(Place::path("a.csv"));
        assert_eq!(problems.len(), 10_001);
        assert_eq!(
            problems.last(),
            Some(&Problem::Unlisted {
                place: Place::path("a.csv"),
                more: 3,
                gravest: Severity::BadExample
            })
        );
    }
}
