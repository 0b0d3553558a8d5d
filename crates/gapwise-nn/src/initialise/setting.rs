//! The ways of drawing initial weights, as a setting.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// How the weights of a layer are drawn; biases start at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initialisation {
    /// Normal, variance 2 / n_in.
    He,
    /// Uniform with the same variance: in ±√(6 / n_in).
    HeUniform,
    /// Normal, variance 1 / n_in.
    Xavier,
    /// Uniform with the same variance: in ±√(3 / n_in).
    XavierUniform,
}

impl Initialisation {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::He, Self::HeUniform, Self::Xavier, Self::XavierUniform];

    /// The word for it in settings and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Initialisation::He => "he",
            Initialisation::HeUniform => "he-uniform",
            Initialisation::Xavier => "xavier",
            Initialisation::XavierUniform => "xavier-uniform",
        }
    }

    /// Variance of a weight in a layer that sums over `inputs` values. A layer without inputs has
    /// no weight to draw; its variance is that of one input.
    pub fn variance(self, inputs: usize) -> f64 {
        let inputs = inputs.max(1) as f64;
        match self {
            Initialisation::He | Initialisation::HeUniform => 2.0 / inputs,
            Initialisation::Xavier | Initialisation::XavierUniform => 1.0 / inputs,
        }
    }

    /// Whether it draws from an interval, every value as likely as another.
    pub fn is_uniform(self) -> bool {
        matches!(self, Initialisation::HeUniform | Initialisation::XavierUniform)
    }
}

/// By hand for zero: it is refused like every other word, and it is said why.
impl<'de> Deserialize<'de> for Initialisation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words)
    }
}

struct Words;

impl de::Visitor<'_> for Words {
    type Value = Initialisation;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("`he`, `he-uniform`, `xavier` or `xavier-uniform`")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Initialisation, E> {
        if matches!(word, "zero" | "zeros" | "0") {
            return Err(zero());
        }
        let named = Initialisation::ALL.into_iter().find(|one| one.as_str() == word);
        named.ok_or_else(|| E::invalid_value(de::Unexpected::Str(word), &self))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Initialisation, E> {
        if number == 0 {
            return Err(zero());
        }
        Err(E::invalid_type(de::Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Initialisation, E> {
        if number == 0 {
            return Err(zero());
        }
        Err(E::invalid_type(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Initialisation, E> {
        if number == 0.0 {
            return Err(zero());
        }
        Err(E::invalid_type(de::Unexpected::Float(number), &self))
    }
}

/// Why weights of zero are refused (notes, "Weight initialization").
fn zero<E: de::Error>() -> E {
    E::custom(
        "expected `he`, `he-uniform`, `xavier` or `xavier-uniform`, found zero: with all-zero \
         weights the units of a layer start alike, learn alike and stay alike",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for one in Initialisation::ALL {
            let word = serde_json::to_string(&one).unwrap();
            assert_eq!(word, format!("\"{}\"", one.as_str()));
            assert_eq!(serde_json::from_str::<Initialisation>(&word).unwrap(), one);
        }
    }

    #[test]
    fn zero_is_refused_with_its_reason_and_other_words_with_what_there_is() {
        for zero in ["\"zero\"", "\"zeros\"", "\"0\"", "0", "0.0", "-0"] {
            let error = serde_json::from_str::<Initialisation>(zero).unwrap_err().to_string();
            assert!(error.contains("start alike, learn alike and stay alike"), "{zero}: {error}");
        }
        for other in ["\"glorot\"", "1", "-1", "0.5", "true", "[]"] {
            let error = serde_json::from_str::<Initialisation>(other).unwrap_err().to_string();
            assert!(error.contains("expected `he`, `he-uniform`, `xavier` or"), "{error}");
        }
    }

    #[test]
    fn variances_by_hand() {
        // 2/8 = 0.25; 1/8 = 0.125.
        assert_eq!(Initialisation::He.variance(8), 0.25);
        assert_eq!(Initialisation::HeUniform.variance(8), 0.25);
        assert_eq!(Initialisation::Xavier.variance(8), 0.125);
        assert_eq!(Initialisation::XavierUniform.variance(8), 0.125);
    }
}
