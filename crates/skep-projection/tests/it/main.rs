//! The history as those see it who search it, fed by a broker.

mod exporting;
mod process_instances;
mod rig;
