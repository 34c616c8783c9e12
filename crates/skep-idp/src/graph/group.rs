//! `/groups`

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Answer, Call, GraphError, Key,
    caller::{READ_GROUPS, WRITE_GROUPS},
    find, user,
};
use crate::registry::Group;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    display_name: String,
    mail_enabled: Option<bool>,
    security_enabled: Option<bool>,
    #[serde(rename = "mailNickname")]
    _mail_nickname: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "@odata.id")]
    id: String,
}

/// `GET /groups`
pub(super) fn list(call: &Call) -> Result<Answer, GraphError> {
    call.caller.require(READ_GROUPS)?;
    call.list("groups", call.directory.document.groups().iter().map(shown))
}

/// `POST /groups`
pub(super) fn create(call: &Call) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_GROUPS)?;
    let body: Create = call.body()?;
    if body.mail_enabled == Some(true) || body.security_enabled == Some(false) {
        return Err(GraphError::bad_request(
            "Only security groups can be created here: 'securityEnabled' true, 'mailEnabled' false.",
        ));
    }
    let group = call.site.core.registry.add_group(body.display_name)?;
    Ok(Answer::Created(shown(&group)))
}

/// `GET /groups/{id}`
pub(super) fn read(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(READ_GROUPS)?;
    Ok(call.one(shown(group(call, key)?)))
}

/// `DELETE /groups/{id}`
pub(super) fn delete(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_GROUPS)?;
    let id = group(call, key)?.object_id;
    call.site.core.registry.remove_group(id)?;
    Ok(Answer::NoContent)
}

/// `GET /groups/{id}/members`
pub(super) fn members(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(READ_GROUPS)?;
    let members = group(call, key)?.members.iter().filter_map(|id| call.index().user(*id));
    call.list(
        "directoryObjects",
        members.map(|member| {
            let mut shown = user::shown(member);
            shown["@odata.type"] = json!("#microsoft.graph.user");
            shown
        }),
    )
}

/// `POST /groups/{id}/members/$ref`
pub(super) fn add_member(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_GROUPS)?;
    let id = group(call, key)?.object_id;
    let body: Reference = call.body()?;
    let last = body.id.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let user = Uuid::parse_str(last).map_err(|_| {
        GraphError::bad_request("The property '@odata.id' does not end with a user's id.")
    })?;
    call.site.core.registry.add_member(id, user)?;
    Ok(Answer::NoContent)
}

/// `DELETE /groups/{id}/members/{user}/$ref`
pub(super) fn remove_member(call: &Call, key: &Key, member: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_GROUPS)?;
    let group = group(call, key)?;
    let is_member = |id: &&Uuid| id.to_string() == member.as_part().to_lowercase();
    let Some(user) = group.members.iter().find(is_member) else {
        return Err(GraphError::not_found(member.as_part()));
    };
    call.site.core.registry.remove_member(group.object_id, *user)?;
    Ok(Answer::NoContent)
}

fn group<'a>(call: &'a Call, key: &Key) -> Result<&'a Group, GraphError> {
    find(call.directory.document.groups(), key, |group, key| {
        group.object_id.to_string() == key.as_part().to_lowercase()
    })
}

pub(super) fn shown(group: &Group) -> Value {
    json!({
        "id": group.object_id,
        "displayName": group.display_name,
        "securityEnabled": true,
        "mailEnabled": false,
        "groupTypes": [],
    })
}

/// A group among objects of other kinds.
pub(super) fn shown_object(group: &Group) -> Value {
    let mut shown = shown(group);
    shown["@odata.type"] = json!("#microsoft.graph.group");
    shown
}
