//! Values of flags from their text.

use std::{num::NonZero, time::Duration};

use gapwise::{
    config::HumanChoice,
    data::{
        images::SIDES,
        table::{DecimalMark, Quote, ThousandsMark},
    },
    study::metric::MetricKind,
};

use gapwise_data::wording::written_otherwise;

use super::{Human, Level};

pub(super) fn metric(text: &str) -> Result<MetricKind, String> {
    if text == "accuracy" {
        return Err("accuracy is judged as what it lacks of 1: `error-rate`".into());
    }
    text.parse().map_err(|_| {
        let metrics = MetricKind::ALL.map(|metric| format!("`{metric}`"));
        let expected = format!("expected one of {}", metrics.join(", "));
        let otherwise = written_otherwise(text, &expected);
        format!("{expected}, found `{text}`{otherwise}")
    })
}

pub(super) fn human(text: &str) -> Result<Human, String> {
    if text == "unknown" {
        return Ok(Human::Unset);
    }
    HumanChoice::typed(text).map(Human::Given).ok_or_else(|| {
        "expected a number, such as 0.02, a CSV file of answers, or `unknown`".into()
    })
}

pub(super) fn tolerance(text: &str) -> Result<Level, String> {
    level(text, "default")
}

pub(super) fn level(text: &str, unset: &str) -> Result<Level, String> {
    if text == unset {
        return Ok(Level::Unset);
    }
    let error = text.parse().map(Level::Error);
    error.map_err(|_| format!("expected a number, such as 0.02, or `{unset}`"))
}

pub(super) fn image(text: &str) -> Result<[usize; 3], String> {
    let sides = text.split(['x', '×']).map(|side| side.parse().ok());
    let sides: Option<Vec<usize>> = sides.collect();
    sides
        .and_then(|sides| sides.try_into().ok())
        .ok_or_else(|| "expected channels, height and width in pixels, such as 3x224x224".into())
}

pub(super) fn outputs(text: &str) -> Result<usize, String> {
    let outputs = text.parse().ok().filter(|outputs| (1..=1_000_000).contains(outputs));
    outputs.ok_or_else(|| "expected a whole number from 1 to 1,000,000".into())
}

pub(super) fn count(text: &str) -> Result<NonZero<usize>, String> {
    text.parse().map_err(|_| "expected 1 or more".into())
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected a number of seconds from 0 up, such as 5 or 0.5".into())
}

pub(super) fn delimiter(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (text, characters.next(), characters.next()) {
        ("tab" | "\\t", ..) => Ok('\t'),
        (_, Some(character), None) if character.is_ascii() => Ok(character),
        _ => Err("expected one ASCII character, or `tab`".into()),
    }
}

pub(super) fn decimal(text: &str) -> Result<DecimalMark, String> {
    let all = [DecimalMark::Point, DecimalMark::Comma];
    let found = all.into_iter().find(|mark| mark.as_str() == text);
    found.ok_or_else(|| "expected `.` or `,`".into())
}

pub(super) fn thousands(text: &str) -> Result<ThousandsMark, String> {
    use ThousandsMark as T;
    let text = if text == " " { "blank" } else { text };
    let all = [T::None, T::Comma, T::Point, T::Blank, T::Apostrophe];
    let found = all.into_iter().find(|mark| mark.as_str() == text);
    found.ok_or_else(|| "expected `,`, `.`, `'`, `blank` or `none`".into())
}

pub(super) fn quote(text: &str) -> Result<Quote, String> {
    [Quote::Double, Quote::Single, Quote::None]
        .into_iter()
        .find(|quote| quote.as_str() == text)
        .ok_or_else(|| "expected `double`, `single` or `none`".into())
}

pub(super) fn image_size(text: &str) -> Result<(u32, u32), String> {
    let side = |side: &str| side.parse().ok().filter(|side| SIDES.contains(side));
    text.split_once('x')
        .and_then(|(height, width)| Some((side(height)?, side(width)?)))
        .ok_or_else(|| "expected HEIGHTxWIDTH with sides of 2 to 4096 pixels, such as 32x32".into())
}
