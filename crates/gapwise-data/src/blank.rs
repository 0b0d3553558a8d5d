//! An example without any content, to time a network on without its data.

use crate::{
    Inputs,
    images::{Depth, Images},
    source::Reading,
    table::{Column, ColumnKind, ColumnValues, MISSING, Table},
};

impl Reading {
    /// One example in the layout of the data: a row with every cell missing, or a black image.
    pub fn blank(&self) -> Inputs {
        match self {
            Reading::Table(schema) => {
                let column = |name: &String, kind| Column {
                    name: name.clone(),
                    values: missing(kind),
                    left_out: None,
                };
                let columns = schema.inputs().map(|input| column(&input.name, input.kind));
                Inputs::Table(Table { columns: columns.collect(), rows: 1 })
            }
            Reading::Images(reading) => {
                let shape = [reading.channels, reading.height, reading.width];
                let pixels = shape.iter().product();
                Inputs::Images(match reading.depth {
                    Depth::Eight => Images::in_memory(shape, vec![0; pixels]),
                    Depth::Sixteen => Images::deep_in_memory(shape, &vec![0; pixels]),
                })
            }
        }
    }
}

/// One missing value.
fn missing(kind: ColumnKind) -> ColumnValues {
    let (names, of) = (Vec::new(), vec![MISSING]);
    match kind {
        ColumnKind::Number => ColumnValues::Number(vec![f64::NAN]),
        ColumnKind::Date => ColumnValues::Date(vec![f64::NAN]),
        ColumnKind::Boolean => {
            ColumnValues::Boolean { words: ["false".into(), "true".into()], of: vec![None] }
        }
        ColumnKind::Category => ColumnValues::Category { names, of },
        ColumnKind::Text => ColumnValues::Text { names, of },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        images::ImageReading,
        table::{ColumnRole, ColumnSchema, LabelSchema, TableSchema},
    };

    #[test]
    fn a_blank_row_has_every_input_column_and_no_other() {
        let column = |name: &str, kind, role| ColumnSchema {
            name: name.into(),
            kind,
            role,
            date_order: None,
            notation: None,
        };
        let reading = Reading::Table(TableSchema {
            header: true,
            delimiter: ',',
            quote: crate::table::Quote::Double,
            columns: vec![
                column("age", ColumnKind::Number, ColumnRole::Input),
                column("coat", ColumnKind::Category, ColumnRole::Input),
                column("kind", ColumnKind::Category, ColumnRole::Label),
            ],
            label: LabelSchema::Regression,
            missing: vec![],
        });
        let Inputs::Table(table) = reading.blank() else { panic!("a table is read as one") };
        let there: Vec<(&str, usize)> =
            table.columns.iter().map(|c| (c.name.as_str(), c.values.missing())).collect();
        assert_eq!(there, [("age", 1), ("coat", 1)]);
    }

    #[test]
    fn a_blank_image_has_the_shape_of_the_others() {
        let classes = vec!["cat".into()];
        let (fit, depth) = (crate::images::Framing::Stretch, Depth::Sixteen);
        let reading =
            Reading::Images(ImageReading { channels: 3, height: 2, width: 5, depth, classes, fit });
        let Inputs::Images(images) = reading.blank() else { panic!("images are read as such") };
        assert_eq!((images.len(), images.of(0).unwrap().len()), (1, 60));
    }
}
