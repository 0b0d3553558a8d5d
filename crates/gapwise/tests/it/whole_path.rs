//! From data to a diagnosed run, and what can be done with it afterwards.

use std::fs;

use serde_json::Value;

use crate::{data, desk::Desk};

/// Every file of a run, in the order of their names.
pub(crate) const FILES: [&str; 23] = [
    "baselines.json",
    "checkpoints/best.safetensors",
    "checkpoints/last.safetensors",
    "checkpoints/state.safetensors",
    "config.toml",
    "data.json",
    "diagnosis.json",
    "environment.json",
    "events.out.tfevents.gapwise",
    "gradients.csv",
    "history.csv",
    "lock",
    "manifest.json",
    "metrics.json",
    "model.json",
    "predictions.csv",
    "report.html",
    "run.json",
    "settings.json",
    "split.csv",
    "start.json",
    "timing.csv",
    "worst.json",
];

/// The error of a rung; nothing where it is not known.
fn rung(answer: &Value, kind: &str) -> Option<f64> {
    let rungs = answer["diagnosis"]["rungs"].as_array().unwrap();
    let rung = rungs.iter().find(|rung| rung["kind"] == kind).unwrap();
    rung["error"]["error"].as_f64()
}

#[test]
fn a_run_answers_with_its_ladder_and_tells_how_it_went() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    let said = desk.say(&["run", "animals.csv", "--set", "train.epochs=40"]);
    assert_eq!(said.code, 0);
    insta::assert_snapshot!(said.out, @"
    Gap ladder (error rate, 40 validation examples)
      human             not known: `gapwise diagnose runs/animals-1 --human ERROR`
      train                 0.00 %                      ●
      validation            0.00 %  0.00 – 8.76 %       ●────────────────────────┤
      test              not looked at: `gapwise evaluate runs/animals-1 --test`

      avoidable bias        0.00 %  at most             immaterial
      variance              0.00 %  0.00 – 11.16 %      cannot tell
                          about 5,100 validation examples would tell
      overfitting                                       unknown

    Tolerance: 0.10 % (0.1 percentage points, since 10 % of the validation error is
               less).

    Verdict: cannot tell: the examples are too few to say whether variance is
             material.
    To tell, by hand: get more validation examples.
      more examples make the interval narrower: variance is 0.00 % (0.00 – 11.16 %),
      against a tolerance of 0.10 %; about 5,100 validation examples would tell, and
      there are 40.

    This network is better than the majority baseline: on the same 40 validation
    examples the network's error is 0.00 % and the baseline's 50.00 %, a difference
    of 50.00 % (32.80 – 64.80 %).
    This network is not better than the linear baseline beyond noise: on the same 40
    validation examples the network's error is 0.00 % and the baseline's 0.00 %, a
    difference of 0.00 % (−8.76 to 8.76 %).
    This data does not call for deep learning, as far as 40 validation examples
    show.

    run    runs/animals-1
    report runs/animals-1/report.html
    ");
    // Losses, speeds and the best epoch are the machine's.
    let told: Vec<&str> = said.err.lines().filter(|line| !line.starts_with("    ")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    data      animals: 200 rows, 3 columns to learn from
    label     `kind`, 2 classes: 0 = cat (100), 1 = dog (100)
    note      fields of `animals.csv` are separated by `,` (change with `--delimiter CHARACTER`)
    note      the first line holds names: its cells are words where those below are not (change with `--no-header`)
    note      the label is `kind`, the last column (change with `--label NAME`)
    note      the task is classification, since the label `kind` holds words, no numbers
    note      `?` in `height` (12 cells) is read as missing
    splits    120 train, 40 validation, 40 test: split by the rule for fewer than 10,000 examples: 60 % train, 20 % validation, 20 % test
    training  feed-forward, hidden [128]: rows have no spatial or sequential structure
    baseline  linear
    ");
}

#[test]
fn every_file_of_a_run_is_there_and_can_be_read() {
    let desk = Desk::with_run();
    assert_eq!(desk.files("runs/animals-1"), FILES);
    for file in FILES {
        let name = format!("runs/animals-1/{file}");
        let bytes = fs::read(desk.path(&name)).unwrap();
        assert!(!bytes.is_empty(), "{file}");
        let text = || String::from_utf8(bytes.clone()).unwrap();
        match file.rsplit_once('.').map_or("", |(_, kind)| kind) {
            "json" => drop(serde_json::from_str::<Value>(&text()).unwrap()),
            "toml" => drop(text().parse::<toml::Table>().unwrap()),
            "csv" => {
                let fields: Vec<usize> =
                    text().lines().map(|line| line.split(',').count()).collect();
                assert!(fields.windows(2).all(|pair| pair[0] == pair[1]), "{file}");
            }
            "html" => assert!(text().ends_with("</html>\n") || text().ends_with("</html>")),
            // The lock holds a number, and TensorBoard's own format is tested where it is written.
            _ if file == "lock" || file.starts_with("events.") => {}
            _ => {
                // A safetensors file: the length of its header, then a JSON object.
                let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
                serde_json::from_slice::<Value>(&bytes[8..8 + length]).unwrap();
            }
        }
    }
    assert_eq!(desk.read("runs/animals-1/split.csv").lines().count(), 1 + 200);
    assert_eq!(desk.read("runs/animals-1/history.csv").lines().count(), 1 + 40);
    // 60 % train and 20 % validation; the test set is not opened.
    assert_eq!(desk.read("runs/animals-1/predictions.csv").lines().count(), 1 + 120 + 40);
    let environment = desk.json("runs/animals-1/environment.json");
    for key in
        ["version", "platform", "cpu_features", "instructions", "device", "threads", "seed", "data"]
    {
        assert!(!environment[key].is_null(), "{key}");
    }
}

/// Each row of a CSV file of the run without quotes, its header left out.
fn rows(desk: &Desk, file: &str) -> Vec<Vec<String>> {
    let text = desk.read(format!("runs/animals-1/{file}"));
    let row = |line: &str| line.split(',').map(str::to_owned).collect();
    text.lines().skip(1).map(row).collect()
}

#[test]
fn the_files_of_a_run_say_the_same() {
    let desk = Desk::with_run();
    let json = |file: &str| desk.json(&format!("runs/animals-1/{file}"));
    let (run, model, start) = (json("run.json"), json("model.json"), json("start.json"));

    // What is predicted, by whom, of which data.
    assert_eq!(run["target"]["names"], serde_json::json!(["cat", "dog"]));
    assert_eq!(model["head"]["names"], run["target"]["names"]);
    assert_eq!(
        (&model["head"]["predicts"], &model["network"]["reads"]),
        (&"class".into(), &"rows".into())
    );
    assert_eq!(model["network"]["sizes"]["hidden"], run["network_settings"]["hidden"]);
    assert_eq!(json("environment.json")["data"], start["data"]);
    assert_eq!(run["command"], start["command"]);
    let config: toml::Table = desk.read("runs/animals-1/config.toml").parse().unwrap();
    assert_eq!(config["data"]["label"].as_str(), Some("kind"));
    assert_eq!(config["train"]["seed"].as_integer(), run["train_settings"]["seed"].as_i64());

    // The split of every example, in both files.
    let split: Vec<Vec<String>> = rows(&desk, "split.csv");
    for (name, examples) in [("train", 120), ("validation", 40), ("test", 40)] {
        let is = |row: &&Vec<String>| row.last().is_some_and(|split| split == name);
        assert_eq!(split.iter().filter(is).count(), examples, "{name}");
        let said = run["splits"].as_array().unwrap().iter().find(|pair| pair[0] == name).unwrap();
        assert_eq!(said[1], examples, "{name}");
    }

    // The kept epoch has the lowest mean of two epochs' validation losses, a twentieth of forty.
    let losses: Vec<f64> =
        rows(&desk, "history.csv").iter().map(|row| row[3].parse().unwrap()).collect();
    let meant = |at: usize| {
        losses[at.saturating_sub(1)..=at].iter().sum::<f64>() / if at == 0 { 1.0 } else { 2.0 }
    };
    let best = (0..losses.len()).min_by(|&a, &b| meant(a).total_cmp(&meant(b))).unwrap();
    assert_eq!(run["best_epoch"], best + 1);
    assert_eq!(rows(&desk, "timing.csv").len(), losses.len());
    assert_eq!(rows(&desk, "gradients.csv").len(), 2 * losses.len(), "two dense layers");

    // The error of validation, counted by hand, in the ladder, among the metrics and by the losses.
    let validation: Vec<Vec<String>> =
        rows(&desk, "predictions.csv").into_iter().filter(|row| row[2] == "validation").collect();
    let wrong: Vec<&Vec<String>> = validation.iter().filter(|row| row[3] != row[4]).collect();
    let error = wrong.len() as f64 / validation.len() as f64;
    let metrics = json("metrics.json");
    let rate = metrics.as_array().unwrap().iter().find(|of| of["metric"] == "error-rate").unwrap();
    assert_eq!(rate["rungs"][1]["kind"], "validation");
    assert!((rate["rungs"][1]["error"]["error"].as_f64().unwrap() - error).abs() < 1e-12);
    assert_eq!(rung(&desk.answer(&["diagnose", "runs/animals-1"]), "validation"), Some(error));
    let worst = json("worst.json");
    let worst: Vec<&str> =
        worst.as_array().unwrap().iter().map(|of| of["id"].as_str().unwrap()).collect();
    assert_eq!(worst.len(), wrong.len().min(24));
    assert!(worst.iter().all(|id| wrong.iter().any(|row| row[0] == *id)), "{worst:?}");
    let baselines = json("baselines.json");
    let names: Vec<&str> =
        baselines.as_array().unwrap().iter().map(|of| of["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["majority", "linear"]);
}

#[test]
fn diagnose_says_what_the_run_said() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::muddled_animals());
    let run = desk.answer(&["run", "animals.csv", "--quiet", "--set", "train.epochs=10"]);
    assert_eq!(desk.answer(&["diagnose", "runs/animals-1"]), run);
}

#[test]
fn a_human_level_is_judged_by_and_kept() {
    let desk = Desk::with_run();
    let before = desk.answer(&["diagnose", "runs/animals-1"]);
    assert_eq!(rung(&before, "human"), None);
    let with = desk.answer(&["diagnose", "runs/animals-1", "--human", "0.005"]);
    assert_eq!(rung(&with, "human"), Some(0.005));
    assert_eq!(desk.answer(&["diagnose", "runs/animals-1"]), with, "it is kept");
    assert!(desk.read("runs/animals-1/config.toml").contains("human = 0.005"));
    let report = desk.read("runs/animals-1/report.html");
    assert!(report.contains("0.50"), "the report has it too");
}

#[test]
fn the_test_set_is_opened_when_asked_for_and_every_opening_counts() {
    let desk = Desk::with_run();
    let said = desk.done(&["evaluate", "runs/animals-1", "--test"]);
    assert!(!said.contains("has been opened"), "{said}");
    assert!(said.contains("\n  test                  0.00 %"), "{said}");
    let again = desk.done(&["evaluate", "runs/animals-1", "--test"]);
    let warned = "The test set has been opened 2 times; it is a fair judge only once.";
    assert!(again.contains(warned), "{again}");
    let rows = desk.read("runs/animals-1/predictions.csv");
    assert_eq!(rows.lines().count(), 1 + 200, "test examples stand in the table once");
    let json = desk.answer(&["evaluate", "runs/animals-1", "--test"]);
    assert_eq!(rung(&json, "test"), Some(0.0));
    let looks = desk.read("runs/looks.jsonl");
    assert_eq!(looks.lines().filter(|look| look.contains("test")).count(), 3, "{looks}");
    // Another run on the same data and split has the same test set.
    let other = desk.done(&["train", "runs/animals-1", "--quiet"]);
    assert!(other.contains("The test set has been opened 3 times"), "{other}");
}

#[test]
fn other_data_is_scored_with_an_interval() {
    let desk = Desk::with_run();
    let said = desk.done(&["evaluate", "runs/animals-1", "animals.csv"]);
    // Scores, and so the digits of these two, are the machine's.
    let machines = |line: &&str| line.contains("log loss") || line.contains("calibration");
    let told: Vec<&str> = said.lines().filter(|line| !machines(line)).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    error rate on 200 examples of `animals.csv`: 0.00 %, 95 % interval 0.00 – 1.88 %
      F1 of dog: 1.000 (0.963 – 1.000)
      macro F1: 1.000 (0.963 – 1.000)
      AUROC of dog: 1.000 (0.963 – 1.000)
      average precision of dog: 1.000 (0.963 – 1.000)
      cat: 0 of 100 wrong
      dog: 0 of 100 wrong
    ");
    let answer = desk.answer(&["evaluate", "runs/animals-1", "animals.csv"]);
    assert_eq!(answer["examples"], 200);
    assert_eq!(answer["error"], 0.0);
    let dogs = serde_json::json!({ "class": "dog", "wrong": 0, "examples": 100 });
    assert_eq!(answer["classes"][1], dogs);
    // Those were the run's own examples, its test set among them: two looks.
    let note = answer["notes"].as_array().unwrap().last().unwrap()["said"].as_str().unwrap();
    assert_eq!(
        note,
        "200 of these 200 examples are the run's own: 120 in train, 40 in validation, 40 in test; \
         this counts as a look at the test set"
    );
    let looks = desk.answer(&["evaluate", "runs/animals-1", "--test"]);
    assert_eq!(looks["diagnosis"]["looks"]["test"], 3);
    // Once the run's data has grown, other data is scored all the same.
    let whole = desk.read("animals.csv");
    desk.write("others.csv", &whole);
    let again = whole.lines().last().unwrap();
    desk.write("animals.csv", &format!("{whole}{again}\n"));
    let answer = desk.answer(&["evaluate", "runs/animals-1", "others.csv"]);
    let note = answer["notes"].as_array().unwrap().last().unwrap()["said"].as_str().unwrap();
    assert!(note.starts_with("the run's own data is no longer there as it was"), "{note}");
}

#[test]
fn a_table_with_dates_says_that_it_is_not_split_by_time() {
    let desk = Desk::new();
    let rows: String = (1..=28).map(|day| format!("2024-02-{day:02},{day}.5\n")).collect();
    desk.write("series.csv", &format!("day,height\n{rows}"));
    let answer = desk.answer(&["inspect", "series.csv"]);
    let notes = answer["summary"]["notes"].as_array().unwrap();
    let said = notes.last().unwrap()["said"].as_str().unwrap();
    assert!(said.starts_with("`day` holds dates, and examples are split at random"), "{said}");
}

#[test]
fn new_rows_are_answered_one_line_each() {
    let desk = Desk::with_run();
    desk.write("new.csv", "coat,height,weight\nblack,22,1.5\nunheard-of,,409\n");
    let said = desk.say(&["predict", "runs/animals-1", "new.csv"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let lines: Vec<Vec<&str>> = said.out.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines[0], ["id", "prediction", "score:cat", "score:dog"]);
    assert_eq!(lines[1][..2], ["new.csv:2", "cat"]);
    assert_eq!(lines[2][..2], ["new.csv:3", "dog"]);
    for line in &lines[1..] {
        let scores: f32 = line[2..].iter().map(|score| score.parse::<f32>().unwrap()).sum();
        assert!((scores - 1.0).abs() < 1e-5, "{line:?}");
    }
    let answer = desk.answer(&["predict", "runs/animals-1", "new.csv"]);
    assert_eq!(answer["answers"][1]["prediction"], "dog");
    assert_eq!(answer["target"]["names"], serde_json::json!(["cat", "dog"]));
}

#[test]
fn a_number_is_predicted_in_its_own_unit() {
    let desk = Desk::new();
    desk.write("houses.csv", &data::houses());
    let answer = desk.answer(&["run", "houses.csv", "--quiet", "--human", "100"]);
    assert_eq!(answer["diagnosis"]["metric"], "rmse");
    assert_eq!(rung(&answer, "human"), Some(100.0));
    // Prices range from 123,300 to 450,000.
    assert!(rung(&answer, "validation").unwrap() < 30_000.0);
    desk.write("new.csv", "area;age\n100;0\n");
    let answer = desk.answer(&["predict", "runs/houses-1", "new.csv"]);
    let price = answer["answers"][0]["prediction"].as_f64().unwrap();
    assert!((200_000.0..300_000.0).contains(&price), "2,000 × 100 + 50,000 = 250,000, not {price}");
}

#[test]
fn a_report_goes_where_it_is_asked_to() {
    let desk = Desk::with_run();
    assert_eq!(
        desk.done(&["report", "runs/animals-1", "-o", "shared/it.html"]),
        "shared/it.html\n"
    );
    let report = desk.read("shared/it.html");
    assert!(report.contains("animals-1"));
    for fetched in ["src=\"http", "href=\"http", "url(", "@import"] {
        assert!(!report.contains(fetched), "a report needs no network, but has {fetched}");
    }
    fs::remove_file(desk.path("runs/animals-1/report.html")).unwrap();
    assert_eq!(desk.done(&["report", "runs/animals-1"]), "runs/animals-1/report.html\n");
    let json = desk.answer(&["report", "runs/animals-1"]);
    assert_eq!(json["report"], "runs/animals-1/report.html");
    assert_eq!(desk.read("runs/animals-1/report.html"), report);
}

#[test]
fn training_again_changes_what_is_said_and_nothing_else() {
    let desk = Desk::with_run();
    desk.done(&["train", "runs/animals-1", "--set", "train.l2=0.01", "--quiet"]);
    let config = |run: &str| desk.read(format!("runs/{run}/config.toml"));
    assert_eq!(
        config("animals-2"),
        config("animals-1").replace("l2 = 0.0\n", "l2 = 0.01\n"),
        "one setting differs"
    );
    let split = |run: &str| desk.read(format!("runs/{run}/split.csv"));
    assert_eq!(split("animals-2"), split("animals-1"));
}

#[test]
fn a_configuration_file_is_read_from_where_it_lies() {
    let desk = Desk::new();
    desk.write("project/data/animals.csv", &data::animals());
    let config =
        "[data]\npath = \"data/animals.csv\"\nignore = [\"coat\"]\n\n[train]\nepochs = 3\n";
    desk.write("project/gapwise.toml", config);
    let from_above = desk.answer(&["train", "project/gapwise.toml", "--quiet", "-o", "above"]);
    assert_eq!(desk.read("above/history.csv").lines().count(), 1 + 3);
    let there = desk.command().current_dir(desk.path("project")).args(["train", "-q"]).output();
    assert!(there.unwrap().status.success(), "`gapwise.toml` is the default");
    let config = desk.read("project/runs/animals-1/config.toml");
    assert_eq!(config, desk.read("above/config.toml"), "every value is written out");
    assert!(
        config.contains("ignore = [\"coat\"]") && config.contains("hidden = [128]"),
        "{config}"
    );
    // Weight, height and whether height is missing: 3 × 128 + 128 and 128 × 2 + 2.
    assert_eq!(from_above["network"], "feed-forward, hidden [128], 770 parameters");
}

#[test]
fn settings_of_the_data_are_heard_beside_flags() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    let sets = ["--set", "data.label=3", "--set", "train.epochs=1"];
    desk.done(&[&["run", "animals.csv", "-q", "--ignore", "kind"][..], &sets].concat());
    let config: toml::Table = desk.read("runs/animals-1/config.toml").parse().unwrap();
    assert_eq!(config["data"]["label"].as_str(), Some("coat"));
    assert_eq!(config["data"]["ignore"].as_array().unwrap().len(), 1);
    let run = desk.json("runs/animals-1/run.json");
    assert_eq!(run["target"]["names"], serde_json::json!(["black", "brindled", "white"]));
}

#[test]
fn an_inspection_shows_columns_splits_and_network() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    insta::assert_snapshot!(desk.done(&["inspect", "animals.csv"]), @"
    data      animals: 200 rows, 3 columns to learn from
    label     `kind`, 2 classes: 0 = cat (100), 1 = dog (100)
    note      fields of `animals.csv` are separated by `,` (change with `--delimiter CHARACTER`)
    note      the first line holds names: its cells are words where those below are not (change with `--no-header`)
    note      the label is `kind`, the last column (change with `--label NAME`)
    note      the task is classification, since the label `kind` holds words, no numbers
    note      `?` in `height` (12 cells) is read as missing

    column  kind       missing  distinct  values
    weight  number           0       200  0 … 230.845 … 461.69
    height  number          12        14  20 … 38 … 56
    coat    category         0         3  black (67), white (67), brindled (66)

    splits    120 train, 40 validation, 40 test: split by the rule for fewer than 10,000 examples: 60 % train, 20 % validation, 20 % test
    network   feed-forward: rows have no spatial or sequential structure
    ");
    let answer = desk.answer(&["inspect", "animals.csv"]);
    assert_eq!(answer["summary"]["examples"], 200);
    assert_eq!(answer["summary"]["inputs"]["columns"][1]["missing"], 12);
    assert_eq!(answer["network"], "feed-forward");
}

#[test]
fn an_early_epoch_that_is_kept_is_said_and_the_last_can_be_kept_instead() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::muddled_animals());
    // A large rate learns the muddled labels by heart, and validation is at its best before that.
    let sets = ["--set", "train.epochs=60", "--set", "train.learning_rate=0.1"];
    let args = [&["run", "animals.csv", "-q"][..], &sets].concat();
    let said = desk.done(&args);
    let kept = desk.json("runs/animals-1/run.json")["best_epoch"].as_u64().unwrap();
    assert!(kept <= 30, "{kept}");
    let told = format!("Epoch {kept} of 60 is judged, by its validation loss.");
    assert!(said.contains(&told), "{said}");
    let command = "gapwise train runs/animals-1 --set train.keep=last";
    assert!(said.split_whitespace().collect::<Vec<_>>().join(" ").contains(command), "{said}");
    let last = desk.done(&["train", "runs/animals-1", "-q", "--set", "train.keep=last"]);
    assert!(!last.contains("is judged, the lowest"), "{last}");
    assert_eq!(desk.json("runs/animals-2/run.json")["best_epoch"], 60);
    let weights = |name: &str| std::fs::read(desk.path("runs/animals-2/checkpoints").join(name));
    assert_eq!(weights("best.safetensors").unwrap(), weights("last.safetensors").unwrap());
    let both = ["--set", "train.keep=last", "--set", "train.patience=3"];
    desk.refused(&[&args[..], &both].concat());
}
