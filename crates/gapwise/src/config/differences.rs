//! Which settings two runs differ in.

use std::collections::BTreeMap;

use gapwise_data::wording::written;
use gapwise_study::compare::Change;

use super::{Config, ConfigError, KnownSetting, SETTINGS, typed};

/// The setting that makes another network of the same settings.
const SEED: &str = "train.seed";
/// What changes on the way.
pub(crate) const CHANGES: &str = "train.changes";
/// Stops training where validation is best: it fits both train and validation.
const EARLY_STOPPING: &str = "train.patience";

/// Whether a setting makes another network: not where the data lies, which its fingerprint stands
/// for, nor what a network is judged by.
fn makes_networks(setting: &&KnownSetting) -> bool {
    let key = setting.key;
    let elsewhere = ["data.path", "data.validation", "data.test", SEED];
    !elsewhere.contains(&key) && !is_judgement(setting)
}

/// Whether a setting only says how a network is judged.
fn is_judgement(setting: &KnownSetting) -> bool {
    setting.key.starts_with("diagnosis.") || setting.key == "metric.constraints"
}

impl Config {
    /// Every setting of `which` that was typed, as it is typed.
    fn settings_of(
        &self,
        which: fn(&&KnownSetting) -> bool,
    ) -> Result<BTreeMap<&'static str, String>, ConfigError> {
        let table = self.to_table()?;
        let value = |setting: &KnownSetting| {
            let (section, name) = setting.key.split_once('.')?;
            table.get(section)?.get(name).map(|value| (setting.key, shown(value)))
        };
        Ok(SETTINGS.iter().filter(which).filter_map(value).collect())
    }

    /// The settings other than the seed in which the network of `to` differs from that of this one,
    /// in the order of `gapwise settings`. Both are whole: the `config.toml` of a run.
    ///
    /// # Errors
    ///
    /// As [`Config::to_toml`].
    pub fn changes(&self, to: &Config) -> Result<Vec<Change>, ConfigError> {
        self.changes_of(makes_networks, to)
    }

    /// The settings in which this configuration of a run differs from what it began with, the seed
    /// and the data's place too; not in what it is judged by, which may change at any time, nor in what
    /// changes on the way: the checkpoint knows which of it is done.
    ///
    /// # Errors
    ///
    /// As [`Config::to_toml`].
    pub(crate) fn changes_since(&self, beginning: &Config) -> Result<Vec<Change>, ConfigError> {
        beginning.changes_of(|setting| !is_judgement(setting) && setting.key != CHANGES, self)
    }

    fn changes_of(
        &self,
        which: fn(&&KnownSetting) -> bool,
        to: &Config,
    ) -> Result<Vec<Change>, ConfigError> {
        let (from, to) = (self.settings_of(which)?, to.settings_of(which)?);
        let change = |setting: &KnownSetting| {
            let (from, to) = (from.get(setting.key), to.get(setting.key));
            (from != to).then(|| Change {
                key: setting.key.to_owned(),
                from: from.cloned(),
                to: to.cloned(),
                moves: setting.moves.iter().map(|rung| rung.as_str().to_owned()).collect(),
                known_as: (setting.key == EARLY_STOPPING).then(|| "early stopping".to_owned()),
            })
        };
        Ok(SETTINGS.iter().filter_map(change).collect())
    }

    /// A fingerprint of the settings other than the seed that make another network.
    ///
    /// # Errors
    ///
    /// As [`Config::to_toml`].
    pub fn settings_fingerprint(&self) -> Result<String, ConfigError> {
        let mut text = String::new();
        for (key, value) in self.settings_of(makes_networks)? {
            text.push_str(&format!("{key}={value}\n"));
        }
        Ok(blake3::hash(text.as_bytes()).to_hex()[..16].to_owned())
    }
}

/// What `--set KEY=VALUE` sets, each key with its value in one form, sorted by key: the same
/// for `0.001` and `1e-3`.
pub fn typed_settings(sets: &[String]) -> Vec<(String, String)> {
    let mut typed: Vec<(String, String)> = sets
        .iter()
        .filter_map(|set| {
            let (key, value) = set.split_once('=')?;
            let key = key.trim();
            Some((key.to_owned(), shown(&typed::value_of(key, value.trim()))))
        })
        .collect();
    typed.sort();
    typed
}

/// A value in one form: `0.001` for `1e-3`, a word without quotes.
fn shown(value: &toml::Value) -> String {
    match value {
        toml::Value::Float(number) if *number != 0.0 && number.abs() < 1e-4 => {
            format!("{number:e}")
        }
        toml::Value::Float(number) => written(*number),
        toml::Value::String(word) => word.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(toml: &str) -> Config {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn settings_that_differ_have_their_rungs_and_early_stopping_is_marked() {
        let from = config("[train]\nl2 = 0\nepochs = 20\nseed = 1\n[diagnosis]\nhuman = 0.1\n");
        let to = config("[train]\nl2 = 0.001\nepochs = 20\nseed = 2\npatience = 5\n");
        let changes = from.changes(&to).unwrap();
        let said: Vec<String> = changes.iter().map(Change::said_with_rungs).collect();
        assert_eq!(
            said,
            [
                "`train.l2` from 0 to 0.001: moves fit validation",
                "`train.patience` from not set to 5 (early stopping): moves fit train and fit \
                 validation at once, and so is not orthogonal"
            ]
        );
    }

    #[test]
    fn the_seed_where_data_lies_and_the_human_level_make_no_other_setting() {
        let one = config("[data]\npath = \"a.csv\"\n[train]\nseed = 1\n");
        let other = config("[data]\npath = \"b.csv\"\n[train]\nseed = 2\n[diagnosis]\nhuman = 0\n");
        assert_eq!(one.changes(&other).unwrap(), []);
        let fingerprint = |config: &Config| config.settings_fingerprint().unwrap();
        assert_eq!(fingerprint(&one), fingerprint(&other));
        assert_ne!(fingerprint(&one), fingerprint(&config("[train]\nl2 = 1e-3\n")));
    }

    #[test]
    fn typed_settings_are_the_same_however_a_number_is_written() {
        let typed = |sets: &[&str]| {
            typed_settings(&sets.iter().map(|&set| set.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            typed(&["train.l2=1e-3", "train.epochs = 20"]),
            typed(&["train.epochs=20", "train.l2=0.001"])
        );
        assert_ne!(typed(&["train.l2=1e-3"]), typed(&["train.l2=1e-4"]));
    }
}
