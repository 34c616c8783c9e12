//! Reading MessagePack in place, and writing it.

use crate::number::Number;
use crate::value::{Context, List, NESTING_MAX, Text, Val};

/// The head of a MessagePack value.
enum Head<'a> {
    Nil,
    Boolean(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(&'a [u8]),
    /// Binary and extension data: FEEL has no such values.
    Opaque,
    Array(usize),
    Map(usize),
}

fn split<const N: usize>(bytes: &[u8]) -> Option<([u8; N], &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    Some((*head, rest))
}

fn take(bytes: &[u8], len: usize) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(len)
}

/// A big-endian length of 1, 2 or 4 bytes.
fn length(bytes: &[u8], width: u8) -> Option<(usize, &[u8])> {
    match width {
        1 => split::<1>(bytes).map(|([len], rest)| (usize::from(len), rest)),
        2 => split(bytes).map(|(len, rest)| (usize::from(u16::from_be_bytes(len)), rest)),
        _ => {
            let (len, rest) = split(bytes)?;
            Some((usize::try_from(u32::from_be_bytes(len)).ok()?, rest))
        }
    }
}

/// Takes one head, and for texts and opaque data the content, off the front.
fn read_head(bytes: &[u8]) -> Option<(Head<'_>, &[u8])> {
    let (marker, rest) = bytes.split_first()?;
    let marker = *marker;
    let text = |(len, rest)| take(rest, len).map(|(text, rest)| (Head::Text(text), rest));
    let opaque = |len: usize, rest| take(rest, len).map(|(_, rest)| (Head::Opaque, rest));
    Some(match marker {
        0x00..=0x7f => (Head::Signed(i64::from(marker)), rest),
        0x80..=0x8f => (Head::Map(usize::from(marker & 0x0f)), rest),
        0x90..=0x9f => (Head::Array(usize::from(marker & 0x0f)), rest),
        0xa0..=0xbf => text((usize::from(marker & 0x1f), rest))?,
        0xc0 => (Head::Nil, rest),
        0xc1 => return None,
        0xc2 => (Head::Boolean(false), rest),
        0xc3 => (Head::Boolean(true), rest),
        0xc4..=0xc6 => {
            let (len, rest) = length(rest, 1 << (marker - 0xc4))?;
            opaque(len, rest)?
        }
        0xc7..=0xc9 => {
            let (len, rest) = length(rest, 1 << (marker - 0xc7))?;
            opaque(len + 1, rest)?
        }
        0xca => {
            let (value, rest) = split(rest)?;
            (Head::Float(f64::from(f32::from_be_bytes(value))), rest)
        }
        0xcb => {
            let (value, rest) = split(rest)?;
            (Head::Float(f64::from_be_bytes(value)), rest)
        }
        0xcc => split(rest).map(|(v, r)| (Head::Unsigned(u8::from_be_bytes(v).into()), r))?,
        0xcd => split(rest).map(|(v, r)| (Head::Unsigned(u16::from_be_bytes(v).into()), r))?,
        0xce => split(rest).map(|(v, r)| (Head::Unsigned(u32::from_be_bytes(v).into()), r))?,
        0xcf => split(rest).map(|(v, r)| (Head::Unsigned(u64::from_be_bytes(v)), r))?,
        0xd0 => split(rest).map(|(v, r)| (Head::Signed(i8::from_be_bytes(v).into()), r))?,
        0xd1 => split(rest).map(|(v, r)| (Head::Signed(i16::from_be_bytes(v).into()), r))?,
        0xd2 => split(rest).map(|(v, r)| (Head::Signed(i32::from_be_bytes(v).into()), r))?,
        0xd3 => split(rest).map(|(v, r)| (Head::Signed(i64::from_be_bytes(v)), r))?,
        0xd4..=0xd8 => opaque((1 << (marker - 0xd4)) + 1, rest)?,
        0xd9..=0xdb => text(length(rest, 1 << (marker - 0xd9))?)?,
        0xdc | 0xdd => {
            let (len, rest) = length(rest, 2 << (marker - 0xdc))?;
            (Head::Array(len), rest)
        }
        0xde | 0xdf => {
            let (len, rest) = length(rest, 2 << (marker - 0xde))?;
            (Head::Map(len), rest)
        }
        0xe0..=0xff => (Head::Signed(i64::from(i8::from_be_bytes([marker]))), rest),
    })
}

/// Steps over one value, however deep it nests.
pub(crate) fn skip(mut bytes: &[u8]) -> Option<&[u8]> {
    let mut pending = 1usize;
    while pending > 0 {
        let (head, rest) = read_head(bytes)?;
        pending -= 1;
        match head {
            Head::Array(len) => pending = pending.checked_add(len)?,
            Head::Map(len) => pending = pending.checked_add(len.checked_mul(2)?)?,
            Head::Nil
            | Head::Boolean(_)
            | Head::Signed(_)
            | Head::Unsigned(_)
            | Head::Float(_)
            | Head::Text(_)
            | Head::Opaque => (),
        }
        bytes = rest;
    }
    Some(bytes)
}

/// Takes one value off the front; lists and contexts stay packed.
pub(crate) fn read(bytes: &[u8]) -> Option<(Val<'_>, &[u8])> {
    let (head, rest) = read_head(bytes)?;
    let value = match head {
        Head::Nil | Head::Opaque => Val::Null,
        Head::Boolean(value) => Val::Boolean(value),
        Head::Signed(value) => Val::Number(Number::from(value)),
        Head::Unsigned(value) => Val::Number(Number::from(value)),
        Head::Float(value) => Number::from_f64(value).map_or(Val::Null, Val::Number),
        Head::Text(text) => Val::String(Text::from(std::str::from_utf8(text).ok()?)),
        Head::Array(_) | Head::Map(_) => {
            let rest = skip(bytes)?;
            let own = &bytes[..bytes.len() - rest.len()];
            let value = if matches!(head, Head::Array(_)) {
                Val::List(List::packed(own))
            } else {
                Val::Context(Context::packed(own))
            };
            return Some((value, rest));
        }
    };
    Some((value, rest))
}

/// Reads a stored variable: the first value of `bytes`, without looking at what it contains.
///
/// This is what a look-up does; a damaged value is null.
pub(crate) fn view(bytes: &[u8]) -> Val<'_> {
    match bytes.first() {
        Some(0x90..=0x9f | 0xdc | 0xdd) => Val::List(List::packed(bytes)),
        Some(0x80..=0x8f | 0xde | 0xdf) => Val::Context(Context::packed(bytes)),
        _ => read(bytes).map_or(Val::Null, |(value, _)| value),
    }
}

/// Number of items of a packed list or entries of a packed context, and where they begin.
pub(crate) fn open(bytes: &[u8]) -> (usize, &[u8]) {
    match read_head(bytes) {
        // An element takes a byte at least, so a false length cannot cost memory.
        Some((Head::Array(len) | Head::Map(len), rest)) => (len.min(rest.len()), rest),
        _ => (0, &[]),
    }
}

/// What a recursive walk over one value costs: every level steps over what is inside again.
pub(crate) fn walk_cost(bytes: &[u8]) -> usize {
    let mut pending = [0usize; NESTING_MAX + 1];
    let (mut depth, mut deepest) = (0, 0);
    let mut rest = bytes;
    while let Some((head, behind)) = read_head(rest) {
        rest = behind;
        let n_inside = match head {
            Head::Array(len) => len,
            Head::Map(len) => len.saturating_mul(2),
            Head::Nil
            | Head::Boolean(_)
            | Head::Signed(_)
            | Head::Unsigned(_)
            | Head::Float(_)
            | Head::Text(_)
            | Head::Opaque => 0,
        };
        if n_inside > 0 {
            if depth == NESTING_MAX {
                // A walk goes no deeper either; what is left counts as if it did.
                return bytes.len().saturating_mul(NESTING_MAX);
            }
            depth += 1;
            deepest = deepest.max(depth);
            pending[depth] = n_inside;
            continue;
        }
        while depth > 0 {
            pending[depth] -= 1;
            if pending[depth] > 0 {
                break;
            }
            depth -= 1;
        }
        if depth == 0 {
            break;
        }
    }
    (bytes.len() - rest.len()).saturating_mul(deepest.max(1))
}

/// Takes one text, a key of a map, off the front.
pub(crate) fn read_key(bytes: &[u8]) -> Option<(&str, &[u8])> {
    match read_head(bytes)? {
        (Head::Text(text), rest) => Some((std::str::from_utf8(text).ok()?, rest)),
        _ => None,
    }
}

/// The bytes from the value of `key` in a packed map on.
pub(crate) fn find<'b>(bytes: &'b [u8], key: &str) -> Option<&'b [u8]> {
    let (Head::Map(len), mut rest) = read_head(bytes)? else { return None };
    for _ in 0..len {
        let (Head::Text(found), value) = read_head(rest)? else { return None };
        if found == key.as_bytes() {
            return Some(value);
        }
        rest = skip(value)?;
    }
    None
}

/// Appends the header of an array.
pub(crate) fn write_array(len: usize, out: &mut Vec<u8>) {
    write_header(len, [0x90, 0xdc, 0xdd], out);
}

/// Appends the header of a map.
pub(crate) fn write_map(len: usize, out: &mut Vec<u8>) {
    write_header(len, [0x80, 0xde, 0xdf], out);
}

fn write_header(len: usize, [short, medium, long]: [u8; 3], out: &mut Vec<u8>) {
    if let Ok(len) = u8::try_from(len)
        && len < 16
    {
        out.push(short | len);
    } else if let Ok(len) = u16::try_from(len) {
        out.push(medium);
        out.extend_from_slice(&len.to_be_bytes());
    } else {
        out.push(long);
        out.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes());
    }
}

/// Appends a text.
pub(crate) fn write_text(text: &str, out: &mut Vec<u8>) {
    match u8::try_from(text.len()) {
        Ok(len @ 0..32) => out.push(0xa0 | len),
        Ok(len) => out.extend_from_slice(&[0xd9, len]),
        Err(_) => match u16::try_from(text.len()) {
            Ok(len) => {
                out.push(0xda);
                out.extend_from_slice(&len.to_be_bytes());
            }
            Err(_) => {
                out.push(0xdb);
                let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
                out.extend_from_slice(&len.to_be_bytes());
            }
        },
    }
    out.extend_from_slice(text.as_bytes());
}

/// Appends a number: whole ones as the shortest integer, others as a double.
///
/// A whole number beyond 64 bits is a double too; Zeebe would store its low 64 bits.
pub(crate) fn write_number(number: Number, out: &mut Vec<u8>) {
    match number.to_i64() {
        Some(value) => write_integer(value, out),
        None => {
            out.push(0xcb);
            out.extend_from_slice(&number.to_f64().to_be_bytes());
        }
    }
}

fn write_integer(value: i64, out: &mut Vec<u8>) {
    if let Ok(value) = u64::try_from(value) {
        match (u8::try_from(value), u16::try_from(value), u32::try_from(value)) {
            (Ok(value @ 0..0x80), ..) => out.push(value),
            (Ok(value), ..) => out.extend_from_slice(&[0xcc, value]),
            (_, Ok(value), _) => {
                out.push(0xcd);
                out.extend_from_slice(&value.to_be_bytes());
            }
            (_, _, Ok(value)) => {
                out.push(0xce);
                out.extend_from_slice(&value.to_be_bytes());
            }
            _ => {
                out.push(0xcf);
                out.extend_from_slice(&value.to_be_bytes());
            }
        }
        return;
    }
    match (i8::try_from(value), i16::try_from(value), i32::try_from(value)) {
        (Ok(value @ -32..), ..) => out.extend_from_slice(&value.to_be_bytes()),
        (Ok(value), ..) => {
            out.push(0xd0);
            out.extend_from_slice(&value.to_be_bytes());
        }
        (_, Ok(value), _) => {
            out.push(0xd1);
            out.extend_from_slice(&value.to_be_bytes());
        }
        (_, _, Ok(value)) => {
            out.push(0xd2);
            out.extend_from_slice(&value.to_be_bytes());
        }
        _ => {
            out.push(0xd3);
            out.extend_from_slice(&value.to_be_bytes());
        }
    }
}
