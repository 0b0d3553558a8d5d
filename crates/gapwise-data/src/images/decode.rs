//! One image file to pixels.

use std::io::Cursor;

use image::{
    AnimationDecoder, DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat,
    ImageReader, Limits, Rgb, RgbImage, codecs::gif::GifDecoder, metadata::Orientation,
};
use thiserror::Error;

use super::animation;
use crate::format::Format;

/// Most bytes that a decoder may take for one image: more than a photograph of 100 megapixels,
/// and little enough that a damaged header cannot exhaust the memory.
const MOST_BYTES: u64 = 512 << 20;
/// Longest side that is believed, in pixels.
const LONGEST_SIDE: u32 = 1 << 16;

/// Why a file is not an image that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Fault {
    /// No format's magic number.
    #[error("{0}")]
    NotAnImage(&'static str),
    /// A format without a decoder here.
    #[error("{0} is not read; convert it to PNG or JPEG")]
    UnreadFormat(&'static str),
    /// The file stops before the image does.
    #[error("it is cut short after {0} bytes")]
    Truncated(usize),
    /// The header asks for more than any real image needs.
    #[error("its header declares {height}×{width} pixels, more than is read")]
    TooLarge { height: u32, width: u32 },
    /// Anything else that the decoder finds.
    #[error("{0}")]
    Damaged(String),
}

/// What was done to an image on the way to grey or colour; or, summed, to how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Conversions {
    /// Values of 16 bits that 8 do not hold.
    pub(super) sixteen_bit: usize,
    /// The largest of them.
    pub(super) largest: u16,
    /// Transparent pixels laid over white.
    pub(super) transparent: usize,
    /// First frame of an animation taken.
    pub(super) animated: usize,
    /// Turned upright.
    pub(super) turned: usize,
    /// Stored as colour without a coloured pixel.
    pub(super) grey_as_colour: usize,
}

impl Conversions {
    pub(super) fn add(&mut self, other: Conversions) {
        self.sixteen_bit += other.sixteen_bit;
        self.largest = self.largest.max(other.largest);
        self.transparent += other.transparent;
        self.animated += other.animated;
        self.turned += other.turned;
        self.grey_as_colour += other.grey_as_colour;
    }
}

/// A decoded image.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    /// `ImageLuma8` or `ImageRgb8`, or the same of 16 bits where 8 do not hold all; never another
    /// variant.
    pub(super) pixels: DynamicImage,
    pub(super) conversions: Conversions,
}

/// Decodes `bytes` by their content; the file's name does not count.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, Fault> {
    let format = format_of(bytes)?;
    if format == ImageFormat::Jpeg && !jpeg_is_whole(bytes) {
        // The decoder fills what is missing with grey instead of refusing it.
        return Err(Fault::Truncated(bytes.len()));
    }
    let fault = |error| fault_of(error, bytes.len());

    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(fault)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Fault::Damaged("its header declares no pixel at all".to_owned()));
    }
    if width > LONGEST_SIDE || height > LONGEST_SIDE || decoder.total_bytes() > MOST_BYTES {
        return Err(Fault::TooLarge { height, width });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut pixels = DynamicImage::from_decoder(decoder).map_err(fault)?;

    let mut conversions = Conversions::default();
    if orientation != Orientation::NoTransforms {
        pixels.apply_orientation(orientation);
        conversions.turned = 1;
    }
    let animated = match format {
        ImageFormat::Gif => is_animated(bytes),
        ImageFormat::Png => animation::is_apng(bytes),
        ImageFormat::WebP => animation::is_animated_webp(bytes),
        _ => false,
    };
    conversions.animated = usize::from(animated);
    Ok(Picture { pixels: plain(pixels, &mut conversions), conversions })
}

/// Whether the first bytes of a file are those of an image format that is read here.
pub(crate) fn starts_like_image(first: &[u8]) -> bool {
    format_of(first).is_ok()
}

/// Bytes that [`starts_like_image`] needs.
pub(super) const MAGIC_BYTES: usize = 16;

fn format_of(bytes: &[u8]) -> Result<ImageFormat, Fault> {
    if bytes.is_empty() {
        return Err(Fault::NotAnImage("an empty file"));
    }
    match image::guess_format(bytes) {
        Ok(ImageFormat::Pnm) if !bytes.get(2).is_some_and(u8::is_ascii_whitespace) => {
            // Two characters are little to go by: a text may start with `P1`.
            Err(Fault::NotAnImage("a file of another kind"))
        }
        Ok(
            format @ (ImageFormat::Png
            | ImageFormat::Jpeg
            | ImageFormat::Pnm
            | ImageFormat::Bmp
            | ImageFormat::Gif
            | ImageFormat::WebP),
        ) => Ok(format),
        Ok(ImageFormat::Tiff) => Err(Fault::UnreadFormat("TIFF")),
        Ok(ImageFormat::Avif) => Err(Fault::UnreadFormat("AVIF")),
        Ok(ImageFormat::Ico) => Err(Fault::UnreadFormat("ICO")),
        Ok(ImageFormat::OpenExr) => Err(Fault::UnreadFormat("OpenEXR")),
        Ok(ImageFormat::Hdr) => Err(Fault::UnreadFormat("Radiance HDR")),
        _ if bytes.iter().all(|&byte| byte == 0) => Err(Fault::NotAnImage("zero bytes alone")),
        _ => {
            Err(Fault::NotAnImage(Format::of(bytes).map_or("a file of another kind", Format::name)))
        }
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    limits
}

fn fault_of(error: ImageError, length: usize) -> Fault {
    if let ImageError::IoError(io) = &error
        && io.kind() == std::io::ErrorKind::UnexpectedEof
    {
        return Fault::Truncated(length);
    }
    // Decoders wrap the end of the file in errors of their own; what they say still names it.
    let said = error.to_string();
    let lower = said.to_lowercase();
    if ["unexpected eof", "unexpected end of file", "failed to fill whole buffer"]
        .iter()
        .any(|end| lower.contains(end))
    {
        return Fault::Truncated(length);
    }
    Fault::Damaged(said)
}

/// Whether a JPEG file runs to its end-of-image marker.
///
/// Walks the segments, so that the end marker of a thumbnail inside does not count.
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xDA;
    const END_OF_IMAGE: u8 = 0xD9;
    let mut at = 2;
    while let Some(&byte) = bytes.get(at) {
        if byte != 0xFF {
            at += 1;
            continue;
        }
        let Some(&marker) = bytes.get(at + 1) else { return false };
        match marker {
            END_OF_IMAGE => return true,
            // A fill byte, a stuffed zero in a scan, or a marker without a length.
            0xFF => at += 1,
            0x00 | 0x01 | 0xD0..=0xD8 => at += 2,
            // The scan's data follows its header; the walk above passes over it.
            START_OF_SCAN | 0x02..=0xCF | 0xDB..=0xFE => {
                let (Some(&high), Some(&low)) = (bytes.get(at + 2), bytes.get(at + 3)) else {
                    return false;
                };
                at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
            }
        }
    }
    false
}

/// Whether a GIF has a second frame. A damaged second frame counts: the first one was read.
fn is_animated(bytes: &[u8]) -> bool {
    let Ok(mut decoder) = GifDecoder::new(Cursor::new(bytes)) else { return false };
    decoder.set_limits(limits()).is_ok() && decoder.into_frames().nth(1).is_some()
}

/// To grey where no pixel is coloured, else to colour; alpha over white. With 16 bits where 8 do not hold
/// all that is there, else with 8.
fn plain(pixels: DynamicImage, conversions: &mut Conversions) -> DynamicImage {
    use image::ColorType as C;
    let deep =
        matches!(pixels.color(), C::L16 | C::La16 | C::Rgb16 | C::Rgba16 | C::Rgb32F | C::Rgba32F);
    if !deep {
        return eight_bits(pixels, conversions);
    }
    let plain = sixteen_bits(pixels, conversions);
    let values = match &plain {
        DynamicImage::ImageLuma16(grey) => grey.as_raw(),
        DynamicImage::ImageRgb16(colour) => colour.as_raw(),
        _ => return plain,
    };
    if values.iter().any(|value| value % 257 != 0) {
        conversions.sixteen_bit = 1;
        conversions.largest = values.iter().copied().max().unwrap_or_default();
        return plain;
    }
    // What was made of 8 bits is the same with 8.
    match plain.color().has_color() {
        true => DynamicImage::ImageRgb8(plain.into_rgb8()),
        false => DynamicImage::ImageLuma8(plain.into_luma8()),
    }
}

fn eight_bits(pixels: DynamicImage, conversions: &mut Conversions) -> DynamicImage {
    let stored = pixels.color();
    if !stored.has_color() && !stored.has_alpha() {
        return DynamicImage::ImageLuma8(pixels.into_luma8());
    }
    let mut rgb = RgbImage::new(pixels.width(), pixels.height());
    if stored.has_alpha() {
        let rgba = pixels.into_rgba8();
        conversions.transparent = usize::from(rgba.pixels().any(|pixel| pixel.0[3] < u8::MAX));
        for (over_white, pixel) in rgb.pixels_mut().zip(rgba.pixels()) {
            let [colour @ .., alpha] = pixel.0.map(u32::from);
            over_white.0 = colour.map(|value| over_white_of(value, alpha, 255) as u8);
        }
    } else {
        rgb = pixels.into_rgb8();
    }
    if rgb.pixels().any(|pixel| is_coloured(pixel.0)) {
        return DynamicImage::ImageRgb8(rgb);
    }
    conversions.grey_as_colour = usize::from(stored.has_color());
    let grey = rgb.pixels().map(|pixel| pixel.0[0]).collect();
    let grey = ImageBuffer::from_raw(rgb.width(), rgb.height(), grey);
    DynamicImage::ImageLuma8(grey.expect(ONE_EACH))
}

fn sixteen_bits(pixels: DynamicImage, conversions: &mut Conversions) -> DynamicImage {
    let stored = pixels.color();
    if !stored.has_color() && !stored.has_alpha() {
        return DynamicImage::ImageLuma16(pixels.into_luma16());
    }
    let mut rgb: ImageBuffer<Rgb<u16>, Vec<u16>> =
        ImageBuffer::new(pixels.width(), pixels.height());
    if stored.has_alpha() {
        let rgba = pixels.into_rgba16();
        conversions.transparent = usize::from(rgba.pixels().any(|pixel| pixel.0[3] < u16::MAX));
        for (over_white, pixel) in rgb.pixels_mut().zip(rgba.pixels()) {
            let [colour @ .., alpha] = pixel.0.map(u32::from);
            over_white.0 = colour.map(|value| over_white_of(value, alpha, 65_535) as u16);
        }
    } else {
        rgb = pixels.into_rgb16();
    }
    if rgb.pixels().any(|pixel| is_coloured(pixel.0)) {
        return DynamicImage::ImageRgb16(rgb);
    }
    conversions.grey_as_colour = usize::from(stored.has_color());
    let grey = rgb.pixels().map(|pixel| pixel.0[0]).collect();
    let grey = ImageBuffer::from_raw(rgb.width(), rgb.height(), grey);
    DynamicImage::ImageLuma16(grey.expect(ONE_EACH))
}

const ONE_EACH: &str = "one value per pixel was collected";

fn is_coloured<T: PartialEq>([red, green, blue]: [T; 3]) -> bool {
    red != green || green != blue
}

/// `value` with opacity `alpha`, both up to `white`, over white, rounded to the nearest.
fn over_white_of(value: u32, alpha: u32, white: u32) -> u32 {
    (value * alpha + white * (white - alpha) + white / 2) / white
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_transparent_black_over_white_is_middle_grey() {
        // (0 · 128 + 255 · 127 + 127) / 255 = 32,512 / 255 = 127.5, rounded down to 127.
        assert_eq!(over_white_of(0, 128, 255), 127);
        assert_eq!(over_white_of(200, 255, 255), 200);
        assert_eq!(over_white_of(200, 0, 255), 255);
        // The largest products of 16 bits: 65,535² + 32,767 is 4,294,868,992, below 2³².
        assert_eq!(over_white_of(65_535, 65_535, 65_535), 65_535);
        assert_eq!(over_white_of(0, 32_768, 65_535), 32_767);
    }

    #[test]
    fn the_end_marker_of_a_jpegs_thumbnail_is_not_the_images_own() {
        // An APP1 segment of length 2 + 2 that holds an end marker, then a scan that stops.
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE1, 0x00, 0x04, 0xFF, 0xD9];
        bytes.extend([0xFF, 0xDA, 0x00, 0x02, 0x12, 0xFF, 0x00, 0x34]);
        assert!(!jpeg_is_whole(&bytes));
        bytes.extend([0xFF, 0xD9]);
        assert!(jpeg_is_whole(&bytes));
    }

    #[test]
    fn a_text_that_starts_like_a_netpbm_file_is_no_image() {
        assert_eq!(
            decode(b"P1: the first paragraph").err(),
            Some(Fault::NotAnImage("a file of another kind"))
        );
    }
}
