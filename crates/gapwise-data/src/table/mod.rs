//! Tables: CSV and TSV files, their columns, and the numbers that a network reads.
//!
//! | step | where |
//! |---|---|
//! | a file to text: gzip, encoding | `bytes` |
//! | what separates fields and holds them together | `dialect` |
//! | text to fields, and to cells with their lines | `records`, `grid` |
//! | names, or a first example | `header` |
//! | what each column holds, and is for | `kind`, `find`, `plan` |
//! | how numbers are written, and which cells have no value | `notation`, `missing` |
//! | held-out and other files, their columns matched | `layout`, `part` |
//! | cells to typed columns, to labels, weights and times | `parse`, `date`, `label`, `weights`, `times` |
//! | what is wrong with the whole | `checks`, `keys`, `relation`, `far` |
//! | every column read for what it is, bad examples dropped | `examples` |
//! | all of it in order: a data set, or other data like it | `read`, `like` |
//! | columns to a network's input | `encoder` |
//!
//! **Missing** is a blank cell, `?`, `NA`, `#N/A`, `NaN`, `null` or `\N`, in any case, and among numbers and
//! dates `None`, `-` and the like too. A column in which all but one cell in a hundred are numbers
//! is a number column with bad cells; the same holds for dates. Whole numbers stay numbers, `0` and
//! `1` too, but those that begin with a zero, as `007`, and those that 64 bits cannot hold are
//! names. Numbers may be written as people do (`1.234,5 €`), all of a column in one way.

mod bytes;
mod checks;
mod column;
mod date;
mod describe;
mod dialect;
mod encoder;
mod examples;
mod far;
mod find;
mod grid;
mod header;
mod keys;
mod kind;
mod label;
mod layout;
mod like;
mod met;
mod missing;
mod notation;
mod parse;
mod part;
mod plan;
mod read;
mod record;
mod records;
mod relation;
mod schema;
mod times;
mod weights;

pub use column::{Column, ColumnValues, MISSING, Table};
pub use describe::describe;
pub(crate) use describe::range;
pub use encoder::{
    ColumnEncoding, EmbeddingSpec, EncodedTable, Encoding, ONE_HOT_UP_TO, Scaling, TableEncoder,
};
pub(crate) use find::nearest;
pub(crate) use keys::told_apart;
pub(crate) use like::read_like;
pub use notation::{DecimalMark, Notation, ThousandsMark};
pub(crate) use read::{TableFiles, read};
pub use records::Quote;
pub use schema::{ColumnKind, ColumnRole, ColumnSchema, DateOrder, LabelSchema, TableSchema};

pub use crate::problem::{TimeProblem, WeightProblem};
