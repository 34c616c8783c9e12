//! The kinds of block. A new element is a function here and a row in one of the tables.

use super::{Block, Builder, ERROR_CODES, JOB_TYPES, MESSAGES, SIGNALS};

/// Writes a block, at some depth.
type Make = fn(&mut Builder<'_>, usize) -> Block;

/// The only signal that models throw themselves.
const THROWN: usize = 1;

/// Blocks that contain no others, and how often they come.
pub(super) const LEAVES: &[(usize, Make)] = &[
    (8, service_task),
    (1, user_task),
    (1, receive_task),
    (1, plain_task),
    (1, script_task),
    (2, message_catch),
    (2, timer_catch),
    (1, signal_catch),
    (1, throw),
    (1, event_based),
];

/// All blocks.
pub(super) const KINDS: &[(usize, Make)] = &[
    (6, service_task),
    (1, user_task),
    (1, receive_task),
    (1, plain_task),
    (1, script_task),
    (2, message_catch),
    (2, timer_catch),
    (1, signal_catch),
    (1, throw),
    (2, event_based),
    (8, sequence),
    (4, exclusive),
    (4, parallel),
    (3, repeat),
    (4, subprocess),
    (5, boundary),
    (1, early_end),
];

pub(super) fn service_task(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let id = builder.id("task");
    let job_type = JOB_TYPES[builder.rng.below(JOB_TYPES.len())];
    let retries = builder.rng.between(1, 3);
    let kind = ["serviceTask", "sendTask", "businessRuleTask", "scriptTask"];
    let kind = kind[builder.rng.below(12) / 3];
    let input = if builder.rng.one_in(4) {
        r#"<zeebe:ioMapping><zeebe:input source="=n" target="seen"/><zeebe:output source="=seen" target="last"/></zeebe:ioMapping>"#
    } else {
        ""
    };
    builder.add(&format!(
        r#"<{kind} id="{id}"><extensionElements><zeebe:taskDefinition type="{job_type}" retries="{retries}"/>{input}</extensionElements></{kind}>"#
    ));
    alone(id)
}

fn user_task(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let id = builder.id("user");
    builder.add(&format!(r#"<userTask id="{id}"/>"#));
    alone(id)
}

fn receive_task(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let id = builder.id("receive");
    let message = builder.rng.below(MESSAGES.len() - 1);
    builder.add(&format!(r#"<receiveTask id="{id}" messageRef="message{message}"/>"#));
    alone(id)
}

fn plain_task(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let id = builder.id("plain");
    let kind = if builder.rng.one_in(2) { "manualTask" } else { "task" };
    builder.add(&format!(r#"<{kind} id="{id}"/>"#));
    alone(id)
}

fn script_task(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let id = builder.id("script");
    builder.add(&format!(
        r#"<scriptTask id="{id}"><extensionElements><zeebe:script expression="=n + 1" resultVariable="n"/></extensionElements></scriptTask>"#
    ));
    alone(id)
}

fn message_catch(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let event = message_event(builder);
    catch(builder, &event)
}

fn timer_catch(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let event = timer_event(builder);
    catch(builder, &event)
}

fn signal_catch(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let event = any_signal_event(builder);
    catch(builder, &event)
}

fn throw(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let id = builder.id("throw");
    let event = if builder.rng.one_in(2) { String::new() } else { signal_event(THROWN) };
    builder.add(&format!(r#"<intermediateThrowEvent id="{id}">{event}</intermediateThrowEvent>"#));
    alone(id)
}

/// Whatever comes first of some events.
fn event_based(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let (first, last) = (builder.id("await"), builder.id("join"));
    builder.add(&format!(r#"<eventBasedGateway id="{first}"/><exclusiveGateway id="{last}"/>"#));
    let mut events = vec![timer_event(builder), message_event(builder)];
    if builder.rng.one_in(2) {
        events.push(any_signal_event(builder));
    }
    for event in events {
        let block = catch(builder, &event);
        builder.flow(&first, &block.first, None);
        builder.flow(&block.last, &last, None);
    }
    Block { first, last }
}

fn sequence(builder: &mut Builder<'_>, depth: usize) -> Block {
    let mut all = builder.block(depth + 1);
    for _ in 0..1 + builder.rng.below(3) {
        let next = builder.block(depth + 1);
        builder.flow(&all.last, &next.first, None);
        all.last = next.last;
    }
    all
}

fn exclusive(builder: &mut Builder<'_>, depth: usize) -> Block {
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

fn parallel(builder: &mut Builder<'_>, depth: usize) -> Block {
    let (first, last) = (builder.id("fork"), builder.id("join"));
    builder.add(&format!(r#"<parallelGateway id="{first}"/><parallelGateway id="{last}"/>"#));
    for _ in 0..2 + builder.rng.below(2) {
        let branch = builder.block(depth + 1);
        builder.flow(&first, &branch.first, None);
        builder.flow(&branch.last, &last, None);
    }
    Block { first, last }
}

/// A block that runs again until a counter, which every run raises, is high enough.
fn repeat(builder: &mut Builder<'_>, depth: usize) -> Block {
    let (first, last) = (builder.id("again"), builder.id("enough"));
    let body = builder.block(depth + 1);
    let count = script_task(builder, depth);
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

fn subprocess(builder: &mut Builder<'_>, depth: usize) -> Block {
    let id = builder.id("subprocess");
    builder.add(&format!(r#"<subProcess id="{id}">"#));
    builder.scope(depth + 1);
    builder.add("</subProcess>");
    alone(id)
}

/// An activity with a boundary event or two.
fn boundary(builder: &mut Builder<'_>, depth: usize) -> Block {
    let activity = if builder.rng.one_in(2) {
        subprocess(builder, depth + 1)
    } else {
        service_task(builder, depth + 1)
    };
    let last = builder.id("join");
    builder.add(&format!(r#"<exclusiveGateway id="{last}"/>"#));
    builder.flow(&activity.last, &last, None);
    let attached_to = &activity.first;
    // Two that catch the same are refused, so they are of different kinds.
    let first_kind = builder.rng.below(5);
    for n in 0..1 + builder.rng.below(2) {
        let id = builder.id("boundary");
        let (event, interrupting) = match (first_kind + n) % 5 {
            // Of those that wait with one key, only one gets a message: this one, again and again.
            0 if builder.rng.one_in(2) => (message(MESSAGES.len() - 1), false),
            0 => (message_event(builder), true),
            // One that can be thrown again by what it starts would never end.
            1 if builder.rng.one_in(2) => (signal_event(1 - THROWN), false),
            1 => (any_signal_event(builder), true),
            2 => (timer_event(builder), builder.rng.one_in(2)),
            3 => (cycle_event(builder), false),
            _ => (error_event(builder), true),
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
            let event = if builder.rng.one_in(2) { String::new() } else { signal_event(THROWN) };
            builder.add(&format!(r#"<endEvent id="{end}">{event}</endEvent>"#));
            builder.flow(&handler.last, &end, None);
        }
    }
    Block { first: activity.first, last }
}

/// A way out of the scope for some choices: by terminating it, or by throwing. Any other end
/// would let a parallel gateway wait for ever.
fn early_end(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let (first, last, end) = (builder.id("choose"), builder.id("plain"), builder.id("end"));
    let event = if builder.rng.one_in(2) {
        "<terminateEventDefinition/>".to_owned()
    } else {
        error_event(builder)
    };
    builder.add(&format!(r#"<task id="{last}"/><endEvent id="{end}">{event}</endEvent>"#));
    let default = builder.flow(&first, &last, None);
    builder.flow(&first, &end, Some("=choice < 3"));
    builder.add(&format!(r#"<exclusiveGateway id="{first}" default="{default}"/>"#));
    Block { first, last }
}

fn alone(id: String) -> Block {
    Block { first: id.clone(), last: id }
}

fn catch(builder: &mut Builder<'_>, event: &str) -> Block {
    let id = builder.id("catch");
    builder.add(&format!(r#"<intermediateCatchEvent id="{id}">{event}</intermediateCatchEvent>"#));
    alone(id)
}

fn message_event(builder: &mut Builder<'_>) -> String {
    message(builder.rng.below(MESSAGES.len() - 1))
}

fn message(at: usize) -> String {
    format!(r#"<messageEventDefinition messageRef="message{at}"/>"#)
}

fn any_signal_event(builder: &mut Builder<'_>) -> String {
    signal_event(builder.rng.below(SIGNALS.len()))
}

fn signal_event(signal: usize) -> String {
    format!(r#"<signalEventDefinition signalRef="signal{signal}"/>"#)
}

fn error_event(builder: &mut Builder<'_>) -> String {
    let error = builder.rng.below(ERROR_CODES.len());
    format!(r#"<errorEventDefinition errorRef="error{error}"/>"#)
}

fn timer_event(builder: &mut Builder<'_>) -> String {
    let seconds = [0, 1, 30, 7_200][builder.rng.below(4)];
    format!(
        r#"<timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT{seconds}S</timeDuration></timerEventDefinition>"#
    )
}

fn cycle_event(builder: &mut Builder<'_>) -> String {
    let (runs, seconds) = (builder.rng.between(1, 3), builder.rng.between(1, 20));
    format!(
        r#"<timerEventDefinition><timeCycle xsi:type="tFormalExpression">R{runs}/PT{seconds}S</timeCycle></timerEventDefinition>"#
    )
}
