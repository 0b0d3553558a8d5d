//! Runs an ONNX file as its operators are specified, in 64 bits and without haste.

use std::collections::BTreeMap;

use super::file::{Array, Attribute, File, Node};

/// What the file's outputs are for these inputs.
pub(super) fn run(file: &File<'_>, given: BTreeMap<String, Array>) -> Vec<Array> {
    let mut values = given;
    values.extend(file.stored.iter().map(|(name, stored)| (name.clone(), stored.array())));
    for node in &file.nodes {
        let found = |name: &String| {
            values.get(name).cloned().unwrap_or_else(|| panic!("`{name}` is not there yet"))
        };
        // An input of no name is left away.
        let inputs: Vec<Array> =
            node.inputs.iter().filter(|name| !name.is_empty()).map(found).collect();
        let output = answer(node, &inputs);
        assert!(values.insert(node.output.clone(), output).is_none(), "{} twice", node.output);
    }
    file.outputs.iter().map(|name| values[name].clone()).collect()
}

fn answer(node: &Node, of: &[Array]) -> Array {
    let attribute = |name: &str| node.attributes.get(name).cloned().unwrap_or_default();
    let numbers = |array: &Array| -> Vec<i64> { array.numbers.iter().map(|&n| n as i64).collect() };
    let x = &of[0];
    match node.kind.as_str() {
        "Cast" | "Identity" => x.clone(),
        "Relu" => each(x, |x| x.max(0.0)),
        "Tanh" => each(x, f64::tanh),
        "LeakyRelu" => each(x, |x| if x < 0.0 { attribute("alpha").float * x } else { x }),
        "Floor" => each(x, f64::floor),
        "Sin" => each(x, f64::sin),
        "Cos" => each(x, f64::cos),
        "IsNaN" => each(x, |x| f64::from(u8::from(x.is_nan()))),
        "Clip" => each(x, |x| x.clamp(of[1].numbers[0], of[2].numbers[0])),
        "Add" => both(x, &of[1], |x, y| x + y),
        "Sub" => both(x, &of[1], |x, y| x - y),
        "Mul" => both(x, &of[1], |x, y| x * y),
        "Div" => both(x, &of[1], |x, y| x / y),
        "Where" => {
            let there = both(x, &of[1], |is, y| if is == 1.0 { y } else { f64::NAN });
            let places = both(&each(x, |is| is), &of[2], |is, z| if is == 1.0 { 0.0 } else { z });
            both(&both(&there, x, |y, is| if is == 1.0 { y } else { 0.0 }), &places, |y, z| y + z)
        }
        "Flatten" => {
            let rows = x.shape[0];
            Array { shape: vec![rows, x.numbers.len() / rows.max(1)], ..x.clone() }
        }
        "Unsqueeze" => Array { shape: vec![x.shape[0], 1], ..x.clone() },
        "Squeeze" => Array { shape: vec![x.shape[0]], ..x.clone() },
        "Softmax" => softmax(x),
        "Concat" => concat(of),
        "Gather" => {
            let width = x.shape[1];
            let row = |&at: &f64| x.numbers[at as usize * width..][..width].to_vec();
            let rows = of[1].numbers.iter().flat_map(row).collect();
            array(vec![of[1].shape[0], width], rows)
        }
        "OneHot" => {
            let depth = of[1].numbers[0] as usize;
            let row = |&at: &f64| (0..depth).map(move |place| at == place as f64);
            let [no, yes] = [of[2].numbers[0], of[2].numbers[1]];
            let features = x.numbers.iter().flat_map(row).map(|is| if is { yes } else { no });
            array(vec![x.shape[0], depth], features.collect())
        }
        "LabelEncoder" => {
            let [keys, values] = ["keys_strings", "values_int64s"].map(attribute);
            let number = |text: &String| {
                let at = keys.texts.iter().position(|key| key == text);
                at.map_or(attribute("default_int64").int, |at| values.ints[at]) as f64
            };
            array(x.shape.clone(), x.texts.iter().map(number).collect())
        }
        "Gemm" => gemm(x, &of[1], of.get(2)),
        "Conv" => convolve(x, &of[1], of.get(2), &node.attributes),
        "BatchNormalization" => {
            let epsilon = attribute("epsilon").float;
            per_channel(x, |channel, x| {
                let [gamma, beta, mean, variance] =
                    [1, 2, 3, 4].map(|input| of[input].numbers[channel]);
                gamma * (x - mean) / (variance + epsilon).sqrt() + beta
            })
        }
        "MaxPool" => pool(x, &node.attributes, |window| {
            window.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        }),
        "AveragePool" => {
            pool(x, &node.attributes, |window| window.iter().sum::<f64>() / window.len() as f64)
        }
        "GlobalAveragePool" => {
            let area = (x.shape[2] * x.shape[3]) as f64;
            let means = planes(x).map(|plane| plane.iter().sum::<f64>() / area).collect();
            array(vec![x.shape[0], x.shape[1], 1, 1], means)
        }
        "Slice" => {
            let asked = of[1..].iter().map(numbers).collect::<Vec<_>>();
            assert_eq!(asked, [vec![0, 0], vec![i64::MAX; 2], vec![2, 3], vec![2, 2]]);
            let sides = [2, 3].map(|axis: usize| x.shape[axis].div_ceil(2));
            images(x, [x.shape[1], sides[0], sides[1]], |image, [c, y, z]| image([c, 2 * y, 2 * z]))
        }
        "Pad" => {
            let pads = numbers(&of[1]);
            assert!(pads.iter().enumerate().all(|(at, &pad)| at == 5 || pad == 0), "{pads:?}");
            let channels = x.shape[1];
            let more = [channels + pads[5] as usize, x.shape[2], x.shape[3]];
            images(x, more, |image, at| if at[0] < channels { image(at) } else { 0.0 })
        }
        "Resize" => resize(x, &of[1]),
        kind => panic!("operator {kind}"),
    }
}

pub(super) fn array(shape: Vec<usize>, numbers: Vec<f64>) -> Array {
    Array { shape, numbers, texts: Vec::new() }
}

fn each(x: &Array, function: impl Fn(f64) -> f64) -> Array {
    array(x.shape.clone(), x.numbers.iter().map(|&x| function(x)).collect())
}

/// Of tensors of one shape, or of which one has axes of 1, or fewer axes, to be repeated along.
fn both(x: &Array, y: &Array, function: impl Fn(f64, f64) -> f64) -> Array {
    let rank = x.shape.len().max(y.shape.len());
    let whole = |of: &Array| [vec![1; rank - of.shape.len()], of.shape.clone()].concat();
    let (x_shape, y_shape) = (whole(x), whole(y));
    let shape: Vec<usize> = x_shape.iter().zip(&y_shape).map(|(x, y)| *x.max(y)).collect();
    let number = |of: &Array, own: &[usize], mut at: usize| {
        let (mut place, mut stride) = (0, 1);
        for axis in (0..rank).rev() {
            let index = at % shape[axis];
            at /= shape[axis];
            place += if own[axis] == 1 { 0 } else { index * stride };
            stride *= own[axis];
        }
        of.numbers[place]
    };
    let count = shape.iter().product();
    let answers =
        (0..count).map(|at| function(number(x, &x_shape, at), number(y, &y_shape, at))).collect();
    array(shape, answers)
}

fn softmax(x: &Array) -> Array {
    let rows = x.numbers.chunks_exact(x.shape[1]);
    let answers = rows.flat_map(|row| {
        let highest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<f64> = row.iter().map(|x| (x - highest).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(move |power| power / sum)
    });
    array(x.shape.clone(), answers.collect())
}

/// Along the second axis.
fn concat(of: &[Array]) -> Array {
    let rows = of[0].shape[0];
    let part = |row: usize| {
        of.iter().flat_map(move |x| {
            let width = x.numbers.len() / rows;
            x.numbers[row * width..][..width].iter().copied()
        })
    };
    let mut shape = of[0].shape.clone();
    shape[1] = of.iter().map(|x| x.shape[1]).sum();
    array(shape, (0..rows).flat_map(part).collect())
}

fn gemm(x: &Array, weight: &Array, bias: Option<&Array>) -> Array {
    let (inputs, outputs) = (x.shape[1], weight.shape[0]);
    let unit = |row: &[f64], unit: usize| {
        let weights = &weight.numbers[unit * inputs..][..inputs];
        let sum: f64 = row.iter().zip(weights).map(|(x, w)| x * w).sum();
        sum + bias.map_or(0.0, |bias| bias.numbers[unit])
    };
    let rows = x.numbers.chunks_exact(inputs);
    let answers = rows.flat_map(|row| (0..outputs).map(move |at| unit(row, at))).collect();
    array(vec![x.shape[0], outputs], answers)
}

fn planes(x: &Array) -> impl Iterator<Item = &[f64]> {
    x.numbers.chunks_exact(x.shape[2..].iter().product())
}

fn per_channel(x: &Array, function: impl Fn(usize, f64) -> f64) -> Array {
    let area: usize = x.shape[2..].iter().product();
    let channel = |at: usize| at / area % x.shape[1];
    let answers = x.numbers.iter().enumerate().map(|(at, &x)| function(channel(at), x));
    array(x.shape.clone(), answers.collect())
}

/// Images of `[channels, height, width]`, each number from the image that it belongs to.
fn images(
    x: &Array,
    [channels, height, width]: [usize; 3],
    number: impl Fn(&dyn Fn([usize; 3]) -> f64, [usize; 3]) -> f64,
) -> Array {
    let [own_height, own_width] = [x.shape[2], x.shape[3]];
    let size = x.shape[1] * own_height * own_width;
    let mut answers = Vec::new();
    for image in x.numbers.chunks_exact(size) {
        let pixel = |[c, y, z]: [usize; 3]| image[(c * own_height + y) * own_width + z];
        for c in 0..channels {
            for y in 0..height {
                answers.extend((0..width).map(|z| number(&pixel, [c, y, z])));
            }
        }
    }
    array(vec![x.shape[0], channels, height, width], answers)
}

/// For each axis, kernel, stride, and padding in front and behind.
fn windows(attributes: &BTreeMap<String, Attribute>) -> [[usize; 4]; 2] {
    let [kernel, strides, pads] =
        ["kernel_shape", "strides", "pads"].map(|name| attributes[name].ints.clone());
    [0, 1].map(|axis| {
        [kernel[axis], strides[axis], pads[axis], pads[axis + 2]].map(|number| number as usize)
    })
}

fn left(side: usize, [kernel, stride, before, behind]: [usize; 4]) -> usize {
    (side + before + behind - kernel) / stride + 1
}

/// Places of a side under window `at`, with the kernel's place of each; none in the padding.
fn seen(side: usize, [kernel, stride, before, _]: [usize; 4], at: usize) -> Vec<[usize; 2]> {
    let place = |k: usize| (at * stride + k).checked_sub(before).filter(|&place| place < side);
    (0..kernel).filter_map(|k| place(k).map(|place| [k, place])).collect()
}

fn pool(
    x: &Array,
    attributes: &BTreeMap<String, Attribute>,
    of_window: impl Fn(&[f64]) -> f64,
) -> Array {
    let [down, across] = windows(attributes);
    let sides = [left(x.shape[2], down), left(x.shape[3], across)];
    images(x, [x.shape[1], sides[0], sides[1]], |image, [c, y, z]| {
        let rows = seen(x.shape[2], down, y);
        let columns = seen(x.shape[3], across, z);
        let pixels = rows.iter().flat_map(|row| {
            columns.iter().map(|column| image([c, row[1], column[1]])).collect::<Vec<_>>()
        });
        of_window(&pixels.collect::<Vec<_>>())
    })
}

fn convolve(
    x: &Array,
    weight: &Array,
    bias: Option<&Array>,
    attributes: &BTreeMap<String, Attribute>,
) -> Array {
    let [down, across] = windows(attributes);
    let [filters, channels] = [weight.shape[0], weight.shape[1]];
    let groups = attributes["group"].int as usize;
    assert_eq!(channels * groups, x.shape[1]);
    let [height, width] = [x.shape[2], x.shape[3]];
    let rows: Vec<_> = (0..left(height, down)).map(|at| seen(height, down, at)).collect();
    let columns: Vec<_> = (0..left(width, across)).map(|at| seen(width, across, at)).collect();
    let [tall, wide] = [weight.shape[2], weight.shape[3]];
    let mut answers = Vec::new();
    for image in x.numbers.chunks_exact(x.shape[1] * height * width) {
        for filter in 0..filters {
            let first = filter / (filters / groups) * channels;
            for rows in &rows {
                for columns in &columns {
                    let mut sum = bias.map_or(0.0, |bias| bias.numbers[filter]);
                    for channel in 0..channels {
                        let plane = (first + channel) * height;
                        let kernel = (filter * channels + channel) * tall;
                        for [k, y] in rows {
                            let (pixels, weights) = ((plane + y) * width, (kernel + k) * wide);
                            for [k, z] in columns {
                                sum += image[pixels + z] * weight.numbers[weights + k];
                            }
                        }
                    }
                    answers.push(sum);
                }
            }
        }
    }
    array(vec![x.shape[0], filters, rows.len(), columns.len()], answers)
}

/// Linear, with half-pixel centres.
fn resize(x: &Array, sides: &Array) -> Array {
    let sides = [0, 1].map(|axis: usize| sides.numbers[axis] as usize);
    let tap = |axis: usize, at: usize| {
        let own = x.shape[axis + 2];
        let place = (at as f64 + 0.5) * own as f64 / sides[axis] as f64 - 0.5;
        let place = place.clamp(0.0, (own - 1) as f64);
        let low = place as usize;
        (low, (low + 1).min(own - 1), place - low as f64)
    };
    images(x, [x.shape[1], sides[0], sides[1]], |image, [c, y, z]| {
        let ((above, below, down), (left, right, across)) = (tap(0, y), tap(1, z));
        let row = |y| (1.0 - across) * image([c, y, left]) + across * image([c, y, right]);
        (1.0 - down) * row(above) + down * row(below)
    })
}
