//! A training source of its own: what trains, what is held out, and what neither may do.

use std::{collections::HashMap, fs, path::Path};

use gapwise_data::{
    Dataset, Labels, SourceOptions, Split, SplitOptions, Splits, Times, source, split,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Rows `group,x,kind`, with so many examples of each source; x counts on from `first`.
fn write(folder: &Path, name: &str, rows: impl Iterator<Item = (u32, u32)>) {
    let text: String = rows
        .map(|(group, x)| format!("g{group},{x}.5,{}\n", if x % 2 == 0 { "cat" } else { "dog" }))
        .collect();
    fs::write(folder.join(name), format!("group,x,kind\n{text}")).unwrap();
}

fn options(folder: &Path) -> SourceOptions {
    SourceOptions {
        path: folder.join("app.csv"),
        train_from: Some(folder.join("web.csv")),
        group: Some("group".into()),
        ..SourceOptions::default()
    }
}

/// 600 rows of the web and 400 of the app, each a group of its own, none of them shared.
fn web_and_app(folder: &Path) -> Dataset {
    write(folder, "web.csv", (0..600).map(|at| (at, at)));
    write(folder, "app.csv", (600..1_000).map(|at| (at, at)));
    source::read(&options(folder)).unwrap()
}

fn counts(splits: &Splits) -> [usize; 4] {
    splits.counts().map(|(_, examples)| examples)
}

#[test]
fn the_training_source_trains_and_all_of_the_other_is_held_out() {
    let folder = tempfile::tempdir().unwrap();
    let data = web_and_app(folder.path());
    let (splits, problems) = split::assign(&data, &SplitOptions::default()).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    // 600 examples: 20 % of them, 120, are train-validation. 400: half and half.
    assert_eq!(counts(&splits), [480, 120, 200, 200]);
    for (id, of) in data.ids.iter().zip(&splits.of) {
        let held_out = matches!(of, Some(Split::Validation | Split::Test));
        assert_eq!(held_out, id.starts_with("app.csv:"), "{id}");
    }
    assert_eq!(
        split::rule(&data, &SplitOptions::default()),
        "training from `web.csv`, 20 % of it train-validation; of `app.csv`, 50 % validation, \
         50 % test"
    );
}

#[test]
fn what_two_shares_leave_joins_train_and_train_validation_is_cut_from_both() {
    let folder = tempfile::tempdir().unwrap();
    let data = web_and_app(folder.path());
    let options = SplitOptions {
        validation: Some(0.25),
        test: Some(0.25),
        train_validation: Some(0.1),
        ..SplitOptions::default()
    };
    let (splits, _) = split::assign(&data, &options).unwrap();
    // 200 of the app join the 600 of the web; a tenth of 800 is 80.
    assert_eq!(counts(&splits), [720, 80, 100, 100]);
    assert_eq!(
        split::rule(&data, &options),
        "training from `web.csv` and 50 % of `app.csv`, 10 % of it train-validation; of `app.csv`, \
         25 % validation, 25 % test"
    );
    let app_in_train_validation = data
        .ids
        .iter()
        .zip(&splits.of)
        .filter(|(id, of)| id.starts_with("app.csv:") && **of == Some(Split::TrainValidation))
        .count();
    assert!(app_in_train_validation > 0, "it is of the distribution that trains");
}

#[test]
fn without_a_share_for_test_all_of_the_other_source_validates() {
    let folder = tempfile::tempdir().unwrap();
    let data = web_and_app(folder.path());
    let options = SplitOptions { test: Some(0.0), ..SplitOptions::default() };
    let (splits, _) = split::assign(&data, &options).unwrap();
    assert_eq!(counts(&splits), [480, 120, 400, 0]);
    let notes = split::notes(&data, &options);
    assert!(notes.iter().any(|note| note.said.starts_with("there is no test split")), "{notes:?}");
}

#[test]
fn shares_beyond_all_there_is_are_refused_by_the_names_of_their_settings() {
    let folder = tempfile::tempdir().unwrap();
    let data = web_and_app(folder.path());
    let said = |validation, test| {
        let options = SplitOptions { validation, test, ..SplitOptions::default() };
        split::assign(&data, &options).unwrap_err().to_string()
    };
    assert_eq!(
        said(Some(0.75), Some(0.5)),
        "`split.validation` and `split.test`: expected shares that are 1 together at most, found \
         0.75 and 0.5"
    );
    assert_eq!(
        said(Some(0.0), None),
        "`split.validation`: expected a share above 0 and at most 1, found 0"
    );
}

/// No group and no two equal examples in two splits, whatever the sizes of groups and whichever
/// groups and examples the two sources share.
#[test]
fn no_group_and_no_duplicate_straddles_whatever_their_sizes() {
    for seed in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut rows = |groups: std::ops::Range<u32>| -> Vec<(u32, u32)> {
            groups
                .flat_map(|group| {
                    let examples = random.random_range(1..=8);
                    (0..examples)
                        .map(|_| (group, random.random_range(0..3_000)))
                        .collect::<Vec<_>>()
                })
                .collect()
        };
        // Groups 90 to 99 are in both.
        write(folder.path(), "web.csv", rows(0..100).into_iter());
        write(folder.path(), "app.csv", rows(90..180).into_iter());
        let data = source::read(&options(folder.path())).unwrap();
        let options = SplitOptions {
            validation: Some(0.4),
            test: Some(0.4),
            seed,
            ..SplitOptions::default()
        };
        let (splits, problems) = split::assign(&data, &options).unwrap();
        let groups = data.groups.as_ref().unwrap();
        let mut of_group: HashMap<u32, Split> = HashMap::new();
        let mut of_content: HashMap<u128, Split> = HashMap::new();
        let mut left_out = 0;
        for (example, of) in splits.of.iter().enumerate() {
            let Some(of) = *of else {
                assert!(data.trains_from_elsewhere(example), "only what would train is left out");
                left_out += 1;
                continue;
            };
            assert_eq!(*of_group.entry(groups.of[example]).or_insert(of), of, "seed {seed}");
            assert_eq!(*of_content.entry(data.content[example]).or_insert(of), of, "seed {seed}");
        }
        assert_eq!(left_out, splits.left_out());
        let said = problems.iter().any(|problem| problem.to_string().contains("left out"));
        assert_eq!(said, left_out > 0, "{problems:?}");
    }
}

#[test]
fn what_is_left_out_is_in_the_split_file() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "web.csv", (0..60).map(|at| (at, at)));
    // The first two rows are the web's too.
    write(folder.path(), "app.csv", [0, 1].into_iter().chain(60..98).map(|at| (at, at)));
    let data = source::read(&options(folder.path())).unwrap();
    let (splits, problems) = split::assign(&data, &SplitOptions::default()).unwrap();
    assert_eq!(
        problems[0].to_string(),
        "`web.csv`: 2 examples are equal to some that validation or test hold of `app.csv`, so \
         they are left out of training"
    );
    let path = folder.path().join("split.csv");
    splits.write_csv(&data.ids, fs::File::create(&path).unwrap()).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("web.csv:2,left-out\nweb.csv:3,left-out\n"), "{text}");
    assert_eq!(Splits::read_csv(&path, &data.ids).unwrap(), splits);
}

#[test]
fn columns_that_only_one_source_has_are_told_with_both_files() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("web.csv"), "x,z,kind\n1,2,a\n3,4,b\n").unwrap();
    fs::write(folder.path().join("app.csv"), "x,kind\n1,a\n3,b\n").unwrap();
    let options = SourceOptions { group: None, ..options(folder.path()) };
    let error = source::read(&options).unwrap_err();
    let said = error.to_string().replace(&folder.path().display().to_string(), "");
    assert_eq!(said, "`/app.csv`: expected the columns of `/web.csv`, found none for `z`");
    assert!(error.hint().is_some_and(|hint| hint.contains("--ignore z")));
    let without = SourceOptions { ignore: vec!["z".into()], ..options };
    assert_eq!(source::read(&without).unwrap().len(), 4);
}

#[test]
fn a_class_of_the_other_source_alone_cannot_be_learnt() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |kinds: [&str; 2]| -> String {
        (0..40).map(|at| format!("{at},{}\n", kinds[at % 2])).collect()
    };
    fs::write(folder.path().join("web.csv"), format!("x,kind\n{}", rows(["a", "b"]))).unwrap();
    fs::write(folder.path().join("app.csv"), format!("x,kind\n{}", rows(["a", "c"]))).unwrap();
    let data = source::read(&SourceOptions { group: None, ..options(folder.path()) }).unwrap();
    let said: Vec<String> = split::assign(&data, &SplitOptions::default())
        .unwrap_err()
        .problems()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(said.iter().any(|said| said.contains("class `c` is in validation")), "{said:?}");
    assert!(said.iter().any(|said| said.contains("class `b` is in train and not in")), "{said:?}");
}

#[test]
fn the_other_source_is_part_of_the_fingerprint() {
    let folder = tempfile::tempdir().unwrap();
    let both = web_and_app(folder.path()).fingerprint;
    let alone = SourceOptions { train_from: None, ..options(folder.path()) };
    assert_ne!(source::read(&alone).unwrap().fingerprint, both);
    write(folder.path(), "web.csv", (0..601).map(|at| (at, at)));
    assert_ne!(source::read(&options(folder.path())).unwrap().fingerprint, both);
}

#[test]
fn folders_of_images_and_idx_files_train_from_elsewhere_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let png = |value: u8| {
        let mut file = std::io::Cursor::new(Vec::new());
        let picture = image::GrayImage::from_pixel(4, 4, image::Luma([value]));
        picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
        file.into_inner()
    };
    for (source, first) in [("web", 0_u8), ("app", 100)] {
        for class in ["cat", "dog"] {
            let class_folder = folder.path().join(source).join(class);
            fs::create_dir_all(&class_folder).unwrap();
            for at in 0..20 {
                let value = first + 2 * at + u8::from(class == "dog");
                fs::write(class_folder.join(format!("{at}.png")), png(value)).unwrap();
            }
        }
    }
    let images = SourceOptions {
        path: folder.path().join("app"),
        train_from: Some(folder.path().join("web")),
        ..SourceOptions::default()
    };
    let data = source::read(&images).unwrap();
    let (splits, _) = split::assign(&data, &SplitOptions::default()).unwrap();
    assert_eq!(counts(&splits), [32, 8, 20, 20]);
    assert!(data.ids.iter().zip(&splits.of).all(|(id, of)| {
        let trains = matches!(of, Some(Split::Train | Split::TrainValidation));
        trains == id.starts_with("train-from:")
    }));

    for (source, first) in [("web-idx", 0_u8), ("app-idx", 100)] {
        let idx = folder.path().join(source);
        fs::create_dir_all(&idx).unwrap();
        let mut pixels = vec![0, 0, 8, 3, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2];
        pixels.extend((0..40).flat_map(|at| [first + at; 4]));
        let mut labels = vec![0, 0, 8, 1, 0, 0, 0, 40];
        labels.extend((0..40).map(|at| at % 2));
        fs::write(idx.join("train-images-idx3-ubyte"), pixels).unwrap();
        fs::write(idx.join("train-labels-idx1-ubyte"), labels).unwrap();
    }
    let idx = SourceOptions {
        path: folder.path().join("app-idx"),
        train_from: Some(folder.path().join("web-idx")),
        ..SourceOptions::default()
    };
    let data = source::read(&idx).unwrap();
    let (splits, _) = split::assign(&data, &SplitOptions::default()).unwrap();
    assert_eq!(counts(&splits), [32, 8, 20, 20]);
    assert_eq!(data.ids[40], "train-from:train:0");

    let mixed = SourceOptions { train_from: Some(folder.path().join("web.csv")), ..images };
    fs::write(folder.path().join("web.csv"), "x,kind\n1,a\n2,b\n").unwrap();
    let said = source::read(&mixed).unwrap_err().to_string();
    assert!(said.contains("expected images, as"), "{said}");
}

#[test]
fn by_time_each_split_is_later_than_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.csv");
    let rows: String = (0..100)
        .map(|at| {
            // 37 and 50 share no divisor but 1: each of 50 days comes twice, in no order.
            let day = (37 * at) % 50;
            format!("2024-{:02}-{:02},{at},{}\n", 1 + day / 28, 1 + day % 28, day)
        })
        .collect();
    fs::write(&path, format!("day,x,height\n{rows}")).unwrap();
    let options = SourceOptions { path, time: Some("day".into()), ..SourceOptions::default() };
    let data = source::read(&options).unwrap();
    let Some(Times { name, of }) = &data.times else { panic!("times are read") };
    assert_eq!(name, "day");
    let (splits, _) = split::assign(&data, &SplitOptions::default()).unwrap();
    assert_eq!(counts(&splits), [60, 0, 20, 20]);
    let times = |split| splits.indices(split).into_iter().map(|at| of[at]);
    let latest = |split| times(split).fold(f64::MIN, f64::max);
    let earliest = |split| times(split).fold(f64::MAX, f64::min);
    assert!(latest(Split::Train) < earliest(Split::Validation));
    assert!(latest(Split::Validation) < earliest(Split::Test));
    // The time is no input, and `x` is.
    let gapwise_data::Inputs::Table(table) = &data.inputs else { panic!("a table") };
    assert_eq!(table.inputs().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["x"]);
    assert!(matches!(data.labels, Labels::Numbers(_)));
    assert_eq!(
        split::rule(&data, &SplitOptions::default()),
        "split by time (`day`, the latest last) by the rule for fewer than 10,000 examples: 60 % \
         train, 20 % validation, 20 % test"
    );
}

#[test]
fn a_column_of_words_or_gaps_is_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.csv");
    let rows: String =
        (0..20).map(|at| format!("{},{at},{}\n", ["a", "b"][at % 2], at % 3)).collect();
    fs::write(&path, format!("when,x,height\n{rows}5,,1\n")).unwrap();
    let said = |time: &str| {
        let (path, time) = (path.clone(), Some(time.to_owned()));
        let label = Some("height".to_owned());
        let options = SourceOptions { path, time, label, ..SourceOptions::default() };
        let said = source::read(&options).unwrap_err().to_string();
        said.replace(&folder.path().display().to_string(), "")
    };
    assert_eq!(
        said("when"),
        "`/series.csv`, column `when`: expected dates or numbers, by which examples are put in \
         order, found category"
    );
    let none = "`/series.csv` line 22, column `x`: expected a time, found none";
    assert!(said("x").starts_with(none), "{}", said("x"));
    assert_eq!(
        said("height"),
        "`/series.csv`, column `height`: expected a column for the time alone, found the label"
    );
}

#[test]
fn the_same_data_is_not_two_parts_of_a_split() {
    let folder = tempfile::tempdir().unwrap();
    web_and_app(folder.path());
    let other = folder.path().join(".").join("app.csv");
    for twice in [
        SourceOptions { test: Some(other.clone()), ..options(folder.path()) },
        SourceOptions { train_from: Some(other.clone()), ..options(folder.path()) },
        SourceOptions {
            validation: Some("-".into()),
            test: Some("-".into()),
            ..options(folder.path())
        },
    ] {
        let said = source::read(&twice).unwrap_err().to_string();
        assert!(
            said.contains("expected data that is named once, found the same data again"),
            "{said}"
        );
    }
}
