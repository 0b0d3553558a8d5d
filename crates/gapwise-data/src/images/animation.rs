//! Whether a PNG or WebP file is an animation, of which the first picture is taken.
//!
//! **Source**: the PNG specification (third edition), 11.3.4, "acTL"; the WebP container
//! specification, "Animation".

/// Whether a PNG file has several frames: its chunk `acTL`, which stands before the picture's data,
/// counts them.
pub(super) fn is_apng(bytes: &[u8]) -> bool {
    const SIGNATURE: usize = 8;
    let mut at = SIGNATURE;
    while let Some(chunk) = Chunk::at(bytes, at) {
        match chunk.kind {
            b"acTL" => {
                return number(chunk.data, u32::from_be_bytes).is_some_and(|frames| frames > 1);
            }
            b"IDAT" => return false,
            // Length, kind and checksum are four bytes each.
            _ => at = at.saturating_add(12 + chunk.data.len()),
        }
    }
    false
}

struct Chunk<'a> {
    kind: &'a [u8; 4],
    data: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn at(bytes: &'a [u8], at: usize) -> Option<Self> {
        let rest = bytes.get(at..)?;
        let length = number(rest, u32::from_be_bytes)? as usize;
        Some(Chunk { kind: rest.get(4..)?.first_chunk()?, data: rest.get(8..)?.get(..length)? })
    }
}

/// Whether a WebP file has several frames, each a chunk `ANMF`.
pub(super) fn is_animated_webp(bytes: &[u8]) -> bool {
    const HEADER: usize = 12;
    let (mut at, mut frames) = (HEADER, 0);
    while let Some(rest) = bytes.get(at..)
        && let (Some(kind), Some(length)) = (rest.first_chunk::<4>(), rest.get(4..))
        && let Some(length) = number(length, u32::from_le_bytes)
    {
        frames += usize::from(kind == b"ANMF");
        // Data of an odd length has a byte behind it.
        at = at.saturating_add(8).saturating_add(length as usize + length as usize % 2);
    }
    frames > 1
}

fn number(bytes: &[u8], of: fn([u8; 4]) -> u32) -> Option<u32> {
    bytes.first_chunk().map(|bytes| of(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1A\n".to_vec();
        for (kind, data) in chunks {
            bytes.extend((data.len() as u32).to_be_bytes());
            bytes.extend([&kind[..], data, &[0; 4]].concat());
        }
        bytes
    }

    #[test]
    fn a_png_is_an_animation_where_it_counts_several_frames_before_its_data() {
        let (two, one) = ([0, 0, 0, 2, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0, 0]);
        let header = (b"IHDR", &[0; 13][..]);
        assert!(is_apng(&png(&[header, (b"acTL", &two), (b"IDAT", &[1])])));
        assert!(!is_apng(&png(&[header, (b"acTL", &one), (b"IDAT", &[1])])));
        assert!(!is_apng(&png(&[header, (b"IDAT", &[1]), (b"acTL", &two)])));
        // Cut in the middle of what counts them.
        assert!(!is_apng(&png(&[header, (b"acTL", &two)])[..36]));
        assert!(!is_apng(b""));
    }

    #[test]
    fn a_webp_is_an_animation_where_it_has_several_frames() {
        let webp = |frames: usize| {
            let frame = b"ANMF\x03\0\0\0abc\0";
            [&b"RIFF\0\0\0\0WEBPVP8X\x02\0\0\0\0\0"[..], &frame.repeat(frames)].concat()
        };
        assert!(is_animated_webp(&webp(2)));
        assert!(!is_animated_webp(&webp(1)));
        assert!(!is_animated_webp(b"RIFF\0\0\0\0WEBPVP8 \xFF\xFF\xFF\xFF"));
    }
}
