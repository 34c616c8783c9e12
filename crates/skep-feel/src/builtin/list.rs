//! Functions on lists.
//!
//! Source: camunda/feel-scala: .../builtin/ListBuiltinFunctions.scala

use std::collections::BTreeMap;

use super::{Builtin, Refusal, because, fixed, varargs};
use crate::eval::Evaluator;
use crate::function::Function;
use crate::number::Number;
use crate::value::{List, Val, ValKey};

pub(super) const FUNCTIONS: &[Builtin] = &[
    fixed("list contains", &["list", "element"], list_contains),
    fixed("sublist", &["list", "start"], sublist),
    fixed("sublist", &["list", "start", "length"], sublist),
    varargs("append", &["list", "items"], append),
    varargs("concatenate", &["lists"], concatenate),
    fixed("insert before", &["list", "position", "newItem"], insert_before),
    fixed("remove", &["list", "position"], remove),
    fixed("reverse", &["list"], reverse),
    fixed("index of", &["list", "match"], index_of),
    varargs("union", &["lists"], union),
    fixed("distinct values", &["list"], distinct_values),
    fixed("duplicate values", &["list"], duplicate_values),
    fixed("flatten", &["list"], flatten),
    fixed("sort", &["list", "precedes"], sort),
    fixed("string join", &["list"], string_join),
    fixed("string join", &["list", "delimiter"], string_join),
    fixed("string join", &["list", "delimiter", "prefix", "suffix"], string_join),
    fixed("is empty", &["list"], is_empty),
    fixed("partition", &["list", "size"], partition),
];

fn list_contains<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Refusal> {
    let [Val::List(list), element] = arguments else { return Err(Refusal::Arguments) };
    evaluator.spend(list.walk_cost())?;
    Ok(Val::Boolean(list.iter().any(|item| item == *element)))
}

/// A position from 1, or from the end if negative, as an index from 0; it may be outside.
fn index(list: &List<'_>, position: Number) -> i64 {
    let position = position.truncate().unwrap_or(i64::MAX);
    if position > 0 { position - 1 } else { len(list).saturating_add(position) }
}

fn len(list: &List<'_>) -> i64 {
    i64::try_from(list.len()).unwrap_or(i64::MAX)
}

/// How many items are in front of an index.
fn n_before(list: &List<'_>, index: i64) -> usize {
    usize::try_from(index.clamp(0, len(list))).unwrap_or(0)
}

fn sublist<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let (list, start, length) = match arguments {
        [Val::List(list), Val::Number(start)] => (list, start, None),
        [Val::List(list), Val::Number(start), Val::Number(length)] => (list, start, Some(length)),
        _ => return Err(Refusal::Arguments),
    };
    if start.is_zero() {
        return because("the start position must not be 0");
    }
    let from = index(list, *start);
    let to = match length {
        None => len(list),
        Some(length) => from.saturating_add(length.truncate().unwrap_or(i64::MAX)),
    };
    let (from, to) = (n_before(list, from), n_before(list, to));
    let items: Vec<_> = evaluator.items(list)?;
    let items = items.into_iter().skip(from).take(to.saturating_sub(from)).collect();
    Ok(evaluator.list(items)?)
}

fn append<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::List(list), Val::List(items)] = arguments else { return Err(Refusal::Arguments) };
    let mut all = evaluator.items(list)?;
    all.extend(items);
    Ok(evaluator.list(all)?)
}

/// The items of the lists in a list; what is no list counts as an item.
fn joined<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Vec<Val<'a>>, Refusal> {
    let [Val::List(lists)] = arguments else { return Err(Refusal::Arguments) };
    let mut items = Vec::new();
    for item in evaluator.items(lists)? {
        match item {
            Val::List(list) => items.extend(evaluator.items(&list)?),
            other => items.push(other),
        }
    }
    Ok(items)
}

fn concatenate<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Refusal> {
    let items = joined(evaluator, arguments)?;
    Ok(evaluator.list(items)?)
}

fn insert_before<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Refusal> {
    let [Val::List(list), Val::Number(position), item] = arguments else {
        return Err(Refusal::Arguments);
    };
    if position.is_zero() {
        return because("the position must not be 0");
    }
    let at = n_before(list, index(list, *position));
    let mut items = evaluator.items(list)?;
    items.insert(at.min(items.len()), item.clone());
    Ok(evaluator.list(items)?)
}

fn remove<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::List(list), Val::Number(position)] = arguments else {
        return Err(Refusal::Arguments);
    };
    if position.is_zero() {
        return because("the position must not be 0");
    }
    let next = position.checked_add(Number::from(1i64)).unwrap_or(*position);
    let (before, after) =
        (n_before(list, index(list, *position)), n_before(list, index(list, next)));
    let items = evaluator.items(list)?;
    let items = items.iter().take(before).chain(items.iter().skip(after)).cloned().collect();
    Ok(evaluator.list(items)?)
}

fn reverse<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::List(list)] = arguments else { return Err(Refusal::Arguments) };
    let mut items = evaluator.items(list)?;
    items.reverse();
    Ok(evaluator.list(items)?)
}

fn index_of<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::List(list), wanted] = arguments else { return Err(Refusal::Arguments) };
    evaluator.spend(list.walk_cost())?;
    let positions = list
        .iter()
        .zip(1i64..)
        .filter(|(item, _)| item.equals(wanted) == Some(true))
        .map(|(_, position)| Val::from(position))
        .collect();
    Ok(evaluator.list(positions)?)
}

/// Each different item once, in order of first appearance, with how often it appears.
fn distinct<'a>(
    evaluator: &mut Evaluator<'a>,
    items: impl IntoIterator<Item = Val<'a>>,
) -> Result<Vec<(Val<'a>, usize)>, Refusal> {
    let mut found: Vec<(Val<'a>, usize)> = Vec::new();
    let mut by_hash: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for item in items {
        let places = by_hash.entry(ValKey::of(&item)).or_default();
        evaluator.spend((1 + places.len()).saturating_mul(1 + item.walk_cost()))?;
        let known = places.iter().find(|place| found[**place].0.equals(&item) == Some(true));
        match known {
            Some(place) => found[*place].1 += 1,
            None => {
                places.push(found.len());
                found.push((item, 1));
            }
        }
    }
    Ok(found)
}

fn union<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let items = joined(evaluator, arguments)?;
    let items = distinct(evaluator, items)?;
    Ok(evaluator.list(items.into_iter().map(|(item, _)| item).collect())?)
}

fn distinct_values<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Refusal> {
    let [Val::List(list)] = arguments else { return Err(Refusal::Arguments) };
    let items = distinct(evaluator, list)?;
    Ok(evaluator.list(items.into_iter().map(|(item, _)| item).collect())?)
}

fn duplicate_values<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Refusal> {
    let [Val::List(list)] = arguments else { return Err(Refusal::Arguments) };
    let items = distinct(evaluator, list)?.into_iter().filter(|(_, count)| *count > 1);
    Ok(evaluator.list(items.map(|(item, _)| item).collect())?)
}

fn flatten<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [list @ Val::List(_)] = arguments else { return Err(Refusal::Arguments) };
    let mut flat = Vec::new();
    // Reversed, so that the next item is the last; not recursive, since lists may be deep.
    let mut pending = vec![list.clone()];
    while let Some(item) = pending.pop() {
        match item {
            Val::List(list) => {
                let start = pending.len();
                pending.extend(evaluator.items(&list)?);
                pending[start..].reverse();
            }
            other => flat.push(other),
        }
    }
    Ok(evaluator.list(flat)?)
}

fn sort<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::List(list), Val::Function(precedes)] = arguments else {
        return Err(Refusal::Arguments);
    };
    let n_parameters = precedes.parameters().len();
    if n_parameters != 2 {
        return because(format!(
            "the function that compares must have 2 parameters, it has {n_parameters}"
        ));
    }
    let items = evaluator.items(list)?;
    let items = merge_sort(evaluator, items, precedes)?;
    Ok(evaluator.list(items)?)
}

/// A stable sort whose comparison may fail, bottom up.
fn merge_sort<'a>(
    evaluator: &mut Evaluator<'a>,
    mut items: Vec<Val<'a>>,
    precedes: &Function<'a>,
) -> Result<Vec<Val<'a>>, Refusal> {
    let mut width = 1;
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        for run in items.chunks(width * 2) {
            let (left, right) = run.split_at(width.min(run.len()));
            let (mut i, mut j) = (0, 0);
            while i < left.len() && j < right.len() {
                // Only a strict "before" moves the right one up: equal items keep their order.
                let pair = [right[j].clone(), left[i].clone()];
                match evaluator.invoke(precedes, &pair)? {
                    Val::Boolean(true) => {
                        merged.push(right[j].clone());
                        j += 1;
                    }
                    Val::Boolean(false) => {
                        merged.push(left[i].clone());
                        i += 1;
                    }
                    other => {
                        let found = other.to_message();
                        return because(format!(
                            "the function that compares must give a boolean, it gave '{found}'"
                        ));
                    }
                }
            }
            merged.extend_from_slice(&left[i..]);
            merged.extend_from_slice(&right[j..]);
        }
        items = merged;
        width *= 2;
    }
    Ok(items)
}

fn string_join<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Refusal> {
    let (list, delimiter, prefix, suffix) = match arguments {
        [Val::List(list)]
        | [Val::List(list), Val::Null]
        | [Val::List(list), Val::Null, Val::Null, Val::Null] => (list, "", "", ""),
        [Val::List(list), Val::String(delimiter)]
        | [Val::List(list), Val::String(delimiter), Val::Null, Val::Null] => {
            (list, &**delimiter, "", "")
        }
        [Val::List(list), Val::String(delimiter), Val::String(prefix), Val::String(suffix)] => {
            (list, &**delimiter, &**prefix, &**suffix)
        }
        [Val::List(list), Val::Null, Val::String(prefix), Val::String(suffix)] => {
            (list, "", &**prefix, &**suffix)
        }
        _ => return Err(Refusal::Arguments),
    };
    let mut joined = prefix.to_owned();
    let mut is_first = true;
    for item in list {
        evaluator.spend(item.step_cost())?;
        match item {
            Val::Null => (),
            Val::String(text) => {
                evaluator.charge(text.len() + delimiter.len())?;
                if !is_first {
                    joined.push_str(delimiter);
                }
                is_first = false;
                joined.push_str(&text);
            }
            other => return because(format!("expected string, found '{}'", other.to_message())),
        }
    }
    joined.push_str(suffix);
    Ok(Val::from(joined))
}

fn is_empty<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::List(list)] = arguments else { return Err(Refusal::Arguments) };
    Ok(Val::Boolean(list.is_empty()))
}

fn partition<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::List(list), Val::Number(size)] = arguments else { return Err(Refusal::Arguments) };
    let size = size.truncate().and_then(|size| usize::try_from(size).ok());
    let Some(size) = size.filter(|size| *size > 0) else {
        return because("the size must be greater than 0");
    };
    let items = evaluator.items(list)?;
    let mut parts = Vec::with_capacity(items.len().div_ceil(size));
    for part in items.chunks(size) {
        parts.push(evaluator.list(part.to_vec())?);
    }
    Ok(evaluator.list(parts)?)
}
