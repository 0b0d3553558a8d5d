//! Numbers that look random and that any program can compute to the same bits, from whole numbers.

use burn::{
    module::{Module, ModuleMapper, Param},
    tensor::{Device, Tensor, TensorData},
};

use crate::layers::is_statistic;

/// Number `index` of stream `stream`, in [−scale/2, scale/2): 32 bits of a hash of both, over 2³²,
/// less ½, times `scale`, rounded to single precision.
pub fn drawn(stream: u64, index: usize, scale: f64) -> f32 {
    let mut x = (index as u64 * 2_654_435_761 + stream * 40_503 + 12_345) & 0xFFFF_FFFF;
    for _ in 0..2 {
        x ^= x >> 16;
        x = (x * 0x45D_9F3B) & 0xFFFF_FFFF;
    }
    x ^= x >> 16;
    ((x as f64 / 4_294_967_296.0 - 0.5) * scale) as f32
}

/// Whole number `index` of stream `stream`, below `below`.
pub fn whole(stream: u64, index: usize, below: usize) -> u32 {
    ((f64::from(drawn(stream, index, 1.0)) + 0.5) * below as f64) as u32
}

/// Draws the parameters of a network, one stream each, in the order in which it has them, which is
/// also PyTorch's: stream 0 is the first's. Values go by PyTorch's layout.
///
/// | parameter | drawn uniformly from |
/// |---|---|
/// | weights of a dense layer or convolution | ±√(6 / inputs), inputs of one sum |
/// | an embedding | ±1 |
/// | weights and biases of a recurrent layer | ±1 / √hidden |
/// | scales of batch normalisation | 1 ± 0.1 |
/// | any other with one axis | ±0.1 |
#[derive(Debug)]
pub(super) struct Drawing {
    stream: u64,
    device: Device,
    /// Names and kinds of the modules from the network to the parameter.
    path: Vec<(String, String)>,
}

impl Drawing {
    /// Begins with stream 0.
    pub(super) fn new(device: &Device) -> Self {
        Drawing { stream: 0, device: device.clone(), path: Vec::new() }
    }

    /// The next stream's numbers, `about` ± `limit`.
    pub(super) fn next<const D: usize>(
        &mut self,
        shape: [usize; D],
        limit: f64,
        about: f32,
    ) -> Tensor<D> {
        let count = shape.iter().product();
        let values: Vec<f32> =
            (0..count).map(|at| about + drawn(self.stream, at, 2.0 * limit)).collect();
        self.stream += 1;
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }

    /// `network` with every parameter drawn.
    pub(super) fn fill<M: Module>(&mut self, network: M) -> M {
        network.map(self)
    }
}

impl ModuleMapper for Drawing {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.push((name.to_owned(), container.to_owned()));
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (name, layer) = self.path.last().cloned().unwrap_or_default();
        if is_statistic(&name) {
            return param;
        }
        let (id, value, mapper) = param.consume();
        let shape: [usize; D] = value.dims();
        let value = match layer.as_str() {
            "Struct:Linear" if D == 2 => {
                let mut turned = shape;
                turned.reverse();
                self.next(turned, he(shape[0]), 0.0).transpose()
            }
            "Struct:Embedding" => self.next(shape, 1.0, 0.0),
            _ if D >= 2 => self.next(shape, he(shape[1..].iter().product()), 0.0),
            _ if name == "gamma" => self.next(shape, 0.1, 1.0),
            _ => self.next(shape, 0.1, 0.0),
        };
        // A transposed tensor would stay a view, which is slower to read.
        let value = Tensor::from_data(value.into_data(), &self.device);
        Param::from_mapped_value(id, value.require_grad(), mapper)
    }
}

/// The limit of He's uniform weights before ReLU, whose variance is 2 / inputs.
fn he(inputs: usize) -> f64 {
    (6.0 / inputs as f64).sqrt()
}
