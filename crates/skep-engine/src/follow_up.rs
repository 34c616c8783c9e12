//! Follow-up commands between batches: slots are only meaningful in the batch that made them.

use std::sync::Arc;

use skep_record::{
    ActivateChildren, Command, ElementSlot, ElementValue, InstanceSlot, TerminateChildren,
};

use crate::{apply::Facts, state::PendingCommand};

/// The slots a command refers to, if it refers to any.
fn slots(command: &Command) -> Option<(InstanceSlot, ElementSlot)> {
    if let Command::Element(_, value) = command {
        Some((value.instance, value.element))
    } else if let Command::TerminateChildren(children) = command {
        Some((children.instance, children.element))
    } else if let Command::ActivateChildren(children) = command {
        Some((children.instance, children.element))
    } else {
        None
    }
}

/// The command with other slots.
fn with_slots(command: &Command, instance: InstanceSlot, element: ElementSlot) -> Command {
    if let Command::Element(intent, value) = command {
        Command::Element(*intent, ElementValue { instance, element, ..*value })
    } else if let Command::TerminateChildren(children) = command {
        Command::TerminateChildren(TerminateChildren { instance, element, ..*children })
    } else if let Command::ActivateChildren(children) = command {
        Command::ActivateChildren(ActivateChildren { instance, element, ..*children })
    } else {
        command.clone()
    }
}

/// The command as it is kept until a later batch, independent of this one.
pub(crate) fn pending(facts: &Facts<'_>, key: i64, command: &Command) -> PendingCommand {
    let (instance, element) = match slots(command) {
        Some((instance, element)) => (
            facts.instances.get(instance.0 as usize).map(Arc::clone),
            facts.element(element).cloned(),
        ),
        None => (None, None),
    };
    let command = with_slots(command, InstanceSlot(0), ElementSlot(0));
    PendingCommand { key, command, instance, element }
}

/// The command of an earlier batch, for this batch; `None` when its definition is gone.
pub(crate) fn adopt(ctx: &mut crate::Ctx<'_>, pending: &PendingCommand) -> Option<Command> {
    if slots(&pending.command).is_none() {
        return Some(pending.command.clone());
    }
    let (instance, element) = ctx.adopt(pending.instance.as_ref(), pending.element.as_ref())?;
    Some(with_slots(&pending.command, instance, element))
}
