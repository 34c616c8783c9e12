//! What happened: the facts that make up the state.

use serde::{Deserialize, Serialize};

use crate::Deployment;

/// One fact. Variants and their fields are only ever added at the end.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum Event {
    /// `DEPLOYMENT:CREATED`
    DeploymentCreated(Deployment),
}
