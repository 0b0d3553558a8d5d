//! The examples that a network got most wrong, with a picture or a row of each.

use base64::{Engine, engine::general_purpose::STANDARD};
use gapwise_data::{
    DataError, Inputs, Split,
    images::{Images, PictureFile},
};
use gapwise_study::{
    predictions::{Outcome, PredictionRow, PredictionTable},
    run::{Encoded, Pictures, Shown, WorstExample},
};

/// At most this many are kept for the report.
const KEPT: usize = 24;

/// The wrong answers of the highest loss on validation; for numbers, the answers furthest off.
/// `example_of` gives the place in `inputs` of a row of the table.
///
/// # Errors
///
/// A picture that is read only now cannot be.
pub(crate) fn worst(
    table: &PredictionTable,
    inputs: &Inputs,
    example_of: impl Fn(&PredictionRow) -> Option<usize>,
) -> Result<Vec<WorstExample>, DataError> {
    let wrong = |row: &&PredictionRow| row.outcome.is_wrong(&table.target);
    let mut wrong: Vec<&PredictionRow> = table.of(Split::Validation).filter(wrong).collect();
    wrong.sort_by(|a, b| b.loss.total_cmp(&a.loss).then_with(|| a.id.cmp(&b.id)));
    wrong
        .into_iter()
        .take(KEPT)
        .filter_map(|row| Some((row, example_of(row)?)))
        .map(|(row, example)| {
            let Outcome { truth, prediction } = &row.outcome;
            let label = truth.as_ref().map(|truth| table.target.show_truth(truth));
            Ok(WorstExample {
                id: row.id.clone(),
                label: label.unwrap_or_default(),
                prediction: table.target.show_prediction(prediction),
                score: table.target.confidence(prediction),
                loss: row.loss,
                shown: match inputs {
                    Inputs::Table(table) => Shown::Row(table.row(example)),
                    Inputs::Images(images) => pictured(images, example)?,
                },
            })
        })
        .collect()
}

/// What the network read of an image, beside the image in its file where that is another.
fn pictured(images: &Images, example: usize) -> Result<Shown, DataError> {
    let read = STANDARD.encode(images.png(example)?);
    let Some(original) = images.original(example)? else { return Ok(Shown::Picture(read)) };
    let source = match original.picture {
        PictureFile::Png(bytes) => Encoded::Png(STANDARD.encode(bytes)),
        PictureFile::Jpeg(bytes) => Encoded::Jpeg(STANDARD.encode(bytes)),
    };
    Ok(Shown::Pictures(Pictures { source, size: (original.height, original.width), read }))
}
