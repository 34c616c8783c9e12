//! Which version of what an element names by id it gets.

use std::sync::Arc;

/// How a called process, a called decision or a linked form is bound to a version.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Binding {
    /// The newest version at the time of the call.
    #[default]
    Latest,
    /// The version that came with the same deployment as the caller.
    Deployment,
    /// The newest version with this version tag.
    VersionTag(Arc<str>),
}
