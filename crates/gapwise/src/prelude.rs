//! The ten types that most programs need.
//!
//! | to | there is |
//! |---|---|
//! | hand in data | [`Columns`], [`HeldImages`] |
//! | say what is wanted | [`Config`] |
//! | go from data to a network that is judged | [`Plan`], [`Trained`], [`Judged`], [`Baselines`] |
//! | count looks at held-out data | [`InMemory`] |
//! | read what comes out | [`Diagnosis`] |
//! | go on with a run on disk | [`TrainedRun`] |
//!
//! The steps themselves are functions of [`system`](crate::system): `prepare`, `train`, `judge`,
//! `publish`, and `build`, which takes all four.

pub use crate::{
    config::Config,
    data::memory::{Columns, HeldImages},
    study::{diagnosis::Diagnosis, runs::InMemory},
    system::{Baselines, Judged, Plan, Trained},
    trained::TrainedRun,
};
