//! What a record says of a network's sizes, as far as it is checked before a network is made from it.

/// What is checked of a network's sizes. They come from a file that anybody may have edited: nothing
/// here may overflow, or take memory by a number that the file names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SizeCheck {
    /// Every probability that something is dropped.
    pub(crate) dropouts: Vec<f64>,
    /// Hidden dense layers and how many of the dropouts are theirs, where their number is set.
    pub(crate) hidden: Option<[usize; 2]>,
    /// Logits.
    pub(crate) outputs: usize,
    /// Units, filters and blocks that are set, none of which may be 0.
    pub(crate) units: Vec<usize>,
    /// Sides of filters that are set.
    pub(crate) filter_sides: Vec<usize>,
    /// What the network reads.
    pub(crate) reads: Reads,
    /// Weights of the largest layer, or fewer.
    pub(crate) largest: usize,
}

/// What a network reads of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// So many values, in any shape.
    Values(usize),
    /// Channels, height and width.
    Image([usize; 3]),
}

impl SizeCheck {
    /// For a network that reads images of `[channels, height, width]`, of which nothing else is set.
    pub(crate) fn of_image(shape: [usize; 3], outputs: usize) -> Self {
        SizeCheck {
            dropouts: Vec::new(),
            hidden: None,
            outputs,
            units: Vec::new(),
            filter_sides: Vec::new(),
            reads: Reads::Image(shape),
            largest: 0,
        }
    }
}
