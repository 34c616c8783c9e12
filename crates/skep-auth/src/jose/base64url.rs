use base64::{
    Engine as _,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Reads padded and unpadded text alike: MSAL for Python pads, RFC 7515 does not.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// `bytes` as base64url without padding.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    TOLERANT.encode(bytes)
}

/// The bytes of base64url text, with or without padding; `None` when it is anything else.
///
/// The standard alphabet is read as well: MSAL for Go writes thumbprints in it.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    if text.contains(['+', '/']) {
        return TOLERANT.decode(text.replace('+', "-").replace('/', "_")).ok();
    }
    TOLERANT.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_paddings_and_both_alphabets() {
        let bytes = [0xfb, 0xff, 0xfe, 0x01];
        assert_eq!(encode(bytes), "-__-AQ");
        for text in ["-__-AQ", "-__-AQ==", "+//+AQ=="] {
            assert_eq!(decode(text).as_deref(), Some(&bytes[..]), "{text}");
        }
        assert_eq!(decode("a b"), None);
    }
}
