//! `PROCESS_INSTANCE_CREATION:CREATE`

use std::sync::Arc;

use skep_model::ElementIndex;
use skep_record::{
    CalledBy, CreateProcessInstance, CreatedProcessInstance, DefinitionRef, ElementCommand,
    ElementInstanceKey, Event, Key, ProcessInstanceCreated, ProcessInstanceKey, Rejection,
    RejectionKind, Response,
};

use super::direct::{self, Target};
use crate::{Answer, Ctx, ctx::At, state::definition::Definition, variable};

/// Handles `PROCESS_INSTANCE_CREATION:CREATE`: the variables, `CREATED`, and the activation of
/// the process, or of the elements that the caller wants to start at.
///
/// # Errors
/// - `InvalidArgument`: no definition is named, or an element to start at is unknown or cannot
///   be started at.
/// - `NotFound`: no such definition.
/// - `AlreadyExists`: business ids are unique, and an active instance has this one.
/// - `InvalidState`: the process has no none start event, and no element to start at is named.
///
/// Source: camunda/zeebe: engine/processing/processinstance/ProcessInstanceCreationCreateProcessor.java
pub(crate) fn create(ctx: &mut Ctx<'_>, create: &CreateProcessInstance) -> Result<(), Rejection> {
    let definition = find(ctx, create)?;
    let elements = start_elements(&definition, create)?;
    check_ends(&definition, create)?;
    check_business_id(ctx, &definition, create)?;

    let key = ProcessInstanceKey(ctx.new_key());
    let creation_key = ctx.new_key();
    let targets: Vec<Target> = elements.into_iter().map(|index| Target::new(ctx, index)).collect();
    let root = root(ctx, &definition, key);
    variable::set_local(ctx, &root, root.key, create.variables.variables());
    let created = Event::ProcessInstanceCreated(Box::new(ProcessInstanceCreated {
        instance: root.instance,
        await_result: create.await_result.clone(),
        tags: create.tags.clone(),
        start_at: targets.iter().map(|target| target.start(&definition)).collect(),
        terminate_after: create.terminate_after.iter().map(|id| id.as_str().into()).collect(),
        business_id: create.business_id.clone(),
    }));
    if targets.is_empty() {
        ctx.follow_up_element(&root, ElementCommand::Activate);
        ctx.emit(creation_key, created);
    } else {
        // The instance must be there before elements can be activated in it.
        ctx.emit(creation_key, created);
        direct::activate_scope(ctx, &root, &[])?;
        for target in &targets {
            direct::activate(ctx, &root, target, None, &[])?;
        }
    }

    ctx.answer = if create.await_result.is_some() {
        Answer::WhenCompleted(key)
    } else {
        Answer::Reply(Ok(Response::Created(CreatedProcessInstance {
            key,
            process_definition_key: definition.key,
            bpmn_process_id: definition.bpmn_process_id.clone(),
            version: definition.version,
            tenant_id: definition.tenant_id.clone(),
            tags: create.tags.clone(),
            business_id: create.business_id.clone(),
        })))
    };
    Ok(())
}

/// The process element of an instance that need not exist yet.
pub(crate) fn root(ctx: &mut Ctx<'_>, definition: &Arc<Definition>, key: ProcessInstanceKey) -> At {
    called_root(ctx, definition, key, None)
}

/// The same, of an instance that a call activity runs.
pub(crate) fn called_root(
    ctx: &mut Ctx<'_>,
    definition: &Arc<Definition>,
    key: ProcessInstanceKey,
    called_by: Option<CalledBy>,
) -> At {
    At {
        process_instance_key: key,
        key: key.into(),
        index: ElementIndex::PROCESS,
        flow_scope_key: ElementInstanceKey(-1),
        instance: ctx.called_instance_slot(key, definition, called_by),
        slot: ctx.element_slot(definition, ElementIndex::PROCESS),
        definition: Arc::clone(definition),
    }
}

fn find(ctx: &Ctx<'_>, create: &CreateProcessInstance) -> Result<Arc<Definition>, Rejection> {
    let definitions = &ctx.state().definitions;
    let not_found = |what: String| {
        Rejection::new(
            RejectionKind::NotFound,
            format!("Expected to find process definition with {what}, but none found"),
        )
    };
    let found = match &create.definition {
        DefinitionRef::Latest(id) => definitions
            .latest(&create.tenant_id, id)
            .ok_or_else(|| not_found(format!("process ID '{id}'")))?,
        DefinitionRef::Version(id, version) => definitions
            .version(&create.tenant_id, id, *version)
            .ok_or_else(|| not_found(format!("process ID '{id}' and version '{version}'")))?,
        DefinitionRef::Key(key) if key.raw() < 0 => {
            return Err(Rejection::new(
                RejectionKind::InvalidArgument,
                "Expected at least a bpmnProcessId or a key greater than -1, but none given",
            ));
        }
        DefinitionRef::Key(key) => definitions
            .offered(*key)
            .filter(|definition| definition.tenant_id == create.tenant_id)
            .ok_or_else(|| not_found(format!("key '{key}'")))?,
    };
    Ok(Arc::clone(found))
}

fn start_elements(
    definition: &Definition,
    create: &CreateProcessInstance,
) -> Result<Vec<ElementIndex>, Rejection> {
    let process = &definition.process;
    if create.start_at.is_empty() {
        return match process.element(ElementIndex::PROCESS).none_start {
            Some(_) => Ok(Vec::new()),
            None => Err(Rejection::new(
                RejectionKind::InvalidState,
                "Expected to create instance of process with none start event, but there is no such event",
            )),
        };
    }
    let invalid = |reason: String| Rejection::new(RejectionKind::InvalidArgument, reason);
    let mut elements = Vec::with_capacity(create.start_at.len());
    for id in &create.start_at {
        let index = process.find(id).ok_or_else(|| {
            invalid(format!(
                "Expected to create instance of process with start instructions but no element found with id '{id}'."
            ))
        })?;
        let element = process.element(index);
        if !direct::is_supported(element) {
            return Err(invalid(format!(
                "Expected to create instance of process with start instructions but the element with id '{id}' targets unsupported element type '{}'. Supported element types are tasks, subprocesses, gateways, and intermediate and end events",
                element.element_type().as_str()
            )));
        }
        if direct::is_repeated(definition, index) {
            return Err(invalid(format!(
                "Expected to create instance of process with start instructions but the element with id '{id}' is inside a multi-instance subprocess. The creation of elements inside a multi-instance subprocess is not supported."
            )));
        }
        if definition.is_behind_event_gateway(index) {
            return Err(invalid(format!(
                "Expected to create instance of process with start instructions but the element with id '{id}' belongs to an event-based gateway. The creation of elements belonging to an event-based gateway is not supported."
            )));
        }
        elements.push(index);
    }
    Ok(elements)
}

/// The elements after which the instance ends must be such that could also be started at.
///
/// Source: camunda/camunda-docs: docs/components/concepts/process-instance-creation.md
fn check_ends(definition: &Definition, create: &CreateProcessInstance) -> Result<(), Rejection> {
    let process = &definition.process;
    for id in &create.terminate_after {
        let reason = match process.find(id) {
            None => format!("no element found with id '{id}'."),
            Some(ElementIndex::PROCESS) => format!(
                "the element with id '{id}' is the process itself, which ends anyway. Name an element of it."
            ),
            Some(index) if direct::is_repeated(definition, index) => format!(
                "the element with id '{id}' is inside a multi-instance subprocess, which is not supported. Name the subprocess."
            ),
            Some(_) => continue,
        };
        return Err(Rejection::new(
            RejectionKind::InvalidArgument,
            format!(
                "Expected to create instance of process with runtime instructions but {reason}"
            ),
        ));
    }
    Ok(())
}

fn check_business_id(
    ctx: &Ctx<'_>,
    definition: &Definition,
    create: &CreateProcessInstance,
) -> Result<(), Rejection> {
    match &create.business_id {
        Some(id)
            if ctx.config.unique_business_ids
                && ctx.state().business_ids.is_taken(definition.key, id) =>
        {
            Err(Rejection::new(
                RejectionKind::AlreadyExists,
                format!(
                    "Expected to create instance of process with business id '{id}', but an instance with this business id already exists for process definition key '{}'",
                    definition.key
                ),
            ))
        }
        Some(_) | None => Ok(()),
    }
}
