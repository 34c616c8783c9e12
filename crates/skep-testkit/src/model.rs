//! Random processes, put together from blocks that each have one way in and one way out.

mod blocks;

use std::{collections::BTreeMap, fmt::Write as _};

use crate::Rng;

/// Most blocks in one process.
const BLOCKS_MAX: usize = 12;
/// How deep blocks may lie in each other.
const DEPTH_MAX: usize = 4;
/// Most subprocesses of one process that run once for each item of a list.
const LOOPS_MAX: usize = 2;
/// Most call activities in one process.
const CALLS_MAX: usize = 1;

/// Types of the jobs that models create.
pub(crate) const JOB_TYPES: [&str; 3] = ["pack", "ship", "bill"];
/// Codes of the errors that models catch.
pub(crate) const ERROR_CODES: [&str; 2] = ["DECLINED", "BROKEN"];
/// Codes of the escalations that models throw and catch.
const ESCALATION_CODES: [&str; 2] = ["LATE", "LOST"];
/// Names of messages that models wait for; the last one only without being interrupted by it.
pub(crate) const MESSAGES: [&str; 3] = ["paid", "parcel returned", "order changed"];
/// Name of the message that starts processes.
pub(crate) const START_MESSAGE: &str = "order placed";
/// Names of the signals that models wait for and throw.
pub(crate) const SIGNALS: [&str; 2] = ["recall", "strike"];
/// Name of the signal that starts processes.
pub(crate) const START_SIGNAL: &str = "season opens";

/// The decision that models call.
const DECISION: &str = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="routes" name="Routes" namespace="simulation"><decision id="route" name="Route"><decisionTable id="table" hitPolicy="FIRST"><input id="input"><inputExpression id="expression"><text>choice</text></inputExpression></input><output id="output" name="route"/><rule id="near"><inputEntry id="in1"><text>&lt; 5</text></inputEntry><outputEntry id="out1"><text>"van"</text></outputEntry></rule><rule id="far"><inputEntry id="in2"><text>-</text></inputEntry><outputEntry id="out2"><text>"train"</text></outputEntry></rule></decisionTable></decision></definitions>"#;

/// A random process.
#[derive(Clone, Debug)]
pub struct Model {
    /// Id of its process.
    pub id: String,
    /// The file.
    pub xml: String,
    /// Ids of what can be activated, terminated or mapped.
    pub elements: Vec<String>,
    /// Ids of the sequence flows.
    pub flows: Vec<String>,
    /// Ids of activities that an ad-hoc subprocess lets a worker choose from.
    pub offered: Vec<String>,
    /// Ids of ad-hoc subprocesses that one more activity completes, and that activity.
    pub asking: BTreeMap<String, String>,
}

impl Model {
    /// The decision that the process calls, as a DMN file.
    #[must_use]
    pub fn decision() -> &'static str {
        DECISION
    }

    /// Another version: many ids are others, elements are at other places, and an event
    /// subprocess was added.
    #[must_use]
    pub fn next_version(&self) -> Self {
        let renamed = |ids: &[String]| ids.iter().map(|id| renamed(id)).collect::<Vec<_>>();
        let mut xml = self.xml.replacen(
            r#"isExecutable="true">"#,
            &format!(r#"isExecutable="true">{ADDED}"#),
            1,
        );
        for id in self.elements.iter().chain(&self.flows) {
            let new = self::renamed(id);
            xml = xml.replace(&format!("\"{id}\""), &format!("\"{new}\""));
            xml = xml.replace(&format!("&quot;{id}&quot;"), &format!("&quot;{new}&quot;"));
        }
        let asking = self.asking.iter();
        Self {
            id: self.id.clone(),
            xml,
            elements: renamed(&self.elements),
            flows: renamed(&self.flows),
            offered: renamed(&self.offered),
            asking: asking.map(|(id, one)| (self::renamed(id), self::renamed(one))).collect(),
        }
    }
}

/// What the next version has more; it is over as soon as it begins.
const ADDED: &str = r#"<subProcess id="added" triggeredByEvent="true"><startEvent id="added_start" isInterrupting="false"><timerEventDefinition><timeDuration>PT10M</timeDuration></timerEventDefinition></startEvent><endEvent id="added_end"/><sequenceFlow id="added_flow" sourceRef="added_start" targetRef="added_end"/></subProcess>"#;

/// What ids end with that are others in the next version.
const NEXT: &str = "_next";

/// The id that an element or a flow has in the next version.
#[must_use]
pub(crate) fn renamed(id: &str) -> String {
    let stays = ["join", "user", "begin"].iter().any(|kind| id.starts_with(kind));
    let is_even = id.bytes().last().is_some_and(|digit| digit % 2 == 0);
    if stays || (id.starts_with("flow") && is_even) { id.to_owned() } else { format!("{id}{NEXT}") }
}

/// The id that an element has in the first version.
#[must_use]
pub(crate) fn first_id(id: &str) -> &str {
    id.strip_suffix(NEXT).unwrap_or(id)
}

/// Makes a process of random blocks, which may call the processes of `callees`; every path
/// through it ends, if workers, messages and time do what it waits for.
#[must_use]
pub fn model(id: &str, callees: &[String], rng: &mut Rng) -> Model {
    let mut builder = Builder {
        rng,
        callees,
        xml: String::new(),
        elements: Vec::new(),
        flows: Vec::new(),
        offered: Vec::new(),
        asking: BTreeMap::new(),
        n: 0,
        blocks_left: BLOCKS_MAX,
        loops_left: LOOPS_MAX,
        calls_left: CALLS_MAX,
        n_loops: 0,
    };
    let _ = write!(
        builder.xml,
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="simulation"><process id="{id}" isExecutable="true">"#
    );
    let starts = blocks::start_events(&mut builder);
    builder.scope(0, &starts);
    builder.xml += "</process>";
    for (at, name) in MESSAGES.iter().enumerate() {
        let _ = write!(
            builder.xml,
            r#"<message id="message{at}" name="{name}"><extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements></message>"#
        );
    }
    for (at, name) in SIGNALS.iter().enumerate() {
        let _ = write!(builder.xml, r#"<signal id="signal{at}" name="{name}"/>"#);
    }
    let _ = write!(
        builder.xml,
        r#"<message id="start_message" name="{START_MESSAGE}"/><signal id="start_signal" name="{START_SIGNAL}"/>"#
    );
    for (at, code) in ERROR_CODES.iter().enumerate() {
        let _ = write!(builder.xml, r#"<error id="error{at}" errorCode="{code}"/>"#);
    }
    for (at, code) in ESCALATION_CODES.iter().enumerate() {
        let _ = write!(builder.xml, r#"<escalation id="escalation{at}" escalationCode="{code}"/>"#);
    }
    builder.xml += "</definitions>";
    Model {
        id: id.to_owned(),
        xml: builder.xml,
        elements: builder.elements,
        flows: builder.flows,
        offered: builder.offered,
        asking: builder.asking,
    }
}

/// A block that has been written: where tokens come in and where they leave.
#[derive(Clone, Debug)]
struct Block {
    first: String,
    last: String,
}

struct Builder<'r> {
    rng: &'r mut Rng,
    callees: &'r [String],
    xml: String,
    elements: Vec<String>,
    flows: Vec<String>,
    offered: Vec<String>,
    asking: BTreeMap<String, String>,
    /// How many ids were given out.
    n: usize,
    blocks_left: usize,
    loops_left: usize,
    calls_left: usize,
    /// How many loops the current block is in.
    n_loops: usize,
}

impl Builder<'_> {
    /// A new id for an element.
    fn id(&mut self, kind: &str) -> String {
        self.n += 1;
        let id = format!("{kind}{}", self.n);
        self.elements.push(id.clone());
        id
    }

    fn add(&mut self, element: &str) {
        self.xml += element;
    }

    /// A sequence flow, taken when `condition` holds, if there is one; gives its id.
    fn flow(&mut self, from: &str, to: &str, condition: Option<&str>) -> String {
        self.n += 1;
        let id = format!("flow{}", self.n);
        self.flows.push(id.clone());
        let _ = write!(self.xml, r#"<sequenceFlow id="{id}" sourceRef="{from}" targetRef="{to}">"#);
        if let Some(condition) = condition {
            let condition = condition.replace('<', "&lt;");
            let _ = write!(
                self.xml,
                r#"<conditionExpression xsi:type="tFormalExpression">{condition}</conditionExpression>"#
            );
        }
        self.xml += "</sequenceFlow>";
        id
    }

    /// Start events, a block and an end event: what a process or a subprocess is made of. There is
    /// always a start event without a trigger; `others` are added to it.
    fn scope(&mut self, depth: usize, others: &[String]) {
        let (start, end) = (self.id("start"), self.id("end"));
        self.add(&format!(r#"<startEvent id="{start}"/><endEvent id="{end}"/>"#));
        let block = self.block(depth);
        if others.is_empty() {
            self.flow(&start, &block.first, None);
        } else {
            // What comes first may be a gateway that would wait for all start events.
            let begin = self.id("begin");
            self.add(&format!(r#"<exclusiveGateway id="{begin}"/>"#));
            self.flow(&begin, &block.first, None);
            for one in others.iter().chain([&start]) {
                self.flow(one, &begin, None);
            }
        }
        self.flow(&block.last, &end, None);
        if depth < DEPTH_MAX && self.rng.one_in(5) {
            blocks::event_subprocess(self, depth + 1);
        }
    }

    /// Any block.
    fn block(&mut self, depth: usize) -> Block {
        self.blocks_left = self.blocks_left.saturating_sub(1);
        let kinds = if self.blocks_left == 0 || depth >= DEPTH_MAX {
            blocks::LEAVES
        } else {
            blocks::KINDS
        };
        match self.rng.weighted(kinds) {
            Some(make) => make(self, depth),
            None => blocks::service_task(self, depth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_can_be_deployed() {
        for seed in 0..1000 {
            let model = model("p", &["q".to_owned()], &mut Rng::new(seed));
            let read = skep_model::parse_bpmn(model.xml.as_bytes());
            assert!(read.is_ok(), "seed {seed}: {:?}\n{}", read.err(), model.xml);
            let next = model.next_version();
            let read = skep_model::parse_bpmn(next.xml.as_bytes());
            assert!(read.is_ok(), "seed {seed}: {:?}\n{}", read.err(), next.xml);
        }
    }
}
