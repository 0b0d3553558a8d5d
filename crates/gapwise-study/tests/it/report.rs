//! The report: whole, well-formed and safe, whatever the run.

mod digits;
mod houses;
mod png;
mod sample;
mod training;
mod well_formed;

use std::{fs, path::Path, time::Instant};

use digits::digits;
use gapwise_data::{Split, summary::LabelSummary};
use gapwise_study::{
    compare::ComparedWith,
    diagnosis::{Answer, Gap, GapKind, Rung, RungError, RungKind, Verdict},
    looks::Look,
    predictions::{Outcome, Target},
    run::{Encoded, Pictures, Shown},
    taken::Effect,
};
use houses::houses;
use sample::{Run, class_row};

/// Renders, checks what holds for every page, and keeps the page to look at.
fn page(name: &str, run: &Run) -> String {
    let html = run.html();
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{name}.html")), &html)
        .expect("the build's own folder for tests can be written to");
    if let Err(fault) = well_formed::check(&html) {
        panic!("{name}: {fault}");
    }
    for forbidden in ["http://", "https://", "<script", "<link", "@import", "url("] {
        assert!(!html.contains(forbidden), "{name} contains {forbidden}");
    }
    for (place, _) in html.match_indices(" src=\"") {
        let held =
            |kind: &str| html[place..].starts_with(&format!(" src=\"data:image/{kind};base64,"));
        assert!(held("png") || held("jpeg"), "{name} loads a picture");
    }
    for (place, _) in html.match_indices("<table") {
        // One that is wider than the page scrolls in a box of its own, and the page does not.
        assert!(html[..place].ends_with("tabindex=\"0\">"), "{name} has a table without a box");
    }
    assert!(!html.contains("NaN") && !html.contains("inf%"), "{name} draws what is no number");
    html
}

const SECTIONS: [&str; 13] = [
    "verdict",
    "ladder",
    "steps",
    "metrics",
    "baselines",
    "curves",
    "mistakes",
    "worst",
    "data",
    "splits",
    "settings",
    "environment",
    "assumptions",
];

#[test]
fn steps_taken_comparisons_and_looks_are_shown_where_there_are_some() {
    let without = page("untaken", &digits());
    assert!(!without.contains("id=\"taken\"") && !without.contains("id=\"compared\""));
    let mut run = digits();
    let step = crate::taken::taken("train.l2", "0.001", 60);
    let Effect::Scored(comparison) = step.effect.clone() else { panic!("the step is scored") };
    run.comparisons = vec![ComparedWith { comparison, changes: step.changes.clone() }];
    run.looks =
        vec![Look::now("data/split", Split::Validation, "a-2").because("compared a-1, a-2")];
    run.taken = vec![step];
    let html = page("taken", &run);
    for said in [
        "<code>train.l2</code> from 0 to 0.001",
        "Took the validation error from 10.00 to 6.00 %, paired 95 % interval 2.81 to 5.35 points: \
         <code>runs/a-2</code> is better than <code>runs/a-1</code>.",
        "The network <code>runs/a-2</code> is better than the network <code>runs/a-1</code>: on \
         the same 1,000 validation examples",
        "compared a-1, a-2",
    ] {
        assert!(html.contains(said), "{said}");
    }
}

#[test]
fn every_section_is_there_in_order_and_in_the_contents() {
    for (name, run) in [("digits", digits()), ("houses", houses())] {
        let html = page(name, &run);
        let places: Vec<usize> = SECTIONS
            .iter()
            .map(|id| {
                assert!(
                    html.contains(&format!("href=\"#{id}\"")),
                    "{id} is not in the contents of {name}"
                );
                html.find(&format!("<section id=\"{id}\""))
                    .unwrap_or_else(|| panic!("{name} lacks {id}"))
            })
            .collect();
        assert!(places.is_sorted(), "sections of {name} are out of order");
    }
}

#[test]
fn the_verdict_comes_with_the_command_of_the_next_step() {
    let html = page("houses-verdict", &houses());
    let verdict = section(&html, "verdict");
    assert!(verdict.contains("Close avoidable bias, 10,240 median_house_value"));
    assert!(verdict.contains("data mismatch"));
    assert!(verdict.contains(
        "<code>gapwise train --from runs/california-housing-3 --set network.hidden=[128]</code>"
    ));
}

#[test]
fn the_verdict_begins_with_the_errors_and_the_best_baseline() {
    // The best baseline is the linear one in both: 4.18 against 89.69 %, 55,900 against 115,400.
    for (run, said) in [
        (
            digits(),
            &[
                "Validation error",
                "1.95 %",
                "0.95 – 3.97 %",
                "error rate, 359 examples",
                "Best baseline: ",
                "linear",
                "4.18 %",
                "2.54 – 6.79 %",
                "the network is better",
                "Close variance",
            ][..],
        ),
        (
            houses(),
            &[
                "Test error",
                "55,700",
                "53,900 – 57,600",
                "RMSE in median_house_value, 4,128 examples",
                "Validation error",
                "56,100",
                "Best baseline: ",
                "linear",
                "55,900",
                "not told apart from the network",
                "Close avoidable bias",
            ],
        ),
    ] {
        let html = page("figures", &run);
        let mut rest = section(&html, "verdict");
        for said in said {
            let place = rest.find(said).unwrap_or_else(|| panic!("{said:?} is not in {rest:?}"));
            rest = &rest[place + said.len()..];
        }
    }
}

#[test]
fn a_box_without_figures_has_none() {
    let mut run = digits();
    run.baselines.clear();
    let validation = run.diagnosis.rungs.iter_mut().find(|rung| rung.kind == RungKind::Validation);
    validation.unwrap().error = RungError::Missing { reason: "not there".to_owned() };
    assert!(
        section(&page("no-figures", &run), "verdict").contains("<div class=\"figures\"></div>")
    );
}

#[test]
fn steps_for_one_gap_say_its_figures_once() {
    let mut run = digits();
    let figures = "variance is 1.95 % (0.95 – 3.97 %), above the tolerance of 0.20 %";
    for (step, why) in run.diagnosis.steps.iter_mut().zip(["more is less", "smaller is calmer"]) {
        step.reason = format!("{why}: {figures}");
    }
    run.diagnosis.steps[2].reason = "the end is near: test is closed".to_owned();
    let html = page("reasons", &run);
    let steps = section(&html, "steps");
    assert_eq!(steps.matches(figures).count(), 1);
    for said in [
        &*format!("<p>More is less: {figures}.</p>"),
        "<p>Smaller is calmer.</p>",
        "<p>The end is near: test is closed.</p>",
    ] {
        assert!(steps.contains(said), "{said}");
    }
}

#[test]
fn a_first_step_without_a_command_has_the_first_with_one_beside_it() {
    let html = page("digits-verdict", &digits());
    let verdict = section(&html, "verdict");
    assert!(verdict.contains("Collect more training data."));
    assert!(verdict.contains("Or by command"));
    assert!(
        verdict.contains("<code>gapwise train --from runs/digits-1 --set train.l2=0.001</code>")
    );
}

#[test]
fn the_ladder_says_its_figures_and_what_is_missing() {
    let html = page("digits-ladder", &digits());
    let ladder = section(&html, "ladder");
    for said in [
        "0.95 – 3.97",
        "material",
        "at most 0.00",
        "<code>gapwise evaluate runs/digits-1 --test</code>",
        "Rung human: not known.",
        "Rung test: not looked at.",
        "Rung validation: 1.95 %, interval 0.95 – 3.97 %.",
    ] {
        assert!(ladder.contains(said), "the ladder lacks {said:?}");
    }
}

#[test]
fn every_metric_is_shown_in_its_own_direction() {
    let html = page("digits-metrics", &digits());
    let metrics = section(&html, "metrics");
    // 1 − 0.0195 and 1 − 1.5 · 0.0195 to 1 − 0.5 · 0.0195; 1 − 0.0012.
    for said in ["98.05 % (97.08 – 99.02 %)", "0.999 (0.998 – 0.999)", "judged by this"] {
        assert!(metrics.contains(said), "the metrics lack {said:?}: {metrics}");
    }
    assert!(
        section(&page("houses-metrics", &houses()), "metrics").contains("0.650 (0.475 – 0.825)")
    );
}

#[test]
fn the_reliability_diagram_has_a_point_and_a_bar_for_each_bin() {
    let html = page("digits-calibration", &digits());
    let calibration = section(&html, "calibration");
    // Every answer has the confidence 0.1, and 354 of 359 are right.
    assert_eq!(calibration.matches("<circle").count(), 1);
    assert_eq!(calibration.matches("line class=\"whisker\"").count(), 1);
    assert!(calibration.contains("98.61 %") && calibration.contains("96.78 – 99.40 %"));
    assert!(calibration.contains("2.20 % (1.10 – 3.30 %)"));
    assert!(!page("houses-calibration", &houses()).contains("id=\"calibration\""));
}

#[test]
fn each_class_has_a_ladder_over_the_splits_that_were_answered() {
    let mut run = digits();
    let mut train: Vec<_> = run.predictions.rows[..100].to_vec();
    train.iter_mut().for_each(|row| row.split = Split::Train);
    run.predictions.rows.extend(train);
    let html = page("digits-classes", &run);
    let mistakes = section(&html, "mistakes");
    assert!(mistakes.contains(">train<") && mistakes.contains(">validation<"));
    assert!(!mistakes.contains(">test<"));
    // Of class 1 one of 36 validation examples is wrong, the 31st, which is among the first 100.
    assert!(mistakes.contains("1 of 36") && mistakes.contains("1 of 10"));
}

#[test]
fn a_ladder_of_nothing_but_missing_rungs_is_drawn() {
    let mut run = digits();
    for rung in &mut run.diagnosis.rungs {
        rung.error = RungError::Missing { reason: "not there".to_owned() };
    }
    for gap in &mut run.diagnosis.gaps {
        *gap = Gap {
            kind: gap.kind,
            size: None,
            interval: None,
            at_most: None,
            answer: Answer::Unknown { how: "get it".to_owned() },
        };
    }
    run.diagnosis.verdict = Verdict::NoneAboveTolerance;
    let html = page("missing-rungs", &run);
    assert_eq!(section(&html, "ladder").matches("not there").count(), 4);
    assert!(!section(&html, "ladder").contains("<circle"));
}

#[test]
fn a_train_validation_rung_without_an_error_lets_the_stair_through() {
    let mut run = houses();
    run.diagnosis.rungs[2] = Rung {
        kind: RungKind::TrainValidation,
        error: RungError::Missing { reason: "training data is of the validation kind".to_owned() },
    };
    let html = page("no-train-validation", &run);
    assert!(section(&html, "ladder").contains("validation − train<"));
    assert!(section(&html, "ladder").contains("training data is of the validation kind"));
}

#[test]
fn every_verdict_has_its_sentence() {
    let mut run = digits();
    run.diagnosis.gaps[1].answer = Answer::CannotTell {
        enlarge: RungKind::Validation,
        examples: 12_300,
        and: Some(RungKind::Train),
    };
    for verdict in [
        Verdict::CannotTell,
        Verdict::NoneAboveTolerance,
        Verdict::HumanDecides { at_most: 0.04, material_below: 0.03 },
        Verdict::Close {
            gap: GapKind::Variance,
            not_told_apart_from: vec![GapKind::Mismatch, GapKind::ValidationOverfitted],
            unless_human_below: Some(0.01),
        },
    ] {
        run.diagnosis.verdict = verdict;
        let html = page("verdicts", &run);
        let said = run.diagnosis.verdict_sentence();
        // The page gives it a capital.
        assert!(section(&html, "verdict").contains(&said[1..]), "the page lacks {said:?}");
        assert!(
            section(&html, "ladder").contains(&run.diagnosis.gaps[1].answer.settled_by().unwrap())
        );
    }
}

#[test]
fn a_network_that_a_linear_one_equals_is_told_so() {
    let html = page("houses-baselines", &houses());
    assert!(section(&html, "baselines").contains("This data does not call for deep learning"));
}

#[test]
fn hostile_names_are_escaped_and_change_nothing_around_them() {
    let names = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "مرحبا \u{202e}abc",
        "👩‍👩‍👧‍👦🎉",
        "&amp;<!-- ]]> </style></td>",
        "\0\u{1b}[31m\n\r\u{7f}",
        "",
        "`gapwise` ` x",
        &"very-long-".repeat(400),
    ];
    for (name, mut run) in [("hostile-digits", digits()), ("hostile-houses", houses())] {
        let hostile = names.concat();
        run.name.clone_from(&hostile);
        run.network.clone_from(&hostile);
        run.command.clone_from(&hostile);
        run.rule.clone_from(&hostile);
        run.environment.device.clone_from(&hostile);
        run.summary.name.clone_from(&hostile);
        run.diagnosis.assumed.push(hostile.clone());
        run.diagnosis.steps[0].what.clone_from(&hostile);
        run.settings[0].value.clone_from(&hostile);
        run.gradients.iter_mut().zip(names.iter().cycle()).for_each(|(row, name)| {
            row.layer = (*name).to_owned();
            row.dead_share = Some(1.0);
        });
        if let Some(test) = &mut run.range_test {
            test.reason.clone_from(&hostile);
        }
        run.summary.notes[0].said.clone_from(&hostile);
        run.summary.notes[0].change_with = Some(hostile.clone());
        for (example, name) in run.worst.iter_mut().zip(names.iter().cycle()) {
            example.id = (*name).to_owned();
            example.label = (*name).to_owned();
            example.prediction = (*name).to_owned();
            match &mut example.shown {
                Shown::Picture(png) => {
                    png.push_str("\"><script>");
                    let (source, read) = (Encoded::Jpeg(png.clone()), png.clone());
                    example.shown = Shown::Pictures(Pictures { source, size: (0, u32::MAX), read });
                }
                Shown::Pictures(_) => {}
                Shown::Row(cells) => {
                    cells.iter_mut().for_each(|cell| *cell = ((*name).to_owned(), hostile.clone()))
                }
            }
        }
        if run.predictions.target.class_names().is_some() {
            run.predictions.target = Target::classes(names.map(str::to_owned).to_vec());
        } else {
            run.predictions.target = Target::number(hostile.clone());
            run.diagnosis.unit.clone_from(&hostile);
        }
        if let LabelSummary::Classes { classes, .. } = &mut run.summary.labels {
            *classes = names.iter().map(|name| ((*name).to_owned(), 3)).collect();
        }
        let html = page(name, &run);
        assert!(html.contains("&lt;script&gt;alert(1)"));
        assert!(html.len() < 400_000, "long names are cut: {} bytes", html.len());
    }
}

#[test]
fn a_diverged_loss_breaks_the_line_and_is_said() {
    let mut run = digits();
    run.history[5].train_loss = f64::NAN;
    run.history[6].validation_loss = f64::INFINITY;
    run.history[7].validation_error = f64::NEG_INFINITY;
    run.kept_epoch = None;
    let html = page("diverged", &run);
    assert!(section(&html, "curves").contains("In 3 epochs of 24"));
    // The train line is in two pieces.
    let curves = section(&html, "curves");
    let path =
        curves.split("class=\"curve plain\" d=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(path.matches('M').count(), 2);

    for row in &mut run.history {
        (row.train_loss, row.validation_loss, row.validation_error) =
            (f64::NAN, f64::NAN, f64::NAN);
        row.learning_rate = f64::INFINITY;
    }
    run.environment.seconds.insert("train".to_owned(), f64::NAN);
    assert!(section(&page("all-diverged", &run), "curves").contains("no finite value"));
}

#[test]
fn one_epoch_is_drawn_as_dots_and_none_is_said() {
    let mut run = digits();
    run.history.truncate(1);
    run.kept_epoch = None;
    let html = page("one-epoch", &run);
    assert!(section(&html, "curves").contains("class=\"dot strong\""));
    assert!(!section(&html, "curves").contains("<path"));
    run.history.clear();
    assert!(section(&page("no-epoch", &run), "curves").contains("nothing was trained"));
}

#[test]
fn the_worst_answers_are_numbers_as_people_read_them() {
    let html = page("worst-houses", &houses());
    let worst = section(&html, "worst");
    assert!(worst.contains("500,001") && worst.contains("98,200"));
    assert!(!worst.contains("500001") && !worst.contains("397774"));
}

#[test]
fn a_worst_picture_stands_beside_what_the_network_read_of_it() {
    let mut run = digits();
    assert!(!section(&page("one-picture", &run), "worst").contains("what the network reads"));
    let Shown::Picture(read) = run.worst[1].shown.clone() else { panic!("digits are pictures") };
    run.worst[1].shown = Shown::Pictures(Pictures {
        source: Encoded::Jpeg("/9j/4AAQ".to_owned()),
        size: (480, 640),
        read: read.clone(),
    });
    let html = page("two-pictures", &run);
    let worst = section(&html, "worst");
    assert!(worst.contains("Beside each picture is what the network reads of it."));
    let source = worst.find("src=\"data:image/jpeg;base64,/9j/4AAQ\"").unwrap();
    let beside = worst.find(&format!("src=\"data:image/png;base64,{read}\"")).unwrap();
    assert!(source < beside);
    assert!(worst.contains("640×480 pixels") && worst.contains("the same as the network reads it"));
}

#[test]
fn the_train_loss_is_drawn_where_its_batches_were_and_its_smoothed_line_does_not_lag() {
    let points = |curves: &str, class: &str| -> Vec<(f64, f64)> {
        let path = curves.split(&format!("class=\"curve {class}\" d=\"")).nth(1).unwrap();
        let path = path.split('"').next().unwrap();
        path.split(['M', 'L'])
            .skip(1)
            .map(|point| {
                let (x, y) = point.split_once(' ').unwrap();
                (x.parse().unwrap(), y.parse().unwrap())
            })
            .collect()
    };
    let mut run = digits();
    let html = page("half-an-epoch", &run);
    // 17 steps an epoch: the mean of the first one's batches belongs to (0 + … + 16) / 17 / 17 = 8 / 17
    // of an epoch, of 24 on the axis: 19.6 thousandths. Validation belongs to its end: 41.7.
    let curves = section(&html, "curves");
    assert_eq!((points(curves, "plain")[0].0, points(curves, "strong")[0].0), (19.6, 41.7));

    run.history = sample::history(60, 0.0185);
    for row in &mut run.history {
        row.train_loss = 3.0 - 0.04 * row.epoch as f64;
    }
    run.kept_epoch = None;
    let html = page("smoothed", &run);
    let curves = section(&html, "curves");
    // A loss that falls evenly is its own average over the epochs around.
    assert_eq!(points(curves, "pale"), points(curves, "plain"));
    assert!(curves.contains("the mean of 11 epochs"));
}

#[test]
fn a_run_without_an_error_is_a_whole_page() {
    let mut run = digits();
    for row in &mut run.predictions.rows {
        let answered = row.outcome.classified().unwrap();
        let (label, scores) = (answered.label, answered.scores.to_vec());
        row.outcome = Outcome::class(label, label, scores);
    }
    run.worst.clear();
    run.diagnosis.steps.clear();
    run.diagnosis.assumed.clear();
    run.baselines.clear();
    run.settings.clear();
    run.summary.notes.clear();
    run.summary.problems.clear();
    for row in &mut run.history {
        row.validation_error = 0.0;
    }
    let html = page("no-errors", &run);
    assert!(section(&html, "worst").contains("no validation example was answered wrongly"));
    assert!(section(&html, "mistakes").contains("0 wrong answers"));
    // Never a zero-width interval because nothing was wrong: 36 examples, none wrong.
    // Wilson: z² / (n + z²) = 3.8415 / 39.8415 = 9.64 %.
    assert!(section(&html, "mistakes").contains("0.00 – 9.64 %"));
}

#[test]
fn only_validation_is_shown() {
    let mut run = digits();
    for row in &mut run.predictions.rows {
        row.split = Split::Train;
    }
    assert!(
        section(&page("no-validation", &run), "mistakes").contains("no predictions on validation")
    );
}

#[test]
fn predictions_that_are_no_numbers_are_counted_and_not_drawn() {
    let mut run = houses();
    for row in run.predictions.rows.iter_mut().take(5) {
        row.outcome = Outcome::number(1.0, f64::NAN);
    }
    let html = page("broken-predictions", &run);
    assert!(section(&html, "mistakes").contains("5 examples whose prediction is no finite number"));
    assert!(
        section(&html, "mistakes")
            .contains("a random sample of 2,000 of 4,123 validation examples (seed 1)")
    );
}

#[test]
fn ten_thousand_examples_of_a_hundred_classes_stay_small_and_quick() {
    let mut run = digits();
    let names: Vec<String> = (0..100).map(|class| format!("class {class}")).collect();
    run.predictions.rows = (0..10_000)
        .map(|i| {
            let label = i % 100;
            let prediction = if i % 7 == 0 { i * 31 % 97 } else { label };
            class_row(i as usize, Outcome::class(label, prediction, vec![0.01; 100]))
        })
        .collect();
    run.summary.labels = LabelSummary::Classes {
        name: "class".to_owned(),
        classes: names.iter().map(|name| (name.clone(), 100)).collect(),
    };
    run.predictions.target = Target::classes(names);
    let (html, took) = (0..3)
        .map(|_| {
            let start = Instant::now();
            (run.html(), start.elapsed())
        })
        .min_by_key(|(_, took)| *took)
        .expect("it was rendered three times");
    assert!(
        section(&page("hundred-classes", &run), "mistakes").contains("The 20 most confused of")
    );
    assert!(html.len() < 2_000_000, "{} bytes", html.len());
    // An unoptimised build takes about 7 ms.
    assert!(took.as_millis() < 100, "took {took:?}");
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    assert_eq!(houses().html(), houses().html());
    assert_eq!(digits().html(), digits().html());
}

/// The text of one section.
fn section<'a>(html: &'a str, id: &str) -> &'a str {
    let start = html.find(&format!("<section id=\"{id}\"")).expect("a page has every section");
    let length = html[start..].find("</section>").expect("a section ends");
    &html[start..start + length]
}

#[test]
fn constraints_have_a_table_where_there_are_some() {
    let plain = page("digits-unconstrained", &digits());
    assert!(!plain.contains("<section id=\"constraints\""));
    let mut run = digits();
    run.diagnosis.constraints = crate::constraints::some();
    let html = page("digits-constrained", &run);
    let table = section(&html, "constraints");
    for said in [
        "<code>latency-p95 &lt;= 20 ms</code>",
        "30.00 – 33.00 ms",
        "<strong>not met</strong>",
        "1,000 calls",
        "no system tells",
        "measured on Z80, 1 thread, cpu",
    ] {
        assert!(table.contains(said), "the table lacks {said:?}: {table}");
    }
    assert!(section(&html, "verdict").contains("This network is not one to choose"));
}
