//! The kinds of block. A new element is a function in one of these files and a row in one of the
//! tables.

mod event;
mod flow;
mod scope;
mod task;

pub(super) use self::{event::start_events, scope::event_subprocess, task::service_task};
use super::{Block, Builder};

/// Writes a block, at some depth.
type Make = fn(&mut Builder<'_>, usize) -> Block;

/// Blocks that contain no others, and how often they come.
pub(super) const LEAVES: &[(usize, Make)] = &[
    (8, service_task),
    (2, task::user_task),
    (1, task::receive_task),
    (1, task::plain_task),
    (1, task::script_task),
    (1, task::decision_task),
    (2, task::call_activity),
    (2, event::message_catch),
    (2, event::timer_catch),
    (1, event::signal_catch),
    (1, event::condition_catch),
    (2, event::throw),
    (1, event::link),
    (1, flow::event_based),
];

/// All blocks.
pub(super) const KINDS: &[(usize, Make)] = &[
    (6, service_task),
    (2, task::user_task),
    (1, task::receive_task),
    (1, task::plain_task),
    (1, task::script_task),
    (1, task::decision_task),
    (2, task::call_activity),
    (2, event::message_catch),
    (2, event::timer_catch),
    (1, event::signal_catch),
    (1, event::condition_catch),
    (2, event::throw),
    (1, event::link),
    (2, event::compensate),
    (2, flow::event_based),
    (8, flow::sequence),
    (4, flow::exclusive),
    (4, flow::parallel),
    (3, flow::inclusive),
    (3, flow::repeat),
    (1, flow::early_end),
    (4, scope::subprocess),
    (2, scope::ad_hoc),
    (6, scope::boundary),
];

fn alone(id: String) -> Block {
    Block { first: id.clone(), last: id }
}
