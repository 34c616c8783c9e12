//! Process definitions: what is deployed.

use skep_api::rest::ProcessDefinition;

use super::RestClient;
use crate::Error;

impl RestClient {
    /// A deployed process definition.
    ///
    /// # Errors
    /// [`Error::RestRefused`], [`Error::RestUnreachable`], [`Error::Token`], [`Error::Deadline`]
    pub async fn process_definition(&self, key: i64) -> Result<ProcessDefinition, Error> {
        self.get("getProcessDefinition", &format!("/process-definitions/{key}")).await
    }

    /// The file that a process definition was deployed with, as it was sent.
    ///
    /// # Errors
    /// As [`RestClient::process_definition`].
    pub async fn process_definition_xml(&self, key: i64) -> Result<String, Error> {
        self.get_text("getProcessDefinitionXML", &format!("/process-definitions/{key}/xml")).await
    }
}
