//! Events as bytes: protocol-buffer messages, each framed as a record with checksums.

/// The first record of every event file.
pub(super) fn version(unix: f64) -> Vec<u8> {
    let mut event = Vec::new();
    put_double(&mut event, EVENT_WALL_TIME, unix);
    put_bytes(&mut event, EVENT_FILE_VERSION, b"brain.Event:2");
    framed(&event)
}

/// The record of one step: a number per tag.
pub(super) fn scalars(unix: f64, step: usize, values: &[(String, f64)]) -> Vec<u8> {
    let mut summary = Vec::new();
    for (tag, value) in values {
        let mut message = Vec::new();
        put_bytes(&mut message, VALUE_TAG, tag.as_bytes());
        put_float(&mut message, VALUE_SIMPLE, *value as f32);
        put_bytes(&mut summary, SUMMARY_VALUE, &message);
    }
    let mut event = Vec::new();
    put_double(&mut event, EVENT_WALL_TIME, unix);
    put_key(&mut event, EVENT_STEP, VARINT);
    put_varint(&mut event, step as u64);
    put_bytes(&mut event, EVENT_SUMMARY, &summary);
    framed(&event)
}

// Field numbers of `Event`, `Summary` and `Summary.Value`.
const EVENT_WALL_TIME: u64 = 1;
const EVENT_STEP: u64 = 2;
const EVENT_FILE_VERSION: u64 = 3;
const EVENT_SUMMARY: u64 = 5;
const SUMMARY_VALUE: u64 = 1;
const VALUE_TAG: u64 = 1;
const VALUE_SIMPLE: u64 = 2;

// Wire types.
const VARINT: u64 = 0;
const SIXTY_FOUR_BITS: u64 = 1;
const LENGTH_AND_BYTES: u64 = 2;
const THIRTY_TWO_BITS: u64 = 5;

fn put_key(to: &mut Vec<u8>, field: u64, wire_type: u64) {
    put_varint(to, field << 3 | wire_type);
}

/// Seven bits a byte, the lowest first; the top bit says that more follow.
fn put_varint(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

fn put_double(to: &mut Vec<u8>, field: u64, value: f64) {
    put_key(to, field, SIXTY_FOUR_BITS);
    to.extend(value.to_le_bytes());
}

fn put_float(to: &mut Vec<u8>, field: u64, value: f32) {
    put_key(to, field, THIRTY_TWO_BITS);
    to.extend(value.to_le_bytes());
}

fn put_bytes(to: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_key(to, field, LENGTH_AND_BYTES);
    put_varint(to, bytes.len() as u64);
    to.extend(bytes);
}

/// Length, checksum of the length, message, checksum of the message.
fn framed(message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u64).to_le_bytes();
    let mut record = length.to_vec();
    record.extend(masked_crc(&length).to_le_bytes());
    record.extend(message);
    record.extend(masked_crc(message).to_le_bytes());
    record
}

/// The format's mask: a checksum of bytes that hold checksums would be weak.
fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C (Castagnoli), a bit at a time: an epoch has a few kilobytes.
fn crc32c(bytes: &[u8]) -> u32 {
    const REVERSED_POLYNOMIAL: u32 = 0x82f6_3b78;
    let mut crc = !0_u32;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ if crc & 1 == 1 { REVERSED_POLYNOMIAL } else { 0 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_checksum_is_that_of_rfc_3720() {
        // Appendix B.4: 32 bytes of zeros, of ones, and rising.
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(&(0..32).collect::<Vec<u8>>()), 0x46dd_794e);
    }

    #[test]
    fn a_varint_has_seven_bits_a_byte() {
        // 300 = 2 · 128 + 44: 44 with the top bit set is 0xac, then 2.
        let mut bytes = Vec::new();
        put_varint(&mut bytes, 300);
        assert_eq!(bytes, [0xac, 0x02]);
    }

    #[test]
    fn records_are_byte_for_byte_those_of_tensorboard() {
        assert_eq!(
            hex(&version(1_760_000_000.5)),
            "1800000000000000a37f4b220900002000de39da411a0d627261696e2e4576656e743a326e7f\
             1f27"
        );
        let values = [("loss/train".to_owned(), 0.25), ("learning_rate".to_owned(), 1e-3)];
        assert_eq!(
            hex(&scalars(1_760_000_001.25, 300, &values)),
            "3700000000000000e7e8ca590900005000de39da4110ac022a290a110a0a6c6f73732f747261\
             696e150000803e0a140a0d6c6561726e696e675f72617465156f12833a8af77b94"
        );
    }
}
