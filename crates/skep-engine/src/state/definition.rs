//! Deployed process definitions.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use skep_model::{
    ElementIndex, ElementKind, EndKind, FlowIndex, JobDefinition, Process, ThrowKind, Trigger,
};
use skep_record::{
    BpmnElementType, BpmnEventType, BpmnProcessId, DeploymentKey, Document, ElementRef, JobType,
    ProcessDefinitionKey, TenantId,
};

/// One version of a process, with what records about it say again and again.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) key: ProcessDefinitionKey,
    pub(crate) bpmn_process_id: BpmnProcessId,
    pub(crate) version: i32,
    pub(crate) tenant_id: TenantId,
    pub(crate) deployment_key: DeploymentKey,
    pub(crate) resource_name: Arc<str>,
    /// The raw file, shared by all definitions that came with it.
    pub(crate) resource: Bytes,
    pub(crate) process: Arc<Process>,
    elements: Vec<ElementFacts>,
    flows: Vec<ElementRef>,
    flows_by_id: BTreeMap<Arc<str>, FlowIndex>,
    /// Whether an inclusive gateway joins flows: then it matters where every flow leads.
    pub(crate) has_inclusive_join: bool,
    /// Whether an event waits for a condition: then every change of a variable matters.
    pub(crate) has_conditions: bool,
}

/// What is the same for every execution of an element.
#[derive(Debug)]
pub(crate) struct ElementFacts {
    pub(crate) reference: ElementRef,
    /// Task headers of an element that creates jobs.
    pub(crate) headers: Document,
    /// Job type and retries, where both are static: nothing to evaluate.
    pub(crate) static_job: Option<(JobType, i32)>,
}

/// What a definition is, apart from its file.
#[derive(Clone, Debug)]
pub(crate) struct DefinitionHead {
    pub(crate) key: ProcessDefinitionKey,
    pub(crate) version: i32,
    pub(crate) tenant_id: TenantId,
    pub(crate) deployment_key: DeploymentKey,
    pub(crate) resource_name: Arc<str>,
}

impl Definition {
    pub(crate) fn new(head: DefinitionHead, resource: Bytes, process: Arc<Process>) -> Self {
        let elements = process
            .elements
            .iter()
            .map(|element| {
                let job = job_definition(&element.kind);
                ElementFacts {
                    reference: ElementRef {
                        element_id: Arc::clone(&element.id).into(),
                        element_type: element_type(element.element_type()),
                        event_type: event_type(element.event_type()),
                    },
                    headers: job.map_or_else(Document::empty, |job| headers(&job.headers)),
                    static_job: job.and_then(static_job),
                }
            })
            .collect();
        let flows = process
            .flows
            .iter()
            .map(|flow| ElementRef {
                element_id: Arc::clone(&flow.id).into(),
                element_type: BpmnElementType::SequenceFlow,
                event_type: BpmnEventType::Unspecified,
            })
            .collect();
        let flows_by_id = (0..)
            .zip(&process.flows)
            .map(|(index, flow)| (Arc::clone(&flow.id), FlowIndex(index)))
            .collect();
        let has_inclusive_join = process.elements.iter().any(|element| {
            matches!(element.kind, ElementKind::InclusiveGateway { .. })
                && element.incoming.len() > 1
        });
        let has_conditions = process
            .elements
            .iter()
            .any(|element| matches!(element.trigger(), Some(Trigger::Conditional(_))));
        Self {
            key: head.key,
            bpmn_process_id: Arc::clone(&process.id).into(),
            version: head.version,
            tenant_id: head.tenant_id,
            deployment_key: head.deployment_key,
            resource_name: head.resource_name,
            resource,
            process,
            elements,
            flows,
            flows_by_id,
            has_inclusive_join,
            has_conditions,
        }
    }

    pub(crate) fn facts(&self, index: ElementIndex) -> &ElementFacts {
        &self.elements[index.0 as usize]
    }

    /// The element that a record names.
    pub(crate) fn index_of(&self, element: &ElementRef) -> Option<ElementIndex> {
        // A process is found by its type: its id need not differ from those of its elements.
        if element.element_type == BpmnElementType::Process {
            Some(ElementIndex::PROCESS)
        } else if element.element_type == BpmnElementType::MultiInstanceBody {
            self.process.find(&element.element_id)
        } else {
            self.process.find_inner(&element.element_id)
        }
    }

    /// Whether the element is a boundary event, and then whether it interrupts.
    pub(crate) fn interrupting_boundary(&self, index: ElementIndex) -> Option<bool> {
        if let ElementKind::BoundaryEvent { interrupting, .. } = self.process.element(index).kind {
            Some(interrupting)
        } else {
            None
        }
    }

    /// Whether the element is the start event of an event subprocess, and then of which one and
    /// whether that interrupts.
    pub(crate) fn event_subprocess_of(&self, start: ElementIndex) -> Option<(ElementIndex, bool)> {
        let scope = self.process.element(start).scope?;
        let (known, interrupting) = self.process.element(scope).event_subprocess()?;
        (known == start).then_some((scope, interrupting))
    }

    /// Whether the first event of the element is its last, for whoever waits for it.
    pub(crate) fn is_interrupting(&self, index: ElementIndex) -> bool {
        self.interrupting_boundary(index)
            .or_else(|| self.event_subprocess_of(index).map(|(_, interrupting)| interrupting))
            .unwrap_or(true)
    }

    /// Whether an event-based gateway leads to the element: then it is its only way in.
    pub(crate) fn is_behind_event_gateway(&self, index: ElementIndex) -> bool {
        let process = &self.process;
        process.element(index).incoming.iter().any(|flow| {
            let source = process.flow(*flow).source;
            matches!(process.element(source).kind, ElementKind::EventBasedGateway)
        })
    }

    pub(crate) fn find_flow(&self, id: &str) -> Option<FlowIndex> {
        self.flows_by_id.get(id).copied()
    }

    pub(crate) fn flow_reference(&self, index: FlowIndex) -> &ElementRef {
        &self.flows[index.0 as usize]
    }
}

/// The job definition of an element whose job is described by one.
pub(crate) fn job_definition(kind: &ElementKind) -> Option<&JobDefinition> {
    match kind {
        ElementKind::JobTask(_, job)
        | ElementKind::IntermediateThrowEvent(ThrowKind::Job(job))
        | ElementKind::EndEvent(EndKind::Job(job)) => Some(job),
        ElementKind::AdHocSubProcess(ad_hoc) => ad_hoc.job.as_ref(),
        ElementKind::Process
        | ElementKind::SubProcess
        | ElementKind::EventSubProcess { .. }
        | ElementKind::CallActivity(_)
        | ElementKind::MultiInstanceBody(_)
        | ElementKind::AdHocInnerInstance
        | ElementKind::StartEvent(_)
        | ElementKind::IntermediateCatchEvent(_)
        | ElementKind::LinkCatchEvent
        | ElementKind::IntermediateThrowEvent(
            ThrowKind::None
            | ThrowKind::Link(_)
            | ThrowKind::Signal(_)
            | ThrowKind::Escalation(_)
            | ThrowKind::Compensation(_),
        )
        | ElementKind::BoundaryEvent { .. }
        | ElementKind::EndEvent(
            EndKind::None
            | EndKind::Terminate
            | EndKind::Error(_)
            | EndKind::Escalation(_)
            | EndKind::Compensation(_)
            | EndKind::Signal(_),
        )
        | ElementKind::ReceiveTask(_)
        | ElementKind::ManualTask
        | ElementKind::UndefinedTask
        | ElementKind::UserTask(_)
        | ElementKind::DecisionTask(_)
        | ElementKind::ScriptTask { .. }
        | ElementKind::ExclusiveGateway { .. }
        | ElementKind::InclusiveGateway { .. }
        | ElementKind::ParallelGateway
        | ElementKind::EventBasedGateway => None,
    }
}

/// Task headers as a document of strings.
pub(crate) fn headers(headers: &[(Arc<str>, Arc<str>)]) -> Document {
    let values: Vec<(&str, Vec<u8>)> = headers
        .iter()
        .map(|(name, value)| (&**name, crate::expression::text_to_msgpack(value)))
        .collect();
    Document::from_entries(values.iter().map(|(name, value)| (*name, value.as_slice())))
}

fn static_job(job: &JobDefinition) -> Option<(JobType, i32)> {
    let job_type = job.job_type.as_static_text()?;
    let retries = crate::expression::static_integer(&job.retries)?;
    Some((Arc::clone(job_type).into(), retries))
}

fn element_type(element_type: skep_model::ElementType) -> BpmnElementType {
    use skep_model::ElementType as Model;
    match element_type {
        Model::Process => BpmnElementType::Process,
        Model::SubProcess => BpmnElementType::SubProcess,
        Model::EventSubProcess => BpmnElementType::EventSubProcess,
        Model::CallActivity => BpmnElementType::CallActivity,
        Model::MultiInstanceBody => BpmnElementType::MultiInstanceBody,
        Model::AdHocSubProcess => BpmnElementType::AdHocSubProcess,
        Model::AdHocSubProcessInnerInstance => BpmnElementType::AdHocSubProcessInnerInstance,
        Model::StartEvent => BpmnElementType::StartEvent,
        Model::IntermediateCatchEvent => BpmnElementType::IntermediateCatchEvent,
        Model::IntermediateThrowEvent => BpmnElementType::IntermediateThrowEvent,
        Model::BoundaryEvent => BpmnElementType::BoundaryEvent,
        Model::EndEvent => BpmnElementType::EndEvent,
        Model::ServiceTask => BpmnElementType::ServiceTask,
        Model::ReceiveTask => BpmnElementType::ReceiveTask,
        Model::UserTask => BpmnElementType::UserTask,
        Model::ManualTask => BpmnElementType::ManualTask,
        Model::Task => BpmnElementType::Task,
        Model::ExclusiveGateway => BpmnElementType::ExclusiveGateway,
        Model::InclusiveGateway => BpmnElementType::InclusiveGateway,
        Model::ParallelGateway => BpmnElementType::ParallelGateway,
        Model::EventBasedGateway => BpmnElementType::EventBasedGateway,
        Model::SequenceFlow => BpmnElementType::SequenceFlow,
        Model::BusinessRuleTask => BpmnElementType::BusinessRuleTask,
        Model::ScriptTask => BpmnElementType::ScriptTask,
        Model::SendTask => BpmnElementType::SendTask,
    }
}

fn event_type(event_type: skep_model::EventType) -> BpmnEventType {
    use skep_model::EventType as Model;
    match event_type {
        Model::Unspecified => BpmnEventType::Unspecified,
        Model::None => BpmnEventType::None,
        Model::Message => BpmnEventType::Message,
        Model::Timer => BpmnEventType::Timer,
        Model::Signal => BpmnEventType::Signal,
        Model::Error => BpmnEventType::Error,
        Model::Link => BpmnEventType::Link,
        Model::Escalation => BpmnEventType::Escalation,
        Model::Compensation => BpmnEventType::Compensation,
        Model::Conditional => BpmnEventType::Conditional,
        Model::Terminate => BpmnEventType::Terminate,
    }
}
