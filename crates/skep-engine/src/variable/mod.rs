//! Variables: setting them in a scope, letting them travel outwards, mapping them in and out.

pub(crate) mod mapping;
mod set;

use skep_record::{
    Document, ElementInstanceKey, Event, ListItemValue, VariableIntent, VariableKey, VariableRef,
    VariableValue,
};

pub(crate) use self::set::set;
use crate::{
    Ctx,
    apply::Facts,
    conditional,
    ctx::At,
    process_instance,
    state::{
        State,
        instance::{ElementInstance, Variable},
        instances::grow_sparingly,
    },
};

/// Sets variables in one scope: created if absent, updated if different, else nothing.
pub(crate) fn set_local<'d>(
    ctx: &mut Ctx<'_>,
    at: &At,
    scope_key: ElementInstanceKey,
    variables: impl Iterator<Item = VariableRef<'d>>,
) {
    let mut changes = Vec::new();
    set_each(ctx, at, scope_key, variables, &mut changes);
    conditional::variables_changed(ctx, at, &changes);
}

/// As [`set_local`], without a look at conditions.
fn set_each<'d>(
    ctx: &mut Ctx<'_>,
    at: &At,
    scope_key: ElementInstanceKey,
    variables: impl Iterator<Item = VariableRef<'d>>,
    changes: &mut Vec<Change<'d>>,
) {
    for variable in variables {
        let scope = ctx.state().instances.element(at.process_instance_key, scope_key);
        let known = scope
            .and_then(|scope| scope.variable(variable.name()))
            .map(|known| (known.key, known.value() == variable.value()));
        match known {
            Some((_, true)) => (),
            Some((key, false)) => {
                write(ctx, at, scope_key, VariableIntent::Updated, key, variable, changes);
            }
            None => {
                let key = VariableKey(ctx.new_key());
                write(ctx, at, scope_key, VariableIntent::Created, key, variable, changes);
            }
        }
    }
}

/// A variable that was created or updated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change<'d> {
    pub(crate) scope_key: ElementInstanceKey,
    pub(crate) intent: VariableIntent,
    pub(crate) name: &'d str,
}

fn write<'d>(
    ctx: &mut Ctx<'_>,
    at: &At,
    scope_key: ElementInstanceKey,
    intent: VariableIntent,
    key: VariableKey,
    variable: VariableRef<'d>,
    changes: &mut Vec<Change<'d>>,
) {
    if at.definition.has_conditions {
        changes.push(Change { scope_key, intent, name: variable.name() });
    }
    let value = VariableValue { instance: at.instance, scope_key, entry: variable.to_entry() };
    ctx.emit(key.0, Event::Variable(intent, value));
}

/// Lets variables travel outwards from a scope: each is updated in the first scope that has it
/// with another value; what no scope takes is set in the process's scope.
///
/// A scope that has the name with an equal value does not take it, so that an outer scope may
/// get the variable too.
///
/// Source: camunda/zeebe: engine/processing/variable/VariableBehavior.java
pub(crate) fn propagate(
    ctx: &mut Ctx<'_>,
    at: &At,
    scope_key: ElementInstanceKey,
    variables: &Document,
) {
    if variables.is_empty() {
        return;
    }
    let root_key = at.process_instance_key.into();
    let mut changes = Vec::new();
    for variable in variables.variables() {
        let (name, value) = (variable.name(), variable.value());
        let taker = ctx.state().instances.get(at.process_instance_key).and_then(|instance| {
            instance.scopes(scope_key).take_while(|scope| scope.key != root_key).find_map(|scope| {
                let variable = scope.variable(name)?;
                (variable.value() != value).then_some((scope.key, variable.key))
            })
        });
        match taker {
            Some((scope, key)) => {
                write(ctx, at, scope, VariableIntent::Updated, key, variable, &mut changes);
            }
            None => set_each(ctx, at, root_key, std::iter::once(variable), &mut changes),
        }
    }
    conditional::variables_changed(ctx, at, &changes);
}

pub(crate) fn apply(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    value: &VariableValue,
) -> Option<()> {
    let instance = facts.instance(value.instance)?;
    // The variables of a new instance come before its first step.
    if value.scope_key == ElementInstanceKey::from(instance.process_instance_key) {
        process_instance::ensure(state, instance)?;
    }
    let instance_key = instance.process_instance_key;
    let variable = Variable::new(VariableKey(key), value.entry.clone());
    if let Some(scope) = state.instances.element_mut(instance_key, value.scope_key) {
        insert(scope, variable);
    } else {
        state.instances.update_details(instance_key, |details| {
            details.early_variables.push((value.scope_key, variable));
        });
    }
    Some(())
}

/// Adds the variable to its scope, or replaces it there.
pub(crate) fn insert(scope: &mut ElementInstance, variable: Variable) {
    match scope.variable_position(variable.name()) {
        Ok(at) => scope.variables[at] = variable,
        Err(at) => {
            grow_sparingly(&mut scope.variables);
            scope.variables.insert(at, variable);
        }
    }
}

pub(crate) fn apply_item(
    state: &mut State,
    facts: &Facts<'_>,
    value: &ListItemValue,
) -> Option<()> {
    let instance = facts.instance(value.instance)?.process_instance_key;
    let scope = state.instances.element_mut(instance, value.scope_key)?;
    let at = scope.variable_position(value.entry.name()).ok()?;
    scope.variables[at].set_item(value.index, value.entry.value())
}
