//! Weights as PyTorch has them.

use burn::{module::Param, tensor::Tensor};

use super::{Cell, OneWay, Reset};

/// The weights of one layer in one direction by PyTorch's names, without the ending that says which. Of
/// the GRU that resets before the product, which PyTorch does not have, they are arranged as of the other.
#[derive(Debug, Clone)]
pub struct PyTorchWeights {
    /// `[gates · hidden, inputs]`.
    pub weight_ih: Tensor<2>,
    /// `[gates · hidden, hidden]`.
    pub weight_hh: Tensor<2>,
    /// `[gates · hidden]`.
    pub bias_ih: Tensor<1>,
    /// `[gates · hidden]`. It is added to the other, but for the candidate of the GRU that resets
    /// behind the product.
    pub bias_hh: Tensor<1>,
}

impl OneWay {
    /// From PyTorch's weights.
    ///
    /// # Panics
    ///
    /// Where their sizes do not suit each other.
    pub fn from_pytorch(cell: Cell, weights: PyTorchWeights) -> Self {
        let PyTorchWeights { weight_ih, weight_hh, bias_ih, bias_hh } = weights;
        let weight = Tensor::cat(vec![weight_ih.transpose(), weight_hh.transpose()], 0);
        let bias = if cell == Cell::Gru(Reset::AfterProduct) {
            let [columns] = bias_ih.dims();
            let both = columns / 3 * 2;
            let sum = bias_ih.clone().narrow(0, 0, both) + bias_hh.clone().narrow(0, 0, both);
            let [input, state] = [bias_ih, bias_hh].map(|of| of.narrow(0, both, columns - both));
            Tensor::cat(vec![sum, input, state], 0)
        } else {
            bias_ih + bias_hh
        };
        OneWay { weight: Param::from_tensor(weight), bias: Param::from_tensor(bias) }
    }

    /// As PyTorch's weights: what PyTorch adds to `bias_ih` is zero.
    pub fn to_pytorch(&self, cell: Cell) -> PyTorchWeights {
        let (weight, bias) = (self.weight.val(), self.bias.val());
        let [rows, columns] = weight.dims();
        let hidden = columns / cell.gates();
        let bias_ih = bias.clone().narrow(0, 0, columns);
        let bias_hh = if cell == Cell::Gru(Reset::AfterProduct) {
            let added = bias_ih.clone().narrow(0, 0, 2 * hidden).zeros_like();
            Tensor::cat(vec![added, bias.narrow(0, columns, hidden)], 0)
        } else {
            bias_ih.zeros_like()
        };
        PyTorchWeights {
            weight_ih: weight.clone().narrow(0, 0, rows - hidden).transpose(),
            weight_hh: weight.narrow(0, rows - hidden, hidden).transpose(),
            bias_ih,
            bias_hh,
        }
    }
}
