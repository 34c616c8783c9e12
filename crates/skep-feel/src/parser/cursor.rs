//! Moving over the text, and saying what is wrong with it.

use super::{DEPTH_MAX, Parsed, Parser};
use crate::expression::ParseError;

/// White space of FEEL.
///
/// Source: camunda/feel-scala: src/main/scala/org/camunda/feel/impl/parser/FeelWhitespace.scala
fn is_whitespace(c: char) -> bool {
    matches!(
        c,
        '\t'..='\r'
            | ' '
            | '\u{85}'
            | '\u{a0}'
            | '\u{1680}'
            | '\u{180e}'
            | '\u{2000}'..='\u{200b}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{202f}'
            | '\u{205f}'
            | '\u{3000}'
            | '\u{feff}'
    )
}

impl<'t> Parser<'t> {
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn byte_at(&self, offset: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + offset).copied()
    }

    /// Steps over white space and comments, and tells the next byte.
    pub(super) fn next(&mut self) -> Parsed<Option<u8>> {
        match self.skip_from(self.at) {
            Ok(at) => {
                self.at = at;
                Ok(self.byte())
            }
            Err(start) => Err(self.unfinished(start, "the comment that begins here has no end")),
        }
    }

    /// Where white space and comments end; on failure, where a comment without end begins.
    pub(super) fn skip_from(&self, mut at: usize) -> Result<usize, usize> {
        let bytes = self.text.as_bytes();
        loop {
            match (bytes.get(at), bytes.get(at + 1)) {
                (Some(b' ' | b'\t'..=b'\r'), _) => at += 1,
                (Some(b'/'), Some(b'/')) => {
                    let rest = &self.text[at..];
                    at += rest.find('\n').map_or(rest.len(), |end| end + 1);
                }
                (Some(b'/'), Some(b'*')) => match self.text[at + 2..].find("*/") {
                    Some(end) => at += end + 4,
                    None => return Err(at),
                },
                (Some(0x80..), _) => match self.text[at..].chars().next() {
                    Some(c) if is_whitespace(c) => at += c.len_utf8(),
                    Some(_) | None => return Ok(at),
                },
                _ => return Ok(at),
            }
        }
    }

    /// What follows white space and comments, `offset` bytes from here.
    pub(super) fn rest_after(&self, offset: usize) -> &'t str {
        let at = self.at + offset;
        &self.text[self.skip_from(at).unwrap_or(at)..]
    }

    /// Takes `token` if it comes next; a symbol, not a word.
    pub(super) fn eat(&mut self, token: &str) -> Parsed<bool> {
        self.next()?;
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        Ok(found)
    }

    pub(super) fn expect(&mut self, token: &str) -> Parsed<()> {
        if self.eat(token)? { Ok(()) } else { Err(self.unexpected(&format!("'{token}'"))) }
    }

    /// Whether the word `word` comes next.
    pub(super) fn sees_word(&mut self, word: &str) -> Parsed<bool> {
        self.next()?;
        Ok(self.word() == Some(word))
    }

    pub(super) fn eat_word(&mut self, word: &str) -> Parsed<bool> {
        let found = self.sees_word(word)?;
        if found {
            self.at += word.len();
        }
        Ok(found)
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.eat_word(word)? { Ok(()) } else { Err(self.unexpected(&format!("'{word}'"))) }
    }

    pub(super) fn expect_end(&mut self) -> Parsed<()> {
        match self.next()? {
            None => Ok(()),
            Some(_) => Err(self.unexpected("an operator or the end of the expression")),
        }
    }

    /// An error at the next token that names it.
    pub(super) fn unexpected(&mut self, expected: &str) -> Box<ParseError> {
        if let Err(error) = self.next() {
            return error;
        }
        let found = match self.rest().chars().next() {
            None => {
                let message = format!("expected {expected}, found the end of the expression");
                return self.unfinished(self.at, &message);
            }
            Some(c) => match self.word() {
                Some(word) => format!("'{}'", word.chars().take(40).collect::<String>()),
                None => format!("'{c}'"),
            },
        };
        self.error_at(self.at, format!("expected {expected}, found {found}"))
    }

    pub(super) fn error_at(&self, at: usize, message: String) -> Box<ParseError> {
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Box::new(ParseError {
            message,
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            is_incomplete: false,
        })
    }

    /// An error that more text might mend.
    pub(super) fn unfinished(&self, at: usize, message: &str) -> Box<ParseError> {
        let mut error = self.error_at(at, message.to_owned());
        error.is_incomplete = true;
        error
    }

    /// Runs `inner` one level deeper, outside of any range end.
    pub(super) fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEPTH_MAX {
            let message = format!("the expression nests deeper than {DEPTH_MAX} levels");
            return Err(self.error_at(self.at, message));
        }
        let in_range_end = std::mem::replace(&mut self.in_range_end, false);
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        self.in_range_end = in_range_end;
        result
    }
}
