//! What is waited for, and what can be compensated.

use std::collections::BTreeMap;

use skep_model::{ElementIndex, ElementKind, Trigger};
use skep_record::{ElementInstanceKey, Rejection};

use super::{Compensation, Planner, Step};
use crate::{
    Ctx,
    state::{
        compensations::CompensationSubscription,
        instance::{ElementInstance, SubscriptionState},
    },
};

impl Planner<'_> {
    /// The partition that has the messages is told of a migration only once it knows the
    /// subscription.
    pub(super) fn check_messages(
        &self,
        instance: &ElementInstance,
        step: &Step,
    ) -> Result<(), Rejection> {
        let events = instance.events.as_ref();
        for subscription in events.into_iter().flat_map(|events| &events.messages) {
            let index = ElementIndex(subscription.element);
            if subscription.state == SubscriptionState::Opening && step.target_of(index).is_some() {
                return self.invalid(format!(
                    "the message subscription of catch event with id '{}' to message '{}' is still being opened or migrated. Try again.",
                    self.source.process.element(index).id,
                    subscription.message_name
                ));
            }
        }
        Ok(())
    }

    /// What becomes of the completed activities that can be compensated: they stay what they are
    /// where their boundary event is mapped, and are forgotten where it is not. Subprocesses that
    /// only contain such activities go with them.
    ///
    /// Source: camunda/camunda: issue 24487
    pub(super) fn compensations(
        &self,
        ctx: &Ctx<'_>,
        steps: &[Step],
    ) -> Result<Vec<(i64, Option<Compensation>)>, Rejection> {
        let mut scopes: BTreeMap<ElementInstanceKey, ElementIndex> =
            steps.iter().map(|step| (step.key, step.target)).collect();
        let mut planned = Vec::new();
        // What is inside was completed before what is around it.
        for (key, known) in ctx.state().compensations.of_instance(self.instance.key) {
            let kept = self.compensation(known, &scopes)?;
            if let Some(kept) = &kept {
                self.check_scope_of(known, kept, &mut scopes)?;
            }
            planned.push((key, kept));
        }
        Ok(planned)
    }

    fn compensation(
        &self,
        known: &CompensationSubscription,
        scopes: &BTreeMap<ElementInstanceKey, ElementIndex>,
    ) -> Result<Option<Compensation>, Rejection> {
        // Whoever threw it is gone, or could not be migrated: nothing compensates it any more.
        if known.thrown_by.is_some() {
            return Ok(None);
        }
        let Some(handler) = known.handler else {
            let activity = scopes.get(&known.activity_key).copied();
            return Ok(activity.map(|activity| Compensation { activity, handler: None }));
        };
        let source = &self.source.process;
        let activity = source.element(ElementIndex(known.activity));
        let boundary = activity.boundary_events.iter().copied().find(|event| {
            matches!(source.element(*event).trigger(), Some(Trigger::Compensation(known)) if known.0 == handler)
        });
        let target = boundary.and_then(|event| Some((event, self.mapping.target(event)?)));
        let Some((boundary, target)) = target else { return Ok(None) };
        let target = self.target.process.element(target);
        if let ElementKind::BoundaryEvent { attached_to, trigger, .. } = &target.kind
            && let Trigger::Compensation(handler) = trigger
        {
            return Ok(Some(Compensation { activity: *attached_to, handler: Some(*handler) }));
        }
        self.invalid(format!(
            "the compensation boundary event with id '{}' of a completed element is mapped to '{}', which is none. Map it to a compensation boundary event, or leave it out.",
            source.element(boundary).id,
            target.id
        ))
    }

    /// The activity must stay in the scope that it was in.
    fn check_scope_of(
        &self,
        known: &CompensationSubscription,
        kept: &Compensation,
        scopes: &mut BTreeMap<ElementInstanceKey, ElementIndex>,
    ) -> Result<(), Rejection> {
        let target = &self.target.process;
        let scope = target.element(kept.activity).scope.unwrap_or(ElementIndex::PROCESS);
        let expected = *scopes.entry(known.scope_key).or_insert(scope);
        let own = scopes.get(&known.activity_key).copied();
        if expected == scope && own.is_none_or(|own| own == kept.activity) {
            return Ok(());
        }
        let source = self.source.process.element(ElementIndex(known.activity));
        self.invalid(format!(
            "the flow scope of completed element with id '{}' is changed: the compensation boundary event that it is mapped by is attached to '{}'. Map it to one in the scope that its flow scope is mapped to.",
            source.id,
            target.element(kept.activity).id
        ))
    }
}
