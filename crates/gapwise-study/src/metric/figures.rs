//! Numbers as people read them.

use gapwise_data::wording::grouped;

/// A share as percent, without the sign: two decimals, and two digits where these would all be 0.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let size = percent.abs();
    let decimals = if (0.000_1..0.005).contains(&size) { leading_zeros(size) + 2 } else { 2 };
    signed(percent, format!("{size:.decimals$}"))
}

/// A share as it is: three decimals, and two digits of what it lacks of 1 where these would all be 0.
pub(super) fn share(share: f64) -> String {
    let lacking = (1.0 - share).abs();
    let decimals = if (1e-9..0.000_5).contains(&lacking) { leading_zeros(lacking) + 2 } else { 3 };
    signed(share, format!("{:.decimals$}", share.abs()))
}

/// Four significant digits, and every digit before the point, in groups of three.
pub(super) fn significant(value: f64) -> String {
    let size = value.abs();
    let written = if size == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e15).contains(&size) {
        let four_digits = format!("{size:.3e}");
        // 2.9e30, not 2.900e30.
        four_digits.parse().map_or(four_digits, |size: f64| format!("{size:e}"))
    } else if size >= 999.95 {
        grouped(&format!("{size:.0}"))
    } else {
        // 0.4321 and 12.35: decimals fall as digits before the point rise.
        let decimals = if size < 1.0 {
            leading_zeros(size) + 4
        } else {
            3_usize.saturating_sub(size.log10().floor() as usize)
        };
        format!("{size:.decimals$}")
    };
    signed(value, written)
}

/// Zeros between the point and the first other digit, for `0 < size < 1`.
fn leading_zeros(size: f64) -> usize {
    (-size.log10().floor()) as usize - 1
}

fn signed(value: f64, size: String) -> String {
    if !value.is_finite() {
        return "not a number".to_owned();
    }
    let nothing = size.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if value < 0.0 && !nothing { format!("−{size}") } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_has_two_decimals() {
        assert_eq!(percent(0.0251), "2.51");
        assert_eq!(percent(0.0), "0.00");
        assert_eq!(percent(1.0), "100.00");
        assert_eq!(percent(-0.0012), "−0.12");
    }

    #[test]
    fn a_small_percentage_shows_its_first_digits() {
        assert_eq!(percent(0.000_034), "0.0034");
        assert_eq!(percent(0.000_000_1), "0.00");
        assert_eq!(percent(-0.000_000_1), "0.00");
    }

    #[test]
    fn a_share_near_one_shows_what_it_lacks() {
        assert_eq!(share(0.912_4), "0.912");
        assert_eq!(share(1.0), "1.000");
        assert_eq!(share(-0.25), "−0.250");
        assert_eq!(share(0.999_966), "0.999966");
    }

    #[test]
    fn significant_keeps_four_digits_or_all_before_the_point() {
        assert_eq!(significant(52_310.4), "52,310");
        assert_eq!(significant(1_234_567.0), "1,234,567");
        assert_eq!(significant(999.96), "1,000");
        assert_eq!(significant(123.45), "123.5");
        assert_eq!(significant(12.345), "12.35");
        assert_eq!(significant(0.432_14), "0.4321");
        assert_eq!(significant(0.001_234), "0.001234");
        assert_eq!(significant(-3.0), "−3.000");
        assert_eq!(significant(0.0), "0");
        assert_eq!(significant(0.000_012_34), "1.234e-5");
        assert_eq!(significant(f64::NAN), "not a number");
    }
}
