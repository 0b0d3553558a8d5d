//! Gradient health: how much every layer learns, by epoch.

use std::{collections::HashMap, fmt::Write};

use gapwise_pages::{text, wide};
use maud::{Markup, html};

use super::{
    line::{key, line, thinned},
    numbers::{self, counted},
    plot::{Axis, grid},
};
use crate::run::{GradientHealth, GradientRow};

/// Most layers drawn.
const MOST_LAYERS: usize = 12;

/// Most points of a layer's line.
const MOST_POINTS: usize = 300;

/// Most rows of the table beside the drawing.
const MOST_ROWS: usize = 200;

/// One layer over the epochs.
struct Layer<'a> {
    name: &'a str,
    /// Epoch and gradient norm.
    points: Vec<(f64, f64)>,
}

/// What the gradients say, their drawing, and the last epoch as a table; `rows` has at least one.
pub(super) fn section(rows: &[GradientRow]) -> Markup {
    let layers = layers(rows);
    let drawn = thinned(&layers, MOST_LAYERS);
    let last = rows.last().map_or(0, |row| row.epoch);
    let health = GradientHealth::of_last_epoch(rows);
    let advice = health.advice();
    html! {
        h3 { "Gradients after epoch " (numbers::count(last)) }
        p { (text::prose(&health.sentence())) }
        @if !advice.is_empty() {
            p { "To try, in this order:" }
            ol { @for what in &advice { li { (text::sentence(what)) } } }
        }
        (chart(&drawn))
        @if drawn.len() < layers.len() {
            p.fine {
                (numbers::count(drawn.len())) " of " (counted(layers.len(), "layer"))
                " are drawn: the first, the last, and others evenly between."
            }
        }
        details {
            summary { "The layers as a table" }
            (wide("Gradients by layer", table(rows, last)))
        }
    }
}

/// Every layer, from input to output, as the rows of the epochs have them.
fn layers(rows: &[GradientRow]) -> Vec<Layer<'_>> {
    let mut layers: Vec<Layer<'_>> = Vec::new();
    let mut place: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        let at = *place.entry(&row.layer).or_insert_with(|| {
            layers.push(Layer { name: &row.layer, points: Vec::new() });
            layers.len() - 1
        });
        layers[at].points.push((row.epoch as f64, row.gradient_norm));
    }
    layers
}

fn chart(layers: &[&Layer<'_>]) -> Markup {
    let points = || layers.iter().flat_map(|layer| &layer.points);
    let ends = points().fold((usize::MAX, 0), |(first, last), point| {
        (first.min(point.0 as usize), last.max(point.0 as usize))
    });
    let (epochs, up) = (Axis::whole(ends.0, ends.1), Axis::by_ratio(points().map(|point| point.1)));
    let names: Vec<String> = layers.iter().map(|layer| text::plain_name(layer.name)).collect();
    html! {
        figure.chart {
            figcaption {
                "Gradient norm by layer (logarithmic), from input to output"
                @for (place, name) in names.iter().enumerate() {
                    (key(name, class(place, layers.len())))
                }
            }
            div.plot {
                svg role="img" aria-labelledby="chart-gradients" {
                    title id="chart-gradients" { (in_words(layers, &names)) }
                    (grid(&epochs, &up, 1.0))
                    @for (place, layer) in layers.iter().enumerate() {
                        @let points: Vec<(f64, f64)> =
                            thinned(&layer.points, MOST_POINTS).into_iter().copied().collect();
                        (line(&epochs, &up, &points, class(place, layers.len())))
                    }
                }
            }
            p.below { "epoch" }
        }
    }
}

/// A style for each of up to twelve layers: the last solid and strong, the first dashed, those
/// between told apart by dashes and shade.
fn class(place: usize, layers: usize) -> &'static str {
    const BETWEEN: [&str; 10] = [
        "layer-1", "layer-2", "layer-3", "layer-4", "layer-5", "layer-6", "layer-7", "layer-8",
        "layer-9", "layer-10",
    ];
    match place {
        last if last + 1 == layers => "strong",
        0 => "plain",
        between => BETWEEN[(between - 1) % BETWEEN.len()],
    }
}

fn in_words(layers: &[&Layer<'_>], names: &[String]) -> String {
    let mut words = "Gradient norm by epoch, for each layer from input to output.".to_owned();
    for (layer, name) in layers.iter().zip(names) {
        let mut finite = layer.points.iter().filter(|point| point.1.is_finite());
        let Some(first) = finite.next() else {
            let _ = write!(words, " {name}: no finite value.");
            continue;
        };
        let last = finite.next_back().unwrap_or(first);
        let _ = write!(
            words,
            " {name}: from {} in epoch {} to {} in epoch {}.",
            numbers::significant(first.1),
            first.0,
            numbers::significant(last.1),
            last.0,
        );
    }
    words
}

fn table(rows: &[GradientRow], last: usize) -> Markup {
    let last: Vec<&GradientRow> = rows.iter().filter(|row| row.epoch == last).collect();
    let shown = thinned(&last, MOST_ROWS);
    html! {
        table {
            @if shown.len() < last.len() {
                caption { (numbers::count(shown.len())) " of " (counted(last.len(), "layer")) }
            }
            thead {
                tr {
                    th scope="col" { "Layer" }
                    @for column in ["Parameters", "Gradient norm", "Weight norm", "Dead units"] {
                        th.number scope="col" { (column) }
                    }
                }
            }
            tbody {
                @for row in shown {
                    tr {
                        th scope="row" { (text::name(&row.layer)) }
                        td.number { (numbers::count(row.parameters)) }
                        td.number { (numbers::significant(row.gradient_norm)) }
                        td.number { (numbers::significant(row.weight_norm)) }
                        td.number {
                            @match row.dead_share {
                                Some(share) => (numbers::percent(share)),
                                None => span.muted { "none to count" },
                            }
                        }
                    }
                }
            }
        }
    }
}
