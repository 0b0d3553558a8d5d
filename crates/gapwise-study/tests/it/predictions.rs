//! The prediction table as a file.

use std::{fs, path::PathBuf};

use gapwise_data::{Split, TaskChoice};
use gapwise_study::predictions::{
    Outcome, PredictionRow, PredictionTable, PredictionsError, Target, Writer, read, read_foreign,
};

use crate::tables::{class_table, number_table};

/// A file that lives as long as the folder beside it.
fn file(text: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("predictions.csv");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn written(table: &PredictionTable) -> String {
    let mut bytes = Vec::new();
    table.write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn reread(table: &PredictionTable, target: Option<&Target>) -> PredictionTable {
    let (_folder, path) = file(written(table).as_bytes());
    read(&path, target).unwrap()
}

/// What reading this text fails with, without the folder's name.
fn failure(text: &[u8], target: Option<&Target>) -> String {
    let (folder, path) = file(text);
    let error = read(&path, target).unwrap_err();
    format!("error: {error}\nhint: {}", error.hint())
        .replace(&format!("{}/", folder.path().display()), "")
}

fn hostile() -> PredictionTable {
    let names = vec!["a,b".to_owned(), "\"quoted\"".to_owned(), "línea\nnueva".to_owned()];
    let row = |id: &str, group: Option<&str>, label| PredictionRow {
        id: id.to_owned(),
        group: group.map(str::to_owned),
        split: Split::TrainValidation,
        outcome: Outcome::class(label, 2, vec![1e-30, 0.1, 0.9]),
        loss: 0.105_360_52,
        weight: 1.0,
    };
    PredictionTable {
        target: Target::classes(names),
        rows: vec![row("folder/a, b.png", Some("clip \"7\""), 0), row("x\ny", None, 1)],
    }
}

#[test]
fn a_table_of_classes_stands_by_name() {
    let table = class_table(&[(Split::Train, 1, 0), (Split::Validation, 1, 1)]);
    insta::assert_snapshot!(written(&table), @r"
    id,group,split,label,prediction,loss,score:cat,score:dog
    train:0,,train,cat,cat,0.5,0.75,0.25
    validation:0,,validation,cat,dog,0.5,0.25,0.75
    ");
}

#[test]
fn numbers_stand_in_their_shortest_form() {
    let table =
        number_table(&[(Split::Test, &[(0.1, 52_310.0), (1e-7, -1.5e300), (0.0, 1.0 / 3.0)])]);
    insta::assert_snapshot!(written(&table), @r"
    id,group,split,label,prediction,loss
    test:0,,test,0.1,52310,0.5
    test:1,,test,1e-7,-1.5e300,0.5
    test:2,,test,0,0.3333333333333333,0.5
    ");
}

#[test]
fn what_is_written_is_read_back_to_the_bit() {
    let classes = class_table(&[(Split::Train, 3, 1), (Split::Test, 2, 1)]);
    assert_eq!(reread(&classes, None), classes);
    assert_eq!(reread(&classes, Some(&classes.target)), classes);
    let hostile = hostile();
    assert_eq!(reread(&hostile, None), hostile);
    let pairs: Vec<(f64, f64)> =
        (1..200).map(|n| (f64::from(n).sqrt() * 1e-9, f64::from(n).exp())).collect();
    let numbers = number_table(&[(Split::Validation, &pairs)]);
    assert_eq!(reread(&numbers, Some(&numbers.target)), numbers);
}

#[test]
fn weights_are_a_column_where_one_is_not_1() {
    let mut table = class_table(&[(Split::Train, 1, 0), (Split::Validation, 1, 1)]);
    table.rows[1].weight = 2.5;
    insta::assert_snapshot!(written(&table), @r"
    id,group,split,label,prediction,loss,weight,score:cat,score:dog
    train:0,,train,cat,cat,0.5,1,0.75,0.25
    validation:0,,validation,cat,dog,0.5,2.5,0.25,0.75
    ");
    assert_eq!(reread(&table, None), table);
    let mut numbers = number_table(&[(Split::Test, &[(1.0, 2.0), (3.0, 4.0)])]);
    numbers.rows[0].weight = 0.0;
    numbers.rows[1].weight = 0.1 + 0.2;
    assert_eq!(reread(&numbers, Some(&numbers.target)), numbers);
}

#[test]
fn a_weight_that_cannot_be_is_neither_read_nor_written() {
    let text = b"id,group,split,label,prediction,loss,weight
a,,test,1,2,0.5,1
b,,test,1,2,0.5,-1
c,,test,1,2,0.5,inf
d,,test,1,2,0.5,heavy
";
    insta::assert_snapshot!(failure(text, None), @r"
    error: `predictions.csv` line 3, column `weight`: expected a finite number from 0 up, found `-1`, and 2 more
    hint: mend it where the table is written; docs/predictions.md has what each column may hold
    ");
    let mut table = class_table(&[(Split::Train, 1, 0)]);
    table.rows[0].weight = f64::NAN;
    let error = table.write(Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "the weight of example `train:0` cannot be NaN here");
    table.rows[0].weight = 2.0;
    let mut writer = Writer::begin(Vec::new(), &table.target).unwrap();
    assert!(writer.write(&table.rows[0]).is_err(), "the table has no column for it");
}

#[test]
fn a_diverged_network_is_written_and_read() {
    let table = number_table(&[(Split::Train, &[(1.0, f64::INFINITY), (2.0, f64::NEG_INFINITY)])]);
    assert_eq!(reread(&table, Some(&table.target)), table);
}

#[test]
fn a_table_without_scores_is_read_for_a_known_target() {
    let target = Target::classes(vec!["0".to_owned(), "1".to_owned()]);
    let (_folder, path) = file(b"id,group,split,label,prediction,loss\na,,test,0,1,0.5\n");
    let table = read(&path, Some(&target)).unwrap();
    assert_eq!(table.rows[0].outcome, Outcome::class(0, 1, vec![]));
    let unknown = read(&path, None).unwrap();
    assert_eq!(unknown.target, Target::number("label".to_owned()));
}

#[test]
fn a_row_of_another_target_is_not_written() {
    let table = class_table(&[(Split::Train, 1, 0)]);
    let numbers = Target::number("price".to_owned());
    let mut writer = Writer::begin(Vec::new(), &numbers).unwrap();
    let error = writer.write(&table.rows[0]).unwrap_err();
    assert_eq!(error.to_string(), "the row of example `train:0` is not of the table's target");
}

#[test]
fn every_bad_cell_is_gathered() {
    let text = b"id,group,split,label,prediction,loss,score:cat,score:dog
a,,train,cat,dog,0.5,0.25,0.75
b,,held-out,cat,cow,none,0.25,1.75
c,,train,cat,dog,0.5,0.25
a,,train,cat,dog,0.5,0.25,0.25
\xff,,train,cat,dog,0.5,0.25,0.75
";
    let (_folder, path) = file(text);
    let PredictionsError::Cells { first, total, .. } = read(&path, None).unwrap_err() else {
        panic!("cells are bad");
    };
    assert_eq!(total, first.len());
    let said: Vec<String> = first.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    line 3, column `split`: expected `train`, `train-validation`, `validation` or `test`, found `held-out`
    line 3, column `loss`: expected a number, found `none`
    line 3, column `prediction`: expected one of the 2 classes, found `cow`
    line 3, column `score:dog`: expected a probability from 0 to 1, found `1.75`
    line 4: expected 8 fields, found `7 fields`
    line 5: expected scores that sum to 1, found `a sum of 0.5`
    line 5, column `id`: expected an id that no other row of train has, found `a`
    line 6, column `id`: expected text in UTF-8, found `�`
    ");
}

#[test]
fn every_error_says_where_and_what() {
    let numbers = Target::number("price".to_owned());
    let classes = Target::classes(vec!["cat".to_owned()]);
    let columns = b"id,group,split,label,prediction,loss\n";
    let errors = [
        failure(b"", None),
        failure(b"id,split\n", None),
        failure(b"id,group,split,label,prediction,loss,score:cow\n", Some(&classes)),
        failure(b"id,group,split,label,prediction,loss,score:cow\n", Some(&numbers)),
        failure(&[&columns[..], b"a,,train,1,2,0\nb,,train,1,x,0\n"].concat(), Some(&numbers)),
        failure(&[&columns[..], b"a,,train,1,,0\nb,,train,1,x,0\n"].concat(), Some(&numbers)),
        failure(&[&columns[..], b"a,,train,1,,0\nb,,t,1,x,0\n"].concat(), Some(&numbers)),
    ];
    insta::assert_snapshot!(errors.join("\n\n"), @r"
    error: `predictions.csv` line 1: expected the columns `id`, `split`, `label` and `prediction`, found ``
    hint: beside these there may be `group`, `weight`, `loss` and, for classes, one `score:CLASS` per class, in any order

    error: `predictions.csv` line 1: expected the columns `id`, `split`, `label` and `prediction`, found `id,split`
    hint: beside these there may be `group`, `weight`, `loss` and, for classes, one `score:CLASS` per class, in any order

    error: `predictions.csv` line 1: expected `score:cat`, found `score:cow`
    hint: beside these there may be `group`, `weight`, `loss` and, for classes, one `score:CLASS` per class, in any order

    error: `predictions.csv` line 1: expected no scores, since numbers are predicted, found `score:cow`
    hint: beside these there may be `group`, `weight`, `loss` and, for classes, one `score:CLASS` per class, in any order

    error: `predictions.csv` line 3, column `prediction`: expected a number, found `x`
    hint: mend it where the table is written; docs/predictions.md has what each column may hold

    error: `predictions.csv` line 2, column `prediction`: expected a number, found ``, and 1 more like it
    hint: mend it where the table is written; docs/predictions.md has what each column may hold

    error: `predictions.csv` line 2, column `prediction`: expected a number, found ``, and 2 more
    hint: mend it where the table is written; docs/predictions.md has what each column may hold
    ");
    let missing = read(&PathBuf::from("no/such/predictions.csv"), None).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "`no/such/predictions.csv`: No such file or directory (os error 2)"
    );
}

#[test]
fn bad_cells_beyond_a_thousand_are_counted() {
    let mut text = b"id,group,split,label,prediction,loss\n".to_vec();
    for row in 0..1_500 {
        text.extend(format!("{row},,train,1,x,0\n").into_bytes());
    }
    let (_folder, path) = file(&text);
    let PredictionsError::Cells { first, total, .. } = read(&path, None).unwrap_err() else {
        panic!("cells are bad");
    };
    assert_eq!((first.len(), total), (1_000, 1_500));
}

#[test]
fn mangled_files_are_refused_and_never_panic() {
    use rand::{RngExt, SeedableRng};
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(11);
    let whole = written(&hostile()).into_bytes();
    for _ in 0..2_000 {
        let mut bytes = whole.clone();
        for _ in 0..random.random_range(1..6) {
            let place = random.random_range(0..bytes.len());
            match random.random_range(0..3) {
                0 => bytes[place] = random.random(),
                1 if bytes.len() > 1 => drop(bytes.remove(place)),
                _ => bytes.truncate(place.max(1)),
            }
        }
        let (_folder, path) = file(&bytes);
        let _ = read(&path, None);
    }
}

#[test]
fn columns_stand_in_any_order_and_those_that_are_not_needed_may_be_missing() {
    let text =
        b"\xef\xbb\xbfprediction,score:cat,split,score:dog,label,id\ndog,0.25,val,0.75,cat,a\n\
                 cat,1,dev,0,cat,b\ncat,1,valid,0,dog,c\ncat,1,train,0,cat,d\n";
    let (_folder, path) = file(text);
    let table = read(&path, None).unwrap();
    assert_eq!(table.target, Target::classes(vec!["cat".to_owned(), "dog".to_owned()]));
    let splits: Vec<Split> = table.rows.iter().map(|row| row.split).collect();
    assert_eq!(splits, [Split::Validation, Split::Validation, Split::Validation, Split::Train]);
    let first = &table.rows[0];
    let outcome = Outcome::class(0, 1, vec![0.25, 0.75]);
    assert_eq!((first.id.as_str(), &first.outcome), ("a", &outcome));
    assert_eq!((first.group.as_ref(), first.weight, first.loss.is_nan()), (None, 1.0, true));
}

#[test]
fn a_table_without_scores_says_by_its_words_what_it_predicts() {
    let target = |rows: &str, task| {
        let (_folder, path) = file(format!("id,split,label,prediction\n{rows}").as_bytes());
        read_foreign(&path, task).unwrap().table.target
    };
    let classes =
        |names: &[&str]| Target::classes(names.iter().map(|&name| name.to_owned()).collect());
    let number = Target::number("label".to_owned());
    let (words, numbers) = ("a,val,dog,cat\nb,val,cat,emu\n", "a,val,10,9\nb,val,9,2\n");
    assert_eq!(target(words, None), classes(&["cat", "dog", "emu"]));
    assert_eq!(target(numbers, None), number);
    assert_eq!(target(numbers, Some(TaskChoice::Regression)), number);
    let by_size = classes(&["2", "9", "10"]);
    assert_eq!(target(numbers, Some(TaskChoice::Classification)), by_size);
}

/// What a table of another program fails with, without the folder's name.
fn refused(text: &str, task: Option<TaskChoice>) -> String {
    let (folder, path) = file(text.as_bytes());
    let error = read_foreign(&path, task).unwrap_err();
    format!("error: {error}\nhint: {}", error.hint())
        .replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn what_is_no_number_in_a_table_of_another_program_is_an_error_with_its_place() {
    let classes = "id,split,label,prediction,loss,score:0,score:1\na,val,0,0,0.1,0.9,0.1\n";
    let told = [
        refused(&format!("{classes}b,val,0,0,0.1,nan,nan\nc,val,0,0,0.1,NaN,nan\n"), None),
        refused(&format!("{classes}b,val,0,0,0.1,1,nan\n"), None),
        refused(&format!("{classes}b,val,0,0,nan,1,0\n"), None),
        refused(&format!("{classes}b,val,0,0,0.1,inf,0\n"), None),
        refused("id,split,label,prediction\na,val,1.5,nan\nb,val,2.5,inf\n", None),
        refused("id,split,label,prediction\na,val,nan,1.5\n", Some(TaskChoice::Regression)),
    ];
    insta::assert_snapshot!(told.join("\n\n"), @r"
    error: `predictions.csv` line 3, column `score:0`: expected a probability from 0 to 1, found `nan`, and 3 more
    hint: a network that answers `nan` has most likely diverged: look at its training before its errors

    error: `predictions.csv` line 3, column `score:1`: expected a probability from 0 to 1, found `nan`
    hint: a network that answers `nan` has most likely diverged: look at its training before its errors

    error: `predictions.csv` line 3, column `loss`: expected a number, found `nan`
    hint: a network that answers `nan` has most likely diverged: look at its training before its errors

    error: `predictions.csv` line 3, column `score:0`: expected a probability from 0 to 1, found `inf`
    hint: mend it where the table is written; docs/predictions.md has what each column may hold

    error: `predictions.csv` line 2, column `prediction`: expected a finite number, found `nan`, and 1 more like it
    hint: a network that answers `nan` has most likely diverged: look at its training before its errors

    error: `predictions.csv` line 2, column `label`: expected a finite number, found `nan`
    hint: a network that answers `nan` has most likely diverged: look at its training before its errors
    ");
    // The loss of a right class with a score of 0.
    let (_folder, path) = file(format!("{classes}b,val,0,1,inf,0,1\n").as_bytes());
    assert!(read_foreign(&path, None).is_ok());
}

#[test]
fn scores_that_are_printed_to_few_decimals_need_not_sum_to_1_and_it_is_said() {
    let header = "id,split,label,prediction,score:a,score:b,score:c\n";
    let read = |rows: &str| {
        let (_folder, path) = file(format!("{header}{rows}").as_bytes());
        read_foreign(&path, None)
    };
    let rounded =
        read("1,val,a,a,0.33,0.33,0.33\n2,val,a,a,0.5,0.25,0.25\n3,val,a,a,0.34,0.34,0.33\n");
    let rounded = rounded.unwrap();
    insta::assert_snapshot!(rounded.rounded.unwrap(), @"The scores of 2 rows sum to between 0.990 and 1.010 and not to 1, as scores rounded to 2 decimals do; they are read as they are printed.");
    let answered = rounded.table.rows[0].outcome.classified().unwrap();
    assert_eq!(answered.scores, [0.33, 0.33, 0.33]);
    assert_eq!(read("1,val,a,a,0.5,0.25,0.25\n").unwrap().rounded, None);
    // 3 · 0.005 is less than 0.02; and of five decimals, rounding explains nothing.
    for rows in ["1,val,a,a,0.5,0.25,0.23\n", "1,val,a,a,0.33,0.33,0.32001\n"] {
        let error = read(rows).unwrap_err().to_string();
        assert!(error.contains(" line 2: expected scores that sum to 1, found `a sum of 0.98"));
    }
    let half = read("1,val,a,a,0.99219,0.00195,0.00195\n").unwrap().rounded.unwrap();
    assert!(!half.contains("rounded") && half.contains("sum to 0.996"), "{half}");
}

#[test]
fn a_header_that_is_none_says_which_columns_are_wrong() {
    let told = [
        failure(b"id,split,label,prediction,colour,size\n", None),
        failure(b"id,split,label,label,prediction\n", None),
        failure(b"id,split,label,predicted\n", None),
    ];
    let told: Vec<&str> = told.iter().filter_map(|told| told.lines().next()).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    error: `predictions.csv` line 1: expected no columns but `id`, `group`, `split`, `label`, `prediction`, `loss`, `weight` and `score:CLASS`, each once, found `colour,size`
    error: `predictions.csv` line 1: expected no columns but `id`, `group`, `split`, `label`, `prediction`, `loss`, `weight` and `score:CLASS`, each once, found `label`
    error: `predictions.csv` line 1: expected the columns `id`, `split`, `label` and `prediction`, found `id,split,label,predicted`
    ");
}
