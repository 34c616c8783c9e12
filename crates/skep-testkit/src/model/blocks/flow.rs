//! Gateways, and what leads from one block to the next.

use super::{Block, Builder, event, task};

/// Whatever comes first of some events.
pub(super) fn event_based(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let (first, last) = (builder.id("await"), builder.id("join"));
    builder.add(&format!(r#"<eventBasedGateway id="{first}"/><exclusiveGateway id="{last}"/>"#));
    let mut events = vec![event::timer_event(builder), event::message_event(builder)];
    if builder.rng.one_in(2) {
        events.push(event::any_signal_event(builder));
    }
    for event in events {
        let block = event::catch(builder, &event);
        builder.flow(&first, &block.first, None);
        builder.flow(&block.last, &last, None);
    }
    Block { first, last }
}

pub(super) fn sequence(builder: &mut Builder<'_>, depth: usize) -> Block {
    let mut all = builder.block(depth + 1);
    for _ in 0..1 + builder.rng.below(3) {
        let next = builder.block(depth + 1);
        builder.flow(&all.last, &next.first, None);
        all.last = next.last;
    }
    all
}

pub(super) fn exclusive(builder: &mut Builder<'_>, depth: usize) -> Block {
    let (first, last) = (builder.id("choose"), builder.id("join"));
    let by_default = builder.block(depth + 1);
    let other = builder.block(depth + 1);
    let default = builder.flow(&first, &by_default.first, None);
    let limit = builder.rng.below(10);
    builder.flow(&first, &other.first, Some(&format!("=choice < {limit}")));
    builder.flow(&by_default.last, &last, None);
    builder.flow(&other.last, &last, None);
    builder.add(&format!(
        r#"<exclusiveGateway id="{first}" default="{default}"/><exclusiveGateway id="{last}"/>"#
    ));
    Block { first, last }
}

pub(super) fn parallel(builder: &mut Builder<'_>, depth: usize) -> Block {
    let (first, last) = (builder.id("fork"), builder.id("join"));
    builder.add(&format!(r#"<parallelGateway id="{first}"/><parallelGateway id="{last}"/>"#));
    for _ in 0..2 + builder.rng.below(2) {
        let branch = builder.block(depth + 1);
        builder.flow(&first, &branch.first, None);
        builder.flow(&branch.last, &last, None);
    }
    Block { first, last }
}

/// One branch, or several, or the one that is left when no condition holds.
pub(super) fn inclusive(builder: &mut Builder<'_>, depth: usize) -> Block {
    // In a loop it may wait for what waits for it and could come round again, as in Zeebe.
    if builder.n_loops > 0 {
        return exclusive(builder, depth);
    }
    let (first, last) = (builder.id("choose"), builder.id("join"));
    let by_default = builder.block(depth + 1);
    let default = builder.flow(&first, &by_default.first, None);
    builder.flow(&by_default.last, &last, None);
    for _ in 0..1 + builder.rng.below(2) {
        let branch = builder.block(depth + 1);
        let limit = builder.rng.below(10);
        builder.flow(&first, &branch.first, Some(&format!("=choice < {limit}")));
        builder.flow(&branch.last, &last, None);
    }
    builder.add(&format!(
        r#"<inclusiveGateway id="{first}" default="{default}"/><inclusiveGateway id="{last}"/>"#
    ));
    Block { first, last }
}

/// A block that runs again until a counter, which every run raises, is high enough.
pub(super) fn repeat(builder: &mut Builder<'_>, depth: usize) -> Block {
    let (first, last) = (builder.id("again"), builder.id("enough"));
    builder.n_loops += 1;
    let body = builder.block(depth + 1);
    builder.n_loops -= 1;
    let count = task::script_task(builder, depth);
    builder.flow(&first, &body.first, None);
    builder.flow(&body.last, &count.first, None);
    builder.flow(&count.last, &last, None);
    let limit = builder.rng.below(4);
    let back = builder.id("back");
    // The way out is the default, and is drawn by whoever uses this block: so the way on goes
    // through a gateway of its own.
    builder.add(&format!(r#"<exclusiveGateway id="{back}"/>"#));
    let out = builder.flow(&last, &back, None);
    builder.flow(&last, &first, Some(&format!("=n < {limit}")));
    builder.add(&format!(
        r#"<exclusiveGateway id="{first}"/><exclusiveGateway id="{last}" default="{out}"/>"#
    ));
    Block { first, last: back }
}

/// A way out of the scope for some choices: by terminating it, or by throwing. Any other end
/// would let a parallel gateway wait for ever.
pub(super) fn early_end(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let (first, last, end) = (builder.id("choose"), builder.id("plain"), builder.id("end"));
    let event = if builder.rng.one_in(2) {
        "<terminateEventDefinition/>".to_owned()
    } else {
        event::error_event(builder)
    };
    builder.add(&format!(r#"<task id="{last}"/><endEvent id="{end}">{event}</endEvent>"#));
    let default = builder.flow(&first, &last, None);
    builder.flow(&first, &end, Some("=choice < 3"));
    builder.add(&format!(r#"<exclusiveGateway id="{first}" default="{default}"/>"#));
    Block { first, last }
}
