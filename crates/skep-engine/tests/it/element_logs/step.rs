//! The steps of a case, in words.

use skep_record::{
    ActivateAdHocElements, AdHocActivation, AssignUserTask, BroadcastSignal, CancelProcessInstance,
    Command, CompleteUserTask, DeleteResource, ElementInstanceKey, EvaluateConditionals, FailJob,
    JobKey, PartitionId, ProcessInstanceKey, PublishMessage, ResolveIncident, Response, TenantId,
    ThrowError, UpdateJobRetries, UserTaskKey,
};

use crate::{
    rig::{Rig, deploy_command, dmn, doc, fixture, form},
    variable::set,
};

/// One run of a model.
pub(super) struct Run {
    rig: Rig,
    model: String,
    /// Everything that was logged, with keys.
    log: String,
    instance: Option<ProcessInstanceKey>,
    definition: i64,
    /// The job that failed last.
    failed: Option<JobKey>,
}

impl Run {
    pub(super) fn new(model: &str) -> Self {
        let mut rig = Rig::new();
        let deployment = rig.deploy(&format!("elements/{model}.bpmn"));
        let definition = deployment.processes[0].key.0;
        let log = rig.take_log();
        Self { rig, model: model.into(), log, instance: None, definition, failed: None }
    }

    /// Carries out one step and answers what it logs. The words are those of the step, then its
    /// arguments, of which the last may be JSON.
    pub(super) fn step(&mut self, step: &str) -> String {
        let (verb, rest) = step.split_once(' ').unwrap_or((step, ""));
        let (first, second) = rest.split_once(' ').unwrap_or((rest, ""));
        match verb {
            "deployed" => return std::mem::take(&mut self.log),
            "create" => self.instance = Some(self.rig.create(&self.model, rest)),
            "create_of" => {
                self.rig.create(first, second);
            }
            "deploy" => self.deploy(first),
            "work" => assert!(self.rig.work(first, second) > 0, "no job to work on: {step}"),
            "work_one" => {
                let job = self.job(first);
                self.rig.complete(job, second);
            }
            "fail" => self.fail(first),
            "throw" => self.throw(first, second),
            "retries" => self.retries(first),
            "publish" => self.publish(first, second),
            "broadcast" => self.broadcast(first, second),
            "advance" => self.rig.advance(1_000 * first.parse::<i64>().unwrap()),
            "set" => self.ok(|run| set(run.instance().0, rest, true)),
            "resolve" => self.ok(|run| {
                let incident_key = *run.rig.incidents.last().unwrap();
                Command::ResolveIncident(ResolveIncident { incident_key, operation_reference: 0 })
            }),
            "cancel" => self.ok(|run| {
                Command::CancelProcessInstance(CancelProcessInstance {
                    process_instance_key: run.instance(),
                    operation_reference: 0,
                })
            }),
            "finish" => self.finish(rest),
            "assign" => self.assign(first),
            "activate" => self.activate(first),
            "evaluate" => self.evaluate(rest),
            "delete" => self.ok(|run| {
                Command::DeleteResource(DeleteResource {
                    resource_key: run.definition,
                    operation_reference: 0,
                })
            }),
            _ => panic!("unknown step: {step}"),
        }
        let log = self.rig.take_log();
        self.log += &log;
        log
    }

    fn ok(&mut self, command: impl FnOnce(&Self) -> Command) {
        let command = command(self);
        self.rig.ok(1, command);
    }

    fn instance(&self) -> ProcessInstanceKey {
        self.instance.or_else(|| self.rig.started.last().copied()).unwrap()
    }

    fn deploy(&mut self, name: &str) {
        let content = match name.rsplit_once('.').unwrap().1 {
            "bpmn" => fixture(name),
            "dmn" => dmn(name),
            _ => form(name),
        };
        match self.rig.ok(1, deploy_command(name, &content)) {
            Response::Deployed(deployment) => {
                let newest = deployment.processes.last().map(|process| process.key.0);
                self.definition = newest.unwrap_or(self.definition);
            }
            other => panic!("{other:?}"),
        }
    }

    fn job(&mut self, job_type: &str) -> JobKey {
        self.rig.activate(job_type).first().expect(job_type).key
    }

    fn fail(&mut self, job_type: &str) {
        let job_key = self.job(job_type);
        self.failed = Some(job_key);
        self.ok(|_| {
            Command::FailJob(FailJob {
                job_key,
                retries: 0,
                retry_back_off_ms: 0,
                error_message: "out of order".into(),
                variables: doc(r#"{"attempt":1}"#),
            })
        });
    }

    fn throw(&mut self, job_type: &str, code: &str) {
        let job_key = self.job(job_type);
        self.failed = Some(job_key);
        self.ok(|_| {
            Command::ThrowError(ThrowError {
                job_key,
                error_code: code.into(),
                error_message: "none left".into(),
                variables: doc(r#"{"missing":1}"#),
            })
        });
    }

    fn retries(&mut self, retries: &str) {
        let job_key = self.failed.unwrap();
        let retries = retries.parse().unwrap();
        self.ok(|_| {
            Command::UpdateJobRetries(UpdateJobRetries { job_key, retries, operation_reference: 0 })
        });
    }

    fn publish(&mut self, name: &str, key: &str) {
        self.ok(|_| {
            Command::PublishMessage(PublishMessage {
                name: name.into(),
                correlation_key: key.into(),
                time_to_live_ms: 0,
                message_id: String::new(),
                variables: doc(r#"{"result":1}"#),
                tenant_id: TenantId::default(),
            })
        });
    }

    fn broadcast(&mut self, name: &str, variables: &str) {
        self.ok(|_| {
            Command::BroadcastSignal(BroadcastSignal {
                signal_name: name.into(),
                variables: doc(variables),
                tenant_id: TenantId::default(),
            })
        });
    }

    fn task(&self) -> UserTaskKey {
        UserTaskKey(newest_key(&self.log, "USER_TASK:CREATING "))
    }

    fn finish(&mut self, variables: &str) {
        self.ok(|run| {
            Command::CompleteUserTask(Box::new(CompleteUserTask {
                user_task_key: run.task(),
                variables: doc(variables),
                action: String::new(),
            }))
        });
    }

    fn assign(&mut self, assignee: &str) {
        self.ok(|run| {
            Command::AssignUserTask(Box::new(AssignUserTask {
                user_task_key: run.task(),
                assignee: assignee.into(),
                allow_override: true,
                action: String::new(),
            }))
        });
    }

    fn activate(&mut self, id: &str) {
        self.ok(|run| {
            let activating = run
                .log
                .lines()
                .find(|line| line.contains("AD_HOC_SUB_PROCESS scope") && line.starts_with("E "))
                .unwrap();
            let key = newest_key(activating, "ELEMENT_ACTIVATING ");
            Command::ActivateAdHocElements(ActivateAdHocElements {
                element_instance_key: ElementInstanceKey(key),
                elements: vec![AdHocActivation { element_id: id.into(), variables: doc("{}") }],
                cancel_remaining: false,
            })
        });
    }

    fn evaluate(&mut self, variables: &str) {
        self.ok(|_| {
            Command::EvaluateConditionals(EvaluateConditionals {
                process_definition_key: None,
                variables: doc(variables),
                tenant_id: TenantId::default(),
            })
        });
    }
}

/// The key that follows the last occurrence of `before`.
fn newest_key(log: &str, before: &str) -> i64 {
    let (_, rest) = log.rsplit_once(&format!("{before}k")).unwrap_or_else(|| panic!("{log}"));
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap();
    PartitionId(1).key(digits.parse().unwrap())
}
