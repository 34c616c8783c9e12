//! Forms of user tasks and of process definitions.

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use skep_api::rest::{self, KeyFormat};
use skep_projection::{Form, ProcessDefinition, UserTask};

use super::body::{Answer, Keys, PathKey};
use crate::{
    call::{Call, no_such},
    problem::Problem,
};

/// `GET /v2/user-tasks/{userTaskKey}/form` — 200, or 204: it has no deployed form
///
/// # Errors
/// 400, 403 there is no history, 404 no such user task, or its form was deployed before the history
/// began, 504.
pub(super) async fn of_user_task(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Response, Problem> {
    let task = call.find::<UserTask>("User Task", key).await?;
    let Some(form_key) = task.form_key else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let found = call.read(move |history, tenants| history.form(form_key, tenants)).await?;
    let found = found.ok_or_else(|| no_such("Form", form_key))?;
    Ok(written(keys, found))
}

/// `GET /v2/process-definitions/{processDefinitionKey}/form` — 200, or 204: its start event has no
/// deployed form
///
/// # Errors
/// 400, 403 there is no history, 404 no such definition, 504.
pub(super) async fn of_start(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Response, Problem> {
    call.find::<ProcessDefinition>("Process Definition", key).await?;
    let found = call.read(move |history, tenants| history.start_form(key, tenants)).await?;
    Ok(found.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |found| written(keys, found)))
}

fn written(keys: KeyFormat, found: Form) -> Response {
    let form = rest::Form {
        tenant_id: found.tenant_id,
        form_id: found.form_id,
        schema: found.schema,
        version: found.version.into(),
        form_key: keys.key(found.key),
    };
    Answer(keys, form).into_response()
}
