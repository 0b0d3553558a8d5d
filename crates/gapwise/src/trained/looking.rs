//! Looks at a run's held-out data: counted where the runs are kept, and known to the run itself.

use gapwise_data::Split;
use gapwise_study::{
    looks::Look,
    runs::{Looks, RunFolder, Runs},
};

use super::TrainedRun;
use crate::{Error, system::RunRecord};

impl TrainedRun {
    /// Counts a look at held-out data, where the runs are kept and in the run.
    pub(crate) fn look(&self, split: Split, why: &str) -> Result<(), Error> {
        let record: RunRecord = self.directory().record()?;
        let mut counts = self.looks(&record.held_out)?.counts;
        let look = Look::now(&record.held_out, split, self.directory().name()).because(why);
        self.runs().record(&look)?;
        match split {
            Split::Test => counts.test += 1,
            _ => counts.validation += 1,
        }
        // A run that may be read only has it in the ledger.
        let _ = self.directory().remember(&record.held_out, counts);
        Ok(())
    }

    /// The same, unless this run has counted it before it was killed.
    pub(crate) fn look_once(&self, split: Split, why: &str) -> Result<(), Error> {
        let (run, record) = (self.directory().name(), self.directory().record::<RunRecord>()?);
        let looks = self.looks(&record.held_out)?.recorded;
        let counted =
            looks.iter().any(|look| look.split == split && look.run == run && look.why == why);
        if counted { Ok(()) } else { self.look(split, why) }
    }

    /// Looks at the held-out data with this fingerprint, as far as the ledger and the runs know.
    pub(crate) fn looks(&self, held_out: &str) -> Result<Looks, Error> {
        let mut looks = self.runs().looks(held_out)?;
        // A run may have been moved here from where more was known.
        let own = self.directory().manifest().ok().flatten();
        if let Some(own) = own {
            looks.counts = looks.counts.or_more(own.looks(held_out));
        }
        Ok(looks)
    }

    /// Where it is kept.
    pub(crate) fn runs(&self) -> RunFolder {
        RunFolder::new(self.directory().parent())
    }
}

/// What is to be said of the ledger.
pub(crate) fn note(looks: &Looks) -> Option<gapwise_data::Note> {
    looks.lost.clone().map(|said| gapwise_data::Note { said, change_with: None })
}
