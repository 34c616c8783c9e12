//! Names, and which of them are variables.

use std::sync::Arc;

use super::{Parsed, Parser};

/// Words that are never a name.
const RESERVED: [&str; 11] =
    ["null", "true", "false", "function", "in", "return", "then", "else", "satisfies", "and", "or"];

/// Words that end the name of a function in front of them.
///
/// feel-scala reads `x between (1)` as a call of a function `x between`; nobody means that.
const OPERATORS: [&str; 2] = ["between", "instance"];

/// Functions whose name holds a reserved word.
const WITH_RESERVED_WORD: [&str; 5] =
    ["and", "or", "date and time", "years and months duration", "get or else"];

/// `Character.isJavaIdentifierStart`, as far as Unicode categories are at hand.
fn is_start(c: char) -> bool {
    c.is_alphabetic() && u32::from(c) <= 0xffff
        || matches!(c, '_' | '$' | '¢'..='¥' | '\u{203f}' | '\u{2040}' | '\u{20a0}'..='\u{20c0}')
}

/// `Character.isJavaIdentifierPart`.
fn is_part(c: char) -> bool {
    is_start(c)
        || c.is_numeric() && c.is_alphanumeric() && u32::from(c) <= 0xffff
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{200c}'..='\u{200f}' | '\u{483}'..='\u{487}')
}

pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

/// Length of the word `text` begins with, 0 for none.
fn word_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$') => (),
        Some(0x80..) if text.chars().next().is_some_and(is_start) => (),
        Some(_) | None => return 0,
    }
    let mut len = 0;
    loop {
        match bytes.get(len) {
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'0'..=b'9') => len += 1,
            Some(0x80..) => match text[len..].chars().next() {
                Some(c) if is_part(c) => len += c.len_utf8(),
                Some(_) | None => return len,
            },
            Some(_) | None => return len,
        }
    }
}

impl<'t> Parser<'t> {
    /// The word that begins exactly here; nothing is taken.
    pub(super) fn word(&self) -> Option<&'t str> {
        let rest = self.rest();
        let len = word_len(rest);
        (len > 0).then(|| &rest[..len])
    }

    /// A name: a word that is not reserved, or anything in backticks.
    pub(super) fn name(&mut self, what: &str) -> Parsed<Arc<str>> {
        if self.next()? == Some(b'`') {
            return self.escaped_name();
        }
        match self.word() {
            Some(word) if is_reserved(word) => {
                let message = format!(
                    "expected {what}, found the reserved word '{word}'; write it as `{word}` in \
                     backticks if it is a name"
                );
                Err(self.error_at(self.at, message))
            }
            Some(word) => {
                self.at += word.len();
                Ok(word.into())
            }
            None => Err(self.unexpected(what)),
        }
    }

    pub(super) fn escaped_name(&mut self) -> Parsed<Arc<str>> {
        let start = self.at;
        match self.rest()[1..].find('`') {
            None => Err(self.unfinished(start, "the name in backticks has no closing backtick")),
            Some(0) => Err(self.error_at(start, "the name in backticks is empty".into())),
            Some(len) => {
                self.at += len + 2;
                Ok(self.text[start + 1..start + 1 + len].into())
            }
        }
    }

    /// A name behind a point: also the property `time offset`.
    pub(super) fn key(&mut self) -> Parsed<Arc<str>> {
        self.next()?;
        if self.sees_time_offset() {
            self.at += "time offset".len();
            return Ok("time offset".into());
        }
        self.name("a name behind '.'")
    }

    pub(super) fn sees_time_offset(&self) -> bool {
        self.rest().starts_with("time offset") && word_len(&self.rest()[5..]) == 6
    }

    /// The name of a function or parameter that begins here, if `end` follows it; spaces may be
    /// inside. Nothing is taken; the name is the text up to the returned length.
    pub(super) fn spaced_name(&self, end: u8) -> Option<&'t str> {
        let rest = self.rest();
        let mut len = word_len(rest);
        if len == 0 || is_reserved(&rest[..len]) {
            return None;
        }
        loop {
            let n_spaces = rest[len..].bytes().take_while(|byte| *byte == b' ').count();
            let next = &rest[len + n_spaces..];
            let next_len = word_len(next);
            let word = &next[..next_len];
            if n_spaces == 0 || next_len == 0 || is_reserved(word) || OPERATORS.contains(&word) {
                break;
            }
            len += n_spaces + next_len;
        }
        let name = &rest[..len];
        self.is_followed_by(len, end).then_some(name)
    }

    /// The built-in function with a reserved word in its name that is called here.
    pub(super) fn reserved_function_name(&self) -> Option<&'static str> {
        WITH_RESERVED_WORD
            .into_iter()
            .find(|name| self.rest().starts_with(name) && self.is_followed_by(name.len(), b'('))
    }

    /// Whether `byte` comes next, `offset` bytes from here.
    pub(super) fn is_followed_by(&self, offset: usize, byte: u8) -> bool {
        self.rest_after(offset).as_bytes().first() == Some(&byte)
    }

    /// Notes that `name` is used as a variable.
    pub(super) fn refer(&mut self, name: &Arc<str>) {
        if &**name == "partial" {
            self.n_partial += 1;
        }
        if !self.bound.contains(name) && !self.names.contains(name) {
            self.names.push(name.clone());
        }
    }

    /// Runs `inner` with `names` bound.
    pub(super) fn binding<T>(
        &mut self,
        names: impl IntoIterator<Item = Arc<str>>,
        inner: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        let n_bound = self.bound.len();
        self.bound.extend(names);
        let result = inner(self);
        self.bound.truncate(n_bound);
        result
    }
}
