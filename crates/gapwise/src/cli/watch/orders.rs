//! Orders to a training, a line each.

use std::{io::BufRead, sync::mpsc::Sender};

use gapwise::nn::train::ChangeKind;

/// What was ordered, or what is wrong with it.
pub(super) type Order = Result<ChangeKind, String>;

/// Reads `rate NUMBER`, `save` or `stop`; `None` of a blank line.
pub(super) fn read(line: &str) -> Option<Order> {
    let words: Vec<&str> = line.split_whitespace().collect();
    Some(match words[..] {
        [] => return None,
        ["rate", rate] => self::rate(rate),
        ["save"] => Ok(ChangeKind::Save),
        ["stop"] => Ok(ChangeKind::Stop),
        _ => Err(format!("expected `rate NUMBER`, `save` or `stop`, found `{}`", line.trim())),
    })
}

/// Reads a learning rate. What training cannot compute with is refused there.
pub(super) fn rate(typed: &str) -> Order {
    let rate = typed.parse().map(ChangeKind::LearningRate);
    rate.map_err(|_| format!("expected a learning rate such as `0.01`, found `{typed}`"))
}

/// Passes each line on as an order, until input ends or nobody takes orders any more.
pub(super) fn pass_on(mut input: impl BufRead, orders: &Sender<Order>) {
    let mut line = Vec::new();
    while let Ok(1..) = input.read_until(b'\n', &mut line) {
        if let Some(order) = read(&String::from_utf8_lossy(&line))
            && orders.send(order).is_err()
        {
            return;
        }
        line.clear();
    }
}

/// What is answered to a change that takes place.
pub(super) fn answer(kind: ChangeKind, step: usize, learning_rate: f64) -> String {
    match kind {
        ChangeKind::LearningRate(rate) if short(rate) == short(learning_rate) => {
            format!("learning rate {} from here on", short(rate))
        }
        ChangeKind::LearningRate(rate) => format!(
            "learning rate {} from here on, by the schedule {} now",
            short(rate),
            short(learning_rate)
        ),
        ChangeKind::Save => format!("weights saved as `checkpoints/step-{step}.safetensors`"),
        ChangeKind::Stop => "training ends here".to_owned(),
    }
}

/// A learning rate to three digits.
pub(super) fn short(rate: f64) -> String {
    match rounded(rate) {
        rate if (1e-4..1e4).contains(&rate) => rate.to_string(),
        rate => format!("{rate:e}"),
    }
}

/// To three digits.
pub(super) fn rounded(rate: f64) -> f64 {
    format!("{rate:.2e}").parse().unwrap_or(rate)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn lines_are_orders_and_what_is_none_says_what_would_be() {
        assert_eq!(read(" rate  1e-3\n"), Some(Ok(ChangeKind::LearningRate(1e-3))));
        assert_eq!(read("save\r\n"), Some(Ok(ChangeKind::Save)));
        assert_eq!(read("stop"), Some(Ok(ChangeKind::Stop)));
        assert_eq!(read("  \n"), None);
        let said = |line| read(line).unwrap().unwrap_err();
        assert_eq!(
            said("halt now\n"),
            "expected `rate NUMBER`, `save` or `stop`, found `halt now`"
        );
        assert_eq!(said("rate"), "expected `rate NUMBER`, `save` or `stop`, found `rate`");
        assert_eq!(said("rate fast"), "expected a learning rate such as `0.01`, found `fast`");
    }

    #[test]
    fn input_is_read_to_its_end_whatever_its_bytes() {
        let (send, orders) = channel();
        pass_on(&b"save\n\n\xff\xfe\nstop"[..], &send);
        drop(send);
        let found: Vec<Order> = orders.iter().collect();
        assert_eq!(found.len(), 3);
        assert_eq!((&found[0], &found[2]), (&Ok(ChangeKind::Save), &Ok(ChangeKind::Stop)));
        assert!(found[1].as_ref().unwrap_err().starts_with("expected `rate NUMBER`"));
    }

    #[test]
    fn a_rate_is_answered_with_what_the_schedule_makes_of_it() {
        let rate = ChangeKind::LearningRate(0.01);
        assert_eq!(answer(rate, 5, 0.01), "learning rate 0.01 from here on");
        let said = "learning rate 0.01 from here on, by the schedule 0.005 now";
        assert_eq!(answer(rate, 5, 0.005), said);
    }

    #[test]
    fn rates_are_told_to_three_digits() {
        for (rate, told) in [
            (0.01 * 1.5, "0.015"),
            (0.003 / 1.5, "0.002"),
            (0.123_456, "0.123"),
            (1.234e-6, "1.23e-6"),
            (0.0, "0e0"),
        ] {
            assert_eq!(short(rate), told);
        }
    }
}
