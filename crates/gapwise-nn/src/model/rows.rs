//! Rows of a table: a table encoder, and a feed-forward network.

use std::{borrow::Cow, convert::Infallible};

use gapwise_data::{
    DataError, Inputs, Note,
    source::Reading,
    table::{EncodedTable, TableEncoder},
};
use serde::{Deserialize, Serialize};

use super::{
    LinearReader, LinearRows, NetworkSettings,
    encoded::Encoded,
    fit::{FitError, Given, setting},
};
use crate::{
    export::{Graph, Reads, Value, json, read_columns},
    initialise::Initialiser,
    networks::{FeedForward, FeedForwardConfig, NetworkSizes, SizeCheck},
    tasks::{RowReader, readers::RowBatch},
    train::Setup,
    transfer::{Pretrained, TransferRecord},
};

/// How rows become numbers, and the sizes of the network that reads these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowRecord {
    /// Row → numbers.
    pub encoder: TableEncoder,
    /// Sizes.
    pub sizes: FeedForwardConfig,
}

impl RowRecord {
    fn encoded(&self, inputs: &Inputs) -> Result<EncodedTable, DataError> {
        match inputs {
            Inputs::Table(table) => self.encoder.encode(table),
            other => Err(DataError::OtherKind { expected: "rows of a table", found: other.said() }),
        }
    }
}

/// A whole table for a linear model.
struct LinearTable {
    rows: EncodedTable,
    categories: Vec<usize>,
}

impl LinearReader for LinearTable {
    fn width(&self) -> usize {
        self.rows.dense_width
    }

    fn categories(&self) -> Vec<usize> {
        self.categories.clone()
    }

    fn at_once(&self) -> usize {
        usize::MAX
    }

    fn read(&self, examples: &[usize]) -> Result<LinearRows<'_>, DataError> {
        Ok(LinearRows {
            dense: Cow::Borrowed(&self.rows.dense),
            codes: Cow::Borrowed(&self.rows.codes),
            examples: (0..self.rows.examples).collect(),
            rows: examples.to_vec(),
        })
    }
}

impl Encoded for RowRecord {
    type Batch = RowBatch;
    type Reader<'a> = RowReader;
    type Network = FeedForward;
    /// There are no weights of other rows to begin with.
    type Beginning = Infallible;

    fn fit(given: &Given<'_>) -> Result<Option<(Self, Vec<Note>)>, DataError> {
        let Inputs::Table(table) = &given.dataset.inputs else { return Ok(None) };
        let (encoder, notes) = TableEncoder::fit(table, &given.train);
        let sizes = row_sizes(&encoder, &given.network, given.outputs);
        Ok(Some((RowRecord { encoder, sizes }, notes)))
    }

    fn with_network(&self, network: &NetworkSettings, outputs: usize) -> Self {
        let encoder = self.encoder.clone();
        RowRecord { sizes: row_sizes(&encoder, network, outputs), encoder }
    }

    fn init(&self, initialiser: &mut Initialiser) -> FeedForward {
        self.sizes.init(initialiser)
    }

    fn reader<'a>(&'a self, inputs: &'a Inputs) -> Result<RowReader, DataError> {
        Ok(RowReader::new(self.encoded(inputs)?))
    }

    fn linear_reader<'a>(
        &'a self,
        inputs: &'a Inputs,
    ) -> Result<Box<dyn LinearReader + 'a>, DataError> {
        let embeddings = self.encoder.embeddings().iter();
        let categories = embeddings.map(|embedding| embedding.categories).collect();
        Ok(Box::new(LinearTable { rows: self.encoded(inputs)?, categories }))
    }

    fn training_reader<'a>(
        &'a self,
        given: &'a Given<'_>,
        _beginning: Option<&Infallible>,
        _setup: &mut Setup<'_>,
    ) -> Result<RowReader, FitError> {
        Ok(self.reader(&given.dataset.inputs)?)
    }

    fn begin_with(
        &mut self,
        _given: &Given<'_>,
        _weights: &Pretrained<'_>,
        _initialiser: &mut Initialiser,
    ) -> Result<(Infallible, Vec<Note>), FitError> {
        Err(setting("network.weights", "images", "rows of a table"))
    }

    fn first_network(beginning: &Infallible) -> FeedForward {
        match *beginning {}
    }

    fn rates(beginning: &Infallible) -> Vec<f64> {
        match *beginning {}
    }

    fn transferred(beginning: &Infallible) -> &TransferRecord {
        match *beginning {}
    }

    fn check(&self) -> SizeCheck {
        self.sizes.check()
    }

    fn written_and_read(&self) -> Result<[String; 2], String> {
        let RowRecord { encoder, sizes } = self;
        let embeddings = encoder.embeddings().iter();
        let embeddings: Vec<(usize, usize)> =
            embeddings.map(|one| (one.categories, one.dimensions)).collect();
        Ok([
            format!("{} features and embeddings {embeddings:?}", encoder.dense_width()),
            format!("{} features and embeddings {:?}", sizes.features, sizes.embeddings),
        ])
    }

    fn logits_in(&self, graph: &mut Graph<'_>, _reading: &Reading) -> Option<Value> {
        let x = read_columns(graph, &self.encoder)?;
        Some(graph.network(&self.sizes.description(), Reads::Rows(&x)))
    }

    fn about(&self) -> Vec<(&'static str, String)> {
        vec![("encoder", json(&self.encoder))]
    }

    fn parameters(&self) -> usize {
        self.sizes.parameters()
    }

    fn multiply_adds(&self) -> usize {
        self.sizes.multiply_adds()
    }

    fn inputs(&self) -> usize {
        self.encoder.columns().len()
    }
}

/// The network for rows as `encoder` writes them.
fn row_sizes(
    encoder: &TableEncoder,
    network: &NetworkSettings,
    outputs: usize,
) -> FeedForwardConfig {
    let embeddings = encoder.embeddings().iter();
    let embeddings = embeddings.map(|one| (one.categories, one.dimensions)).collect();
    network.for_rows(encoder.dense_width(), embeddings, outputs)
}
