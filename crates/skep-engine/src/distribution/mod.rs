//! Commands that every partition carries out, such as deployments and signals.
//!
//! The partition where such a command begins sends it to all others, again and again until each
//! has acknowledged it; the others remember what they have carried out, so that they do it once.

mod apply;
mod distribute;
mod files;
mod redeliver;

pub(crate) use self::{
    apply::{apply, apply_redelivered},
    distribute::{acknowledge, distribute, distribute_to, receive},
    redeliver::redeliver,
};
