//! Searches of what has happened and of what there is.

use serde_json::Value;
use skep_api::rest::{SearchRequest, SearchResult};

use super::RestClient;
use crate::Error;

impl RestClient {
    /// What fulfils a search for `resource`, such as `process-instances`; filter and items have
    /// the attributes that the REST API gives them.
    ///
    /// # Errors
    /// [`Error::RestRefused`], [`Error::RestUnreachable`], [`Error::Token`], [`Error::Deadline`]
    pub async fn search(
        &self,
        resource: &str,
        request: &SearchRequest<Value>,
    ) -> Result<SearchResult<Value>, Error> {
        self.post("search", &format!("/{resource}/search"), request).await
    }
}
