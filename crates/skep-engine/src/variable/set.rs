//! `VARIABLE_DOCUMENT:UPDATE`

use skep_record::{
    Event, ProcessInstanceKey, Rejection, RejectionKind, Response, SetVariables,
    VariableDocumentIntent, VariableDocumentUpdated, VariableKey,
};

use crate::{Ctx, state::instance::ElementState, user_task};

/// Handles `VARIABLE_DOCUMENT:UPDATE`.
///
/// # Errors
/// - `NotFound`: no such scope, it is another tenant's, or it is ending.
/// - `InvalidState`: its user task waits for a listener.
///
/// Source: camunda/zeebe: engine/processing/variable/UpdateVariableDocumentProcessor.java
pub(crate) fn set(ctx: &mut Ctx<'_>, set: &SetVariables) -> Result<(), Rejection> {
    let scope_key = set.element_instance_key;
    let owner = ctx.state().elements.get(scope_key);
    let instance_key = owner.unwrap_or(ProcessInstanceKey(scope_key.0));
    let is_running = ctx.state().instances.element(instance_key, scope_key).is_some_and(|scope| {
        match scope.state {
            ElementState::Activating | ElementState::Activated | ElementState::Completing => true,
            ElementState::New | ElementState::Terminating => false,
        }
    });
    let at = ctx.at(instance_key, scope_key);
    let at = at.filter(|at| is_running && ctx.may_see(at.tenant_id())).ok_or_else(|| {
        Rejection::new(
            RejectionKind::NotFound,
            format!(
                "Expected to update variables for element with key '{scope_key}', but no such element was found"
            ),
        )
    })?;
    if user_task::is_at(ctx, &at) {
        return user_task::set_variables(ctx, &at, set);
    }
    if set.local {
        super::set_local(ctx, &at, scope_key, set.variables.variables());
    } else {
        super::propagate(ctx, &at, scope_key, &set.variables);
    }
    let key = ctx.new_key();
    let updated = VariableDocumentUpdated { instance: at.instance, scope_key, local: set.local };
    ctx.emit(key, Event::VariableDocument(VariableDocumentIntent::Updated, updated));
    ctx.reply(Response::VariablesSet(VariableKey(key)));
    Ok(())
}
