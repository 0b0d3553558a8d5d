//! Words in a picture.

use image::{Rgb, RgbImage};
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

/// Pixels of a line.
pub(super) const LINE: u32 = 20;
/// Pixels of a character.
const CHARACTER: u32 = get_raster_width(FontWeight::Regular, RasterHeight::Size20) as u32;
const BLACK: Rgb<u8> = Rgb([0; 3]);

/// Lines of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caption(Vec<String>);

impl Caption {
    /// `text` in lines of at most `width` pixels, broken between words where it can be, and cut with
    /// two dots behind `most` lines. At least one character stands in a line.
    pub(super) fn of(text: &str, width: u32, most: usize) -> Caption {
        let room = (width / CHARACTER).max(1) as usize;
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            let mut word: Vec<char> = word.chars().collect();
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + word.len() <= room => {
                    line.push(' ');
                    line.extend(word);
                }
                _ => {
                    while word.len() > room {
                        lines.push(word.drain(..room).collect());
                    }
                    lines.push(word.into_iter().collect());
                }
            }
        }
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                *last = last.chars().take(room.saturating_sub(2)).chain("..".chars()).collect();
            }
        }
        Caption(lines)
    }

    /// Pixels that it is high.
    pub(super) fn height(&self) -> u32 {
        self.0.len() as u32 * LINE
    }

    /// Pixels that it is wide.
    pub(super) fn width(&self) -> u32 {
        let longest = self.0.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        longest as u32 * CHARACTER
    }

    /// Writes it in black, its upper left corner at `left` and `top`. A character that the font lacks
    /// becomes the sign for one that is unknown; what is beyond the picture is not drawn.
    pub(super) fn write(&self, picture: &mut RgbImage, (left, top): (u32, u32)) {
        for (line, top) in self.0.iter().zip((top..).step_by(LINE as usize)) {
            for (character, left) in line.chars().zip((left..).step_by(CHARACTER as usize)) {
                write(character, picture, (left, top));
            }
        }
    }
}

fn write(character: char, picture: &mut RgbImage, (left, top): (u32, u32)) {
    let glyph = |of| get_raster(of, FontWeight::Regular, RasterHeight::Size20);
    let Some(glyph) = glyph(character).or_else(|| glyph(char::REPLACEMENT_CHARACTER)) else {
        return;
    };
    for (y, row) in glyph.rows().enumerate() {
        for (x, &ink) in row.iter().enumerate() {
            if let Some(pixel) = picture.get_pixel_mut_checked(left + x as u32, top + y as u32) {
                let mixed = |paper: u8, black: u8| {
                    ((u32::from(paper) * (255 - u32::from(ink))
                        + u32::from(black) * u32::from(ink))
                        / 255) as u8
                };
                *pixel = Rgb([0, 1, 2].map(|channel| mixed(pixel.0[channel], BLACK.0[channel])));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, characters: u32, most: usize) -> Vec<String> {
        Caption::of(text, characters * CHARACTER, most).0
    }

    #[test]
    fn lines_break_between_words_and_inside_of_one_that_is_too_long() {
        assert_eq!(lines("a cat and  a dog", 5, 9), ["a cat", "and a", "dog"]);
        assert_eq!(lines("antidisestablish it", 6, 9), ["antidi", "sestab", "lish", "it"]);
        assert_eq!(lines(" ", 5, 9), [""; 0]);
        assert_eq!(lines("ab", 0, 9), ["a", "b"]);
    }

    #[test]
    fn too_many_lines_are_cut_with_two_dots() {
        assert_eq!(lines("a cat and a dog", 5, 2), ["a cat", "and.."]);
        assert_eq!(lines("a cat and a dog", 5, 3).len(), 3);
    }

    #[test]
    fn each_character_has_ink_also_one_that_the_font_lacks_and_nothing_is_drawn_outside() {
        for text in ["A", "=", "é", "ž", "猫", "\u{1b}"] {
            let mut picture = RgbImage::from_pixel(CHARACTER, LINE, Rgb([128; 3]));
            Caption::of(text, CHARACTER, 1).write(&mut picture, (0, 0));
            assert!(picture.pixels().any(|pixel| pixel.0[0] < 100), "{text:?}");
        }
        let mut small = RgbImage::new(2, 2);
        Caption::of("wide and high", 40, 9).write(&mut small, (1, 1));
    }
}
