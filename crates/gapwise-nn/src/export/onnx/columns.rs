//! Columns of a table → what a feed-forward network reads, as [`TableEncoder`] makes it.
//!
//! Numbers are computed in 64 bits up to where the encoder rounds them to 32.

use std::f64::consts::TAU;

use gapwise_data::table::{ColumnEncoding, Encoding, Scaling, TableEncoder};

use super::graph::{Graph, Operator, Value, data_type};
use crate::export::{Axis, Element, Port};

/// `[batch, inputs]`: dense features, then embeddings looked up. `None` where there is no column.
pub(crate) fn read(graph: &mut Graph<'_>, encoder: &TableEncoder) -> Option<Value> {
    // Inputs are named before all else, so that they have the names of their columns.
    let inputs: Vec<Value> =
        encoder.columns().iter().map(|column| graph.input(port(column))).collect();
    let (mut features, mut embedded) = (Vec::new(), Vec::new());
    for (column, x) in encoder.columns().iter().zip(&inputs) {
        let mut reading = Column { graph, column, features: &mut features };
        match &column.encoding {
            Encoding::Number { scaling } => reading.number(x, *scaling),
            Encoding::Date { scaling, season, week, day } => {
                reading.date(x, *scaling, [*season, *week, *day]);
            }
            Encoding::Boolean { usual } => reading.boolean(x, *usual),
            Encoding::Category { known, as_embedding: false } => reading.one_hot(x, known),
            Encoding::Category { known, as_embedding: true } => {
                let table = format!("embeddings.{}.weight", embedded.len());
                let code = reading.code(x, known);
                let table = graph.weight(&table);
                // [batch, dimensions]
                embedded.push(graph.node(&column.name, Operator::new("Gather"), &[&table, &code]));
            }
        }
    }
    features.append(&mut embedded);
    (!features.is_empty()).then(|| graph.joined("features", &features))
}

fn port(column: &ColumnEncoding) -> Port {
    let (element, says) = match &column.encoding {
        Encoding::Number { .. } => (
            Element::Float64,
            "a number as programs write it, without marks, currency or percent; NaN where it is \
             missing",
        ),
        Encoding::Date { .. } => (
            Element::Float64,
            "days since 1970-01-01, the time of day as a fraction, NaN where it is missing",
        ),
        Encoding::Boolean { .. } => {
            (Element::Float64, "1 for true or yes, 0 for false or no, NaN where it is missing")
        }
        Encoding::Category { .. } => (
            Element::String,
            "a category without blanks around it, the empty string where it is missing",
        ),
    };
    let words = match &column.encoding {
        Encoding::Category { known, .. } => known.clone(),
        _ => Vec::new(),
    };
    Port { name: column.name.clone(), element, shape: vec![Axis::BATCH], says: says.into(), words }
}

/// A column that is read.
struct Column<'r, 'a> {
    graph: &'r mut Graph<'a>,
    column: &'r ColumnEncoding,
    /// `[batch, 1]` or more wide, in their order.
    features: &'r mut Vec<Value>,
}

impl Column<'_, '_> {
    fn number(&mut self, x: &Value, scaling: Option<Scaling>) {
        let missing = self.node("IsNaN", &[x]);
        self.scaled(x, &missing, scaling);
        self.says_missing(&missing);
    }

    fn date(&mut self, x: &Value, scaling: Option<Scaling>, [season, week, day]: [bool; 3]) {
        let missing = self.node("IsNaN", &[x]);
        self.scaled(x, &missing, scaling);
        if season {
            let share = self.share_of_year(x);
            self.circle(&share, &missing);
        }
        if week {
            // 1970-01-01 was a Thursday, and Monday is first.
            let days = self.node("Floor", &[x]);
            let since_monday = self.plus(&days, 3.0);
            let weeks = self.whole(&since_monday, 7.0);
            let weekday = self.less(&since_monday, &weeks, 7.0);
            let seven = self.constant(7.0);
            let share = self.node("Div", &[&weekday, &seven]);
            self.circle(&share, &missing);
        }
        if day {
            let days = self.node("Floor", &[x]);
            let share = self.node("Sub", &[x, &days]);
            self.circle(&share, &missing);
        }
        self.says_missing(&missing);
    }

    fn boolean(&mut self, x: &Value, usual: Option<bool>) {
        let missing = self.node("IsNaN", &[x]);
        if let Some(usual) = usual {
            let usual = self.constant(f64::from(u8::from(usual)));
            let x = self.node("Where", &[&missing, &usual, x]);
            self.feature(&x);
        }
        self.says_missing(&missing);
    }

    /// (x − mean) / deviation, with the median where x is missing.
    fn scaled(&mut self, x: &Value, missing: &Value, scaling: Option<Scaling>) {
        let Some(Scaling { median, mean, deviation }) = scaling else { return };
        let median = self.constant(median);
        let x = self.node("Where", &[missing, &median, x]);
        let (mean, deviation) = (self.constant(mean), self.constant(deviation));
        let x = self.node("Sub", &[&x, &mean]);
        let x = self.node("Div", &[&x, &deviation]);
        let ends = [f32::MIN, f32::MAX].map(|end| self.constant(f64::from(end)));
        let x = self.node("Clip", &[&x, &ends[0], &ends[1]]);
        self.feature(&x);
    }

    /// The share of the year passed.
    ///
    /// **Source**: Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`: years
    /// that begin in March, so that the day between them is the last.
    fn share_of_year(&mut self, days: &Value) -> Value {
        let days = self.node("Floor", &[days]);
        let day = self.plus(&days, 719_468.0); // since 0000-03-01
        let era = self.whole(&day, 146_097.0); // of 400 years
        let day = self.less(&day, &era, 146_097.0); // [0, 146,096]
        // Each leap day, and each that is left out, moves the years behind it by one.
        let leaps = self.whole(&day, 1_460.0);
        let centuries = self.whole(&day, 36_524.0);
        let last = self.whole(&day, 146_096.0);
        let x = self.node("Sub", &[&day, &leaps]);
        let x = self.node("Add", &[&x, &centuries]);
        let x = self.node("Sub", &[&x, &last]);
        let year = self.whole(&x, 365.0); // [0, 399]
        let day = self.less(&day, &year, 365.0);
        let leaps = self.whole(&year, 4.0);
        let centuries = self.whole(&year, 100.0);
        let day = self.node("Sub", &[&day, &leaps]);
        let day = self.node("Add", &[&day, &centuries]); // [0, 365], from the first of March
        // From the 306th day on it is January of the next year.
        let x = self.plus(&day, 60.0);
        let next = self.whole(&x, 366.0); // 0 or 1
        let year = self.node("Add", &[&year, &next]);
        let four = self.divides(&year, 4.0);
        let hundred = self.divides(&year, 100.0);
        let four_hundred = self.divides(&year, 400.0);
        let leap = self.node("Sub", &[&four, &hundred]);
        let leap = self.node("Add", &[&leap, &four_hundred]);
        // The first of March is day 59, or 60 in a leap year; January begins 306 days behind it.
        let length = self.plus(&leap, 365.0);
        let before = self.plus(&leap, 59.0);
        let day = self.node("Add", &[&day, &before]);
        let last_year = self.node("Mul", &[&length, &next]);
        let day = self.node("Sub", &[&day, &last_year]); // [0, 365], from the first of January
        self.node("Div", &[&day, &length])
    }

    /// Sine and cosine of a share of a circle, both 0 where the date is missing.
    fn circle(&mut self, share: &Value, missing: &Value) {
        let turn = self.constant(TAU);
        let angle = self.node("Mul", &[share, &turn]);
        let angle = self.float(&angle);
        let nothing = self.graph.floats(&format!("{}/nothing", self.column.name), &[], &[0.0]);
        for function in ["Sin", "Cos"] {
            let x = self.node(function, &[&angle]);
            let x = self.node("Where", &[missing, &nothing, &x]);
            self.feature(&x);
        }
    }

    /// One 0/1 feature per known value, one for rare and unseen ones, and one that says missing.
    fn one_hot(&mut self, x: &Value, known: &[String]) {
        let unseen = known.len() as i64;
        let missing = if self.column.says_missing { unseen + 1 } else { unseen };
        let places: Vec<i64> = (0..unseen).collect();
        let place = self.places(x, known, Places { known: &places, missing, others: unseen });
        let depth = format!("{}/features", self.column.name);
        let depth = self.graph.integers(&depth, &[], &[missing + 1]);
        let ends = format!("{}/no and yes", self.column.name);
        let ends = self.graph.floats(&ends, &[2], &[0.0, 1.0]);
        // [batch, features]
        let features = self.node("OneHot", &[&place, &depth, &ends]);
        self.features.push(features);
    }

    /// The row of the embedding table.
    fn code(&mut self, x: &Value, known: &[String]) -> Value {
        let codes: Vec<i64> = (1..=known.len() as i64).collect();
        let missing = if self.column.says_missing { known.len() as i64 + 1 } else { 0 };
        self.places(x, known, Places { known: &codes, missing, others: 0 })
    }

    fn places(&mut self, x: &Value, known: &[String], places: Places<'_>) -> Value {
        let mut words: Vec<&str> = known.iter().map(String::as_str).collect();
        words.push("");
        let numbers = [places.known, &[places.missing]].concat();
        let operator = Operator::of_ml("LabelEncoder")
            .texts("keys_strings", &words)
            .ints("values_int64s", &numbers)
            .int("default_int64", places.others);
        self.graph.node(&self.column.name, operator, &[x])
    }

    fn says_missing(&mut self, missing: &Value) {
        if self.column.says_missing {
            self.feature(missing);
        }
    }

    /// `[batch]` of any type as the next feature.
    fn feature(&mut self, x: &Value) {
        let x = self.float(x);
        let axis = self.graph.integers("column", &[1], &[1]);
        let feature = self.node("Unsqueeze", &[&x, &axis]); // [batch, 1]
        self.features.push(feature);
    }

    fn float(&mut self, x: &Value) -> Value {
        let operator = Operator::new("Cast").int("to", data_type(Element::Float32));
        self.graph.node(&self.column.name, operator, &[x])
    }

    fn plus(&mut self, x: &Value, number: f64) -> Value {
        let number = self.constant(number);
        self.node("Add", &[x, &number])
    }

    /// How often `number` is in `x`.
    fn whole(&mut self, x: &Value, number: f64) -> Value {
        let number = self.constant(number);
        let x = self.node("Div", &[x, &number]);
        self.node("Floor", &[&x])
    }

    /// x − times · number.
    fn less(&mut self, x: &Value, times: &Value, number: f64) -> Value {
        let number = self.constant(number);
        let product = self.node("Mul", &[times, &number]);
        self.node("Sub", &[x, &product])
    }

    /// 1 where `number` divides `x`, a whole number, else 0: ⌊x / number⌋ − ⌊(x − 1) / number⌋.
    fn divides(&mut self, x: &Value, number: f64) -> Value {
        let here = self.whole(x, number);
        let before = self.plus(x, -1.0);
        let before = self.whole(&before, number);
        self.node("Sub", &[&here, &before])
    }

    fn constant(&mut self, of: f64) -> Value {
        self.graph.double(&format!("{}/{of}", self.column.name), of)
    }

    fn node(&mut self, kind: &'static str, inputs: &[&Value]) -> Value {
        self.graph.node(&self.column.name, Operator::new(kind), inputs)
    }
}

/// What the words of a column become.
struct Places<'p> {
    /// In their order.
    known: &'p [i64],
    missing: i64,
    others: i64,
}
