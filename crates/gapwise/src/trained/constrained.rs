//! What a run has to meet, and whether it does.

use gapwise_data::wording::shell_word;
use gapwise_study::{
    constraint::{Constraint, Constraints, Measured, Quantity},
    diagnosis::Diagnosis,
    predictions::PredictionTable,
    run::{RunError, file},
};

use super::{BEST, TrainedRun};
use crate::{
    Error,
    config::MetricChoice,
    measure::{Measuring, measured},
    system::{Outcome, RunRecord},
};

impl TrainedRun {
    /// What it has to meet.
    pub fn constraints(&self) -> &MetricChoice {
        &self.config.metric
    }

    /// Judges the run by other constraints, which are kept in it. What they need of a machine is
    /// measured on this one; with `anew`, also what was measured before.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a constraint that is none; as [`TrainedRun::diagnose`].
    pub fn constrain(
        &mut self,
        choice: MetricChoice,
        measuring: &Measuring,
        anew: bool,
    ) -> Result<Outcome, Error> {
        let making: RunRecord = self.directory.record()?;
        let before: Vec<Constraint> = self.config.metric.constraints(&making.target)?;
        let after = choice.constraints(&making.target)?;
        self.config.metric = choice;
        let known = self.known()?;
        let of_machine = |constraint: &&Constraint| constraint.quantity.is_of_machine();
        let lacks = |constraint: &Constraint| known.figure(constraint.quantity).is_none();
        if anew || after.iter().filter(of_machine).any(lacks) {
            self.measure(measuring)?;
        }
        let outcome = self.finish()?;
        if before != after {
            self.directory.write_whole(file::CONFIG, self.config.to_toml()?.as_bytes())?;
        }
        Ok(outcome)
    }

    /// Measures on this machine what the constraints need of one, all at once, so that the figures
    /// of a run come from one machine. Where they need nothing, nothing is done.
    pub(crate) fn measure(&self, measuring: &Measuring) -> Result<(), Error> {
        let making: RunRecord = self.directory.record()?;
        let constraints = self.config.metric.constraints(&making.target)?;
        let quantities = constraints.iter().map(|constraint| constraint.quantity);
        let quantities: Vec<Quantity> = quantities.filter(|one| one.is_of_machine()).collect();
        if quantities.is_empty() {
            return Ok(());
        }
        let model = self.model(measuring.device)?;
        let figures = measured(&model, self.path(), &quantities, measuring)?;
        let judged = constraints
            .into_iter()
            .filter_map(|constraint| {
                let figure = figures.iter().find(|(one, _)| *one == constraint.quantity)?;
                Some(constraint.judge(figure.1.clone()))
            })
            .collect();
        let machine = Some(measuring.machine());
        Ok(self.directory.write_record(&Constraints { machine, judged })?)
    }

    /// The diagnosis with every constraint judged.
    pub(super) fn constrained(
        &self,
        diagnosis: Diagnosis,
        table: &PredictionTable,
        making: &RunRecord,
    ) -> Result<Diagnosis, Error> {
        let constraints = self.config.metric.constraints(&making.target)?;
        if constraints.is_empty() {
            return Ok(diagnosis);
        }
        let remedies = self.remedies(making)?;
        let known = self.known()?;
        let positive = Some(self.metric(&making.target)?.positive);
        let mut judged = Vec::new();
        for constraint in constraints {
            let figure = match constraint.quantity {
                Quantity::ModelSize => {
                    let bytes = self.directory.file(BEST).metadata();
                    exact(bytes.ok().map(|file| file.len() as f64))
                }
                Quantity::MultiplyAdds => {
                    exact(remedies.record.as_ref().map(|record| record.multiply_adds() as f64))
                }
                quantity => quantity
                    .measured_on(table, positive)
                    .or_else(|| known.measured(quantity).cloned())
                    .unwrap_or_else(|| self.not_measured()),
            };
            judged.push(constraint.judge(figure));
        }
        let of_machine = judged
            .iter()
            .any(|one| one.constraint.quantity.is_of_machine() && one.measured.value().is_some());
        let machine = known.machine.filter(|_| of_machine);
        Ok(diagnosis.with_constraints(Constraints { machine, judged }, &remedies))
    }

    /// What was measured before; nothing where nothing was.
    pub(super) fn known(&self) -> Result<Constraints, RunError> {
        Ok(self.directory.where_recorded(self.directory.record())?.unwrap_or_default())
    }

    fn not_measured(&self) -> Measured {
        let run = shell_word(&self.path().display().to_string());
        Measured::Missing { reason: format!("not measured: `gapwise diagnose {run} --measure`") }
    }
}

fn exact(value: Option<f64>) -> Measured {
    match value {
        Some(value) => Measured::Exact { value },
        None => Measured::Missing { reason: "the run lacks the file that says it".into() },
    }
}
