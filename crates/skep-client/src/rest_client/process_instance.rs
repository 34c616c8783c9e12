//! Process instances: what runs and what has run.

use skep_api::rest::ProcessInstance;

use super::RestClient;
use crate::Error;

impl RestClient {
    /// A process instance, running or ended.
    ///
    /// # Errors
    /// [`Error::RestRefused`], with status 404 while the gateway's history does not have it;
    /// [`Error::RestUnreachable`], [`Error::Token`], [`Error::Deadline`]
    pub async fn process_instance(&self, key: i64) -> Result<ProcessInstance, Error> {
        self.get("getProcessInstance", &format!("/process-instances/{key}")).await
    }
}
