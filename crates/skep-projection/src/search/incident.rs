//! Incidents.

use std::fmt;

use skep_record::{Test, TextTest, Timestamp};

use super::{Column, Entity, TableInfo, statement};
use crate::{
    names::{ERROR_TYPES, INCIDENT_STATES},
    sql::Sql,
    table::incident::error_hash,
};

/// Something that only a person can put right, or that was.
#[derive(Clone, PartialEq)]
pub struct Incident {
    /// Its key.
    pub key: i64,
    /// The definition that its process instance ran.
    pub process_definition_key: i64,
    /// Id of that definition's process.
    pub process_definition_id: String,
    /// Its process instance.
    pub process_instance_key: i64,
    /// The instance that nobody called, at the root of the call hierarchy.
    pub root_process_instance_key: i64,
    /// Where it was raised.
    pub element_instance_key: i64,
    /// Id of the element.
    pub element_id: String,
    /// Zeebe's `ErrorType`.
    pub error_type: &'static str,
    /// What happened; it may quote variables.
    pub error_message: String,
    /// When it was raised.
    pub created_at: Timestamp,
    /// `ACTIVE` or `RESOLVED`.
    pub state: &'static str,
    /// The job that raised it.
    pub job_key: Option<i64>,
    /// Its tenant.
    pub tenant_id: String,
}

/// Shows no message.
impl fmt::Debug for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incident")
            .field("key", &self.key)
            .field("element_instance_key", &self.element_instance_key)
            .field("error_type", &self.error_type)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// What an incident can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IncidentField {
    /// Its key.
    Key,
    /// The definition that its process instance ran.
    ProcessDefinitionKey,
    /// Id of that definition's process.
    ProcessDefinitionId,
    /// Its process instance.
    ProcessInstanceKey,
    /// Where it was raised.
    ElementInstanceKey,
    /// Id of the element.
    ElementId,
    /// Its kind.
    ErrorType,
    /// When it was raised.
    CreatedAt,
    /// Its state.
    State,
    /// The job that raised it.
    JobKey,
    /// Its tenant.
    TenantId,
}

/// What holds for an incident because of something else.
#[derive(Clone, Debug, PartialEq)]
pub enum IncidentCondition {
    /// About its message.
    Message(MessageTest),
    /// It is of this process instance or of one that this has called, at whatever depth.
    Within(i64),
    /// It is of this element instance or of one that this contains or has called, at whatever
    /// depth.
    WithinElement(i64),
}

/// A comparison of the message of an incident.
#[derive(Clone, PartialEq)]
pub struct MessageTest(pub TextTest);

/// Shows nothing: messages quote variables.
impl fmt::Debug for MessageTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessageTest(..)")
    }
}

impl Entity for Incident {
    type Field = IncidentField;
    type Condition = IncidentCondition;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "t.key, m.definition_key, d.process_definition_id, t.process_instance_key, \
                  coalesce(i.root_process_instance_key, t.process_instance_key), \
                  t.element_instance_key, m.element_id, t.error_type, t.error_message, \
                  t.created_at, t.state, t.job_key, d.tenant_id",
        from: "incident t \
               LEFT JOIN element m ON m.no = t.element_no \
               LEFT JOIN process_instance i ON i.key = t.process_instance_key \
               LEFT JOIN process_definition d ON d.key = m.definition_key",
        key: IncidentField::Key,
        tenant: "d.tenant_id",
    };

    fn column(field: IncidentField) -> Column {
        match field {
            IncidentField::Key => Column::new("t.key"),
            IncidentField::ProcessDefinitionKey => Column::new("m.definition_key"),
            IncidentField::ProcessDefinitionId => Column::new("d.process_definition_id"),
            IncidentField::ProcessInstanceKey => Column::new("t.process_instance_key"),
            IncidentField::ElementInstanceKey => Column::new("t.element_instance_key"),
            IncidentField::ElementId => Column::new("m.element_id"),
            IncidentField::ErrorType => Column::named("t.error_type", ERROR_TYPES),
            IncidentField::CreatedAt => Column::new("t.created_at"),
            IncidentField::State => Column::named("t.state", INCIDENT_STATES),
            IncidentField::JobKey => Column::nullable("t.job_key"),
            IncidentField::TenantId => Column::new("d.tenant_id"),
        }
    }

    fn condition(condition: &IncidentCondition, sql: &mut Sql) {
        match condition {
            IncidentCondition::Message(MessageTest(test)) => {
                statement::text("t.error_message", test, sql);
            }
            IncidentCondition::Within(instance) => {
                within(sql, |sql| {
                    sql.push("SELECT ").bind(*instance);
                });
            }
            IncidentCondition::WithinElement(element) => {
                within(sql, |sql| {
                    sql.push("SELECT process_instance_key FROM element_instance WHERE key = ");
                    sql.bind(*element);
                });
                sql.push(" AND ").bind(*element).push(SCOPES);
            }
        }
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            process_definition_key: row.get(1)?,
            process_definition_id: row.get(2)?,
            process_instance_key: row.get(3)?,
            root_process_instance_key: row.get(4)?,
            element_instance_key: row.get(5)?,
            element_id: row.get(6)?,
            error_type: ERROR_TYPES.name(row.get(7)?),
            error_message: row.get(8)?,
            created_at: Timestamp(row.get(9)?),
            state: INCIDENT_STATES.name(row.get(10)?),
            job_key: row.get(11)?,
            tenant_id: row.get(12)?,
        })
    }
}

/// From where an incident was raised outwards: flow scopes, the process instance, the call
/// activity that called it, and so on.
const SCOPES: &str = " IN (WITH RECURSIVE scope(key) AS (\
    SELECT t.element_instance_key UNION \
    SELECT coalesce(e.flow_scope_key, p.parent_element_instance_key) FROM scope \
    LEFT JOIN element_instance e ON e.key = scope.key \
    LEFT JOIN process_instance p ON p.key = scope.key \
    WHERE coalesce(e.flow_scope_key, p.parent_element_instance_key) IS NOT NULL\
    ) SELECT key FROM scope)";

/// Appends that an incident is of this process instance or of one that it has called.
fn within(sql: &mut Sql, instance: impl FnOnce(&mut Sql)) {
    sql.push("t.process_instance_key IN (WITH RECURSIVE called(key) AS (");
    instance(sql);
    sql.push(
        " UNION SELECT p.key FROM called JOIN process_instance p \
         ON p.parent_process_instance_key = called.key) SELECT key FROM called)",
    );
}

/// Appends that a process instance `i` has an active incident whose message is like this; with a
/// negative test, that it has none whose message is what it must not be.
pub(super) fn message_of_instance(test: &MessageTest, sql: &mut Sql) {
    match &test.0 {
        TextTest::Is(test) => of_instance(test, sql, |test, sql| {
            let hashes: Vec<i64> = match test {
                Test::Equals(text) => vec![error_hash(text).into()],
                Test::OneOf(texts) => texts.iter().map(|text| error_hash(text).into()).collect(),
                Test::Differs(_)
                | Test::Exists(_)
                | Test::Above(_)
                | Test::AtLeast(_)
                | Test::Below(_)
                | Test::AtMost(_)
                | Test::NoneOf(_) => Vec::new(),
            };
            if !hashes.is_empty() {
                sql.push("t.error_hash IN ").bind_all(hashes).push(" AND ");
            }
            statement::text("t.error_message", &TextTest::Is(test.clone()), sql);
        }),
        like @ TextTest::Like(_) => {
            sql.push(OF_INSTANCE);
            statement::text("t.error_message", like, sql);
            sql.push(")");
        }
    }
}

/// As [`message_of_instance`], by the hash of the message.
pub(super) fn hash_of_instance(test: &Test<i64>, sql: &mut Sql) {
    of_instance(test, sql, |test, sql| statement::number("t.error_hash", test, sql));
}

const OF_INSTANCE: &str =
    "i.key IN (SELECT t.process_instance_key FROM incident t WHERE t.state = 0 AND ";

fn of_instance<T: Ord + Clone>(
    test: &Test<T>,
    sql: &mut Sql,
    condition: impl FnOnce(&Test<T>, &mut Sql),
) {
    let (is_absent, test) = statement::positive(test);
    if is_absent {
        sql.push("NOT ");
    }
    sql.push(OF_INSTANCE);
    condition(&test, sql);
    sql.push(")");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{
        Condition, ProcessInstance, ProcessInstanceCondition,
        plan::{assert_found_by, plan},
    };

    #[test]
    fn an_error_leads_to_its_instances() {
        let message = MessageTest(TextTest::Is(Test::Equals("no".into())));
        for condition in [
            ProcessInstanceCondition::ErrorMessage(message),
            ProcessInstanceCondition::ErrorHash(Test::Equals(7)),
        ] {
            let all = vec![Condition::<ProcessInstance>::Of(condition)];
            assert_found_by(&plan(all, Vec::new()), "INDEX incident_active (error_hash=?)");
        }
    }
}
