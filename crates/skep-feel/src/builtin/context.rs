//! Functions on contexts.
//!
//! Source: camunda/feel-scala: .../builtin/ContextBuiltinFunctions.scala

use super::{Builtin, Refusal, fixed, varargs};
use crate::eval::Evaluator;
use crate::value::{Context, List, Text, Val};

pub(super) const FUNCTIONS: &[Builtin] = &[
    fixed("get entries", &["context"], get_entries),
    fixed("get entries", &["m"], get_entries),
    fixed("get value", &["m", "key"], get_value),
    fixed("get value", &["context", "key"], get_value),
    fixed("get value", &["context", "keys"], get_value),
    fixed("context put", &["context", "key", "value"], context_put),
    fixed("context put", &["context", "keys", "value"], context_put),
    fixed("put", &["context", "key", "value"], context_put),
    varargs("context merge", &["contexts"], context_merge),
    varargs("put all", &["contexts"], context_merge),
    fixed("context", &["entries"], context_of),
];

fn get_entries<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Refusal> {
    let [Val::Context(context)] = arguments else { return Err(Refusal::Arguments) };
    let mut entries = Vec::with_capacity(context.len());
    for (key, value) in context {
        evaluator.spend(value.step_cost())?;
        let entry = vec![(Text::from("key"), Val::String(key)), (Text::from("value"), value)];
        entries.push(evaluator.context(entry)?);
    }
    Ok(evaluator.list(entries)?)
}

fn get_value<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    match arguments {
        [Val::Context(context), Val::String(key)] => {
            Ok(evaluator.entry(context, key)?.unwrap_or(Val::Null))
        }
        [Val::Context(context), Val::List(keys)] => nested_value(evaluator, context, keys),
        _ => Err(Refusal::Arguments),
    }
}

fn nested_value<'a>(
    evaluator: &mut Evaluator<'a>,
    context: &Context<'a>,
    keys: &List<'a>,
) -> Result<Val<'a>, Refusal> {
    let keys = evaluator.items(keys)?;
    if keys.is_empty() || keys.iter().any(|key| key.as_str().is_none()) {
        return Ok(Val::Null);
    }
    let mut value = Val::Context(context.clone());
    for key in &keys {
        let entry = match (&value, key.as_str()) {
            (Val::Context(context), Some(key)) => evaluator.entry(context, key)?,
            _ => None,
        };
        match entry {
            Some(entry) => value = entry,
            None => return Ok(Val::Null),
        }
    }
    Ok(value)
}

fn context_put<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Refusal> {
    match arguments {
        [Val::Context(context), Val::String(key), value] => {
            put(evaluator, Some(context), key.clone(), value.clone())
        }
        [Val::Context(_), Val::List(keys), _] if keys.is_empty() => Ok(Val::Null),
        [Val::Context(context), Val::List(keys), value]
            if keys.iter().all(|key| key.as_str().is_some()) =>
        {
            let keys: Vec<_> = keys
                .iter()
                .filter_map(|key| if let Val::String(key) = key { Some(key) } else { None })
                .collect();
            put_nested(evaluator, context, &keys, value)
        }
        _ => Err(Refusal::Arguments),
    }
}

/// The contexts along the keys, from the innermost out; missing ones are made.
fn put_nested<'a>(
    evaluator: &mut Evaluator<'a>,
    context: &Context<'a>,
    keys: &[Text<'a>],
    value: &Val<'a>,
) -> Result<Val<'a>, Refusal> {
    evaluator.spend(keys.len())?;
    let mut along = vec![Some(context.clone())];
    for key in &keys[..keys.len() - 1] {
        let inner = along.last().and_then(|context| context.as_ref()?.entry(key));
        along.push(match inner {
            Some(Val::Context(inner)) => Some(inner),
            _ => None,
        });
    }
    let mut value = value.clone();
    for (key, context) in keys.iter().zip(&along).rev() {
        value = put(evaluator, context.as_ref(), key.clone(), value)?;
    }
    Ok(value)
}

fn put<'a>(
    evaluator: &mut Evaluator<'a>,
    context: Option<&Context<'a>>,
    key: Text<'a>,
    value: Val<'a>,
) -> Result<Val<'a>, Refusal> {
    let mut entries: Vec<_> = context.into_iter().flatten().collect();
    evaluator.spend(entries.len())?;
    entries.push((key, value));
    Ok(evaluator.context(entries)?)
}

fn context_merge<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Refusal> {
    let [Val::List(contexts)] = arguments else { return Ok(Val::Null) };
    let mut entries = Vec::new();
    for context in contexts {
        evaluator.spend(context.step_cost())?;
        let Val::Context(context) = context else { return Ok(Val::Null) };
        evaluator.charge_items(context.len())?;
        entries.extend(&context);
    }
    Ok(evaluator.context(entries)?)
}

fn context_of<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Refusal> {
    let [Val::List(pairs)] = arguments else { return Ok(Val::Null) };
    let mut entries = Vec::with_capacity(pairs.len());
    for pair in pairs {
        evaluator.spend(pair.step_cost())?;
        let (Some(Val::String(key)), Some(value)) = (pair.entry("key"), pair.entry("value")) else {
            return Ok(Val::Null);
        };
        entries.push((key, value));
    }
    Ok(evaluator.context(entries)?)
}
