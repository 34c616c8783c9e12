//! Values that an expression asks an agent for: calls of `fromAi`.

use crate::ast::{Arguments, Call, Expr, FilterKind, Test};
use crate::value::Value;

/// A value that whoever activates an element is to give.
#[derive(Clone, Debug, PartialEq)]
pub struct TaggedParameter {
    /// The reference that stands for it, such as `toolCall.city`.
    pub name: String,
    /// What it means, for whoever gives it.
    pub description: Option<String>,
    /// Its type, in whatever words.
    pub type_name: Option<String>,
    /// A JSON schema of it, as a context.
    pub schema: Option<Value>,
    /// More about it, as a context.
    pub options: Option<Value>,
}

const FUNCTION: &str = "fromAi";
/// The parameters of the function, in order.
const PARAMETERS: [&str; 5] = ["value", "description", "type", "schema", "options"];

/// Adds the parameters of all calls in `expression`, in the order of the text.
///
/// Arguments of such a call are not looked into: they are a reference and literals.
///
/// # Errors
/// An argument is something else.
pub(crate) fn collect(expression: &Expr, found: &mut Vec<TaggedParameter>) -> Result<(), String> {
    let mut all = |expressions: &[Expr]| expressions.iter().try_for_each(|one| collect(one, found));
    match expression {
        Expr::Constant(_) | Expr::Input | Expr::Reference(..) => Ok(()),
        Expr::Path(of, _) | Expr::Negation(of) | Expr::InstanceOf(of, _) => collect(of, found),
        Expr::Filter(filter) => {
            collect(&filter.list, found)?;
            match &filter.filter {
                FilterKind::Index(_) => Ok(()),
                FilterKind::PerItem(one) | FilterKind::Either(one) => collect(one, found),
            }
        }
        Expr::List(items) | Expr::And(items) | Expr::Or(items) => all(items),
        Expr::Context(entries) => entries.iter().try_for_each(|(_, one)| collect(one, found)),
        Expr::Range(range) => {
            collect(&range.start, found)?;
            collect(&range.end, found)
        }
        Expr::Arithmetic(first, rest) => {
            collect(first, found)?;
            rest.iter().try_for_each(|(_, one)| collect(one, found))
        }
        Expr::Comparison(_, pair) => {
            collect(&pair.0, found)?;
            collect(&pair.1, found)
        }
        Expr::In(value, of) => {
            collect(value, found)?;
            collect(of, found)
        }
        Expr::Between(three) => {
            collect(&three.0, found)?;
            collect(&three.1, found)?;
            collect(&three.2, found)
        }
        Expr::If(branches, last) => {
            for (condition, result) in branches {
                collect(condition, found)?;
                collect(result, found)?;
            }
            collect(last, found)
        }
        Expr::For(each) => {
            all(&each.iterators.lists)?;
            collect(&each.body, found)
        }
        Expr::Quantified(each) => {
            all(&each.iterators.lists)?;
            collect(&each.condition, found)
        }
        Expr::Iteration(pair) => {
            collect(&pair.0, found)?;
            collect(&pair.1, found)
        }
        Expr::Call(call) if &*call.name == FUNCTION && call.path.is_none() => {
            found.extend(parameter(call)?);
            Ok(())
        }
        Expr::Call(call) => {
            call.path.iter().try_for_each(|path| collect(path, found))?;
            match &call.arguments {
                Arguments::Positional(arguments) => {
                    arguments.iter().try_for_each(|one| collect(one, found))
                }
                Arguments::Named(arguments) => {
                    arguments.iter().try_for_each(|(_, one)| collect(one, found))
                }
            }
        }
        Expr::Function(function) => collect(&function.body, found),
        Expr::Test(test) => collect_test(test, found),
    }
}

fn collect_test(test: &Test, found: &mut Vec<TaggedParameter>) -> Result<(), String> {
    match test {
        Test::Any | Test::Equal(_) => Ok(()),
        Test::Compare(_, one) | Test::Expression(one) | Test::Not(one) => collect(one, found),
        Test::Range(range) => {
            collect(&range.start, found)?;
            collect(&range.end, found)
        }
        Test::AnyOf(tests) => tests.iter().try_for_each(|one| collect(one, found)),
    }
}

/// `None` when the call has arguments that the function does not take: it gives null then.
fn parameter(call: &Call) -> Result<Option<TaggedParameter>, String> {
    let mut given: [Option<&Expr>; 5] = [None; 5];
    match &call.arguments {
        Arguments::Positional(arguments) => {
            if arguments.len() > PARAMETERS.len() {
                return Ok(None);
            }
            for (place, argument) in given.iter_mut().zip(arguments) {
                *place = Some(argument);
            }
        }
        Arguments::Named(arguments) => {
            for (name, argument) in arguments {
                let Some(at) = PARAMETERS.iter().position(|known| **known == **name) else {
                    return Ok(None);
                };
                given[at] = Some(argument);
            }
        }
    }
    let [Some(value), description, type_name, schema, options] = given else { return Ok(None) };
    let Expr::Reference(first, path) = value else {
        return Err(wrong("value", "a reference such as toolCall.city"));
    };
    let names = std::iter::once(first).chain(path).map(|name| &**name);
    Ok(Some(TaggedParameter {
        name: names.collect::<Vec<_>>().join("."),
        description: string("description", description)?,
        type_name: string("type", type_name)?,
        schema: context("schema", schema)?,
        options: context("options", options)?,
    }))
}

fn string(name: &str, given: Option<&Expr>) -> Result<Option<String>, String> {
    let Some(given) = given else { return Ok(None) };
    match given {
        Expr::Constant(Value::Null) => Ok(None),
        Expr::Constant(Value::String(text)) => Ok(Some(text.to_string())),
        _ => Err(wrong(name, "a string in quotes, or null")),
    }
}

fn context(name: &str, given: Option<&Expr>) -> Result<Option<Value>, String> {
    let Some(given) = given else { return Ok(None) };
    match given {
        Expr::Constant(Value::Null) => Ok(None),
        Expr::Constant(value @ Value::Context(_)) => Ok(Some(value.clone())),
        _ => Err(wrong(name, "a context of literals, or null")),
    }
}

fn wrong(parameter: &str, expected: &str) -> String {
    format!("the parameter '{parameter}' of {FUNCTION}() must be {expected}")
}
