//! Sequence flows that were taken and wait at a joining gateway.

use std::collections::BTreeSet;

use skep_model::{ElementIndex, ElementKind, FlowIndex};
use skep_record::Rejection;

use super::{Planner, TakenFlow, concurrent};
use crate::state::instance::ElementInstance;

impl Planner<'_> {
    /// What becomes of the flows that were taken in a scope, whose gateways have to be mapped like
    /// active elements.
    ///
    /// Source: camunda/camunda: issues 22199, 35330 and 39237
    pub(super) fn taken_flows(
        &self,
        scope: &ElementInstance,
        target_scope: ElementIndex,
    ) -> Result<Vec<TakenFlow>, Rejection> {
        let taken = scope.events.as_ref().map_or(&[][..], |events| &events.taken_flows);
        // What waits at no gateway is on its way.
        if taken.iter().map(|(_, n)| n).sum::<u32>() != scope.n_active_flows {
            return Err(concurrent(self.root));
        }
        let mut taken = taken.to_vec();
        taken.sort_unstable();
        let process = &self.source.process;
        let gateways: BTreeSet<ElementIndex> =
            taken.iter().map(|(flow, _)| process.flow(FlowIndex(*flow)).target).collect();
        for gateway in gateways {
            self.check_gateway(scope, gateway, target_scope)?;
        }
        let mut flows: Vec<TakenFlow> = Vec::with_capacity(taken.len());
        for (flow, n) in taken {
            let source = FlowIndex(flow);
            let target = self.target_of_flow(source)?;
            if let Some(other) = flows.iter().find(|known| known.target == target) {
                return self.invalid(format!(
                    "active sequence flows '[{}, {}]' are mapped to the same target sequence flow '{}'. Map each to a flow of its own.",
                    process.flow(other.source).id,
                    process.flow(source).id,
                    self.target.process.flow(target).id
                ));
            }
            flows.push(TakenFlow { source, target, n });
        }
        Ok(flows)
    }

    /// A gateway that waits for more flows.
    fn check_gateway(
        &self,
        scope: &ElementInstance,
        gateway: ElementIndex,
        target_scope: ElementIndex,
    ) -> Result<(), Rejection> {
        let source = self.source.process.element(gateway);
        let is_join = matches!(
            source.kind,
            ElementKind::ParallelGateway | ElementKind::InclusiveGateway { .. }
        );
        let is_complete = source.incoming.iter().all(|flow| scope.n_taken(flow.0) > 0);
        if !is_join || is_complete {
            return Err(concurrent(self.root));
        }
        let id = &source.id;
        let Some(index) = self.mapping.target(gateway) else {
            return self.invalid(format!(
                "no mapping instruction defined for joining gateway with id '{id}', at which a taken sequence flow waits. Add one that names the gateway of the target which is to take its place."
            ));
        };
        self.check_same_kind(gateway, index)?;
        let target = self.target.process.element(index);
        if target.scope != Some(target_scope) {
            return self.invalid(format!(
                "the flow scope of joining gateway with id '{id}' is changed: the target gateway '{}' is not in the element that its flow scope is mapped to. Map it to a gateway of that scope.",
                target.id
            ));
        }
        if target.incoming.len() < source.incoming.len() {
            return self.invalid(format!(
                "joining gateway with id '{id}' has {} incoming sequence flows, and the target gateway with id '{}' only {}. Map it to a gateway with at least as many.",
                source.incoming.len(),
                target.id,
                target.incoming.len()
            ));
        }
        Ok(())
    }

    fn target_of_flow(&self, flow: FlowIndex) -> Result<FlowIndex, Rejection> {
        let source = self.source.process.flow(flow);
        let id = &source.id;
        let Some(index) = self.mapping.flow(flow) else {
            return self.invalid(format!(
                "sequence flow with id '{id}' was taken and does not exist in the target process definition. Add a mapping instruction that names the flow which is to take its place."
            ));
        };
        let target = self.target.process.flow(index);
        if self.mapping.target(source.target) != Some(target.target) {
            return self.invalid(format!(
                "sequence flow with id '{id}' was taken, and '{}', which takes its place, does not lead to the target of its gateway '{}'. Map it to a flow that does.",
                target.id,
                self.source.process.element(source.target).id
            ));
        }
        Ok(index)
    }
}
