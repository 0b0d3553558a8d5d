//! Applying a fitted encoder.

use std::{collections::HashMap, f64::consts::TAU};

use rayon::prelude::*;

use super::{Encoding, Scaling, TableEncoder};
use crate::{
    DataError,
    table::{ColumnValues, MISSING, Table, date},
};

/// The examples of a table as numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodedTable {
    /// Number of examples.
    pub examples: usize,
    /// Number of dense features of one example.
    pub dense_width: usize,
    /// `[example, feature]`, row-major; finite.
    pub dense: Vec<f32>,
    /// `[example, embedding]`, row-major: each a row of the embedding table of
    /// [`TableEncoder::embeddings`], below its `categories`.
    pub codes: Vec<u32>,
}

/// Which share of a circle has passed at a day, such as of its year.
type ShareOf = fn(f64) -> f64;

/// One column, joined to what it becomes.
enum Source<'a> {
    Number {
        values: &'a [f64],
        scaling: Option<Scaling>,
    },
    Date {
        days: &'a [f64],
        scaling: Option<Scaling>,
        /// Each by which share of what has passed.
        circles: Vec<ShareOf>,
    },
    Boolean {
        of: &'a [Option<bool>],
        usual: Option<bool>,
    },
    /// `slots[code]` is the place of the value among the known ones, `unseen` for others.
    OneHot {
        of: &'a [u32],
        slots: Vec<u32>,
        unseen: u32,
    },
    /// `codes[code]` is the embedding's row, 0 for rare and unseen values.
    Embedding {
        of: &'a [u32],
        codes: Vec<u32>,
        missing: u32,
    },
}

impl TableEncoder {
    /// Turns every example of a table into numbers. Columns are found by name; those that the
    /// encoder does not know are passed over.
    ///
    /// # Errors
    ///
    /// [`DataError::EncoderMismatch`] where the table lacks a column that the encoder was fitted
    /// on, or holds another kind of values in it. Tables read by
    /// [`read_like`](crate::source::read_like) with the schema of the training data never do.
    pub fn encode(&self, table: &Table) -> Result<EncodedTable, DataError> {
        let sources = self.sources(table)?;
        let (width, embeddings) = (self.dense_width, self.embeddings.len());
        let mut dense = vec![0.0_f32; table.rows * width];
        let mut codes = vec![0_u32; table.rows * embeddings];
        // A chunk of zero values is no chunk, so a width of zero is left alone.
        if width > 0 {
            dense.par_chunks_mut(width).enumerate().for_each(|(example, features)| {
                let mut features = features.iter_mut();
                for (source, says_missing) in &sources {
                    source.write_dense(example, *says_missing, &mut features);
                }
            });
        }
        if embeddings > 0 {
            codes.par_chunks_mut(embeddings).enumerate().for_each(|(example, row)| {
                let of_example = sources.iter().filter_map(|(source, _)| source.code(example));
                for (slot, code) in row.iter_mut().zip(of_example) {
                    *slot = code;
                }
            });
        }
        Ok(EncodedTable { examples: table.rows, dense_width: width, dense, codes })
    }

    fn sources<'a>(&self, table: &'a Table) -> Result<Vec<(Source<'a>, bool)>, DataError> {
        let columns: HashMap<&str, &ColumnValues> =
            table.columns.iter().map(|found| (found.name.as_str(), &found.values)).collect();
        self.columns
            .iter()
            .map(|column| {
                let mismatch = |found: String| DataError::EncoderMismatch {
                    column: column.name.clone(),
                    expected: format!("a {} column", column.encoding.kind()),
                    found,
                };
                let values = columns
                    .get(column.name.as_str())
                    .copied()
                    .ok_or_else(|| mismatch("no column of the name".to_owned()))?;
                let source = Source::new(&column.encoding, values, column.says_missing)
                    .ok_or_else(|| mismatch(format!("a {} column", values.kind())))?;
                Ok((source, column.says_missing))
            })
            .collect()
    }
}

impl Encoding {
    fn kind(&self) -> &'static str {
        match self {
            Encoding::Number { .. } => "number",
            Encoding::Date { .. } => "date",
            Encoding::Boolean { .. } => "boolean",
            Encoding::Category { .. } => "category",
        }
    }
}

impl<'a> Source<'a> {
    /// `None` where the values are of another kind.
    fn new(encoding: &Encoding, values: &'a ColumnValues, says_missing: bool) -> Option<Self> {
        Some(match (encoding, values) {
            (Encoding::Number { scaling }, ColumnValues::Number(values)) => {
                Source::Number { values, scaling: *scaling }
            }
            (Encoding::Date { scaling, season, week, day }, ColumnValues::Date(days)) => {
                let circles: [(bool, ShareOf); 3] = [
                    (*season, date::share_of_year),
                    (*week, date::share_of_week),
                    (*day, date::share_of_day),
                ];
                let there = circles.into_iter().filter(|(there, _)| *there);
                let circles = there.map(|(_, share)| share).collect();
                Source::Date { days, scaling: *scaling, circles }
            }
            (Encoding::Boolean { usual }, ColumnValues::Boolean { of, .. }) => {
                Source::Boolean { of, usual: *usual }
            }
            (Encoding::Category { known, as_embedding }, ColumnValues::Category { names, of }) => {
                let places: HashMap<&str, u32> =
                    known.iter().map(String::as_str).zip(0..).collect();
                let place = |name: &String| places.get(name.as_str()).copied();
                let unseen = known.len() as u32;
                if *as_embedding {
                    Source::Embedding {
                        of,
                        codes: names
                            .iter()
                            .map(|name| place(name).map_or(0, |at| at + 1))
                            .collect(),
                        missing: if says_missing { unseen + 1 } else { 0 },
                    }
                } else {
                    let slots = names.iter().map(|name| place(name).unwrap_or(unseen)).collect();
                    Source::OneHot { of, slots, unseen }
                }
            }
            _ => return None,
        })
    }

    /// Writes the column's dense features of one example, which are zero before.
    fn write_dense<'f>(
        &self,
        example: usize,
        says_missing: bool,
        features: &mut impl Iterator<Item = &'f mut f32>,
    ) {
        let missing = match self {
            Source::Number { values, scaling } => {
                if let Some(scaling) = scaling {
                    write(features, scaling.apply(values[example]));
                }
                values[example].is_nan()
            }
            Source::Date { days, scaling, circles } => {
                let days = days[example];
                if let Some(scaling) = scaling {
                    write(features, scaling.apply(days));
                }
                for share in circles {
                    // A missing date has no season: both features are zero, the circle's centre.
                    let (sine, cosine) =
                        if days.is_nan() { (0.0, 0.0) } else { (TAU * share(days)).sin_cos() };
                    write(features, sine as f32);
                    write(features, cosine as f32);
                }
                days.is_nan()
            }
            Source::Boolean { of, usual } => {
                if let Some(usual) = usual {
                    write(features, f32::from(u8::from(of[example].unwrap_or(*usual))));
                }
                of[example].is_none()
            }
            Source::OneHot { of, slots, unseen } => {
                let code = of[example];
                // A value that is missing where training had none counts as unseen.
                let slot = match code {
                    MISSING if says_missing => None,
                    MISSING => Some(*unseen),
                    code => Some(slots[code as usize]),
                };
                for place in 0..=*unseen {
                    write(features, f32::from(u8::from(slot == Some(place))));
                }
                code == MISSING
            }
            Source::Embedding { .. } => return,
        };
        if says_missing {
            write(features, f32::from(u8::from(missing)));
        }
    }

    /// The example's row in the column's embedding table, where it has one.
    fn code(&self, example: usize) -> Option<u32> {
        match self {
            Source::Embedding { of, codes, missing } => Some(match of[example] {
                MISSING => *missing,
                code => codes[code as usize],
            }),
            _ => None,
        }
    }
}

fn write<'f>(features: &mut impl Iterator<Item = &'f mut f32>, value: f32) {
    if let Some(feature) = features.next() {
        *feature = value;
    }
}

impl Scaling {
    /// Finite for every finite or missing value.
    fn apply(self, value: f64) -> f32 {
        let value = if value.is_nan() { self.median } else { value };
        let mut scaled = (value - self.mean) / self.deviation;
        if !scaled.is_finite() {
            // The difference of two numbers near the end of the range overflows; their quotients
            // do not.
            scaled = value / self.deviation - self.mean / self.deviation;
        }
        scaled.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
    }
}
