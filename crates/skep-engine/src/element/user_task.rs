//! User tasks: native ones, and jobs that carry the same.

use std::sync::Arc;

use skep_feel::{Kind, Value};
use skep_model::{ElementKind, StaticValue, TextOrFeel, UserTaskDefinition, timer};
use skep_record::{
    Document, ErrorType, FormKey, JobKind, ProcessInstanceIntent, UserTaskProperties,
};

use crate::{
    Ctx,
    ctx::At,
    element::catch,
    expression::{self, Scope},
    failure::Failure,
    form,
    job::{self, NewJob},
    state::definition,
    user_task,
};

/// Type of the jobs of user tasks.
///
/// Source: camunda/zeebe: protocol/Protocol.java
const JOB_TYPE: &str = "io.camunda.zeebe:userTask";
/// What begins the header names that the engine writes.
const PREFIX: &str = "io.camunda.zeebe:";
/// What begins the key of a form that is in the BPMN file.
///
/// Source: camunda/camunda-docs: components/modeler/bpmn/user-tasks
const EMBEDDED_FORM: &str = "camunda-forms:";
/// The priority of a native task whose model does not say.
///
/// Source: camunda/camunda-docs: components/modeler/bpmn/user-tasks
const DEFAULT_PRIORITY: i32 = 50;

/// Creates a native user task, or the job that stands for one.
pub(super) fn activate(
    ctx: &mut Ctx<'_>,
    at: &At,
    task: &UserTaskDefinition,
) -> Result<(), Failure> {
    if !task.is_native {
        return activate_job(ctx, at, task);
    }
    let properties = properties(ctx, at, task)?;
    catch::subscribe(ctx, at)?;
    let assignee = properties.assignee.clone();
    let is_created = user_task::create(ctx, at, properties);
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    if is_created {
        user_task::assign_created(ctx, at, assignee);
    }
    Ok(())
}

/// What a native task is that takes the place of a job with these headers: who can do it, until
/// when and with which form is as it was, but for forms that are part of the source; who has it is
/// as the model says.
///
/// # Errors
/// The incident that the assignee, the priority or the form would give.
///
/// Source: camunda/camunda-docs: versioned_docs/version-8.9/components/concepts/process-instance-migration.md
pub(crate) fn instead_of_job(
    ctx: &mut Ctx<'_>,
    at: &At,
    job: &Document,
) -> Result<Option<UserTaskProperties>, Failure> {
    let definition = Arc::clone(&at.definition);
    let ElementKind::UserTask(task) = &definition.process.element(at.index).kind else {
        return Ok(None);
    };
    if !task.is_native {
        return Ok(None);
    }
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let assignee = match &task.assignee {
        Some(assignee) => assignee_or_none(ctx, scope, assignee)?,
        None => String::new(),
    };
    let form = header(job, "formKey");
    let (form_key, external_form_reference) = match form.parse().map(FormKey) {
        Ok(key) => (Some(key), String::new()),
        Err(_) if form.is_empty() || form.starts_with(EMBEDDED_FORM) => {
            (form_key(ctx, at, task)?, external_form(ctx, scope, task)?)
        }
        Err(_) => (None, form),
    };
    let own = job.iter().filter(|(name, _)| !name.starts_with(PREFIX));
    let own: Vec<(&str, &[u8])> = own.collect();
    Ok(Some(UserTaskProperties {
        assignee,
        candidate_groups: header_list(job, "candidateGroups"),
        candidate_users: header_list(job, "candidateUsers"),
        due_date: header(job, "dueDate"),
        follow_up_date: header(job, "followUpDate"),
        form_key,
        external_form_reference,
        custom_headers: Document::from_entries(own.into_iter()),
        created_at: ctx.now(),
        priority: priority(ctx, scope, task.priority.as_ref())?,
    }))
}

/// A header that the engine wrote; empty where there is none.
fn header(job: &Document, name: &str) -> String {
    let value = job.value(&format!("{PREFIX}{name}")).and_then(Value::from_msgpack);
    value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The same, where it is a list as text.
fn header_list(job: &Document, name: &str) -> Vec<String> {
    let json = format!("{{\"list\":{}}}", header(job, name));
    let list = Document::from_json(&json).ok();
    let list = list.as_ref().and_then(|known| Value::from_msgpack(known.value("list")?));
    let items = list.as_ref().and_then(Value::as_list);
    items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn external_form(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    task: &UserTaskDefinition,
) -> Result<String, Failure> {
    match &task.external_reference {
        Some(reference) => Ok(expression::string(ctx, scope, reference)?.to_string()),
        None => Ok(String::new()),
    }
}

/// Source: camunda/zeebe: engine/processing/bpmn/behavior/BpmnUserTaskBehavior.java
fn properties(
    ctx: &mut Ctx<'_>,
    at: &At,
    task: &UserTaskDefinition,
) -> Result<UserTaskProperties, Failure> {
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let assignee = match &task.assignee {
        Some(assignee) => assignee_or_none(ctx, scope, assignee)?,
        None => String::new(),
    };
    let candidate_groups = names(ctx, scope, task.candidate_groups.as_ref())?;
    let candidate_users = names(ctx, scope, task.candidate_users.as_ref())?;
    let due_date = date(ctx, scope, task.due_date.as_ref())?;
    let follow_up_date = date(ctx, scope, task.follow_up_date.as_ref())?;
    let form_key = form_key(ctx, at, task)?;
    let external_form_reference = external_form(ctx, scope, task)?;
    Ok(UserTaskProperties {
        assignee,
        candidate_groups,
        candidate_users,
        due_date,
        follow_up_date,
        form_key,
        external_form_reference,
        custom_headers: definition::headers(&task.headers),
        created_at: ctx.now(),
        priority: priority(ctx, scope, task.priority.as_ref())?,
    })
}

/// A native task may be left to whoever takes it.
fn assignee_or_none(ctx: &mut Ctx<'_>, scope: Scope, text: &TextOrFeel) -> Result<String, Failure> {
    if expression::value(ctx, scope, text)?.kind() == Kind::Null {
        return Ok(String::new());
    }
    assignee_of(ctx, scope, text)
}

fn names(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    text: Option<&TextOrFeel>,
) -> Result<Vec<String>, Failure> {
    text.map_or(Ok(Vec::new()), |text| list(ctx, scope, text))
}

fn date(ctx: &mut Ctx<'_>, scope: Scope, text: Option<&TextOrFeel>) -> Result<String, Failure> {
    let Some(text) = text else { return Ok(String::new()) };
    Ok(date_text(ctx, scope, text)?.unwrap_or_default())
}

fn priority(ctx: &mut Ctx<'_>, scope: Scope, text: Option<&TextOrFeel>) -> Result<i32, Failure> {
    let Some(text) = text else { return Ok(DEFAULT_PRIORITY) };
    let priority = expression::integer(ctx, scope, text)?;
    if user_task::PRIORITIES.contains(&priority) {
        return Ok(priority);
    }
    Err(Failure::new(
        ErrorType::ExtractValueError,
        format!("Expected priority to be in the range [0,100] but was '{priority}'."),
    )
    .in_scope(scope.key))
}

/// The deployed form that the task names by its id.
fn form_key(
    ctx: &mut Ctx<'_>,
    at: &At,
    task: &UserTaskDefinition,
) -> Result<Option<FormKey>, Failure> {
    let Some(form_id) = &task.form_id else { return Ok(None) };
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let form_id = expression::string(ctx, scope, form_id)?.into();
    form::bound(ctx.state(), &at.definition, &form_id, &task.form_binding).map(Some)
}

/// Creates a job that carries who should do the task, until when, and with which form.
///
/// Source: camunda/zeebe: engine/processing/bpmn/behavior/BpmnJobBehavior.java
fn activate_job(ctx: &mut Ctx<'_>, at: &At, task: &UserTaskDefinition) -> Result<(), Failure> {
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
    if let Some(key) = form_key(ctx, at, task)? {
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
    Ok(expression::list_text(&list(ctx, scope, text)?))
}

/// The names of a list, or of static text with commas between them.
fn list(ctx: &mut Ctx<'_>, scope: Scope, text: &TextOrFeel) -> Result<Vec<String>, Failure> {
    match text {
        TextOrFeel::Static(StaticValue::Number(_, text) | StaticValue::Text(text)) => {
            Ok(text.split(',').map(|item| item.trim().to_owned()).collect())
        }
        TextOrFeel::Feel(expression) => expression::strings(ctx, scope, expression),
    }
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
        Some(date) if timer::parse_date_time(date).is_ok() => {
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
