//! `gapwise compare`: runs against each other.

use gapwise::comparing;

use super::{Failure, args::CompareArgs, diagnosis, print};

pub(super) fn carry_out(args: CompareArgs) -> Result<(), Failure> {
    let compared = comparing::compare(&args.runs)?;
    print(|out| {
        if args.output.json {
            out.json(&compared)
        } else {
            diagnosis::print_comparison(out, &compared)
        }
    })
}
