//! Pixels → normalised numbers of the network's size, as [`ImageEncoder`] makes them.

use gapwise_data::{
    images::{Depth, Framing, ImageEncoder},
    source::Reading,
};

use super::graph::{Graph, Operator, Value, data_type};
use crate::export::{Axis, Element, Port};

/// `[batch, channels, height, width]` as the network reads it.
pub(crate) fn read(graph: &mut Graph<'_>, encoder: &ImageEncoder, reading: &Reading) -> Value {
    let [channels, height, width] = encoder.shape();
    // Grey images that are read in colour get their channels where they are normalised.
    let (of, read, depth) = match reading {
        Reading::Images(reading) => {
            (reading.channels, [reading.height, reading.width], reading.depth)
        }
        // Images are never read like a table; if they were, nothing would be resized.
        Reading::Table(_) => (channels, [height, width], Depth::Eight),
    };
    let white = depth.white();
    let mut says = match of {
        1 => format!("grey images from 0 (black) to {white} (white)"),
        3 => format!("images from 0 to {white}, with red, green and blue as channels"),
        _ => format!("images from 0 to {white}"),
    };
    says += "; turned upright as their EXIF orientation says, transparent pixels laid over white";
    says += match depth {
        Depth::Eight => "; of 16 bits, values are divided by 257 and rounded",
        Depth::Sixteen => "; of 8 bits, values are multiplied by 257",
    };
    if let Reading::Images(reading) = reading {
        says += match reading.fit {
            Framing::Stretch => "",
            Framing::Crop => {
                "; others are resized until they cover this size, of which the middle is cut out"
            }
            Framing::CropInner => {
                "; others are resized until they cover eight sevenths of this size, of which the middle is \
                 cut out: `Resize(256)`, `CenterCrop(224)` for 224"
            }
        };
    }
    let resized = read != [height, width];
    if resized {
        says += &format!("; the network reads {height}×{width}, to which the graph resizes them");
    }
    let mut x = graph.input(Port {
        name: "pixels".into(),
        element: match depth {
            Depth::Eight => Element::Uint8,
            Depth::Sixteen => Element::Uint16,
        },
        shape: [of, read[0], read[1]]
            .into_iter()
            .map(Axis::Size)
            .fold(vec![Axis::BATCH], |shape, axis| [shape, vec![axis]].concat()),
        says,
        words: Vec::new(),
    });
    let float = Operator::new("Cast").int("to", data_type(Element::Float32));
    x = graph.node("pixels", float, &[&x]);
    if resized {
        x = resize(graph, &x, [height, width]);
    }
    // (x / white − mean) / deviation as one multiplication and one addition, as the encoder has it.
    let (scales, shifts): (Vec<f32>, Vec<f32>) = encoder.scales_and_shifts(depth).unzip();
    let shape = [1, channels as i64, 1, 1];
    let scales = graph.floats("pixels/scales", &shape, &scales);
    let shifts = graph.floats("pixels/shifts", &shape, &shifts);
    x = graph.node("pixels", Operator::new("Mul"), &[&x, &scales]);
    graph.node("pixels", Operator::new("Add"), &[&x, &shifts])
}

/// Bilinear, with half-pixel centres, without smoothing before a reduction.
fn resize(graph: &mut Graph<'_>, x: &Value, [height, width]: [usize; 2]) -> Value {
    let operator = Operator::new("Resize")
        .text("mode", "linear")
        .text("coordinate_transformation_mode", "half_pixel")
        .ints("axes", &[2, 3]);
    let sides = graph.integers("pixels/sides", &[2], &[height as i64, width as i64]);
    let nothing = Value::nothing();
    graph.node("pixels", operator, &[x, &nothing, &nothing, &sides])
}
