//! The models of `tests/bpmn`, which other crates' tests rely on.

use std::path::{Path, PathBuf};

use skep_model::parse_bpmn;

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The valid models by name, so that one that goes missing is noticed here first.
const MODELS: &[&str] = &[
    "ad_hoc_by_job",
    "ad_hoc_condition",
    "ad_hoc_subprocess",
    "boundary_error",
    "boundary_error_catch_all",
    "boundary_message",
    "boundary_message_non_interrupting",
    "boundary_on_receive_task",
    "boundary_signal",
    "boundary_signal_non_interrupting",
    "boundary_timer",
    "boundary_timer_non_interrupting",
    "business_rule_task",
    "call_activity",
    "call_activity_mappings",
    "call_activity_recursive",
    "collaboration",
    "compensation_activity",
    "compensation_event_subprocess",
    "compensation_loop",
    "compensation_subprocess",
    "compensation_terminated",
    "compensation_throw",
    "conditional_boundary",
    "conditional_catch",
    "conditional_event_subprocess",
    "conditional_nested",
    "conditional_start",
    "decision_task",
    "decision_task_bound",
    "decision_task_tagged",
    "empty_process",
    "error_end",
    "error_end_uncaught",
    "escalation_boundary",
    "escalation_boundary_non_interrupting",
    "escalation_end",
    "escalation_event_subprocess",
    "escalation_event_subprocess_non_interrupting",
    "escalation_not_caught",
    "event_based_gateway",
    "event_subprocess_error",
    "event_subprocess_error_end",
    "event_subprocess_message",
    "event_subprocess_message_non_interrupting",
    "event_subprocess_signal",
    "event_subprocess_signal_non_interrupting",
    "event_subprocess_timer",
    "event_subprocess_timer_cycle",
    "event_subprocesses",
    "exclusive_gateway",
    "exclusive_gateway_without_default",
    "execution_listeners",
    "fulfil_order",
    "headers",
    "implicit_split",
    "inclusive_gateway",
    "inclusive_gateway_without_default",
    "inclusive_join_reach",
    "inclusive_together",
    "link_events",
    "loop",
    "manual_task",
    "many_starts",
    "mappings",
    "message_catch",
    "message_end",
    "message_start",
    "message_throw",
    "message_twice",
    "multi_instance_call",
    "multi_instance_completion",
    "multi_instance_parallel",
    "multi_instance_receive",
    "multi_instance_sequential",
    "multi_instance_subprocess",
    "nested_subprocess",
    "none_throw",
    "parallel_gateway",
    "receive_task",
    "script_task",
    "script_task_by_job",
    "send_task",
    "service_task",
    "signal_catch",
    "signal_end",
    "signal_inside_and_around",
    "signal_start",
    "signal_throw",
    "subprocess",
    "subprocess_boundary_timer",
    "subprocess_mappings",
    "task_listeners",
    "terminate_end",
    "timer_catch",
    "timer_catch_date",
    "timer_catch_expression",
    "timer_start",
    "timer_start_cron",
    "timer_start_date",
    "two_service_tasks",
    "undefined_task",
    "user_task",
    "user_task_native",
    "user_task_nested",
];

/// The BPMN files of a folder, in order of their names.
pub(crate) fn models(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bpmn"))
        .collect();
    paths.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), std::fs::read(path).unwrap())).collect()
}

#[test]
fn valid_models_are_accepted() {
    let models = models(&repository().join("tests/bpmn"));
    let names: Vec<_> = models.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, MODELS);
    for (name, xml) in models {
        if let Err(problems) = parse_bpmn(&xml) {
            panic!("{name} is refused:\n{problems}");
        }
    }
}

#[test]
fn bundled_models_are_accepted() {
    let order = repository().join("crates/skep/assets/order-process.bpmn");
    let one_task = repository().join("crates/skep-client/assets/one-task.bpmn");
    assert_eq!(&*parse_bpmn(&std::fs::read(order).unwrap()).unwrap()[0].id, "order_process");
    assert_eq!(&*parse_bpmn(&std::fs::read(one_task).unwrap()).unwrap()[0].id, "one_task");
}
#[test]
fn invalid_models_are_refused() {
    let folder = repository().join("tests/bpmn/invalid");
    let mut texts = String::new();
    for (name, xml) in models(&folder) {
        let problems = parse_bpmn(&xml).expect_err(&name);
        texts += &format!("## {name}\n{problems}\n\n");
    }
    insta::assert_snapshot!(texts);
}
