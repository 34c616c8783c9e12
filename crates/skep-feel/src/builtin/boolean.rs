//! Functions on truth values and nulls.
//!
//! Source: camunda/feel-scala: .../builtin/BooleanBuiltinFunctions.scala

use super::{Builtin, Refusal, because, fixed};
use crate::eval::Evaluator;
use crate::value::Val;

pub(super) const FUNCTIONS: &[Builtin] = &[
    fixed("not", &["negand"], not),
    fixed("is defined", &["value"], is_defined),
    fixed("get or else", &["value", "default"], get_or_else),
    fixed("assert", &["value", "condition"], assert),
    fixed("assert", &["value", "condition", "cause"], assert_with_cause),
];

fn not<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    Ok(match arguments {
        [Val::Boolean(value)] => Val::Boolean(!value),
        _ => Val::Null,
    })
}

fn is_defined<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    Ok(Val::Boolean(!matches!(arguments, [Val::Null])))
}

fn get_or_else<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    match arguments {
        [Val::Null, default] => Ok(default.clone()),
        [value, _] => Ok(value.clone()),
        _ => Err(Refusal::Arguments),
    }
}

fn assert<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    match arguments {
        [value, Val::Boolean(true)] => Ok(value.clone()),
        _ => because("the condition is not fulfilled"),
    }
}

fn assert_with_cause<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    match arguments {
        [value, Val::Boolean(true), _] => Ok(value.clone()),
        [_, _, Val::String(cause)] => because(&**cause),
        _ => Err(Refusal::Arguments),
    }
}
