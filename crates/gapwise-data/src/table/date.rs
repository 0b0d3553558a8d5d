//! Dates in cells: to days since 1970-01-01 and back.

use jiff::{
    SignedDuration,
    civil::{Date, Time, date},
};

use super::schema::DateOrder;

const EPOCH: Date = date(1970, 1, 1);
const SECONDS_A_DAY: f64 = 86_400.0;

/// Days from 1970-01-01 to the date in a cell, the time of day as a fraction; a time with an
/// offset from UTC is taken to UTC. `None` where the cell is no date of this order.
///
/// Years have four digits. A month without a day, `1949-01`, is its first day.
pub(crate) fn parse(cell: &str, order: DateOrder) -> Option<f64> {
    // Most cells that are no dates are told by their first byte and length alone.
    if cell.len() < 6 || cell.len() > 40 || !cell.as_bytes()[0].is_ascii_digit() {
        return None;
    }
    let (day_part, time_part) = match cell.split_once(['T', 't', ' ']) {
        Some((day, time)) => (day, Some(time.trim_start())),
        None => (cell, None),
    };
    let day = parse_day(day_part, order)?;
    let days = day.duration_since(EPOCH).as_secs() as f64 / SECONDS_A_DAY;
    match time_part {
        None => Some(days),
        Some(time) => Some(days + parse_time(time)? / SECONDS_A_DAY),
    }
}

/// A date as text, with the time of day where it is not midnight.
pub(crate) fn text(days: f64) -> String {
    let mut whole = days.floor();
    let mut seconds = ((days - whole) * SECONDS_A_DAY).round() as i64;
    if seconds == SECONDS_A_DAY as i64 {
        whole += 1.0;
        seconds = 0;
    }
    let Some(day) = day_of(whole) else {
        return format!("day {days}");
    };
    match seconds {
        0 => day.to_string(),
        _ if seconds % 60 == 0 => format!("{day} {:02}:{:02}", seconds / 3600, seconds / 60 % 60),
        _ => format!("{day} {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

/// The share of its year that has passed at the start of a day, in [0, 1).
pub(crate) fn share_of_year(days: f64) -> f64 {
    match day_of(days.floor()) {
        Some(day) => f64::from(day.day_of_year() - 1) / f64::from(day.days_in_year()),
        None => 0.0,
    }
}

/// The share of the week that has passed at the start of a day, Monday first: one of seven in
/// [0, 1).
pub(crate) fn share_of_week(days: f64) -> f64 {
    // 1970-01-01 was a Thursday.
    (days.floor() + 3.0).rem_euclid(7.0) / 7.0
}

/// The share of the day that has passed, in [0, 1).
pub(crate) fn share_of_day(days: f64) -> f64 {
    days - days.floor()
}

/// The day of the month, from 1.
pub(crate) fn day_of_month(days: f64) -> Option<i8> {
    Some(day_of(days.floor())?.day())
}

fn day_of(days: f64) -> Option<Date> {
    EPOCH.checked_add(SignedDuration::from_hours(24 * days as i64)).ok()
}

fn parse_day(cell: &str, order: DateOrder) -> Option<Date> {
    let separator = cell.chars().find(|c| !c.is_ascii_digit())?;
    if !matches!(separator, '-' | '/' | '.') {
        return None;
    }
    let mut parts = cell.split(separator);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = match (order, third) {
        // `2024.05` is a number.
        (DateOrder::YearFirst, None) if separator != '.' => (first, second, "1"),
        (DateOrder::YearFirst, Some(third)) => (first, second, third),
        (DateOrder::DayFirst, Some(third)) => (third, second, first),
        (DateOrder::MonthFirst, Some(third)) => (third, first, second),
        (_, None) => return None,
    };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    Date::new(digits(year)?, i8::try_from(digits(month)?).ok()?, i8::try_from(digits(day)?).ok()?)
        .ok()
}

/// Seconds since midnight, UTC where the time has an offset.
fn parse_time(cell: &str) -> Option<f64> {
    let cell = cell.trim_end();
    let (clock, offset_seconds) = if let Some(clock) = cell.strip_suffix(['Z', 'z']) {
        (clock, 0)
    } else if let Some(at) = cell.rfind(['+', '-']) {
        let sign = if cell.as_bytes()[at] == b'-' { -1 } else { 1 };
        (cell[..at].trim_end(), sign * parse_offset(&cell[at + 1..])?)
    } else {
        (cell, 0)
    };
    // A colon, since a bare number after a date is too little to call it a time.
    if !clock.contains(':') {
        return None;
    }
    let time: Time = clock.parse().ok()?;
    let since_midnight = time.duration_since(Time::midnight()).as_secs_f64();
    Some(since_midnight - f64::from(offset_seconds))
}

/// Seconds of an offset `02:00`, `0200` or `02`.
fn parse_offset(cell: &str) -> Option<i32> {
    let (hours, minutes) = match (cell.len(), cell.split_once(':')) {
        (5, Some((hours, minutes))) => (hours, minutes),
        (4, None) => cell.split_at_checked(2)?,
        (2, None) => (cell, "0"),
        _ => return None,
    };
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    (hours < 24 && minutes < 60).then(|| i32::from(hours) * 3600 + i32::from(minutes) * 60)
}

fn digits(text: &str) -> Option<i16> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_dates_become_days_since_1970() {
        let days = |cell| parse(cell, DateOrder::YearFirst);
        assert_eq!(days("1970-01-01"), Some(0.0));
        assert_eq!(days("1970-02-01"), Some(31.0));
        assert_eq!(days("1970-02"), Some(31.0));
        assert_eq!(days("1969/12/31"), Some(-1.0));
        assert_eq!(days("1970-01-02 06:00"), Some(1.25));
        assert_eq!(days("1970-01-02T18:00:00"), Some(1.75));
        // 18:00 at two hours east of Greenwich is 16:00 UTC, two thirds of the day.
        assert_eq!(days("1970-01-01T18:00:00+02:00"), Some(16.0 / 24.0));
        assert_eq!(days("1970-01-01T18:00:00.5Z"), Some((18.0 * 3600.0 + 0.5) / 86_400.0));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for cell in [
            "",
            "x",
            "1949",
            "1949.01",
            "1949-13",
            "2023-02-29",
            "24-05-31",
            "2024-05-31-1",
            "3/4",
            "2024-05-31 13",
            "2024-05-31 25:00",
            "2024-05-31T",
            "1/2/3/4",
            "2024-é-01",
            "12:30:00",
        ] {
            assert_eq!(parse(cell, DateOrder::YearFirst), None, "{cell}");
        }
    }

    #[test]
    fn day_and_month_stand_where_the_order_says() {
        // 1970-02-03 is 31 + 2 days after 1970-01-01; 1970-03-02 is 31 + 28 + 1.
        assert_eq!(parse("3/2/1970", DateOrder::DayFirst), Some(33.0));
        assert_eq!(parse("03.02.1970", DateOrder::DayFirst), Some(33.0));
        assert_eq!(parse("3/2/1970", DateOrder::MonthFirst), Some(60.0));
        assert_eq!(parse("13/2/1970", DateOrder::MonthFirst), None);
        assert_eq!(parse("1970-02-03", DateOrder::DayFirst), None);
    }

    #[test]
    fn dates_come_back_as_text() {
        for cell in ["1949-01-01", "2024-05-31 13:05", "2024-02-29 23:59:58", "0001-01-01"] {
            let days = parse(cell, DateOrder::YearFirst).expect("a date");
            assert_eq!(text(days), cell);
        }
    }

    #[test]
    fn the_year_runs_from_zero_to_just_under_one() {
        let share = |cell| share_of_year(parse(cell, DateOrder::YearFirst).expect("a date"));
        assert_eq!(share("2023-01-01"), 0.0);
        // 2 July is day 184 of a leap year: 183 days, half of them, have passed at its start.
        assert_eq!(share("2024-07-02"), 0.5);
        assert_eq!(share("2023-12-31 12:00"), 364.0 / 365.0);
    }

    #[test]
    fn the_week_begins_on_monday_and_the_day_at_midnight() {
        let days = |cell| parse(cell, DateOrder::YearFirst).expect("a date");
        // 2024-05-27 was a Monday, and so was 1969-12-29.
        assert_eq!(share_of_week(days("2024-05-27 23:00")), 0.0);
        assert_eq!(share_of_week(days("2024-06-02")), 6.0 / 7.0);
        assert_eq!(share_of_week(days("1969-12-29")), 0.0);
        assert_eq!(share_of_day(days("2024-05-27 18:00")), 0.75);
        assert_eq!(share_of_day(days("1969-12-29 06:00")), 0.25);
        assert_eq!(day_of_month(days("2024-02-29 12:00")), Some(29));
    }
}
