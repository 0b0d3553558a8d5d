//! The encoder against numbers worked by hand.

use super::*;
use crate::table::{Column, ColumnValues, MISSING, Table};

const GONE: f64 = f64::NAN;

fn table(columns: Vec<(&str, ColumnValues)>) -> Table {
    let rows = columns.first().map_or(0, |(_, values)| values.len());
    let columns = columns
        .into_iter()
        .map(|(name, values)| Column { name: name.to_owned(), values, left_out: None })
        .collect();
    Table { columns, rows }
}

fn numbers(values: &[f64]) -> ColumnValues {
    ColumnValues::Number(values.to_vec())
}

fn category(names: &[&str], of: &[u32]) -> ColumnValues {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    ColumnValues::Category { names, of: of.to_vec() }
}

#[test]
fn a_number_has_zero_mean_and_unit_variance_over_the_training_examples_alone() {
    let table = table(vec![("x", numbers(&[2.0, 4.0, 4.0, 6.0, 100.0]))]);
    let (encoder, notes) = TableEncoder::fit(&table, &[0, 1, 2, 3]);
    assert_eq!(notes, []);
    let encoded = encoder.encode(&table).expect("its own table");
    // Mean (2 + 4 + 4 + 6) / 4 = 4; variance (4 + 0 + 0 + 4) / 4 = 2; deviation √2.
    let root = 2.0_f32.sqrt();
    let expected = [-2.0 / root, 0.0, 0.0, 2.0 / root, 96.0 / root];
    for (found, expected) in encoded.dense.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
    }
}

#[test]
fn a_missing_number_takes_the_training_median_and_says_so() {
    let table = table(vec![("x", numbers(&[1.0, GONE, 2.0, 9.0, GONE]))]);
    let (encoder, _) = TableEncoder::fit(&table, &[0, 1, 2, 3]);
    assert_eq!(encoder.feature_names(), ["x", "x missing"]);
    let encoded = encoder.encode(&table).expect("its own table");
    // Median of 1, 2, 9 is 2. With it: 1, 2, 2, 9; mean 14 / 4 = 3.5;
    // variance (6.25 + 2.25 + 2.25 + 30.25) / 4 = 10.25.
    let deviation = 10.25_f32.sqrt();
    let expected = [
        [-2.5 / deviation, 0.0],
        [-1.5 / deviation, 1.0],
        [-1.5 / deviation, 0.0],
        [5.5 / deviation, 0.0],
        [-1.5 / deviation, 1.0],
    ];
    for (found, expected) in encoded.dense.iter().zip(expected.as_flattened()) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }
}

#[test]
fn missing_for_the_first_time_at_prediction_is_the_median_without_a_feature() {
    let table = table(vec![("x", numbers(&[1.0, 3.0, GONE]))]);
    let (encoder, _) = TableEncoder::fit(&table, &[0, 1]);
    // Median and mean 2, deviation 1.
    assert_eq!(encoder.encode(&table).expect("its own table").dense, [-1.0, 1.0, 0.0]);
}

#[test]
fn columns_constant_over_the_training_examples_are_left_out_and_said() {
    let table = table(vec![
        ("same", numbers(&[0.1, 0.1, 0.1, 5.0])),
        ("gone", numbers(&[GONE, GONE, GONE, 5.0])),
        ("word", category(&["u", "v"], &[0, 0, 0, 1])),
        ("often", numbers(&[3.0, 3.0, GONE, 3.0])),
    ]);
    let (encoder, notes) = TableEncoder::fit(&table, &[0, 1, 2]);
    // `often` has one value, but whether it is there differs.
    assert_eq!(encoder.feature_names(), ["often missing"]);
    let said: Vec<&str> = notes.iter().map(|note| note.said.as_str()).collect();
    assert_eq!(
        said,
        ["same", "gone", "word"].map(|name| format!(
            "column `{name}` is left out: it is the same in all training examples"
        ))
    );
    assert_eq!(encoder.encode(&table).expect("its own table").dense, [0.0, 0.0, 1.0, 0.0]);
}

#[test]
fn numbers_at_the_ends_of_the_range_stay_finite() {
    let table = table(vec![
        ("huge", numbers(&[1e308, -1e308, 1e308, f64::MAX])),
        ("tiny", numbers(&[1e-300, 2e-300, 1e-300, 1e308])),
    ]);
    let (encoder, _) = TableEncoder::fit(&table, &[0, 1, 2]);
    let encoded = encoder.encode(&table).expect("its own table");
    assert!(encoded.dense.iter().all(|value| value.is_finite()), "{:?}", encoded.dense);
    // Of 1, −1, 1 (times 1e308) the mean is 1/3 and the variance 1 − 1/9 = 8/9.
    let expected = (1.0 - 1.0 / 3.0) / (8.0_f32 / 9.0).sqrt();
    assert!((encoded.dense[0] - expected).abs() < 1e-6);
}

#[test]
fn few_categories_are_one_hot_with_a_slot_for_rare_and_unseen_and_one_for_missing() {
    // u three times, v twice, w once (rare below two in a small set), x never in training.
    let of = [0, 0, 0, 1, 1, 2, MISSING, 3];
    let table = table(vec![("c", category(&["u", "v", "w", "x"], &of))]);
    let (encoder, notes) = TableEncoder::fit(&table, &[0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(encoder.feature_names(), ["c = u", "c = v", "c = (rare or unseen)", "c missing"]);
    let encoded = encoder.encode(&table).expect("its own table");
    let row = |example: usize| &encoded.dense[4 * example..4 * (example + 1)];
    assert_eq!(row(0), [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(row(3), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(row(5), [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(row(6), [0.0, 0.0, 0.0, 1.0]);
    assert_eq!(row(7), [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(
        notes[0].said,
        "column `c`: 1 value with fewer than 2 training examples takes the slot for rare and \
         unseen ones"
    );
}

#[test]
fn a_category_needs_five_training_examples_where_there_are_500() {
    let mut of = vec![0; 490];
    of.extend([1; 5]);
    of.extend([2; 4]);
    of.push(3);
    let table = table(vec![("c", category(&["u", "v", "w", "x"], &of))]);
    let (encoder, _) = TableEncoder::fit(&table, &(0..500).collect::<Vec<_>>());
    assert_eq!(encoder.feature_names(), ["c = u", "c = v", "c = (rare or unseen)"]);
    let (encoder, _) = TableEncoder::fit(&table, &(1..500).collect::<Vec<_>>());
    assert_eq!(encoder.feature_names(), ["c = u", "c = v", "c = w", "c = (rare or unseen)"]);
}

#[test]
fn more_than_sixteen_categories_become_codes_with_zero_for_rare_and_unseen() {
    let letters: Vec<String> = ('a'..='s').map(String::from).collect();
    let names: Vec<&str> = letters.iter().map(String::as_str).collect();
    // a to q (17 of them) twice, r once, s never in training, one missing.
    let mut of: Vec<u32> = (0..17).chain(0..17).collect();
    of.extend([17, MISSING, 18]);
    let table = table(vec![("c", category(&names, &of))]);
    let (encoder, _) = TableEncoder::fit(&table, &(0..36).collect::<Vec<_>>());
    // 17 known, one slot for r and s, one for missing: 19 codes.
    // 1.6 · 19^0.56 = 1.6 · 5.2016 = 8.32, rounded up 9.
    assert_eq!(
        encoder.embeddings(),
        [EmbeddingSpec { name: "c".to_owned(), categories: 19, dimensions: 9 }]
    );
    assert_eq!(encoder.dense_width(), 0);
    let encoded = encoder.encode(&table).expect("its own table");
    assert_eq!(encoded.codes[..3], [1, 2, 3]);
    assert_eq!(encoded.codes[34..], [0, 18, 0]);
    assert!(encoded.dense.is_empty());
}

#[test]
fn sixteen_categories_are_still_one_hot() {
    let letters: Vec<String> = ('a'..='p').map(String::from).collect();
    let names: Vec<&str> = letters.iter().map(String::as_str).collect();
    let of: Vec<u32> = (0..16).chain(0..16).collect();
    let table = table(vec![("c", category(&names, &of))]);
    let (encoder, _) = TableEncoder::fit(&table, &(0..32).collect::<Vec<_>>());
    assert_eq!((encoder.dense_width(), encoder.embeddings().len()), (17, 0));
}

#[test]
fn embeddings_are_never_wider_than_32() {
    // 1.6 · 2^0.56 = 2.36; 1.6 · 100^0.56 = 21.1; 1.6 · 1000^0.56 = 76.6.
    assert_eq!([2, 100, 1000].map(embedding_dimensions), [3, 22, 32]);
}

#[test]
fn a_boolean_is_zero_or_one_and_the_more_frequent_value_where_missing() {
    let of = vec![Some(true), Some(false), Some(true), None];
    let words = ["no", "yes"].map(str::to_owned);
    let table = table(vec![("b", ColumnValues::Boolean { words, of })]);
    let (encoder, _) = TableEncoder::fit(&table, &[0, 1, 2, 3]);
    let encoded = encoder.encode(&table).expect("its own table");
    assert_eq!(encoded.dense, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0]);
}

#[test]
fn a_date_is_days_and_its_place_in_year_week_and_day() {
    // Thursday 1970-01-01, Friday 1970-07-03 12:00 and nothing; day 184 of 365 begins after 183 days.
    let table = table(vec![("d", ColumnValues::Date(vec![0.0, 183.5, GONE]))]);
    let (encoder, _) = TableEncoder::fit(&table, &[0, 1]);
    let circles = ["year", "week", "day"]
        .map(|of| ["sine", "cosine"].map(|function| format!("d ({function} of the {of})")));
    assert_eq!(encoder.feature_names()[1..], circles.concat());
    let encoded = encoder.encode(&table).expect("its own table");
    // Mean and median 91.75, deviation 91.75. Thursday is three days of seven into the week, Friday
    // four; noon is half of the day.
    let turn = |share: f32| {
        let angle = std::f32::consts::TAU * share;
        [angle.sin(), angle.cos()]
    };
    let thursday = [[0.0, 1.0], turn(3.0 / 7.0), [0.0, 1.0]].concat();
    let friday = [turn(183.0 / 365.0), turn(4.0 / 7.0), turn(0.5)].concat();
    let expected = [vec![-1.0], thursday, vec![1.0], friday, vec![0.0; 7]].concat();
    assert_eq!(encoded.dense.len(), expected.len());
    for (found, expected) in encoded.dense.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }
}

#[test]
fn dates_of_months_have_no_day_of_the_week() {
    // The first of January, of February and of March 1970, and the last days of the same months.
    for days in [[0.0, 31.0, 59.0], [30.0, 58.0, 89.0]] {
        let table = table(vec![("d", ColumnValues::Date(days.to_vec()))]);
        let (encoder, _) = TableEncoder::fit(&table, &[0, 1, 2]);
        let names = encoder.feature_names();
        assert_eq!(names, ["d", "d (sine of the year)", "d (cosine of the year)"]);
    }
}

#[test]
fn text_and_columns_left_out_are_no_features() {
    let mut table = table(vec![
        ("t", ColumnValues::Text { names: vec!["p".into(), "q".into()], of: vec![0, 1] }),
        ("x", numbers(&[1.0, 2.0])),
        ("z", numbers(&[1.0, 2.0])),
    ]);
    table.columns[2].left_out = Some("named by `--ignore`".to_owned());
    let (encoder, notes) = TableEncoder::fit(&table, &[0, 1]);
    assert_eq!(encoder.feature_names(), ["x"]);
    assert_eq!(notes, []);
}

#[test]
fn a_table_without_the_encoder_s_columns_is_refused() {
    let fitted = table(vec![("x", numbers(&[1.0, 2.0]))]);
    let (encoder, _) = TableEncoder::fit(&fitted, &[0, 1]);
    let refusal = |columns| encoder.encode(&table(columns)).expect_err("no fit").to_string();
    assert_eq!(
        refusal(vec![("y", numbers(&[1.0, 2.0]))]),
        "column `x`: expected a number column, as the encoder was fitted on, found no column of \
         the name"
    );
    assert_eq!(
        refusal(vec![("x", category(&["u"], &[0, 0]))]),
        "column `x`: expected a number column, as the encoder was fitted on, found a category \
         column"
    );
}

#[test]
fn nothing_to_train_on_gives_an_encoder_of_no_features() {
    let table = table(vec![("x", numbers(&[1.0, 2.0])), ("c", category(&["u", "v"], &[0, 1]))]);
    let (encoder, _) = TableEncoder::fit(&table, &[]);
    assert_eq!(encoder.dense_width(), 0);
    assert!(encoder.encode(&table).expect("its own table").dense.is_empty());
}

#[test]
fn every_bit_of_an_encoder_survives_being_stored() {
    use rand::{RngExt, SeedableRng};
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
    let names: Vec<String> = (0..200).map(|number| format!("x{number}")).collect();
    let columns = names.iter().map(|name| {
        let mut draw = || rng.random_range(-1.0..1.0) * 10_f64.powi(rng.random_range(-30..30));
        (name.as_str(), numbers(&[draw(), draw(), GONE, draw()]))
    });
    let mut columns: Vec<_> = columns.collect();
    columns.push(("d", ColumnValues::Date(vec![0.1, 0.7, 12_345.678, GONE])));
    let words = ["no", "yes"].map(str::to_owned);
    let of = vec![Some(true), None, Some(false), Some(true)];
    columns.push(("b", ColumnValues::Boolean { words, of }));
    columns.push(("c", category(&["u", "v"], &[0, 0, 1, 1])));
    let (encoder, _) = TableEncoder::fit(&table(columns), &[0, 1, 2, 3]);
    let json = serde_json::to_string(&encoder).expect("an encoder");
    assert_eq!(serde_json::from_str::<TableEncoder>(&json).expect("the same"), encoder);
}
