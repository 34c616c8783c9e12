//! Process definitions.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, params};
use skep_model::Binding;
use skep_record::{DeployedResource, ProcessCreated, ProcessInstanceRef};

use super::{Row, element::NamedElement};
use crate::{names::ELEMENT_TYPES, projector::At};

pub(crate) const SCHEMA: &str = "
CREATE TABLE process_definition (
    key INTEGER PRIMARY KEY,
    process_definition_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    tenant_id TEXT NOT NULL,
    name TEXT,
    version_tag TEXT,
    resource_name TEXT NOT NULL,
    has_start_form INTEGER NOT NULL,
    -- A deployed form, and what its version must be: of this deployment, or with this tag, or any.
    start_form_id TEXT,
    start_form_deployment INTEGER,
    start_form_tag TEXT,
    is_deleted INTEGER NOT NULL,
    -- The definition that has the file, where one file has several.
    file_of INTEGER NOT NULL,
    file BLOB
);
CREATE INDEX process_definition_by_id
    ON process_definition (process_definition_id, tenant_id, version);
";

/// A version of a process definition.
#[derive(Debug)]
pub(crate) struct DefinitionRow {
    pub(crate) process_definition_id: String,
    pub(crate) version: i32,
    pub(crate) tenant_id: String,
    name: Option<String>,
    version_tag: Option<String>,
    resource_name: String,
    has_start_form: bool,
    /// Not read back, as what comes next: nothing changes them.
    start_form_id: Option<String>,
    start_form_deployment: Option<i64>,
    start_form_tag: Option<String>,
    pub(crate) is_deleted: bool,
    file_of: i64,
    /// Not read back: nothing changes it.
    file: Option<Bytes>,
}

impl Row for DefinitionRow {
    fn load(connection: &Connection, key: i64) -> rusqlite::Result<Option<Self>> {
        let mut statement = connection.prepare_cached(
            "SELECT process_definition_id, version, tenant_id, name, version_tag, resource_name, \
             has_start_form, is_deleted, file_of FROM process_definition WHERE key = ?1",
        )?;
        let row = statement.query_row([key], |row| {
            Ok(Self {
                process_definition_id: row.get(0)?,
                version: row.get(1)?,
                tenant_id: row.get(2)?,
                name: row.get(3)?,
                version_tag: row.get(4)?,
                resource_name: row.get(5)?,
                has_start_form: row.get(6)?,
                start_form_id: None,
                start_form_deployment: None,
                start_form_tag: None,
                is_deleted: row.get(7)?,
                file_of: row.get(8)?,
                file: None,
            })
        });
        row.optional()
    }

    fn insert(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT OR REPLACE INTO process_definition (key, process_definition_id, version, \
             tenant_id, name, version_tag, resource_name, has_start_form, is_deleted, file_of, \
             file, start_form_id, start_form_deployment, start_form_tag) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?;
        statement.execute(params![
            key,
            self.process_definition_id,
            self.version,
            self.tenant_id,
            self.name,
            self.version_tag,
            self.resource_name,
            self.has_start_form,
            self.is_deleted,
            self.file_of,
            self.file.as_deref(),
            self.start_form_id,
            self.start_form_deployment,
            self.start_form_tag,
        ])?;
        Ok(())
    }

    fn update(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection
            .prepare_cached("UPDATE process_definition SET is_deleted = ?2 WHERE key = ?1")?;
        statement.execute(params![key, self.is_deleted])?;
        Ok(())
    }
}

/// `PROCESS:CREATED`, which comes from every partition.
pub(crate) fn created(at: &mut At<'_>, created: &ProcessCreated) -> rusqlite::Result<()> {
    let key = created.process_definition_key.0;
    if at
        .tables
        .definitions
        .get(at.connection, key)?
        .is_some_and(|row| !row.resource_name.is_empty())
    {
        return Ok(());
    }
    let (file_of, file) = match &created.resource {
        DeployedResource::Content(file) => (key, Some(file.clone())),
        DeployedResource::SameAs(other) => (other.0, None),
    };
    let content = match &file {
        Some(file) => Some(file.clone()),
        None => at.file_of(file_of)?,
    };
    let model = content.and_then(|content| model(&content, &created.bpmn_process_id));
    if let Some(model) = &model {
        for element in elements(model) {
            at.tables.elements.add(at.connection, key, &element)?;
        }
    }
    let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(str::to_owned);
    let start_form = model.as_ref().and_then(|model| model.start_form.as_ref());
    let binding = start_form.map(|form| &form.binding);
    at.tables.definitions.insert(
        key,
        DefinitionRow {
            process_definition_id: created.bpmn_process_id.to_string(),
            version: created.version,
            tenant_id: created.tenant_id.to_string(),
            name: model.as_ref().and_then(|model| text(&model.name)),
            version_tag: model.as_ref().and_then(|model| text(&model.version_tag)),
            resource_name: created.resource_name.clone(),
            has_start_form: start_form.is_some(),
            start_form_id: start_form.and_then(|form| text(&form.form_id)),
            start_form_deployment: (binding == Some(&Binding::Deployment))
                .then_some(created.deployment_key.0),
            start_form_tag: match binding {
                Some(Binding::VersionTag(tag)) => Some(tag.to_string()),
                Some(Binding::Latest | Binding::Deployment) | None => None,
            },
            is_deleted: false,
            file_of,
            file,
        },
    );
    Ok(())
}

/// `PROCESS:DELETING` and `PROCESS:DELETED`, which come from every partition: no instance can be
/// created any more, and none is left.
pub(crate) fn deleted(at: &mut At<'_>, key: i64) -> rusqlite::Result<()> {
    at.tables.definitions.change(at.connection, key, |row| row.is_deleted = true)?;
    Ok(())
}

/// Has a row for the definition of an instance, also when it was deployed before the history
/// began.
pub(crate) fn ensure(at: &mut At<'_>, instance: &ProcessInstanceRef) -> rusqlite::Result<()> {
    let key = instance.process_definition_key.0;
    if at.tables.definitions.get(at.connection, key)?.is_none() {
        let row = DefinitionRow {
            process_definition_id: instance.bpmn_process_id.to_string(),
            version: instance.version,
            tenant_id: instance.tenant_id.to_string(),
            name: None,
            version_tag: None,
            resource_name: String::new(),
            has_start_form: false,
            start_form_id: None,
            start_form_deployment: None,
            start_form_tag: None,
            is_deleted: false,
            file_of: key,
            file: None,
        };
        at.tables.definitions.insert(key, row);
    }
    Ok(())
}

impl At<'_> {
    /// The file that was deployed with this definition.
    fn file_of(&mut self, key: i64) -> rusqlite::Result<Option<Bytes>> {
        if let Some(row) = self.tables.definitions.get(self.connection, key)?
            && let Some(file) = &row.file
        {
            return Ok(Some(file.clone()));
        }
        let mut statement =
            self.connection.prepare_cached("SELECT file FROM process_definition WHERE key = ?1")?;
        let file: Option<Option<Vec<u8>>> =
            statement.query_row([key], |row| row.get(0)).optional()?;
        Ok(file.flatten().map(Bytes::from))
    }
}

/// The process of this id in a file; the engine has read it before.
fn model(file: &[u8], id: &str) -> Option<skep_model::Process> {
    match skep_model::parse_bpmn(file) {
        Ok(processes) => processes.into_iter().find(|process| &*process.id == id),
        Err(problems) => {
            // Deployed by a version that took what this one refuses.
            tracing::warn!(
                process_definition_id = id,
                %problems,
                "a deployed file cannot be read: its elements have no names in the history"
            );
            None
        }
    }
}

fn elements(model: &skep_model::Process) -> impl Iterator<Item = NamedElement<'_>> {
    let elements = model.elements.iter().map(|element| NamedElement {
        element_id: &element.id,
        element_type: ELEMENT_TYPES.number(element.element_type().as_str()),
        name: element.name.as_deref(),
    });
    let flows = model.flows.iter().map(|flow| NamedElement {
        element_id: &flow.id,
        element_type: ELEMENT_TYPES.number("SEQUENCE_FLOW"),
        name: None,
    });
    elements.chain(flows)
}
