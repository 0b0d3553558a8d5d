//! Other data, read like the training data.

use std::path::Path;

use gapwise_data::{
    DataError, Dataset, Inputs, Labels, Problem, SourceOptions,
    source::{self, LabelPolicy, Reading},
    table::TableEncoder,
};

use super::{Written, options, table, with_label};

pub(super) fn like(
    data: &Dataset,
    path: &Path,
    policy: LabelPolicy,
) -> Result<source::Likewise, DataError> {
    source::read_like(&data.reading, path, policy)
}

#[test]
fn other_data_is_read_with_the_training_data_s_kinds_and_class_numbers() {
    let written = Written::new(&[
        ("train.csv", "x,code,label\n1.5,1,red\n2.5,2,blue\n?,3,red\n4,1,blue\n"),
        ("other.csv", "label,code,x,extra\nred.,7,3,e\nblue.,8,?,e\n"),
        ("new.csv", "x,code\n9,1\n"),
        ("strange.csv", "x,code,label\n9,1,green\n8,1,red\n"),
        ("short.csv", "x,label\n9,red\n"),
    ]);
    let data = source::read(&with_label(written.path("train.csv"), "label")).expect("train");
    let json = serde_json::to_string(&data.reading).expect("a schema");
    assert_eq!(serde_json::from_str::<Reading>(&json).expect("the same schema"), data.reading);

    let other = like(&data, &written.path("other.csv"), LabelPolicy::Required).expect("other");
    // Classes in order: blue, red.
    let Some(Labels::Classes { of, .. }) = &other.labels else { panic!("classes") };
    assert_eq!(of, &[1, 0]);
    assert_eq!(other.ids, ["other.csv:2", "other.csv:3"]);
    assert!(matches!(other.problems.as_slice(), [Problem::ColumnUnknown { .. }]));

    let new = like(&data, &written.path("new.csv"), LabelPolicy::Optional).expect("no labels");
    assert_eq!(new.labels, None);
    let error = like(&data, &written.path("new.csv"), LabelPolicy::Required).expect_err("no label");
    assert!(matches!(error.problems(), [Problem::NoLabelColumn { .. }]));

    let strange =
        like(&data, &written.path("strange.csv"), LabelPolicy::Required).expect("one good example");
    assert_eq!(strange.ids, ["strange.csv:3"]);
    assert_eq!(
        written.bare(&strange.problems[0].to_string()),
        "`strange.csv` line 2, column `label`: expected one of the training data's classes, \
         `blue`, `red`, found `green`"
    );
    let optional =
        like(&data, &written.path("strange.csv"), LabelPolicy::Optional).expect("both examples");
    assert_eq!((optional.ids.len(), optional.labels), (2, None));

    let error =
        like(&data, &written.path("short.csv"), LabelPolicy::Optional).expect_err("no `code`");
    assert_eq!(
        written.bare(&error.to_string()),
        "`short.csv`, column `code`: expected this column, which the training data has, found none \
         of the name"
    );
}

#[test]
fn other_data_without_a_header_may_lack_the_label_s_column() {
    let written = Written::new(&[
        ("train.csv", "1,a,5\n2,b,6\n3,a,7\n4,b,9\n"),
        ("new.csv", "8,3\n"),
        ("wide.csv", "8,a,3,3\n"),
    ]);
    let data = source::read(&with_label(written.path("train.csv"), "2")).expect("train");
    let new = like(&data, &written.path("new.csv"), LabelPolicy::Optional).expect("two columns");
    let Inputs::Table(table) = &new.inputs else { panic!("a table") };
    assert_eq!(table.row(0), [("1", "8"), ("3", "3")].map(|(a, b)| (a.to_owned(), b.to_owned())));
    let error = like(&data, &written.path("wide.csv"), LabelPolicy::Optional).expect_err("four");
    assert_eq!(
        written.bare(&error.to_string()),
        "`wide.csv`: expected 3 columns as the training data has, found 4"
    );
}

#[test]
fn an_encoder_gives_other_data_the_same_numbers_and_survives_being_stored() {
    let written = Written::new(&[
        ("train.csv", "x,c,label\n1,u,a\n3,v,b\n1,u,a\n3,v,b\n"),
        ("other.csv", "c,x\nu,1\nw,?\n"),
    ]);
    let data = source::read(&options(written.path("train.csv"))).expect("train");
    let (encoder, _) = TableEncoder::fit(table(&data), &[0, 1, 2, 3]);
    let other = like(&data, &written.path("other.csv"), LabelPolicy::Optional).expect("other");
    let Inputs::Table(other) = &other.inputs else { panic!("a table") };
    let encoded = encoder.encode(other).expect("the same columns");
    assert_eq!(encoder.feature_names(), ["x", "c = u", "c = v", "c = (rare or unseen)"]);
    // x: mean 2, deviation 1, median 2. Row 1 is (1 − 2) / 1; row 2 is missing, so (2 − 2) / 1.
    assert_eq!(encoded.dense, [-1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    let json = serde_json::to_string(&encoder).expect("an encoder");
    assert_eq!(serde_json::from_str::<TableEncoder>(&json).expect("the same"), encoder);
}

#[test]
fn groups_and_keys_of_other_data_are_those_of_the_training_data() {
    let written = Written::new(&[
        ("train.csv", "who,c,x,label\np,u,1,a\nq,v,2,b\np,v,3,a\nq,u,4,b\n"),
        // Categories come in another order; the second line is the training data's fourth.
        ("other.csv", "label,x,c,who\na,9,v,r\nb,4,u,q\na,9,u,r\n"),
        ("no-groups.csv", "x,c,label\n4,u,b\n"),
        ("one-blank.csv", "who,c,x,label\n,u,4,b\nq,u,4,b\n"),
        ("no-labels.csv", "who,c,x\nq,u,4\n"),
    ]);
    let grouped = SourceOptions {
        group: Some("who".to_owned()),
        ..with_label(written.path("train.csv"), "label")
    };
    let data = source::read(&grouped).expect("train");
    let read = |name, policy| like(&data, &written.path(name), policy).expect("other data");

    let other = read("other.csv", LabelPolicy::Required);
    let groups = other.groups.expect("a group column");
    assert_eq!((groups.names, groups.of), (vec!["r".to_owned(), "q".to_owned()], vec![0, 1, 0]));
    assert_eq!(other.content[1], data.content[3]);
    assert_eq!(other.content.iter().filter(|key| data.content.contains(key)).count(), 1);

    let without = read("no-groups.csv", LabelPolicy::Required);
    assert_eq!((without.groups, without.content), (None, vec![data.content[3]]));
    let one_blank = read("one-blank.csv", LabelPolicy::Required);
    assert_eq!(one_blank.ids, ["one-blank.csv:3"]);
    assert!(matches!(one_blank.problems.as_slice(), [Problem::GroupMissing { .. }]));
    let optional = read("one-blank.csv", LabelPolicy::Optional);
    assert_eq!((optional.ids.len(), optional.groups), (2, None));
    let unlabelled = read("no-labels.csv", LabelPolicy::Optional);
    assert!(unlabelled.content.is_empty() && unlabelled.groups.is_some());

    let again = like(&data, &written.path("train.csv"), LabelPolicy::Required).expect("train");
    assert_eq!((again.content, again.groups), (data.content, data.groups));
}
