//! The steps of a case, in words. The tests of journals play them too, on a rig of their own.

use skep_record::{
    ActivateAdHocElements, ActivateInstruction, AdHocActivation, AssignUserTask, BroadcastSignal,
    CancelProcessInstance, Command, CompleteUserTask, DeleteResource, ElementInstanceKey,
    ElementInstanceSelector, ElementMapping, EvaluateConditionals, FailJob, JobKey,
    MigrateProcessInstance, ModifyProcessInstance, PartitionId, ProcessDefinitionKey,
    ProcessInstanceKey, PublishMessage, ResolveIncident, Response, TenantId, ThrowError,
    UpdateJobRetries, UserTaskKey,
};

use crate::{
    rig::{Rig, deploy_command, dmn, doc, fixture, form},
    variable::set,
};

/// One run of a model.
pub(super) struct Run {
    pub(super) rig: Rig,
    pub(super) model: String,
    /// Everything that was logged, with keys.
    pub(super) log: String,
    pub(super) instance: Option<ProcessInstanceKey>,
    pub(super) definition: i64,
    /// The job that failed last.
    pub(super) failed: Option<JobKey>,
}

impl Run {
    pub(super) fn new(mut rig: Rig, model: &str) -> Self {
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
            "publish" => self.publish(first, second, 0),
            "buffer" => self.publish(first, second, 3_600_000),
            "take" => self.failed = Some(self.job(first)),
            "give_back" => self.ok(|run| Command::YieldJob(run.failed.unwrap())),
            "back_off" => {
                let job_key = self.job(first);
                self.fail_job(job_key, 1, 10_000);
            }
            "terminate" => self.modify(Vec::new(), first),
            "activate_element" => {
                let element_id = first.into();
                let ancestor_scope_key = None;
                let variables = Vec::new();
                let activate = ActivateInstruction { element_id, ancestor_scope_key, variables };
                self.modify(vec![activate], "");
            }
            "migrate" => self.ok(|run| {
                Command::MigrateProcessInstance(Box::new(MigrateProcessInstance {
                    process_instance_key: run.instance(),
                    target_process_definition_key: ProcessDefinitionKey(run.definition),
                    mappings: ["element", "a", "b"]
                        .map(|id| ElementMapping {
                            source_element_id: id.into(),
                            target_element_id: id.into(),
                        })
                        .into(),
                    operation_reference: 0,
                }))
            }),
            "set_outwards" => self.ok(|run| {
                let key = newest_element(&run.log, "element");
                set(key, rest, false)
            }),
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
        self.fail_job(job_key, 0, 0);
    }

    fn fail_job(&mut self, job_key: JobKey, retries: i32, retry_back_off_ms: i64) {
        self.ok(|_| {
            Command::FailJob(FailJob {
                job_key,
                retries,
                retry_back_off_ms,
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

    /// Modifies the instance: the newest instance of an element ends, if one is named.
    fn modify(&mut self, activate: Vec<ActivateInstruction>, terminate: &str) {
        let selector = |log: &str| {
            ElementInstanceSelector::Key(ElementInstanceKey(newest_element(log, terminate)))
        };
        let terminate = if terminate.is_empty() { Vec::new() } else { vec![selector(&self.log)] };
        self.ok(|run| {
            Command::ModifyProcessInstance(Box::new(ModifyProcessInstance {
                process_instance_key: run.instance(),
                activate,
                moves: Vec::new(),
                terminate,
                operation_reference: 0,
            }))
        });
    }

    fn publish(&mut self, name: &str, key: &str, time_to_live_ms: i64) {
        self.ok(|_| {
            Command::PublishMessage(PublishMessage {
                name: name.into(),
                correlation_key: key.into(),
                time_to_live_ms,
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

/// The key of the element's newest instance in the log.
fn newest_element(log: &str, id: &str) -> i64 {
    let activating =
        |line: &&str| line.contains("ELEMENT_ACTIVATING") && line.contains(&format!(" \"{id}\" "));
    newest_key(log.lines().rfind(activating).unwrap(), "ELEMENT_ACTIVATING ")
}

/// The key that follows the last occurrence of `before`.
fn newest_key(log: &str, before: &str) -> i64 {
    let (_, rest) = log.rsplit_once(&format!("{before}k")).unwrap_or_else(|| panic!("{log}"));
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap();
    PartitionId(1).key(digits.parse().unwrap())
}
