//! Which code handles which command.

use skep_record::{Command, Rejection};

use crate::{
    Ctx, batch_operation, clock, conditional, decision, deployment, distribution, element,
    expression, history, incident, job, message, process_instance, signal, timer, user_task,
    variable,
};

/// Handles one command, from outside or written before by the engine itself.
pub(crate) fn dispatch(ctx: &mut Ctx<'_>, key: i64, command: &Command) -> Result<(), Rejection> {
    match command {
        Command::DeployResources(deploy) => deployment::create(ctx, deploy),
        Command::CreateProcessInstance(create) => process_instance::create(ctx, create),
        Command::CancelProcessInstance(cancel) => process_instance::cancel(ctx, cancel),
        Command::ActivateJobs(activate) => job::activate(ctx, activate),
        Command::CompleteJob(complete) => job::complete(ctx, complete),
        Command::FailJob(fail) => job::fail(ctx, fail),
        Command::ThrowError(throw) => job::throw_error(ctx, throw),
        Command::UpdateJobRetries(update) => job::update_retries(ctx, update),
        Command::UpdateJobTimeout(update) => job::update_timeout(ctx, update),
        Command::YieldJob(key) => job::yield_back(ctx, *key),
        Command::TimeOutJob(key) => job::time_out(ctx, *key),
        Command::RecurJobAfterBackoff(key) => job::recur(ctx, *key),
        Command::SetVariables(set) => variable::set(ctx, set),
        Command::ActivateAdHocElements(activate) => {
            element::activate_ad_hoc_elements(ctx, activate)
        }
        Command::CompleteAdHocSubProcess(complete) => element::complete_ad_hoc(ctx, complete),
        Command::ResolveIncident(resolve) => incident::resolve(ctx, resolve),
        Command::MigrateProcessInstance(migrate) => process_instance::migrate(ctx, migrate),
        Command::ModifyProcessInstance(modify) => process_instance::modify(ctx, modify),
        Command::Element(intent, value) => element::process(ctx, key, *intent, value),
        Command::TerminateChildren(children) => element::terminate_children(ctx, key, children),
        Command::ActivateChildren(children) => element::activate_children(ctx, key, children),
        Command::TriggerTimer(trigger) => timer::trigger(ctx, trigger),
        Command::PublishMessage(publish) => message::publish(ctx, publish),
        Command::CorrelateMessage(correlate) => message::correlate_for_sender(ctx, correlate),
        Command::ExpireMessages(keys) => message::expire(ctx, keys),
        Command::CreateMessageSubscription(create) => {
            message::create(ctx, create);
            Ok(())
        }
        Command::MigrateMessageSubscription(migrate) => {
            message::migrate_subscription(ctx, migrate);
            Ok(())
        }
        Command::ConfirmMessageSubscription(id) => message::confirm_open(ctx, id),
        Command::CorrelateProcessMessageSubscription(correlate) => {
            message::correlate_process(ctx, correlate);
            Ok(())
        }
        Command::CorrelateMessageSubscription(answer) => message::correlated(ctx, answer),
        Command::RejectMessageSubscription(answer) => message::reject(ctx, answer),
        Command::DeleteMessageSubscription(id) => {
            message::delete(ctx, id);
            Ok(())
        }
        Command::ConfirmMessageSubscriptionDeleted(id) => message::confirm_closed(ctx, id),
        Command::BroadcastSignal(signal) => {
            signal::broadcast(ctx, key, signal);
            Ok(())
        }
        Command::Distributed(distribution) => distribution::receive(ctx, distribution),
        Command::AcknowledgeDistribution(acknowledge) => {
            distribution::acknowledge(ctx, acknowledge)
        }
        Command::Redeliver(target) => distribution::redeliver(ctx, target),
        Command::EvaluateExpression(evaluate) => expression::evaluate_for_client(ctx, evaluate),
        Command::AssignUserTask(assign) => user_task::assign(ctx, assign),
        Command::CompleteUserTask(complete) => user_task::complete(ctx, complete),
        Command::UpdateUserTask(update) => user_task::update(ctx, update),
        Command::CompleteTaskListener(complete) => user_task::complete_listener(ctx, complete),
        Command::DenyTaskListener(deny) => user_task::deny_listener(ctx, deny),
        Command::DeleteResource(delete) => deployment::delete(ctx, delete),
        Command::EvaluateDecision(evaluate) => decision::evaluate(ctx, evaluate),
        // What was postponed is processed by the loop over the batch.
        Command::ResumeWork => Ok(()),
        Command::TriggerConditional(trigger) => conditional::trigger(ctx, key, trigger),
        Command::EvaluateConditionals(evaluate) => conditional::evaluate(ctx, evaluate),
        Command::CreateBatchOperation(create) => batch_operation::create(ctx, create),
        Command::ControlBatchOperation(control) => batch_operation::control(ctx, control),
        Command::InitializeBatchOperation(key) => batch_operation::search(ctx, *key),
        Command::ExecuteBatchOperation(key) => batch_operation::execute(ctx, *key),
        Command::PinClock(at) => {
            clock::pin(ctx, *at);
            Ok(())
        }
        Command::ResetClock => {
            clock::reset(ctx);
            Ok(())
        }
        Command::DeleteHistory(delete) => history::delete(ctx, delete),
    }
}
