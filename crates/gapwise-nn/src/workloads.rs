//! Standard workloads: networks with sizes, batches and weights that are the same everywhere, to
//! time a machine with and to compare with other programs.
//!
//! Weights, inputs and labels come from [`drawn`], so that another program that follows the
//! tables here computes the same losses. The inputs of a batch are stream 1,000, numbers in [−1, 1)
//! or words; its labels are stream 1,001. Nothing is dropped.

mod drawn;
mod list;
mod network;
mod recurrent;
mod work;

pub use drawn::{drawn, whole};
pub use list::Workload;
pub use work::{Predicting, Training, product};

/// The vector instructions that kernels use here: see [`gapwise_instructions::name`].
pub fn instructions() -> &'static str {
    gapwise_instructions::name()
}
