//! From text to tree, by recursive descent.
//!
//! The grammar is feel-scala's: names are one token, so nothing depends on the variables that
//! will be there; where its ordered choice decides, the same choice is made here.
//!
//! Source: camunda/feel-scala: src/main/scala/org/camunda/feel/impl/parser/FeelParser.scala

mod call;
mod collection;
mod cursor;
mod expression;
mod literal;
mod name;
mod test;

use std::sync::Arc;

use crate::ast::Expr;
use crate::expression::ParseError;

/// Longest text that is compiled, in bytes.
const TEXT_MAX: usize = 1 << 20;

/// How deep parentheses, lists, contexts, bodies and arguments may nest.
const DEPTH_MAX: usize = 64;

type Parsed<T = Expr> = Result<T, Box<ParseError>>;

/// A compiled text.
pub(crate) struct Compiled {
    pub(crate) root: Expr,
    /// Variables it refers to, in order of first use.
    pub(crate) names: Vec<Arc<str>>,
    /// Whether it may call a function that gives something else each time.
    pub(crate) is_volatile: bool,
}

/// The state of one compilation.
struct Parser<'t> {
    text: &'t str,
    /// Byte offset of what comes next.
    at: usize,
    depth: usize,
    /// Whether a `[` may close a range: only where the end of one is read.
    in_range_end: bool,
    /// Names bound around here, innermost last.
    bound: Vec<Arc<str>>,
    names: Vec<Arc<str>>,
    is_volatile: bool,
    /// How often `partial` was read.
    n_partial: usize,
}

/// Compiles an expression.
pub(crate) fn parse_expression(text: &str) -> Result<Compiled, ParseError> {
    parse(text, |parser| {
        let root = parser.expression()?;
        parser.expect_end()?;
        Ok(root)
    })
}

/// Compiles unary tests.
pub(crate) fn parse_unary_tests(text: &str) -> Result<Compiled, ParseError> {
    parse(text, Parser::unary_tests)
}

fn parse<'t>(
    text: &'t str,
    run: impl FnOnce(&mut Parser<'t>) -> Parsed,
) -> Result<Compiled, ParseError> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
        in_range_end: false,
        bound: Vec::new(),
        names: Vec::new(),
        is_volatile: false,
        n_partial: 0,
    };
    if text.len() > TEXT_MAX {
        let message = format!("the expression has more than {TEXT_MAX} bytes");
        return Err(*parser.error_at(0, message));
    }
    match run(&mut parser) {
        Ok(root) => Ok(Compiled { root, names: parser.names, is_volatile: parser.is_volatile }),
        Err(error) => Err(*error),
    }
}
