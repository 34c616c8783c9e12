//! The few MessagePack operations that documents need: write, walk, check, print as JSON.
//!
//! Reading is total: on malformed bytes it stops early. [`check_document`] guards the way in.

use std::{fmt::Write as _, ops::Range};

use super::{DOCUMENT_DEPTH_MAX, DocumentError};

pub(super) fn write_int(out: &mut Vec<u8>, value: i64) {
    // Writing into a `Vec` cannot fail.
    let _ = rmp::encode::write_sint(out, value);
}

pub(super) fn write_uint(out: &mut Vec<u8>, value: u64) {
    let _ = rmp::encode::write_uint(out, value);
}

pub(super) fn write_float(out: &mut Vec<u8>, value: f64) {
    let _ = rmp::encode::write_f64(out, value);
}

pub(super) fn write_str(out: &mut Vec<u8>, value: &str) {
    let _ = rmp::encode::write_str(out, value);
}

pub(super) fn write_map_len(out: &mut Vec<u8>, n: usize) {
    let _ = rmp::encode::write_map_len(out, u32::try_from(n).unwrap_or(u32::MAX));
}

pub(super) fn write_array_len(out: &mut Vec<u8>, n: usize) {
    let _ = rmp::encode::write_array_len(out, u32::try_from(n).unwrap_or(u32::MAX));
}

/// Leaves room for the header of a container whose length is not known yet.
pub(super) fn open(out: &mut Vec<u8>) -> usize {
    out.push(0);
    out.len() - 1
}

pub(super) fn close_map(out: &mut Vec<u8>, header: usize, n: usize) {
    close(out, header, n, 0x80, rmp::encode::write_map_len);
}

pub(super) fn close_array(out: &mut Vec<u8>, header: usize, n: usize) {
    close(out, header, n, 0x90, rmp::encode::write_array_len);
}

/// Small containers keep their one-byte header in place; a larger one moves its content once.
fn close<E>(
    out: &mut Vec<u8>,
    header: usize,
    n: usize,
    small: u8,
    write: impl Fn(&mut Vec<u8>, u32) -> Result<rmp::Marker, E>,
) {
    match u8::try_from(n) {
        Ok(n @ 0..=15) => out[header] = small | n,
        _ => {
            let mut long = Vec::with_capacity(5);
            let _ = write(&mut long, u32::try_from(n).unwrap_or(u32::MAX));
            out.splice(header..=header, long);
        }
    }
}

/// What a value starts with: everything needed to skip or print it.
enum Head<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(&'a str),
    Bytes,
    Array(usize),
    Map(usize),
}

/// Takes one value's head off `bytes`; for scalars that is the whole value.
fn head<'a>(bytes: &mut &'a [u8]) -> Option<Head<'a>> {
    let marker = take(bytes, 1)?[0];
    Some(match marker {
        0x00..=0x7f => Head::Int(i64::from(marker)),
        0x80..=0x8f => Head::Map(usize::from(marker & 0x0f)),
        0x90..=0x9f => Head::Array(usize::from(marker & 0x0f)),
        0xa0..=0xbf => text(bytes, usize::from(marker & 0x1f))?,
        0xc0 => Head::Nil,
        0xc2 => Head::Bool(false),
        0xc3 => Head::Bool(true),
        0xc4 => blob(bytes, 1)?,
        0xc5 => blob(bytes, 2)?,
        0xc6 => blob(bytes, 4)?,
        0xca => Head::Float(f64::from(f32::from_be_bytes(fixed(bytes)?))),
        0xcb => Head::Float(f64::from_be_bytes(fixed(bytes)?)),
        0xcc => Head::Int(i64::from(u8::from_be_bytes(fixed(bytes)?))),
        0xcd => Head::Int(i64::from(u16::from_be_bytes(fixed(bytes)?))),
        0xce => Head::Int(i64::from(u32::from_be_bytes(fixed(bytes)?))),
        0xcf => Head::Uint(u64::from_be_bytes(fixed(bytes)?)),
        0xd0 => Head::Int(i64::from(i8::from_be_bytes(fixed(bytes)?))),
        0xd1 => Head::Int(i64::from(i16::from_be_bytes(fixed(bytes)?))),
        0xd2 => Head::Int(i64::from(i32::from_be_bytes(fixed(bytes)?))),
        0xd3 => Head::Int(i64::from_be_bytes(fixed(bytes)?)),
        0xd9 => {
            let n = length(bytes, 1)?;
            text(bytes, n)?
        }
        0xda => {
            let n = length(bytes, 2)?;
            text(bytes, n)?
        }
        0xdb => {
            let n = length(bytes, 4)?;
            text(bytes, n)?
        }
        0xdc => Head::Array(length(bytes, 2)?),
        0xdd => Head::Array(length(bytes, 4)?),
        0xde => Head::Map(length(bytes, 2)?),
        0xdf => Head::Map(length(bytes, 4)?),
        0xe0..=0xff => Head::Int(i64::from(marker.cast_signed())),
        // Extension types have no JSON form, and Zeebe writes none.
        0xc1 | 0xc7..=0xc9 | 0xd4..=0xd8 => return None,
    })
}

fn take<'a>(bytes: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(n)?;
    *bytes = rest;
    Some(taken)
}

fn fixed<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    take(bytes, N)?.try_into().ok()
}

fn length(bytes: &mut &[u8], width: usize) -> Option<usize> {
    Some(take(bytes, width)?.iter().fold(0, |n, byte| (n << 8) | usize::from(*byte)))
}

fn text<'a>(bytes: &mut &'a [u8], n: usize) -> Option<Head<'a>> {
    std::str::from_utf8(take(bytes, n)?).ok().map(Head::Str)
}

fn blob<'a>(bytes: &mut &'a [u8], width: usize) -> Option<Head<'a>> {
    let n = length(bytes, width)?;
    take(bytes, n).map(|_| Head::Bytes)
}

/// Takes one whole value off `bytes` and returns its slice.
fn value<'a>(bytes: &mut &'a [u8], depth: usize) -> Option<&'a [u8]> {
    let start = *bytes;
    let children = match head(bytes)? {
        Head::Array(n) => n,
        Head::Map(n) => n.checked_mul(2)?,
        Head::Nil
        | Head::Bool(_)
        | Head::Int(_)
        | Head::Uint(_)
        | Head::Float(_)
        | Head::Str(_)
        | Head::Bytes => 0,
    };
    if children > 0 && depth == DOCUMENT_DEPTH_MAX {
        return None;
    }
    for _ in 0..children {
        value(bytes, depth + 1)?;
    }
    Some(&start[..start.len() - bytes.len()])
}

fn str_value<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    match head(bytes)? {
        Head::Str(text) => Some(text),
        Head::Nil
        | Head::Bool(_)
        | Head::Int(_)
        | Head::Uint(_)
        | Head::Float(_)
        | Head::Bytes
        | Head::Array(_)
        | Head::Map(_) => None,
    }
}

/// Checks that `bytes` are one map with string keys, of bounded depth, and nothing after it.
pub(super) fn check_document(mut bytes: &[u8]) -> Result<(), DocumentError> {
    let malformed = |what| move || DocumentError::Malformed(what);
    let Some(Head::Map(n)) = head(&mut bytes) else {
        return Err(DocumentError::Malformed("the root is no map"));
    };
    for _ in 0..n {
        str_value(&mut bytes).ok_or_else(malformed("a key is no string"))?;
        value(&mut bytes, 1).ok_or_else(malformed("a value is cut short or nested too deep"))?;
    }
    if bytes.is_empty() { Ok(()) } else { Err(DocumentError::Malformed("bytes follow the map")) }
}

/// Checks that `bytes` are one value of bounded depth, and nothing after it.
pub(super) fn check_value(mut bytes: &[u8]) -> Result<(), DocumentError> {
    let malformed = |what| move || DocumentError::Malformed(what);
    value(&mut bytes, 1).ok_or_else(malformed("a value is cut short or nested too deep"))?;
    if bytes.is_empty() { Ok(()) } else { Err(DocumentError::Malformed("bytes follow the value")) }
}

/// Checks that `bytes` are a string, a value of bounded depth, and nothing after it.
pub(super) fn check_entry(mut bytes: &[u8]) -> Result<(), DocumentError> {
    let malformed = |what| move || DocumentError::Malformed(what);
    str_value(&mut bytes).ok_or_else(malformed("a name is no string"))?;
    value(&mut bytes, 1).ok_or_else(malformed("a value is cut short or nested too deep"))?;
    if bytes.is_empty() { Ok(()) } else { Err(DocumentError::Malformed("bytes follow the value")) }
}

/// Name and value of one entry.
pub(super) fn entry(mut bytes: &[u8]) -> (&str, &[u8]) {
    let name = str_value(&mut bytes).unwrap_or_default();
    (name, bytes)
}

/// Where each item of the list in `bytes` is; `None` if they are no list.
pub(super) fn items(bytes: &[u8]) -> Option<impl Iterator<Item = Range<usize>>> {
    let mut rest = bytes;
    let Some(Head::Array(mut left)) = head(&mut rest) else { return None };
    Some(std::iter::from_fn(move || {
        left = left.checked_sub(1)?;
        let start = bytes.len() - rest.len();
        value(&mut rest, 1)?;
        Some(start..bytes.len() - rest.len())
    }))
}

/// Name and value of each entry of the map in `bytes`.
pub(super) fn entries(bytes: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    whole_entries(bytes).map(|(_, name, value)| (name, value))
}

/// Each entry of the map in `bytes` as a whole, and its name and value.
pub(super) fn whole_entries(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8], &str, &[u8])> {
    let mut left = match head(&mut bytes) {
        Some(Head::Map(n)) => n,
        _ => 0,
    };
    std::iter::from_fn(move || {
        left = left.checked_sub(1)?;
        let start = bytes;
        let name = str_value(&mut bytes)?;
        let value = value(&mut bytes, 1)?;
        Some((&start[..start.len() - bytes.len()], name, value))
    })
}

/// Prints the value in `bytes` as JSON.
pub(super) fn write_json(mut bytes: &[u8], out: &mut String) {
    write_json_value(&mut bytes, out);
}

fn write_json_value(bytes: &mut &[u8], out: &mut String) {
    // Writing into a `String` cannot fail.
    match head(bytes) {
        Some(Head::Bool(true)) => out.push_str("true"),
        Some(Head::Bool(false)) => out.push_str("false"),
        Some(Head::Int(value)) => drop(write!(out, "{value}")),
        Some(Head::Uint(value)) => drop(write!(out, "{value}")),
        Some(Head::Float(value)) if value.is_finite() => drop(write!(out, "{value:?}")),
        Some(Head::Str(text)) => write_json_str(text, out),
        Some(Head::Array(n)) => {
            out.push('[');
            for i in 0..n {
                if i > 0 {
                    out.push(',');
                }
                write_json_value(bytes, out);
            }
            out.push(']');
        }
        Some(Head::Map(n)) => {
            out.push('{');
            for i in 0..n {
                if i > 0 {
                    out.push(',');
                }
                write_json_str(str_value(bytes).unwrap_or_default(), out);
                out.push(':');
                write_json_value(bytes, out);
            }
            out.push('}');
        }
        // JSON has no form for NaN, infinities and binary strings.
        Some(Head::Nil | Head::Float(_) | Head::Bytes) | None => out.push_str("null"),
    }
}

fn write_json_str(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
