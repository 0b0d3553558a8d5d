//! Every setting there is: what it may be, its default and why, and what it moves.

use std::fmt::Write;

use serde::Serialize;

use super::{ConfigError, typed};

/// One setting, as `gapwise settings` and `SETTINGS.md` show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KnownSetting {
    /// Dotted key.
    pub key: &'static str,
    /// What it may be.
    pub values: &'static str,
    /// What it is where nothing is typed.
    pub default: &'static str,
    /// Why it is that.
    pub why: &'static str,
    /// The rungs of the ladder that it is there to move; several where it moves them at once.
    pub moves: &'static [Moves],
}

/// What a setting is turned for. One that moves two rungs at once cannot be tuned for either alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Moves {
    /// The train error: avoidable bias.
    #[serde(rename = "fit train")]
    Train,
    /// The validation error: variance.
    #[serde(rename = "fit validation")]
    Validation,
    /// The test error: overfitting to validation.
    #[serde(rename = "fit test")]
    Test,
    /// What counts in use.
    #[serde(rename = "work in practice")]
    Practice,
}

impl Moves {
    /// Its words in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Moves::Train => "fit train",
            Moves::Validation => "fit validation",
            Moves::Test => "fit test",
            Moves::Practice => "work in practice",
        }
    }
}

impl KnownSetting {
    const fn of(key: &'static str, values: &'static str) -> Self {
        KnownSetting { key, values, default: "", why: "", moves: &[] }
    }

    const fn is(self, default: &'static str, why: &'static str) -> Self {
        KnownSetting { default, why, ..self }
    }

    const fn moves(self, moves: &'static [Moves]) -> Self {
        KnownSetting { moves, ..self }
    }

    /// The rungs in words, or `none`.
    pub fn rung(&self) -> String {
        if self.moves.is_empty() {
            return "none".into();
        }
        self.moves.iter().map(|moves| moves.as_str()).collect::<Vec<_>>().join(", ")
    }
}

const TRAIN: &[Moves] = &[Moves::Train];
const VALIDATION: &[Moves] = &[Moves::Validation];
const BOTH: &[Moves] = &[Moves::Train, Moves::Validation];
const PRACTICE: &[Moves] = &[Moves::Practice];

const SEED: &str = "a whole number from 0 to 9223372036854775807";
const SHARE: &str = "a share above 0 and below 1";
const FROM_0: &str = "a number of at least 0";
const BELOW_1: &str = "a number of at least 0 and below 1";
const OFF: &str = "a remedy for a gap that has not been measured yet";

/// Every setting, section by section.
pub const SETTINGS: &[KnownSetting] = &[
    KnownSetting::of("data.path", "a CSV or TSV file, a folder of images or of idx files")
        .is("none", "without data there is nothing to do"),
    KnownSetting::of("data.train_from", "a file or folder of the same kind")
        .is("none", "most data trains and judges; with it, `data.path` judges what this trains")
        .moves(BOTH),
    KnownSetting::of("data.validation", "a file or folder of the same kind")
        .is("split off", "most data comes in one piece")
        .moves(VALIDATION),
    KnownSetting::of("data.test", "a file or folder of the same kind")
        .is("split off", "most data comes in one piece")
        .moves(&[Moves::Test]),
    KnownSetting::of("data.label", "a column, by name or number from 1")
        .is("guessed, and said", "the name or the place mostly tells it")
        .moves(PRACTICE),
    KnownSetting::of("data.group", "a column, by name or number from 1")
        .is("none", "examples are taken to be independent")
        .moves(PRACTICE),
    KnownSetting::of("data.time", "a column of dates or numbers, by name or number from 1")
        .is("none", "not every date is one by which the future is to be told")
        .moves(PRACTICE),
    KnownSetting::of("data.header", "true or false")
        .is("detected, and said", "names among numbers mostly tell it"),
    KnownSetting::of("data.delimiter", "one character")
        .is("detected", "the first rows mostly tell it"),
    KnownSetting::of("data.decimal", "`.` or `,`")
        .is("detected for each column, and said", "one cell mostly tells it"),
    KnownSetting::of("data.thousands", "`,`, `.`, `'`, `blank` or `none`")
        .is("detected for each column, and said", "groups of three digits mostly tell it"),
    KnownSetting::of("data.missing", "a list of values, such as `[\"unknown\", -200]`; `blank` makes words such as `NA` values in columns of words")
        .is("[]", "blank cells, `?`, `NA`, `NaN`, `null`, `#N/A` and `\\N` are missing everywhere, `None` and `-` among numbers and dates")
        .moves(PRACTICE),
    KnownSetting::of("data.quote", "double, single or none")
        .is("detected, and said where it is single", "the fields tell it"),
    KnownSetting::of("data.task", "classification or regression")
        .is("from the label, with its reason", "the label's values mostly tell it")
        .moves(PRACTICE),
    KnownSetting::of("data.example_weights", "a column of numbers of at least 0")
        .is("none", "every example counts the same; with it, in loss and metric alike")
        .moves(PRACTICE),
    KnownSetting::of("data.image_memory", "a whole number of MiB of at least 0")
        .is("half of the memory that is free", "images beyond it are kept on disk"),
    KnownSetting::of("data.image_size", "[height, width] in pixels, 2 to 4,096 each")
        .is(
            "the images' own where they share one of at most 64×64, else 32×32",
            "small images lose nothing, and large ones would take hours on a processor",
        )
        .moves(TRAIN),
    KnownSetting::of("data.image_fit", "stretch, crop or crop-inner")
        .is(
            "stretch; crop-inner with torchvision's weights",
            "all of an image is seen; crop and crop-inner are torchvision's Resize and CenterCrop",
        )
        .moves(TRAIN),
    KnownSetting::of("data.ignore", "columns, by name or number from 1")
        .is("[]", "which columns tell too much only a person knows")
        .moves(PRACTICE),
    KnownSetting::of("data.skip_bad", "true or false")
        .is("false", "bad data is to be mended, not lost"),
    KnownSetting::of("split.seed", SEED)
        .is("1", "the same split each time, so that runs can be compared"),
    KnownSetting::of("split.validation", SHARE)
        .is(
            "by the number of examples; half with `data.train_from`",
            "the notes: a smaller share the more examples there are",
        )
        .moves(VALIDATION),
    KnownSetting::of("split.test", "a share of at least 0 and below 1; 0 is no test split")
        .is(
            "by the number of examples; half with `data.train_from`",
            "the notes: a smaller share the more examples there are",
        )
        .moves(&[Moves::Test]),
    KnownSetting::of("split.train_validation", SHARE)
        .is("by the number of examples", "as validation's share, of what `data.train_from` gives")
        .moves(VALIDATION),
    KnownSetting::of(
        "network.kind",
        "feed-forward, lenet, small-conv, conv or a name that `gapwise network` lists",
    )
        .is("the kind that suits the data", "the reason is said when training begins")
        .moves(TRAIN),
    KnownSetting::of("network.hidden", "a list of 1 to 65,536 units a layer; [] is linear")
        .is("[128]", "the notes: start with one hidden layer, grow to reduce bias")
        .moves(TRAIN),
    KnownSetting::of("network.channels", "a list of filters, one for each convolution of conv")
        .is("[32, 64, 128]", "sides shrink and channels grow with depth")
        .moves(TRAIN),
    KnownSetting::of(
        "network.filter_side",
        "an odd number from 1 to 11, or a list, one for each convolution of conv",
    )
        .is("3", "two filters of 3×3 see as much as one of 5×5, with fewer weights")
        .moves(TRAIN),
    KnownSetting::of(
        "network.pool",
        "max, average or none, or a list, one for each convolution of conv",
    )
        .is("max", "the largest of four says best that something is there")
        .moves(TRAIN),
    KnownSetting::of("network.activation", "relu, tanh or leaky-relu")
        .is("relu", "its gradient does not shrink where a unit is on")
        .moves(TRAIN),
    KnownSetting::of("network.batch_norm", "off, before-activation or after-activation")
        .is("before-activation for conv, by its paper for a name, else off", "deeper networks train faster with it")
        .moves(TRAIN),
    KnownSetting::of("network.initialisation", "he, he-uniform, xavier or xavier-uniform")
        .is("by activation", "the notes: He for ReLU, Xavier for tanh; zeros are refused")
        .moves(TRAIN),
    KnownSetting::of("network.initial_scale", "a number from 1e-6 to 1e6")
        .is("1", "another factor on the initial weights shows vanishing and exploding gradients")
        .moves(TRAIN),
    KnownSetting::of("network.weights", "a weight file (safetensors, .pt, .pth), a run, or none")
        .is("none", "initial weights are drawn, unless there are some of other data")
        .moves(BOTH),
    KnownSetting::of("network.freeze", "none, head-only, or the last stage to freeze")
        .is(
            "head-only under 5 examples a class, else none; with network.weights",
            "the notes: with little data the earlier layers are frozen; how little is in BENCHMARKS.md",
        )
        .moves(BOTH),
    KnownSetting::of("network.dropout", "a probability of at least 0 and below 1, or a list")
        .is(
            "0.3 for small-conv and conv, by its paper for a name, else 0",
            "dense layers behind convolutions learn few images by heart",
        )
        .moves(VALIDATION),
    KnownSetting::of("network.input_dropout", "a probability of at least 0 and below 1")
        .is("0", "the notes: rarely used on the input")
        .moves(VALIDATION),
    KnownSetting::of("train.epochs", "a whole number of at least 1")
        .is("by network and number of examples", "enough steps for the train error to settle")
        .moves(TRAIN),
    KnownSetting::of("train.batch", "a whole number of at least 1")
        .is(
            "rows: all under 2,000, else 64 to 512; images that are convolved: 8 to 512, large ones at \
             most 32",
            "the notes' rule: full batches for little data, else a power of two; of images every layer's \
             output is held",
        )
        .moves(TRAIN),
    KnownSetting::of("train.learning_rate", "a number above 0")
        .is(
            "adam and rmsprop: by network, larger for full batches; momentum: 0.01; descent: 0.1",
            "chosen on validation of the examples in BENCHMARKS.md; momentum adds up ten gradients",
        )
        .moves(TRAIN),
    KnownSetting::of("train.optimiser", "descent (or sgd), momentum, rmsprop or adam")
        .is("adam", "the notes' first choice: it works widely without tuning")
        .moves(TRAIN),
    KnownSetting::of("train.momentum", BELOW_1)
        .is("0.9, with momentum", "the notes: about the last ten gradients")
        .moves(TRAIN),
    KnownSetting::of("train.rmsprop_decay", BELOW_1)
        .is("0.9, with rmsprop", "the notes: about the last ten squares")
        .moves(TRAIN),
    KnownSetting::of("train.beta1", BELOW_1)
        .is("0.9, with adam", "the notes and Kingma & Ba")
        .moves(TRAIN),
    KnownSetting::of("train.beta2", BELOW_1)
        .is("0.999, with adam", "the notes and Kingma & Ba")
        .moves(TRAIN),
    KnownSetting::of("train.epsilon", "inside_root or outside_root; it is 1e-8 either way")
        .is(
            "outside_root with adam, inside_root with rmsprop",
            "Kingma & Ba have it outside, the notes print RMSprop's inside",
        )
        .moves(TRAIN),
    KnownSetting::of("train.schedule", "constant, cosine, by-epoch or steps")
        .is("cosine", "it ends near 0 without a rate to tune")
        .moves(TRAIN),
    KnownSetting::of("train.decay_rate", FROM_0)
        .is("0.1, with by-epoch", "half the learning rate after ten epochs")
        .moves(TRAIN),
    KnownSetting::of("train.decay_factor", "a number above 0 and at most 1")
        .is("0.9, with steps", "the notes: by 10 % every 5th epoch")
        .moves(TRAIN),
    KnownSetting::of("train.decay_every", "epochs, at least 1")
        .is("5, with steps", "the notes: by 10 % every 5th epoch")
        .moves(TRAIN),
    KnownSetting::of("train.warm_up", "epochs of at least 0, fewer than train.epochs")
        .is("0", "networks this small start well at the full rate")
        .moves(TRAIN),
    KnownSetting::of("train.kept_rate", "a factor above 0 and at most 1")
        .is("0.1, with network.weights", "what was learned on more data should change little")
        .moves(BOTH),
    KnownSetting::of("train.l1", "λ₁ of λ₁ Σ |W|, a number of at least 0")
        .is("0", OFF)
        .moves(VALIDATION),
    KnownSetting::of("train.l2", "λ₂ of λ₂ Σ W², a number of at least 0")
        .is("0", OFF)
        .moves(VALIDATION),
    KnownSetting::of("train.weight_decay", "λ of θ ← θ − α λ θ, a number of at least 0")
        .is("0", OFF)
        .moves(VALIDATION),
    KnownSetting::of("train.clip_norm", "0, which is off, or a number above 0")
        .is("0", "it is for gradients that explode")
        .moves(TRAIN),
    KnownSetting::of("train.clip_value", "0, which is off, or a number above 0")
        .is("0", "it is for gradients that explode, and turns them; clip_norm does not")
        .moves(TRAIN),
    KnownSetting::of("train.average", "β of at least 0 and below 1, such as 0.999; 0 is off")
        .is("0", "a falling learning rate averages the last steps already")
        .moves(VALIDATION),
    KnownSetting::of("train.patience", "epochs of at least 1; 0 is off")
        .is("0", "it moves two rungs at once; the best epoch is kept either way")
        .moves(BOTH),
    KnownSetting::of("train.keep", "best or last, by epoch")
        .is(
            "best",
            "lowest loss on validation, the mean of a twentieth of the epochs up to it, whatever the \
             metric; an early one moves two rungs at once, which is said",
        )
        .moves(BOTH),
    KnownSetting::of("train.class_weights", "none, balanced or a table: {spam = 5, ham = 1}")
        .is("none", "what a mistake costs only a person knows")
        .moves(PRACTICE),
    KnownSetting::of(
        "train.changes",
        "a list such as [{step = 1200, learning_rate = 0.01}], of what changes after so many updates: \
         a learning_rate in place of train.learning_rate under the same schedule, save = true, \
         stop = true",
    )
    .is("[]", "what `--watch` was told while it trained, which is then done again; mostly nothing")
    .moves(BOTH),
    KnownSetting::of("train.seed", SEED)
        .is("1", "the same training each time, so that runs can be compared"),
    KnownSetting::of("augment.mirror", "true or false, for images")
        .is("false", "only a person knows whether a mirrored image keeps its label")
        .moves(VALIDATION),
    KnownSetting::of("augment.flip", "true or false, for images")
        .is("false", "few things look the same upside down")
        .moves(VALIDATION),
    KnownSetting::of("augment.crop", "pixels, at most half of a side, for images; 0 is off")
        .is("0", OFF)
        .moves(VALIDATION),
    KnownSetting::of("augment.rotate", "degrees either way, 0 to 180, for images; 0 is off")
        .is("0", "only a person knows how far a thing may turn and be the same")
        .moves(VALIDATION),
    KnownSetting::of("augment.shear", "degrees either way, 0 to 60, for images; 0 is off")
        .is("0", "only a person knows how far a thing may lean and be the same")
        .moves(VALIDATION),
    KnownSetting::of(
        "augment.warp",
        "pixels of a smooth random shift, at most an eighth of a side, for images; 0 is off",
    )
    .is("0", "it suits what bends, such as handwriting, and not what is built straight")
    .moves(VALIDATION),
    KnownSetting::of(
        "augment.colour",
        "deviations of a channel either way, 0 to 1, for images; 0 is off",
    )
    .is("0", "only a person knows whether colour and brightness tell the classes apart")
    .moves(VALIDATION),
    KnownSetting::of(
        "metric.optimise",
        "error-rate, f1, macro-f1, auroc, average-precision, log-loss or calibration-error; rmse, \
         mae or r2",
    )
    .is(
        "error-rate for classes, rmse for numbers",
        "one number ranks epochs, rungs and networks; which one counts only a person knows",
    )
    .moves(PRACTICE),
    KnownSetting::of("metric.positive", "one of two classes, by name")
        .is("the rarer in train, else the later name", "mostly the rarer class is the one sought")
        .moves(PRACTICE),
    KnownSetting::of("metric.constraints", "a list such as [\"latency-p95 <= 20 ms\"]")
        .is("[]", "what a network may cost, and has to reach beside, only a person knows")
        .moves(PRACTICE),
    KnownSetting::of(
        "diagnosis.human",
        "an error in the metric's unit; 0.02 is 2 %; or a CSV file of answers, with `id` and `answer`",
    )
        .is("unknown", "only a person knows it; avoidable bias is measured from it"),
    KnownSetting::of("diagnosis.tolerance", "an error above 0, in the metric's unit")
        .is("a tenth of the validation error", "a smaller gap is hardly worth the work"),
];

/// The settings of a key, or of a section such as `train`; all without either.
///
/// # Errors
///
/// [`ConfigError::UnknownKey`] for neither.
pub fn matching(key: Option<&str>) -> Result<Vec<KnownSetting>, ConfigError> {
    let Some(key) = key else { return Ok(SETTINGS.to_vec()) };
    let of = |setting: &&KnownSetting| {
        setting.key == key || setting.key.split_once('.').is_some_and(|(section, _)| section == key)
    };
    let found: Vec<KnownSetting> = SETTINGS.iter().filter(of).copied().collect();
    if found.is_empty() {
        typed::known(key, || "`gapwise settings`".into())?;
    }
    Ok(found)
}

/// `SETTINGS.md`: every setting in a table.
pub fn settings_page() -> String {
    let mut page = String::from(
        "# Settings\n\nIn `gapwise.toml` as `[section]` and key, on the command line as \
         `--set section.key=value`. The rung is what a setting is there to move; one that moves \
         two at once cannot be tuned for either alone.\n\nThis page is what `gapwise settings \
         --markdown` prints.\n",
    );
    let mut section = "";
    for setting in SETTINGS {
        let (of, _) = setting.key.split_once('.').unwrap_or_default();
        if of != section {
            section = of;
            let head = "| setting | values | default | why | rung |\n|---|---|---|---|---|";
            let _ = write!(page, "\n## {section}\n\n{head}\n");
        }
        let KnownSetting { key, values, default, why, .. } = setting;
        let values = values.replace('|', "\\|");
        let _ = writeln!(page, "| `{key}` | {values} | {default} | {why} | {} |", setting.rung());
    }
    page
}
