//! What every problem says, word for word. Problems of images and of splits say theirs beside
//! their own types.

use super::*;

/// Severity, text and hint of each problem, as a person reads them.
fn said(problems: &[Problem]) -> String {
    let one = |problem: &Problem| {
        let severity = match problem.severity() {
            Severity::Fatal => "fatal",
            Severity::BadExample => "bad example",
            Severity::Warning => "warning",
        };
        let hint = problem.hint().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{severity}: {problem}{hint}")
    };
    problems.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn source() -> Place {
    Place::path("a.csv")
}

fn column() -> Place {
    source().column("age")
}

fn cell() -> Place {
    Place::line("a.csv", 41).column("age")
}

#[test]
fn problems_of_a_source() {
    let place = source();
    insta::assert_snapshot!(said(&[
        Problem::NotThere { place: place.clone(), nearest: Some(text("b.csv")) },
        Problem::NotThere { place: place.clone(), nearest: None },
        Problem::Empty { place: place.clone(), expected: text("a table") },
        Problem::UnknownSource { place: place.clone(), expected: text("a table"), found: text("a folder") },
        Problem::UnreadableFile {
            place: place.clone(),
            expected: text("a table as UTF-8 text"),
            found: text("UTF-16 text"),
        },
        Problem::OtherFormat { place: place.clone(), format: Format::LfsPointer },
        Problem::OtherFormat { place: place.clone(), format: Format::Zip },
        Problem::NoExamples { place: place.clone() },
        Problem::NoneUsable { place: place.clone(), examples: 1_200 },
        Problem::TooFewExamples {
            place: place.clone(),
            expected: 10,
            purpose: text(" for three splits"),
            found: 7,
        },
        Problem::NotForTables { place: place.clone(), option: "--image-size" },
        Problem::Unlisted { place, more: 12, gravest: Severity::BadExample },
    ]), @"
    fatal: `a.csv`: there is no such file or folder
      hint: did you mean `b.csv`?
    fatal: `a.csv`: there is no such file or folder
      hint: give a CSV or TSV file, a folder of images, or a folder of idx files
    fatal: `a.csv`: expected a table, found nothing: it is empty
      hint: give a CSV or TSV file by its own path; images stand in a folder per class, or in idx files; ready-made splits are folders or files named `train`, `validation` and `test`
    fatal: `a.csv`: expected a table, found a folder
      hint: give a CSV or TSV file by its own path; images stand in a folder per class, or in idx files; ready-made splits are folders or files named `train`, `validation` and `test`
    fatal: `a.csv`: expected a table as UTF-8 text, found UTF-16 text
      hint: copy or download the file again, or save it as UTF-8 text
    fatal: `a.csv`: expected data, found a Git LFS pointer, which stands for a file that was not fetched
      hint: fetch the file itself with `git lfs pull`, in the folder of its repository
    fatal: `a.csv`: expected data, found a ZIP archive
      hint: unpack it with `unzip a.csv`, and give what was in it
    fatal: `a.csv`: expected at least one example, found none
      hint: the file may hold a header alone; if its only line is an example, say `--no-header`
    fatal: `a.csv`: expected at least one example that can be used, found none of 1,200
      hint: leave `--skip-bad` out to see what is wrong with each of them
    fatal: `a.csv`: expected at least 10 examples for three splits, found 7
      hint: label more examples
    fatal: `a.csv`: expected images, since `--image-size` is given, found a table
      hint: leave `--image-size` away
    bad example: `a.csv`: 12 more problems were found and are not listed
      hint: mend those that are listed first; many problems often have one cause
    ");
}

#[test]
fn problems_of_lines_and_columns() {
    let line = Place::line("a.csv", 41);
    let names = ["age", "sex"].map(str::to_owned).to_vec();
    insta::assert_snapshot!(said(&[
        Problem::BadDelimiter { place: source(), found: 'é' },
        Problem::RaggedRow { place: line.clone(), expected: 3, found: 4 },
        Problem::RaggedRow { place: line.clone(), expected: 3, found: 2 },
        Problem::RaggedHeader { place: line.clone(), expected: 3, found: 2 },
        Problem::UnclosedQuote { place: cell() },
        Problem::TextAfterQuote { place: cell(), closes: Some(62), found: text("error") },
        Problem::TextAfterQuote { place: cell(), closes: None, found: text(" inch") },
        Problem::QuoteOverRows { place: cell(), closes: 62, rows: 20 },
        Problem::LargeCell { place: cell(), bytes: 5_000_000, largest: 1_000_000 },
        Problem::NoLabelColumn {
            place: source(),
            label: text("sex"),
            nearest: Some(text("Sex")),
            purpose: Purpose::Scoring,
        },
        Problem::NoLabelColumn {
            place: source(),
            label: text("sex"),
            nearest: None,
            purpose: Purpose::HeldOut(Split::Test),
        },
        Problem::NoLabels { place: column(), examples: 40, purpose: Purpose::Scoring },
        Problem::NoLabels { place: column(), examples: 40, purpose: Purpose::Training },
        Problem::ColumnNotFound {
            place: source(),
            wanted: Wanted::Label,
            asked: text("agge"),
            nearest: Some(text("age")),
            columns: names.clone(),
        },
        Problem::ColumnNotFound {
            place: source(),
            wanted: Wanted::Group,
            asked: text("9"),
            nearest: None,
            columns: names,
        },
        Problem::ColumnAbsent { place: column(), nearest: Some(text("Age")) },
        Problem::ColumnAbsent { place: column(), nearest: None },
        Problem::ColumnCount { place: source(), expected: 3, found: 5 },
        Problem::ColumnUnknown { place: column() },
        Problem::NoInputs { place: source(), label: text("sex"), left_out: 0 },
        Problem::NoInputs { place: source(), label: text("sex"), left_out: 3 },
    ]), @r#"
    fatal: `a.csv`: expected a delimiter of one ASCII character, found `é`
      hint: use `,`, `;`, `|`, a tab or a space
    bad example: `a.csv` line 41: expected 3 fields, found 4
      hint: put quotes round fields that contain the delimiter, or go on without such lines with `--skip-bad`
    bad example: `a.csv` line 41: expected 3 fields, found 2
      hint: complete the line, or go on without it with `--skip-bad`
    fatal: `a.csv` line 41: expected 3 column names, as many as the lines below have fields, found 2
      hint: give every column a name; a column of row numbers wants one too
    fatal: `a.csv` line 41, column `age`: expected a closing quote, found none: a quote opens here and never closes
      hint: close the quote, or double a quote that belongs to the text: `""`; where no field is quoted and quotes are characters like others, say `--quote none`
    fatal: `a.csv` line 41, column `age`: expected the quote that opens here to end the field, found `error` behind its closing quote in line 62
      hint: write a quote that belongs to the text twice, inside of a quoted field: `"a ""b"" c"`; where no field is quoted and quotes are characters like others, say `--quote none`
    bad example: `a.csv` line 41, column `age`: expected the quote that opens here to end the field, found ` inch` behind its closing quote
      hint: write a quote that belongs to the text twice, inside of a quoted field: `"a ""b"" c"`; where no field is quoted and quotes are characters like others, say `--quote none`
    fatal: `a.csv` line 41, column `age`: expected the quote that opens here to close in its own cell, found its end in line 62, behind 20 lines that look like rows of the table
      hint: take the quote away, or close it in its line; where no field is quoted and quotes are characters like others, say `--quote none`; where the cell is meant to have so many lines, say `--quote double`
    bad example: `a.csv` line 41, column `age`: expected a cell of at most 1,000,000 bytes, found one of 5,000,000
      hint: look whether a quote opens there by mistake; else shorten the cell, or go on without such examples with `--skip-bad`
    fatal: `a.csv`: expected the label column `sex`, found none: these examples have no labels
      hint: rename `Sex` if it is the label
    fatal: `a.csv`: expected the label column `sex`, found none: these examples have no labels
      hint: such a file cannot be the test set, since no error shows without labels: train on the labelled file alone, named by its own path, and have these answered with `gapwise predict RUN a.csv`
    fatal: `a.csv`, column `age`: expected labels, found none in 40 examples
      hint: without labels no error shows; `gapwise predict RUN a.csv` answers such examples
    fatal: `a.csv`, column `age`: expected labels, found none in 40 examples
      hint: choose the column to predict with `--label`
    fatal: `a.csv`: expected a column `agge` (label), found `age`, `sex`
      hint: did you mean `--label age`?
    fatal: `a.csv`: expected a column `9` (group), found `age`, `sex`
      hint: give `--group` one of these names, or a number from 1 to 2
    fatal: `a.csv`, column `age`: expected this column, which the training data has, found none of the name
      hint: rename `Age` if it is the same column
    fatal: `a.csv`, column `age`: expected this column, which the training data has, found none of the name
      hint: give other data the columns of the training data, and the same header line or none
    fatal: `a.csv`: expected 3 columns as the training data has, found 5
      hint: give other data the columns of the training data, and the same header line or none
    warning: `a.csv`, column `age`: the training data has no such column, so it is passed over
    fatal: `a.csv`: expected at least one input column beside the label `sex`, found none
      hint: if the line should be several columns, name what separates them with `--delimiter`
    fatal: `a.csv`: expected at least one input column beside the label `sex`, found none: all 3 others are left out
      hint: columns of one value, of no value or of text that differs in most examples say nothing; `gapwise inspect DATA --label COLUMN` with another label lists them
    "#);
}

#[test]
fn problems_of_what_a_column_holds() {
    insta::assert_snapshot!(said(&[
        Problem::ConstantColumn { place: column(), value: text("7") },
        Problem::EmptyColumn { place: column() },
        Problem::MostlyNumbers {
            place: cell(),
            numbers: 140,
            others: 10,
            found: text("old"),
            read_as: text("categories"),
        },
        Problem::MixedNumbers {
            place: cell(),
            found: text("1,5"),
            other: text("2.5"),
            line: 3,
            read_as: text("text"),
        },
        Problem::AmbiguousDates { place: cell(), found: text("1/2/2024"), read_as: text("text") },
        Problem::RunningNumber { place: column(), first: text("1") },
        Problem::RepeatsLabel { place: source().column("is alive"), label: text("survived"), examples: 891 },
        Problem::SumIsLabel {
            place: source().column("total"),
            sum: text("`fare` + `tip`"),
            columns: ["fare", "tip"].map(str::to_owned).to_vec(),
            follow: 1_995,
            of: 2_000,
        },
        Problem::FarFromOthers {
            place: cell(),
            cells: 7,
            value: text("1e39"),
            median: text("0.02"),
            lines: vec![41, 52, 63, 74, 85],
        },
        Problem::ClassesAlike {
            place: column(),
            pairs: vec![(text("Cat"), text("cat")), (text("Dog"), text("dog"))],
        },
        Problem::Cause(Box::new(Problem::EmptyColumn { place: column() })),
        Problem::NamesAsExample {
            place: Place::line("a.csv", 1),
            names: ["age", "sex"].map(str::to_owned).to_vec(),
        },
        Problem::InfiniteNumber { place: cell(), found: text("inf") },
        Problem::UnreadableCell { place: cell(), expected: text("a number"), found: text("old") },
        Problem::LabelMissing { place: cell(), found: None },
        Problem::LabelMissing { place: cell(), found: Some(text("NA")) },
        Problem::GroupMissing { place: cell(), found: None },
        Problem::UnknownClass {
            place: cell(),
            found: text("green"),
            known: ["blue", "red"].map(str::to_owned).to_vec(),
        },
    ]), @"
    warning: `a.csv`, column `age`: every example has `7`, so the column is left out
    warning: `a.csv`, column `age`: no example has a value, so the column is left out
    warning: `a.csv` line 41, column `age`: 140 cells are numbers and 10 are not (the first is `old`), so the column is read as categories
      hint: if `age` is a number, mend those cells, or leave them blank where the value is missing
    warning: `a.csv` line 41, column `age`: `1,5` and `2.5` (line 3) are numbers written in different ways, so the column is read as text
      hint: write all of them in one way, such as `1234.5`; `--decimal` and `--thousands` say which marks are meant
    warning: `a.csv` line 41, column `age`: `1/2/2024` and all other dates read both as day/month/year and as month/day/year, so the column is read as text
      hint: write dates as year-month-day
    warning: `a.csv`, column `age`: the column counts the examples from `1`, which says nothing about a new one
      hint: leave it out with `--ignore age`
    warning: `a.csv`, column `is alive`: each value goes with one value of the label `survived` and the other way round, in all 891 examples
      hint: if it is not known before the label is, leave it out with `--ignore 'is alive'`
    warning: `a.csv`, column `total`: the label is `fare` + `tip` in 1,995 of 2,000 examples
      hint: if one of them is not known before the label is, leave it out with `--ignore fare`
    warning: `a.csv` line 41, column `age`: 7 cells are far from all others, such as `1e39` where the median is 0.02 (lines 41, 52, 63, 74, 85 and 2 more), and scaled with them the others are nearly equal
      hint: mend them, leave them blank, or say that the value is missing with `--missing 1e39`; examples without a label go with `--skip-bad`
    warning: `a.csv`, column `age`: `Cat` and `cat`, `Dog` and `dog` differ in case or blanks alone, and count as different classes
      hint: write them in one way if they are one class: no network can tell them apart
    fatal: `a.csv`, column `age`: no example has a value, so the column is left out
    bad example: `a.csv` line 1: expected an example, since `--no-header` is given, found names: `age`, `sex`
      hint: line 1 seems to hold names; leave `--no-header` out
    bad example: `a.csv` line 41, column `age`: expected a finite number, found `inf`
      hint: leave the cell blank if the value is missing, or go on without such examples with `--skip-bad`
    bad example: `a.csv` line 41, column `age`: expected a number, found `old`
      hint: mend the cell, leave it blank if the value is missing, or go on without such examples with `--skip-bad`
    bad example: `a.csv` line 41, column `age`: expected a label, found none
      hint: fill the cell, or go on without such examples with `--skip-bad`
    bad example: `a.csv` line 41, column `age`: expected a label, found `NA`, which is read as missing
      hint: if `NA` is a value like the others, say `--missing blank`: only blank cells are then missing in columns of words; else fill the cell, or go on without such examples with `--skip-bad`
    bad example: `a.csv` line 41, column `age`: expected a group, found none
      hint: fill the cell, or go on without such examples with `--skip-bad`
    bad example: `a.csv` line 41, column `age`: expected one of the training data's classes, `blue`, `red`, found `green`
      hint: the trained network cannot answer this class; train again with examples of it
    ");
}

#[test]
fn problems_of_labels() {
    insta::assert_snapshot!(said(&[
        Problem::OneClassOnly { place: column(), class: text("a") },
        Problem::OneClassOnly { place: Place::path("pets"), class: text("a") },
        Problem::ConstantLabel { place: column(), value: text("1.5") },
        Problem::LabelNotNumbers { place: cell(), others: 3, examples: 150, found: text("old") },
        Problem::LabelMostlyUnique { place: column(), distinct: 140, examples: 150 },
        Problem::EmptyClass { place: Place::path("data/cat"), class: text("cat") },
        Problem::ClassNotInTrain { place: column(), class: text("a"), split: Split::Test, examples: 1 },
        Problem::ClassNotInTrain { place: column(), class: text("a"), split: Split::Test, examples: 2 },
        Problem::ClassNotHeldOut { place: column(), class: text("a"), split: Split::Validation },
        Problem::ClassWithOneExample { place: column(), class: text("a") },
    ]), @"
    fatal: `a.csv`, column `age`: every example has the class `a`, so there is nothing to tell apart
      hint: add examples of other classes, or choose another label with `--label`
    fatal: `pets`: every example has the class `a`, so there is nothing to tell apart
      hint: add examples of other classes
    fatal: `a.csv`, column `age`: every example has the label `1.5`, so there is nothing to predict
      hint: choose another label with `--label`
    fatal: `a.csv` line 41, column `age`: expected numbers to predict, found 3 of 150 labels that are none (the first is `old`)
      hint: say `--task classification`, or choose another label with `--label`
    fatal: `a.csv`, column `age`: expected classes with several examples each, found 140 different labels in 150 examples
      hint: choose the column to predict with `--label`
    fatal: `data/cat`: expected images of the class `cat`, found none
      hint: put images there, or remove the folder
    fatal: `a.csv`, column `age`: class `a` is in test (1 example) and not in train
      hint: put examples of `a` into train, or take them out of the other split
    fatal: `a.csv`, column `age`: class `a` is in test (2 examples) and not in train
      hint: put examples of `a` into train, or take them out of the other split
    warning: `a.csv`, column `age`: class `a` is in train and not in validation, so its errors cannot show there
    warning: `a.csv`, column `age`: class `a` has a single example, so it cannot be in every split
      hint: label more examples of `a`, or merge it with another class
    ");
}

#[test]
fn problems_of_examples_against_each_other_and_of_images() {
    let line = |line| Place::line("a.csv", line);
    let image = || Place::path("data/cat/1.png");
    insta::assert_snapshot!(said(&[
        Problem::Contradictory {
            place: source(),
            sets: 2,
            examples: 5,
            first: format!("{} and {}", line(2), line(9)),
        },
        Problem::DuplicateAcrossSplits {
            place: line(2),
            split: Split::Test,
            other: line(9),
            other_split: Split::Train,
        },
        Problem::UnreadableImage { place: image(), reason: text("it breaks off after 12 bytes") },
        Problem::NotAnImage { place: image(), found: text("a PDF file") },
        Problem::LooseImage { place: image() },
        Problem::EqualWithOtherLabel {
            place: image(),
            label: text("cat"),
            other: Place::path("data/dog/1.png"),
            other_label: text("dog"),
        },
    ]), @"
    warning: `a.csv`: 5 examples have equal inputs with one of a different label (such as `a.csv` line 2 and `a.csv` line 9)
      hint: look at their labels; no network can be right on all of them
    warning: `a.csv` line 2: the test example is equal to `a.csv` line 9 in train
      hint: take it out of one of the two, or its error there says nothing about new examples
    bad example: `data/cat/1.png`: expected an image, found one that cannot be read: it breaks off after 12 bytes
      hint: copy or export the image again, or go on without such files with `--skip-bad`
    bad example: `data/cat/1.png`: expected an image, found a PDF file
      hint: move the file elsewhere, or go on without such files with `--skip-bad`
    warning: `data/cat/1.png`: expected images inside class folders only, found this one beside them
      hint: move it into the folder of its class
    warning: `data/cat/1.png`: equal to `data/dog/1.png`, but labelled `cat` where that is `dog`
      hint: look at both, and give them one label
    ");
}

#[test]
fn an_error_says_its_gravest_problem_and_counts_the_others() {
    let warning = Problem::EmptyColumn { place: column() };
    let fatal = Problem::NoExamples { place: source() };
    let error = |problems: &[&Problem]| {
        DataError::Problems(problems.iter().copied().cloned().collect()).to_string()
    };
    let gravest = "`a.csv`: expected at least one example, found none";
    assert_eq!(error(&[&fatal]), gravest);
    assert_eq!(error(&[&warning, &fatal]), format!("{gravest} (and 1 more problem)"));
    assert_eq!(error(&[&warning, &fatal, &warning]), format!("{gravest} (and 2 more problems)"));
    assert_eq!(error(&[]), "the data has problems");
}

#[test]
fn long_lists_of_names_are_cut() {
    let names: Vec<String> = (0..23).map(|number| number.to_string()).collect();
    let listed = listed(&names);
    assert!(listed.starts_with("`0`, `1`, "), "{listed}");
    assert!(listed.ends_with("`19` and 3 more"), "{listed}");
}

#[test]
fn control_characters_in_names_do_not_reach_a_message() {
    assert_eq!(source().column("a\n\u{1B}[31m").to_string(), "`a.csv`, column `a\\n\\u{1b}[31m`");
}
