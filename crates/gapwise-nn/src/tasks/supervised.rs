//! A reader times a head: examples with known answers.

use std::marker::PhantomData;

use burn::tensor::{Device, Tensor};
use gapwise_data::DataError;
use gapwise_study::metric::Metric;

use super::{Answer, Head, Labelled, Network, Reader, Shown, Task};

/// A reader times a head, for networks of the type `N` that read what the one gives and give what the
/// other wants.
///
/// ```
/// use gapwise_data::{Labels, table::EncodedTable};
/// use gapwise_nn::{networks::FeedForward, tasks::{Labelled, NumberHead, RowReader, Supervised}};
///
/// let rows = EncodedTable { examples: 2, dense_width: 1, dense: vec![0.1, 0.2], codes: vec![] };
/// let labels = Labels::Numbers(vec![10.0, 30.0]);
/// let head = NumberHead::fit("price", &[10.0, 30.0], &[0, 1]);
/// let labelled = Labelled { labels: Some(&labels), weights: None };
/// let task = Supervised::<FeedForward, _, _>::new(RowReader::new(rows), head, labelled);
/// ```
#[derive(Debug, Clone)]
pub struct Supervised<'a, N, R, H> {
    /// How examples are read.
    pub reader: R,
    /// How outputs are trained and read.
    pub head: H,
    /// The right answer of each example, and what each counts.
    pub labelled: Labelled<'a>,
    /// What answers are judged by.
    pub metric: Metric,
    /// Factor on the learning rate of each parameter and statistic, in the order in which the network
    /// is visited; none where all learn alike.
    pub rates: Vec<f64>,
    network: PhantomData<fn() -> N>,
}

impl<'a, N, R: Reader, H: Head> Supervised<'a, N, R, H> {
    /// Judged by the head's usual metric, with one learning rate for all layers.
    pub fn new(reader: R, head: H, labelled: Labelled<'a>) -> Self {
        let (metric, rates) = (head.metric(), Vec::new());
        Supervised { reader, head, labelled, metric, rates, network: PhantomData }
    }

    /// The same with a factor on the learning rate of each parameter and statistic, in the order in
    /// which the network is visited.
    #[must_use]
    pub fn with_rates(self, rates: Vec<f64>) -> Self {
        Supervised { rates, ..self }
    }

    /// The same, judged by `metric`.
    #[must_use]
    pub fn judged_by(self, metric: Metric) -> Self {
        Supervised { metric, ..self }
    }
}

impl<N, R, H> Task for Supervised<'_, N, R, H>
where
    N: Network<R::Batch, Outputs = H::Outputs>,
    R: Reader,
    H: Head,
{
    type Network = N;
    type Loaded = (R::Loaded, H::Loaded);
    type Batch = (R::Batch, H::Targets);

    fn metric(&self) -> Metric {
        self.metric
    }

    fn load(&self, examples: &[usize], shown: Shown) -> Result<Self::Loaded, DataError> {
        let inputs = self.reader.load(examples, shown)?;
        Ok((inputs, self.head.load(self.labelled, examples)?))
    }

    fn batch(&self, (inputs, targets): Self::Loaded, device: &Device) -> Self::Batch {
        (self.reader.batch(inputs, device), self.head.targets(targets, device))
    }

    fn loss(&self, network: &N, (inputs, targets): Self::Batch) -> Tensor<1> {
        let mut outputs = network.forward_in_training(inputs).into_iter();
        let Some((answered, factor)) = outputs.next() else {
            unreachable!("a network gives at least what it answers")
        };
        let of = |outputs, factor: f64| {
            let loss = self.head.loss(outputs, targets.clone());
            if factor == 1.0 { loss } else { loss.mul_scalar(factor) }
        };
        let loss = of(answered, factor);
        outputs.fold(loss, |loss, (outputs, factor)| loss + of(outputs, factor))
    }

    fn rates(&self) -> &[f64] {
        &self.rates
    }

    fn lengths(&self) -> Option<&[usize]> {
        self.reader.lengths()
    }

    fn answers(
        &self,
        network: &N,
        examples: &[usize],
        device: &Device,
    ) -> Result<Vec<Answer>, DataError> {
        let inputs = self.reader.load(examples, Shown::AsTheyAre)?;
        let outputs = network.forward(self.reader.batch(inputs, device));
        self.head.answers(outputs, self.labelled, examples)
    }

    fn answer_batch(&self) -> usize {
        self.reader.answer_batch()
    }
}
