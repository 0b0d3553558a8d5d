//! Which options can be meant for images.

use super::{ImageProblem, SIDES};
use crate::{DataError, Place, Problem, SourceOptions, TaskChoice};

/// Refuses options that cannot be meant for images.
pub(super) fn check(options: &SourceOptions) -> Result<(), DataError> {
    let given = [
        ("--label", options.label.is_some()),
        ("--group", options.group.is_some()),
        ("--time", options.time.is_some()),
        ("data.example_weights", options.example_weights.is_some()),
        ("--header", options.header.is_some()),
        ("--delimiter", options.delimiter.is_some()),
        ("--ignore", !options.ignore.is_empty()),
        ("--task regression", options.task == Some(TaskChoice::Regression)),
    ];
    let place = || Place::path(&options.path);
    let mut problems: Vec<Problem> = given
        .into_iter()
        .filter(|&(_, given)| given)
        .map(|(option, _)| ImageProblem::NotForImages { place: place(), option }.into())
        .collect();
    if let Some((height, width)) = options.image_size
        && !(SIDES.contains(&height) && SIDES.contains(&width))
    {
        problems.push(ImageProblem::ImageSize { place: place(), height, width }.into());
    }
    if problems.is_empty() { Ok(()) } else { Err(DataError::Problems(problems)) }
}
