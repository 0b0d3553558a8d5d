//! The settings as they are told, and what may stand beside what.

use crate::{data, desk::Desk};

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    desk
}

/// Trains one epoch with these settings.
fn trained(desk: &Desk, sets: &[&str]) -> toml::Table {
    let before = desk.files(".").iter().filter(|file| file.ends_with("config.toml")).count();
    let mut args = vec!["run", "animals.csv", "-q", "--set", "train.epochs=2"];
    args.extend(sets.iter().flat_map(|set| ["--set", set]));
    desk.done(&args);
    desk.read(format!("runs/animals-{}/config.toml", before + 1)).parse().unwrap()
}

#[test]
fn the_page_of_settings_is_what_the_code_says() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../SETTINGS.md");
    let written = std::fs::read_to_string(page).unwrap_or_default();
    let said = Desk::new().done(&["settings", "--markdown"]);
    assert!(written == said, "write it anew: `gapwise settings --markdown > SETTINGS.md`");
}

#[test]
fn a_setting_is_told_with_its_default_its_reason_and_its_rung() {
    let desk = Desk::new();
    insta::assert_snapshot!(desk.done(&["settings", "train.patience"]), @"
    train.patience
      values   epochs of at least 1; 0 is off
      default  0
      why      it moves two rungs at once; the best epoch is kept either way
      rung     fit train, fit validation
    ");
    let section = desk.done(&["settings", "augment"]);
    assert_eq!(section.matches("\n  default  ").count(), 7, "{section}");
    let all = desk.answer(&["settings"]);
    let all = all.as_array().unwrap();
    for setting in all {
        for part in ["key", "values", "default", "why"] {
            assert_ne!(setting[part].as_str(), Some(""), "{setting}");
        }
    }
    let patience = all.iter().find(|setting| setting["key"] == "train.patience").unwrap();
    assert_eq!(patience["moves"], serde_json::json!(["fit train", "fit validation"]));
    insta::assert_snapshot!(desk.refused(&["settings", "train.patient"]), @"
    error: `gapwise settings`: there is no setting `train.patient`

    hint: did you mean `train.patience`?
    ");
}

#[test]
fn every_optimiser_and_schedule_is_trained_with_and_recorded() {
    let desk = desk();
    for (optimiser, word, own) in [
        ("sgd", "descent", &[][..]),
        ("momentum", "momentum", &["momentum"]),
        ("rmsprop", "rmsprop", &["rmsprop_decay", "epsilon"]),
        ("adam", "adam", &["beta1", "beta2", "epsilon"]),
    ] {
        let config = trained(&desk, &[&format!("train.optimiser={optimiser}")]);
        let train = config["train"].as_table().unwrap();
        assert_eq!(train["optimiser"].as_str(), Some(word));
        for key in ["momentum", "rmsprop_decay", "beta1", "beta2", "epsilon"] {
            assert_eq!(train.contains_key(key), own.contains(&key), "{word}: {key}");
        }
    }
    let config = trained(&desk, &["train.schedule=steps", "train.decay_every=1"]);
    let train = config["train"].as_table().unwrap();
    assert_eq!(train["decay_factor"].as_float(), Some(0.9));
    assert_eq!(train["decay_every"].as_integer(), Some(1));
    // What only differs from the defaults is in the record, and the run reads back as it was.
    let settings = desk.read("runs/animals-5/settings.json");
    assert!(settings.contains("train.schedule") && settings.contains("train.decay_every"));
    assert!(!settings.contains("train.decay_factor"), "{settings}");
    desk.done(&["train", "runs/animals-5", "-q"]);
    assert_eq!(desk.read("runs/animals-6/config.toml"), desk.read("runs/animals-5/config.toml"));
}

#[test]
fn a_run_takes_another_optimiser_without_the_settings_of_its_own() {
    let desk = desk();
    trained(&desk, &["train.optimiser=adam", "train.beta1=0.8"]);
    desk.done(&["train", "runs/animals-1", "-q", "--set", "train.optimiser=momentum"]);
    let config: toml::Table = desk.read("runs/animals-2/config.toml").parse().unwrap();
    let train = config["train"].as_table().unwrap();
    assert_eq!(train["momentum"].as_float(), Some(0.9));
    assert!(!train.contains_key("beta1"), "{train}");
}

#[test]
fn settings_that_do_not_belong_together_are_refused() {
    let desk = desk();
    desk.write("houses.csv", &data::houses());
    let told = [
        ("animals.csv", &["train.optimiser=momentum", "train.beta1=0.8"][..]),
        ("animals.csv", &["train.optimiser=descent", "train.epsilon=inside_root"]),
        ("animals.csv", &["train.decay_rate=0.1"]),
        ("animals.csv", &["train.beta2=1"]),
        ("animals.csv", &["train.clip_norm=-1"]),
        ("animals.csv", &["train.warm_up=2"]),
        ("animals.csv", &["augment.mirror=true"]),
        ("animals.csv", &["train.class_weights={cow=2}"]),
        ("animals.csv", &["train.class_weights=even"]),
        ("houses.csv", &["train.class_weights=balanced"]),
    ]
    .map(|(data, sets)| {
        let mut args = vec!["run", data, "-q", "--set", "train.epochs=2"];
        args.extend(sets.iter().flat_map(|set| ["--set", set]));
        let said = desk.refused(&args);
        said[said.find("error: ").unwrap()..].to_owned()
    });
    insta::assert_snapshot!(told.join("\n"), @r#"
    error: `train.beta1` belongs to `adam`, and `train.optimiser` is `momentum`

    hint: leave `train.beta1` out, or choose what has it: `--set train.optimiser=adam`

    error: `train.epsilon` belongs to `rmsprop` and `adam`, and `train.optimiser` is `descent`

    hint: leave `train.epsilon` out, or choose what has it: `--set train.optimiser=rmsprop`

    error: `train.decay_rate` belongs to `by-epoch`, and `train.schedule` is `cosine`

    hint: leave `train.decay_rate` out, or choose what has it: `--set train.schedule=by-epoch`

    error: `train.beta2`: expected a number of at least 0 and below 1, found `1`

    error: `train.clip_norm`: expected 0, or a number from 1e-18 to 1e18, found `-1`

    error: `train.warm_up`: expected epochs of at least 0 and fewer than `train.epochs`, found `2`

    error: `augment.mirror` needs images, and the data is rows of a table

    hint: leave `augment.mirror` out

    error: `train.class_weights`: expected classes of `cat`, `dog`, found `cow`

    error: `--set train.class_weights=even`: expected `none`, `balanced` or a table such as `{spam = 5, ham = 1}`, found string "even"

    error: `train.class_weights` needs classes, and the labels are numbers

    hint: leave `train.class_weights` out
    "#);
}

#[test]
fn the_learning_rate_is_found_taken_and_drawn() {
    let desk = desk();
    desk.write("gapwise.toml", "data.path = \"animals.csv\"\n[train]\nepochs = 2\nbatch = 16\n");
    let said = desk.say(&["train", "--find-learning-rate", "-o", "found"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let taken = desk.json("found/learning-rate.json")["taken"].as_f64().unwrap();
    let config: toml::Table = desk.read("found/config.toml").parse().unwrap();
    assert_eq!(config["train"]["learning_rate"].as_float(), Some(taken));
    assert!(desk.read("found/report.html").contains("range test"));
    // Trained again from its configuration, the run has the rate that was taken.
    desk.done(&["train", "found", "-q", "-o", "again"]);
    let weights = |run: &str| std::fs::read(desk.path(run).join("checkpoints/last.safetensors"));
    assert_eq!(weights("found").unwrap(), weights("again").unwrap());
}

#[test]
fn example_weights_count_in_the_loss_and_in_every_error() {
    let desk = Desk::new();
    // The column of weights leaves out every row whose kind was changed.
    let text = data::muddled_animals();
    let mut weighted = String::new();
    for (place, line) in text.lines().enumerate() {
        let weight = match place {
            0 => "counts".to_owned(),
            _ if (place - 1) % 5 == 0 => "0".to_owned(),
            _ => "2.5".to_owned(),
        };
        weighted += &format!("{weight},{line}\n");
    }
    desk.write("animals.csv", &weighted);
    let run = ["run", "animals.csv", "--label", "kind", "-q", "--set", "train.epochs=40"];
    let error = |run: &serde_json::Value| {
        let rungs = run["diagnosis"]["rungs"].as_array().unwrap();
        let rung = rungs.iter().find(|rung| rung["kind"] == "validation").unwrap();
        rung["error"]["error"].as_f64().unwrap()
    };
    let weights = ["--example-weights", "counts"];
    let counted = desk.answer(&[&run[..], &weights].concat());
    assert_eq!(error(&counted), 0.0, "rows of weight 0 are neither learnt nor judged");
    assert_eq!(counted["diagnosis"]["weighted"], false, "all that count, count alike");
    let scored = desk.answer(&["evaluate", "runs/animals-1", "animals.csv"]);
    assert_eq!(scored["error"], 0.0, "other data is scored by the same weights");
    let ignored = desk.answer(&[&run[..], &["--set", "data.ignore=[\"counts\"]"]].concat());
    assert!(error(&ignored) > 0.1, "{}", error(&ignored));
}

#[test]
fn class_weights_count_in_the_loss_and_in_every_error() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::muddled_animals());
    let args = ["run", "animals.csv", "-q", "--set", "train.epochs=3"];
    let run = desk.answer(&[&args[..], &["--class-weights", "{cat = 9, dog = 1}"]].concat());
    assert_eq!(run["diagnosis"]["weighted"], true);
    let rows = desk.read("runs/animals-1/predictions.csv");
    let column = |name: &str| rows.lines().next().unwrap().split(',').position(|c| c == name);
    let (label, weight) = (column("label").unwrap(), column("weight").unwrap());
    for cells in rows.lines().skip(1).map(|row| row.split(',').collect::<Vec<_>>()) {
        assert_eq!(cells[weight], if cells[label] == "cat" { "9" } else { "1" });
    }
    // The last epoch's error in the history is the one of the ladder.
    let best = run["diagnosis"]["rungs"][2]["error"]["error"].as_f64().unwrap();
    let history = desk.read("runs/animals-1/history.csv");
    let errors = history.lines().skip(1).map(|row| row.split(',').nth(4).unwrap());
    let lowest = errors.map(|error| error.parse::<f64>().unwrap()).fold(1.0, f64::min);
    assert!((best - lowest).abs() < 1e-9, "{best} in the ladder, {lowest} in the history");
    desk.refused(&[&args[..], &["--class-weights", "{bird = 2}"]].concat());
}
