//! What becomes of elements and sequence flows by the mapping instructions.

use std::collections::BTreeMap;

use skep_model::{ElementIndex, ElementKind, FlowIndex};
use skep_record::{MigrateProcessInstance, Rejection, RejectionKind};

use super::refused;
use crate::{ctx::At, state::definition::Definition};

/// Target elements and flows by those of the source.
pub(super) struct Mapping<'p> {
    source: &'p Definition,
    target: &'p Definition,
    elements: BTreeMap<u32, ElementIndex>,
    flows: BTreeMap<u32, FlowIndex>,
}

/// What an instruction can name.
enum Named {
    Element(ElementIndex),
    Flow(FlowIndex),
}

impl Named {
    fn find(definition: &Definition, id: &str) -> Option<Self> {
        let element = definition.process.find(id).map(Self::Element);
        element.or_else(|| definition.find_flow(id).map(Self::Flow))
    }
}

impl<'p> Mapping<'p> {
    /// Looks up what the instructions name.
    ///
    /// # Errors
    /// `InvalidArgument`: an id that does not exist, a source that is named twice, or a sequence
    /// flow that is mapped to an element or the other way round.
    pub(super) fn resolve(
        root: &At,
        source: &'p Definition,
        target: &'p Definition,
        migrate: &MigrateProcessInstance,
    ) -> Result<Self, Rejection> {
        let invalid = |reason: String| refused(RejectionKind::InvalidArgument, root, reason);
        let find = |definition: &Definition, id: &str, which: &str| {
            Named::find(definition, id).ok_or_else(|| {
                invalid(format!(
                    "mapping instructions contain a non-existing {which} element id '{id}'. Elements of mapping instructions must exist in the {which} process definition, here the one with key '{}'.",
                    definition.key
                ))
            })
        };
        let mut known = Self { source, target, elements: BTreeMap::new(), flows: BTreeMap::new() };
        for instruction in &migrate.mappings {
            let (from, to) = (&instruction.source_element_id, &instruction.target_element_id);
            let is_new = match (find(source, from, "source")?, find(target, to, "target")?) {
                (Named::Element(from), Named::Element(to)) => {
                    known.elements.insert(from.0, to).is_none()
                }
                (Named::Flow(from), Named::Flow(to)) => known.flows.insert(from.0, to).is_none(),
                (Named::Element(_), Named::Flow(_)) | (Named::Flow(_), Named::Element(_)) => {
                    return Err(invalid(format!(
                        "mapping instructions map '{from}' to '{to}', and only one of the two is a sequence flow. Map elements to elements and sequence flows to sequence flows."
                    )));
                }
            };
            if !is_new {
                return Err(invalid(format!(
                    "the mapping instructions contain duplicate source element ids '[{from}]'. Keep one instruction for each."
                )));
            }
        }
        Ok(known)
    }

    /// What takes the place of an element. The process, the activity of a multi-instance body and
    /// the inner instances of an ad-hoc subprocess follow from what is around them.
    pub(super) fn target(&self, index: ElementIndex) -> Option<ElementIndex> {
        if index == ElementIndex::PROCESS {
            return Some(ElementIndex::PROCESS);
        }
        let (source, target) = (&self.source.process, &self.target.process);
        let element = source.element(index);
        if source.multi_instance(index).is_some() {
            let body = self.target(element.scope?)?;
            let ElementKind::MultiInstanceBody(body) = &target.element(body).kind else {
                return None;
            };
            return Some(body.inner);
        }
        let named = self.elements.get(&index.0).copied();
        if named.is_none() && matches!(element.kind, ElementKind::AdHocInnerInstance) {
            let subprocess = self.target(element.scope?)?;
            let ElementKind::AdHocSubProcess(ad_hoc) = &target.element(subprocess).kind else {
                return None;
            };
            return Some(ad_hoc.inner);
        }
        named
    }

    /// What takes the place of a sequence flow: what it is mapped to, or else the one with its id.
    pub(super) fn flow(&self, flow: FlowIndex) -> Option<FlowIndex> {
        let named = self.flows.get(&flow.0).copied();
        named.or_else(|| self.target.find_flow(&self.source.process.flow(flow).id))
    }
}
