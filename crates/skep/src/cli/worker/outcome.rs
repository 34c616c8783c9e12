//! What becomes of a job, read from what its command has printed.

use std::time::Duration;

use serde_json::{Map, Value};
use skep_client::{Completion, JobFailure, JobResult};

/// What became of a job.
#[derive(Debug)]
pub(super) enum Outcome {
    Completed { variables: Map<String, Value>, result: Option<Printed> },
    BpmnError { code: String, message: String, variables: Map<String, Value> },
    Failed(String),
}

/// A job result, and what to say about it.
#[derive(Debug)]
pub(super) struct Printed {
    result: JobResult,
    word: &'static str,
}

impl Outcome {
    /// Without a job result.
    pub(super) fn completed(variables: Map<String, Value>) -> Self {
        Self::Completed { variables, result: None }
    }

    /// `{"bpmnError": …}` alone is an error, and `{"jobResult": …}` alone or beside `variables` a
    /// job result; beside others they are variables like any. `kind` is that of the job.
    pub(super) fn of_printed(mut object: Map<String, Value>, kind: &str) -> Self {
        let is_one = |name: &str| name == "jobResult" || name == "variables";
        if object.contains_key("jobResult") && object.keys().all(|name| is_one(name)) {
            let result = object.remove("jobResult").unwrap_or_default();
            return with_result(result, object.remove("variables"), kind);
        }
        if object.len() == 1
            && let Some(error) = object.remove("bpmnError")
        {
            return bpmn_error(error);
        }
        Self::completed(object)
    }

    /// A word, and what else to say about it; never variables.
    pub(super) fn describe(&self) -> (&'static str, String) {
        match self {
            Self::Completed { result: None, .. } => ("completed", String::new()),
            Self::Completed { result: Some(printed), .. } => {
                ("completed", format!(": {}", printed.word))
            }
            Self::BpmnError { code, .. } => ("bpmnError", format!(": {code}")),
            Self::Failed(message) => {
                let first = message.lines().next().unwrap_or_default();
                ("failed", format!(": {first}"))
            }
        }
    }

    /// For the worker of the client.
    pub(super) fn into_result(self, back_off: Duration) -> Result<Completion, JobFailure> {
        match self {
            Self::Completed { variables, result: None } => Ok(variables.into()),
            Self::Completed { variables, result: Some(printed) } => {
                let completion = Completion::with_result(printed.result);
                // Gateways refuse variables of task listeners, even an empty object.
                Ok(if variables.is_empty() { completion } else { completion.variables(variables) })
            }
            Self::BpmnError { code, message, variables } => {
                Err(JobFailure::bpmn_error(code, message).variables(variables))
            }
            Self::Failed(message) => Err(JobFailure::failed(message).back_off(back_off)),
        }
    }
}

fn bpmn_error(error: Value) -> Outcome {
    let mut error = match error {
        Value::String(code) => {
            return Outcome::BpmnError { code, message: String::new(), variables: Map::new() };
        }
        Value::Object(error) => error,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            let message = "the bpmnError printed is neither a code nor an object";
            return Outcome::Failed(message.to_owned());
        }
    };
    let (Some(Value::String(code)), message) = (error.remove("code"), error.remove("message"))
    else {
        return Outcome::Failed("the bpmnError printed has no code".to_owned());
    };
    let message = message.and_then(|m| m.as_str().map(str::to_owned)).unwrap_or_default();
    match variables(error.remove("variables")) {
        Some(variables) => Outcome::BpmnError { code, message, variables },
        None => Outcome::Failed("the variables of the bpmnError are no object".to_owned()),
    }
}

fn with_result(result: Value, beside: Option<Value>, kind: &str) -> Outcome {
    let Value::Object(mut result) = result else {
        return Outcome::Failed("the jobResult printed is no object".to_owned());
    };
    if kind == "AD_HOC_SUB_PROCESS" {
        result.entry("type").or_insert_with(|| "adHocSubProcess".into());
    }
    let word = if result.get("denied") == Some(&Value::Bool(true)) {
        "denied"
    } else if result.contains_key("corrections") {
        "with corrections"
    } else {
        "with a result"
    };
    let Some(variables) = variables(beside) else {
        return Outcome::Failed("the variables beside the jobResult are no object".to_owned());
    };
    match JobResult::from_json(&Value::Object(result).to_string()) {
        Ok(result) => Outcome::Completed { variables, result: Some(Printed { result, word }) },
        Err(error) => Outcome::Failed(format!("the jobResult printed is none: {error}")),
    }
}

/// Nothing is an empty object; `None` for what is no object.
fn variables(value: Option<Value>) -> Option<Map<String, Value>> {
    match value {
        None | Some(Value::Null) => Some(Map::new()),
        Some(Value::Object(variables)) => Some(variables),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn printed(value: Value) -> Outcome {
        let Value::Object(object) = value else { panic!("{value}") };
        Outcome::of_printed(object, "TASK_LISTENER")
    }

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn bpmn_errors() {
        let Outcome::BpmnError { code, .. } = printed(json!({"bpmnError": "declined"})) else {
            panic!()
        };
        assert_eq!(code, "declined");
        let long = json!({"bpmnError": {"code": "c", "message": "m", "variables": {"v": 1}}});
        let Outcome::BpmnError { code, message, variables } = printed(long) else { panic!() };
        assert_eq!((code.as_str(), message.as_str()), ("c", "m"));
        assert_eq!(variables, object(&json!({"v": 1})));
        let beside = printed(json!({"bpmnError": "c", "other": 1}));
        assert!(matches!(beside, Outcome::Completed { .. }));
        for wrong in [json!({"bpmnError": 1}), json!({"bpmnError": {}})] {
            assert!(matches!(printed(wrong), Outcome::Failed(_)));
        }
    }

    #[test]
    fn job_results() {
        let denied = json!({"jobResult": {"denied": true, "deniedReason": "secret"}});
        let Outcome::Completed { variables, result: Some(result) } = printed(denied) else {
            panic!()
        };
        assert!(variables.is_empty());
        let told = Outcome::Completed { variables, result: Some(result) }.describe();
        assert_eq!(told, ("completed", ": denied".to_owned()), "the reason may name a person");
        let beside = json!({"jobResult": {"corrections": {"priority": 7}}, "variables": {"a": 1}});
        let Outcome::Completed { variables, result: Some(result) } = printed(beside) else {
            panic!()
        };
        assert_eq!((variables, result.word), (object(&json!({"a": 1})), "with corrections"));
        // Variables that happen to have the name.
        let others = printed(json!({"jobResult": {"denied": true}, "total": 1}));
        assert!(matches!(others, Outcome::Completed { result: None, .. }));
    }

    #[test]
    fn wrong_job_results_fail_the_job_and_quote_no_value() {
        for (wrong, reason) in [
            (json!({"jobResult": true}), "no object"),
            (json!({"jobResult": {"deny": true}}), "unknown field `deny`"),
            (json!({"jobResult": {"denied": "secret"}}), "expected a boolean"),
            (json!({"jobResult": {}, "variables": 1}), "are no object"),
        ] {
            let Outcome::Failed(message) = printed(wrong) else { panic!() };
            assert!(message.contains(reason) && !message.contains("secret"), "{message}");
        }
    }
}
