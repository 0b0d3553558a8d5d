//! Looks at held-out data: counted in the ledger beside the runs, and known to the runs themselves, so
//! that a ledger which was damaged or deleted does not make held-out data fresh again.

use gapwise_data::{Note, Split};
use gapwise_study::{
    diagnosis::LookCounts,
    looks::{Ledger, Look},
    run::RunDirectory,
};

use super::TrainedRun;
use crate::{Error, system::RunRecord};

/// Looks at a run's held-out data.
pub(crate) struct Looks {
    /// How many are known of, at least.
    pub(crate) counts: LookCounts,
    /// That there may be more, where the ledger is damaged or lacks some.
    pub(crate) lost: Option<String>,
    /// Those in the ledger, in its order.
    pub(crate) recorded: Vec<Look>,
}

impl Looks {
    /// What is to be said of the ledger.
    pub(crate) fn note(&self) -> Option<Note> {
        self.lost.clone().map(|said| Note { said, change_with: None })
    }
}

impl TrainedRun {
    /// Counts a look at held-out data, in the ledger and in the run.
    pub(crate) fn look(&self, split: Split, why: &str) -> Result<(), Error> {
        let making: RunRecord = self.directory().record()?;
        let mut counts = self.looks(&making.held_out)?.counts;
        let look = Look::now(&making.held_out, split, self.directory().name()).because(why);
        self.ledger().record(&look)?;
        match split {
            Split::Test => counts.test += 1,
            _ => counts.validation += 1,
        }
        // A run that may be read only has it in the ledger.
        let _ = self.directory().remember(&making.held_out, counts);
        Ok(())
    }

    /// The same, unless this run has counted it before it was killed.
    pub(crate) fn look_once(&self, split: Split, why: &str) -> Result<(), Error> {
        let (run, making) = (self.directory().name(), self.directory().record::<RunRecord>()?);
        let counted = self.ledger().looks()?.looks.into_iter().any(|look| {
            (look.data, look.split, look.run) == (making.held_out.clone(), split, run.clone())
                && look.why == why
        });
        if counted { Ok(()) } else { self.look(split, why) }
    }

    /// Looks at the held-out data with this fingerprint, as far as the ledger and the runs beside it
    /// know.
    pub(crate) fn looks(&self, held_out: &str) -> Result<Looks, Error> {
        let ledger = self.ledger();
        let recorded = ledger.looks()?;
        let heard = self.heard(held_out);
        Ok(Looks {
            counts: recorded.counts(held_out).or_more(heard),
            lost: recorded.said(held_out, heard, ledger.path()),
            recorded: recorded.looks.into_iter().filter(|look| look.data == held_out).collect(),
        })
    }

    /// What this run and those beside it have heard of.
    fn heard(&self, held_out: &str) -> LookCounts {
        let beside = std::fs::read_dir(self.directory().parent()).into_iter().flatten().flatten();
        let runs = beside.filter_map(|entry| RunDirectory::open(entry.path()).ok());
        runs.chain([self.directory().clone()])
            .filter_map(|run| Some(run.manifest().ok()??.looks(held_out)))
            .fold(LookCounts::default(), LookCounts::or_more)
    }

    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::beside(&self.directory().parent())
    }
}
