//! The screen on a terminal that is not there.

use gapwise::{
    nn::train::{ChangeKind, Glimpse},
    study::{
        metric::MetricKind,
        run::{GradientRow, HistoryRow},
    },
};
use ratatui::{
    Terminal,
    backend::TestBackend,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
};

use super::{
    super::view::{News, Pressed, View},
    draw,
};

fn view() -> View {
    View::new("lenet, 61,706 parameters", (10, 200), (MetricKind::ErrorRate, "%"))
}

fn row(epoch: usize, train_loss: f64, validation_loss: f64, error: f64) -> HistoryRow {
    HistoryRow {
        epoch,
        step: 20 * epoch,
        train_loss,
        validation_loss,
        validation_error: error,
        learning_rate: 0.01,
    }
}

fn gradient(layer: &str, dead_share: Option<f64>) -> GradientRow {
    GradientRow {
        epoch: 3,
        step: 41,
        layer: layer.to_owned(),
        parameters: 4,
        gradient_norm: 0.125,
        weight_norm: 2.0,
        dead_share,
    }
}

fn glimpse(epoch: usize, examples: usize, loss: f64) -> News {
    let step = 20 * (epoch - 1) + examples / 10;
    News::Glimpse(Glimpse { epoch, examples, step, loss, learning_rate: 0.005, rate_set: 0.01 })
}

/// Three epochs of ten, and half of the fourth.
fn trained() -> View {
    let mut view = view();
    let rows = vec![row(1, 2.0, 1.5, 0.3), row(2, 1.0, 1.0, 0.1), row(3, 0.5, 0.75, 0.2)];
    view.take(News::Epoch(rows, vec![gradient("hidden", Some(0.25)), gradient("output", None)]));
    view.take(glimpse(4, 100, 0.4));
    view.take(News::Line("update 40: learning rate 0.01 from here on".into()));
    view
}

fn drawn(view: &View, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, view)).unwrap();
    let buffer = terminal.backend().buffer();
    let rows = buffer.content().chunks(usize::from(width));
    let row = |cells: &[ratatui::buffer::Cell]| {
        let row: String = cells.iter().map(ratatui::buffer::Cell::symbol).collect();
        row.trim_end().to_owned()
    };
    rows.map(row).collect::<Vec<_>>().join("\n")
}

fn press(view: &mut View, keys: &str) -> Vec<Pressed> {
    let key = |c| match c {
        '\n' => KeyCode::Enter,
        '\u{1b}' => KeyCode::Esc,
        '\u{8}' => KeyCode::Backspace,
        c => KeyCode::Char(c),
    };
    keys.chars().filter_map(|c| view.press(KeyEvent::from(key(c)))).collect()
}

fn rate(rate: f64) -> Pressed {
    Pressed::Order(ChangeKind::LearningRate(rate))
}

#[test]
fn the_screen_has_curves_figures_gradients_what_was_said_and_the_keys() {
    insta::assert_snapshot!(drawn(&trained(), (80, 24)), @r"
    lenet, 61,706 parameters  epoch 4/10, update 70
    ┌ loss: ⠒ train, • validation ─────────┐┌ validation error rate, % ────────────┐
    │2.0000│        ⠐⠤⡀                    ││30.00│         •                      │
    │      │          ⠈⠒⢄⡀                 ││     │          ••                    │
    │      │         •••••⠢⢄               ││     │            ••                  │
    │      │              ••••••••         ││     │              ••         •••    │
    │      │                   ⠈⠉⠒•••••    ││     │                ••   ••••       │
    │0.4000│                        ⠈⠑⠂   ⠠││10.00│                  •••           │
    │      └───────────────────────────────││     └────────────────────────────────│
    │      0                            3.5││     0                             3.5│
    └──────────────────────────────────────┘└──────────────────────────────────────┘
    learning rate 0.005 (set: 0.01)
    loss 0.5000 train   0.7500 validation   gap 0.2500
    validation error 20.00 %   lowest 10.00 % in epoch 2
    ┌ gradients: healthy ──────────────────┐┌ said ────────────────────────────────┐
    │layer       gradient  weights   dead  ││update 40: learning rate 0.01 from    │
    │hidden      1.25e-1   2.00e0    25 %  ││here on                               │
    │output      1.25e-1   2.00e0          ││                                      │
    │                                      ││                                      │
    │                                      ││                                      │
    │                                      ││                                      │
    │                                      ││                                      │
    └──────────────────────────────────────┘└──────────────────────────────────────┘
    r rate   + − larger, smaller   s save   q stop   ? help
    ");
}

#[test]
fn a_screen_without_room_keeps_the_figures_and_none_is_too_small() {
    insta::assert_snapshot!(drawn(&trained(), (60, 4)), @r"
    lenet, 61,706 parameters  epoch 4/10, update 70
    learning rate 0.005 (set: 0.01)
    loss 0.5000 train   0.7500 validation   gap 0.2500
    r rate   + − larger, smaller   s save   q stop   ? help
    ");
    for width in [1, 2, 7, 40] {
        for height in 1..30 {
            drawn(&trained(), (width, height));
            drawn(&view(), (width, height));
        }
    }
}

#[test]
fn what_is_no_number_and_what_is_level_is_drawn_all_the_same() {
    let mut view = view();
    for error in [f64::NAN, f64::INFINITY, 0.0, 0.0] {
        let epoch = view.history.len() + 1;
        view.history.push(row(epoch, error, error, error));
        drawn(&view, (80, 24));
    }
    assert!(drawn(&view, (80, 24)).contains("lowest 0.00 % in epoch 3"));
}

#[test]
fn where_layers_have_no_room_the_first_and_the_last_stay() {
    let mut view = trained();
    let layers: Vec<String> = (1..=20).map(|layer| format!("layer{layer}")).collect();
    view.gradients = layers.iter().map(|layer| gradient(layer, Some(0.75))).collect();
    let screen = drawn(&view, (100, 30));
    // Nine rows less the frame and the head leave six: three, how many more, and two.
    for told in ["layer1 ", "layer3 ", "… 15 more", "layer19", "layer20", "75 %"] {
        assert!(screen.contains(told), "{told} in\n{screen}");
    }
    assert!(!screen.contains("layer4 "), "{screen}");
    assert!(screen.contains("gradients: lower `train.learning_rate`"), "{screen}");
}

#[test]
fn the_loss_between_two_looks_is_that_of_the_examples_between() {
    let mut view = view();
    view.take(glimpse(1, 50, 2.0));
    view.take(glimpse(1, 150, 1.0));
    view.take(glimpse(2, 20, 0.25));
    // (150 · 1.0 − 50 · 2.0) / 100 = 0.5; a new epoch begins anew.
    assert_eq!(view.steps, [(0.25, 2.0), (0.75, 0.5), (1.1, 0.25)]);
}

#[test]
fn keys_scale_the_rate_from_what_was_ordered_last() {
    let mut view = view();
    assert_eq!(press(&mut view, "+"), [], "the rate is not known yet");
    view.take(glimpse(1, 10, 1.0));
    assert_eq!(press(&mut view, "++-"), [rate(0.015), rate(0.0225), rate(0.015)]);
    // A look from before the orders tells the old rate.
    view.take(glimpse(1, 20, 1.0));
    assert_eq!(press(&mut view, "="), [rate(0.0225)]);
    for _ in 0..4 {
        view.take(News::Answered);
    }
    view.take(glimpse(1, 30, 1.0));
    assert_eq!(press(&mut view, "-"), [rate(0.00667)]);
}

#[test]
fn a_rate_is_typed_and_what_is_none_is_said() {
    let mut view = view();
    assert_eq!(press(&mut view, "r1e-35"), []);
    assert!(drawn(&view, (80, 24)).contains("learning rate: 1e-35_"));
    assert_eq!(press(&mut view, "\u{8}\n"), [rate(1e-3)]);
    assert_eq!(press(&mut view, "r0.1\u{1b}"), []);
    assert_eq!(press(&mut view, "r\n"), []);
    assert_eq!(press(&mut view, "rfast\n"), []);
    assert_eq!(view.lines, ["expected a learning rate such as `0.01`, found `fast`"]);
}

#[test]
fn a_stop_is_asked_twice_a_save_once_and_control_c_leaves() {
    let mut view = view();
    assert_eq!(press(&mut view, "qnq "), []);
    assert_eq!(press(&mut view, "qy"), [Pressed::Order(ChangeKind::Stop)]);
    assert_eq!(press(&mut view, "s"), [Pressed::Order(ChangeKind::Save)]);
    press(&mut view, "?");
    assert!(drawn(&view, (80, 24)).contains("Ctrl-C  leave, with everything kept"));
    press(&mut view, "?");
    assert!(!drawn(&view, (80, 24)).contains("Ctrl-C"));
    press(&mut view, "r");
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(view.press(interrupt), Some(Pressed::Interrupt));
}
