//! How finely pixels are told apart.

use serde::{Deserialize, Serialize};

/// The bits of a pixel's value, in each channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Depth {
    /// 0 (black) to 255: a byte.
    #[default]
    Eight,
    /// 0 (black) to 65,535: two bytes, the lower first. Of 8 bits, a value counts 257 times as much.
    Sixteen,
}

impl Depth {
    /// The value of white.
    pub fn white(self) -> u16 {
        match self {
            Depth::Eight => 255,
            Depth::Sixteen => u16::MAX,
        }
    }

    /// Bytes of a value.
    pub(super) fn bytes(self) -> usize {
        match self {
            Depth::Eight => 1,
            Depth::Sixteen => 2,
        }
    }

    /// Whether it is that which nearly all images have, and which records leave out.
    pub(crate) fn is_usual(&self) -> bool {
        *self == Depth::Eight
    }
}

impl From<Depth> for u8 {
    fn from(depth: Depth) -> u8 {
        match depth {
            Depth::Eight => 8,
            Depth::Sixteen => 16,
        }
    }
}

impl TryFrom<u8> for Depth {
    type Error = String;

    fn try_from(bits: u8) -> Result<Self, String> {
        match bits {
            8 => Ok(Depth::Eight),
            16 => Ok(Depth::Sixteen),
            other => Err(format!("expected images of 8 or 16 bits, found {other}")),
        }
    }
}

/// A value of a pixel as it is stored.
pub(super) trait Sample: Copy + Send + Sync {
    /// From 0 up to white.
    fn value(self) -> u16;
}

impl Sample for u8 {
    fn value(self) -> u16 {
        u16::from(self)
    }
}

impl Sample for [u8; 2] {
    fn value(self) -> u16 {
        u16::from_le_bytes(self)
    }
}
