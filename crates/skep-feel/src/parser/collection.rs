//! Values without operators: literals, names, parentheses, lists, contexts, functions.

use std::sync::Arc;

use super::expression::{Ranges, as_test, range};
use super::{Parsed, Parser};
use crate::ast::{Expr, FunctionDefinition};
use crate::value::{Text, Val};

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed {
        match self.next()? {
            Some(b'(') => self.parenthesised(),
            Some(b'[') => self.list_or_range(),
            Some(b'{') => self.context(),
            Some(b'"') => Ok(Expr::Constant(self.string()?)),
            Some(b'@') => Ok(Expr::Constant(self.at_literal()?)),
            Some(b'?') => {
                self.at += 1;
                Ok(Expr::Input)
            }
            Some(b'0'..=b'9') => Ok(Expr::Constant(Val::Number(self.number()?))),
            Some(b'.') if self.byte_at(1).is_some_and(|byte| byte.is_ascii_digit()) => {
                Ok(Expr::Constant(Val::Number(self.number()?)))
            }
            _ => self.named(),
        }
    }

    fn parenthesised(&mut self) -> Parsed {
        self.at += 1;
        let inner = self.expression_with(Ranges::AreLeft)?;
        if self.next()? == Some(b'.') && self.byte_at(1) == Some(b'.') {
            return self.range_from(inner, false);
        }
        self.expect(")")?;
        Ok(as_test(inner))
    }

    fn list_or_range(&mut self) -> Parsed {
        self.at += 1;
        if self.eat("]")? {
            return Ok(Expr::Constant(Val::list(Vec::new())));
        }
        let first = self.expression_with(Ranges::AreLeft)?;
        if self.next()? == Some(b'.') && self.byte_at(1) == Some(b'.') {
            return self.range_from(first, true);
        }
        let mut items = vec![as_test(first)];
        while self.eat(",")? {
            items.push(self.expression()?);
        }
        self.expect("]")?;
        Ok(list(items))
    }

    /// `]1..5[`
    pub(super) fn reversed_range(&mut self) -> Parsed {
        self.at += 1;
        let start = self.nested(Self::arithmetic)?;
        self.range_from(start, false)
    }

    /// The rest of a range whose start was read; two points come next.
    pub(super) fn range_from(&mut self, start: Expr, start_closed: bool) -> Parsed {
        if matches!(start, Expr::Range(_)) {
            return Err(self.error_at(self.at, "a range cannot begin with a range".to_owned()));
        }
        self.expect("..")?;
        let end = self.nested(|parser| {
            parser.in_range_end = true;
            parser.arithmetic()
        })?;
        if matches!(end, Expr::Range(_)) {
            return Err(self.error_at(self.at, "a range cannot end with a range".to_owned()));
        }
        let end_closed = match self.next()? {
            Some(b']') => true,
            Some(b')' | b'[') => false,
            _ => return Err(self.unexpected("']', ')' or '[' at the end of the range")),
        };
        self.at += 1;
        Ok(range(start, start_closed, end, end_closed))
    }

    fn context(&mut self) -> Parsed {
        self.at += 1;
        let mut entries = Vec::new();
        let n_bound = self.bound.len();
        if !self.eat("}")? {
            loop {
                let key = self.context_key()?;
                self.expect(":")?;
                let value = self.expression()?;
                // Later entries see this one.
                self.bound.push(key.clone());
                entries.push((key, value));
                if !self.eat(",")? {
                    break;
                }
            }
            self.expect("}")?;
        }
        self.bound.truncate(n_bound);
        Ok(context(entries))
    }

    /// A string, a name in backticks, or whatever stands in front of the colon.
    fn context_key(&mut self) -> Parsed<Arc<str>> {
        match self.next()? {
            Some(b'"') => return Ok(self.quoted()?.into()),
            Some(b'`') => return self.escaped_name(),
            _ => (),
        }
        let rest = self.rest();
        let end = rest.find(['"', '{', '}', ':', ',', '[', ']', '`']).unwrap_or(rest.len());
        let key = rest[..end].trim_end();
        if key.is_empty() {
            return Err(self.unexpected("the key of a context entry"));
        }
        self.at += end;
        Ok(key.into())
    }

    /// Whatever begins with a word or a backtick.
    fn named(&mut self) -> Parsed {
        if let Some(call) = self.call()? {
            return Ok(call);
        }
        match self.word() {
            Some("null") => self.constant("null", Val::Null),
            Some("true") => self.constant("true", Val::Boolean(true)),
            Some("false") => self.constant("false", Val::Boolean(false)),
            Some("function") => self.function(),
            Some("if" | "for" | "some" | "every") if self.begins_inner_keyword() => {
                Err(self.unexpected("a value; put it in parentheses to use it here"))
            }
            Some(_) | None => self.reference(),
        }
    }

    fn begins_inner_keyword(&self) -> bool {
        let word = self.word().unwrap_or_default();
        let next = self.rest_after(word.len());
        next.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '`')
    }

    fn constant(&mut self, word: &str, value: Val<'static>) -> Parsed {
        self.at += word.len();
        Ok(Expr::Constant(value))
    }

    fn function(&mut self) -> Parsed {
        self.expect_word("function")?;
        self.expect("(")?;
        let mut parameters: Vec<Arc<str>> = Vec::new();
        if !self.eat(")")? {
            loop {
                parameters.push(self.parameter_name()?);
                if !self.eat(",")? {
                    break;
                }
            }
            self.expect(")")?;
        }
        self.next()?;
        if self.word() == Some("external") && self.is_followed_by("external".len(), b'{') {
            let message = "external functions are not supported".to_owned();
            return Err(self.error_at(self.at, message));
        }
        let outer = std::mem::take(&mut self.names);
        let body = self.binding(parameters.clone(), Self::expression)?;
        let free = std::mem::replace(&mut self.names, outer);
        free.iter().for_each(|name| self.refer(name));
        let definition = FunctionDefinition {
            parameters: parameters.into(),
            free: free.into(),
            body: Arc::new(body),
        };
        Ok(Expr::Function(Arc::new(definition)))
    }

    fn parameter_name(&mut self) -> Parsed<Arc<str>> {
        self.next()?;
        match self.spaced_name(b',').or_else(|| self.spaced_name(b')')) {
            Some(name) => {
                self.at += name.len();
                Ok(name.into())
            }
            None => self.name("the name of a parameter"),
        }
    }

    fn reference(&mut self) -> Parsed {
        self.next()?;
        let name = if self.sees_time_offset() {
            self.key()?
        } else if matches!(self.byte(), Some(b'`')) || self.word().is_some() {
            self.name("a value")?
        } else {
            return Err(self.unexpected("a value"));
        };
        self.refer(&name);
        let keys = self.keys()?;
        if self.next()? == Some(b'(') && !keys.is_empty() {
            return self.qualified_call(name, keys);
        }
        Ok(Expr::Reference(name, keys.into()))
    }
}

/// A list; of literals it is a literal itself.
fn list(items: Vec<Expr>) -> Expr {
    if items.iter().any(|item| !matches!(item, Expr::Constant(_))) {
        return Expr::List(items.into());
    }
    let values = items.into_iter().filter_map(|item| match item {
        Expr::Constant(value) => Some(value),
        _ => None,
    });
    Expr::Constant(Val::list(values.collect()))
}

/// A context; of literals it is a literal itself.
fn context(entries: Vec<(Arc<str>, Expr)>) -> Expr {
    if entries.iter().any(|(_, value)| !matches!(value, Expr::Constant(_))) {
        return Expr::Context(entries.into());
    }
    let values = entries.into_iter().filter_map(|(key, value)| match value {
        Expr::Constant(value) => Some((Text::from(key), value)),
        _ => None,
    });
    Expr::Constant(Val::context(values.collect()))
}
