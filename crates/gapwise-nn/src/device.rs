//! Where tensors live and are computed, chosen at run time.

use std::{fmt, str::FromStr};

use burn::tensor::Device;
use thiserror::Error;

/// A device as a person names it: `cpu`, `cuda`, `cuda:1`, `wgpu`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// Burn's Flex backend on the processor: always there, and the default.
    #[default]
    Cpu,
    /// An NVIDIA GPU by number; needs the cargo feature `cuda`.
    Cuda(usize),
    /// The default GPU through WGPU; needs the cargo feature `wgpu`.
    Wgpu,
}

/// Why a device cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeviceError {
    /// No such device name.
    #[error("`{0}` is no device: expected `cpu`, `cuda`, `cuda:NUMBER` or `wgpu`")]
    Unknown(String),
    /// The binary was built without it.
    #[error("this build has no `{device}`: build with `--features {feature}`")]
    NotBuilt {
        /// The device asked for.
        device: String,
        /// The cargo feature that brings it.
        feature: &'static str,
    },
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown(text.to_owned());
        match text.split_once(':') {
            None => match text {
                "cpu" => Ok(DeviceChoice::Cpu),
                "cuda" => Ok(DeviceChoice::Cuda(0)),
                "wgpu" => Ok(DeviceChoice::Wgpu),
                _ => Err(unknown()),
            },
            Some(("cuda", number)) => number.parse().map(DeviceChoice::Cuda).map_err(|_| unknown()),
            Some(_) => Err(unknown()),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceChoice::Cpu => f.write_str("cpu"),
            DeviceChoice::Cuda(number) => write!(f, "cuda:{number}"),
            DeviceChoice::Wgpu => f.write_str("wgpu"),
        }
    }
}

impl DeviceChoice {
    /// The engine's device, without automatic differentiation.
    ///
    /// # Errors
    ///
    /// [`DeviceError::NotBuilt`] where this build lacks the device.
    pub fn open(self) -> Result<Device, DeviceError> {
        match self {
            DeviceChoice::Cpu => Ok(Device::flex()),
            #[cfg(feature = "cuda")]
            DeviceChoice::Cuda(number) => Ok(Device::cuda(number)),
            #[cfg(feature = "wgpu")]
            DeviceChoice::Wgpu => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
            #[cfg(not(feature = "cuda"))]
            DeviceChoice::Cuda(_) => {
                Err(DeviceError::NotBuilt { device: self.to_string(), feature: "cuda" })
            }
            #[cfg(not(feature = "wgpu"))]
            DeviceChoice::Wgpu => {
                Err(DeviceError::NotBuilt { device: self.to_string(), feature: "wgpu" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for name in ["cpu", "cuda:0", "cuda:3", "wgpu"] {
            assert_eq!(name.parse::<DeviceChoice>().unwrap().to_string(), name);
        }
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Cuda(0)));
    }

    #[test]
    fn an_unknown_device_names_those_there_are() {
        let error = "gpu".parse::<DeviceChoice>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`gpu` is no device: expected `cpu`, `cuda`, `cuda:NUMBER` or `wgpu`"
        );
    }
}
