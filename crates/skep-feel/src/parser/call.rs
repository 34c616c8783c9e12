//! Function calls.

use std::sync::Arc;

use super::expression::Ranges;
use super::{Parsed, Parser};
use crate::ast::{Arguments, Call, Expr};
use crate::builtin;

impl Parser<'_> {
    /// A call by name, if one begins here; the name may contain spaces.
    pub(super) fn call(&mut self) -> Parsed<Option<Expr>> {
        let reserved = self.reserved_function_name();
        let Some(name) = reserved.or_else(|| self.spaced_name(b'(')) else {
            return self.escaped_call();
        };
        if let Some(value) = self.temporal_literal(name)? {
            return Ok(Some(Expr::Constant(value)));
        }
        self.at += name.len();
        self.finish_call(None, name.into()).map(Some)
    }

    /// A call of a function whose name is in backticks.
    fn escaped_call(&mut self) -> Parsed<Option<Expr>> {
        if self.byte() != Some(b'`') {
            return Ok(None);
        }
        let start = self.at;
        let name = self.escaped_name()?;
        if self.next()? == Some(b'(') {
            return self.finish_call(None, name).map(Some);
        }
        self.at = start;
        Ok(None)
    }

    /// A call of a function in a context: `a.b.f(x)`.
    pub(super) fn qualified_call(&mut self, root: Arc<str>, mut keys: Vec<Arc<str>>) -> Parsed {
        match keys.pop() {
            Some(name) => self.finish_call(Some(Expr::Reference(root, keys.into())), name),
            None => self.finish_call(None, root),
        }
    }

    fn finish_call(&mut self, path: Option<Expr>, name: Arc<str>) -> Parsed {
        self.expect("(")?;
        let arguments = if self.eat(")")? {
            Arguments::Positional(Box::default())
        } else {
            let arguments = self.arguments()?;
            self.expect(")")?;
            arguments
        };
        let builtin = match path {
            None => builtin::resolve(&name, &arguments),
            Some(_) => None,
        };
        self.is_volatile |= builtin::is_volatile(&name);
        Ok(Expr::Call(Box::new(Call { path, name, arguments, builtin })))
    }

    fn arguments(&mut self) -> Parsed<Arguments> {
        self.next()?;
        let Some(first) = self.argument_name()? else {
            let mut arguments = vec![self.expression_with(Ranges::AreLeft)?];
            while self.eat(",")? {
                arguments.push(self.expression_with(Ranges::AreLeft)?);
            }
            return Ok(Arguments::Positional(arguments.into()));
        };
        let mut arguments = Vec::new();
        let mut name = first;
        loop {
            self.expect(":")?;
            let value = self.expression_with(Ranges::AreLeft)?;
            // The last one of a name counts.
            arguments.retain(|(known, _): &(Arc<str>, Expr)| *known != name);
            arguments.push((name, value));
            if !self.eat(",")? {
                return Ok(Arguments::Named(arguments.into()));
            }
            name = match self.argument_name()? {
                Some(name) => name,
                None => return Err(self.unexpected("the name of an argument and ':'")),
            };
        }
    }

    /// Takes the name of a named argument, if one begins here.
    fn argument_name(&mut self) -> Parsed<Option<Arc<str>>> {
        if self.next()? == Some(b'`') {
            let start = self.at;
            let name = self.escaped_name()?;
            if self.next()? == Some(b':') {
                return Ok(Some(name));
            }
            self.at = start;
            return Ok(None);
        }
        let name = self.spaced_name(b':');
        if let Some(name) = name {
            self.at += name.len();
        }
        Ok(name.map(Arc::from))
    }
}
