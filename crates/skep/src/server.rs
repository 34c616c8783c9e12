//! The commands that run or describe a server.

mod args;

pub(crate) use args::{EnvArgs, IdpArgs, QuickstartArgs, StartArgs};

use crate::failure::Failure;

/// `skep quickstart`
pub(crate) async fn quickstart(args: QuickstartArgs) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?}")))
}

/// `skep start`
pub(crate) async fn start(args: StartArgs) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?}")))
}

/// `skep env`
pub(crate) async fn env(args: EnvArgs) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?}")))
}

/// `skep idp`
pub(crate) async fn idp(args: IdpArgs) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?}")))
}
