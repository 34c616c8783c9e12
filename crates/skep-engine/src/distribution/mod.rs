//! Commands that every partition carries out.

use skep_record::{CommandDistributionEvent, RedeliveryTarget};

use crate::{apply::Facts, state::State};

pub(crate) fn apply(
    _state: &mut State,
    _facts: &Facts<'_>,
    _key: i64,
    _event: &CommandDistributionEvent,
) -> Option<()> {
    None
}

pub(crate) fn apply_redelivered(
    _state: &mut State,
    _facts: &Facts<'_>,
    _target: &RedeliveryTarget,
) -> Option<()> {
    None
}
