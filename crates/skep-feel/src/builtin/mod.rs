//! The built-in functions.
//!
//! Source: camunda/feel-scala: src/main/scala/org/camunda/feel/impl/builtin

mod boolean;
mod context;
mod conversion;
mod list;
mod number;
mod range;
mod statistics;
mod string;
mod temporal;
mod zeebe;

use std::fmt;
use std::sync::OnceLock;

use crate::ast::{Arguments, Expr};
use crate::eval::{Evaluator, Stop};
use crate::value::Val;

/// What a built-in function does with its arguments.
type Run = for<'a> fn(&mut Evaluator<'a>, &[Val<'a>]) -> Result<Val<'a>, Refusal>;

/// One signature of a built-in function.
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [&'static str],
    /// Whether the last parameter takes all that is left.
    pub(crate) varargs: bool,
    pub(crate) run: Run,
}

/// Why a built-in function gives nothing.
pub(crate) enum Refusal {
    /// It takes other arguments.
    Arguments,
    /// It says why.
    Because(String),
    /// An argument or a function it called stopped.
    Stop(Stop),
}

impl From<Stop> for Refusal {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// A refusal with a reason.
fn because<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Because(reason.into()))
}

/// A signature with a fixed number of parameters.
const fn fixed(name: &'static str, parameters: &'static [&'static str], run: Run) -> Builtin {
    Builtin { name, parameters, varargs: false, run }
}

/// A signature whose last parameter takes all that is left.
const fn varargs(name: &'static str, parameters: &'static [&'static str], run: Run) -> Builtin {
    Builtin { name, parameters, varargs: true, run }
}

/// A signature that takes the arguments of a call.
pub(crate) struct Resolved {
    pub(crate) builtin: &'static Builtin,
    /// For named arguments, which of them each parameter takes.
    order: Box<[Option<usize>]>,
}

impl Resolved {
    /// The argument of the parameter at `index`.
    pub(crate) fn argument<'e>(&self, index: usize, arguments: &'e Arguments) -> Option<&'e Expr> {
        match arguments {
            Arguments::Positional(exprs) => exprs.get(index),
            Arguments::Named(exprs) => {
                let at = self.order.get(index).copied().flatten()?;
                exprs.get(at).map(|(_, expr)| expr)
            }
        }
    }
}

impl fmt::Debug for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.builtin.name, self.builtin.parameters.join(", "))
    }
}

/// All signatures, by name; those of one name in the order in which they are tried.
fn table() -> &'static [&'static Builtin] {
    static TABLE: OnceLock<Vec<&'static Builtin>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let groups: [&'static [Builtin]; 10] = [
            boolean::FUNCTIONS,
            context::FUNCTIONS,
            conversion::FUNCTIONS,
            list::FUNCTIONS,
            number::FUNCTIONS,
            range::FUNCTIONS,
            statistics::FUNCTIONS,
            string::FUNCTIONS,
            temporal::FUNCTIONS,
            zeebe::FUNCTIONS,
        ];
        let mut all: Vec<_> = groups.into_iter().flatten().collect();
        all.sort_by_key(|builtin| builtin.name);
        all
    })
}

/// Whether the function gives something else each time: it asks for the time or for chance.
pub(crate) fn is_volatile(name: &str) -> bool {
    matches!(name, "now" | "today" | "random number" | "uuid")
}

/// A built-in function, as [`builtins`] lists it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Signature {
    /// Its name, which other signatures may have too.
    pub name: &'static str,
    /// The names of its parameters.
    pub parameters: &'static [&'static str],
    /// Whether the last parameter takes all arguments that are left.
    pub varargs: bool,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = if self.varargs { "…" } else { "" };
        write!(f, "{}({}{rest})", self.name, self.parameters.join(", "))
    }
}

/// The signatures of all built-in functions, by name; those of one name in the order in which
/// they are tried.
///
/// ```
/// let all: Vec<_> = skep_feel::builtins().map(|signature| signature.to_string()).collect();
/// assert!(all.contains(&"substring(string, start position)".to_owned()));
/// ```
pub fn builtins() -> impl Iterator<Item = Signature> {
    table().iter().map(|Builtin { name, parameters, varargs, .. }| Signature {
        name,
        parameters,
        varargs: *varargs,
    })
}

/// The signature of the built-in function `name` that takes `arguments`.
pub(crate) fn resolve(name: &str, arguments: &Arguments) -> Option<Resolved> {
    let table = table();
    let first = table.partition_point(|builtin| builtin.name < name);
    let overloads = table[first..].iter().take_while(|builtin| builtin.name == name);
    for builtin in overloads {
        let n_parameters = builtin.parameters.len();
        match arguments {
            Arguments::Positional(exprs) => {
                let fits = exprs.len() == n_parameters;
                // An empty rest is too few.
                let rest_fits = builtin.varargs && exprs.len() > n_parameters;
                if fits || rest_fits {
                    return Some(Resolved { builtin, order: Box::default() });
                }
            }
            Arguments::Named(exprs) => {
                if exprs.iter().all(|(name, _)| builtin.parameters.contains(&&**name)) {
                    let order = builtin
                        .parameters
                        .iter()
                        .map(|parameter| exprs.iter().position(|(name, _)| **name == **parameter));
                    return Some(Resolved { builtin, order: order.collect() });
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
