//! The `--variables` flag: JSON text, `@file`, or `-` for stdin.

use std::{fs, io::Read as _};

use serde_json::{Map, Value};

use crate::failure::Failure;

/// More than any gateway takes in one message, so a mistaken file is refused before it is read.
const VARIABLES_BYTES_MAX: u64 = 64 << 20;

/// Reads the object that `given` stands for; nothing given is the empty object.
///
/// # Errors
/// When a file cannot be read, when the text is not JSON, or when it is not an object.
pub(super) fn read(given: Option<&str>) -> Result<Map<String, Value>, Failure> {
    read_object("--variables", "variables", given)
}

/// As [`read`], for the flag of this name, whose object is called so.
///
/// # Errors
/// As [`read`].
pub(super) fn read_object(
    flag: &str,
    what: &str,
    given: Option<&str>,
) -> Result<Map<String, Value>, Failure> {
    let Some(given) = given else { return Ok(Map::new()) };
    let (text, origin) = match given.strip_prefix('@') {
        Some(path) => (from_file(path, what)?, format!("file {path}")),
        None if given == "-" => (from_stdin(what)?, "stdin".to_owned()),
        None => (given.to_owned(), flag.to_owned()),
    };
    parse(&text, flag, what, &origin)
}

fn from_file(path: &str, what: &str) -> Result<String, Failure> {
    let unreadable = |e: std::io::Error| {
        Failure::usage(format!("cannot read the {what} from file {path}")).caused_by(e)
    };
    let mut file = fs::File::open(path).map_err(unreadable)?.take(VARIABLES_BYTES_MAX);
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

fn from_stdin(what: &str) -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(VARIABLES_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|e| Failure::usage(format!("cannot read the {what} from stdin")).caused_by(e))?;
    Ok(text)
}

/// Parses `text`, which came from `origin`.
///
/// # Errors
/// When it is not JSON or not an object.
fn parse(text: &str, flag: &str, what: &str, origin: &str) -> Result<Map<String, Value>, Failure> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(Failure::usage(format!(
            "the {what} from {origin} cannot be {}: it must be a JSON object",
            kind(&other)
        ))
        .fix("write them as an object, for example '{\"total\": 42}'")),
        Err(e) => {
            Err(Failure::usage(format!("what is given for the {what} ({origin}) is not JSON: {e}"))
                .fix(format!(
                    "quote the JSON for your shell, for example {flag} '{{\"total\": 42}}'; @FILE \
                 reads a file and - reads stdin"
                )))
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
