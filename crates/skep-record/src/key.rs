//! 64-bit keys made by the engine.
//!
//! The upper 13 bits name the partition, the lower 51 count within it, as in Zeebe
//! (source: camunda/zeebe: zeebe/protocol, `Protocol.encodePartitionId`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Number of bits that count within one partition.
const COUNTER_BITS: u32 = 51;

/// A partition's number: 1 to 8192.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(transparent)]
pub struct PartitionId(pub u16);

impl PartitionId {
    /// The partition that deployments are decided on.
    pub const DEPLOYMENT: Self = Self(1);
    /// The largest partition number, 2^13.
    pub const MAX: u16 = 8192;

    /// The partition named by `key`'s upper bits; `None` when they name none (0 or below).
    #[must_use]
    pub fn of_key(key: i64) -> Option<Self> {
        u16::try_from(key >> COUNTER_BITS).ok().filter(|id| *id != 0).map(Self)
    }

    /// The key with this partition in its upper bits and `counter` in the lower ones.
    #[must_use]
    pub fn key(self, counter: u64) -> i64 {
        (i64::from(self.0) << COUNTER_BITS) + i64::try_from(counter).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for PartitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What all key types share: the number, and the partition it names.
pub trait Key: Copy {
    /// The raw 64-bit value, as clients see it.
    fn raw(self) -> i64;

    /// The partition named by the key's upper bits; `None` when they name none.
    fn partition(self) -> Option<PartitionId> {
        PartitionId::of_key(self.raw())
    }
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl Key for $name {
            fn raw(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<i64> for $name {
            fn from(raw: i64) -> Self {
                Self(raw)
            }
        }
    )*};
}

keys! {
    /// Identifies one deployment of one or more resources.
    DeploymentKey;
    /// Identifies one version of a process definition.
    ProcessDefinitionKey;
    /// Identifies one version of a decision requirements graph.
    DecisionRequirementsKey;
    /// Identifies one version of a decision.
    DecisionKey;
    /// Identifies one evaluation of a decision.
    DecisionEvaluationKey;
    /// Identifies one version of a form.
    FormKey;
    /// Identifies one version of a file that is kept and not executed.
    ResourceKey;
    /// Identifies a batch operation.
    BatchOperationKey;
    /// Identifies a process instance; equal to the key of its root element instance.
    ProcessInstanceKey;
    /// Identifies one execution of one element.
    ElementInstanceKey;
    /// Identifies a job.
    JobKey;
    /// Identifies a native user task.
    UserTaskKey;
    /// Identifies a published message.
    MessageKey;
    /// Identifies a signal broadcast.
    SignalKey;
    /// Identifies a timer.
    TimerKey;
    /// Identifies an incident.
    IncidentKey;
    /// Identifies a variable in one scope.
    VariableKey;
}

impl From<ProcessInstanceKey> for ElementInstanceKey {
    fn from(key: ProcessInstanceKey) -> Self {
        Self(key.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_keys_are_those_of_zeebe() {
        assert_eq!(PartitionId(1).key(0), 2_251_799_813_685_248);
        assert_eq!(PartitionId(2).key(0), 4_503_599_627_370_496);
        assert_eq!(JobKey(PartitionId(3).key(7)).partition(), Some(PartitionId(3)));
    }

    #[test]
    fn a_key_below_the_first_partition_names_none() {
        for raw in [0, 1, -1, i64::MIN, 2_251_799_813_685_247] {
            assert_eq!(PartitionId::of_key(raw), None, "{raw}");
        }
    }
}
