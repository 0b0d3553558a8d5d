//! The run's directory and its files.

use std::{collections::BTreeMap, fs, io, thread};

use gapwise_data::Split;
use gapwise_study::{
    diagnosis::{Diagnosis, LookCounts},
    predictions::Target,
    recipe::NoCommands,
    run::{
        Environment, GradientRow, HistoryRow, RangePoint, RangeTest, RunDirectory, RunError,
        Setting, Shown, TimingRow, WorstExample, file,
    },
};
use tempfile::TempDir;

use crate::tables::{class_table, estimated, known, ladder};

fn run() -> (TempDir, RunDirectory) {
    let folder = tempfile::tempdir().unwrap();
    let run = RunDirectory::create(folder.path(), "digits", nothing).unwrap();
    (folder, run)
}

/// No first files.
fn nothing(_: &RunDirectory) -> Result<(), RunError> {
    Ok(())
}

/// Files in the run, sorted.
fn files(run: &RunDirectory) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(run.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn said(folder: &TempDir, error: &RunError) -> String {
    format!("error: {error}\nhint: {}", error.hint())
        .replace(&folder.path().display().to_string(), "runs")
}

#[test]
fn a_run_takes_the_lowest_free_number() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("deep/runs");
    let name = |name: &str| RunDirectory::create(&runs, name, nothing).unwrap().name();
    assert_eq!(name("digits"), "digits-1");
    assert_eq!(name("digits"), "digits-2");
    assert_eq!(name("digits"), "digits-3");
    assert_eq!(name("wine"), "wine-1");
    fs::remove_dir_all(runs.join("digits-2")).unwrap();
    assert_eq!(name("digits"), "digits-2");
    assert_eq!(name("digits"), "digits-4");
}

#[test]
fn a_run_begins_with_all_of_its_first_files_or_with_none() {
    let folder = tempfile::tempdir().unwrap();
    let names = || fs::read_dir(folder.path()).unwrap().count();
    let failed = RunDirectory::create(folder.path(), "digits", |first| {
        first.write_whole("config.toml", b"")?;
        Err::<(), RunError>(RunError::NotThere { path: "disk".into() })
    });
    assert!(matches!(failed, Err(RunError::NotThere { .. })));
    assert_eq!(names(), 0);
    let at = folder.path().join("digits-1");
    let run = RunDirectory::create(folder.path(), "digits", |first| {
        first.write_whole("split.csv", b"")?;
        assert!(!at.exists());
        first.write_whole("config.toml", b"")
    })
    .unwrap();
    assert_eq!(run.path(), at);
    assert_eq!(files(&run), ["config.toml", "manifest.json", "split.csv"]);
    // Nothing else is left beside it.
    assert_eq!(names(), 1);
}

#[test]
fn a_new_run_takes_the_place_of_an_empty_folder_and_of_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("mine");
    fs::create_dir(&at).unwrap();
    RunDirectory::create_at(&at, nothing).unwrap();
    let taken = RunDirectory::create_at(&at, nothing).unwrap_err();
    assert!(matches!(taken, RunError::Taken { .. }), "{taken}");
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(RunDirectory::create_at(&file, nothing), Err(RunError::Taken { .. })));
    let below = RunDirectory::create_at(file.join("run"), nothing).unwrap_err();
    assert!(
        below.to_string().ends_with("file`: expected a folder for runs, found a file"),
        "{below}"
    );
}

#[test]
fn a_runs_name_is_one_file_name() {
    let folder = tempfile::tempdir().unwrap();
    let name = |name: &str| RunDirectory::create(folder.path(), name, nothing).unwrap().name();
    assert_eq!(name("../../my data"), "my-data-1");
    assert_eq!(name(".."), "run-1");
    assert_eq!(name("Größe v1.2"), "Größe-v1.2-1");
}

#[test]
fn runs_made_at_the_same_time_are_different() {
    let folder = tempfile::tempdir().unwrap();
    let mut names: Vec<String> = thread::scope(|scope| {
        let makers: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| RunDirectory::create(folder.path(), "a", nothing).unwrap().name())
            })
            .collect();
        makers.into_iter().map(|maker| maker.join().unwrap()).collect()
    });
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 16);
}

#[test]
fn a_run_is_a_folder_with_a_configuration() {
    let (folder, run) = run();
    run.write_whole(file::CONFIG, b"seed = 1\n").unwrap();
    let opened = RunDirectory::open(run.path()).unwrap();
    assert_eq!(opened, run);
    assert_eq!(opened.name(), "digits-1");
    assert_eq!(opened.parent(), folder.path());
    assert_eq!(opened.read_text(file::CONFIG).unwrap(), "seed = 1\n");
}

#[test]
fn a_file_is_replaced_as_a_whole() {
    let (_folder, run) = run();
    run.write_whole("report.html", b"a long first version").unwrap();
    run.write_whole("report.html", b"second").unwrap();
    assert_eq!(run.read_text("report.html").unwrap(), "second");
    run.write_whole("checkpoints/best.safetensors", b"weights").unwrap();
    assert_eq!(files(&run), ["checkpoints", "manifest.json", "report.html"]);
}

#[test]
fn a_write_that_fails_half_way_leaves_the_old_file_and_no_other() {
    let (folder, run) = run();
    run.write_whole("report.html", b"old").unwrap();
    let error = run
        .write_whole_with("report.html", |file| {
            file.write_all(&[b'x'; 100_000])?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        })
        .unwrap_err();
    insta::assert_snapshot!(said(&folder, &error), @r"
    error: `runs/digits-1/report.html` could not be written: no storage space
    hint: make room, or check the folder's rights, and run again
    ");
    assert_eq!(run.read_text("report.html").unwrap(), "old");
    assert_eq!(files(&run), ["manifest.json", "report.html"]);
}

/// A finished run of two files that count.
fn finished() -> (TempDir, RunDirectory) {
    let (folder, run) = run();
    run.write_whole("split.csv", b"id,split\n1,train\n").unwrap();
    run.write_whole("predictions.csv", b"1,2,3\n").unwrap();
    run.seal().unwrap();
    (folder, run)
}

#[test]
fn a_file_that_is_not_as_the_run_wrote_it_is_refused_and_named() {
    let (folder, run) = finished();
    assert_eq!(run.damage().unwrap(), [""; 0]);
    fs::write(run.file("split.csv"), "id,split\n1,test\n").unwrap();
    insta::assert_snapshot!(said(&folder, &run.read_bytes("split.csv").unwrap_err()), @r"
    error: `runs/digits-1/split.csv` is not as the run wrote it: expected checksum f380336f9d17, found 5ad3124507af
    hint: the file was edited or damaged; put it back from a copy of the run
    ");
    assert!(run.check("split.csv").is_err());
    fs::remove_file(run.file("predictions.csv")).unwrap();
    assert_eq!(run.damage().unwrap(), ["predictions.csv", "split.csv"]);
    // What is no file of the run's is none to be believed either.
    fs::write(run.file("step.json"), "{}").unwrap();
    insta::assert_snapshot!(said(&folder, &run.read_bytes("step.json").unwrap_err()), @r"
    error: `runs/digits-1/step.json` is not as the run wrote it: expected a file that `manifest.json` lists, found one more
    hint: the file was edited or damaged; put it back from a copy of the run
    ");
    // Files that are for people alone may be anything.
    fs::write(run.file("report.html"), "mine").unwrap();
    assert_eq!(run.read_text("report.html").unwrap(), "mine");
}

#[test]
fn a_run_stays_whole_when_it_is_copied_and_when_it_writes() {
    let (folder, run) = finished();
    let copy = folder.path().join("copy");
    fs::create_dir(&copy).unwrap();
    for name in files(&run) {
        fs::copy(run.file(&name), copy.join(&name)).unwrap();
    }
    fs::write(copy.join("config.toml"), "").unwrap();
    let copy = RunDirectory::open(copy).unwrap();
    assert_eq!(copy.read_text("predictions.csv").unwrap(), "1,2,3\n");
    copy.write_whole("predictions.csv", b"4,5,6\n").unwrap();
    assert_eq!(copy.read_text("predictions.csv").unwrap(), "4,5,6\n");
    // The first checksum counts no more.
    fs::copy(run.file("predictions.csv"), copy.file("predictions.csv")).unwrap();
    assert!(copy.check("predictions.csv").is_err());
    copy.write_whole("comparisons.json", b"[]").unwrap();
    assert_eq!(copy.read_text("comparisons.json").unwrap(), "[]");
}

#[test]
fn a_manifest_that_was_edited_or_cut_is_damaged_itself() {
    let (folder, run) = finished();
    let whole = run.read_text("manifest.json").unwrap();
    fs::write(run.file("manifest.json"), whole.replace("true", "false")).unwrap();
    insta::assert_snapshot!(said(&folder, &run.read_bytes("split.csv").unwrap_err()), @r"
    error: `runs/digits-1/manifest.json` is not as the run wrote it: expected a manifest that agrees with its own checksum, found another
    hint: the file was edited or damaged; put it back from a copy of the run
    ");
    fs::write(run.file("manifest.json"), &whole[..whole.len() / 2]).unwrap();
    assert!(run.check("split.csv").is_err());
    // It is begun anew with the files that are there.
    run.unseal(&["split.csv"]).unwrap();
    assert!(run.check("split.csv").is_ok());
}

#[test]
fn writers_at_the_same_time_leave_files_that_agree_with_the_manifest() {
    let (_folder, run) = finished();
    let names = ["a.json", "b.json", "predictions.csv"];
    thread::scope(|scope| {
        for writer in 0..6 {
            let (run, name) = (run.clone(), names[writer % 3]);
            scope.spawn(move || {
                for round in 0..10 {
                    run.write_whole(name, format!("{writer} {round}").as_bytes()).unwrap();
                    run.read_bytes(name).unwrap();
                }
            });
        }
    });
    assert_eq!(run.damage().unwrap(), [""; 0]);
}

#[test]
fn a_run_remembers_the_most_looks_that_it_heard_of() {
    let (_folder, run) = finished();
    let looks = |validation, test| LookCounts { validation, test };
    run.remember("data", looks(3, 0)).unwrap();
    run.remember("data", looks(2, 1)).unwrap();
    let manifest = run.manifest().unwrap().unwrap();
    assert_eq!(manifest.looks("data"), looks(3, 1));
    assert_eq!(manifest.looks("other"), looks(0, 0));
}

#[test]
fn a_target_that_cannot_be_replaced_is_left_as_it_is() {
    let (_folder, run) = run();
    fs::create_dir(run.file("report.html")).unwrap();
    let error = run.write_whole("report.html", b"new").unwrap_err();
    assert!(matches!(error, RunError::NotWritten { .. }), "{error}");
    assert_eq!(files(&run), ["manifest.json", "report.html"]);
    assert!(run.file("report.html").is_dir());

    fs::remove_dir_all(run.path()).unwrap();
    fs::write(run.path(), "a file in the run's place").unwrap();
    let error = run.write_whole("report.html", b"new").unwrap_err();
    assert!(matches!(error, RunError::NotWritten { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn others_may_read_a_runs_files() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, run) = run();
    let plain = folder.path().join("plain");
    fs::write(&plain, "").unwrap();
    run.write_whole("report.html", b"").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(run.file("report.html")), mode(plain));
}

fn environment() -> Environment {
    Environment {
        version: "0.1.0".to_owned(),
        platform: "linux x86_64".to_owned(),
        cpu_features: vec!["avx2".to_owned()],
        instructions: "avx2".to_owned(),
        device: "cpu".to_owned(),
        threads: 2,
        seed: u64::MAX,
        data: "9f2c".to_owned(),
        seconds: BTreeMap::from([("train".to_owned(), 1.5)]),
    }
}

#[test]
fn records_are_read_back_as_they_were_written() {
    let (_folder, run) = run();
    run.write_record(&environment()).unwrap();
    assert_eq!(run.record::<Environment>().unwrap(), environment());

    let diagnosis = ladder(known(0.0), known(0.01), estimated(11, 100)).diagnose(&NoCommands);
    run.write_record(&diagnosis).unwrap();
    assert_eq!(run.record::<Diagnosis>().unwrap(), diagnosis);

    let worst = vec![WorstExample {
        id: "a".to_owned(),
        label: "cat".to_owned(),
        prediction: "dog".to_owned(),
        score: Some(0.75),
        loss: 1.25,
        shown: Shown::Row(vec![("age".to_owned(), "7".to_owned())]),
    }];
    run.write_record(&worst).unwrap();
    assert_eq!(run.record::<Vec<WorstExample>>().unwrap(), worst);

    let settings = vec![Setting {
        name: "train.epochs".to_owned(),
        value: "3".to_owned(),
        default: "30".to_owned(),
    }];
    run.write_record(&settings).unwrap();
    assert_eq!(run.record::<Vec<Setting>>().unwrap(), settings);

    let point = RangePoint { learning_rate: 1e-4, loss: 0.7, raw_loss: 0.75 };
    let reason = "the loss fell fastest there".to_owned();
    let test = RangeTest { points: vec![point], taken: 1e-4, reason };
    run.write_record(&test).unwrap();
    assert_eq!(run.record::<RangeTest>().unwrap(), test);

    let table = class_table(&[(Split::Train, 3, 1), (Split::Validation, 2, 1)]);
    run.write_predictions(&table).unwrap();
    assert_eq!(run.predictions(&table.target).unwrap(), table);
}

fn history_row(epoch: usize, validation_loss: f64) -> HistoryRow {
    HistoryRow {
        epoch,
        step: epoch * 17,
        train_loss: 1.0 / epoch as f64,
        validation_loss,
        validation_error: 0.1,
        learning_rate: 1e-7,
    }
}

#[test]
fn history_is_a_table_that_keeps_a_diverged_loss() {
    let (_folder, run) = run();
    let rows = [history_row(1, 0.5), history_row(3, f64::INFINITY)];
    run.write_history(&rows).unwrap();
    assert_eq!(run.history().unwrap(), rows);
    run.write_history(&[history_row(1, f64::NAN)]).unwrap();
    assert!(run.history().unwrap()[0].validation_loss.is_nan());
    run.write_history(&rows[..1]).unwrap();
    insta::assert_snapshot!(run.read_text(file::HISTORY).unwrap(), @r"
    epoch,step,train_loss,validation_loss,validation_error,learning_rate
    1,17,1.0,0.5,0.1,1e-7
    ");
}

#[test]
fn timing_and_gradients_are_tables() {
    let (_folder, run) = run();
    let timing = [TimingRow {
        epoch: 1,
        seconds: 0.25,
        examples_per_second: 4_000.0,
        unix: 1_760_000_000.5,
    }];
    run.write_timing(&timing).unwrap();
    assert_eq!(run.timing().unwrap(), timing);
    let layer = |layer: &str, dead_share| GradientRow {
        epoch: 1,
        step: 17,
        layer: layer.to_owned(),
        parameters: 20,
        gradient_norm: f64::INFINITY,
        weight_norm: 1.5,
        dead_share,
    };
    let gradients = [layer("hidden.0", Some(0.5)), layer("output", None)];
    run.write_gradients(&gradients).unwrap();
    assert_eq!(run.gradients().unwrap(), gradients);
    insta::assert_snapshot!(run.read_text(file::GRADIENTS).unwrap(), @r"
    epoch,step,layer,parameters,gradient_norm,weight_norm,dead_share
    1,17,hidden.0,20,inf,1.5,0.5
    1,17,output,20,inf,1.5,
    ");
}

#[test]
fn a_run_is_locked_until_its_lock_is_dropped() {
    let (folder, run) = run();
    let lock = run.lock().unwrap();
    let error = run.lock().unwrap_err();
    assert!(matches!(error, RunError::Busy { .. }), "{error}");
    // Some systems keep others from reading a locked file, and with it the number.
    let number = format!(" (number {})", std::process::id());
    insta::assert_snapshot!(said(&folder, &error).replace(&number, ""), @r"
    error: `runs/digits-1` is being trained by another process
    hint: wait until it has ended, or stop it
    ");
    drop(lock);
    run.lock().unwrap();
}

#[cfg(unix)]
#[test]
fn whoever_finds_a_run_locked_is_told_the_process() {
    let (_folder, run) = run();
    let _lock = run.lock().unwrap();
    let Err(RunError::Busy { pid, .. }) = run.lock() else { panic!("it is locked") };
    assert_eq!(pid, Some(std::process::id()));
}

#[test]
fn every_error_says_what_is_missing() {
    let (folder, run) = run();
    fs::write(folder.path().join("notes.txt"), "").unwrap();
    run.write_whole(file::ENVIRONMENT, b"{\n  \"version\": 3\n}").unwrap();
    run.write_whole(
        file::HISTORY,
        b"epoch,step,train_loss,validation_loss,validation_error,learning_rate\n1,1,x,1,1,1\n",
    )
    .unwrap();
    run.write_whole(file::PREDICTIONS, b"id\n").unwrap();
    let numbers = Target::number("price".to_owned());
    let errors = [
        RunDirectory::open(folder.path().join("digits-9")).unwrap_err(),
        RunDirectory::open(folder.path().join("notes.txt")).unwrap_err(),
        RunDirectory::open(run.path()).unwrap_err(),
        run.record::<Diagnosis>().unwrap_err(),
        run.record::<Environment>().unwrap_err(),
        run.history().unwrap_err(),
        run.predictions(&numbers).unwrap_err(),
        RunDirectory::create(&folder.path().join("notes.txt"), "a", nothing).unwrap_err(),
    ];
    let errors: Vec<String> = errors.iter().map(|error| said(&folder, error)).collect();
    insta::assert_snapshot!(errors.join("\n\n"), @r"
    error: `runs/digits-9`: there is no such run
    hint: runs lie in `runs/` unless another folder was named

    error: `runs/notes.txt` is no run: it is a file, and a run is a folder
    hint: name the folder that `gapwise run` or `train` made

    error: `runs/digits-1` is no run: no `config.toml` in it
    hint: name the folder that `gapwise run` or `train` made

    error: `runs/digits-1` has no `diagnosis.json`
    hint: the run may have ended before it came to write this file

    error: `runs/digits-1/environment.json` line 2: invalid type: integer `3`, expected a string
    hint: the file was edited, or another version of Gapwise wrote it

    error: `runs/digits-1/history.csv` line 2: column `train_loss`: expected a number, found `x`
    hint: the file was edited, or another version of Gapwise wrote it

    error: `runs/digits-1/predictions.csv` line 1: expected the columns `id`, `split`, `label` and `prediction`, found `id`
    hint: the file was edited or cut; `gapwise train RUN` makes such a run again

    error: `runs/notes.txt`: expected a folder for runs, found a file
    hint: move it out of the way, or name a folder: `--out FOLDER`
    ");
}
