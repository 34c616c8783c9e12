//! Deployed resources.

use skep_api::rest::{DeleteResourceRequest, DeletedResource};
use skep_record::{Command, DeleteResource};

use super::body::{Answer, Keys, OptionalBody, PathKey, operation_reference};
use crate::{
    call::Call,
    problem::{Kind, Problem},
};

/// `POST /v2/resources/{resourceKey}/deletion` — 200
///
/// # Errors
/// 400, 404 no such resource, 501 its history is to go too, 503, 504.
pub(super) async fn delete(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
    OptionalBody(body): OptionalBody<DeleteResourceRequest>,
) -> Result<Answer<DeletedResource>, Problem> {
    if body.delete_history.unwrap_or(false) {
        return Err(Problem::new(
            Kind::Unimplemented,
            "deleteHistory is part of the API, but this version of Skep does not carry it out yet",
        ));
    }
    let command = DeleteResource {
        resource_key: key,
        operation_reference: operation_reference(body.operation_reference)?,
    };
    call.submit_done(Command::DeleteResource(command)).await?;
    Ok(Answer(keys, DeletedResource { resource_key: keys.key(key), batch_operation: () }))
}
