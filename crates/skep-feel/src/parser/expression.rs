//! Operators and control structures, loosest first.

use std::sync::Arc;

use super::{Parsed, Parser};
use crate::ast::{
    Comparison, Expr, Filter, FilterKind, For, Iterators, Operator, Quantified, RangeExpr, Test,
};
use crate::value::Val;

/// What the surroundings make of a range.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Ranges {
    /// A test of the input value.
    AreTests,
    /// Left to the caller, and nothing may follow it.
    AreLeft,
}

impl Parser<'_> {
    /// A whole expression.
    pub(super) fn expression(&mut self) -> Parsed {
        self.expression_with(Ranges::AreTests)
    }

    pub(super) fn expression_with(&mut self, ranges: Ranges) -> Parsed {
        self.nested(|parser| {
            parser.next()?;
            match parser.word() {
                Some("if") if parser.begins_if() => parser.if_expression(),
                Some("for") if parser.begins_iteration("for") => parser.for_expression(),
                Some("some") if parser.begins_iteration("some") => parser.quantified(false),
                Some("every") if parser.begins_iteration("every") => parser.quantified(true),
                Some(_) | None => parser.logic(ranges),
            }
        })
    }

    /// `if`, `for`, `some` and `every` are not reserved: a variable may have the name.
    fn begins_if(&self) -> bool {
        let next = self.rest_after(2);
        !matches!(
            next.as_bytes().first(),
            None | Some(b'=' | b'!' | b'<' | b'>' | b'.' | b',' | b')' | b']' | b'}' | b'+' | b'*')
        )
    }

    fn begins_iteration(&self, word: &str) -> bool {
        let next = self.rest_after(word.len());
        next.starts_with('`') || next.chars().next().is_some_and(|c| c == '_' || c.is_alphabetic())
    }

    fn if_expression(&mut self) -> Parsed {
        let mut branches = Vec::new();
        loop {
            self.expect_word("if")?;
            let condition = self.expression()?;
            self.expect_word("then")?;
            let result = self.expression()?;
            self.expect_word("else")?;
            branches.push((condition, result));
            // `else if` continues the chain instead of nesting.
            if !(self.sees_word("if")? && self.begins_if()) {
                break;
            }
        }
        Ok(Expr::If(branches.into(), Box::new(self.expression()?)))
    }

    fn for_expression(&mut self) -> Parsed {
        self.expect_word("for")?;
        let iterators = self.iterators()?;
        self.expect_word("return")?;
        let partial: Arc<str> = Arc::from("partial");
        let names = iterators.names.iter().cloned().chain([partial.clone()]);
        let n_partial = self.n_partial;
        let body = self.binding(names, Self::expression)?;
        let partial = (self.n_partial > n_partial).then_some(partial);
        Ok(Expr::For(Box::new(For { iterators, body, partial })))
    }

    fn quantified(&mut self, every: bool) -> Parsed {
        self.expect_word(if every { "every" } else { "some" })?;
        let iterators = self.iterators()?;
        self.expect_word("satisfies")?;
        let condition = self.binding(iterators.names.iter().cloned(), Self::expression)?;
        Ok(Expr::Quantified(Box::new(Quantified { every, iterators, condition })))
    }

    fn iterators(&mut self) -> Parsed<Iterators> {
        let (mut names, mut lists) = (Vec::new(), Vec::new());
        loop {
            names.push(self.name("the name of an iterator")?);
            self.expect_word("in")?;
            let list = self.arithmetic()?;
            lists.push(if self.eat("..")? {
                Expr::Iteration(Box::new((list, self.arithmetic()?)))
            } else if let Expr::Range(_) = list {
                let message =
                    "a range in brackets cannot be iterated; write 'a..b' without them".to_owned();
                return Err(self.error_at(self.at, message));
            } else {
                list
            });
            if !self.eat(",")? {
                return Ok(Iterators { names: names.into(), lists: lists.into() });
            }
        }
    }

    /// Comparisons joined by `and`, and those by `or`.
    ///
    /// One loop for both: a frame less on the stack for each level of nesting.
    fn logic(&mut self, ranges: Ranges) -> Parsed {
        let first = self.comparison()?;
        if let (Expr::Range(_), Ranges::AreLeft) = (&first, ranges) {
            return Ok(first);
        }
        let mut current = as_test(first);
        let (mut alternatives, mut conjuncts) = (Vec::new(), Vec::new());
        loop {
            let is_and = self.eat_word("and")?;
            if is_and {
                conjuncts.push(current);
            } else {
                if !conjuncts.is_empty() {
                    conjuncts.push(current);
                    current = Expr::And(std::mem::take(&mut conjuncts).into());
                }
                if !self.eat_word("or")? {
                    break;
                }
                alternatives.push(current);
            }
            current = as_test(self.comparison()?);
        }
        if alternatives.is_empty() {
            return Ok(current);
        }
        alternatives.push(current);
        Ok(Expr::Or(alternatives.into()))
    }

    fn comparison(&mut self) -> Parsed {
        if let Some(comparison) = self.unary_comparison()? {
            return Ok(comparison);
        }
        if self.next()? == Some(b']') {
            return self.reversed_range();
        }
        let left = self.arithmetic()?;
        if let Expr::Range(_) = left {
            return Ok(left);
        }
        if let Some(comparison) = self.comparison_symbol()? {
            let right = self.operand(comparison.symbol())?;
            return Ok(Expr::Comparison(comparison, Box::new((left, right))));
        }
        match self.word() {
            Some("between") => {
                self.expect_word("between")?;
                let least = self.operand("between")?;
                self.expect_word("and")?;
                let greatest = self.operand("and")?;
                Ok(Expr::Between(Box::new((left, least, greatest))))
            }
            Some("instance") => {
                self.expect_word("instance")?;
                self.expect_word("of")?;
                let name = self.type_name()?;
                Ok(Expr::InstanceOf(Box::new(left), name))
            }
            // In feel-scala a keyword ends where its letters end. Of those behind a value only `in`
            // is read so: the DMN TCK of 2024 has `.start included`, which is `.start in cluded`.
            Some(word) if word.starts_with("in") => {
                self.at += "in".len();
                let test = self.tests_of_in()?;
                Ok(Expr::In(Box::new(left), Box::new(test)))
            }
            Some(_) | None => Ok(left),
        }
    }

    /// `<`, `<=`, … with nothing in front: compares the input value.
    pub(super) fn unary_comparison(&mut self) -> Parsed<Option<Expr>> {
        if !matches!(self.next()?, Some(b'<' | b'>')) {
            return Ok(None);
        }
        let Some(comparison) = self.comparison_symbol()? else { return Ok(None) };
        let right = self.operand(comparison.symbol())?;
        Ok(Some(Expr::Test(Test::Compare(comparison, Box::new(right)))))
    }

    fn comparison_symbol(&mut self) -> Parsed<Option<Comparison>> {
        self.next()?;
        let (comparison, len) = match (self.byte(), self.byte_at(1)) {
            (Some(b'='), _) => (Comparison::Equal, 1),
            (Some(b'!'), Some(b'=')) => (Comparison::NotEqual, 2),
            (Some(b'<'), Some(b'=')) => (Comparison::LessOrEqual, 2),
            (Some(b'<'), _) => (Comparison::Less, 1),
            (Some(b'>'), Some(b'=')) => (Comparison::GreaterOrEqual, 2),
            (Some(b'>'), _) => (Comparison::Greater, 1),
            _ => return Ok(None),
        };
        self.at += len;
        Ok(Some(comparison))
    }

    /// The right side of an operator, which a range cannot be.
    fn operand(&mut self, operator: &str) -> Parsed {
        let start = self.at;
        match self.arithmetic()? {
            Expr::Range(_) => {
                let message = format!(
                    "a range cannot stand behind '{operator}'; test it with 'in' or pass it to a \
                     function"
                );
                Err(self.error_at(start, message))
            }
            other => Ok(other),
        }
    }

    fn type_name(&mut self) -> Parsed<Arc<str>> {
        self.next()?;
        for name in ["years and months duration", "days and time duration", "date and time"] {
            if self.rest().starts_with(name) {
                self.at += name.len();
                return Ok(name.into());
            }
        }
        if let Some(word @ ("function" | "null")) = self.word() {
            self.at += word.len();
            return Ok(word.into());
        }
        let mut name = self.name("the name of a type")?.to_string();
        while self.eat(".")? {
            name.push('.');
            name.push_str(&self.name("the name of a type")?);
        }
        Ok(name.into())
    }

    /// Sums, the loosest arithmetic; a range if it is one.
    pub(super) fn arithmetic(&mut self) -> Parsed {
        self.operators(0)
    }

    /// Operators of `least` level and tighter: 0 is `+ -`, 1 is `* /`, 2 is `**`, all of them to
    /// the left. A chain of one level is one node.
    fn operators(&mut self, least: u8) -> Parsed {
        let mut first = self.unary()?;
        let mut rest = Vec::new();
        let mut chain_level = 0;
        while let Some((operator, level, len)) = self.operator()?
            && level >= least
        {
            let start = self.at;
            self.at += len;
            if !rest.is_empty() && level != chain_level {
                first = Expr::Arithmetic(Box::new(first), std::mem::take(&mut rest).into());
            }
            chain_level = level;
            let right = if level < 2 { self.operators(level + 1)? } else { self.unary()? };
            if matches!(first, Expr::Range(_)) || matches!(right, Expr::Range(_)) {
                return Err(self.error_at(start, "a range is not a number".to_owned()));
            }
            rest.push((operator, right));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Expr::Arithmetic(Box::new(first), rest.into()))
    }

    /// The operator that comes next, its level and its length.
    fn operator(&mut self) -> Parsed<Option<(Operator, u8, usize)>> {
        Ok(match self.next()? {
            Some(b'+') => Some((Operator::Add, 0, 1)),
            Some(b'-') => Some((Operator::Subtract, 0, 1)),
            Some(b'*') if self.byte_at(1) == Some(b'*') => Some((Operator::Power, 2, 2)),
            Some(b'*') => Some((Operator::Multiply, 1, 1)),
            Some(b'/') => Some((Operator::Divide, 1, 1)),
            _ => None,
        })
    }

    /// One sign at most, and a second one only as part of a number.
    fn unary(&mut self) -> Parsed {
        if self.next()? != Some(b'-') {
            return self.postfix();
        }
        self.at += 1;
        if self.next()? == Some(b'-') {
            if !matches!(self.byte_at(1), Some(b'0'..=b'9' | b'.')) {
                return Err(self.unexpected("a value behind '-'"));
            }
            self.at += 1;
            return self.postfix();
        }
        match self.postfix()? {
            Expr::Constant(Val::Number(number)) => {
                Ok(Expr::Constant(Val::Number(number.negated())))
            }
            Expr::Range(_) => Err(self.error_at(self.at, "a range cannot be negated".to_owned())),
            value => Ok(Expr::Negation(Box::new(value))),
        }
    }

    /// A value with its paths and filters.
    fn postfix(&mut self) -> Parsed {
        let mut value = self.primary()?;
        loop {
            match self.next()? {
                Some(b'.') if self.byte_at(1) != Some(b'.') => {
                    let keys = self.keys()?;
                    value = Expr::Path(Box::new(not_range(self, value)?), keys.into());
                }
                Some(b'[') if !(self.in_range_end && self.closes_range()) => {
                    if matches!(value, Expr::Range(_)) {
                        return Ok(value);
                    }
                    self.at += 1;
                    let filter = self.binding([Arc::from("item")], Self::expression)?;
                    self.expect("]")?;
                    let filter = filter_kind(filter);
                    value = Expr::Filter(Box::new(Filter { list: value, filter }));
                }
                _ => return Ok(value),
            }
        }
    }

    /// Names behind points.
    pub(super) fn keys(&mut self) -> Parsed<Vec<Arc<str>>> {
        let mut keys = Vec::new();
        while self.next()? == Some(b'.') && self.byte_at(1) != Some(b'.') {
            self.at += 1;
            keys.push(self.key()?);
        }
        Ok(keys)
    }

    /// Whether a `[` here ends a range: nothing that could be a filter follows.
    fn closes_range(&self) -> bool {
        let next = self.rest_after(1);
        matches!(next.as_bytes().first(), None | Some(b')' | b',' | b']' | b'}'))
            || ["and", "or", "then", "else", "return", "satisfies"].iter().any(|word| {
                next.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
            })
    }
}

/// A range where a truth value is expected asks whether the input value is inside.
pub(super) fn as_test(expr: Expr) -> Expr {
    match expr {
        Expr::Range(range) => Expr::Test(Test::Range(range)),
        other => other,
    }
}

fn not_range(parser: &Parser<'_>, value: Expr) -> Parsed {
    if let Expr::Range(_) = value {
        return Err(parser.error_at(parser.at, "a range has no properties".to_owned()));
    }
    Ok(value)
}

pub(super) fn range(start: Expr, start_closed: bool, end: Expr, end_closed: bool) -> Expr {
    Expr::Range(Box::new(RangeExpr { start, start_closed, end, end_closed }))
}

/// Tells an index from a condition by its shape.
fn filter_kind(filter: Expr) -> FilterKind {
    match filter {
        Expr::Constant(Val::Number(index)) => FilterKind::Index(index),
        // These never give a number outside, or are taken per item whatever they give.
        filter @ (Expr::Comparison(..)
        | Expr::Between(_)
        | Expr::InstanceOf(..)
        | Expr::In(..)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Quantified(_)
        | Expr::Call(_)
        | Expr::Test(_)
        | Expr::List(_)
        | Expr::Context(_)
        | Expr::For(_)
        | Expr::Range(_)
        | Expr::Function(_)
        | Expr::Iteration(_)
        | Expr::Constant(_)) => FilterKind::PerItem(filter),
        filter @ (Expr::Input
        | Expr::Reference(..)
        | Expr::Path(..)
        | Expr::Filter(_)
        | Expr::Negation(_)
        | Expr::Arithmetic(..)
        | Expr::If(..)) => FilterKind::Either(filter),
    }
}
