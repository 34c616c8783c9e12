//! Decisions and their graphs.

use std::convert::Infallible;

use super::{Column, Entity, TableInfo};
use crate::sql::Sql;

/// A version of a decision, deployed now or once.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionDefinition {
    /// Its key.
    pub key: i64,
    /// Its id, from the file.
    pub decision_definition_id: String,
    /// Its name, from the file.
    pub name: String,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// Its tenant.
    pub tenant_id: String,
    /// Its graph.
    pub decision_requirements_key: i64,
    /// Id of its graph.
    pub decision_requirements_id: String,
    /// Name of its graph.
    pub decision_requirements_name: String,
    /// Version of its graph.
    pub decision_requirements_version: i32,
}

/// What a decision can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DecisionDefinitionField {
    /// Its key.
    Key,
    /// Its id.
    DecisionDefinitionId,
    /// Its name.
    Name,
    /// Its version.
    Version,
    /// Its tenant.
    TenantId,
    /// Its graph.
    DecisionRequirementsKey,
    /// Id of its graph.
    DecisionRequirementsId,
    /// Name of its graph.
    DecisionRequirementsName,
    /// Version of its graph.
    DecisionRequirementsVersion,
}

/// What holds for a decision because of others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DecisionDefinitionCondition {
    /// It is the newest of its id and tenant.
    IsLatestVersion,
}

impl Entity for DecisionDefinition {
    type Field = DecisionDefinitionField;
    type Condition = DecisionDefinitionCondition;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "c.key, c.decision_id, c.name, c.version, c.tenant_id, c.requirements_key, \
                  r.decision_requirements_id, r.name, r.version",
        // Both come in one batch: a decision has its graph.
        from: "decision c JOIN decision_requirements r ON r.key = c.requirements_key",
        key: DecisionDefinitionField::Key,
        tenant: "c.tenant_id",
    };

    fn column(field: DecisionDefinitionField) -> Column {
        Column::new(match field {
            DecisionDefinitionField::Key => "c.key",
            DecisionDefinitionField::DecisionDefinitionId => "c.decision_id",
            DecisionDefinitionField::Name => "c.name",
            DecisionDefinitionField::Version => "c.version",
            DecisionDefinitionField::TenantId => "c.tenant_id",
            DecisionDefinitionField::DecisionRequirementsKey => "c.requirements_key",
            DecisionDefinitionField::DecisionRequirementsId => "r.decision_requirements_id",
            DecisionDefinitionField::DecisionRequirementsName => "r.name",
            DecisionDefinitionField::DecisionRequirementsVersion => "r.version",
        })
    }

    fn condition(condition: &DecisionDefinitionCondition, sql: &mut Sql) {
        match condition {
            DecisionDefinitionCondition::IsLatestVersion => sql.push(
                "NOT EXISTS (SELECT 1 FROM decision o WHERE o.decision_id = c.decision_id \
                 AND o.tenant_id = c.tenant_id AND o.version > c.version)",
            ),
        };
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            decision_definition_id: row.get(1)?,
            name: row.get(2)?,
            version: row.get(3)?,
            tenant_id: row.get(4)?,
            decision_requirements_key: row.get(5)?,
            decision_requirements_id: row.get(6)?,
            decision_requirements_name: row.get(7)?,
            decision_requirements_version: row.get(8)?,
        })
    }
}

/// A version of a decision requirements graph, deployed now or once.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRequirements {
    /// Its key.
    pub key: i64,
    /// `id` of the file's definitions.
    pub decision_requirements_id: String,
    /// `name` of the file's definitions.
    pub name: String,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// Its tenant.
    pub tenant_id: String,
    /// File name it was deployed under.
    pub resource_name: String,
}

/// What a graph can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DecisionRequirementsField {
    /// Its key.
    Key,
    /// Its id.
    DecisionRequirementsId,
    /// Its name.
    Name,
    /// Its version.
    Version,
    /// Its tenant.
    TenantId,
    /// File name it was deployed under.
    ResourceName,
}

impl Entity for DecisionRequirements {
    type Field = DecisionRequirementsField;
    type Condition = Infallible;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "r.key, r.decision_requirements_id, r.name, r.version, r.tenant_id, \
                  r.resource_name",
        from: "decision_requirements r",
        key: DecisionRequirementsField::Key,
        tenant: "r.tenant_id",
    };

    fn column(field: DecisionRequirementsField) -> Column {
        Column::new(match field {
            DecisionRequirementsField::Key => "r.key",
            DecisionRequirementsField::DecisionRequirementsId => "r.decision_requirements_id",
            DecisionRequirementsField::Name => "r.name",
            DecisionRequirementsField::Version => "r.version",
            DecisionRequirementsField::TenantId => "r.tenant_id",
            DecisionRequirementsField::ResourceName => "r.resource_name",
        })
    }

    fn condition(condition: &Infallible, _: &mut Sql) {
        match *condition {}
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            decision_requirements_id: row.get(1)?,
            name: row.get(2)?,
            version: row.get(3)?,
            tenant_id: row.get(4)?,
            resource_name: row.get(5)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use skep_record::{AuthorizedTenants, Test, TextTest};

    use super::*;
    use crate::{
        schema,
        search::{Condition, Search, statement},
    };

    #[test]
    fn the_versions_of_a_decision_are_found_by_its_id() {
        let dir = tempfile::tempdir().unwrap();
        let connection = schema::open_writer(&dir.path().join("history.db")).unwrap();
        let id = TextTest::Is(Test::Equals("dish".to_owned()));
        let search = Search::<DecisionDefinition> {
            all: vec![
                Condition::Text(DecisionDefinitionField::DecisionDefinitionId, id),
                Condition::Of(DecisionDefinitionCondition::IsLatestVersion),
            ],
            ..Search::default()
        };
        let order = statement::order(&search);
        let sql = statement::page(&search, &order, &AuthorizedTenants::All).unwrap();
        let plan = statement::plan(&connection, &sql);
        assert!(plan.contains("SEARCH c USING INDEX decision_by_id"), "{plan}");
        assert!(plan.contains("SEARCH o USING COVERING INDEX decision_by_id"), "{plan}");
    }
}
