//! Reading what was typed: `gapwise.toml`, then `--set`.

use std::path::{Path, PathBuf};

use gapwise_data::{shown::STANDARD_INPUT, stream, wording::written_otherwise};
use gapwise_nn::model::NetworkKind;
use toml::{Table, Value};

use super::{
    Config, ConfigError, HumanChoice, effective::filled, settings::SETTINGS, train::DEPENDENT,
};

/// Every setting, by its dotted key.
fn keys() -> impl Iterator<Item = &'static str> + Clone {
    SETTINGS.iter().map(|setting| setting.key)
}

impl Config {
    /// Reads a `gapwise.toml`, then applies `sets`, each `KEY=VALUE`. Paths in the file are
    /// relative to its folder, paths in `sets` to the current one.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a file that cannot be read or is not TOML, for an unknown key and for a
    /// value of the wrong type.
    pub fn read(path: &Path, sets: &[String]) -> Result<Self, ConfigError> {
        let text = read_text(path).map_err(|error| ConfigError::Unreadable {
            path: path.to_owned(),
            message: match error.kind() {
                std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
                _ => error.to_string(),
            },
        })?;
        let file = format!("`{}`", path.display());
        let table = parse(&text, &file)?;
        check_keys(&table, |key| match line_of(&text, key) {
            Some(line) => format!("{file} line {line}"),
            None => file.clone(),
        })?;
        // A wrong type is told with its line while the file is still alone.
        let mut config =
            toml::from_str::<Config>(&text).map_err(|error| ConfigError::WrongType {
                place: place(&text, &file, error.span()),
                message: reworded(error.message(), error.span().and_then(|at| typed(&text, at))),
            })?;
        // Before `sets`: a path that is typed is relative to where it is typed.
        let folder = path.parent().filter(|_| !stream::is_stream(path));
        config.resolve_paths(folder.unwrap_or(Path::new("")));
        config.with_sets(sets)
    }

    /// The same with `sets` applied, each `KEY=VALUE`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for an unknown key and for a value of the wrong type.
    pub fn with_sets(self, sets: &[String]) -> Result<Self, ConfigError> {
        let mut table = self.to_table()?;
        apply(&mut table, sets)?;
        deserialise(table)
    }

    /// As TOML that reads back to the same.
    ///
    /// # Errors
    ///
    /// [`ConfigError::OutOfRange`] for a path that is not UTF-8 and for a seed above `i64::MAX`,
    /// which TOML cannot hold.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        Ok(self.to_table()?.to_string())
    }

    pub(super) fn to_table(&self) -> Result<Table, ConfigError> {
        let paths = [
            ("data.path", Some(&self.data.path)),
            ("data.train_from", self.data.train_from.as_ref()),
            ("data.validation", self.data.validation.as_ref()),
            ("data.test", self.data.test.as_ref()),
            ("diagnosis.human", self.diagnosis.human.as_ref().and_then(HumanChoice::answers)),
        ];
        for (key, path) in paths {
            if let Some(path) = path.filter(|path| path.to_str().is_none()) {
                let found = path.to_string_lossy().into_owned();
                return Err(ConfigError::OutOfRange { key, expected: "a path in UTF-8", found });
            }
        }
        for (key, seed) in [("train.seed", self.train.seed), ("split.seed", Some(self.split.seed))]
        {
            if let Some(seed) = seed.filter(|&seed| i64::try_from(seed).is_err()) {
                let expected = "a whole number of at most 9223372036854775807";
                return Err(ConfigError::OutOfRange { key, expected, found: seed.to_string() });
            }
        }
        Ok(Table::try_from(self)
            .expect("paths are UTF-8, seeds fit, and all else is text, numbers and lists"))
    }

    fn resolve_paths(&mut self, base: &Path) {
        let resolve = |path: &mut PathBuf| {
            let is_file = path.as_path() != Path::new(STANDARD_INPUT);
            if path.is_relative() && is_file && !path.as_os_str().is_empty() {
                *path = base.join(&*path);
            }
        };
        resolve(&mut self.data.path);
        self.data.train_from.iter_mut().for_each(resolve);
        self.data.validation.iter_mut().for_each(resolve);
        self.data.test.iter_mut().for_each(resolve);
        self.network.weights.iter_mut().for_each(resolve);
        if let Some(HumanChoice::Answers(path)) = &mut self.diagnosis.human {
            resolve(path);
        }
    }
}

/// A file's text, or a stream's.
fn read_text(path: &Path) -> std::io::Result<String> {
    String::from_utf8(stream::read(path)?.to_vec())
        .map_err(|_| std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

fn parse(text: &str, file: &str) -> Result<Table, ConfigError> {
    text.parse::<Table>().map_err(|error| ConfigError::Syntax {
        file: file.to_owned(),
        line: error.span().map(|span| line_at(text, span.start)),
        message: error.message().to_owned(),
    })
}

fn apply(table: &mut Table, sets: &[String]) -> Result<(), ConfigError> {
    for set in sets {
        let (key, value) = set.split_once('=').ok_or_else(|| ConfigError::NoEquals(set.clone()))?;
        let key = key.trim();
        let flag = format!("`--set {set}`");
        if keys().any(|known| in_section(known, key)) {
            return Err(ConfigError::Section { flag, section: key.to_owned() });
        }
        known(key, || flag.clone())?;
        let (section, name) = key.split_once('.').unwrap_or((key, ""));
        let typed_value = value.trim();
        let value = value_of(key, typed_value);
        leave_with(table, (key, &value), sets);
        if key == "network.weights" && value.as_str() == Some("none") {
            remove(table, key);
            ["network.freeze", "train.kept_rate"]
                .into_iter()
                .filter(|only| !is_set(sets, only))
                .for_each(|only| remove(table, only));
            continue;
        }
        let entry = table
            .entry(section)
            .or_insert_with(|| Value::Table(Table::new()))
            .as_table_mut()
            .ok_or_else(|| ConfigError::WrongType {
                place: flag.clone(),
                message: format!("`{section}` is not a table"),
            })?;
        entry.insert(name.to_owned(), value);
        // Told by the flag that set it, not by the sum of them.
        let whole: Result<Config, toml::de::Error> = table.clone().try_into();
        whole.map_err(|error| ConfigError::WrongType {
            place: flag,
            message: reworded(error.message(), Some((key.to_owned(), typed_value.to_owned()))),
        })?;
    }
    Ok(())
}

/// Takes out what only the optimiser, schedule or network in force so far has, where another one is set: a
/// run's file says them all. What is set by a flag of its own stays.
fn leave_with(table: &mut Table, (key, value): (&str, &Value), sets: &[String]) {
    let (section, name) = key.split_once('.').unwrap_or((key, ""));
    if table.get(section).and_then(|entries| entries.get(name)) == Some(value) {
        return;
    }
    if key == "network.kind" {
        leave_filled(table, sets);
    }
    for (dependent, on, words) in DEPENDENT {
        let has = value.as_str().is_some_and(|word| words.contains(&word));
        if *on == key && !has && !is_set(sets, dependent) {
            remove(table, dependent);
        }
    }
}

/// Takes out what the network's kind alone has filled in, where it is to be another: that one's defaults
/// take its place. What differs from them was a person's choice, and stays.
fn leave_filled(table: &mut Table, sets: &[String]) {
    let value = |section: &str, name: &str| table.get(section)?.get(name);
    let kind = value("network", "kind").and_then(Value::as_str);
    let Some(kind) = kind.and_then(NetworkKind::of) else { return };
    let optimiser = value("train", "optimiser").and_then(|word| word.clone().try_into().ok());
    let (network, rates) = filled(kind, optimiser);
    let usual = Table::try_from(network).unwrap_or_default();
    let rates = rates.map(Value::from);
    for (section, name, values) in usual
        .iter()
        .map(|(name, value)| ("network", name.as_str(), std::slice::from_ref(value)))
        .chain([("train", "learning_rate", &rates[..])])
    {
        let key = format!("{section}.{name}");
        let found = table.get(section).and_then(|entries| entries.get(name));
        if found.is_some_and(|found| values.contains(found)) && !is_set(sets, &key) {
            remove(table, &key);
        }
    }
}

/// Whether a flag sets this key.
fn is_set(sets: &[String], key: &str) -> bool {
    sets.iter().filter_map(|set| set.split_once('=')).any(|(other, _)| other.trim() == key)
}

fn remove(table: &mut Table, key: &str) {
    let (section, name) = key.split_once('.').unwrap_or((key, ""));
    if let Some(entries) = table.get_mut(section).and_then(Value::as_table_mut) {
        entries.remove(name);
    }
}

/// Settings whose values are text even where they look like numbers: a column may be called by its
/// number.
const TEXTS: &[&str] = &[
    "data.path",
    "data.train_from",
    "data.validation",
    "data.test",
    "data.label",
    "data.group",
    "data.time",
    "data.delimiter",
    "data.decimal",
    "data.thousands",
    "data.quote",
    "data.example_weights",
    "metric.positive",
];

/// A TOML value, or else the text itself: `network.kind=lenet` needs no quotes.
pub(super) fn value_of(key: &str, text: &str) -> Value {
    let value = format!("v = {text}")
        .parse::<Table>()
        .ok()
        .filter(|table| table.len() == 1)
        .and_then(|mut table| table.remove("v"));
    match value {
        Some(value) if value.is_str() || !TEXTS.contains(&key) => value,
        None if !TEXTS.contains(&key) => {
            list_of_words(text).unwrap_or(Value::String(text.to_owned()))
        }
        _ => Value::String(text.to_owned()),
    }
}

/// A list whose entries need no quotes either: `[none,max]`.
fn list_of_words(text: &str) -> Option<Value> {
    let entries = text.strip_prefix('[')?.strip_suffix(']')?.split(',').map(str::trim);
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let word = |entry: &str| {
        let is_word = !entry.is_empty() && entry.chars().all(plain);
        is_word.then(|| Value::String(entry.to_owned()))
    };
    entries.map(word).collect::<Option<Vec<_>>>().map(Value::Array)
}

/// The key and the value that are typed at a place of a file.
fn typed(text: &str, at: std::ops::Range<usize>) -> Option<(String, String)> {
    let begin = text.get(..at.start)?.rfind('\n').map_or(0, |place| place + 1);
    let (name, _) = text[begin..].split_once('=')?;
    let sections = text[..begin].lines().filter_map(|line| line.trim().strip_prefix('['));
    let section = sections.filter_map(|line| line.split_once(']')).next_back();
    let key = match section {
        Some((section, _)) => format!("{}.{}", section.trim(), name.trim()),
        None => name.trim().to_owned(),
    };
    Some((key, text.get(at)?.trim().to_owned()))
}

/// What the parser says, in the order of every other error: expected, then found. Where it only
/// knows types, the setting's own words say what is expected.
fn reworded(message: &str, typed: Option<(String, String)>) -> String {
    const TYPES: [&str; 11] = [
        "usize",
        "u64",
        "i64",
        "f64",
        "a string",
        "string only",
        "string or table",
        "a sequence",
        "a boolean",
        "a tuple of size 2",
        "untagged enum PerLayer",
    ];
    let said = message.trim_end();
    let only_types = TYPES.iter().any(|kind| said.ends_with(kind));
    let setting = typed.as_ref().and_then(|(key, _)| SETTINGS.iter().find(|of| of.key == key));
    if let (true, Some(setting), Some((_, found))) = (only_types, setting, &typed) {
        return format!("expected {}, found `{found}`", setting.values);
    }
    let message = said;
    let (found, expected) = match message.rsplit_once(", expected ") {
        Some(parts) => parts,
        None => return message.to_owned(),
    };
    let found = ["invalid type: ", "invalid value: ", "unknown variant "]
        .iter()
        .find_map(|prefix| found.strip_prefix(prefix));
    let expected = match expected {
        "usize" | "u64" => "a whole number of at least 0",
        "f64" => "a number",
        "a boolean" => "`true` or `false`",
        "a sequence" => "a list such as `[256,64]`",
        "a string" => "text",
        other => other,
    };
    let said = |found: &str| {
        let otherwise = written_otherwise(found.trim_matches('`'), expected);
        format!("expected {expected}, found {found}{otherwise}")
    };
    found.map_or(message.to_owned(), said)
}

fn deserialise(table: Table) -> Result<Config, ConfigError> {
    table.try_into().map_err(|error: toml::de::Error| ConfigError::WrongType {
        place: "the settings".into(),
        message: reworded(error.message(), None),
    })
}

fn check_keys(table: &Table, place: impl Fn(&str) -> String) -> Result<(), ConfigError> {
    for (section, value) in table {
        match value {
            Value::Table(entries) if keys().any(|key| in_section(key, section)) => {
                for name in entries.keys() {
                    known(&format!("{section}.{name}"), || place(name))?;
                }
            }
            _ => known(section, || place(section))?,
        }
    }
    Ok(())
}

fn in_section(key: &str, section: &str) -> bool {
    key.split_once('.').is_some_and(|(of, _)| of == section)
}

pub(super) fn known(key: &str, place: impl Fn() -> String) -> Result<(), ConfigError> {
    if keys().any(|known| known == key) {
        return Ok(());
    }
    Err(ConfigError::UnknownKey { place: place(), key: key.to_owned(), nearest: nearest(key) })
}

/// The key most like `key`, by its whole or by its last part alone; sections count as keys.
fn nearest(key: &str) -> Option<String> {
    let name = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let likeness = |known: &str| {
        strsim::jaro_winkler(known, key).max(strsim::jaro_winkler(&name(known), &name(key)))
    };
    let sections = keys().filter_map(|key| key.split_once('.')).map(|(section, _)| section);
    keys()
        .chain(sections)
        .filter(|known| *known != key)
        .map(|known| (likeness(known), known))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.75)
        .map(|(_, known)| known.to_owned())
}

fn place(text: &str, file: &str, span: Option<std::ops::Range<usize>>) -> String {
    match span {
        Some(span) => format!("{file} line {}", line_at(text, span.start)),
        None => file.to_owned(),
    }
}

fn line_at(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|&&b| b == b'\n').count() + 1
}

/// The first line that sets `name` or opens the section `name`.
fn line_of(text: &str, name: &str) -> Option<usize> {
    let sets = |line: &str| {
        let line = line.trim_start().trim_start_matches('[');
        line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with(['=', '.', ']']))
    };
    text.lines().position(sets).map(|line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(sets: &[&str]) -> Result<Config, ConfigError> {
        Config::default().with_sets(&sets.iter().map(|&s| s.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_set_takes_toml_or_bare_words() {
        let config = sets(&[
            "network.hidden=[256, 64]",
            "network.kind=feed-forward",
            "train.learning_rate=1e-3",
            "data.label=2",
            "data.path=with space/1.csv",
        ])
        .unwrap();
        assert_eq!(config.network.hidden, Some(vec![256, 64]));
        assert_eq!(config.train.learning_rate, Some(1e-3));
        assert_eq!(config.data.label.as_deref(), Some("2"));
        assert_eq!(config.data.path, Path::new("with space/1.csv"));
    }

    #[test]
    fn dropout_is_a_number_or_a_list_and_reads_back() {
        use super::super::DropoutChoice::{Alike, Each};
        for (typed, choice) in [
            ("0.3", Alike(0.3)),
            ("0", Alike(0.0)),
            ("[0.2, 0.5]", Each(vec![0.2, 0.5])),
            ("[]", Each(vec![])),
        ] {
            let config = sets(&[&format!("network.dropout={typed}")]).unwrap();
            assert_eq!(config.network.dropout.as_ref(), Some(&choice), "{typed}");
            let again: Config = toml::from_str(&config.to_toml().unwrap()).unwrap();
            assert_eq!(again, config);
        }
        let error = sets(&["network.dropout=much"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`--set network.dropout=much`: expected a number or a list such as `[0.2,0.5]`, found \
             string \"much\""
        );
    }

    #[test]
    fn all_zero_weights_are_refused_with_the_reason() {
        for zero in ["zero", "zeros", "0", "0.0"] {
            let error = sets(&[&format!("network.initialisation={zero}")]).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "`--set network.initialisation={zero}`: expected `he`, `he-uniform`, `xavier` \
                     or `xavier-uniform`, found zero: with all-zero weights the units of a layer \
                     start alike, learn alike and stay alike"
                )
            );
        }
    }

    #[test]
    fn an_unknown_key_offers_the_nearest() {
        let error = sets(&["train.learning_rat=0.1"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`--set train.learning_rat=0.1`: there is no setting `train.learning_rat`"
        );
        assert_eq!(error.hint().as_deref(), Some("did you mean `train.learning_rate`?"));
        let error = sets(&["hidden=[3]"]).unwrap_err();
        assert_eq!(error.hint().as_deref(), Some("did you mean `network.hidden`?"));
    }

    #[test]
    fn a_wrong_type_names_the_flag() {
        let error = sets(&["train.epochs=20", "train.batch=many"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`--set train.batch=many`: expected a whole number of at least 1, found `many`"
        );
    }

    #[test]
    fn what_only_another_optimiser_has_leaves_with_it() {
        let run = sets(&["train.optimiser=adam", "train.beta1=0.8", "train.epsilon=inside_root"]);
        let changed = |more: &[&str]| {
            let more: Vec<String> = more.iter().map(|&s| s.to_owned()).collect();
            run.clone().unwrap().with_sets(&more).unwrap().train
        };
        assert_eq!(changed(&["train.optimiser=momentum"]).beta1, None);
        assert_eq!(changed(&["train.optimiser=adam"]).beta1, Some(0.8));
        // RMSprop has an ε too, and what is typed now is not taken out but refused later.
        let rmsprop = changed(&["train.beta1=0.7", "train.optimiser=rmsprop"]);
        assert_eq!(rmsprop.beta1, Some(0.7));
        assert!(rmsprop.epsilon.is_some());
    }

    #[test]
    fn what_a_network_filled_in_leaves_with_it() {
        use gapwise_nn::{layers::BatchNormPlace, model::NetworkKind};
        let run = sets(&[
            "network.kind=conv",
            "network.batch_norm=before-activation",
            "network.dropout=0.3",
            "network.channels=[8]",
            "network.input_dropout=0.1",
            "train.optimiser=adam",
            "train.learning_rate=1e-3",
            "train.l2=0.01",
        ])
        .unwrap();
        let changed = |more: &[&str]| {
            let more: Vec<String> = more.iter().map(|&s| s.to_owned()).collect();
            run.clone().with_sets(&more).unwrap()
        };
        let lenet = changed(&["network.kind=lenet"]);
        let network = &lenet.network;
        assert_eq!((network.batch_norm, &network.dropout, &network.channels), (None, &None, &None));
        // What is no default of the kind's was a choice.
        assert_eq!((network.input_dropout, lenet.train.l2), (Some(0.1), Some(0.01)));
        assert_eq!(lenet.train.learning_rate, None);
        assert_eq!(changed(&["network.kind=conv"]), run);
        let typed = changed(&["network.kind=vgg11", "network.batch_norm=before-activation"]);
        assert_eq!(typed.network.batch_norm, Some(BatchNormPlace::BeforeActivation));
        assert_eq!(typed.network.kind, NetworkKind::of("vgg11"));
        assert_eq!(
            changed(&["network.kind=lenet", "train.learning_rate=1e-3"]).train.learning_rate,
            Some(1e-3)
        );
    }

    #[test]
    fn class_weights_are_a_word_or_a_table() {
        use gapwise_nn::train::ClassWeights;
        let weights = |set: &str| sets(&[set]).map(|config| config.train.class_weights.unwrap());
        assert_eq!(weights("train.class_weights=balanced"), Ok(ClassWeights::Balanced));
        let given = [("ham".to_owned(), 1.0), ("spam".to_owned(), 2.5)].into();
        let set = "train.class_weights={spam=2.5,ham=1}";
        assert_eq!(weights(set), Ok(ClassWeights::Given(given)));
        assert_eq!(
            weights("train.class_weights=even").unwrap_err().to_string(),
            "`--set train.class_weights=even`: expected `none`, `balanced` or a table such as \
             `{spam = 5, ham = 1}`, found string \"even\""
        );
    }

    #[test]
    fn every_key_is_a_field_and_every_field_a_key() {
        let full = Config {
            data: gapwise_data::SourceOptions {
                path: "p".into(),
                train_from: Some("o".into()),
                validation: Some("v".into()),
                test: Some("t".into()),
                label: Some("l".into()),
                group: Some("g".into()),
                time: Some("d".into()),
                header: Some(true),
                delimiter: Some(','),
                decimal: Some(gapwise_data::table::DecimalMark::Comma),
                thousands: Some(gapwise_data::table::ThousandsMark::Blank),
                missing: vec!["-200".into()],
                quote: Some(gapwise_data::table::Quote::Single),
                task: Some(gapwise_data::TaskChoice::Regression),
                image_size: Some((1, 1)),
                image_fit: Some(gapwise_data::images::Framing::Crop),
                image_memory: Some(1),
                example_weights: Some("w".into()),
                ignore: vec!["i".into()],
                skip_bad: true,
            },
            split: gapwise_data::SplitOptions {
                seed: 1,
                validation: Some(0.1),
                test: Some(0.1),
                train_validation: Some(0.1),
            },
            network: super::super::NetworkChoice {
                kind: Some(gapwise_nn::model::NetworkKind::LENET),
                hidden: Some(vec![1]),
                channels: Some(vec![1]),
                filter_side: Some(super::super::PerLayer::Alike(3)),
                pool: Some(super::super::PerLayer::Each(vec![
                    gapwise_nn::networks::conv::Pool::None,
                ])),
                dropout: Some(super::super::DropoutChoice::Alike(0.5)),
                input_dropout: Some(0.1),
                activation: Some(gapwise_nn::layers::Activation::Tanh),
                batch_norm: Some(gapwise_nn::layers::BatchNormPlace::Off),
                initialisation: Some(gapwise_nn::initialise::Initialisation::He),
                initial_scale: Some(1.0),
                weights: Some("w".into()),
                freeze: Some(gapwise_nn::transfer::Freeze::Nothing),
            },
            train: super::super::TrainChoice {
                epochs: Some(1),
                batch: Some(1),
                learning_rate: Some(1.0),
                kept_rate: Some(0.5),
                optimiser: Some(super::super::OptimiserWord::Adam),
                momentum: Some(0.9),
                rmsprop_decay: Some(0.9),
                beta1: Some(0.9),
                beta2: Some(0.9),
                epsilon: Some(gapwise_nn::optimise::Epsilon::InsideRoot),
                schedule: Some(super::super::ScheduleWord::Cosine),
                decay_rate: Some(1.0),
                decay_factor: Some(0.9),
                decay_every: Some(5),
                warm_up: Some(1.0),
                l1: Some(1.0),
                l2: Some(1.0),
                weight_decay: Some(1.0),
                clip_norm: Some(1.0),
                clip_value: Some(1.0),
                average: Some(0.9),
                patience: Some(1),
                keep: Some(gapwise_nn::train::Keep::Last),
                class_weights: Some(gapwise_nn::train::ClassWeights::Balanced),
                changes: Some(vec![gapwise_nn::train::TrainChange {
                    step: 1,
                    kind: gapwise_nn::train::ChangeKind::Save,
                }]),
                seed: Some(1),
            },
            augment: gapwise_data::images::Augmentation {
                mirror: true,
                flip: true,
                crop: 1,
                rotate: 15.0,
                shear: 7.5,
                warp: 1.0,
                colour: 0.1,
            },
            metric: super::super::MetricChoice {
                optimise: Some(gapwise_study::metric::MetricKind::F1),
                positive: Some("b".into()),
                constraints: vec!["c".into()],
            },
            diagnosis: super::super::DiagnosisChoice {
                human: Some(super::super::HumanChoice::Error(0.1)),
                tolerance: Some(0.1),
            },
        };
        let table = Table::try_from(&full).unwrap();
        let mut found: Vec<String> = table
            .iter()
            .flat_map(|(section, entries)| {
                let entries = entries.as_table().unwrap();
                entries.keys().map(move |name| format!("{section}.{name}")).collect::<Vec<_>>()
            })
            .collect();
        found.sort();
        let mut keys: Vec<&str> = keys().collect();
        keys.sort_unstable();
        assert_eq!(found, keys);
    }
}
