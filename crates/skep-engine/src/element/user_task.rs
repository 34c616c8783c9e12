//! Job-based user tasks.

use skep_feel::{Kind, Value};
use skep_model::{StaticValue, TextOrFeel, UserTaskDefinition};
use skep_record::{Document, ErrorType, JobKind, ProcessInstanceIntent};

use crate::{
    Ctx,
    ctx::At,
    element::catch,
    expression::{self, Scope},
    failure::Failure,
    form,
    job::{self, NewJob},
};

/// Type of the jobs of user tasks.
///
/// Source: camunda/zeebe: protocol/Protocol.java
const JOB_TYPE: &str = "io.camunda.zeebe:userTask";
/// What begins the header names that the engine writes.
const PREFIX: &str = "io.camunda.zeebe:";

/// Creates a job that carries who should do the task, until when, and with which form.
///
/// Source: camunda/zeebe: engine/processing/bpmn/behavior/BpmnJobBehavior.java
pub(super) fn activate(
    ctx: &mut Ctx<'_>,
    at: &At,
    task: &UserTaskDefinition,
) -> Result<(), Failure> {
    let headers = headers(ctx, at, task)?;
    catch::subscribe(ctx, at)?;
    let kind = JobKind::BpmnElement;
    job::create(ctx, at, NewJob { job_type: JOB_TYPE.into(), retries: 1, headers, kind });
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    Ok(())
}

fn headers(ctx: &mut Ctx<'_>, at: &At, task: &UserTaskDefinition) -> Result<Document, Failure> {
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let mut reserved: Vec<(&str, String)> = Vec::new();
    if let Some(assignee) = &task.assignee {
        reserved.push(("assignee", assignee_of(ctx, scope, assignee)?));
    }
    if let Some(groups) = &task.candidate_groups {
        reserved.push(("candidateGroups", list_text(ctx, scope, groups)?));
    }
    if let Some(users) = &task.candidate_users {
        reserved.push(("candidateUsers", list_text(ctx, scope, users)?));
    }
    if let Some(date) = &task.due_date {
        reserved.extend(date_text(ctx, scope, date)?.map(|date| ("dueDate", date)));
    }
    if let Some(date) = &task.follow_up_date {
        reserved.extend(date_text(ctx, scope, date)?.map(|date| ("followUpDate", date)));
    }
    if let Some(form_id) = &task.form_id {
        let form_id = expression::string(ctx, scope, form_id)?.into();
        let key = form::bound(ctx.state(), &at.definition, &form_id, &task.form_binding)?;
        reserved.push(("formKey", key.to_string()));
    }
    if let Some(form_key) = &task.form_key {
        reserved.push(("formKey", form_key.to_string()));
    }
    let names: Vec<String> = reserved.iter().map(|(name, _)| format!("{PREFIX}{name}")).collect();
    let own = task.headers.iter().map(|(name, value)| (&**name, &**value));
    let added = names.iter().zip(&reserved).map(|(name, (_, value))| (&**name, &**value));
    let entries: Vec<(&str, Vec<u8>)> =
        own.chain(added).map(|(name, value)| (name, expression::text_to_msgpack(value))).collect();
    Ok(Document::from_entries(entries.iter().map(|(name, value)| (*name, value.as_slice()))))
}

/// A static assignee is text even when it looks like a number.
fn assignee_of(ctx: &mut Ctx<'_>, scope: Scope, text: &TextOrFeel) -> Result<String, Failure> {
    match text {
        TextOrFeel::Static(StaticValue::Number(_, text) | StaticValue::Text(text)) => {
            Ok(text.to_string())
        }
        TextOrFeel::Feel(_) => Ok(expression::string(ctx, scope, text)?.to_string()),
    }
}

/// A list as the text of a list literal.
fn list_text(ctx: &mut Ctx<'_>, scope: Scope, text: &TextOrFeel) -> Result<String, Failure> {
    let items: Vec<String> = match text {
        TextOrFeel::Static(StaticValue::Number(_, text) | StaticValue::Text(text)) => {
            text.split(',').map(|item| item.trim().to_owned()).collect()
        }
        TextOrFeel::Feel(expression) => expression::strings(ctx, scope, expression)?,
    };
    let quoted: Vec<String> =
        items.into_iter().map(|item| Value::String(item.into()).to_json()).collect();
    Ok(format!("[{}]", quoted.join(",")))
}

/// A date and time with offset as ISO text; null and empty text are none.
fn date_text(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    text: &TextOrFeel,
) -> Result<Option<String>, Failure> {
    let value = expression::value(ctx, scope, text)?;
    match value.as_str() {
        Some("") => return Ok(None),
        Some(date) if matches!(Value::parse_temporal(date), Some(Value::DateTime(_))) => {
            return Ok(Some(date.to_owned()));
        }
        Some(_) | None => (),
    }
    let kind = value.kind();
    if kind == Kind::Null {
        Ok(None)
    } else if kind == Kind::DateTime {
        Ok(Some(value.to_text()))
    } else {
        Err(Failure::new(
            ErrorType::ExtractValueError,
            format!(
                "Expected a date and time with offset, ISO 8601 text of one, or null, but found '{}'",
                kind.as_str()
            ),
        )
        .in_scope(scope.key))
    }
}
