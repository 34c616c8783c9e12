//! Statistics of process definitions: what their instances do.

use std::convert::Infallible;

use skep_record::AuthorizedTenants;

use super::{Column, Entity, ProcessInstance, Search, TableInfo, query, statement};
use crate::{error::HistoryError, history::History, sql::Sql, statistics::ElementStatistics};

/// Versions that have active instances, and how many. Both counts are of entries of partial
/// indexes: the plus keeps the second away from the index of all that is active.
macro_rules! active_versions {
    () => {
        "(SELECT d.key, d.process_definition_id, d.version, d.name, d.tenant_id, \
         (SELECT count(*) FROM process_instance i \
         WHERE i.definition_key = d.key AND i.state = 0) AS n_active, \
         (SELECT count(*) FROM process_instance i \
         WHERE i.definition_key = d.key AND i.n_incidents > 0 AND +i.state = 0) AS n_failing \
         FROM process_definition d WHERE EXISTS (SELECT 1 FROM process_instance i \
         WHERE i.definition_key = d.key AND i.state = 0)) v"
    };
}

/// How many active instances a version of a process has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VersionInstances {
    /// The version.
    pub process_definition_key: i64,
    /// Id of the process.
    pub process_definition_id: String,
    /// Name of the process in this version.
    pub name: Option<String>,
    /// Its number.
    pub version: i32,
    /// Its tenant.
    pub tenant_id: String,
    /// Active instances that have an incident, or called one that has.
    pub with_incident: u64,
    /// The other active instances.
    pub without_incident: u64,
}

/// What [`VersionInstances`] can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VersionInstancesField {
    /// The version's key.
    ProcessDefinitionKey,
    /// Id of the process.
    ProcessDefinitionId,
    /// Name of the process.
    Name,
    /// The version's number.
    Version,
    /// Its tenant.
    TenantId,
    /// Active instances with an incident.
    WithIncident,
    /// The other active instances.
    WithoutIncident,
}

impl Entity for VersionInstances {
    type Field = VersionInstancesField;
    type Condition = Infallible;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "v.key, v.process_definition_id, v.name, v.version, v.tenant_id, v.n_failing, \
                  v.n_active - v.n_failing",
        from: active_versions!(),
        key: VersionInstancesField::ProcessDefinitionKey,
        tenant: "v.tenant_id",
    };

    fn column(field: VersionInstancesField) -> Column {
        match field {
            VersionInstancesField::ProcessDefinitionKey => Column::new("v.key"),
            VersionInstancesField::ProcessDefinitionId => Column::new("v.process_definition_id"),
            VersionInstancesField::Name => Column::nullable("v.name"),
            VersionInstancesField::Version => Column::new("v.version"),
            VersionInstancesField::TenantId => Column::new("v.tenant_id"),
            VersionInstancesField::WithIncident => Column::new("v.n_failing"),
            VersionInstancesField::WithoutIncident => Column::new("(v.n_active - v.n_failing)"),
        }
    }

    fn condition(condition: &Infallible, _: &mut Sql) {
        match *condition {}
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            process_definition_key: row.get(0)?,
            process_definition_id: row.get(1)?,
            name: row.get(2)?,
            version: row.get(3)?,
            tenant_id: row.get(4)?,
            with_incident: row.get::<_, i64>(5)?.unsigned_abs(),
            without_incident: row.get::<_, i64>(6)?.unsigned_abs(),
        })
    }
}

/// How many active instances a process has, in all its versions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DefinitionInstances {
    /// Id of the process.
    pub process_definition_id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// Its name in the latest version that has active instances.
    pub latest_name: Option<String>,
    /// Whether more than one version has active instances.
    pub has_multiple_versions: bool,
    /// Active instances that have an incident, or called one that has.
    pub with_incident: u64,
    /// The other active instances.
    pub without_incident: u64,
}

/// What [`DefinitionInstances`] can be ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DefinitionInstancesField {
    /// The latest version that has active instances.
    LatestKey,
    /// Id of the process.
    ProcessDefinitionId,
    /// Active instances with an incident.
    WithIncident,
    /// The other active instances.
    WithoutIncident,
}

impl Entity for DefinitionInstances {
    type Field = DefinitionInstancesField;
    type Condition = Infallible;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "g.process_definition_id, g.tenant_id, l.name, g.n_versions > 1, g.n_failing, \
                  g.n_active - g.n_failing",
        // Keys rise with the versions of an id.
        from: concat!(
            "(SELECT max(v.key) AS latest_key, v.process_definition_id, v.tenant_id, \
             count(*) AS n_versions, sum(v.n_active) AS n_active, sum(v.n_failing) AS n_failing \
             FROM ",
            active_versions!(),
            " GROUP BY v.process_definition_id, v.tenant_id) g \
             LEFT JOIN process_definition l ON l.key = g.latest_key"
        ),
        key: DefinitionInstancesField::LatestKey,
        tenant: "g.tenant_id",
    };

    fn column(field: DefinitionInstancesField) -> Column {
        match field {
            DefinitionInstancesField::LatestKey => Column::new("g.latest_key"),
            DefinitionInstancesField::ProcessDefinitionId => Column::new("g.process_definition_id"),
            DefinitionInstancesField::WithIncident => Column::new("g.n_failing"),
            DefinitionInstancesField::WithoutIncident => Column::new("(g.n_active - g.n_failing)"),
        }
    }

    fn condition(condition: &Infallible, _: &mut Sql) {
        match *condition {}
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            process_definition_id: row.get(0)?,
            tenant_id: row.get(1)?,
            latest_name: row.get(2)?,
            has_multiple_versions: row.get(3)?,
            with_incident: row.get::<_, i64>(4)?.unsigned_abs(),
            without_incident: row.get::<_, i64>(5)?.unsigned_abs(),
        })
    }
}

impl History {
    /// Of each element that instances of a definition have come to, how many of those that fulfil
    /// the conditions of `wanted` have it in which state, by id. Blocks the thread.
    ///
    /// # Errors
    /// As [`History::search`].
    ///
    /// Source: camunda/camunda: search/search-client-query-transformer,
    /// `ProcessDefinitionFlowNodeStatisticsAggregationTransformer`
    pub fn definition_element_statistics(
        &self,
        process_definition_key: i64,
        wanted: &Search<ProcessInstance>,
        tenants: &AuthorizedTenants,
    ) -> Result<Vec<ElementStatistics>, HistoryError> {
        let sql = element_statistics(process_definition_key, wanted, tenants);
        self.read(|connection| query(connection, &sql, ElementStatistics::read))
    }
}

fn element_statistics(
    process_definition_key: i64,
    wanted: &Search<ProcessInstance>,
    tenants: &AuthorizedTenants,
) -> Sql {
    let mut sql = Sql::new("SELECT n.element_id");
    for state in [
        "x.state = 0 AND x.n_incidents = 0",
        "x.state = 2",
        "x.state = 0 AND x.n_incidents > 0",
        "x.state = 1",
    ] {
        sql.push(", count(DISTINCT CASE WHEN ").push(state).push(" THEN i.key END)");
    }
    sql.push(" FROM ").push(ProcessInstance::TABLE.from);
    sql.push(
        " JOIN element_instance x ON x.process_instance_key = i.key \
         JOIN element n ON n.no = x.element_no",
    );
    statement::conditions(wanted, tenants, &mut sql);
    sql.push(" AND i.definition_key = ").bind(process_definition_key);
    sql.push(" GROUP BY n.element_id ORDER BY n.element_id");
    sql
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use skep_record::{Test, TextTest};

    use super::*;
    use crate::{
        schema,
        search::{Condition, ProcessInstanceField},
    };

    fn page<E: Entity>(connection: &Connection) -> String {
        let search = Search::<E>::default();
        let order = statement::order(&search);
        let page = statement::page(&search, &order, &AuthorizedTenants::All).unwrap();
        let count = statement::count(&search, &AuthorizedTenants::All);
        [statement::plan(connection, &page), statement::plan(connection, &count)].join("\n")
    }

    #[test]
    fn what_is_active_is_counted_without_looking_at_what_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("history.db");
        let connection = schema::open_writer(&file).unwrap();
        for plan in
            [page::<DefinitionInstances>(&connection), page::<VersionInstances>(&connection)]
        {
            let of_instances: Vec<&str> =
                plan.lines().filter(|line| line.contains(" i ")).collect();
            assert!(!of_instances.is_empty(), "{plan}");
            for line in of_instances {
                let uses_index = line.contains("INDEX process_instance_active (definition_key=?)")
                    || line.contains("INDEX process_instance_with_incident (definition_key=?)");
                assert!(uses_index, "{line} in\n{plan}");
            }
        }
        // Asked for what is active, the elements of a definition are found the same way.
        let active = TextTest::Is(Test::Equals("ACTIVE".to_owned()));
        let wanted = Search::<ProcessInstance> {
            all: vec![Condition::Text(ProcessInstanceField::State, active)],
            ..Search::default()
        };
        let sql = element_statistics(7, &wanted, &AuthorizedTenants::All);
        let plan = statement::plan(&connection, &sql);
        assert!(plan.contains("SEARCH i USING COVERING INDEX process_instance_active"), "{plan}");
        assert!(plan.contains("INDEX element_instance_by_process_instance"), "{plan}");
    }
}
