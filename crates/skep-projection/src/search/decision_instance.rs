//! Evaluated decisions.

use std::{convert::Infallible, fmt};

use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use skep_record::{AuthorizedTenants, Test, TextTest, Timestamp};

use super::{Column, Condition, Entity, Search, TableInfo, query, statement};
use crate::{
    error::HistoryError,
    history::History,
    names::{DECISION_STATES, DECISION_TYPES},
    sql::Sql,
};

/// A decision that was evaluated, because it was called or because another one requires it.
#[derive(Clone, PartialEq)]
pub struct DecisionInstance {
    /// Its number in the history.
    pub no: i64,
    /// Key of the evaluation, a hyphen, and its place in the evaluation, from 1.
    pub id: String,
    /// The evaluation.
    pub evaluation_key: i64,
    /// When it was evaluated.
    pub evaluated_at: Timestamp,
    /// `EVALUATED` or `FAILED`.
    pub state: &'static str,
    /// Why it has no result.
    pub failure: Option<String>,
    /// Its result as JSON.
    pub result: String,
    /// The decision; -1 for a business knowledge model.
    pub decision_definition_key: i64,
    /// Id of the decision.
    pub decision_definition_id: String,
    /// Name of the decision.
    pub decision_definition_name: String,
    /// Version of the decision; -1 for a business knowledge model.
    pub decision_definition_version: i32,
    /// `DECISION_TABLE`, `LITERAL_EXPRESSION` or `UNKNOWN`.
    pub decision_definition_type: &'static str,
    /// The decision that was called.
    pub root_decision_definition_key: i64,
    /// Its tenant.
    pub tenant_id: String,
    /// The element instance that called it.
    pub element_instance_key: Option<i64>,
    /// The process instance that called it.
    pub process_instance_key: Option<i64>,
    /// The instance that nobody called, at the root of that one's call hierarchy.
    pub root_process_instance_key: Option<i64>,
    /// The definition of the process instance that called it.
    pub process_definition_key: Option<i64>,
}

/// Shows no value.
impl fmt::Debug for DecisionInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecisionInstance")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("decision_definition_id", &self.decision_definition_id)
            .finish_non_exhaustive()
    }
}

/// What an evaluated decision was about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecisionDetails {
    /// The inputs of a decision table.
    pub inputs: Vec<DecisionInput>,
    /// The rules of a decision table that contribute to the result.
    pub rules: Vec<MatchedRule>,
}

/// The value of a decision table's input.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub struct DecisionInput {
    /// Id of the input.
    pub id: String,
    /// Label or expression of the input.
    pub name: String,
    /// The value as JSON.
    pub value: String,
}

/// Shows no value.
impl fmt::Debug for DecisionInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecisionInput({})", self.id)
    }
}

/// A rule whose input entries all hold.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct MatchedRule {
    /// Id of the rule.
    pub id: String,
    /// Its place in the table, from 1.
    pub index: u32,
    /// Its outputs.
    pub outputs: Vec<DecisionOutput>,
}

/// The value of a rule's output.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub struct DecisionOutput {
    /// Id of the output.
    pub id: String,
    /// Label or name of the output.
    pub name: String,
    /// The value as JSON.
    pub value: String,
}

/// Shows no value.
impl fmt::Debug for DecisionOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecisionOutput({})", self.id)
    }
}

/// What an evaluated decision can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DecisionInstanceField {
    /// Its number in the history.
    No,
    /// Key of the evaluation, a hyphen, and its place in the evaluation.
    Id,
    /// The evaluation.
    EvaluationKey,
    /// When it was evaluated.
    EvaluatedAt,
    /// Its state.
    State,
    /// Why it has no result.
    Failure,
    /// The decision.
    DecisionDefinitionKey,
    /// Id of the decision.
    DecisionDefinitionId,
    /// Name of the decision.
    DecisionDefinitionName,
    /// Version of the decision.
    DecisionDefinitionVersion,
    /// Kind of the decision's logic.
    DecisionDefinitionType,
    /// The decision that was called.
    RootDecisionDefinitionKey,
    /// The graph of the decision that was called.
    DecisionRequirementsKey,
    /// Its tenant.
    TenantId,
    /// The element instance that called it.
    ElementInstanceKey,
    /// The process instance that called it.
    ProcessInstanceKey,
    /// The definition of the process instance that called it.
    ProcessDefinitionKey,
}

impl Entity for DecisionInstance {
    type Field = DecisionInstanceField;
    type Condition = Infallible;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "t.no, t.evaluation_key || '-' || t.place, t.evaluation_key, t.evaluated_at, \
                  t.state, t.failure, t.result, t.decision_key, t.decision_id, t.decision_name, \
                  t.decision_version, t.decision_type, t.root_decision_key, t.tenant_id, \
                  t.element_instance_key, t.process_instance_key, \
                  coalesce(i.root_process_instance_key, t.process_instance_key), \
                  t.process_definition_key",
        from: "decision_instance t LEFT JOIN process_instance i ON i.key = t.process_instance_key",
        key: DecisionInstanceField::No,
        tenant: "t.tenant_id",
    };

    fn column(field: DecisionInstanceField) -> Column {
        match field {
            DecisionInstanceField::No => Column::new("t.no"),
            DecisionInstanceField::Id => Column::new("(t.evaluation_key || '-' || t.place)"),
            DecisionInstanceField::EvaluationKey => Column::new("t.evaluation_key"),
            DecisionInstanceField::EvaluatedAt => Column::new("t.evaluated_at"),
            DecisionInstanceField::State => Column::named("t.state", DECISION_STATES),
            DecisionInstanceField::Failure => Column::nullable("t.failure"),
            DecisionInstanceField::DecisionDefinitionKey => Column::new("t.decision_key"),
            DecisionInstanceField::DecisionDefinitionId => Column::new("t.decision_id"),
            DecisionInstanceField::DecisionDefinitionName => Column::new("t.decision_name"),
            DecisionInstanceField::DecisionDefinitionVersion => Column::new("t.decision_version"),
            DecisionInstanceField::DecisionDefinitionType => {
                Column::named("t.decision_type", DECISION_TYPES)
            }
            DecisionInstanceField::RootDecisionDefinitionKey => Column::new("t.root_decision_key"),
            DecisionInstanceField::DecisionRequirementsKey => Column::new("t.requirements_key"),
            DecisionInstanceField::TenantId => Column::new("t.tenant_id"),
            DecisionInstanceField::ElementInstanceKey => Column::nullable("t.element_instance_key"),
            DecisionInstanceField::ProcessInstanceKey => Column::nullable("t.process_instance_key"),
            DecisionInstanceField::ProcessDefinitionKey => {
                Column::nullable("t.process_definition_key")
            }
        }
    }

    fn condition(condition: &Infallible, _: &mut Sql) {
        match *condition {}
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            no: row.get(0)?,
            id: row.get(1)?,
            evaluation_key: row.get(2)?,
            evaluated_at: Timestamp(row.get(3)?),
            state: DECISION_STATES.name(row.get(4)?),
            failure: row.get(5)?,
            result: row.get(6)?,
            decision_definition_key: row.get(7)?,
            decision_definition_id: row.get(8)?,
            decision_definition_name: row.get(9)?,
            decision_definition_version: row.get(10)?,
            decision_definition_type: DECISION_TYPES.name(row.get(11)?),
            root_decision_definition_key: row.get(12)?,
            tenant_id: row.get(13)?,
            element_instance_key: row.get(14)?,
            process_instance_key: row.get(15)?,
            root_process_instance_key: row.get(16)?,
            process_definition_key: row.get(17)?,
        })
    }
}

impl History {
    /// The evaluated decision with this id, if it is of these tenants, and what it was about.
    /// Blocks the thread.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn decision_instance(
        &self,
        id: &str,
        tenants: &AuthorizedTenants,
    ) -> Result<Option<(DecisionInstance, DecisionDetails)>, HistoryError> {
        let is_this = TextTest::Is(Test::Equals(id.to_owned()));
        let wanted = Search::<DecisionInstance> {
            all: vec![Condition::Text(DecisionInstanceField::Id, is_this)],
            limit: 1,
            ..Search::default()
        };
        let page = statement::page(&wanted, &statement::order(&wanted), tenants)?;
        self.read(|connection| {
            let Some(found) = query(connection, &page, DecisionInstance::read)?.pop() else {
                return Ok(None);
            };
            let details = connection
                .prepare_cached("SELECT inputs, rules FROM decision_instance WHERE no = ?1")
                .and_then(|mut statement| {
                    let row = statement.query_row([found.no], |row| {
                        Ok(DecisionDetails { inputs: list(row, 0)?, rules: list(row, 1)? })
                    });
                    row.optional()
                })
                .map_err(HistoryError::database("search"))?;
            Ok(details.map(|details| (found, details)))
        })
    }
}

/// A JSON list; absent if empty.
fn list<T: DeserializeOwned>(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Vec<T>> {
    let Some(json) = row.get::<_, Option<String>>(at)? else { return Ok(Vec::new()) };
    serde_json::from_str(&json).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, error.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{schema, search::Order};

    #[test]
    fn searches_use_the_indexes_that_are_kept_for_them() {
        let dir = tempfile::tempdir().unwrap();
        let connection = schema::open_writer(&dir.path().join("history.db")).unwrap();
        let number = |field| Condition::Number(field, Test::Equals(7));
        let id = TextTest::Is(Test::Equals("7-1".to_owned()));
        let newest = (DecisionInstanceField::EvaluatedAt, Order::Descending);
        for (all, order, index) in [
            (
                vec![Condition::Text(DecisionInstanceField::Id, id)],
                vec![],
                "decision_instance_by_id (<expr>=?)",
            ),
            (
                vec![number(DecisionInstanceField::EvaluationKey)],
                vec![],
                "decision_instance_by_evaluation",
            ),
            (
                vec![number(DecisionInstanceField::DecisionDefinitionKey)],
                vec![],
                "decision_instance_by_decision",
            ),
            (
                vec![number(DecisionInstanceField::ProcessInstanceKey)],
                vec![],
                "decision_instance_by_process_instance",
            ),
            (vec![], vec![newest], "decision_instance_by_time"),
        ] {
            let search = Search::<DecisionInstance> { all, order, ..Search::default() };
            let order = statement::order(&search);
            let sql = statement::page(&search, &order, &AuthorizedTenants::All).unwrap();
            let plan = statement::plan(&connection, &sql);
            assert!(plan.contains(index), "{index} is not used: {plan}");
        }
    }
}
