//! Random values from the system's generator.

use skep_auth::jose::encode_base64url;

use crate::error::Error;

/// Fills `buffer`.
pub(crate) fn fill(buffer: &mut [u8]) -> Result<(), Error> {
    aws_lc_rs::rand::fill(buffer).map_err(|error| Error::create("random value", error))
}

/// `n` characters drawn evenly from `alphabet`, which has at most 256.
pub(crate) fn chars(alphabet: &[u8], n: usize) -> Result<String, Error> {
    // Bytes beyond the last whole multiple are dropped: a plain remainder would favour the
    // alphabet's first characters.
    let limit = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(n);
    let mut pool = [0; 64];
    while text.len() < n {
        fill(&mut pool)?;
        let accepted = pool.iter().map(|&b| usize::from(b)).filter(|&b| b < limit);
        for byte in accepted.take(n - text.len()) {
            text.push(char::from(alphabet[byte % alphabet.len()]));
        }
    }
    Ok(text)
}

/// `N` random bytes as base64url.
pub(crate) fn base64url<const N: usize>() -> Result<String, Error> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(encode_base64url(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_the_alphabet_turns_up() {
        let text = chars(b"abc", 300).unwrap();
        assert_eq!(text.len(), 300);
        for c in ['a', 'b', 'c'] {
            assert!(text.matches(c).count() > 50, "{text}");
        }
    }
}
