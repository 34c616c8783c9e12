//! Setting variables, in the words of the engine's tests.

use skep_record::{Command, ElementInstanceKey, SetVariables};

use crate::rig::doc;

pub fn set(scope: i64, variables: &str, local: bool) -> Command {
    Command::SetVariables(SetVariables {
        element_instance_key: ElementInstanceKey(scope),
        variables: doc(variables),
        local,
        operation_reference: 0,
    })
}
