//! Timer events.

use insta::assert_snapshot;

use crate::rig::{Rig, START_MS};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

#[test]
fn a_timer_catch_event_waits() {
    let mut rig = Rig::new();
    rig.deploy("timer_catch.bpmn");
    rig.create("timer_catch", "");
    rig.take_log();
    rig.advance(15 * MINUTE - 1);
    assert_snapshot!(rig.take_log(), @"");
    rig.advance(1);
    assert_snapshot!("timer_catch", rig.take_log());
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn an_interrupting_boundary_timer_terminates_its_task() {
    let mut rig = Rig::new();
    rig.deploy("boundary_timer.bpmn");
    rig.create("boundary_timer", "");
    rig.take_log();
    rig.advance(HOUR);
    assert_snapshot!("boundary_timer_fires", rig.take_log());
    assert_eq!(rig.activate("work").len(), 0);
}

#[test]
fn completing_the_task_cancels_its_boundary_timer() {
    let mut rig = Rig::new();
    rig.deploy("boundary_timer.bpmn");
    rig.create("boundary_timer", "");
    rig.take_log();
    rig.work("work", "");
    assert_snapshot!("boundary_timer_canceled", rig.take_log());
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn a_non_interrupting_boundary_timer_fires_as_often_as_its_cycle_says() {
    let mut rig = Rig::new();
    rig.deploy("boundary_timer_non_interrupting.bpmn");
    rig.create("boundary_timer_non_interrupting", "");
    rig.take_log();
    rig.advance(10 * MINUTE);
    assert_snapshot!("boundary_timer_non_interrupting_first", rig.take_log());
    rig.advance(HOUR);
    let log = rig.take_log();
    assert_eq!(log.matches("E TIMER:TRIGGERED").count(), 2, "{log}");
    assert_eq!(rig.work("work", ""), 1);
    assert!(rig.take_log().contains("ELEMENT_COMPLETED k"), "the instance ends");
}

#[test]
fn a_timer_start_event_runs_from_deployment_until_the_next_version() {
    let mut rig = Rig::new();
    rig.deploy("timer_start.bpmn");
    assert_snapshot!("timer_start_deployed", rig.take_log());
    rig.advance(2 * HOUR);
    let log = rig.take_log();
    assert_eq!(log.matches("E TIMER:TRIGGERED").count(), 2, "{log}");
    assert_eq!(rig.work("clean-up", ""), 2);

    // The same again changes nothing; another version cancels and starts anew.
    let same = crate::rig::fixture("timer_start.bpmn");
    rig.take_log();
    let deployment = rig.deploy_text("timer_start.bpmn", &same);
    assert!(deployment.processes[0].duplicate);
    assert!(!rig.take_log().contains("TIMER"));
    rig.deploy_text("timer_start.bpmn", &same.replace("R/PT1H", "R/PT2H"));
    let log = rig.take_log();
    assert_eq!(log.matches("E TIMER:CANCELED").count(), 1, "{log}");
    assert_eq!(log.matches("E TIMER:CREATED").count(), 1, "{log}");
    assert_eq!(rig.engine(1).next_due().map(|at| at.0), Some(START_MS + 4 * HOUR));
}

#[test]
fn a_missed_cycle_is_not_made_up_for_in_a_burst() {
    let mut rig = Rig::new();
    rig.deploy("timer_start.bpmn");
    rig.take_log();
    rig.now += 5 * HOUR + 10;
    for command in rig.engine(1).due(skep_record::Timestamp(rig.now), 100) {
        rig.submit(1, command);
    }
    let log = rig.take_log();
    assert_eq!(log.matches("E TIMER:TRIGGERED").count(), 1, "{log}");
    assert_eq!(rig.engine(1).next_due().map(|at| at.0), Some(rig.now + HOUR));
}
