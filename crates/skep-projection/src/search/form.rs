//! Forms, which are read by those who name them.

use skep_record::AuthorizedTenants;

use crate::{error::HistoryError, history::History, sql::Sql};

/// A version of a form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Form {
    /// Its key.
    pub key: i64,
    /// Its id in its file.
    pub form_id: String,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// Its tenant.
    pub tenant_id: String,
    /// Its file.
    pub schema: String,
}

const FORM: &str = "SELECT f.key, f.form_id, f.version, f.tenant_id, f.file FROM form f";

impl History {
    /// The form with this key, if it is of these tenants and its file is known; also one that is
    /// deleted.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn form(
        &self,
        key: i64,
        tenants: &AuthorizedTenants,
    ) -> Result<Option<Form>, HistoryError> {
        let mut sql = Sql::new(FORM);
        sql.push(" WHERE f.file IS NOT NULL AND f.key = ").bind(key);
        self.one_form(sql, tenants)
    }

    /// The form that the start event of a process definition is bound to now.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn start_form(
        &self,
        definition_key: i64,
        tenants: &AuthorizedTenants,
    ) -> Result<Option<Form>, HistoryError> {
        let mut sql = Sql::new(FORM);
        sql.push(
            " JOIN process_definition d ON d.start_form_id = f.form_id \
             AND d.tenant_id = f.tenant_id WHERE f.file IS NOT NULL AND f.is_deleted = 0 \
             AND coalesce(d.start_form_deployment = f.deployment_key, 1) \
             AND (d.start_form_tag IS NULL OR d.start_form_tag = f.version_tag) AND d.key = ",
        );
        sql.bind(definition_key);
        self.one_form(sql, tenants)
    }

    /// The newest that a statement finds.
    fn one_form(
        &self,
        mut sql: Sql,
        tenants: &AuthorizedTenants,
    ) -> Result<Option<Form>, HistoryError> {
        if let AuthorizedTenants::Only(tenants) = tenants {
            sql.push(" AND f.tenant_id IN ");
            sql.bind_all(tenants.iter().map(|tenant| tenant.to_string()));
        }
        sql.push(" ORDER BY f.version DESC LIMIT 1");
        let found = self.read(|connection| super::query(connection, &sql, read))?;
        Ok(found.into_iter().next())
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Form> {
    let file: Vec<u8> = row.get(4)?;
    Ok(Form {
        key: row.get(0)?,
        form_id: row.get(1)?,
        version: row.get(2)?,
        tenant_id: row.get(3)?,
        schema: String::from_utf8_lossy(&file).into_owned(),
    })
}
