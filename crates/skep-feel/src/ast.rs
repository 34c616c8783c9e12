//! The compiled form of an expression.
//!
//! Chains of one precedence (`a + b - c`, `a or b or c`, `if … else if …`) are one node, so the
//! depth of the tree is the depth of nesting in the text and not the length of the text.

use std::sync::Arc;

use crate::builtin::Resolved;
use crate::number::Number;
use crate::value::Value;

/// An expression.
#[derive(Debug)]
pub(crate) enum Expr {
    /// A literal, or a list or context of literals.
    Constant(Value),
    /// `?`
    Input,
    /// `a.b.c`, beginning at a variable.
    Reference(Arc<str>, Box<[Arc<str>]>),
    /// `(…).b.c`
    Path(Box<Self>, Box<[Arc<str>]>),
    Filter(Box<Filter>),
    List(Box<[Self]>),
    Context(Box<[(Arc<str>, Self)]>),
    /// A range as a value: only an argument can be one.
    Range(Box<RangeExpr>),
    Negation(Box<Self>),
    Arithmetic(Box<Self>, Box<[(Operator, Self)]>),
    Comparison(Comparison, Box<(Self, Self)>),
    /// Value, least, greatest.
    Between(Box<(Self, Self, Self)>),
    InstanceOf(Box<Self>, Arc<str>),
    In(Box<Self>, Box<Self>),
    And(Box<[Self]>),
    Or(Box<[Self]>),
    /// Conditions with their results, and the last `else`.
    If(Box<[(Self, Self)]>, Box<Self>),
    For(Box<For>),
    Quantified(Box<Quantified>),
    /// `1..10` behind `in` of `for`, `some` and `every`.
    Iteration(Box<(Self, Self)>),
    Call(Box<Call>),
    Function(Arc<FunctionDefinition>),
    Test(Test),
}

/// A unary test: a truth about the input value.
#[derive(Debug)]
pub(crate) enum Test {
    /// `-`
    Any,
    /// `< 5`
    Compare(Comparison, Box<Expr>),
    /// `true`, alone.
    Equal(Value),
    /// `[1..5]`
    Range(Box<RangeExpr>),
    /// Any other expression.
    Expression(Box<Expr>),
    /// `1, 2, 3`
    AnyOf(Box<[Expr]>),
    /// `not(…)`
    Not(Box<Expr>),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug)]
pub(crate) struct RangeExpr {
    pub(crate) start: Expr,
    pub(crate) start_closed: bool,
    pub(crate) end: Expr,
    pub(crate) end_closed: bool,
}

#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) list: Expr,
    pub(crate) filter: FilterKind,
}

/// What decides how a filter is read.
#[derive(Debug)]
pub(crate) enum FilterKind {
    /// A literal number.
    Index(Number),
    /// Its text tells that it is meant for each item.
    PerItem(Expr),
    /// A number it gives outside of any item is an index; anything else is meant for each item.
    Either(Expr),
}

/// The names that `for`, `some` and `every` bind, and the lists of their values.
#[derive(Debug)]
pub(crate) struct Iterators {
    pub(crate) names: Box<[Arc<str>]>,
    pub(crate) lists: Box<[Expr]>,
}

#[derive(Debug)]
pub(crate) struct For {
    pub(crate) iterators: Iterators,
    pub(crate) body: Expr,
    /// The name `partial`, if it appears in the body.
    pub(crate) partial: Option<Arc<str>>,
}

#[derive(Debug)]
pub(crate) struct Quantified {
    pub(crate) every: bool,
    pub(crate) iterators: Iterators,
    pub(crate) condition: Expr,
}

#[derive(Debug)]
pub(crate) struct Call {
    /// The context that holds the function.
    pub(crate) path: Option<Expr>,
    pub(crate) name: Arc<str>,
    pub(crate) arguments: Arguments,
    /// The built-in function of this name that takes these arguments.
    pub(crate) builtin: Option<Resolved>,
}

#[derive(Debug)]
pub(crate) enum Arguments {
    Positional(Box<[Expr]>),
    Named(Box<[(Arc<str>, Expr)]>),
}

#[derive(Debug)]
pub(crate) struct FunctionDefinition {
    pub(crate) parameters: Box<[Arc<str>]>,
    /// Names of the body that are bound nowhere in the expression.
    pub(crate) free: Box<[Arc<str>]>,
    pub(crate) body: Arc<Expr>,
}

impl Comparison {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}
