//! Forms. They stay when they are deleted: user tasks name them.

use std::fmt;

use rusqlite::{Connection, params};
use skep_record::{FormValue, ResourceIntent};

pub(crate) const SCHEMA: &str = "
CREATE TABLE form (
    key INTEGER PRIMARY KEY,
    form_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    version_tag TEXT,
    tenant_id TEXT NOT NULL,
    deployment_key INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL,
    file BLOB
);
CREATE INDEX form_by_id ON form (form_id, tenant_id, version);
";

/// What happened to forms since the last flush, once for each partition.
#[derive(Default)]
pub(crate) struct Forms(Vec<(ResourceIntent, FormValue)>);

impl fmt::Debug for Forms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Forms({} changes)", self.0.len())
    }
}

impl Forms {
    /// `FORM:…`
    pub(crate) fn changed(&mut self, intent: ResourceIntent, form: &FormValue) {
        self.0.push((intent, form.clone()));
    }

    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut insert = connection.prepare_cached(
            "INSERT OR IGNORE INTO form (key, form_id, version, version_tag, tenant_id, \
             deployment_key, is_deleted, file) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)",
        )?;
        let mut delete =
            connection.prepare_cached("UPDATE form SET is_deleted = 1 WHERE key = ?1")?;
        for (intent, form) in self.0.drain(..) {
            match intent {
                ResourceIntent::Created => insert.execute(params![
                    form.key.0,
                    form.form_id.to_string(),
                    form.version,
                    form.version_tag,
                    form.tenant_id.to_string(),
                    form.deployment_key.0,
                    form.resource.as_deref(),
                ])?,
                ResourceIntent::Deleted => delete.execute([form.key.0])?,
            };
        }
        Ok(())
    }
}
