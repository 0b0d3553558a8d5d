//! The kinds of recurrent layers.

/// What a step makes of the input x and the state h before it: the new state h′. σ is the logistic
/// function, ∘ the product number by number; W, U and b of each gate are columns of the layer's
/// weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// h′ = tanh(W x + U h + b). **Source**: Elman 1990. **Differs from the source**: its
    /// activation was the logistic function.
    Tanh,
    /// h′ = max(W x + U h + b, 0). **Source**: Le et al. 2015, "A simple way to initialize
    /// recurrent networks of rectified linear units". **Differs from the source**: nothing.
    Relu,
    /// i = σ(…), f = σ(…), g = tanh(…), o = σ(…), each of W x + U h + b of its own;
    /// c′ = f ∘ c + i ∘ g, h′ = o ∘ tanh(c′). Gates in the order i, f, g, o. **Source**: Hochreiter
    /// & Schmidhuber 1997, with the forget gate of Gers et al. 2000. **Differs from the source**:
    /// nothing; without peepholes.
    Lstm,
    /// r = σ(…), z = σ(…) of W x + U h + b; h′ = (1 − z) ∘ n + z ∘ h with the candidate n as the
    /// variant has it. Gates in the order r, z, n. **Source**: Cho et al. 2014. **Differs from the
    /// source**: it has no biases.
    Gru(Reset),
}

/// Where the gate r of a GRU resets the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// n = tanh(W x + U (r ∘ h) + b), as Cho et al. 2014.
    BeforeProduct,
    /// n = tanh(W x + b + r ∘ (U h + b′)), as cuDNN and PyTorch, with a bias more, b′.
    AfterProduct,
}

impl Cell {
    /// Gates: weights have so many columns for each unit.
    pub fn gates(self) -> usize {
        match self {
            Cell::Tanh | Cell::Relu => 1,
            Cell::Lstm => 4,
            Cell::Gru(_) => 3,
        }
    }

    /// Biases for each unit: one a gate, and behind them the b′ of [`Reset::AfterProduct`].
    pub fn biases(self) -> usize {
        self.gates() + usize::from(self == Cell::Gru(Reset::AfterProduct))
    }

    /// States that go from step to step: h, and behind it c of the LSTM.
    pub fn states(self) -> usize {
        if self == Cell::Lstm { 2 } else { 1 }
    }

    /// Numbers a unit that the kernel keeps for the gradient beside the gates: the cell state of
    /// the LSTM, U h + b′ of one GRU and r ∘ h of the other.
    pub(super) fn extras(self) -> usize {
        usize::from(matches!(self, Cell::Lstm | Cell::Gru(_)))
    }
}
