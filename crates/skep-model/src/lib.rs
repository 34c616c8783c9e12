//! Documents to executable graphs: a BPMN file in, [`Process`]es out, every problem named; a DMN
//! file in, [`DecisionRequirements`] out, which also evaluate their decisions.
//!
//! A [`Process`] is all the engine needs: elements by index with their scopes, flows, triggers
//! and compiled expressions. It is immutable and can be shared between threads.
//! Nothing here runs a process, reads a clock or does I/O.
//!
//! ```
//! let model = br#"
//!   <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">
//!     <process id="order" isExecutable="true">
//!       <startEvent id="placed"/>
//!       <sequenceFlow id="then" sourceRef="placed" targetRef="shipped"/>
//!       <endEvent id="shipped"/>
//!     </process>
//!   </definitions>"#;
//! let processes = skep_model::parse_bpmn(model)?;
//! assert_eq!(&*processes[0].id, "order");
//! assert!(processes[0].find("shipped").is_some());
//! # Ok::<(), skep_model::Problems>(())
//! ```

mod binding;
mod bpmn;
mod dmn;
mod element_type;
mod form;
mod graph;
mod node;
mod problem;
pub mod timer;
mod xml;

pub use binding::Binding;
pub use bpmn::{claims_to_be_bpmn, parse_bpmn};
pub use dmn::{
    Decision, DecisionEvaluation, DecisionFailure, DecisionRequirements, DecisionType,
    EVALUATED_DECISIONS_MAX, EvaluatedDecision, EvaluatedInput, EvaluatedOutput, MatchedRule,
    REQUIREMENT_DEPTH_MAX, parse_dmn,
};
pub use element_type::{ElementType, EventType};
pub use form::{JsonResource, parse_json_resource};
pub use graph::{
    AdHocElement, AdHocSubProcess, CalledDecision, CalledElement, CodeCatch, ConditionDefinition,
    Element, ElementIndex, ElementKind, EndKind, ExecutionListener, FlowIndex, JobDefinition,
    LinkedResource, Mapping, MessageDefinition, MultiInstance, OutputCollection, Process,
    SequenceFlow, StartForm, StaticValue, TaskListener, TaskListenerEvent, TextOrFeel, ThrowKind,
    TimerDefinition, Trigger, UserTaskDefinition,
};
pub use problem::{Problem, Problems, REPORT_BYTES_MAX};
pub use xml::{
    RESOURCE_BYTES_MAX, XML_ATTRIBUTES_MAX, XML_DEPTH_MAX, XML_ELEMENTS_MAX,
    XML_NAMESPACES_IN_SCOPE_MAX, XML_NAMESPACES_MAX,
};
