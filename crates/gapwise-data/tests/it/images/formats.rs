//! Every format, every kind of pixel.

use gapwise_data::images::{self, Depth};
use image::{
    DynamicImage, Frame, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, RgbImage, Rgba, RgbaImage,
    codecs::gif::GifEncoder,
};

use super::{Folder, colour, file, grey, grey_png, notes, pixels, whole};

/// Reads `bytes` as the one image of class `a`, beside a grey one of the same size in class `b`.
fn with_a_grey_one(bytes: &[u8], size: (u32, u32)) -> gapwise_data::Dataset {
    let folder = Folder::new();
    folder.put("a/picture", bytes);
    folder.put("b/grey.png", &grey_png(7, size));
    folder.read()
}

#[test]
fn grey_comes_back_exactly_from_every_format_without_loss() {
    let picture = grey(3, (9, 6));
    for format in
        [ImageFormat::Png, ImageFormat::Pnm, ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::WebP]
    {
        let colour_stored =
            DynamicImage::ImageRgb8(DynamicImage::from(picture.clone()).into_rgb8());
        let bytes = match format {
            // These encoders here write colour alone; a grey picture in colours is read as grey.
            ImageFormat::Gif | ImageFormat::WebP => file(colour_stored, format),
            _ => file(picture.clone(), format),
        };
        let dataset = with_a_grey_one(&bytes, (9, 6));
        let images = pixels(&dataset);
        assert_eq!((images.channels, images.height, images.width), (1, 9, 6), "{format:?}");
        assert_eq!(images.of(0).unwrap()[..], picture.as_raw()[..], "{format:?}");
    }
}

#[test]
fn colour_comes_back_as_planes_from_every_format_without_loss() {
    let picture = colour((4, 5));
    for format in [ImageFormat::Png, ImageFormat::Pnm, ImageFormat::Bmp, ImageFormat::WebP] {
        let dataset = with_a_grey_one(&file(picture.clone(), format), (4, 5));
        let images = pixels(&dataset);
        assert_eq!((images.channels, images.height, images.width), (3, 4, 5), "{format:?}");
        for (channel, plane) in images.of(0).unwrap().chunks(20).enumerate() {
            let expected: Vec<u8> = picture.pixels().map(|pixel| pixel.0[channel]).collect();
            assert_eq!(plane, expected, "{format:?}, channel {channel}");
        }
        // The grey one stands three times beside it.
        let second = images.of(1).unwrap();
        let planes: Vec<&[u8]> = second.chunks(20).collect();
        assert!(planes[0] == planes[1] && planes[1] == planes[2]);
    }
}

#[test]
fn jpeg_comes_back_nearly() {
    let flat = RgbImage::from_pixel(16, 8, Rgb([200, 40, 90]));
    let dataset = with_a_grey_one(&file(flat, ImageFormat::Jpeg), (8, 16));
    let images = pixels(&dataset);
    assert_eq!((images.channels, images.height, images.width), (3, 8, 16));
    for (plane, expected) in images.of(0).unwrap().chunks(128).zip([200_i32, 40, 90]) {
        assert!(plane.iter().all(|&value| (i32::from(value) - expected).abs() <= 4));
    }
}

#[test]
fn plain_and_raw_netpbm_files_are_read() {
    for (bytes, expected) in [
        (&b"P2\n# by hand\n2 2\n255\n0 10\n20 255\n"[..], [0, 10, 20, 255]),
        (b"P5\n2 2\n255\n\x00\x0A\x14\xFF", [0, 10, 20, 255]),
        (b"P1\n2 2\n1 0\n0 1\n", [0, 255, 255, 0]),
    ] {
        let dataset = with_a_grey_one(bytes, (2, 2));
        assert_eq!(pixels(&dataset).of(0).unwrap()[..], expected);
    }
}

#[test]
fn formats_are_told_by_content_and_not_by_the_name() {
    let folder = Folder::new();
    folder.put("a/really-a.gif", &grey_png(1, (3, 3)));
    folder.put("b/without-an-ending", &file(grey(2, (3, 3)), ImageFormat::Bmp));
    assert_eq!(pixels(&folder.read()).of(1).unwrap()[..], grey(2, (3, 3)).as_raw()[..]);
}

fn deep(values: &[u16]) -> Vec<u8> {
    let picture: ImageBuffer<Luma<u16>, Vec<u16>> =
        ImageBuffer::from_raw(values.len() as u32, 1, values.to_vec()).unwrap();
    file(picture, ImageFormat::Png)
}

#[test]
fn sixteen_bits_are_read_in_full_and_it_is_said() {
    let dataset = with_a_grey_one(&deep(&[25_700, 25_829, 65_535]), (1, 3));
    let images = pixels(&dataset);
    assert_eq!(images.depth, Depth::Sixteen);
    assert_eq!(images.values(0).unwrap(), [25_700, 25_829, 65_535]);
    let grey: Vec<u16> = grey(7, (1, 3)).as_raw().iter().map(|&of| u16::from(of) * 257).collect();
    assert_eq!(images.values(1).unwrap(), grey);
    assert_eq!(
        notes(&dataset),
        [
            "1 of 2 images has 16-bit values, read in full; the largest is 65,535 of 65,535",
            "1 of 2 images has 8-bit values, each of which counts 257 times as much, as 16 bits have it",
        ]
    );
    assert!(dataset.problems.is_empty());
}

#[test]
fn colours_and_transparency_of_sixteen_bits_are_read_in_full() {
    let picture: ImageBuffer<Rgba<u16>, Vec<u16>> =
        ImageBuffer::from_raw(2, 1, vec![1, 300, 5, 65_535, 9, 9, 9, 0]).unwrap();
    let dataset = with_a_grey_one(&file(picture, ImageFormat::Png), (1, 2));
    // Red, green and blue of both pixels; what cannot be seen is white.
    assert_eq!(pixels(&dataset).values(0).unwrap(), [1, 65_535, 300, 65_535, 5, 65_535]);
}

#[test]
fn sixteen_bits_that_eight_hold_are_eight() {
    // 257 · 100 and 257 · 3.
    let dataset = with_a_grey_one(&deep(&[25_700, 0, 771]), (1, 3));
    assert_eq!(pixels(&dataset).depth, Depth::Eight);
    assert_eq!(pixels(&dataset).of(0).unwrap()[..], [100, 0, 3]);
    assert!(notes(&dataset).is_empty());
}

#[test]
fn sixteen_bits_of_a_small_range_keep_all_that_tells_them_apart_and_are_warned_of() {
    let folder = Folder::new();
    // All of them round to the same 8 bits.
    folder.put("a/1.png", &deep(&[3, 90, 100]));
    folder.put("a/2.png", &deep(&[4, 90, 100]));
    folder.put("b/3.png", &deep(&[100, 90, 3]));
    let dataset = folder.read();
    assert_eq!(dataset.content.iter().collect::<std::collections::HashSet<_>>().len(), 3);
    let said = folder.said(dataset.problems.clone());
    assert_eq!(
        said,
        ["`.`: expected 16-bit values of up to 65,535, found 3 images with at most 100"]
    );
    assert_eq!(pixels(&dataset).range(&[0, 1, 2]).unwrap(), 255.0 / 65_535.0);
    // A person sees them, though the values are nearly black.
    let shown = image::load_from_memory(&pixels(&dataset).png(0).unwrap()).unwrap().into_luma8();
    assert_eq!(shown.as_raw()[..], [0, (87 * 255 / 97) as u8, 255]);
    folder.put("b/4.png", &deep(&[20_000, 90, 3]));
    assert!(folder.read().problems.is_empty());
}

#[test]
fn transparent_pixels_are_laid_over_white_and_it_is_said() {
    let picture = RgbaImage::from_raw(2, 1, vec![255, 0, 0, 255, 10, 20, 30, 0]).unwrap();
    let dataset = with_a_grey_one(&file(picture, ImageFormat::Png), (1, 2));
    // Red stays; what cannot be seen is white.
    assert_eq!(pixels(&dataset).of(0).unwrap()[..], [255, 255, 0, 255, 0, 255]);
    assert_eq!(
        notes(&dataset),
        ["1 of 2 images has transparent pixels, which are laid over white"]
    );

    let picture: ImageBuffer<LumaA<u8>, Vec<u8>> =
        ImageBuffer::from_raw(2, 1, vec![0, 128, 9, 255]).unwrap();
    let dataset = with_a_grey_one(&file(picture, ImageFormat::Png), (1, 2));
    assert_eq!(pixels(&dataset).of(0).unwrap()[..], [127, 9]);
}

/// A PNG that counts two frames: what is in its own picture is read.
fn apng() -> Vec<u8> {
    let png = file(grey(3, (2, 3)), ImageFormat::Png);
    let chunk = [&b"acTL"[..], &2_u32.to_be_bytes(), &0_u32.to_be_bytes()].concat();
    let mut sum = flate2::Crc::new();
    sum.update(&chunk);
    // Behind the signature and the header, whose 13 bytes have 12 around them.
    let (head, rest) = png.split_at(8 + 25);
    [head, &8_u32.to_be_bytes(), &chunk, &sum.sum().to_be_bytes(), rest].concat()
}

/// A WebP of two frames, the first of which is that of `still`, 3 pixels wide and 2 high.
fn animated_webp(still: &[u8]) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let padding = vec![0; data.len() % 2];
        [&kind[..], &(data.len() as u32).to_le_bytes(), data, &padding].concat()
    };
    let three = |number: u32| number.to_le_bytes()[..3].to_vec();
    // Each side less one; the second bit of the first byte stands for an animation.
    let canvas = [vec![2, 0, 0, 0], three(2), three(1)].concat();
    let frame = [three(0), three(0), three(2), three(1), three(100), vec![0], still[12..].to_vec()];
    let body = [
        &b"WEBP"[..],
        &chunk(b"VP8X", &canvas),
        &chunk(b"ANIM", &[0; 6]),
        &chunk(b"ANMF", &frame.concat()).repeat(2),
    ]
    .concat();
    chunk(b"RIFF", &body)
}

#[test]
fn pngs_and_webps_can_be_animations_too() {
    let still = RgbImage::from_pixel(3, 2, Rgb([9, 9, 9]));
    for bytes in [apng(), animated_webp(&file(still, ImageFormat::WebP))] {
        let dataset = with_a_grey_one(&bytes, (2, 3));
        let said = notes(&dataset);
        let told = "1 of 2 images is an animation, of which the first frame is taken";
        assert!(said.contains(&told), "{said:?}");
    }
}

#[test]
fn of_an_animation_the_first_frame_is_read_and_it_is_said() {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for value in [10, 200] {
        let frame = RgbaImage::from_pixel(3, 2, Rgba([value, value, value, 255]));
        encoder.encode_frame(Frame::new(frame)).unwrap();
    }
    drop(encoder);
    let dataset = with_a_grey_one(&bytes, (2, 3));
    assert_eq!(pixels(&dataset).of(0).unwrap()[..], [10; 6]);
    assert!(
        notes(&dataset)
            .contains(&"1 of 2 images is an animation, of which the first frame is taken"),
        "{:?}",
        notes(&dataset)
    );
}

#[test]
fn colour_files_without_a_coloured_pixel_are_read_as_grey_and_it_is_said() {
    let folder = Folder::new();
    for class in ["a", "b"] {
        let picture = DynamicImage::from(grey(class.as_bytes()[0], (4, 4))).into_rgb8();
        folder.put(&format!("{class}/1.png"), &file(picture, ImageFormat::Png));
    }
    let dataset = folder.read();
    assert_eq!(pixels(&dataset).channels, 1);
    assert_eq!(
        notes(&dataset),
        ["2 of 2 images are stored as colour without a coloured pixel, and are read as grey"]
    );
}

#[test]
fn a_photograph_is_turned_upright_and_it_is_said() {
    // A grey ramp of 16×8 with the EXIF orientation 6: to be turned by 90° clockwise.
    let ramp = image::GrayImage::from_fn(16, 8, |x, _| Luma([(16 * x) as u8]));
    let jpeg = file(ramp, ImageFormat::Jpeg);
    let exif: &[u8] = &[
        b'E', b'x', b'i', b'f', 0, 0, b'M', b'M', 0, 42, 0, 0, 0,
        8, // header, first entry at 8
        0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, // one entry: orientation, short, 6
        0, 0, 0, 0,
    ];
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xFF, 0xE1]);
    bytes.extend((exif.len() as u16 + 2).to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&jpeg[2..]);

    let dataset = with_a_grey_one(&bytes, (16, 8));
    let images = pixels(&dataset);
    assert_eq!((images.height, images.width), (16, 8));
    // What went from left to right goes from top to bottom.
    assert!(images.of(0).unwrap()[0] < 20 && images.of(0).unwrap()[15 * 8] > 220);
    assert!(notes(&dataset)[0].contains("turned upright"), "{:?}", notes(&dataset));
}

#[test]
fn an_image_written_as_png_is_read_back_the_same() {
    let folder = Folder::new();
    folder.put("a/1.png", &file(colour((5, 7)), ImageFormat::Png));
    folder.put("b/2.png", &grey_png(4, (5, 7)));
    let first = folder.read();
    let again = Folder::new();
    again.put("a/1.png", &pixels(&first).png(0).unwrap());
    again.put("b/2.png", &pixels(&first).png(1).unwrap());
    assert_eq!(whole(pixels(&again.read())), whole(pixels(&first)));
}

#[test]
fn image_files_and_folders_look_like_images_and_tables_do_not() {
    let folder = Folder::new();
    let picture = folder.put("deep/train/a/1.png", &grey_png(1, (3, 3)));
    let table = folder.put("table.csv", b"a,b\n1,2\n");
    let idx = folder.put("idx/train-images-idx3-ubyte", b"");
    assert!(images::looks_like_images(&picture));
    assert!(images::looks_like_images(&folder.path().join("deep")));
    assert!(images::looks_like_images(&idx) && images::looks_like_images(idx.parent().unwrap()));
    assert!(!images::looks_like_images(&table));
    assert!(!images::looks_like_images(&folder.path().join("missing")));
}
