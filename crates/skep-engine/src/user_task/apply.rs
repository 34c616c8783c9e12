//! Applies the events of user tasks.

use skep_record::{UserTaskIntent, UserTaskKey, UserTaskValue};

use crate::{
    apply::Facts,
    state::{State, instance::UserTask, jobs::JobOwner},
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
            Some(())
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
        // The task is kept by its element instance.
        UserTaskIntent::Migrated => None,
        // Nothing comes between these and what they announce.
        UserTaskIntent::Completing
        | UserTaskIntent::Canceling
        | UserTaskIntent::Assigning
        | UserTaskIntent::Updating => None,
    }
}

fn put(state: &mut State, owner: JobOwner, key: UserTaskKey, value: &UserTaskValue) -> Option<()> {
    let element =
        state.instances.element_mut(owner.process_instance_key, owner.element_instance_key)?;
    element.details_mut().user_task =
        Some(Box::new(UserTask { key, properties: value.task.clone() }));
    Some(())
}
