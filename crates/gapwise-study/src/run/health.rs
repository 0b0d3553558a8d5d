//! Gradient health: do all layers learn? (Row 1.10 of the notes: vanishing and exploding gradients.)

use super::GradientRow;
use crate::metric::counted;

/// Below this share of the last layer's gradient, a layer's gradient has vanished.
const VANISHED: f64 = 1e-4;

/// Above this multiple of the last layer's gradient, a layer's gradient has exploded.
const EXPLODED: f64 = 1e3;

/// From this share of dead units on, a layer is named.
const DEAD: f64 = 0.5;

/// Layers with dead units that a sentence names.
const NAMED: usize = 3;

/// How a gradient fares on its way from the output back to the input.
#[derive(Debug, Clone, PartialEq)]
pub enum Health {
    /// Every layer gets a gradient of the last layer's order.
    Healthy,
    /// Layers learn next to nothing.
    Vanishing {
        /// The layer with the smallest gradient.
        layer: String,
        /// Its gradient per parameter over the last layer's.
        ratio: f64,
    },
    /// Layers learn in leaps.
    Exploding {
        /// The layer with the largest gradient.
        layer: String,
        /// Its gradient per parameter over the last layer's.
        ratio: f64,
    },
    /// A gradient is infinite or no number.
    NotFinite {
        /// The layer nearest the output of which this is so: those before it have it from there.
        layer: String,
    },
}

/// A layer of which many units get no gradient at all.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLayer {
    /// The layer.
    pub layer: String,
    /// Share of its units whose gradient is exactly zero over the batch, in [0.5, 1].
    pub share: f64,
}

/// What the gradients of one epoch say.
#[derive(Debug, Clone, PartialEq)]
pub struct GradientHealth {
    /// How the gradient flows.
    pub flow: Health,
    /// Layers of which at least half of the units are dead, from input to output.
    pub dead: Vec<DeadLayer>,
}

impl GradientHealth {
    /// Judges the rows of one epoch, one per layer, from input to output.
    ///
    /// The size of a layer's gradient is its root mean square, `gradient_norm / √parameters`, so
    /// that wide and narrow layers compare; it is taken relative to the last layer's. A ratio below
    /// 1e-4 is vanishing, above 1e3 exploding; where both occur, exploding is named, since its
    /// steps undo what the others learn. A last layer whose gradient is exactly zero has nothing
    /// left to learn: healthy. Layers without parameters are passed over.
    pub fn of(rows: &[GradientRow]) -> Self {
        let dead = rows
            .iter()
            .filter_map(|row| row.dead_share.map(|share| (row, share)))
            .filter(|&(_, share)| share >= DEAD)
            .map(|(row, share)| DeadLayer { layer: row.layer.clone(), share })
            .collect();
        GradientHealth { flow: flow(rows), dead }
    }

    /// The rows of the last epoch, of rows in the order of epochs.
    pub fn of_last_epoch(rows: &[GradientRow]) -> Self {
        let last = rows.last().map_or(0, |row| row.epoch);
        let start = rows.iter().rposition(|row| row.epoch != last).map_or(0, |place| place + 1);
        Self::of(&rows[start..])
    }

    /// What it says, for people: one sentence, or two where units are dead.
    pub fn sentence(&self) -> String {
        let flow = match &self.flow {
            Health::Healthy => "Gradients are healthy: every layer learns.".to_owned(),
            Health::Vanishing { layer, ratio } => format!(
                "Gradients vanish: that of layer `{layer}` is {} of the last layer's.",
                power(*ratio)
            ),
            Health::Exploding { layer, ratio } => format!(
                "Gradients explode: that of layer `{layer}` is {} times the last layer's.",
                power(*ratio)
            ),
            Health::NotFinite { layer } => {
                format!("The gradient of layer `{layer}` is no finite number.")
            }
        };
        if self.dead.is_empty() {
            return flow;
        }
        let named =
            |dead: &DeadLayer| format!("{:.0} % of layer `{}`", dead.share * 100.0, dead.layer);
        let mut layers: Vec<String> = self.dead.iter().take(NAMED).map(named).collect();
        if self.dead.len() > NAMED {
            let more = self.dead.len() - NAMED;
            layers.push(format!("at least 50 % of {}", counted(more, "more layer")));
        }
        format!("{flow} Units without any gradient: {}.", layers.join(", "))
    }

    /// What to try, the first first; empty where all is well.
    pub fn advice(&self) -> Vec<&'static str> {
        let mut advice = match self.flow {
            Health::Healthy => Vec::new(),
            Health::Vanishing { .. } => vec![
                "initialise by the activation, at its own scale: He for ReLU, Xavier for tanh",
                "turn batch normalisation on where it is off",
            ],
            Health::Exploding { .. } => vec![
                "initialise by the activation, at its own scale: He for ReLU, Xavier for tanh",
                "clip the gradient: `train.clip_norm=1`",
                "lower `train.learning_rate`",
                "turn batch normalisation on where it is off",
            ],
            Health::NotFinite { .. } => {
                vec!["lower `train.learning_rate`", "clip the gradient: `train.clip_norm=1`"]
            }
        };
        if self.dead.is_empty() {
            if matches!(self.flow, Health::Vanishing { .. }) {
                advice.push("take `network.activation=relu`");
            }
        } else {
            let lower = "lower `train.learning_rate`";
            if !advice.contains(&lower) {
                advice.push(lower);
            }
            advice.push(
                "take an activation whose gradient is nowhere zero: \
                 `network.activation=leaky-relu`",
            );
        }
        advice
    }
}

fn flow(rows: &[GradientRow]) -> Health {
    let sizes: Vec<(&str, f64)> = rows
        .iter()
        .filter(|row| row.parameters > 0)
        .map(|row| (row.layer.as_str(), row.gradient_norm / (row.parameters as f64).sqrt()))
        .collect();
    if let Some((layer, _)) = sizes.iter().rev().find(|(_, size)| !size.is_finite()) {
        return Health::NotFinite { layer: (*layer).to_owned() };
    }
    let Some(&(_, last)) = sizes.last() else { return Health::Healthy };
    if last == 0.0 {
        return Health::Healthy;
    }
    let ratios = || sizes.iter().map(|&(layer, size)| (layer, size / last));
    let named = |(layer, ratio): (&str, f64)| (layer.to_owned(), ratio);
    let largest = ratios().max_by(|a, b| a.1.total_cmp(&b.1)).filter(|of| of.1 > EXPLODED);
    let smallest = ratios().min_by(|a, b| a.1.total_cmp(&b.1)).filter(|of| of.1 < VANISHED);
    match (largest.map(named), smallest.map(named)) {
        (Some((layer, ratio)), _) => Health::Exploding { layer, ratio },
        (None, Some((layer, ratio))) => Health::Vanishing { layer, ratio },
        (None, None) => Health::Healthy,
    }
}

/// `3.2e-7`: two digits and the power of ten.
fn power(ratio: f64) -> String {
    format!("{ratio:.1e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A layer whose norm is over `parameters` numbers.
    fn row(layer: &str, gradient_norm: f64, parameters: usize) -> GradientRow {
        GradientRow {
            epoch: 1,
            step: 1,
            layer: layer.to_owned(),
            parameters,
            gradient_norm,
            weight_norm: 1.0,
            dead_share: None,
        }
    }

    #[test]
    fn a_gradient_is_judged_per_parameter_against_the_last_layers() {
        // Sizes: 6 / √9 = 2, 0.0008 / √16 = 0.0002, 4 / √4 = 2.
        // Ratios: 2 / 2 = 1, 0.0002 / 2 = 1e-4, 1: just not below the bound.
        let mut rows = [row("a", 6.0, 9), row("b", 0.000_8, 16), row("c", 4.0, 4)];
        assert_eq!(GradientHealth::of(&rows).flow, Health::Healthy);
        // 0.0004 / √16 = 0.0001, and 0.0001 / 2 = 5e-5.
        rows[1].gradient_norm = 0.000_4;
        let health = GradientHealth::of(&rows);
        assert_eq!(health.flow, Health::Vanishing { layer: "b".to_owned(), ratio: 5e-5 });
        assert_eq!(
            health.sentence(),
            "Gradients vanish: that of layer `b` is 5.0e-5 of the last layer's."
        );
        // A layer with an exact zero has the smallest ratio of all.
        rows[0].gradient_norm = 0.0;
        let flow = GradientHealth::of(&rows).flow;
        assert_eq!(flow, Health::Vanishing { layer: "a".to_owned(), ratio: 0.0 });
    }

    #[test]
    fn the_layer_with_the_largest_gradient_is_named_and_goes_before_a_vanished_one() {
        // Sizes: 4,000 / √4 = 2,000 and 12,000 / √4 = 6,000, over 2 / √4 = 1; 2e-9 / √4 = 1e-9.
        let rows =
            [row("a", 4_000.0, 4), row("b", 12_000.0, 4), row("c", 2e-9, 4), row("d", 2.0, 4)];
        let health = GradientHealth::of(&rows);
        assert_eq!(health.flow, Health::Exploding { layer: "b".to_owned(), ratio: 6_000.0 });
        assert_eq!(
            health.sentence(),
            "Gradients explode: that of layer `b` is 6.0e3 times the last layer's."
        );
        assert!(health.advice().contains(&"clip the gradient: `train.clip_norm=1`"));
        // 2,000 / √4 = 1,000: just not above the bound.
        let rows = [row("a", 2_000.0, 4), row("d", 2.0, 4)];
        assert_eq!(GradientHealth::of(&rows).flow, Health::Healthy);
    }

    #[test]
    fn a_gradient_that_is_no_number_is_named_where_it_comes_from() {
        let rows = [row("a", f64::NAN, 4), row("b", f64::INFINITY, 4), row("c", 1.0, 4)];
        let health = GradientHealth::of(&rows);
        assert_eq!(health.flow, Health::NotFinite { layer: "b".to_owned() });
        assert_eq!(health.sentence(), "The gradient of layer `b` is no finite number.");
    }

    #[test]
    fn nothing_left_to_learn_is_healthy() {
        assert_eq!(GradientHealth::of(&[row("a", 1.0, 4), row("b", 0.0, 4)]).flow, Health::Healthy);
        assert_eq!(GradientHealth::of(&[]).flow, Health::Healthy);
        assert_eq!(GradientHealth::of(&[row("pool", 0.0, 0)]).flow, Health::Healthy);
        assert!(GradientHealth::of(&[]).advice().is_empty());
    }

    #[test]
    fn layers_are_named_from_half_of_their_units_dead_on() {
        let mut rows = [row("a", 1.0, 4), row("b", 1.0, 4), row("c", 1.0, 4)];
        rows[0].dead_share = Some(0.75);
        rows[1].dead_share = Some(0.5);
        rows[2].dead_share = Some(0.49);
        let health = GradientHealth::of(&rows);
        assert_eq!(
            health.sentence(),
            "Gradients are healthy: every layer learns. \
             Units without any gradient: 75 % of layer `a`, 50 % of layer `b`."
        );
        assert_eq!(health.advice()[0], "lower `train.learning_rate`");
    }

    #[test]
    fn the_last_epoch_is_the_one_that_counts() {
        let mut rows = [row("a", 0.0, 4), row("b", 1.0, 4), row("a", 1.0, 4), row("b", 1.0, 4)];
        rows[2].epoch = 2;
        rows[3].epoch = 2;
        assert!(matches!(GradientHealth::of(&rows[..2]).flow, Health::Vanishing { .. }));
        assert_eq!(GradientHealth::of_last_epoch(&rows).flow, Health::Healthy);
    }
}
