//! Bytes to an XML tree, with limits that hold before any tree is built.
//!
//! The tree builder compares each attribute with all others of its element and copies
//! namespaces down the tree; the limits here keep both cheap for hostile files as well.

use roxmltree::{Document, ParsingOptions};

use crate::problem::{LineIndex, Problem, quoted, shortened};

/// Largest file: as much as a gateway request can carry.
pub const RESOURCE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Most XML elements of a file.
pub const XML_ELEMENTS_MAX: usize = 200_000;

/// Deepest nesting of XML elements, and with it of subprocesses.
pub const XML_DEPTH_MAX: usize = 200;

/// Most attributes of one XML element.
pub const XML_ATTRIBUTES_MAX: usize = 100;

/// Most namespace declarations of a file.
pub const XML_NAMESPACES_MAX: usize = 10_000;

/// Most namespace declarations on the way from the root to one element.
pub const XML_NAMESPACES_IN_SCOPE_MAX: usize = 64;

/// Most `<` and most `=` in a file, whatever they stand for: the tree reserves by their number.
const DELIMITERS_MAX: usize = 1_000_000;

/// Decodes a file: UTF-8 with or without byte order mark.
pub(crate) fn decode(bytes: &[u8]) -> Result<&str, Problem> {
    if bytes.len() > RESOURCE_BYTES_MAX {
        return Err(Problem::of_file(format!(
            "the file has {} bytes, the limit is {RESOURCE_BYTES_MAX}: split it into several files",
            bytes.len()
        )));
    }
    match bytes {
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [b'<', 0, ..] | [0, b'<', ..] => {
            return Err(Problem::of_file("the file is encoded in UTF-16: save it as UTF-8"));
        }
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some(encoding) = declared_encoding(bytes)
        && !bytes.is_ascii()
        && !["utf-8", "utf8", "us-ascii"].contains(&encoding.to_ascii_lowercase().as_str())
    {
        return Err(Problem::of_file(format!(
            "the file declares the encoding {}: save it as UTF-8 and declare encoding=\"UTF-8\"",
            quoted(&encoding)
        )));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let position = LineIndex::new(&before).position(before.len());
        Problem {
            position: Some(position),
            ..Problem::of_file("the file is not valid UTF-8: save it as UTF-8")
        }
    })
}

/// What `<?xml … encoding="…"?>` says.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let rest = bytes.strip_prefix(b"<?xml")?;
    let end = rest.iter().take(400).position(|byte| *byte == b'>')?;
    let declaration = String::from_utf8_lossy(&rest[..end]);
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Some(value[1..].split(quote).next()?.to_owned())
}

/// Builds the tree, or says where the text is no XML or exceeds a limit.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, Problem> {
    check_limits(text)?;
    let nodes_limit = u32::try_from(DELIMITERS_MAX * 2).unwrap_or(u32::MAX);
    let options = ParsingOptions { allow_dtd: false, nodes_limit, entity_resolver: None };
    Document::parse_with_options(text, options).map_err(|error| not_well_formed(&error, text))
}

fn not_well_formed(error: &roxmltree::Error, text: &str) -> Problem {
    use roxmltree::Error;
    if matches!(error, Error::NoRootNode) {
        return Problem::of_file("the file is not XML: it has no root element");
    }
    if matches!(error, Error::DtdDetected) {
        return dtd(None);
    }
    let (reason, position) =
        if matches!(error, Error::UnclosedRootNode | Error::UnexpectedEndOfStream) {
            ("it ends inside an element".into(), LineIndex::new(text).position(text.len()))
        } else {
            let at = error.pos();
            let reason = error.to_string().replace(&format!(" at {at}"), "");
            (shortened(&reason), (at.row as usize, at.col as usize))
        };
    Problem {
        position: Some(position),
        ..Problem::of_file(format!("the file is not well-formed XML: {reason}"))
    }
}

fn dtd(position: Option<(usize, usize)>) -> Problem {
    Problem {
        position,
        ..Problem::of_file("the file has a document type declaration: remove <!DOCTYPE …>")
    }
}

/// One pass over the markup, in linear time and without recursion.
///
/// What is no well-formed markup is left to the parser, which stops there at the latest.
fn check_limits(text: &str) -> Result<(), Problem> {
    let too_many = |at: usize, what: &str, limit: usize| Problem {
        position: Some(LineIndex::new(text).position(at)),
        ..Problem::of_file(format!("the file has {what}, the limit is {limit}"))
    };
    let bytes = text.as_bytes();
    for (delimiter, what) in [(b'<', "too many '<'"), (b'=', "too many '='")] {
        if bytes.iter().filter(|byte| **byte == delimiter).count() > DELIMITERS_MAX {
            return Err(Problem::of_file(format!(
                "the file has {what}, the limit is {DELIMITERS_MAX}"
            )));
        }
    }

    let mut elements = 0;
    let mut namespaces = 0;
    let mut namespaces_in_scope = 0;
    // Namespace declarations of each open element.
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(start) = find(bytes, at, b"<") {
        let rest = &bytes[start..];
        let end = if rest.starts_with(b"<!--") {
            find(bytes, start + 4, b"-->").map(|end| end + 3)
        } else if rest.starts_with(b"<![CDATA[") {
            find(bytes, start + 9, b"]]>").map(|end| end + 3)
        } else if rest.starts_with(b"<?") {
            find(bytes, start + 2, b"?>").map(|end| end + 2)
        } else if rest.starts_with(b"<!") {
            return Err(dtd(Some(LineIndex::new(text).position(start))));
        } else if rest.starts_with(b"</") {
            namespaces_in_scope -= open.pop().unwrap_or(0);
            find(bytes, start, b">").map(|end| end + 1)
        } else {
            let tag = scan_tag(bytes, start + 1);
            elements += 1;
            namespaces += tag.namespaces;
            if elements > XML_ELEMENTS_MAX {
                return Err(too_many(start, "too many elements", XML_ELEMENTS_MAX));
            }
            if tag.attributes > XML_ATTRIBUTES_MAX {
                return Err(too_many(
                    start,
                    "too many attributes on one element",
                    XML_ATTRIBUTES_MAX,
                ));
            }
            if namespaces > XML_NAMESPACES_MAX {
                return Err(too_many(start, "too many namespace declarations", XML_NAMESPACES_MAX));
            }
            if namespaces_in_scope + tag.namespaces > XML_NAMESPACES_IN_SCOPE_MAX {
                let what = "too many nested namespace declarations";
                return Err(too_many(start, what, XML_NAMESPACES_IN_SCOPE_MAX));
            }
            if !tag.is_empty {
                open.push(tag.namespaces);
                namespaces_in_scope += tag.namespaces;
                if open.len() > XML_DEPTH_MAX {
                    return Err(too_many(start, "too deeply nested elements", XML_DEPTH_MAX));
                }
            }
            tag.end
        };
        let Some(end) = end else { break };
        at = end;
    }
    Ok(())
}

struct Tag {
    attributes: usize,
    namespaces: usize,
    is_empty: bool,
    /// Offset behind `>`; `None` if the file ends before.
    end: Option<usize>,
}

/// Scans a start tag from behind its `<`.
fn scan_tag(bytes: &[u8], start: usize) -> Tag {
    let mut tag = Tag { attributes: 0, namespaces: 0, is_empty: false, end: None };
    let mut quote = None;
    let mut word = start;
    for (at, &byte) in bytes.iter().enumerate().skip(start) {
        match (quote, byte) {
            (Some(open), _) if byte == open => {
                quote = None;
                word = at + 1;
            }
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b' ' | b'\t' | b'\r' | b'\n') => word = at + 1,
            (None, b'=') => {
                tag.attributes += 1;
                // The name may stand apart from its `=`; the whole stretch since the last value
                // is looked at, so that a declaration is never missed.
                let name = &bytes[word.min(at)..at];
                if name.starts_with(b"xmlns") || name.is_empty() {
                    tag.namespaces += 1;
                }
            }
            (None, b'>') => {
                tag.is_empty = bytes[at - 1] == b'/';
                tag.end = Some(at + 1);
                return tag;
            }
            (None, _) => {}
        }
    }
    tag
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let first = what[0];
    let mut at = 0;
    loop {
        at += rest[at..].iter().position(|byte| *byte == first)?;
        if rest[at..].starts_with(what) {
            return Some(from + at);
        }
        at += 1;
    }
}
