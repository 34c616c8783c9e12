//! One call: what handlers submit commands with.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{Extensions, request::Parts};
use skep_broker::SubmitError;
use skep_projection::{Entity, Found, History, HistoryError, Search};
use skep_record::{
    AuthorizedCommand, AuthorizedTenants, Command, Query, Rejection, RejectionKind, ResourceKey,
    ResourceValue, Response, TenantId, Timestamp,
};
use tokio::time::timeout;

use crate::{
    problem::{Kind, Problem},
    shared::Shared,
    tenant::{CallerTenants, MultiTenancy},
};

/// The gateway, on behalf of one caller. Every command of a client goes this way, so that none
/// is submitted without the tenants that its caller may act for.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) shared: Arc<Shared>,
    tenants: CallerTenants,
}

impl Call {
    /// The call that a request with these extensions is: authentication has left the caller's
    /// tenants there.
    pub(crate) fn of(shared: &Arc<Shared>, extensions: &Extensions) -> Result<Self, Problem> {
        let tenants = match (&shared.multi_tenancy, extensions.get::<CallerTenants>()) {
            (MultiTenancy::Disabled, _) => CallerTenants::Default,
            (MultiTenancy::Enabled(_), Some(tenants)) => tenants.clone(),
            (MultiTenancy::Enabled(_), None) => {
                tracing::error!("a request has come past the check of its caller");
                return Err(Problem::new(
                    Kind::Internal,
                    "Unexpected error occurred during the request processing: the tenants of the \
                     caller are not known",
                ));
            }
        };
        Ok(Self { shared: Arc::clone(shared), tenants })
    }

    /// The tenants of the caller.
    pub(crate) fn caller_tenants(&self) -> &CallerTenants {
        &self.tenants
    }

    /// As [`CallerTenants::one`].
    pub(crate) fn tenant(&self, request: &str, tenant_id: &str) -> Result<TenantId, Problem> {
        self.tenants.one(request, tenant_id)
    }

    /// As [`CallerTenants::several`].
    pub(crate) fn several_tenants(
        &self,
        request: &str,
        tenant_ids: &[String],
    ) -> Result<Vec<TenantId>, Problem> {
        self.tenants.several(request, tenant_ids)
    }

    /// Carries `command` out, within the time limit for commands.
    pub(crate) async fn submit(&self, command: Command) -> Result<Response, Problem> {
        match timeout(self.shared.limits.request_timeout, self.ask(command)).await {
            Ok(answer) => self.shared.counted(answer),
            Err(_) => Err(self.shared.no_answer()),
        }
    }

    /// Carries out a command whose answer says nothing but that it was accepted.
    pub(crate) async fn submit_done(&self, command: Command) -> Result<(), Problem> {
        let Response::Done = self.submit(command).await? else {
            return Err(Problem::unexpected_answer());
        };
        Ok(())
    }

    /// Lets time stand still, or go on as the system's.
    pub(crate) async fn move_clock(&self, pinned_at: Option<Timestamp>) -> Result<(), Problem> {
        let broker = &self.shared.broker;
        if !broker.is_clock_controlled() {
            return Err(Problem::new(
                Kind::PermissionDenied,
                "Expected to control the clock, but it is the system's: set \
                 zeebe.clock.controlled (ZEEBE_CLOCK_CONTROLLED) to true, for tests only",
            ));
        }
        match timeout(self.shared.limits.request_timeout, broker.move_clock(pinned_at)).await {
            Ok(answer) => answer.map_err(Problem::from),
            Err(_) => Err(self.shared.no_answer()),
        }
    }

    /// A file that was deployed for a tenant of the caller and is not executed.
    pub(crate) async fn resource(&self, key: ResourceKey) -> Result<Arc<ResourceValue>, Problem> {
        let answer = self.shared.broker.resource(key);
        let resource = match timeout(self.shared.limits.request_timeout, answer).await {
            Ok(answer) => answer.map_err(Problem::from)?,
            Err(_) => return Err(self.shared.no_answer()),
        };
        if self.tenants.authorized().contains(&resource.tenant_id) {
            return Ok(resource);
        }
        let reason =
            format!("Expected to find resource with key `{key}`, but no such resource was found");
        Err(not_found(Query::Resource(key), reason))
    }

    /// What fulfils a search, of the caller's tenants.
    ///
    /// # Errors
    /// 400 a cursor of another search, 403 there is no history, 504 it takes too long.
    pub(crate) async fn search<E>(&self, search: Search<E>) -> Result<Found<E>, Problem>
    where
        E: Entity + Send + 'static,
        E::Field: Send,
        E::Condition: Send,
    {
        self.read(move |history, tenants| history.search(&search, tenants)).await
    }

    /// What has this key, if it is of the caller's tenants. `what` is it in words.
    ///
    /// # Errors
    /// 403 there is no history, 404, 504 it takes too long.
    pub(crate) async fn find<E>(&self, what: &'static str, key: i64) -> Result<E, Problem>
    where
        E: Entity + Send + 'static,
    {
        let found = self.read(move |history, tenants| history.get(key, tenants)).await?;
        found.ok_or_else(|| no_such(what, key))
    }

    /// Reads the history, which has everything that was answered before, unless it has fallen
    /// behind.
    ///
    /// # Errors
    /// 403 there is no history, and those of the history.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&History, &AuthorizedTenants) -> Result<T, HistoryError> + Send + 'static,
    ) -> Result<T, Problem> {
        // Source: camunda/camunda: service, `SecondaryStorageUnavailableException`
        let Some(history) = self.shared.history.clone() else {
            return Err(Problem::new(
                Kind::PermissionDenied,
                "This endpoint requires a secondary storage, but none is set. Searches are \
                 switched off: set skep.search.enabled (SKEP_SEARCH_ENABLED) to true",
            ));
        };
        let limit = self.shared.limits.search_wait;
        if !self.shared.broker.await_export(limit).await {
            tracing::debug!(limit_ms = limit.as_millis(), "a search does not see the newest");
        }
        let searches = Arc::clone(&self.shared.searches).acquire_owned();
        let Ok(Ok(permit)) = timeout(self.shared.limits.request_timeout, searches).await else {
            return Err(Problem::new(
                Kind::ResourceExhausted,
                "Too many searches at once: this one did not get its turn in time; try again \
                 later, or with a narrower filter",
            ));
        };
        let tenants = self.tenants.authorized();
        let reading = tokio::task::spawn_blocking(move || {
            let answer = read(&history, &tenants);
            drop(permit);
            answer
        });
        let reading = reading.await;
        match reading {
            Ok(answer) => answer.map_err(Problem::from),
            Err(error) => {
                tracing::error!(%error, "a search has panicked");
                Err(Problem::new(Kind::Internal, "Unexpected error occurred during the search"))
            }
        }
    }

    /// The broker's answer, however long it takes; it is still to be counted.
    pub(crate) async fn ask(&self, command: Command) -> Result<Response, SubmitError> {
        let command = AuthorizedCommand { command, tenants: self.tenants.authorized() };
        self.shared.broker.submit(command).await
    }
}

/// 404 of the history.
///
/// Source: camunda/camunda: search/search-client, `CamundaSearchClients`
pub(crate) fn no_such(what: &str, key: impl std::fmt::Display) -> Problem {
    Problem::new(Kind::NotFound, format!("{what} with key '{key}' not found"))
}

/// As if nothing was there: what is another tenant's must not be told from what is not.
fn not_found(query: Query, reason: String) -> Problem {
    let rejection = Rejection::new(RejectionKind::NotFound, reason);
    SubmitError::Rejected { intent: query.name(), rejection }.into()
}

impl FromRequestParts<Arc<Shared>> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        Self::of(shared, &parts.extensions)
    }
}
