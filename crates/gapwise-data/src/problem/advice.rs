//! How grave each problem is, and what a person can do about it.

use super::{Place, Problem, Purpose, Severity, Wanted};
use crate::{format::Format, shown::shown, wording::shell_word};

impl Problem {
    /// What the problem does to the run.
    pub fn severity(&self) -> Severity {
        use Problem as P;
        match self {
            P::NotThere { .. }
            | P::Empty { .. }
            | P::UnknownSource { .. }
            | P::UnreadableFile { .. }
            | P::OtherFormat { .. }
            | P::NoExamples { .. }
            | P::NoneUsable { .. }
            | P::TooFewExamples { .. }
            | P::BadDelimiter { .. }
            | P::NotForTables { .. }
            | P::RaggedHeader { .. }
            | P::UnclosedQuote { .. }
            | P::TextAfterQuote { closes: Some(_), .. }
            | P::QuoteOverRows { .. }
            | P::NoLabelColumn { .. }
            | P::NoLabels { .. }
            | P::ColumnNotFound { .. }
            | P::ColumnAbsent { .. }
            | P::OtherColumns { .. }
            | P::ColumnCount { .. }
            | P::NoInputs { .. }
            | P::OneClassOnly { .. }
            | P::ConstantLabel { .. }
            | P::LabelNotNumbers { .. }
            | P::LabelMostlyUnique { .. }
            | P::EmptyClass { .. }
            | P::ClassNotInTrain { .. } => Severity::Fatal,
            P::RaggedRow { .. }
            | P::TextAfterQuote { closes: None, .. }
            | P::LargeCell { .. }
            | P::NamesAsExample { .. }
            | P::InfiniteNumber { .. }
            | P::UnreadableCell { .. }
            | P::LabelMissing { .. }
            | P::GroupMissing { .. }
            | P::UnknownClass { .. }
            | P::UnreadableImage { .. }
            | P::NotAnImage { .. } => Severity::BadExample,
            P::ColumnUnknown { .. }
            | P::ConstantColumn { .. }
            | P::EmptyColumn { .. }
            | P::MostlyNumbers { .. }
            | P::MixedNumbers { .. }
            | P::AmbiguousDates { .. }
            | P::RunningNumber { .. }
            | P::RepeatsLabel { .. }
            | P::SumIsLabel { .. }
            | P::FarFromOthers { .. }
            | P::ClassesAlike { .. }
            | P::ClassNotHeldOut { .. }
            | P::ClassWithOneExample { .. }
            | P::Contradictory { .. }
            | P::DuplicateAcrossSplits { .. }
            | P::LooseImage { .. }
            | P::EqualWithOtherLabel { .. } => Severity::Warning,
            P::Unlisted { gravest, .. } => *gravest,
            P::Cause(_) => Severity::Fatal,
            P::Weights(problem) => problem.severity(),
            P::Times(problem) => problem.severity(),
            P::Images(problem) => problem.severity(),
            P::Split(problem) => problem.severity(),
        }
    }

    /// Where it stands.
    pub fn place(&self) -> &Place {
        use Problem as P;
        match self {
            P::NotThere { place, .. }
            | P::Empty { place, .. }
            | P::UnknownSource { place, .. }
            | P::UnreadableFile { place, .. }
            | P::OtherFormat { place, .. }
            | P::NoExamples { place }
            | P::NoneUsable { place, .. }
            | P::TooFewExamples { place, .. }
            | P::BadDelimiter { place, .. }
            | P::NotForTables { place, .. }
            | P::RaggedRow { place, .. }
            | P::RaggedHeader { place, .. }
            | P::UnclosedQuote { place }
            | P::TextAfterQuote { place, .. }
            | P::QuoteOverRows { place, .. }
            | P::LargeCell { place, .. }
            | P::NoLabelColumn { place, .. }
            | P::NoLabels { place, .. }
            | P::ColumnNotFound { place, .. }
            | P::ColumnAbsent { place, .. }
            | P::OtherColumns { place, .. }
            | P::ColumnCount { place, .. }
            | P::ColumnUnknown { place }
            | P::NoInputs { place, .. }
            | P::ConstantColumn { place, .. }
            | P::EmptyColumn { place }
            | P::MostlyNumbers { place, .. }
            | P::MixedNumbers { place, .. }
            | P::AmbiguousDates { place, .. }
            | P::RunningNumber { place, .. }
            | P::RepeatsLabel { place, .. }
            | P::SumIsLabel { place, .. }
            | P::FarFromOthers { place, .. }
            | P::ClassesAlike { place, .. }
            | P::NamesAsExample { place, .. }
            | P::InfiniteNumber { place, .. }
            | P::UnreadableCell { place, .. }
            | P::LabelMissing { place, .. }
            | P::GroupMissing { place, .. }
            | P::UnknownClass { place, .. }
            | P::OneClassOnly { place, .. }
            | P::ConstantLabel { place, .. }
            | P::LabelNotNumbers { place, .. }
            | P::LabelMostlyUnique { place, .. }
            | P::EmptyClass { place, .. }
            | P::ClassNotInTrain { place, .. }
            | P::ClassNotHeldOut { place, .. }
            | P::ClassWithOneExample { place, .. }
            | P::Contradictory { place, .. }
            | P::DuplicateAcrossSplits { place, .. }
            | P::UnreadableImage { place, .. }
            | P::NotAnImage { place, .. }
            | P::LooseImage { place }
            | P::EqualWithOtherLabel { place, .. }
            | P::Unlisted { place, .. } => place,
            P::Cause(problem) => problem.place(),
            P::Weights(problem) => problem.place(),
            P::Times(problem) => problem.place(),
            P::Images(problem) => problem.place(),
            P::Split(problem) => problem.place(),
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        use Problem as P;
        let ignore = |place: &Place| {
            place.column.as_ref().map(|column| format!("`--ignore {}`", shell_word(column)))
        };
        Some(match self {
            P::NotThere { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            P::NotThere { place, .. } if place.path.to_string_lossy().starts_with("http") => {
                let url = shell_word(&place.path.to_string_lossy());
                format!("download it first: `curl -L -O {url}`, and give the file's path")
            }
            P::NotThere { nearest: None, .. } => {
                "give a CSV or TSV file, a folder of images, or a folder of idx files".to_owned()
            }
            P::Empty { .. } | P::UnknownSource { .. } => {
                "give a CSV or TSV file by its own path; images stand in a folder per class, or in \
                 idx files; ready-made splits are folders or files named `train`, `validation` and \
                 `test`"
                    .to_owned()
            }
            P::UnreadableFile { .. } => {
                "copy or download the file again, or save it as UTF-8 text".to_owned()
            }
            P::OtherFormat { place, format } => {
                format.hint(&shell_word(&place.path.to_string_lossy()))
            }
            P::NoExamples { .. } => {
                "the file may hold a header alone; if its only line is an example, say \
                 `--no-header`"
                    .to_owned()
            }
            P::NoneUsable { .. } => {
                "leave `--skip-bad` out to see what is wrong with each of them".to_owned()
            }
            P::TooFewExamples { .. } => "label more examples".to_owned(),
            P::BadDelimiter { .. } => "use `,`, `;`, `|`, a tab or a space".to_owned(),
            P::NotForTables { option, .. } => format!("leave `{option}` away"),
            P::RaggedRow { expected, found, .. } if found > expected => {
                "put quotes round fields that contain the delimiter, or go on without such lines \
                 with `--skip-bad`"
                    .to_owned()
            }
            P::RaggedRow { .. } => {
                "complete the line, or go on without it with `--skip-bad`".to_owned()
            }
            P::RaggedHeader { .. } => {
                "give every column a name; a column of row numbers wants one too".to_owned()
            }
            P::UnclosedQuote { .. } => {
                "close the quote, or double a quote that belongs to the text: `\"\"`; where no field \
                 is quoted and quotes are characters like others, say `--quote none`"
                    .to_owned()
            }
            P::TextAfterQuote { .. } => {
                "write a quote that belongs to the text twice, inside of a quoted field: \
                 `\"a \"\"b\"\" c\"`; where no field is quoted and quotes are characters like others, \
                 say `--quote none`"
                    .to_owned()
            }
            P::QuoteOverRows { .. } => {
                "take the quote away, or close it in its line; where no field is quoted and quotes \
                 are characters like others, say `--quote none`; where the cell is meant to have so \
                 many lines, say `--quote double`"
                    .to_owned()
            }
            P::LargeCell { .. } => {
                "look whether a quote opens there by mistake; else shorten the cell, or go on without \
                 such examples with `--skip-bad`"
                    .to_owned()
            }
            P::NoLabelColumn { nearest: Some(nearest), .. } => {
                format!("rename `{}` if it is the label", shown(nearest))
            }
            P::NoLabelColumn { place, purpose, .. } | P::NoLabels { place, purpose, .. } => {
                unlabelled(place, *purpose)
            }
            P::ColumnNotFound { nearest: Some(nearest), wanted, .. } => {
                format!("did you mean `{}{}`?", asked_with(*wanted), shell_word(nearest))
            }
            P::ColumnNotFound { nearest: None, wanted, columns, .. } => {
                let last = columns.len();
                let asked = asked_with(*wanted).trim_end();
                format!("give `{asked}` one of these names, or a number from 1 to {last}")
            }
            P::ColumnAbsent { nearest: Some(nearest), .. } => {
                format!("rename `{nearest}` if it is the same column")
            }
            P::ColumnAbsent { nearest: None, .. } | P::ColumnCount { .. } => {
                "give other data the columns of the training data, and the same header line or none"
                    .to_owned()
            }
            P::OtherColumns { missing, .. } => format!(
                "give both sources the same columns and the same header line or none; `--ignore {}` \
                 leaves a column out",
                shell_word(missing.first().map_or("COLUMN", String::as_str))
            ),
            P::ColumnUnknown { .. } => return None,
            P::NoInputs { left_out, .. } if *left_out > 0 => {
                "columns of one value, of no value or of text that differs in most examples say \
                 nothing; `gapwise inspect DATA --label COLUMN` with another label lists them"
                    .to_owned()
            }
            P::NoInputs { .. } => {
                "if the line should be several columns, name what separates them with `--delimiter`"
                    .to_owned()
            }
            P::ConstantColumn { .. } | P::EmptyColumn { .. } => return None,
            P::MostlyNumbers { place, .. } => {
                let column = place.column.as_deref().unwrap_or_default();
                format!(
                    "if `{column}` is a number, mend those cells, or leave them blank where the \
                     value is missing"
                )
            }
            P::MixedNumbers { .. } => {
                "write all of them in one way, such as `1234.5`; `--decimal` and `--thousands` say \
                 which marks are meant"
                    .to_owned()
            }
            P::AmbiguousDates { .. } => "write dates as year-month-day".to_owned(),
            P::RunningNumber { place, .. } => format!("leave it out with {}", ignore(place)?),
            P::RepeatsLabel { place, .. } => format!(
                "if it is not known before the label is, leave it out with {}",
                ignore(place)?
            ),
            P::SumIsLabel { columns, .. } => format!(
                "if {} not known before the label is, leave it out with `--ignore {}`",
                if columns.len() == 1 { "the column is" } else { "one of them is" },
                shell_word(columns.first().map_or("COLUMN", String::as_str))
            ),
            P::FarFromOthers { value, .. } => format!(
                "mend them, leave them blank, or say that the value is missing with `--missing \
                 {}`; examples without a label go with `--skip-bad`",
                shell_word(value)
            ),
            P::ClassesAlike { .. } => {
                "write them in one way if they are one class: no network can tell them apart"
                    .to_owned()
            }
            P::Cause(problem) => return problem.hint(),
            P::NamesAsExample { place, .. } => {
                let line = place.row.unwrap_or(1);
                format!("line {line} seems to hold names; leave `--no-header` out")
            }
            P::InfiniteNumber { .. } => {
                "leave the cell blank if the value is missing, or go on without such examples with \
                 `--skip-bad`"
                    .to_owned()
            }
            P::UnreadableCell { .. } => {
                "mend the cell, leave it blank if the value is missing, or go on without such \
                 examples with `--skip-bad`"
                    .to_owned()
            }
            P::LabelMissing { found: Some(word), .. }
            | P::GroupMissing { found: Some(word), .. } => {
                format!(
                    "if `{word}` is a value like the others, say `--missing blank`: only blank cells \
                     are then missing in columns of words; else fill the cell, or go on without such \
                     examples with `--skip-bad`"
                )
            }
            P::LabelMissing { .. } | P::GroupMissing { .. } => {
                "fill the cell, or go on without such examples with `--skip-bad`".to_owned()
            }
            P::UnknownClass { .. } => {
                "the trained network cannot answer this class; train again with examples of it"
                    .to_owned()
            }
            // Only a table's label is one column among others.
            P::OneClassOnly { place: Place { column: None, .. }, .. } => {
                "add examples of other classes".to_owned()
            }
            P::OneClassOnly { .. } => {
                "add examples of other classes, or choose another label with `--label`".to_owned()
            }
            P::ConstantLabel { .. } => "choose another label with `--label`".to_owned(),
            P::LabelNotNumbers { .. } => {
                "say `--task classification`, or choose another label with `--label`".to_owned()
            }
            P::LabelMostlyUnique { .. } => "choose the column to predict with `--label`".to_owned(),
            P::EmptyClass { .. } => "put images there, or remove the folder".to_owned(),
            P::ClassNotInTrain { class, .. } => {
                let class = shown(class);
                format!("put examples of `{class}` into train, or take them out of the other split")
            }
            P::ClassNotHeldOut { .. } => return None,
            P::ClassWithOneExample { class, .. } => {
                let class = shown(class);
                format!("label more examples of `{class}`, or merge it with another class")
            }
            P::Contradictory { .. } => {
                "look at their labels; no network can be right on all of them".to_owned()
            }
            P::DuplicateAcrossSplits { .. } => {
                "take it out of one of the two, or its error there says nothing about new examples"
                    .to_owned()
            }
            P::UnreadableImage { .. } => {
                "copy or export the image again, or go on without such files with `--skip-bad`"
                    .to_owned()
            }
            P::NotAnImage { found, .. } if found == Format::LfsPointer.name() => {
                Format::LfsPointer.hint("")
            }
            P::NotAnImage { .. } => {
                "move the file elsewhere, or go on without such files with `--skip-bad`".to_owned()
            }
            P::LooseImage { .. } => "move it into the folder of its class".to_owned(),
            P::EqualWithOtherLabel { .. } => "look at both, and give them one label".to_owned(),
            P::Weights(problem) => return problem.hint(),
            P::Times(problem) => return problem.hint(),
            P::Images(problem) => return problem.hint(),
            P::Split(problem) => return problem.hint(),
            P::Unlisted { .. } => {
                "mend those that are listed first; many problems often have one cause".to_owned()
            }
        })
    }
}

/// What to do with examples that have no labels.
fn unlabelled(place: &Place, purpose: Purpose) -> String {
    let path = shell_word(&place.path.to_string_lossy());
    match purpose {
        Purpose::Training => "choose the column to predict with `--label`".to_owned(),
        Purpose::HeldOut(split) => format!(
            "such a file cannot be the {split} set, since no error shows without labels: train on the \
             labelled file alone, named by its own path, and have these answered with `gapwise \
             predict RUN {path}`"
        ),
        Purpose::Scoring => format!(
            "without labels no error shows; `gapwise predict RUN {path}` answers such examples"
        ),
    }
}

/// What stands before a column's name where it is asked for.
fn asked_with(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Label => "--label ",
        Wanted::Group => "--group ",
        Wanted::Ignore => "--ignore ",
        Wanted::ExampleWeights => "--example-weights ",
        Wanted::Time => "--time ",
    }
}
