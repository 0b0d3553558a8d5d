//! A line through values, drawn and explained.

use std::fmt::Write;

use maud::{Markup, html};

use super::plot::{Axis, pc};

/// A line through `points`, values along both axes; its style is `class`. Where a value cannot be
/// drawn the line is broken, and one between two breaks is a dot.
pub(super) fn line(across: &Axis, up: &Axis, points: &[(f64, f64)], class: &str) -> Markup {
    let drawable =
        |axis: &Axis, value: f64| value.is_finite() && !(axis.is_logarithmic() && value <= 0.0);
    let places: Vec<Option<(f64, f64)>> = points
        .iter()
        .map(|&(x, y)| {
            let inside = drawable(across, x) && drawable(up, y);
            inside.then(|| (across.percent(x), 100.0 - up.percent(y)))
        })
        .collect();
    let mut path = String::new();
    let mut dots = Vec::new();
    for piece in places.split(Option::is_none) {
        match piece {
            [] => {}
            [only] => dots.extend(only),
            several => {
                for (place, (x, y)) in several.iter().flatten().enumerate() {
                    let to = if place == 0 { 'M' } else { 'L' };
                    // Writing to a string cannot fail.
                    let _ = write!(path, "{to}{:.1} {:.1}", x * 10.0, y * 10.0);
                }
            }
        }
    }
    html! {
        @if !path.is_empty() {
            svg viewBox="0 0 1000 1000" preserveAspectRatio="none" overflow="visible" {
                path.curve.(class) d=(path) {}
            }
        }
        @for (x, y) in dots { circle.dot.(class) cx=(pc(x)) cy=(pc(y)) r="4" {} }
    }
}

/// The sample of a line and its name, for a legend.
pub(super) fn key(name: &str, class: &str) -> Markup {
    html! {
        span.key {
            svg width="22" height="10" aria-hidden="true" focusable="false" {
                line.curve.(class) x1="1" x2="21" y1="5" y2="5" {}
            }
            (name)
        }
    }
}

/// A vertical line at `value` with its name beside it.
pub(super) fn mark(across: &Axis, value: f64, name: &str) -> Markup {
    let place = across.percent(value);
    let (anchor, aside) = if place > 60.0 { ("end", "-6") } else { ("start", "6") };
    html! {
        line.best x1=(pc(place)) x2=(pc(place)) y1="0" y2="100%" {}
        text.tick x=(pc(place)) dx=(aside) y="0" dy="11" text-anchor=(anchor) { (name) }
    }
}

/// At most `most` of `rows`, evenly taken, the first and the last among them.
pub(super) fn thinned<T>(rows: &[T], most: usize) -> Vec<&T> {
    if rows.len() <= most {
        return rows.iter().collect();
    }
    let last = rows.len() - 1;
    (0..most).map(|place| &rows[place * last / (most - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_rows_are_thinned_evenly_with_both_ends() {
        let rows: Vec<usize> = (1..=10_000).collect();
        let thin = thinned(&rows, 1_000);
        assert_eq!(thin.len(), 1_000);
        assert_eq!((*thin[0], *thin[999]), (1, 10_000));
        assert!(thin.windows(2).all(|two| two[0] < two[1]));
    }
}
