//! The two sentences.

use super::{Better, Change, Compared, ComparedWith, Comparison, Side, said_together};
use crate::metric::counted;

impl ComparedWith {
    /// Which is better; what was left out; which settings differ, each with its rung, and whether
    /// they moved several rungs at once. A sentence each.
    pub fn sentences(&self) -> Vec<String> {
        let mut said = vec![self.comparison.sentence()];
        said.extend(self.comparison.left_out_sentences());
        match self.changes.as_slice() {
            [] => said.push("They differ in no setting but the seed.".to_owned()),
            changes => {
                let (this, that) = (&self.comparison.first.name, &self.comparison.second.name);
                let between = match self.comparison.of {
                    Compared::Networks => format!("From {that} to {this}: "),
                    Compared::Settings => String::new(),
                };
                let each = changes.iter().map(Change::said_with_rungs).collect::<Vec<_>>();
                said.push(format!("{between}{}.", each.join("; ")));
            }
        }
        said.extend(said_together(&self.changes));
        said
    }
}

impl Comparison {
    /// Which is better, in a sentence with its figures. These are the two sentences, and their
    /// denials: "This network is better than that one", each by its name, and "This setting is
    /// better than that one". The better one stands first; where it cannot be told, they stand as
    /// they were given.
    pub fn sentence(&self) -> String {
        let turned = self.better == Better::Second;
        let (this, that) =
            if turned { (&self.second, &self.first) } else { (&self.first, &self.second) };
        let beyond = match self.better {
            Better::CannotTell => ("not better", " beyond noise"),
            Better::First | Better::Second => ("better", ""),
        };
        let (is, noise) = beyond;
        let (one, other) = (&this.name, &that.name);
        let which = match self.of {
            Compared::Networks => format!("The network {one} is {is} than the network {other}"),
            Compared::Settings => format!("This setting ({one}) is {is} than that one ({other})"),
        };
        format!("{which}{noise}: {}.", self.figures([this, that], turned))
    }

    /// `on the same 360 validation examples its error is 2.40 % and the other's 3.10 %, a difference
    /// of 0.70 % (0.20 – 1.20 %)`.
    fn figures(&self, [this, that]: [&Side; 2], turned: bool) -> String {
        let sign = if turned { -1.0 } else { 1.0 };
        let interval = if turned { self.interval.negated() } else { self.interval };
        let figure = |error: f64| {
            let shown = self.metric.figure(error);
            if self.metric.is_rate() { format!("{shown} {}", self.unit) } else { shown }
        };
        let examples = match self.examples {
            1 => "validation example".to_owned(),
            examples => counted(examples, "validation example"),
        };
        let (its, seeds) = match self.of {
            Compared::Networks => ("its error is", String::new()),
            Compared::Settings => {
                let seeds = format!(", over {} and {} seeds,", this.seeds, that.seeds);
                ("its mean error is", seeds)
            }
        };
        format!(
            "on the same {examples}{seeds} {its} {} and the other's {}, a difference of {}",
            figure(this.error),
            figure(that.error),
            self.metric.show_with(sign * self.difference, interval, &self.unit)
        )
    }

    /// Which examples were left out, a sentence each.
    pub fn left_out_sentences(&self) -> Vec<String> {
        let said = |name: &str, examples| {
            format!("Left out of {name}: {}.", counted(examples, "validation example"))
        };
        self.left_out.iter().map(|left| said(&left.name, left.examples)).collect()
    }

    /// What a step did: `took the validation error from 3.10 to 2.40 %, paired 95 % interval 0.20 to
    /// 1.20 points: `runs/a-2` is better than `runs/a-1``. The first is the network after the step.
    pub fn effect(&self) -> String {
        let figure = |error: f64| self.metric.figure(error);
        let points = if self.metric.is_rate() { " points" } else { "" };
        let (after, before) = (&self.first.name, &self.second.name);
        let found = match self.better {
            Better::First => format!("{after} is better than {before}"),
            Better::Second => format!("{before} is better than {after}"),
            Better::CannotTell => format!("{after} is not better than {before} beyond noise"),
        };
        format!(
            "took the validation error from {} to {} {}, paired {:.0} % interval {} to {}{points}: \
             {found}",
            figure(self.second.error),
            figure(self.first.error),
            self.unit,
            100.0 * self.confidence,
            figure(self.interval.low),
            figure(self.interval.high),
        )
    }
}
