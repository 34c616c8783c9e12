//! Applies the events of user tasks.

use skep_record::{UserTaskIntent, UserTaskKey, UserTaskValue};

use crate::{
    apply::Facts,
    state::{
        State,
        instance::{StepKind, UserTask, UserTaskStep},
        jobs::JobOwner,
    },
};

pub(crate) fn apply(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    intent: UserTaskIntent,
    value: &UserTaskValue,
) -> Option<()> {
    let key = UserTaskKey(key);
    let owner = JobOwner {
        process_instance_key: facts.instance(value.instance)?.process_instance_key,
        element_instance_key: value.element_instance_key,
    };
    match intent {
        UserTaskIntent::Creating => {
            put(state, owner, key, value)?;
            state.user_tasks.insert(key, owner);
            hold(state, owner, StepKind::Creating, value)
        }
        UserTaskIntent::Created | UserTaskIntent::Assigned | UserTaskIntent::Updated => {
            put(state, owner, key, value)
        }
        UserTaskIntent::Completed | UserTaskIntent::Canceled => {
            state.user_tasks.remove(&key);
            let element = state
                .instances
                .element_mut(owner.process_instance_key, owner.element_instance_key)?;
            element.details_mut().user_task = None;
            Some(())
        }
        UserTaskIntent::Assigning
        | UserTaskIntent::Claiming
        | UserTaskIntent::Updating
        | UserTaskIntent::Completing
        | UserTaskIntent::Canceling => hold(state, owner, StepKind::begun_by(intent)?, value),
        UserTaskIntent::Corrected => {
            task_mut(state, owner)?.step.as_mut()?.task.clone_from(&value.task);
            Some(())
        }
        UserTaskIntent::AssignmentDenied
        | UserTaskIntent::UpdateDenied
        | UserTaskIntent::CompletionDenied => {
            task_mut(state, owner)?.step = None;
            Some(())
        }
        // The task is kept by its element instance.
        UserTaskIntent::Migrated => None,
    }
}

fn task_mut(state: &mut State, owner: JobOwner) -> Option<&mut UserTask> {
    let element =
        state.instances.element_mut(owner.process_instance_key, owner.element_instance_key)?;
    element.details_mut().user_task.as_deref_mut()
}

fn put(state: &mut State, owner: JobOwner, key: UserTaskKey, value: &UserTaskValue) -> Option<()> {
    let element =
        state.instances.element_mut(owner.process_instance_key, owner.element_instance_key)?;
    element.details_mut().user_task =
        Some(Box::new(UserTask { key, properties: value.task.clone(), step: None }));
    Some(())
}

/// Keeps a step that waits for its listeners; nothing comes between others and their end.
fn hold(state: &mut State, owner: JobOwner, kind: StepKind, value: &UserTaskValue) -> Option<()> {
    let held = (**value.held.as_ref()?).clone();
    let (task, action) = (value.task.clone(), value.action.clone());
    task_mut(state, owner)?.step =
        Some(Box::new(UserTaskStep { kind, task, action, held, n_done: 0 }));
    Some(())
}
