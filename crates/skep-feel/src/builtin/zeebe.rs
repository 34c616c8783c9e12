//! Functions that Zeebe adds to FEEL.
//!
//! Source: camunda/zeebe: zeebe/feel/.../FeelFunctionProvider.java

use super::{Builtin, Refusal, fixed};
use crate::eval::Evaluator;
use crate::value::Val;

pub(super) const FUNCTIONS: &[Builtin] = &[
    fixed("cycle", &["interval"], cycle),
    fixed("cycle", &["repetitions", "interval"], cycle),
    fixed("fromAi", &["value"], from_ai),
    fixed("fromAi", &["value", "description"], from_ai),
    fixed("fromAi", &["value", "description", "type"], from_ai),
    fixed("fromAi", &["value", "description", "type", "schema"], from_ai),
    fixed("fromAi", &["value", "description", "type", "schema", "options"], from_ai),
];

/// The text of a timer cycle: `R3/PT10S`; without repetitions it never ends.
fn cycle<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let (repetitions, interval) = match arguments {
        [interval] | [Val::Null, interval] => (String::new(), interval),
        [Val::Number(repetitions), interval] => {
            let whole = repetitions.truncate().ok_or(Refusal::Arguments)?;
            (whole.to_string(), interval)
        }
        _ => return Err(Refusal::Arguments),
    };
    let interval = match interval {
        Val::DaysTimeDuration(interval) => interval.to_string(),
        Val::YearsMonthsDuration(interval) => interval.to_string(),
        _ => return Err(Refusal::Arguments),
    };
    Ok(Val::from(format!("R{repetitions}/{interval}")))
}

/// Gives its value; what describes it is read from the model, not at run time.
fn from_ai<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    arguments.first().cloned().ok_or(Refusal::Arguments)
}
