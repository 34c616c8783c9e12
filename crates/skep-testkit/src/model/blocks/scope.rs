//! What contains other blocks.

use super::{Block, Builder, alone, event, task};
use crate::model::MESSAGES;

pub(super) fn subprocess(builder: &mut Builder<'_>, depth: usize) -> Block {
    let id = builder.id("subprocess");
    let repeated = if builder.loops_left > 0 && builder.rng.one_in(4) {
        builder.loops_left -= 1;
        task::instances(builder)
    } else {
        String::new()
    };
    builder.add(&format!(r#"<subProcess id="{id}">"#));
    builder.scope(depth + 1, &[]);
    builder.add(&format!("{repeated}</subProcess>"));
    alone(id)
}

/// Activities of which some are started, in no order, as the model or a worker says.
pub(super) fn ad_hoc(builder: &mut Builder<'_>, depth: usize) -> Block {
    if builder.rng.one_in(3) {
        let id = builder.id("adhoc");
        let definition = task::task_definition(builder);
        builder.add(&format!(
            r#"<adHocSubProcess id="{id}"><extensionElements>{definition}</extensionElements>"#
        ));
        let offered = [task::service_task, task::plain_task].map(|make| make(builder, depth + 1));
        builder.offered.extend(offered.map(|activity| activity.first));
        builder.add("</adHocSubProcess>");
        return alone(id);
    }
    let id = builder.id("adhoc");
    let cancels = builder.rng.one_in(2);
    builder.add(&format!(r#"<adHocSubProcess id="{id}" cancelRemainingInstances="{cancels}">"#));
    let kinds = [task::service_task, task::user_task, task::plain_task, subprocess];
    let activities: Vec<String> = (0..1 + builder.rng.below(3))
        .map(|_| {
            let make = kinds[builder.rng.below(kinds.len())];
            make(builder, depth + 1).first
        })
        .collect();
    let n_active = 1 + builder.rng.below(activities.len());
    let active: Vec<String> =
        activities.iter().take(n_active).map(|id| format!("&quot;{id}&quot;")).collect();
    let condition = if builder.rng.one_in(3) {
        // Each run raises the counter, so that it is high enough some time.
        let counting = task::script_task(builder, depth + 1).first;
        builder.asking.insert(id.clone(), counting);
        r#"<completionCondition xsi:type="tFormalExpression">=n > 2</completionCondition>"#
    } else {
        ""
    };
    builder.add(&format!(
        r#"<extensionElements><zeebe:adHoc activeElementsCollection="=[{}]"/></extensionElements>{condition}</adHocSubProcess>"#,
        active.join(",")
    ));
    alone(id)
}

/// An activity with a boundary event or two.
pub(super) fn boundary(builder: &mut Builder<'_>, depth: usize) -> Block {
    let is_subprocess = builder.rng.one_in(2);
    let activity = if is_subprocess {
        subprocess(builder, depth + 1)
    } else {
        task::service_task(builder, depth + 1)
    };
    let last = builder.id("join");
    builder.add(&format!(r#"<exclusiveGateway id="{last}"/>"#));
    builder.flow(&activity.last, &last, None);
    let attached_to = &activity.first;
    // Two that catch the same are refused, so they are of different kinds.
    let first_kind = builder.rng.below(7);
    for n in 0..1 + builder.rng.below(2) {
        let id = builder.id("boundary");
        let (event, interrupting) = match (first_kind + n) % 7 {
            // Of those that wait with one key, only one gets a message: this one, again and again.
            0 if builder.rng.one_in(2) => (event::message(MESSAGES.len() - 1), false),
            0 => (event::message_event(builder), true),
            // One that can be thrown again by what it starts would never end.
            1 if builder.rng.one_in(2) => (event::signal_event(1 - event::THROWN), false),
            1 => (event::any_signal_event(builder), true),
            2 => (event::timer_event(builder), builder.rng.one_in(2)),
            3 => (event::cycle_event(builder), false),
            4 => (event::error_event(builder), true),
            5 if is_subprocess => (event::escalation_event(builder), builder.rng.one_in(2)),
            5 => (event::timer_event(builder), builder.rng.one_in(2)),
            _ => (event::condition_event("=choice > 6"), builder.rng.one_in(2)),
        };
        builder.add(&format!(
            r#"<boundaryEvent id="{id}" attachedToRef="{attached_to}" cancelActivity="{interrupting}">{event}</boundaryEvent>"#
        ));
        let handler = builder.block(depth + 1);
        builder.flow(&id, &handler.first, None);
        if interrupting {
            builder.flow(&handler.last, &last, None);
        } else {
            let end = builder.id("end");
            let event = match builder.rng.below(3) {
                0 => String::new(),
                1 => event::signal_event(event::THROWN),
                _ => event::escalation_event(builder),
            };
            builder.add(&format!(r#"<endEvent id="{end}">{event}</endEvent>"#));
            builder.flow(&handler.last, &end, None);
        }
    }
    Block { first: activity.first, last }
}

/// A subprocess that an event of its scope starts. It is no block: no flow leads to it.
pub(in super::super) fn event_subprocess(builder: &mut Builder<'_>, depth: usize) {
    let subprocess = builder.id("event_subprocess");
    let (start, end) = (builder.id("start"), builder.id("end"));
    let kind = builder.rng.below(7);
    let mut interrupting = builder.rng.one_in(2);
    let event = match kind {
        0 if interrupting => event::message_event(builder),
        0 => event::message(MESSAGES.len() - 1),
        1 if interrupting => event::any_signal_event(builder),
        1 => event::signal_event(1 - event::THROWN),
        2 => event::timer_event(builder),
        3 => {
            interrupting = false;
            event::cycle_event(builder)
        }
        4 => {
            interrupting = true;
            event::error_event(builder)
        }
        5 => event::escalation_event(builder),
        _ => event::condition_event("=choice > 5"),
    };
    builder.add(&format!(
        r#"<subProcess id="{subprocess}" triggeredByEvent="true"><startEvent id="{start}" isInterrupting="{interrupting}">{event}</startEvent><endEvent id="{end}"/>"#
    ));
    let block = match (interrupting, kind) {
        // What the event starts may not throw it again: nothing would ever end.
        (true, 5) => task::service_task(builder, depth),
        (true, _) => builder.block(depth),
        // These come for as long as somebody waits for them, so there must soon be nobody.
        (false, 0 | 1) => task::plain_task(builder, depth),
        (false, _) => task::service_task(builder, depth),
    };
    builder.flow(&start, &block.first, None);
    builder.flow(&block.last, &end, None);
    builder.add("</subProcess>");
}
