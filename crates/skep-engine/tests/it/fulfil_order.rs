//! A process as they are: decisions, called processes and a list of fifty positions. It is also
//! what `skep bench` measures as such.

use crate::rig::{Rig, dmn, fixture};

#[test]
fn fifty_positions_are_prepared_and_billed() {
    let mut rig = Rig::new();
    rig.restore_every = 97;
    rig.check_states_every = 13;
    rig.deploy("fulfil_order.bpmn");
    rig.deploy_text("carriers.dmn", &dmn("carriers.dmn"));
    rig.create("fulfil_order", &fixture("fulfil_order.json"));
    assert_eq!(rig.work("check-credit", "{}"), 1);
    let mut n_jobs = [0; 3];
    for _ in 0..4 {
        for (n, job_type) in n_jobs.iter_mut().zip(["reserve-stock", "pack", "load-pallet"]) {
            *n += rig.work(job_type, "{}");
        }
    }
    assert_eq!(n_jobs, [50, 46, 4]);
    let invoice = rig.activate("send-invoice").remove(0);
    let variables = invoice.variables.to_json();
    assert!(variables.ends_with(r#""shipping_cost":878}"#));
    rig.complete(invoice.key, "{}");
    let log = rig.take_log();
    assert!(log.lines().last().unwrap().contains("PROCESS"), "{log}");
    assert_eq!(log.matches("E DECISION_EVALUATION:EVALUATED").count(), 50);
    assert_eq!(rig.engine(1).next_due(), None);
    assert!(rig.incidents.is_empty());
}
