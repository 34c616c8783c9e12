//! Deletion of what the history has of instances that have ended.

use skep_record::{
    BatchOperationPlan, BatchOperationState, CancelProcessInstance, Command, DeleteHistory,
    HistoryType, Key as _, PartitionId, ProcessInstanceKey, Response,
};

use super::{all, create, run};
use crate::rig::Rig;

#[test]
fn the_history_of_what_has_ended_is_deleted_and_of_what_runs_it_is_not() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("service_task.bpmn");
    let running = rig.create_on(1, "order_process", "{}");
    let ended = [rig.create_on(1, "order_process", "{}"), rig.create_on(2, "order_process", "{}")];
    for key in ended {
        let partition = key.partition().unwrap().0;
        let cancel = CancelProcessInstance { process_instance_key: key, operation_reference: 0 };
        rig.ok(partition, Command::CancelProcessInstance(cancel));
    }
    let delete = |key: ProcessInstanceKey, history_type| {
        let operation_reference = 0;
        let delete = DeleteHistory { resource_key: key.0, history_type, operation_reference };
        Command::DeleteHistory(delete)
    };
    rig.take_log();
    assert_eq!(rig.ok(1, delete(ended[0], HistoryType::ProcessInstance)), Response::Done);
    let refused = rig.rejected(1, delete(running, HistoryType::ProcessInstance));
    assert!(refused.starts_with("INVALID_STATE") && refused.contains("has not ended"), "{refused}");
    rig.ok(1, delete(running, HistoryType::DecisionInstance));
    let log = rig.take_log();
    assert!(log.contains("E HISTORY_DELETION:DELETED "), "{log}");
    assert!(log.contains("type=PROCESS_INSTANCE") && log.contains("type=DECISION_INSTANCE"));

    let keys = [running, ended[0], ended[1]].map(|key| key.0).into();
    let plan =
        BatchOperationPlan::DeleteHistory { history_type: HistoryType::ProcessInstance, keys };
    let outcome = run(&mut rig, 2, create(plan, all(Vec::new())));
    assert_eq!(outcome, (BatchOperationState::Completed, 3, 2, 1));
    let log = rig.take_log();
    assert_eq!(log.matches("HISTORY_DELETION:DELETED").count(), 2, "{log}");
    assert_eq!(log.matches("R BATCH_OPERATION_EXECUTION:EXECUTE INVALID_STATE").count(), 1);
}

#[test]
fn more_is_deleted_than_one_step_takes() {
    let mut rig = Rig::new();
    rig.restore_every = 500;
    rig.check_states_every = 500;
    let n = 2_500;
    let keys = (0..n).map(|n| PartitionId(1).key(1_000_000 + n)).collect();
    let plan =
        BatchOperationPlan::DeleteHistory { history_type: HistoryType::ProcessInstance, keys };
    let outcome = run(&mut rig, 1, create(plan, all(Vec::new())));
    assert_eq!(outcome, (BatchOperationState::Completed, n, n, 0));
}
