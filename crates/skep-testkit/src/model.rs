//! Random processes, put together from blocks that each have one way in and one way out.

mod blocks;

use std::fmt::Write as _;

use crate::Rng;

/// Most blocks in one process.
const BLOCKS_MAX: usize = 12;
/// How deep blocks may lie in each other.
const DEPTH_MAX: usize = 4;

/// Types of the jobs that models create.
pub(crate) const JOB_TYPES: [&str; 3] = ["pack", "ship", "bill"];
/// Codes of the errors that models catch.
pub(crate) const ERROR_CODES: [&str; 2] = ["DECLINED", "BROKEN"];
/// Names of messages that models wait for; the last one only without being interrupted by it.
pub(crate) const MESSAGES: [&str; 3] = ["paid", "parcel returned", "order changed"];
/// Names of the signals that models wait for and throw.
pub(crate) const SIGNALS: [&str; 2] = ["recall", "strike"];

/// A random process.
#[derive(Clone, Debug)]
pub struct Model {
    /// Id of its process.
    pub id: String,
    /// The file.
    pub xml: String,
}

/// Makes a process of random blocks; every path through it ends, if workers, messages and time
/// do what it waits for.
#[must_use]
pub fn model(id: &str, rng: &mut Rng) -> Model {
    let mut builder = Builder { rng, xml: String::new(), n: 0, blocks_left: BLOCKS_MAX };
    let _ = write!(
        builder.xml,
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="simulation"><process id="{id}" isExecutable="true">"#
    );
    builder.scope(0);
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
    for (at, code) in ERROR_CODES.iter().enumerate() {
        let _ = write!(builder.xml, r#"<error id="error{at}" errorCode="{code}"/>"#);
    }
    builder.xml += "</definitions>";
    Model { id: id.to_owned(), xml: builder.xml }
}

/// A block that has been written: where tokens come in and where they leave.
#[derive(Clone, Debug)]
struct Block {
    first: String,
    last: String,
}

struct Builder<'r> {
    rng: &'r mut Rng,
    xml: String,
    /// How many ids were given out.
    n: usize,
    blocks_left: usize,
}

impl Builder<'_> {
    fn id(&mut self, kind: &str) -> String {
        self.n += 1;
        format!("{kind}{}", self.n)
    }

    fn add(&mut self, element: &str) {
        self.xml += element;
    }

    /// A sequence flow, taken when `condition` holds, if there is one; gives its id.
    fn flow(&mut self, from: &str, to: &str, condition: Option<&str>) -> String {
        let id = self.id("flow");
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

    /// A start event, a block and an end event: what a process or a subprocess is made of.
    fn scope(&mut self, depth: usize) {
        let (start, end) = (self.id("start"), self.id("end"));
        self.add(&format!(r#"<startEvent id="{start}"/><endEvent id="{end}"/>"#));
        let block = self.block(depth);
        self.flow(&start, &block.first, None);
        self.flow(&block.last, &end, None);
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
        for seed in 0..300 {
            let model = model("p", &mut Rng::new(seed));
            let read = skep_model::parse_bpmn(model.xml.as_bytes());
            assert!(read.is_ok(), "seed {seed}: {:?}\n{}", read.err(), model.xml);
        }
    }
}
