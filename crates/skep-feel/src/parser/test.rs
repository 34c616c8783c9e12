//! Unary tests.

use super::expression::{Ranges, as_test};
use super::{Parsed, Parser};
use crate::ast::{Expr, Test};
use crate::value::Val;

impl Parser<'_> {
    /// A whole input entry: `-`, `not(…)`, or tests separated by commas.
    pub(super) fn unary_tests(&mut self) -> Parsed {
        self.next()?;
        if matches!(self.rest().trim_end(), "" | "-") {
            return Ok(Expr::Test(Test::Any));
        }
        if self.word() == Some("not") && self.is_followed_by(3, b'(') {
            let start = self.at;
            self.at += 3;
            self.expect("(")?;
            let tests = self.tests();
            if let Ok(tests) = tests
                && self.eat(")")?
                && self.next()?.is_none()
            {
                return Ok(Expr::Test(Test::Not(Box::new(tests))));
            }
            // More follows, so it is the function `not`.
            self.at = start;
        }
        let tests = self.tests()?;
        self.expect_end()?;
        Ok(tests)
    }

    /// One test, or several of which one must hold.
    fn tests(&mut self) -> Parsed {
        let first = self.test()?;
        if self.next()? != Some(b',') {
            return Ok(first);
        }
        let mut tests = vec![first];
        while self.eat(",")? {
            tests.push(self.test()?);
        }
        Ok(Expr::Test(Test::AnyOf(tests.into())))
    }

    fn test(&mut self) -> Parsed {
        if let Some(comparison) = self.unary_comparison()? {
            return Ok(comparison);
        }
        let expr = self.expression_with(Ranges::AreLeft)?;
        Ok(match expr {
            Expr::Range(range) => Expr::Test(Test::Range(range)),
            Expr::Constant(value @ Val::Boolean(_)) if self.next()?.is_none() => {
                Expr::Test(Test::Equal(value))
            }
            expr => Expr::Test(Test::Expression(Box::new(expr))),
        })
    }

    /// What stands behind `in`: tests in parentheses, or one test.
    pub(super) fn tests_of_in(&mut self) -> Parsed {
        if self.next()? != Some(b'(') {
            return self.test();
        }
        self.at += 1;
        let tests = self.nested(Self::tests)?;
        if let Expr::Test(Test::Expression(start)) = tests {
            if self.next()? == Some(b'.') && self.byte_at(1) == Some(b'.') {
                // `(1..5)`: an open range after all.
                return Ok(as_test(self.range_from(*start, false)?));
            }
            self.expect(")")?;
            return Ok(Expr::Test(Test::Expression(start)));
        }
        self.expect(")")?;
        Ok(tests)
    }
}
