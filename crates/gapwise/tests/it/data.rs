//! Small data that the tests write themselves.

use std::{fmt::Write, fs, path::Path};

/// 200 rows of two kinds far apart, so that every network that learns at all makes no error: what
/// the ladder then says does not depend on the processor's rounding.
pub(crate) fn animals() -> String {
    rows(200, |i| if i % 2 == 0 { "cat" } else { "dog" })
}

/// As [`animals`], with every fifth label the other one: no network gets them all.
pub(crate) fn muddled_animals() -> String {
    rows(200, |i| if (i % 2 == 0) != (i % 5 == 0) { "cat" } else { "dog" })
}

fn rows(n: usize, label: impl Fn(usize) -> &'static str) -> String {
    let mut text = "weight,height,coat,kind\n".to_owned();
    for i in 0..n {
        let hundredths = 40_000 * (i % 2) + 31 * i;
        let weight = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        let height =
            if i % 17 == 3 { "?".to_owned() } else { (20 + 30 * (i % 2) + i % 7).to_string() };
        let coat = ["black", "white", "brindled"][i % 3];
        writeln!(text, "{weight},{height},{coat},{}", label(i)).unwrap();
    }
    text
}

/// 200 houses whose price follows from their area and age.
pub(crate) fn houses() -> String {
    let mut text = "area;age;price\n".to_owned();
    for i in 0..200_usize {
        let (area, age) = (50 + (37 * i) % 151, (13 * i) % 90);
        let price = 2_000 * area + 50_000 - 300 * age + 17 * (i % 10);
        writeln!(text, "{area};{age};{price}").unwrap();
    }
    text
}

/// The repository's digits.
pub(crate) fn digits() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/digits"))
}

/// A folder `photos` with two classes of 30 PNGs of 8×8 each.
pub(crate) fn photos(under: &Path) {
    for (digit, class) in [("0", "round"), ("1", "straight")] {
        let folder = under.join("photos").join(class);
        fs::create_dir_all(&folder).unwrap();
        let mut pictures: Vec<_> = fs::read_dir(digits().join(digit))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        pictures.sort();
        for picture in &pictures[..30] {
            fs::copy(picture, folder.join(picture.file_name().unwrap())).unwrap();
        }
    }
}
