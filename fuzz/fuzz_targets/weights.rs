//! No bytes make the reader of weight files panic: safetensors, and PyTorch's, of both forms.
#![no_main]

use gapwise::nn::weights::WeightFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = WeightFile::from_bytes(bytes.to_vec()) else { return };
    for tensor in file.tensors() {
        // A tensor may say that it repeats one number without end.
        if tensor.len() <= bytes.len() {
            assert_eq!(tensor.values().len(), tensor.len());
        }
    }
});
