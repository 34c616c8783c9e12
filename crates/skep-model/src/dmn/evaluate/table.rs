//! Evaluation of decision tables.
//!
//! Source: camunda/dmn-scala: src/main/scala/org/camunda/dmn/evaluation/DecisionTableEvaluator.scala

use std::sync::Arc;

use skep_feel::{Number, Session, SessionError, Val, Value};

use super::super::result::{EvaluatedInput, EvaluatedOutput, MatchedRule};
use super::super::table::{Aggregator, HitPolicy, Output, Rule, Table};
use super::log::Details;
use super::scope::Scope;
use super::{Evaluated, context_of, list_of};

/// Output values of a rule; of columns with one name the last counts.
type Row<'t> = Vec<(Option<&'t Arc<str>>, Value)>;

pub(super) fn evaluate(
    table: &Table,
    scope: &Scope<'_>,
    session: &mut Session<'_>,
    details: &mut Details,
) -> Evaluated {
    let mut inputs = Vec::with_capacity(table.inputs.len());
    for input in &table.inputs {
        let value = session.evaluate(&input.expression, scope)?;
        inputs.push(EvaluatedInput { id: input.id.clone(), name: input.name.clone(), value });
    }
    details.inputs = inputs;

    let matched = matching(table, &details.inputs, scope, session)?;
    if matched.is_empty() {
        return default_output(table, scope, session);
    }
    let mut rules = Vec::with_capacity(matched.len());
    let mut rows = Vec::with_capacity(matched.len());
    for index in matched {
        let (rule, row) = outputs(table, index, scope, session)?;
        rules.push(rule);
        rows.push(row);
    }
    details.rules = rules;
    apply_hit_policy(table, rows, session)
}

/// Indexes of the rules whose input entries all hold; of a FIRST table the first of them.
fn matching(
    table: &Table,
    inputs: &[EvaluatedInput],
    scope: &Scope<'_>,
    session: &mut Session<'_>,
) -> Evaluated<Vec<usize>> {
    let indexed = table.index.as_ref().and_then(|index| {
        inputs.get(index.column()).and_then(|input| index.candidates(&input.value))
    });
    session.spend(indexed.as_ref().map_or(table.rules.len(), Vec::len))?;
    let mut indexed = indexed.map(Vec::into_iter);
    let mut all = 0..table.rules.len();
    let candidates: &mut dyn Iterator<Item = usize> = match &mut indexed {
        Some(some) => some,
        None => &mut all,
    };
    let mut found = Vec::new();
    for index in candidates {
        // Rules behind the first match are only looked at because one of them may fail.
        if table.hit_policy == HitPolicy::First && !found.is_empty() && index >= table.constant_from
        {
            break;
        }
        if matches(&table.rules[index], inputs, scope, session)? {
            found.push(index);
        }
    }
    if table.hit_policy == HitPolicy::First {
        found.truncate(1);
    }
    Ok(found)
}

fn matches(
    rule: &Rule,
    inputs: &[EvaluatedInput],
    scope: &Scope<'_>,
    session: &mut Session<'_>,
) -> Evaluated<bool> {
    for (tests, input) in rule.tests.iter().zip(inputs) {
        let truth = match tests.decide(&input.value) {
            Some(truth) => truth,
            None => {
                let value = session.test(tests, &input.value, scope)?;
                if value.as_bool().is_none() && !matches!(value, Val::Null) {
                    let value = value.to_message();
                    return Err(SessionError::new(format!(
                        "input entry must return true, false, or null, but found '{value}'"
                    )));
                }
                value.as_bool()
            }
        };
        if truth != Some(true) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The output entries of a rule, for the report and for the hit policy.
fn outputs<'t>(
    table: &'t Table,
    index: usize,
    scope: &Scope<'_>,
    session: &mut Session<'_>,
) -> Evaluated<(MatchedRule, Row<'t>)> {
    let rule = &table.rules[index];
    let mut evaluated = Vec::with_capacity(rule.outputs.len());
    let mut row = Row::with_capacity(rule.outputs.len());
    session.charge(rule.outputs.len() * 2 * size_of::<EvaluatedOutput>())?;
    for (output, entry) in table.outputs.iter().zip(&rule.outputs) {
        let value = session.evaluate(entry, scope)?;
        evaluated.push(EvaluatedOutput {
            id: output.id.clone(),
            name: output.label.as_ref().or(output.name.as_ref()).cloned(),
            value: value.clone(),
        });
        set(&mut row, output, value);
    }
    // A file has far fewer rules.
    let index = u32::try_from(index + 1).unwrap_or(u32::MAX);
    Ok((MatchedRule { id: rule.id.clone(), index, evaluated_outputs: evaluated }, row))
}

fn set<'t>(row: &mut Row<'t>, output: &'t Output, value: Value) {
    let name = output.name.as_ref();
    match row.iter_mut().find(|(known, _)| *known == name) {
        Some(entry) => entry.1 = value,
        None => row.push((name, value)),
    }
}

fn default_output(table: &Table, scope: &Scope<'_>, session: &mut Session<'_>) -> Evaluated {
    let mut row = Row::new();
    for output in &table.outputs {
        if let Some(default) = &output.default {
            set(&mut row, output, session.evaluate(default, scope)?);
        }
    }
    if row.is_empty() { Ok(Val::Null) } else { single(row, session) }
}

/// The value of a row: bare if it is one, else a context.
fn single(mut row: Row<'_>, session: &mut Session<'_>) -> Evaluated {
    match (row.len(), row.pop()) {
        (1, Some((_, value))) => Ok(value),
        (_, last) => {
            row.extend(last);
            let named = row.into_iter().map(|(name, value)| match name {
                Some(name) => (name.clone(), value),
                None => (Arc::from(""), value),
            });
            context_of(named.collect(), session)
        }
    }
}

fn apply_hit_policy(table: &Table, mut rows: Vec<Row<'_>>, session: &mut Session<'_>) -> Evaluated {
    match table.hit_policy {
        HitPolicy::Unique if rows.len() > 1 => Err(SessionError::new(format!(
            "multiple values aren't allowed for UNIQUE hit policy. found: '{}'",
            shown(&rows)
        ))),
        HitPolicy::Any if rows.iter().any(|row| *row != rows[0]) => {
            let mut distinct: Vec<Row<'_>> = Vec::new();
            for row in rows {
                session.spend(distinct.len())?;
                if !distinct.contains(&row) {
                    distinct.push(row);
                }
            }
            Err(SessionError::new(format!(
                "different values aren't allowed for ANY hit policy. found: '{}'",
                shown(&distinct)
            )))
        }
        HitPolicy::Unique | HitPolicy::First | HitPolicy::Any => first(rows, session),
        HitPolicy::Priority => {
            sort_by_priority(table, &mut rows);
            first(rows, session)
        }
        HitPolicy::OutputOrder => {
            sort_by_priority(table, &mut rows);
            all(rows, session)
        }
        HitPolicy::RuleOrder | HitPolicy::Collect(None) => all(rows, session),
        HitPolicy::Collect(Some(Aggregator::Count)) => {
            let n_rows = i64::try_from(rows.len()).unwrap_or(i64::MAX);
            Ok(Val::from(n_rows))
        }
        HitPolicy::Collect(Some(Aggregator::Min)) => aggregate(rows, |a, b| Some(a.min(b))),
        HitPolicy::Collect(Some(Aggregator::Max)) => aggregate(rows, |a, b| Some(a.max(b))),
        HitPolicy::Collect(Some(Aggregator::Sum)) => aggregate(rows, Number::checked_add),
    }
}

fn first(rows: Vec<Row<'_>>, session: &mut Session<'_>) -> Evaluated {
    match rows.into_iter().next() {
        Some(row) => single(row, session),
        None => Ok(Val::Null),
    }
}

fn all(rows: Vec<Row<'_>>, session: &mut Session<'_>) -> Evaluated {
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        values.push(single(row, session)?);
    }
    list_of(values, session)
}

/// Puts values that stand earlier among the allowed ones first.
///
/// Places are compared as text, one column after the other, and what has none comes last: the
/// eleventh value comes before the third, as in Camunda 8.
fn sort_by_priority(table: &Table, rows: &mut [Row<'_>]) {
    rows.sort_by_cached_key(|row| {
        let mut key = String::new();
        for output in &table.outputs {
            let value = row.iter().find(|(name, _)| *name == output.name.as_ref());
            let text = match value {
                Some((_, value @ (Val::String(_) | Val::Number(_)))) => Some(value.to_text()),
                Some(_) | None => None,
            };
            let place = text
                .and_then(|text| output.priorities.iter().rposition(|allowed| *allowed == text));
            match place {
                Some(place) => key.push_str(&place.to_string()),
                None => key.push('_'),
            }
        }
        key
    });
}

fn aggregate(rows: Vec<Row<'_>>, combine: impl Fn(Number, Number) -> Option<Number>) -> Evaluated {
    let mut result = None;
    for mut row in rows {
        let (1, Some((_, value))) = (row.len(), row.pop()) else {
            return Err(SessionError::new("multiple values aren't allowed"));
        };
        let Val::Number(number) = value else {
            let value = value.to_message();
            return Err(SessionError::new(format!("expected number but found '{value}'")));
        };
        let combined = match result {
            None => Some(number),
            Some(before) => combine(before, number),
        };
        let Some(combined) = combined else {
            return Err(SessionError::new("the sum is out of range"));
        };
        result = Some(combined);
    }
    Ok(result.map_or(Val::Null, Val::Number))
}

/// Rows as Zeebe shows them in a failure message; the rest of many is left out.
fn shown(rows: &[Row<'_>]) -> String {
    const SHOWN_MAX: usize = 10;
    let row = |row: &Row<'_>| {
        let entries = row.iter().map(|(name, value)| {
            format!("{} -> {}", name.map_or("null", |name| name), value.to_message())
        });
        format!("Map({})", entries.collect::<Vec<_>>().join(", "))
    };
    let mut all: Vec<_> = rows.iter().take(SHOWN_MAX).map(row).collect();
    if rows.len() > SHOWN_MAX {
        all.push("…".to_owned());
    }
    format!("List({})", all.join(", "))
}
