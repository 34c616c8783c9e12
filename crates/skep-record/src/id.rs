//! Names chosen by users. Cheap to clone: each is a shared string.

use std::{fmt, ops::Deref, sync::Arc};

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub Arc<str>);

        impl Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl From<Arc<str>> for $name {
            fn from(text: Arc<str>) -> Self {
                Self(text)
            }
        }
    )*};
}

ids! {
    /// The `id` of a `process` element in a BPMN file.
    BpmnProcessId;
    /// The `id` of a flow element in a BPMN file.
    ElementId;
    /// The `id` of a `decision` element in a DMN file.
    DecisionId;
    /// The `id` of the `definitions` element of a DMN file.
    DecisionRequirementsId;
    /// The `id` of a form.
    FormId;
    /// The id of a file that is kept and not executed.
    ResourceId;
    /// The type that workers ask for.
    JobType;
    /// The name of a message, after its expression was evaluated.
    MessageName;
    /// The value that joins a message to the instance waiting for it; may be empty.
    CorrelationKey;
    /// The name of a process instance in the user's words.
    BusinessId;
    /// A tenant; [`TenantId::default`] is `<default>`.
    TenantId;
}

impl TenantId {
    /// The tenant of everything while multi-tenancy is off.
    pub const DEFAULT: &'static str = "<default>";
}

impl Default for TenantId {
    fn default() -> Self {
        Self::DEFAULT.into()
    }
}
