//! What the examples of each class count in the loss.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};

use super::SettingError;

/// What the examples of each class count in the loss.
///
/// Written as `"none"`, `"balanced"` or a table of weights by class.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ClassWeights {
    /// All the same.
    #[default]
    None,
    /// Every class as much as every other, however many examples it has.
    Balanced,
    /// So much by the name of the class, above 0; 1 for a class that is not named.
    Given(BTreeMap<String, f64>),
}

impl ClassWeights {
    /// The weight of each class, in the order of `names`. `counts` are the training examples of
    /// each.
    ///
    /// [`ClassWeights::Balanced`] gives n / (k · n of the class) with n examples in k classes that
    /// have any, so that the weights of all examples add up to n. A class without training examples
    /// has the weight 1, which is what an average example counts: it plays no part in the loss, and
    /// mistakes on it in held-out data count in the metric.
    ///
    /// # Errors
    ///
    /// [`SettingError`] for a name that no class has.
    pub fn of(&self, names: &[String], counts: &[usize]) -> Result<Vec<f64>, SettingError> {
        match self {
            ClassWeights::None => Ok(vec![1.0; names.len()]),
            ClassWeights::Balanced => {
                let examples = counts.iter().sum::<usize>() as f64;
                let classes = counts.iter().filter(|&&count| count > 0).count() as f64;
                let weight = |&count: &usize| match count {
                    0 => 1.0,
                    count => examples / (classes * count as f64),
                };
                Ok(counts.iter().map(weight).collect())
            }
            ClassWeights::Given(given) => {
                if let Some(unknown) = given.keys().find(|name| !names.contains(name)) {
                    return Err(SettingError {
                        key: "train.class_weights",
                        expected: format!("classes of {}", listed(names)),
                        found: unknown.clone(),
                    });
                }
                Ok(names.iter().map(|name| given.get(name).copied().unwrap_or(1.0)).collect())
            }
        }
    }
}

impl Serialize for ClassWeights {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            ClassWeights::None => serializer.serialize_str("none"),
            ClassWeights::Balanced => serializer.serialize_str("balanced"),
            ClassWeights::Given(weights) => weights.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ClassWeights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordOrTable)
    }
}

/// Reads what [`ClassWeights`] writes, and says so where it cannot.
struct WordOrTable;

impl<'de> Visitor<'de> for WordOrTable {
    type Value = ClassWeights;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`none`, `balanced` or a table such as `{spam = 5, ham = 1}`")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<ClassWeights, E> {
        match word {
            "none" => Ok(ClassWeights::None),
            "balanced" => Ok(ClassWeights::Balanced),
            _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ClassWeights, A::Error> {
        BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(ClassWeights::Given)
    }
}

/// Names that an error lists; beyond them it counts.
const LISTED: usize = 10;

fn listed(names: &[String]) -> String {
    let mut said: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    if names.len() > LISTED {
        said.push(format!("{} more", names.len() - LISTED));
    }
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["ham", "spam", "other"].map(String::from).to_vec()
    }

    #[test]
    fn balanced_classes_count_the_same_and_all_examples_add_up() {
        let weights = ClassWeights::Balanced.of(&names(), &[60, 20, 0]).unwrap();
        // 80 examples in 2 classes: 80 / (2 · 60) = 2/3 and 80 / (2 · 20) = 2;
        // 60 · 2/3 + 20 · 2 = 80. Nothing is known of how many `other` there are: 1.
        assert_eq!(weights, [80.0 / 120.0, 2.0, 1.0]);
        assert_eq!(ClassWeights::None.of(&names(), &[60, 20, 0]).unwrap(), [1.0; 3]);
    }

    #[test]
    fn given_weights_go_by_name_and_a_class_without_one_counts_1() {
        let given = ClassWeights::Given([("spam".to_owned(), 5.0)].into());
        assert_eq!(given.of(&names(), &[1, 1, 1]).unwrap(), [1.0, 5.0, 1.0]);
    }

    #[test]
    fn a_class_that_is_not_there_is_refused_with_those_that_are() {
        let given = ClassWeights::Given([("span".to_owned(), 5.0)].into());
        assert_eq!(
            given.of(&names(), &[1, 1, 1]).unwrap_err().to_string(),
            "`train.class_weights`: expected classes of `ham`, `spam`, `other`, found `span`"
        );
    }
}
