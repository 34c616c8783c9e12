//! Tenants: what belongs to one is not there for another.

use skep_record::*;

use crate::{
    deploy::deploy,
    job::incident_key,
    rig::{Rig, activate_command, complete_command, create_command, dmn, doc, fixture, form},
    variable::set,
};

const ACME: &str = "acme";
const AJAX: &str = "ajax";

/// The command, of a tenant.
fn of(tenant: &str, mut command: Command) -> Command {
    let tenant_id = TenantId::from(tenant);
    match &mut command {
        Command::DeployResources(deploy) => deploy.tenant_id = tenant_id,
        Command::CreateProcessInstance(create) => create.tenant_id = tenant_id,
        Command::PublishMessage(publish) => publish.tenant_id = tenant_id,
        Command::BroadcastSignal(signal) => signal.tenant_id = tenant_id,
        Command::EvaluateDecision(evaluate) => evaluate.tenant_id = tenant_id,
        Command::EvaluateConditionals(evaluate) => evaluate.tenant_id = tenant_id,
        Command::ActivateJobs(activate) => activate.tenant_ids = vec![tenant_id],
        other => panic!("{other:?} names no tenant"),
    }
    command
}

/// The command of somebody who may act for one tenant only.
fn by(tenant: &str, command: Command) -> AuthorizedCommand {
    AuthorizedCommand { command, tenants: AuthorizedTenants::Only([tenant.into()].into()) }
}

fn deployed(rig: &mut Rig, tenant: &str, resources: &[(&str, &str)]) -> Deployment {
    match rig.ok(1, of(tenant, deploy(resources))) {
        Response::Deployed(deployment) => deployment,
        other => panic!("{other:?}"),
    }
}

/// Deploys a model for both tenants.
fn both(rig: &mut Rig, model: &str) -> [Deployment; 2] {
    let text = fixture(model);
    [ACME, AJAX].map(|tenant| deployed(rig, tenant, &[(model, &text)]))
}

fn create(rig: &mut Rig, tenant: &str, id: &str, variables: &str) -> ProcessInstanceKey {
    match rig.ok(1, of(tenant, create_command(id, variables))) {
        Response::Created(created) => {
            assert_eq!(&*created.tenant_id, tenant);
            created.key
        }
        other => panic!("{other:?}"),
    }
}

fn jobs(rig: &mut Rig, partition: u16, tenant: &str, job_type: &str) -> Vec<ActivatedJob> {
    match rig.ok(partition, of(tenant, activate_command(job_type, 32))) {
        Response::Activated(activated) => activated.jobs,
        other => panic!("{other:?}"),
    }
}

fn publish(name: &str, key: &str, id: &str) -> Command {
    Command::PublishMessage(PublishMessage {
        name: name.into(),
        correlation_key: key.into(),
        time_to_live_ms: 3_600_000,
        message_id: id.into(),
        variables: doc(""),
        tenant_id: TenantId::default(),
    })
}

fn n_completed(log: &str, process: &str) -> usize {
    let end = format!("{process:?} PROCESS");
    let lines = log.lines().filter(|line| line.contains("E PROCESS_INSTANCE:ELEMENT_COMPLETED"));
    lines.filter(|line| line.contains(&end)).count()
}

#[test]
fn each_tenant_counts_its_own_versions_and_has_its_own_duplicates() {
    let mut rig = Rig::new();
    let (process, decisions, form) =
        (fixture("service_task.bpmn"), dmn("version_tag.dmn"), form("approve.form"));
    let resources = [
        ("p.bpmn", process.as_str()),
        ("d.dmn", &decisions),
        ("f.form", &form),
        ("r.rpa", r#"{"id":"robot"}"#),
    ];
    let first = deployed(&mut rig, ACME, &resources);
    let other = deployed(&mut rig, AJAX, &resources);
    let versions = |deployment: &Deployment| {
        let is_new = !deployment.processes[0].duplicate
            && !deployment.decisions[0].duplicate
            && !deployment.decision_requirements[0].duplicate
            && !deployment.forms[0].duplicate
            && !deployment.resources[0].duplicate;
        let versions = [
            deployment.processes[0].version,
            deployment.decisions[0].version,
            deployment.decision_requirements[0].version,
            deployment.forms[0].version,
            deployment.resources[0].version,
        ];
        (is_new, versions)
    };
    assert_eq!(versions(&first), (true, [1; 5]));
    assert_eq!(versions(&other), (true, [1; 5]));
    assert_ne!(first.processes[0].key, other.processes[0].key);

    let again = deployed(&mut rig, ACME, &resources);
    assert_eq!(versions(&again), (false, [1; 5]));
    assert_eq!(again.processes[0].key, first.processes[0].key);
    let newer = (format!("{process}\n"), format!("{decisions}\n"), form.replacen('{', "{ ", 1));
    let changed = [
        ("p.bpmn", newer.0.as_str()),
        ("d.dmn", &newer.1),
        ("f.form", &newer.2),
        ("r.rpa", r#"{"id": "robot"}"#),
    ];
    assert_eq!(versions(&deployed(&mut rig, AJAX, &changed)), (true, [2; 5]));
    assert_eq!(versions(&deployed(&mut rig, ACME, &resources)), (false, [1; 5]));
}

#[test]
fn a_definition_of_another_tenant_cannot_be_started_or_evaluated() {
    let mut rig = Rig::new();
    let [acme, _] = both(&mut rig, "service_task.bpmn");
    create(&mut rig, ACME, "order_process", "");
    let by_key = |tenant| {
        let Command::CreateProcessInstance(create) = create_command("", "") else { unreachable!() };
        let definition = DefinitionRef::Key(acme.processes[0].key);
        of(tenant, Command::CreateProcessInstance(CreateProcessInstance { definition, ..create }))
    };
    assert!(rig.rejected(1, by_key(AJAX)).starts_with("NOT_FOUND"));
    rig.ok(1, by_key(ACME));

    let decisions = deployed(&mut rig, ACME, &[("d.dmn", &dmn("version_tag.dmn"))]);
    let decision = &decisions.decisions[0];
    for wanted in
        [DecisionRef::Key(decision.key), DecisionRef::Latest(decision.decision_id.clone())]
    {
        let evaluate = |tenant| {
            let (decision, variables) = (wanted.clone(), doc(""));
            let tenant_id = TenantId::default();
            let evaluate = EvaluateDecision { decision, variables, tenant_id };
            of(tenant, Command::EvaluateDecision(Box::new(evaluate)))
        };
        assert!(rig.rejected(1, evaluate(AJAX)).starts_with("NOT_FOUND"));
        rig.ok(1, evaluate(ACME));
    }
}

#[test]
fn a_message_reaches_only_instances_of_its_tenant() {
    for n_partitions in [1, 3] {
        let mut rig = Rig::with_partitions(n_partitions);
        both(&mut rig, "message_catch.bpmn");
        for tenant in [ACME, AJAX] {
            create(&mut rig, tenant, "message_catch", r#"{"order_id":"a"}"#);
        }
        rig.take_log();
        let partition = partition_for_correlation_key("a", n_partitions).0;
        for _ in 0..2 {
            rig.ok(partition, of(ACME, publish("payment received", "a", "")));
        }
        rig.ok(partition, publish("payment received", "a", ""));
        assert_eq!(n_completed(&rig.take_log(), "message_catch"), 1);
        rig.ok(partition, of(AJAX, publish("payment received", "a", "")));
        assert_eq!(n_completed(&rig.take_log(), "message_catch"), 1);

        // A message that waits is taken by an instance of its tenant only.
        create(&mut rig, AJAX, "message_catch", r#"{"order_id":"a"}"#);
        assert_eq!(n_completed(&rig.take_log(), "message_catch"), 0);
        create(&mut rig, ACME, "message_catch", r#"{"order_id":"a"}"#);
        assert_eq!(n_completed(&rig.take_log(), "message_catch"), 1);
    }
}

#[test]
fn a_message_id_is_unique_for_its_tenant() {
    let mut rig = Rig::new();
    rig.ok(1, of(ACME, publish("m", "a", "1")));
    rig.ok(1, of(AJAX, publish("m", "a", "1")));
    assert!(rig.rejected(1, of(ACME, publish("m", "a", "1"))).starts_with("ALREADY_EXISTS"));
}

#[test]
fn a_message_starts_an_instance_of_its_tenant_although_another_has_the_key() {
    let mut rig = Rig::new();
    both(&mut rig, "message_start.bpmn");
    for _ in 0..2 {
        rig.ok(1, of(ACME, publish("order placed", "a", "")));
    }
    assert_eq!(jobs(&mut rig, 1, ACME, "charge-card").len(), 1, "one at a time for a key");
    assert!(jobs(&mut rig, 1, AJAX, "charge-card").is_empty());
    rig.ok(1, of(AJAX, publish("order placed", "a", "")));
    let started = jobs(&mut rig, 1, AJAX, "charge-card");
    assert_eq!(started.len(), 1);
    // The end of one tenant's instance starts no instance of the other's.
    rig.complete(started[0].key, "");
    assert!(jobs(&mut rig, 1, AJAX, "charge-card").is_empty());
    assert!(jobs(&mut rig, 1, ACME, "charge-card").is_empty(), "the first one still runs");
}

#[test]
fn a_signal_reaches_only_its_tenant() {
    for n_partitions in [1, 3] {
        let mut rig = Rig::with_partitions(n_partitions);
        both(&mut rig, "signal_catch.bpmn");
        both(&mut rig, "signal_start.bpmn");
        for tenant in [ACME, AJAX] {
            create(&mut rig, tenant, "signal_catch", "");
        }
        rig.take_log();
        let alarm = Command::BroadcastSignal(BroadcastSignal {
            signal_name: "alarm".into(),
            variables: doc(""),
            tenant_id: TenantId::default(),
        });
        rig.ok(n_partitions, alarm.clone());
        assert_eq!(n_completed(&rig.take_log(), "signal_catch"), 0);
        rig.ok(n_partitions, of(ACME, alarm));
        assert_eq!(n_completed(&rig.take_log(), "signal_catch"), 1);
        assert_eq!(jobs(&mut rig, n_partitions, ACME, "evacuate").len(), 1);
        assert!(jobs(&mut rig, n_partitions, AJAX, "evacuate").is_empty());
    }
}

#[test]
fn a_call_stays_in_its_tenant() {
    let mut rig = Rig::new();
    let called = fixture("service_task.bpmn");
    let caller = fixture("call_activity.bpmn")
        .replace(r#"processId="billing""#, r#"processId="order_process""#);
    deployed(&mut rig, AJAX, &[("called.bpmn", &called)]);
    deployed(&mut rig, ACME, &[("caller.bpmn", &caller)]);
    rig.take_log();
    create(&mut rig, ACME, "call_activity", "");
    let log = rig.take_log();
    assert!(log.contains("CALLED_ELEMENT_ERROR"), "{log}");
    let incident_key = incident_key(&log);
    deployed(&mut rig, ACME, &[("called.bpmn", &called)]);
    let resolve = ResolveIncident { incident_key, operation_reference: 0 };
    rig.ok(1, Command::ResolveIncident(resolve));
    assert!(jobs(&mut rig, 1, AJAX, "payment-service").is_empty());
    let found = jobs(&mut rig, 1, ACME, "payment-service");
    assert_eq!(found.len(), 1);
    assert_eq!(&*found[0].tenant_id, ACME);
    rig.complete(found[0].key, "");
    assert_eq!(n_completed(&rig.take_log(), "call_activity"), 1);
}

#[test]
fn a_task_calls_the_decision_and_shows_the_form_of_its_tenant() {
    let mut rig = Rig::new();
    let (decisions, form) = (dmn("requirements.dmn"), form("approve.form"));
    deployed(&mut rig, AJAX, &[("d.dmn", &decisions), ("f.form", &form)]);
    let task = fixture("user_task_native.bpmn").replace(
        "externalReference=\"=&quot;https://forms.example/&quot; + order\"",
        "formId=\"approve\"",
    );
    let models = [("t.bpmn", fixture("decision_task.bpmn")), ("u.bpmn", task)];
    for (name, text) in &models {
        deployed(&mut rig, ACME, &[(name, text)]);
    }
    let variables = r#"{"season":"Winter","guestCount":8,"requester":"eve","urgency":80,
        "order":"17","follow_up":"2026-12-01T08:00:00Z"}"#;
    let mut incidents = Vec::new();
    for (process, error) in
        [("decision_task", "CALLED_DECISION_ERROR"), ("user_task_native", "FORM_NOT_FOUND")]
    {
        rig.take_log();
        create(&mut rig, ACME, process, variables);
        let log = rig.take_log();
        assert!(log.contains(error), "{log}");
        incidents.push(incident_key(&log));
    }
    deployed(&mut rig, ACME, &[("d.dmn", &decisions), ("f.form", &form)]);
    for incident_key in incidents {
        rig.take_log();
        let resolve = ResolveIncident { incident_key, operation_reference: 0 };
        rig.ok(1, Command::ResolveIncident(resolve));
        let log = rig.take_log();
        let is_done = log.contains("DECISION_EVALUATION:EVALUATED") || log.contains(" form=k");
        assert!(is_done && !log.contains("E INCIDENT:CREATED"), "{log}");
    }
}

#[test]
fn a_new_version_replaces_the_start_events_of_its_tenant_only() {
    let mut rig = Rig::new();
    both(&mut rig, "timer_start.bpmn");
    both(&mut rig, "conditional_start.bpmn");
    let (timer, condition) = (fixture("timer_start.bpmn"), fixture("conditional_start.bpmn"));
    deployed(&mut rig, ACME, &[("t.bpmn", &(timer + "\n")), ("c.bpmn", &(condition + "\n"))]);
    rig.advance(3_600_000);
    for tenant in [ACME, AJAX] {
        assert_eq!(jobs(&mut rig, 1, tenant, "clean-up").len(), 1, "{tenant}");
        let evaluate = Command::EvaluateConditionals(EvaluateConditionals {
            process_definition_key: None,
            variables: doc(r#"{"total":200}"#),
            tenant_id: TenantId::default(),
        });
        let Response::ConditionalsEvaluated(evaluated) = rig.ok(1, of(tenant, evaluate)) else {
            panic!("not evaluated")
        };
        assert_eq!(evaluated.instances.len(), 1, "{tenant}");
        assert_eq!(jobs(&mut rig, 1, tenant, "work").len(), 1, "{tenant}");
    }
}

#[test]
fn jobs_of_several_tenants_are_activated_together() {
    let mut rig = Rig::new();
    both(&mut rig, "service_task.bpmn");
    rig.deploy("service_task.bpmn");
    for tenant in [ACME, AJAX, TenantId::DEFAULT] {
        create(&mut rig, tenant, "order_process", "");
    }
    let Command::ActivateJobs(mut activate) = activate_command("payment-service", 10) else {
        unreachable!()
    };
    activate.tenant_ids = vec![AJAX.into(), ACME.into(), "other".into(), ACME.into()];
    let Response::Activated(activated) = rig.ok(1, Command::ActivateJobs(activate)) else {
        panic!("not activated")
    };
    let tenants: Vec<&str> = activated.jobs.iter().map(|job| &*job.tenant_id).collect();
    assert_eq!(tenants, [ACME, AJAX]);
}

/// The command is refused as if its subject did not exist, and then carried out for whoever may.
fn own_only(rig: &mut Rig, command: Command) {
    for tenant in [AJAX, TenantId::DEFAULT] {
        let text = rig.rejected(1, by(tenant, command.clone()));
        assert!(text.starts_with("NOT_FOUND: "), "{text}");
    }
    let everybody = AuthorizedTenants::Only([AJAX.into(), ACME.into()].into());
    let command = AuthorizedCommand { command, tenants: everybody };
    rig.ok(1, command);
}

#[test]
fn jobs_of_another_tenant_do_not_exist() {
    let mut rig = Rig::new();
    deployed(&mut rig, ACME, &[("s.bpmn", &fixture("two_service_tasks.bpmn"))]);
    create(&mut rig, ACME, "two_service_tasks", "");
    let job_key = jobs(&mut rig, 1, ACME, "collect-money")[0].key;
    let operation_reference = 0;
    let timeout_ms = 90_000;
    own_only(
        &mut rig,
        Command::UpdateJobTimeout(UpdateJobTimeout { job_key, timeout_ms, operation_reference }),
    );
    own_only(
        &mut rig,
        Command::UpdateJobRetries(UpdateJobRetries { job_key, retries: 5, operation_reference }),
    );
    let fail = |retries| {
        Command::FailJob(FailJob {
            job_key,
            retries,
            retry_back_off_ms: 0,
            error_message: String::new(),
            variables: doc(""),
        })
    };
    own_only(&mut rig, fail(1));
    rig.take_log();
    own_only(&mut rig, fail(0));
    let incident_key = incident_key(&rig.take_log());
    let update = UpdateJobRetries { job_key, retries: 1, operation_reference };
    rig.ok(1, Command::UpdateJobRetries(update));
    own_only(
        &mut rig,
        Command::ResolveIncident(ResolveIncident { incident_key, operation_reference }),
    );
    own_only(&mut rig, complete_command(job_key, ""));
    let job_key = jobs(&mut rig, 1, ACME, "ship-parcel")[0].key;
    own_only(
        &mut rig,
        Command::ThrowError(ThrowError {
            job_key,
            error_code: "E".into(),
            error_message: String::new(),
            variables: doc(""),
        }),
    );
}

#[test]
fn instances_of_another_tenant_do_not_exist() {
    let mut rig = Rig::new();
    let [acme, ajax] = both(&mut rig, "service_task.bpmn");
    let newer = fixture("service_task.bpmn") + "\n";
    let target = deployed(&mut rig, ACME, &[("s.bpmn", &newer)]).processes[0].key;
    let process_instance_key = create(&mut rig, ACME, "order_process", "");
    let operation_reference = 0;
    own_only(&mut rig, set(process_instance_key.0, r#"{"a":1}"#, true));
    let migrate = |target_process_definition_key| {
        Command::MigrateProcessInstance(Box::new(MigrateProcessInstance {
            process_instance_key,
            target_process_definition_key,
            mappings: vec![ElementMapping {
                source_element_id: "charge_card".into(),
                target_element_id: "charge_card".into(),
            }],
            operation_reference,
        }))
    };
    // Not even for whoever may act for both.
    let text = rig.rejected(1, migrate(ajax.processes[0].key));
    assert!(text.starts_with("NOT_FOUND: "), "{text}");
    own_only(&mut rig, migrate(acme.processes[0].key));
    own_only(&mut rig, migrate(target));
    own_only(
        &mut rig,
        Command::ModifyProcessInstance(Box::new(ModifyProcessInstance {
            process_instance_key,
            activate: vec![ActivateInstruction {
                element_id: "charge_card".into(),
                ancestor_scope_key: None,
                variables: Vec::new(),
            }],
            moves: Vec::new(),
            terminate: Vec::new(),
            operation_reference,
        })),
    );
    own_only(
        &mut rig,
        Command::CancelProcessInstance(CancelProcessInstance {
            process_instance_key,
            operation_reference,
        }),
    );
}

#[test]
fn elements_and_user_tasks_of_another_tenant_do_not_exist() {
    let mut rig = Rig::new();
    for model in ["ad_hoc_subprocess.bpmn", "user_task_native.bpmn"] {
        deployed(&mut rig, ACME, &[(model, &fixture(model))]);
    }
    rig.take_log();
    create(&mut rig, ACME, "ad_hoc_subprocess", r#"{"active":[]}"#);
    let log = rig.take_log();
    let key_in = |line: &str| {
        let key = line.split(" k").nth(1).unwrap().split(' ').next().unwrap();
        PartitionId(1).key(key.parse().unwrap())
    };
    let line = log.lines().find(|line| line.contains("AD_HOC_SUB_PROCESS scope")).unwrap();
    own_only(
        &mut rig,
        Command::ActivateAdHocElements(ActivateAdHocElements {
            element_instance_key: ElementInstanceKey(key_in(line)),
            elements: vec![AdHocActivation { element_id: "call".into(), variables: doc("") }],
            cancel_remaining: false,
        }),
    );

    let variables = r#"{"requester":"eve","urgency":80,"order":"17",
        "follow_up":"2026-12-01T08:00:00Z"}"#;
    create(&mut rig, ACME, "user_task_native", variables);
    let log = rig.take_log();
    let line = log.lines().find(|line| line.contains("USER_TASK:CREATING")).unwrap();
    let (user_task_key, action) = (UserTaskKey(key_in(line)), String::new());
    let assign = AssignUserTask {
        user_task_key,
        assignee: "ada".into(),
        allow_override: true,
        action: action.clone(),
    };
    own_only(&mut rig, Command::AssignUserTask(Box::new(assign)));
    let changes = UserTaskChanges { priority: Some(1), ..UserTaskChanges::default() };
    let update = UpdateUserTask { user_task_key, changes, action: action.clone() };
    own_only(&mut rig, Command::UpdateUserTask(Box::new(update)));
    let complete = CompleteUserTask { user_task_key, variables: doc(""), action };
    own_only(&mut rig, Command::CompleteUserTask(Box::new(complete)));
}

#[test]
fn resources_of_another_tenant_do_not_exist() {
    let mut rig = Rig::new();
    let (process, decisions, form) =
        (fixture("service_task.bpmn"), dmn("version_tag.dmn"), form("approve.form"));
    let resources = [
        ("p.bpmn", process.as_str()),
        ("d.dmn", &decisions),
        ("f.form", &form),
        ("r.rpa", r#"{"id":"robot"}"#),
    ];
    let acme = deployed(&mut rig, ACME, &resources);
    deployed(&mut rig, AJAX, &resources);
    let keys = [
        acme.processes[0].key.0,
        acme.decision_requirements[0].key.0,
        acme.forms[0].key.0,
        acme.resources[0].key.0,
    ];
    for resource_key in keys {
        let delete = DeleteResource { resource_key, operation_reference: 0 };
        own_only(&mut rig, Command::DeleteResource(delete));
    }
    // The other tenant's are still there.
    create(&mut rig, AJAX, "order_process", "");
    let again = deployed(&mut rig, AJAX, &resources);
    assert!(again.decisions[0].duplicate && again.forms[0].duplicate);
}
