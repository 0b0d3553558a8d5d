//! Images as they come from their files, brought to one size and one number of channels.

use std::borrow::Cow;

use image::{DynamicImage, GrayImage, ImageBuffer, Luma};
use rayon::prelude::*;

use super::{Depth, Images, memory::ImageMemory, pixels::Pixels, size::Framing};
use crate::DataError;

/// Bytes of images that are worked on at a time: beside what is kept, no more is in memory.
pub(super) const CHUNK: usize = 8 << 20;

/// The numbers of one image's pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// 1 or 3.
    pub(super) channels: usize,
    pub(super) height: u32,
    pub(super) width: u32,
    pub(super) depth: Depth,
}

impl Shape {
    /// Bytes of one image.
    pub(super) fn bytes(self) -> usize {
        self.channels * self.plane()
    }

    /// Bytes of one channel.
    fn plane(self) -> usize {
        self.height as usize * self.width as usize * self.depth.bytes()
    }
}

/// Images of one shape, in their order.
pub(super) struct Stack {
    shape: Shape,
    fit: Framing,
    pixels: Pixels,
    content: Vec<u128>,
}

/// Images with one key each, equal exactly where their pixels are.
pub(super) struct Stacked {
    pub(super) images: Images,
    pub(super) content: Vec<u128>,
}

impl Stack {
    /// Room for so many images.
    pub(super) fn with_room(
        (shape, fit): (Shape, Framing),
        images: usize,
        memory: ImageMemory,
    ) -> Result<Stack, DataError> {
        let bytes = (images as u64).saturating_mul(shape.bytes() as u64);
        Ok(Stack { shape, fit, pixels: Pixels::with_room(bytes, memory)?, content: Vec::new() })
    }

    pub(super) fn is_on_disk(&self) -> bool {
        self.pixels.folder().is_some()
    }

    /// Appends whole images of the stack's shape.
    fn push(&mut self, images: &[u8]) -> Result<(), DataError> {
        self.content.par_extend(images.par_chunks(self.shape.bytes()).map(key));
        self.pixels.push(images)
    }

    /// Appends whole images of another shape.
    pub(super) fn push_shaped(&mut self, images: &[u8], from: Shape) -> Result<(), DataError> {
        if from == self.shape {
            return self.push(images);
        }
        let (to, fit) = (self.shape, self.fit);
        let mut shaped = vec![0; images.len() / from.bytes() * to.bytes()];
        shaped
            .par_chunks_mut(to.bytes())
            .zip(images.par_chunks(from.bytes()))
            .for_each(|(shaped, image)| shape_into(image, (from, to), fit, shaped));
        self.push(&shaped)
    }

    /// Appends the images of a stack in memory.
    pub(super) fn append(&mut self, other: Stack) -> Result<(), DataError> {
        let len = usize::try_from(other.pixels.len()).unwrap_or(usize::MAX);
        self.pixels.push(&other.pixels.read(0, len)?)?;
        self.content.extend(other.content);
        Ok(())
    }

    pub(super) fn finish(self, sizes: Vec<(u32, u32, usize)>) -> Stacked {
        let Shape { channels, height, width, depth } = self.shape;
        let (height, width) = (height as usize, width as usize);
        let (pixels, files) = (self.pixels, Vec::new());
        let images = Images { channels, height, width, depth, sizes, pixels, files };
        Stacked { images, content: self.content }
    }
}

/// 128 bits of BLAKE3 of one image's pixels.
pub(super) fn key(pixels: &[u8]) -> u128 {
    let hash = blake3::hash(pixels);
    let mut first = [0; 16];
    first.copy_from_slice(&hash.as_bytes()[..16]);
    u128::from_le_bytes(first)
}

/// One decoded image: `[channel, height, width]`.
pub(super) struct Planes {
    shape: Shape,
    pixels: Vec<u8>,
    key: u128,
}

impl Planes {
    /// The planes of a picture; of as many channels as are asked for, else as many as it has, and so
    /// with its depth. Grey becomes three equal planes, and colour its luminance (Rec. 709).
    pub(super) fn of(
        picture: DynamicImage,
        (channels, depth): (Option<usize>, Option<Depth>),
    ) -> Planes {
        let (height, width) = (picture.height(), picture.width());
        let channels = channels.unwrap_or(if picture.color().has_color() { 3 } else { 1 });
        let depth = depth.unwrap_or_else(|| depth_of(&picture));
        let shape = Shape { channels, height, width, depth };
        let pixels = match (channels, depth) {
            (1, _) => plane_of(picture, depth),
            (_, Depth::Eight) => by_planes(picture.into_rgb8().as_raw()).copied().collect(),
            (_, Depth::Sixteen) => by_planes(picture.into_rgb16().as_raw())
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        };
        Planes { shape, key: key(&pixels), pixels }
    }
}

/// The depth of a decoded picture.
pub(super) fn depth_of(picture: &DynamicImage) -> Depth {
    match picture {
        DynamicImage::ImageLuma16(_) | DynamicImage::ImageRgb16(_) => Depth::Sixteen,
        _ => Depth::Eight,
    }
}

/// Red, then green, then blue, of values that stand pixel by pixel.
fn by_planes<T>(values: &[T]) -> impl Iterator<Item = &T> {
    (0..3).flat_map(|channel| values.iter().skip(channel).step_by(3))
}

/// One grey plane of a picture, as bytes.
fn plane_of(picture: DynamicImage, depth: Depth) -> Vec<u8> {
    match depth {
        Depth::Eight => picture.into_luma8().into_raw(),
        Depth::Sixteen => {
            picture.into_luma16().as_raw().iter().flat_map(|value| value.to_le_bytes()).collect()
        }
    }
}

/// Decoded images of whatever shapes, in their order, before it is known which shape all will get.
pub(super) struct Pile {
    shapes: Vec<Shape>,
    content: Vec<u128>,
    pixels: Pixels,
    memory: ImageMemory,
}

impl Pile {
    pub(super) fn new(memory: ImageMemory) -> Result<Pile, DataError> {
        let pixels = Pixels::with_room(0, memory)?;
        Ok(Pile { shapes: Vec::new(), content: Vec::new(), pixels, memory })
    }

    /// Appends images, after which about `left` will come.
    pub(super) fn push(&mut self, images: Vec<Planes>, left: usize) -> Result<(), DataError> {
        let more: usize = images.iter().map(|image| image.pixels.len()).sum();
        if self.pixels.len() + more as u64 > self.memory.bytes {
            self.pixels.spill()?;
        } else if self.shapes.is_empty() && !images.is_empty() {
            // Growing bit by bit would need twice the memory at times.
            let expected = (more as u64).saturating_mul(1 + (left / images.len()) as u64);
            let allowed = usize::try_from(expected.min(self.memory.bytes)).unwrap_or(more);
            self.pixels.reserve(allowed);
        }
        let mut pixels = Vec::with_capacity(more);
        for image in images {
            self.shapes.push(image.shape);
            self.content.push(image.key);
            pixels.extend(image.pixels);
        }
        self.pixels.push(&pixels)
    }

    /// All images at one shape. Those that have it already are not touched.
    pub(super) fn into_stack(mut self, shape: Shape, fit: Framing) -> Result<Stack, DataError> {
        if self.shapes.iter().all(|&found| found == shape) {
            return Ok(Stack { shape, fit, pixels: self.pixels, content: self.content });
        }
        let bytes = (self.shapes.len() as u64).saturating_mul(shape.bytes() as u64);
        if self.pixels.len().saturating_add(bytes) > self.memory.bytes {
            // Both at once would take more than is allowed.
            self.pixels.spill()?;
        }
        let mut stack = Stack::with_room((shape, fit), self.shapes.len(), self.memory)?;
        let mut start = 0;
        let largest = self.shapes.iter().map(|found| found.bytes()).max().unwrap_or(1);
        for shapes in self.shapes.chunks((CHUNK / largest.max(shape.bytes())).max(1)) {
            let ends = shapes.iter().scan(0, |end, found| {
                *end += found.bytes();
                Some(*end)
            });
            let ends: Vec<usize> = ends.collect();
            let taken = ends.last().copied().unwrap_or(0);
            let found = self.pixels.read(start, taken)?;
            let mut shaped = vec![0; shapes.len() * shape.bytes()];
            shaped.par_chunks_mut(shape.bytes()).zip(shapes).zip(ends).for_each(
                |((shaped, &from), end)| {
                    let image = &found[end - from.bytes()..end];
                    shape_into(image, (from, shape), fit, shaped);
                },
            );
            start += taken as u64;
            stack.push(&shaped)?;
        }
        Ok(stack)
    }
}

/// Writes an image `[channel, height, width]` at another size or depth, and with three equal channels
/// where it has one and three are wanted.
fn shape_into(image: &[u8], (from, to): (Shape, Shape), fit: Framing, shaped: &mut [u8]) {
    let planes = image.chunks_exact(from.plane()).cycle();
    for (plane, shaped) in planes.zip(shaped.chunks_exact_mut(to.plane())) {
        shaped.copy_from_slice(&resized_plane(plane, (from, to), fit));
    }
}

fn resized_plane(plane: &[u8], (from, to): (Shape, Shape), fit: Framing) -> Cow<'_, [u8]> {
    const WHOLE: &str = "a plane has height × width pixels";
    if (from.height, from.width, from.depth) == (to.height, to.width, to.depth) {
        return Cow::Borrowed(plane);
    }
    let mut picture = match from.depth {
        Depth::Eight => DynamicImage::ImageLuma8(
            GrayImage::from_raw(from.width, from.height, plane.to_vec()).expect(WHOLE),
        ),
        Depth::Sixteen => {
            let values = plane.as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes));
            let values =
                ImageBuffer::<Luma<u16>, _>::from_raw(from.width, from.height, values.collect());
            DynamicImage::ImageLuma16(values.expect(WHOLE))
        }
    };
    if to.depth > from.depth {
        // Before it is resized, so that means of pixels are not rounded to fewer bits.
        picture = DynamicImage::ImageLuma16(picture.into_luma16());
    }
    Cow::Owned(plane_of(fit.fitted(picture, (to.height, to.width)), to.depth))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: Option<u64> = Some(0);
    const AS_IT_IS: (Option<usize>, Option<Depth>) = (None, None);

    fn shape(channels: usize, height: u32, width: u32) -> Shape {
        Shape { channels, height, width, depth: Depth::Eight }
    }

    fn coloured(height: u32, width: u32) -> DynamicImage {
        let pixel = |x, y| image::Rgb([(37 * x + 5 * y) as u8, (x * y) as u8, (90 + x) as u8]);
        DynamicImage::ImageRgb8(image::RgbImage::from_fn(width, height, pixel))
    }

    fn grey(height: u32, width: u32) -> DynamicImage {
        DynamicImage::ImageLuma8(coloured(height, width).into_luma8())
    }

    fn bytes(stacked: &Stacked) -> Vec<u8> {
        stacked.images.pixels.read(0, stacked.images.pixels.len() as usize).unwrap().into_owned()
    }

    #[test]
    fn colour_is_stacked_as_planes() {
        let mut picture = image::RgbImage::new(2, 1);
        picture.put_pixel(0, 0, image::Rgb([1, 2, 3]));
        picture.put_pixel(1, 0, image::Rgb([4, 5, 6]));
        let picture = DynamicImage::ImageRgb8(picture);
        assert_eq!(Planes::of(picture.clone(), AS_IT_IS).pixels, [1, 4, 2, 5, 3, 6]);
        // Luminance (2126 · red + 7152 · green + 722 · blue) / 10,000, rounded:
        // (2,126 + 14,304 + 2,166) / 10,000 = 1.86, and (8,504 + 35,760 + 4,332) / 10,000 = 4.86.
        assert_eq!(Planes::of(picture, (Some(1), None)).pixels, [2, 5]);
    }

    #[test]
    fn resizing_plane_by_plane_is_resizing_the_picture() {
        let whole = Planes::of(Framing::Stretch.fitted(coloured(9, 7), (4, 5)), AS_IT_IS);
        let mut shaped = vec![0; 60];
        let planes = Planes::of(coloured(9, 7), AS_IT_IS).pixels;
        shape_into(&planes, (shape(3, 9, 7), shape(3, 4, 5)), Framing::Stretch, &mut shaped);
        assert_eq!(shaped, whole.pixels);
    }

    #[test]
    fn a_pile_on_disk_becomes_the_same_stack_as_one_in_memory() {
        let pictures = || vec![grey(5, 4), coloured(3, 3), coloured(6, 8), grey(3, 3)];
        let stacked = |said, all: Vec<DynamicImage>| {
            let mut pile = Pile::new(ImageMemory::of(said)).unwrap();
            for picture in all {
                pile.push(vec![Planes::of(picture, AS_IT_IS)], 1).unwrap();
            }
            let stack = pile.into_stack(shape(3, 3, 3), Framing::Stretch).unwrap();
            assert_eq!(stack.is_on_disk(), said == DISK);
            stack.finish(vec![])
        };
        let (memory, disk) = (stacked(Some(1), pictures()), stacked(DISK, pictures()));
        assert_eq!(bytes(&memory), bytes(&disk));
        assert_eq!(memory.content, disk.content);
        // What has the shape already is taken as it is, with the same key.
        let second = vec![coloured(3, 3)];
        for said in [Some(1), DISK] {
            let alone = stacked(said, second.clone());
            assert_eq!(bytes(&alone), bytes(&memory)[27..54]);
            assert_eq!(alone.content, memory.content[1..2]);
        }
    }

    #[test]
    fn eight_bits_among_sixteen_count_257_times_as_much() {
        let (eight, sixteen) = (shape(1, 1, 2), Shape { depth: Depth::Sixteen, ..shape(1, 1, 2) });
        let mut shaped = [0; 4];
        shape_into(&[1, 255], (eight, sixteen), Framing::Stretch, &mut shaped);
        assert_eq!(shaped, [1, 1, 255, 255]);
        // 40,000 is 0x9C40, and 200 is 0x00C8: the lower byte first, and none of it lost.
        let deep = ImageBuffer::from_raw(2, 1, vec![40_000_u16, 200]).unwrap();
        let planes = Planes::of(DynamicImage::ImageLuma16(deep.clone()), AS_IT_IS);
        assert_eq!((planes.shape, &planes.pixels[..]), (sixteen, &[0x40, 0x9C, 0xC8, 0x00][..]));
        // 40,000 / 257 = 155.6, and 200 / 257 = 0.8.
        let narrow = Planes::of(DynamicImage::ImageLuma16(deep), (None, Some(Depth::Eight)));
        assert_eq!(narrow.pixels, [156, 1]);
    }

    #[test]
    fn grey_among_colour_has_three_equal_planes() {
        let mut shaped = [0; 6];
        shape_into(&[1, 2], (shape(1, 1, 2), shape(3, 1, 2)), Framing::Stretch, &mut shaped);
        assert_eq!(shaped, [1, 2, 1, 2, 1, 2]);
    }
}
