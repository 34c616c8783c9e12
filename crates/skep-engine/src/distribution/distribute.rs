//! Sending a command to all partitions, and carrying out what others send.

use skep_record::{
    AcknowledgeDistribution, Command, CommandDistributionEvent, DistributedCommand, Distribution,
    Event, PartitionId, Rejection, RejectionKind,
};

use super::files;
use crate::{Ctx, Effect, batch_operation, deployment, signal};

/// Sends a command that began here to every other partition.
///
/// Source: camunda/zeebe: engine/processing/distribution/CommandDistributionBehavior.java
pub(crate) fn distribute(ctx: &mut Ctx<'_>, key: i64, command: DistributedCommand) {
    let here = ctx.config.partition_id;
    let others: Vec<PartitionId> =
        (1..=ctx.config.n_partitions).map(PartitionId).filter(|id| *id != here).collect();
    distribute_to(ctx, key, &others, command);
}

/// Sends a command that began here to some other partitions.
pub(crate) fn distribute_to(
    ctx: &mut Ctx<'_>,
    key: i64,
    others: &[PartitionId],
    command: DistributedCommand,
) {
    if others.is_empty() {
        return;
    }
    let command = Box::new(slim(command));
    ctx.emit(key, Event::CommandDistribution(CommandDistributionEvent::Started(command.clone())));
    for partition_id in others.iter().copied() {
        let sent_at = ctx.now();
        ctx.emit(
            key,
            Event::CommandDistribution(CommandDistributionEvent::Distributing {
                partition_id,
                sent_at,
            }),
        );
        send(ctx, key, partition_id, &command);
    }
}

/// The command without files: they are in the state, and are put in as it is sent.
fn slim(command: DistributedCommand) -> DistributedCommand {
    match command {
        DistributedCommand::Signal(_)
        | DistributedCommand::Deletion(_)
        | DistributedCommand::BatchOperation(_)
        | DistributedCommand::BatchControl(_)
        | DistributedCommand::BatchReport(_) => command,
        DistributedCommand::Deployment(deployment) => {
            DistributedCommand::Deployment(files::without(deployment))
        }
    }
}

/// The command with files, each once.
fn complete(ctx: &Ctx<'_>, command: &DistributedCommand) -> DistributedCommand {
    let mut command = command.clone();
    if let DistributedCommand::Deployment(deployment) = &mut command {
        files::put_in(ctx.state(), deployment);
    }
    command
}

pub(super) fn send(ctx: &mut Ctx<'_>, key: i64, to: PartitionId, command: &DistributedCommand) {
    let command = complete(ctx, command);
    let distribution = Distribution {
        key,
        origin: ctx.config.partition_id,
        oldest_pending_key: ctx.state().distributions.oldest_pending_key().min(key),
        command,
    };
    ctx.effects.push(Effect::Send(to, Command::Distributed(Box::new(distribution))));
}

/// Whether another command from the same partition was carried out here.
fn has_arrived(ctx: &Ctx<'_>, distribution: &Distribution, key: i64) -> bool {
    key < distribution.oldest_pending_key
        || ctx.state().distributions.has_received(distribution.origin, key)
}

/// Carries out a command that began on another partition, once, and acknowledges it.
///
/// # Errors
/// As the command itself.
pub(crate) fn receive(ctx: &mut Ctx<'_>, distribution: &Distribution) -> Result<(), Rejection> {
    let (key, origin) = (distribution.key, distribution.origin);
    if ctx.state().distributions.has_received(origin, key) {
        ctx.reject(
            key,
            Rejection::new(
                RejectionKind::AlreadyExists,
                format!(
                    "Expected to carry out distributed command with key '{key}', but it was carried out already"
                ),
            ),
        );
    } else {
        match &distribution.command {
            DistributedCommand::Deployment(deployment) => {
                deployment::create_here(ctx, deployment)?;
            }
            DistributedCommand::Signal(signal) => signal::broadcast_here(ctx, key, signal),
            DistributedCommand::Deletion(deletion) => {
                let is_deployed = has_arrived(ctx, distribution, deletion.deployment_key.0);
                deployment::delete_here(ctx, key, *deletion, is_deployed)?;
            }
            DistributedCommand::BatchOperation(begun) => {
                let has_arrived = begun
                    .after_deployment
                    .is_none_or(|deployment| has_arrived(ctx, distribution, deployment.0));
                batch_operation::create_here(ctx, key.into(), origin, begun, has_arrived)?;
            }
            DistributedCommand::BatchControl(control) => {
                let is_created = has_arrived(ctx, distribution, control.batch_operation_key.0);
                batch_operation::control_here(ctx, control, is_created)?;
            }
            DistributedCommand::BatchReport(ended) => {
                batch_operation::report_here(ctx, ended.batch_operation_key, &ended.report);
            }
        }
        let received = CommandDistributionEvent::Received {
            origin,
            oldest_pending_key: distribution.oldest_pending_key,
        };
        ctx.emit(key, Event::CommandDistribution(received));
    }
    let acknowledge = AcknowledgeDistribution { key, partition_id: ctx.config.partition_id };
    ctx.effects.push(Effect::Send(origin, Command::AcknowledgeDistribution(acknowledge)));
    Ok(())
}

/// Handles `COMMAND_DISTRIBUTION:ACKNOWLEDGE`.
///
/// # Errors
/// `NotFound`: nothing is pending for that partition.
///
/// Source: camunda/zeebe: engine/processing/distribution/CommandDistributionAcknowledgeProcessor.java
pub(crate) fn acknowledge(
    ctx: &mut Ctx<'_>,
    acknowledge: &AcknowledgeDistribution,
) -> Result<(), Rejection> {
    let AcknowledgeDistribution { key, partition_id } = *acknowledge;
    let outgoing = ctx.state().distributions.outgoing.get(&key);
    let Some(outgoing) = outgoing.filter(|known| known.sent_at.contains_key(&partition_id)) else {
        return Err(Rejection::new(
            RejectionKind::NotFound,
            format!(
                "Expected to find pending distribution with key '{key}' for partition '{partition_id}', but there is no such pending distribution"
            ),
        ));
    };
    let is_last = outgoing.sent_at.len() == 1;
    ctx.emit(
        key,
        Event::CommandDistribution(CommandDistributionEvent::Acknowledged { partition_id }),
    );
    if is_last {
        ctx.emit(key, Event::CommandDistribution(CommandDistributionEvent::Finished));
    }
    Ok(())
}
