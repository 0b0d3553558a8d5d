//! What PyTorch answers, as the scripts of `tests/reference` wrote it.

mod images;

use burn::tensor::{Tensor, TensorData};

use crate::drawn::{device, near};

/// `drawn` of the scripts.
pub(crate) fn drawn<const D: usize>(stream: u64, shape: [usize; D]) -> Tensor<D> {
    let number = |index: usize| {
        let mut x = (index as u64 * 2_654_435_761 + stream * 40_503 + 12_345) & 0xFFFF_FFFF;
        for _ in 0..2 {
            x ^= x >> 16;
            x = (x * 0x45D_9F3B) & 0xFFFF_FFFF;
        }
        x ^= x >> 16;
        ((x as f64 / 4_294_967_296.0 - 0.5) * 2.0) as f32
    };
    let values: Vec<f32> = (0..shape.iter().product()).map(number).collect();
    Tensor::from_data(TensorData::new(values, shape), &device().autodiff())
}

/// A table that a script wrote: lines of case, tensor and values.
pub(crate) struct Reference(pub(crate) &'static str);

impl Reference {
    /// Holds `found` to the tensor `of` of `case` within `tolerance`, as [`near`] does.
    #[track_caller]
    pub(crate) fn held<const D: usize>(
        &self,
        [case, of]: [&str; 2],
        found: &Tensor<D>,
        tolerance: f32,
    ) {
        let start = format!("{case},{of},");
        let line = self.0.lines().find_map(|line| line.strip_prefix(&start));
        let line = line.unwrap_or_else(|| panic!("there is no {of} of {case}"));
        let values: Vec<f32> =
            line.split(',').map(|value| value.parse().expect("a number")).collect();
        let expected = Tensor::from_data(TensorData::new(values, found.dims()), &device());
        near(found, &expected, tolerance, &format!("{of} of {case}"));
    }
}
