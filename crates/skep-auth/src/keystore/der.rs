//! As much of DER as tells the outer structure of a PKCS#12 file (RFC 7292 §4).

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
/// `[0] EXPLICIT`, the content of a `ContentInfo`.
const CONTENT: u8 = 0xa0;
/// pkcs7-data 1.2.840.113549.1.7.1: what is not encrypted as a whole.
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
/// pkcs8ShroudedKeyBag 1.2.840.113549.1.12.10.1.2: an encrypted key.
const SHROUDED_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x02];
/// Most parts a store may have; openssl writes two.
const PARTS_MAX: usize = 64;

/// The outer structure of a PKCS#12 file.
pub(super) struct Pkcs12<'a> {
    pub(super) has_mac: bool,
    version: &'a [u8],
    /// The `ContentInfo`s of its `AuthenticatedSafe`.
    parts: Vec<Element<'a>>,
}

#[derive(Clone, Copy)]
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    whole: &'a [u8],
}

impl<'a> Pkcs12<'a> {
    /// `None` when it is anything else.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (pfx, rest) = element(bytes)?;
        if !rest.is_empty() || pfx.tag != SEQUENCE {
            return None;
        }
        let (version, rest) = element(pfx.content)?;
        let (auth_safe, rest) = element(rest)?;
        if version.tag != INTEGER || auth_safe.tag != SEQUENCE {
            return None;
        }
        let (kind, content) = element(auth_safe.content)?;
        if kind.tag != OBJECT_ID || kind.content != DATA {
            return None;
        }
        let (content, _) = element(content)?;
        let (octets, _) = element(content.content)?;
        if content.tag != CONTENT || octets.tag != OCTET_STRING {
            return None;
        }
        let (safe, _) = element(octets.content)?;
        let parts = elements(safe.content)?;
        (safe.tag == SEQUENCE).then_some(Self {
            has_mac: !rest.is_empty(),
            version: version.whole,
            parts,
        })
    }

    /// True when any part of it is encrypted.
    pub(super) fn has_encrypted_parts(&self) -> bool {
        self.parts.iter().any(|part| {
            let is_data = element(part.content).is_some_and(|(kind, _)| kind.content == DATA);
            !is_data || part.whole.windows(SHROUDED_KEY.len()).any(|bytes| bytes == SHROUDED_KEY)
        })
    }

    /// Each part as a PKCS#12 file of its own, without integrity check.
    pub(super) fn parts(&self) -> impl Iterator<Item = Vec<u8>> {
        self.parts.iter().map(|part| {
            let octets = encode(OCTET_STRING, &[&encode(SEQUENCE, &[part.whole])]);
            let content = encode(CONTENT, &[&octets]);
            let auth_safe = encode(SEQUENCE, &[&encode(OBJECT_ID, &[DATA]), &content]);
            encode(SEQUENCE, &[self.version, &auth_safe])
        })
    }
}

/// The first element of `bytes`, and what follows it.
fn element(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let [tag, first, rest @ ..] = bytes else { return None };
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        // One to four bytes of length; indefinite lengths are BER, not DER.
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    let whole = &bytes[..bytes.len() - rest.len()];
    Some((Element { tag: *tag, content, whole }, rest))
}

fn elements(mut bytes: &[u8]) -> Option<Vec<Element<'_>>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (next, rest) = element(bytes)?;
        found.push(next);
        bytes = rest;
        if found.len() > PARTS_MAX {
            return None;
        }
    }
    Some(found)
}

fn encode(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let length: usize = contents.iter().map(|content| content.len()).sum();
    let mut bytes = vec![tag];
    let length_bytes = length.to_be_bytes();
    let significant = &length_bytes[length_bytes.iter().position(|byte| *byte != 0).unwrap_or(7)..];
    match significant {
        [short @ 0..=0x7f] => bytes.push(*short),
        long => {
            bytes.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            bytes.extend_from_slice(long);
        }
    }
    for content in contents {
        bytes.extend_from_slice(content);
    }
    bytes
}
