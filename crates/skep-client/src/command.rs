//! The commands, one file each: what can be said about one, and its one call.

pub(crate) mod activate_jobs;
pub(crate) mod broadcast_signal;
pub(crate) mod complete_job;
pub(crate) mod create_process_instance;
pub(crate) mod deploy;
pub(crate) mod evaluate_decision;
pub(crate) mod fail_job;
mod plain;
pub(crate) mod publish_message;
pub(crate) mod set_variables;
pub(crate) mod throw_error;

use std::time::Duration;

/// A duration in the protocol's milliseconds.
pub(crate) fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The methods that every command with variables has.
macro_rules! with_variables {
    ($command:ident) => {
        impl $command {
            /// Variables: any value that serialises to a JSON object. A mistake shows when the
            /// command is sent.
            pub fn variables<T: serde::Serialize>(mut self, variables: T) -> Self {
                self.variables = $crate::variables::Variables::from_value(&variables);
                self
            }

            /// Variables as the text of a JSON object.
            pub fn variables_json(mut self, json: impl Into<String>) -> Self {
                self.variables = $crate::variables::Variables::from_json(json.into());
                self
            }
        }
    };
}
pub(crate) use with_variables;
