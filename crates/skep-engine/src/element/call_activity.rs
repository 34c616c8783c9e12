//! Call activities: they run another process, and wait for it.

use std::sync::Arc;

use skep_model::{Binding, CalledElement, ElementIndex};
use skep_record::{
    BpmnProcessId, CalledBy, Document, ElementCommand, ErrorType, ProcessInstanceIntent,
    ProcessInstanceKey,
};

use crate::{
    Ctx,
    ctx::At,
    element::{catch, lifecycle, trigger},
    expression::{self, Scope},
    failure::Failure,
    process_instance,
    state::{definition::Definition, instance::ElementState},
    variable,
};

/// How deep processes can call each other; 1 is a root instance.
///
/// Source: camunda/zeebe: engine/EngineConfiguration.java, `maxProcessDepth`
const DEPTH_MAX: u32 = 1000;

/// Starts an instance of the called process, with variables of this one.
///
/// Source: camunda/zeebe: engine/processing/bpmn/container/CallActivityProcessor.java
pub(super) fn activate(ctx: &mut Ctx<'_>, at: &At, called: &CalledElement) -> Result<(), Failure> {
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let process_id = expression::string(ctx, scope, &called.process_id)?;
    let definition = find(ctx, at, &Arc::clone(&process_id).into(), &called.binding)?;
    if definition.process.element(ElementIndex::PROCESS).none_start.is_none() {
        return Err(wrong_call(format!(
            "Expected process with BPMN process id '{process_id}' to have a none start event, but it has none. Give it one, or call another process"
        )));
    }
    check_depth(ctx, at)?;
    catch::subscribe(ctx, at)?;
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    call(ctx, at, &definition, called.propagate_all_parent_variables);
    Ok(())
}

fn wrong_call(message: impl Into<String>) -> Failure {
    Failure::new(ErrorType::CalledElementError, message)
}

fn find(
    ctx: &Ctx<'_>,
    at: &At,
    process_id: &BpmnProcessId,
    binding: &Binding,
) -> Result<Arc<Definition>, Failure> {
    let caller = &at.definition;
    let definitions = &ctx.state().definitions;
    let found = definitions.bound(&caller.tenant_id, process_id, binding, caller.deployment_key);
    found.map(Arc::clone).ok_or_else(|| {
        let expected = format!("Expected process with BPMN process id '{process_id}'");
        wrong_call(match binding {
            Binding::Latest => format!("{expected} to be deployed, but not found. Deploy it"),
            Binding::Deployment => format!(
                "{expected} to be part of the deployment with key '{}', which brought the calling process, but not found. Deploy both together, and migrate this instance to the new version",
                caller.deployment_key
            ),
            Binding::VersionTag(tag) => format!(
                "{expected} to be deployed with version tag '{tag}', but not found. Deploy a version with that tag"
            ),
        })
    })
}

fn check_depth(ctx: &Ctx<'_>, at: &At) -> Result<(), Failure> {
    let instance = ctx.state().instances.get(at.process_instance_key);
    let n_above = instance.and_then(|instance| instance.call()).map_or(0, |call| call.depth);
    if n_above + 1 < DEPTH_MAX {
        return Ok(());
    }
    Err(wrong_call(format!(
        "Expected at most {DEPTH_MAX} processes to call each other, but the called process would be one more. If they call each other without end, cancel the root process instance and correct the model"
    )))
}

fn call(ctx: &mut Ctx<'_>, at: &At, definition: &Arc<Definition>, with_all_variables: bool) {
    let root_process_instance_key = match ctx.called_by(at) {
        Some(called_by) => called_by.root_process_instance_key,
        None => at.process_instance_key,
    };
    let called_by = CalledBy {
        process_instance_key: at.process_instance_key,
        element_instance_key: at.key,
        root_process_instance_key,
    };
    let key = ProcessInstanceKey(ctx.new_key());
    let root = process_instance::called_root(ctx, definition, key, Some(called_by));
    ctx.follow_up_element(&root, ElementCommand::Activate);
    let variables = if with_all_variables {
        visible(ctx, at)
    } else if at.element().inputs.is_empty() {
        return;
    } else {
        trigger::locals(ctx, at)
    };
    variable::set_local(ctx, &root, root.key, variables.variables());
}

fn visible(ctx: &Ctx<'_>, at: &At) -> Document {
    match ctx.state().instances.get(at.process_instance_key) {
        Some(instance) => Document::from_variables(instance.visible_variables(at.key).into_iter()),
        None => Document::empty(),
    }
}

/// The called process has completed, and so does the call activity.
pub(super) fn called_completed(ctx: &mut Ctx<'_>, caller: &At) {
    let Some(element) = ctx.element(caller) else { return };
    if element.state == ElementState::Terminating {
        lifecycle::finish_termination(ctx, caller);
    } else if !element.is_interrupted() {
        ctx.follow_up_element(caller, ElementCommand::Complete);
    }
}

/// The called process was terminated: because the call activity is, or else the call activity
/// follows it.
pub(super) fn called_terminated(ctx: &mut Ctx<'_>, caller: &At) {
    match ctx.element(caller).map(|caller| caller.state) {
        Some(ElementState::Terminating) => lifecycle::finish_termination(ctx, caller),
        Some(
            ElementState::New
            | ElementState::Activating
            | ElementState::Activated
            | ElementState::Completing,
        ) => ctx.follow_up_element(caller, ElementCommand::Terminate),
        None => (),
    }
}

/// Asks for the termination of the process that the call activity `at` runs; false when it runs
/// none.
pub(super) fn terminate_called(ctx: &mut Ctx<'_>, at: &At) -> bool {
    let Some(called) = called(ctx, at) else { return false };
    ctx.follow_up_element(&called, ElementCommand::Terminate);
    true
}

/// The process element of the instance that the call activity `at` runs, as long as it exists.
pub(crate) fn called(ctx: &mut Ctx<'_>, at: &At) -> Option<At> {
    let called = ctx.element(at)?.details.as_ref()?.called?;
    ctx.at(called, called.into())
}
