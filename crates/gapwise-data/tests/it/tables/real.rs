//! Real tables, where they are at hand.

use std::path::{Path, PathBuf};

use gapwise_data::{
    Labels, Problem, Severity, SourceOptions, Split, TaskChoice, source,
    table::{ColumnKind, TableEncoder},
};

use super::{classes, kinds, options, said, schema, table, with_label};

/// A folder of the shared data; `None`, said in one line, where it is not there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("passed over: there is no `{}`", path.display());
    None
}

#[test]
fn adult_comes_with_its_test_file_and_the_dots_of_its_labels_taken_off() {
    let Some(folder) = shared("tabular") else { return };
    let data = source::read(&SourceOptions {
        test: Some(folder.join("adult-test.csv.gz")),
        ..options(folder.join("adult-train.csv.gz"))
    })
    .expect("adult");
    assert_eq!(data.name, "adult-train");
    assert_eq!(data.len(), 32_561 + 16_281);
    let (names, counts) = classes(&data);
    assert_eq!(names, ["<=50K", ">50K"]);
    assert_eq!(counts, [24_720 + 12_435, 7_841 + 3_846]);
    let kinds: String = kinds(&data).iter().map(|(_, kind)| &kind.as_str()[..1]).collect();
    // age, workclass, fnlwgt, education, education-num, marital-status, occupation, relationship,
    // race, sex, capital-gain, capital-loss, hours-per-week, native-country, income
    assert_eq!(kinds, "ncncnccccc".to_owned() + "nnncc");
    assert!(!schema(&data).header);
    assert_eq!(table(&data).columns[1].values.missing(), 1836 + 963);
    assert!(said(&data).iter().any(|said| said.contains("the dot is taken off")));
    assert_eq!(data.ids[0], "adult-train.csv.gz:1");
    assert_eq!(data.ids[32_561], "adult-test.csv.gz:1");
    let ready_made = data.ready_made.as_ref().expect("a test file");
    assert_eq!(ready_made.iter().filter(|split| **split == Some(Split::Test)).count(), 16_281);
    // Validation is still to be taken from train, so those examples have no split yet.
    assert_eq!(ready_made[0], None);
    assert!(data.problems.iter().all(|problem| problem.severity() == Severity::Warning));
    assert!(data.problems.iter().any(|problem| matches!(
        problem,
        Problem::DuplicateAcrossSplits { split: Split::Test, other_split: Split::Train, .. }
    )));
}

#[test]
fn adult_is_encoded_with_an_embedding_for_native_country_alone() {
    let Some(folder) = shared("tabular") else { return };
    let data = source::read(&options(folder.join("adult-train.csv.gz"))).expect("adult");
    let train: Vec<usize> = (0..20_000).collect();
    let (encoder, _) = TableEncoder::fit(table(&data), &train);
    let embeddings: Vec<_> = encoder.embeddings().iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(embeddings, ["14"]);
    let encoded = encoder.encode(table(&data)).expect("its own table");
    assert_eq!(encoded.dense.len(), 32_561 * encoder.dense_width());
    assert!(encoded.dense.iter().all(|value| value.is_finite()));
    assert!(encoded.codes.iter().all(|code| (*code as usize) < encoder.embeddings()[0].categories));
    assert_eq!(encoder.feature_names().len(), encoder.dense_width());
}

#[test]
fn california_housing_has_a_header_and_207_blanks_and_is_regression() {
    let Some(folder) = shared("tabular") else { return };
    let path = folder.join("california-housing.csv.gz");
    let data = source::read(&with_label(&path, "median_house_value")).expect("california");
    assert_eq!(data.len(), 20_640);
    assert!(schema(&data).header);
    assert!(matches!(data.labels, Labels::Numbers(_)));
    let bedrooms = table(&data).column("total_bedrooms").expect("a column");
    assert_eq!(bedrooms.values.missing(), 207);
    let ocean = table(&data).column("ocean_proximity").expect("a column");
    assert_eq!(ocean.values.kind(), ColumnKind::Category);
    assert_eq!(data.ids[0], "california-housing.csv.gz:2");
    // Without being told, the last column is taken, and the note says how to take another.
    let guessed = source::read(&options(&path)).expect("california");
    assert_eq!(guessed.label_name, "ocean_proximity");
    let note = guessed.notes.iter().find(|note| note.said.starts_with("the label is"));
    assert_eq!(note.and_then(|note| note.change_with.as_deref()), Some("--label NAME"));
}

#[test]
fn titanic_tells_its_column_kinds_and_that_alive_repeats_the_label() {
    let Some(folder) = shared("tabular") else { return };
    let path = folder.join("titanic.csv");
    let data = source::read(&with_label(&path, "survived")).expect("titanic");
    assert_eq!(data.len(), 891);
    assert_eq!(classes(&data), (["0", "1"].map(str::to_owned).as_slice(), vec![549, 342]));
    let columns = kinds(&data);
    let kind = |name: &str| columns.iter().find(|(found, _)| found == name).map(|found| found.1);
    assert_eq!(kind("age"), Some(ColumnKind::Number));
    assert_eq!(kind("adult_male"), Some(ColumnKind::Boolean));
    assert_eq!(kind("alive"), Some(ColumnKind::Boolean));
    assert_eq!(kind("deck"), Some(ColumnKind::Category));
    let repeats: Vec<&Problem> = data
        .problems
        .iter()
        .filter(|problem| matches!(problem, Problem::RepeatsLabel { .. }))
        .collect();
    assert_eq!(repeats.len(), 1);
    assert_eq!(
        repeats[0].hint().as_deref(),
        Some("if it is not known before the label is, leave it out with `--ignore alive`")
    );
    let ignoring =
        SourceOptions { ignore: vec!["alive".to_owned()], ..with_label(&path, "survived") };
    let data = source::read(&ignoring).expect("titanic");
    let no_repeat = |problem: &Problem| !matches!(problem, Problem::RepeatsLabel { .. });
    assert!(data.problems.iter().all(no_repeat));
    // Only without that column can two passengers be alike and fare differently.
    assert!(data.problems.iter().any(|problem| matches!(problem, Problem::Contradictory { .. })));
    let left_out = table(&data).column("alive").and_then(|column| column.left_out.as_deref());
    assert_eq!(left_out, Some("named by `--ignore`"));
    assert_eq!(table(&data).row(0)[2], ("age".to_owned(), "22".to_owned()));
}

#[test]
fn iris_and_wine_are_classes_in_the_last_and_first_column() {
    let Some(folder) = shared("tabular") else { return };
    let iris = source::read(&options(folder.join("iris.csv"))).expect("iris");
    assert_eq!(classes(&iris).1, [50, 50, 50]);
    assert_eq!(iris.label_name, "5");
    assert_eq!(table(&iris).columns.len(), 4);
    // UCI's wine has its class first in the original and last here.
    let wine = source::read(&options(folder.join("wine.csv"))).expect("wine");
    assert_eq!(wine.len(), 178);
    assert_eq!(classes(&wine), (["1", "2", "3"].map(str::to_owned).as_slice(), vec![59, 71, 48]));
}

#[test]
fn quality_of_wine_is_classes_and_rings_of_abalone_are_a_number() {
    let Some(folder) = shared("tabular") else { return };
    let wine = source::read(&options(folder.join("winequality-red.csv"))).expect("wine quality");
    assert_eq!(classes(&wine).0, ["3", "4", "5", "6", "7", "8"]);
    let abalone = source::read(&options(folder.join("abalone.csv"))).expect("abalone");
    assert_eq!(abalone.len(), 4177);
    assert!(matches!(abalone.labels, Labels::Numbers(_)));
    let reason = said(&abalone).into_iter().find(|said| said.starts_with("the task is"));
    assert_eq!(
        reason,
        Some(
            "the task is regression, since the label `9` holds 28 different whole numbers in 4,177 \
             examples, too many for classes"
        )
    );
    let asked = SourceOptions {
        task: Some(TaskChoice::Classification),
        ..options(folder.join("abalone.csv"))
    };
    let abalone = source::read(&asked).expect("abalone");
    assert_eq!(classes(&abalone).0.len(), 28);
}

#[test]
fn series_have_a_date_column_and_a_number_to_predict() {
    let Some(folder) = shared("tabular") else { return };
    let passengers =
        source::read(&options(folder.join("airline-passengers.csv"))).expect("passengers");
    assert_eq!(passengers.len(), 144);
    assert_eq!(passengers.label_name, "Passengers");
    assert!(matches!(passengers.labels, Labels::Numbers(_)));
    assert_eq!(kinds(&passengers)[0], ("Month".to_owned(), ColumnKind::Date));
    assert_eq!(table(&passengers).row(1)[0].1, "1949-02-01");
    let temperatures =
        source::read(&options(folder.join("daily-min-temperatures.csv"))).expect("temperatures");
    assert_eq!(temperatures.len(), 3650);
    assert_eq!(kinds(&temperatures)[0].1, ColumnKind::Date);
}

#[test]
fn headers_of_real_tables_are_told_from_examples() {
    let Some(bed) = shared("bed") else { return };
    let manifest = std::fs::read_to_string(bed.join("manifest.csv")).expect("a manifest");
    let mut tables: Vec<(PathBuf, bool, Option<String>)> = manifest
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split(',');
            let (name, header, label) = (cells.next()?, cells.next()?, cells.next()?);
            // A label by name would give the header away.
            let label = match header {
                "no" => label,
                _ => {
                    if name == "taxis.csv" {
                        "4"
                    } else {
                        "1"
                    }
                }
            };
            Some((bed.join(name), header == "yes", Some(label.to_owned())))
        })
        .collect();
    if let Some(tabular) = shared("tabular") {
        let with_header = ["california-housing.csv.gz", "titanic.csv", "airline-passengers.csv"];
        let without = ["iris.csv", "wine.csv", "abalone.csv", "adult-train.csv.gz"];
        tables.extend(with_header.map(|name| (tabular.join(name), true, None)));
        tables.extend(without.map(|name| (tabular.join(name), false, None)));
    }
    for (path, header, label) in tables {
        let options = SourceOptions { skip_bad: true, label, ..options(&path) };
        let said = match source::read(&options) {
            Ok(data) => schema(&data).header,
            // What else is wrong with the last column as the label is not asked here.
            Err(error) => panic!("{}: {error}", path.display()),
        };
        assert_eq!(said, header, "{}", path.display());
    }
}
