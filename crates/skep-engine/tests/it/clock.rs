//! The time of a partition, where it is controlled.

use insta::assert_snapshot;
use skep_engine::Effect;
use skep_record::{Command, Timestamp};

use crate::rig::{Rig, START_MS};

#[test]
fn where_time_stands_still_is_in_the_log_and_in_the_state() {
    let mut rig = Rig::new();
    let at = Timestamp(START_MS + 7_000);
    rig.ok(1, Command::PinClock(at));
    assert_eq!(rig.effects, [Effect::ClockMoved(Some(at))]);
    assert_eq!(rig.engine(1).clock_pinned_at(), Some(at));
    rig.effects.clear();
    rig.ok(1, Command::ResetClock);
    rig.ok(1, Command::ResetClock);
    assert_eq!(rig.effects, [Effect::ClockMoved(None), Effect::ClockMoved(None)]);
    assert_eq!(rig.engine(1).clock_pinned_at(), None);
    assert_snapshot!(rig.take_log(), @r"
    C CLOCK:PIN at=1700000007000
    E CLOCK:PINNED k0 at=1700000007000
    C CLOCK:RESET
    E CLOCK:RESETTED k1
    C CLOCK:RESET
    E CLOCK:RESETTED k2
    ");
}
