//! Jobs and the elements that create them.

use skep_engine::Effect;
use skep_record::TenantId;

use crate::rig::Rig;

#[test]
fn a_service_task_is_done_by_a_worker() {
    let mut rig = Rig::new();
    let deployment = rig.deploy("service_task.bpmn");
    let id = deployment.processes[0].bpmn_process_id.to_string();
    rig.create(&id, r#"{"orderId": 42}"#);
    let available = rig.effects.iter().any(|effect| {
        matches!(effect, Effect::JobsAvailable { tenant_id, .. } if **tenant_id == *TenantId::DEFAULT)
    });
    assert!(available);
    insta::assert_snapshot!("service_task_waiting", rig.take_log());
    let jobs = rig.activate("payment-service");
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].variables.to_json(), r#"{"orderId":42}"#);
    rig.complete(jobs[0].key, r#"{"paid":true}"#);
    insta::assert_snapshot!("service_task_done", rig.take_log());
    assert_eq!(rig.engine(1).next_due(), None);
}
