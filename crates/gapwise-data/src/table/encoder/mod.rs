//! From typed columns to the numbers that a network reads.
//!
//! | column | becomes |
//! |---|---|
//! | number | (x − mean) / deviation, mean and population deviation of the training examples |
//! | date | days since 1970-01-01 as a number, and sine and cosine of the shares of the year, of the week and of the day that have passed |
//! | boolean | 0 or 1 |
//! | category, at most [`ONE_HOT_UP_TO`] known values | one 0/1 feature per known value, one for rare and unseen values |
//! | category, more known values | a code for an embedding table; code 0 is for rare and unseen values |
//!
//! A missing number or date takes the training median, a missing boolean the more frequent value.
//! Where the training examples have any missing, a 0/1 feature says so; in a category column,
//! missing is then a value of its own. A category is known from 5 training examples on, or from 2
//! where there are fewer than 500 training examples in all.
//!
//! Everything is fitted on training examples only. What is constant over them is left out.
//!
//! **Source.** Embeddings for categories: C. Guo and F. Berkhahn, "Entity Embeddings of
//! Categorical Variables", arXiv:1604.06737. Their width: the rule of fastai's `emb_sz_rule`,
//! `min(600, round(1.6 · n^0.56))` for n values. **Differs from the source**: at most 32 in place
//! of 600, since most tables here have fewer rows than fastai's, and rounded up.

mod encode;
mod fit;

use serde::{Deserialize, Serialize};

pub use encode::EncodedTable;

/// The most known values of a category column that still become one 0/1 feature each. Beyond it
/// the first layer would mostly hold weights for single values.
pub const ONE_HOT_UP_TO: usize = 16;

/// The widest embedding.
const WIDEST_EMBEDDING: usize = 32;

/// How a table becomes numbers, fitted on training examples and kept with the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct TableEncoder {
    columns: Vec<ColumnEncoding>,
    dense_width: usize,
    embeddings: Vec<EmbeddingSpec>,
}

/// One embedding table that a network needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddingSpec {
    /// The column.
    pub name: String,
    /// Codes, so rows of the embedding table: the known values, the slot for rare and unseen ones,
    /// and one for missing where the training examples have any.
    pub categories: usize,
    /// Width of the embedding.
    pub dimensions: usize,
}

/// What stands in files: all else follows from it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    columns: Vec<ColumnEncoding>,
}

/// How one column becomes numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnEncoding {
    /// The column.
    pub name: String,
    /// What its values become.
    #[serde(flatten)]
    pub encoding: Encoding,
    /// Whether a 0/1 feature, behind all others of the column, or for an embedded category a code
    /// of its own, the last, says that it is missing.
    pub says_missing: bool,
}

/// What the values of a column become.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Encoding {
    /// A scaled number.
    Number {
        /// `None` where all training examples that have a value have the same: there is no feature.
        scaling: Option<Scaling>,
    },
    /// Days since 1970-01-01, scaled; behind them the season.
    Date {
        /// As that of a number.
        scaling: Option<Scaling>,
        /// Whether sine and cosine of the share of the year passed are features; both are 0 where
        /// the date is missing.
        season: bool,
        /// The same of the day of the week, Monday first, where training dates are not all of one
        /// day of the month, as those of months are.
        #[serde(default)]
        week: bool,
        /// The same of the time of day.
        #[serde(default)]
        day: bool,
    },
    /// 0 or 1.
    Boolean {
        /// Stands in for a missing value; `None` where the present ones are all equal: there is no
        /// feature.
        usual: Option<bool>,
    },
    /// One 0/1 feature per known value and one for rare and unseen ones, which a missing value
    /// counts among where nothing says that it is missing; or a code, 0 for those, and 1 on for the
    /// known ones.
    Category {
        /// In alphabetical order.
        known: Vec<String>,
        /// Whether it is a code for an embedding table.
        as_embedding: bool,
    },
}

/// `(x − mean) / deviation`, with the median where x is missing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// Of the training examples that have a value.
    pub median: f64,
    /// Of the training examples, the missing ones at the median.
    pub mean: f64,
    /// The population's, above 0.
    pub deviation: f64,
}

impl From<Stored> for TableEncoder {
    fn from(stored: Stored) -> Self {
        TableEncoder::new(stored.columns)
    }
}

impl From<TableEncoder> for Stored {
    fn from(encoder: TableEncoder) -> Self {
        Stored { columns: encoder.columns }
    }
}

impl TableEncoder {
    fn new(columns: Vec<ColumnEncoding>) -> Self {
        let dense_width = columns.iter().map(ColumnEncoding::width).sum();
        let embeddings = columns.iter().filter_map(ColumnEncoding::embedding).collect();
        TableEncoder { columns, dense_width, embeddings }
    }

    /// Every column that is read, in the order of the features and of the codes.
    pub fn columns(&self) -> &[ColumnEncoding] {
        &self.columns
    }

    /// Number of dense features of one example.
    pub fn dense_width(&self) -> usize {
        self.dense_width
    }

    /// The embedding tables, in the order of the codes of [`EncodedTable`].
    pub fn embeddings(&self) -> &[EmbeddingSpec] {
        &self.embeddings
    }

    /// The names of the dense features, in order, for people: `age`, `age missing`,
    /// `sex = Female`, `sex = (rare or unseen)`.
    pub fn feature_names(&self) -> Vec<String> {
        self.columns.iter().flat_map(ColumnEncoding::feature_names).collect()
    }
}

impl ColumnEncoding {
    /// Number of dense features.
    fn width(&self) -> usize {
        let values = match &self.encoding {
            Encoding::Number { scaling } => usize::from(scaling.is_some()),
            Encoding::Date { scaling, season, week, day } => {
                let circles = [season, week, day].into_iter().filter(|circle| **circle).count();
                usize::from(scaling.is_some()) + 2 * circles
            }
            Encoding::Boolean { usual } => usize::from(usual.is_some()),
            Encoding::Category { as_embedding: true, .. } => return 0,
            Encoding::Category { known, as_embedding: false } => known.len() + 1,
        };
        values + usize::from(self.says_missing)
    }

    fn embedding(&self) -> Option<EmbeddingSpec> {
        let Encoding::Category { known, as_embedding: true } = &self.encoding else {
            return None;
        };
        let categories = known.len() + 1 + usize::from(self.says_missing);
        Some(EmbeddingSpec {
            name: self.name.clone(),
            categories,
            dimensions: embedding_dimensions(categories),
        })
    }

    fn feature_names(&self) -> Vec<String> {
        let name = &self.name;
        let mut names = Vec::with_capacity(self.width());
        match &self.encoding {
            Encoding::Number { scaling } => names.extend(scaling.map(|_| name.clone())),
            Encoding::Date { scaling, season, week, day } => {
                names.extend(scaling.map(|_| name.clone()));
                for (of, there) in [("year", season), ("week", week), ("day", day)] {
                    if *there {
                        names.push(format!("{name} (sine of the {of})"));
                        names.push(format!("{name} (cosine of the {of})"));
                    }
                }
            }
            Encoding::Boolean { usual } => names.extend(usual.map(|_| name.clone())),
            Encoding::Category { as_embedding: true, .. } => return names,
            Encoding::Category { known, as_embedding: false } => {
                names.extend(known.iter().map(|value| format!("{name} = {value}")));
                names.push(format!("{name} = (rare or unseen)"));
            }
        }
        if self.says_missing {
            names.push(format!("{name} missing"));
        }
        names
    }
}

/// Width of the embedding of a column with this many codes: `ceil(1.6 · n^0.56)`, at most 32.
fn embedding_dimensions(categories: usize) -> usize {
    ((1.6 * (categories as f64).powf(0.56)).ceil() as usize).clamp(1, WIDEST_EMBEDDING)
}

#[cfg(test)]
mod tests;
