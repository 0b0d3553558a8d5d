//! Images as they come from their files, brought to one size and one number of channels.

use std::borrow::Cow;

use image::{DynamicImage, GrayImage};
use rayon::prelude::*;

use super::{Images, memory::ImageMemory, pixels::Pixels, size::Framing};
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
}

impl Shape {
    /// Bytes of one image.
    pub(super) fn bytes(self) -> usize {
        self.channels * self.area()
    }

    fn area(self) -> usize {
        self.height as usize * self.width as usize
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
        let Shape { channels, height, width } = self.shape;
        let (height, width) = (height as usize, width as usize);
        let (pixels, files) = (self.pixels, Vec::new());
        let images = Images { channels, height, width, sizes, pixels, files };
        Stacked { images, content: self.content }
    }
}

/// 128 bits of BLAKE3 of one image's pixels.
fn key(pixels: &[u8]) -> u128 {
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
    /// The planes of a picture; of as many channels as are asked for, else as many as it has. Grey
    /// becomes three equal planes, and colour its luminance (Rec. 709).
    pub(super) fn of(picture: DynamicImage, channels: Option<usize>) -> Planes {
        let (height, width) = (picture.height(), picture.width());
        let channels = channels.unwrap_or(if picture.color().has_color() { 3 } else { 1 });
        let shape = Shape { channels, height, width };
        let pixels = match channels {
            1 => picture.into_luma8().into_raw(),
            _ => {
                let rgb = picture.into_rgb8();
                let channel = |at: usize| rgb.as_raw().iter().skip(at).step_by(3).copied();
                (0..3).flat_map(channel).collect()
            }
        };
        Planes { shape, key: key(&pixels), pixels }
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

/// Writes an image `[channel, height, width]` at another size, and with three equal channels where
/// it has one and three are wanted.
fn shape_into(image: &[u8], (from, to): (Shape, Shape), fit: Framing, shaped: &mut [u8]) {
    let planes = image.chunks_exact(from.area()).cycle();
    for (plane, shaped) in planes.zip(shaped.chunks_exact_mut(to.area())) {
        shaped.copy_from_slice(&resized_plane(plane, (from, to), fit));
    }
}

fn resized_plane(plane: &[u8], (from, to): (Shape, Shape), fit: Framing) -> Cow<'_, [u8]> {
    if (from.height, from.width) == (to.height, to.width) {
        return Cow::Borrowed(plane);
    }
    let plane = GrayImage::from_raw(from.width, from.height, plane.to_vec())
        .expect("a plane has height × width pixels");
    let plane = fit.fitted(DynamicImage::ImageLuma8(plane), (to.height, to.width));
    Cow::Owned(plane.into_luma8().into_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: Option<u64> = Some(0);

    fn shape(channels: usize, height: u32, width: u32) -> Shape {
        Shape { channels, height, width }
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
        assert_eq!(Planes::of(picture.clone(), None).pixels, [1, 4, 2, 5, 3, 6]);
        // Luminance (2126 · red + 7152 · green + 722 · blue) / 10,000, rounded:
        // (2,126 + 14,304 + 2,166) / 10,000 = 1.86, and (8,504 + 35,760 + 4,332) / 10,000 = 4.86.
        assert_eq!(Planes::of(picture, Some(1)).pixels, [2, 5]);
    }

    #[test]
    fn resizing_plane_by_plane_is_resizing_the_picture() {
        let whole = Planes::of(Framing::Stretch.fitted(coloured(9, 7), (4, 5)), None);
        let mut shaped = vec![0; 60];
        let planes = Planes::of(coloured(9, 7), None).pixels;
        shape_into(&planes, (shape(3, 9, 7), shape(3, 4, 5)), Framing::Stretch, &mut shaped);
        assert_eq!(shaped, whole.pixels);
    }

    #[test]
    fn a_pile_on_disk_becomes_the_same_stack_as_one_in_memory() {
        let pictures = || vec![grey(5, 4), coloured(3, 3), coloured(6, 8), grey(3, 3)];
        let stacked = |said, all: Vec<DynamicImage>| {
            let mut pile = Pile::new(ImageMemory::of(said)).unwrap();
            for picture in all {
                pile.push(vec![Planes::of(picture, None)], 1).unwrap();
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
    fn grey_among_colour_has_three_equal_planes() {
        let mut shaped = [0; 6];
        shape_into(&[1, 2], (shape(1, 1, 2), shape(3, 1, 2)), Framing::Stretch, &mut shaped);
        assert_eq!(shaped, [1, 2, 1, 2, 1, 2]);
    }
}
