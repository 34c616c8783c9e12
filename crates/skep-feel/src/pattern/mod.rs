//! Regular expressions as Java knows them, with limits.
//!
//! A pattern runs on a linear-time engine if it can, and on a backtracking one with a limit if
//! it has look-around, back-references or the like. Differences from `java.util.regex` that
//! remain: `$` matches at the very end only, not before a final line break; ignoring case
//! covers all letters, not ASCII alone.

mod translate;

use std::ops::Range;
use std::sync::Arc;

use crate::eval::{Evaluator, Stop};

/// Longest pattern, in bytes.
const PATTERN_MAX: usize = 10_000;

/// Size of a compiled pattern, in bytes.
const COMPILED_MAX: usize = 1 << 20;

/// Steps back of one search with the backtracking engine.
const BACKTRACK_MAX: usize = 100_000;

/// Patterns one evaluation keeps compiled.
const KEPT_MAX: usize = 16;

/// Compiled patterns of one evaluation.
#[derive(Default)]
pub(crate) struct Patterns {
    kept: Vec<(Box<str>, Box<str>, Arc<Pattern>)>,
}

/// A compiled pattern.
pub(crate) enum Pattern {
    Linear(regex::Regex),
    Backtracking(fancy_regex::Regex),
}

impl Patterns {
    /// Compiles `pattern` with any of the flags `s m i x`; other letters do nothing.
    pub(crate) fn compile(&mut self, pattern: &str, flags: &str) -> Result<Arc<Pattern>, String> {
        let kept = self.kept.iter().find(|(p, f, _)| **p == *pattern && **f == *flags);
        if let Some((_, _, compiled)) = kept {
            return Ok(compiled.clone());
        }
        let compiled = Arc::new(Pattern::new(pattern, flags)?);
        if self.kept.len() < KEPT_MAX {
            self.kept.push((pattern.into(), flags.into(), compiled.clone()));
        }
        Ok(compiled)
    }
}

impl Pattern {
    fn new(pattern: &str, flags: &str) -> Result<Self, String> {
        if pattern.len() > PATTERN_MAX {
            return Err(format!("the pattern has more than {PATTERN_MAX} bytes"));
        }
        let translated = translate::translate(pattern, flags);
        if !translated.possessive {
            let linear = regex::RegexBuilder::new(&translated.text)
                .size_limit(COMPILED_MAX)
                .dfa_size_limit(COMPILED_MAX)
                .nest_limit(100)
                .build();
            match linear {
                Ok(regex) => return Ok(Self::Linear(regex)),
                Err(regex::Error::CompiledTooBig(_)) => {
                    return Err(format!("the pattern '{pattern}' is too big"));
                }
                Err(_) => (),
            }
        }
        fancy_regex::RegexBuilder::new(&translated.text)
            .backtrack_limit(BACKTRACK_MAX)
            .delegate_size_limit(COMPILED_MAX)
            .delegate_dfa_size_limit(COMPILED_MAX)
            .build()
            .map(Self::Backtracking)
            .map_err(|_| format!("'{pattern}' is not a regular expression"))
    }

    /// The groups of the first match from `start`, the whole match first.
    fn groups<'a>(
        &self,
        evaluator: &mut Evaluator<'a>,
        text: &str,
        start: usize,
    ) -> Result<Option<Vec<Option<Range<usize>>>>, Stop> {
        match self {
            Self::Linear(regex) => {
                evaluator.spend(1 + (text.len() - start) / 64)?;
                Ok(regex.captures_at(text, start).map(|captures| {
                    captures.iter().map(|group| group.map(|group| group.range())).collect()
                }))
            }
            Self::Backtracking(regex) => {
                evaluator.spend(BACKTRACK_MAX / 20)?;
                match regex.captures_from_pos(text, start) {
                    Ok(captures) => Ok(captures.map(|captures| {
                        captures.iter().map(|group| group.map(|group| group.range())).collect()
                    })),
                    Err(_) => {
                        Err(Stop::Error("the pattern takes too many steps on this text".into()))
                    }
                }
            }
        }
    }

    /// The first match from `start`.
    pub(crate) fn find<'a>(
        &self,
        evaluator: &mut Evaluator<'a>,
        text: &str,
        start: usize,
    ) -> Result<Option<Range<usize>>, Stop> {
        if let Self::Linear(regex) = self {
            evaluator.spend(1 + (text.len() - start) / 64)?;
            return Ok(regex.find_at(text, start).map(|found| found.range()));
        }
        let groups = self.groups(evaluator, text, start)?;
        Ok(groups.and_then(|groups| groups.into_iter().next().flatten()))
    }

    /// All matches, one behind the other; an empty one may follow another directly.
    pub(crate) fn find_all<'a>(
        &self,
        evaluator: &mut Evaluator<'a>,
        text: &str,
    ) -> Result<Vec<Range<usize>>, Stop> {
        let mut matches = Vec::new();
        let mut start = Some(0);
        while let Some(from) = start {
            let Some(found) = self.find(evaluator, text, from)? else { break };
            evaluator.charge_items(1)?;
            start = after(text, &found);
            matches.push(found);
        }
        Ok(matches)
    }

    /// The text with every match replaced; `$1`, `${name}` and `\` as in Java.
    pub(crate) fn replace_all<'a>(
        &self,
        evaluator: &mut Evaluator<'a>,
        text: &str,
        replacement: &str,
    ) -> Result<String, Stop> {
        let mut replaced = String::new();
        let (mut copied, mut start) = (0, Some(0));
        while let Some(from) = start {
            let Some(groups) = self.groups(evaluator, text, from)? else { break };
            let Some(Some(whole)) = groups.first().cloned() else { break };
            replaced.push_str(&text[copied..whole.start]);
            self.expand(text, &groups, replacement, &mut replaced)?;
            evaluator.charge(whole.start - copied + replacement.len())?;
            copied = whole.end;
            start = after(text, &whole);
        }
        replaced.push_str(&text[copied..]);
        evaluator.charge(text.len() - copied)?;
        Ok(replaced)
    }

    fn group_named(&self, name: &str) -> Option<usize> {
        match self {
            Self::Linear(regex) => regex.capture_names().position(|known| known == Some(name)),
            Self::Backtracking(regex) => {
                regex.capture_names().position(|known| known == Some(name))
            }
        }
    }

    fn expand(
        &self,
        text: &str,
        groups: &[Option<Range<usize>>],
        replacement: &str,
        out: &mut String,
    ) -> Result<(), Stop> {
        let illegal =
            |what: &str| Stop::Error(format!("the replacement '{replacement}' {what}").into());
        let mut rest = replacement;
        while let Some(at) = rest.find(['\\', '$']) {
            out.push_str(&rest[..at]);
            let mut chars = rest[at..].chars();
            let sign = chars.next();
            let Some(next) = chars.next() else {
                return Err(illegal("ends inside of a reference"));
            };
            rest = chars.as_str();
            if sign == Some('\\') {
                out.push(next);
                continue;
            }
            let group = match next {
                '{' => {
                    let Some((name, behind)) = rest.split_once('}') else {
                        return Err(illegal("has a '{' without '}'"));
                    };
                    rest = behind;
                    self.group_named(name)
                }
                '0'..='9' => {
                    let mut number = next.to_digit(10).and_then(|n| usize::try_from(n).ok());
                    // As many digits as still name a group.
                    while let (Some(n), Some(c)) = (number, rest.chars().next())
                        && let Some(digit) = c.to_digit(10).and_then(|n| usize::try_from(n).ok())
                        && n * 10 + digit < groups.len()
                    {
                        number = Some(n * 10 + digit);
                        rest = &rest[1..];
                    }
                    number.filter(|number| *number < groups.len())
                }
                _ => None,
            };
            match group.and_then(|group| groups.get(group)) {
                Some(Some(range)) => out.push_str(&text[range.clone()]),
                Some(None) => (),
                None => return Err(illegal("names a group that is not there")),
            }
        }
        out.push_str(rest);
        Ok(())
    }
}

/// Where the next search begins: one character on after an empty match.
fn after(text: &str, found: &Range<usize>) -> Option<usize> {
    if !found.is_empty() {
        return Some(found.end);
    }
    text[found.end..].chars().next().map(|c| found.end + c.len_utf8())
}

#[cfg(test)]
mod tests;
