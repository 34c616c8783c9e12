//! Files as they were deployed.

use rusqlite::OptionalExtension as _;
use skep_record::{AuthorizedTenants, TenantId};

use crate::{error::HistoryError, history::History};

impl History {
    /// The file that a process definition of these tenants was deployed with; empty if that was
    /// before the history began. Blocks the thread.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn process_definition_file(
        &self,
        key: i64,
        tenants: &AuthorizedTenants,
    ) -> Result<Option<Vec<u8>>, HistoryError> {
        let sql = "SELECT d.tenant_id, f.file FROM process_definition d \
                   LEFT JOIN process_definition f ON f.key = d.file_of WHERE d.key = ?1";
        self.file(sql, key, tenants)
    }

    /// The file that a decision of these tenants was deployed with. Blocks the thread.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn decision_file(
        &self,
        key: i64,
        tenants: &AuthorizedTenants,
    ) -> Result<Option<Vec<u8>>, HistoryError> {
        let sql = "SELECT c.tenant_id, r.file FROM decision c \
                   JOIN decision_requirements r ON r.key = c.requirements_key WHERE c.key = ?1";
        self.file(sql, key, tenants)
    }

    /// The file that a decision requirements graph of these tenants was deployed with. Blocks the
    /// thread.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn decision_requirements_file(
        &self,
        key: i64,
        tenants: &AuthorizedTenants,
    ) -> Result<Option<Vec<u8>>, HistoryError> {
        let sql = "SELECT tenant_id, file FROM decision_requirements WHERE key = ?1";
        self.file(sql, key, tenants)
    }

    /// The file in the row that a statement finds by key, behind its tenant.
    fn file(
        &self,
        sql: &str,
        key: i64,
        tenants: &AuthorizedTenants,
    ) -> Result<Option<Vec<u8>>, HistoryError> {
        type Row = (String, Option<Vec<u8>>);
        let found: Option<Row> = self.read(|connection| {
            let statement = connection.prepare_cached(sql);
            let row = statement.and_then(|mut statement| {
                statement.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            });
            row.map_err(HistoryError::database("search"))
        })?;
        let visible =
            found.filter(|(tenant, _)| tenants.contains(&TenantId::from(tenant.as_str())));
        Ok(visible.map(|(_, file)| file.unwrap_or_default()))
    }
}
