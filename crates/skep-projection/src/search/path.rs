//! Where a process instance comes from, the way it has gone, and how often.

use skep_record::AuthorizedTenants;

use super::{ProcessInstance, get, query, statement};
use crate::{
    error::HistoryError, history::History, names::ELEMENT_TYPES, sql::Sql,
    statistics::ElementStatistics,
};

/// Callers of an instance that are followed up: more than the engine lets call each other.
const CALLERS_MAX: usize = 10_000;

/// A sequence flow that a process instance has taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SequenceFlow {
    /// Id of the flow.
    pub element_id: String,
    /// The process instance.
    pub process_instance_key: i64,
    /// The instance that nobody called.
    pub root_process_instance_key: i64,
    /// The definition that it runs.
    pub process_definition_key: i64,
    /// Id of its process.
    pub process_definition_id: String,
    /// Its tenant.
    pub tenant_id: String,
}

impl History {
    /// The instance with this key and those that called it, the root first; `None` if it is not
    /// there. Blocks the thread.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn call_hierarchy(
        &self,
        process_instance_key: i64,
        tenants: &AuthorizedTenants,
    ) -> Result<Option<Vec<ProcessInstance>>, HistoryError> {
        self.read(|connection| {
            let mut hierarchy: Vec<ProcessInstance> = Vec::new();
            let mut next = Some(process_instance_key);
            while let Some(key) = next
                && hierarchy.len() < CALLERS_MAX
            {
                // A caller that is not in the history any more ends it.
                let Some(instance) = get::<ProcessInstance>(connection, key, tenants)? else {
                    break;
                };
                next = instance.parent_process_instance_key;
                hierarchy.push(instance);
            }
            hierarchy.reverse();
            Ok((!hierarchy.is_empty()).then_some(hierarchy))
        })
    }

    /// How many instances of each element an instance has, by id; none if it is not there. Blocks
    /// the thread.
    ///
    /// # Errors
    /// As [`History::search`].
    ///
    /// Source: camunda/camunda: search/search-client-query-transformer,
    /// `ProcessInstanceFlowNodeStatisticsAggregationTransformer`
    pub fn element_statistics(
        &self,
        process_instance_key: i64,
        tenants: &AuthorizedTenants,
    ) -> Result<Vec<ElementStatistics>, HistoryError> {
        let mut sql = Sql::new(
            "SELECT m.element_id, sum(e.state = 0 AND e.n_incidents = 0), sum(e.state = 2), \
             sum(e.state = 0 AND e.n_incidents > 0), sum(e.state = 1) \
             FROM element_instance e JOIN element m ON m.no = e.element_no \
             JOIN process_instance i ON i.key = e.process_instance_key \
             JOIN process_definition d ON d.key = i.definition_key \
             WHERE e.process_instance_key = ",
        );
        sql.bind(process_instance_key);
        // A multi-instance body is the same element as what it repeats, and counts only if
        // something is wrong with itself.
        sql.push(" AND (e.incident_key IS NOT NULL OR m.element_type <> ");
        sql.bind(ELEMENT_TYPES.number("MULTI_INSTANCE_BODY")).push(")");
        statement::of_tenants("d.tenant_id", tenants, &mut sql);
        sql.push(" GROUP BY m.element_id ORDER BY m.element_id");
        self.read(|connection| query(connection, &sql, ElementStatistics::read))
    }

    /// The sequence flows that an instance has taken, by id; none if it is not there. Blocks the
    /// thread.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn sequence_flows(
        &self,
        process_instance_key: i64,
        tenants: &AuthorizedTenants,
    ) -> Result<Vec<SequenceFlow>, HistoryError> {
        let mut sql = Sql::new(
            "SELECT m.element_id, i.key, coalesce(i.root_process_instance_key, i.key), \
             i.definition_key, d.process_definition_id, d.tenant_id \
             FROM sequence_flow f JOIN element m ON m.no = f.element_no \
             JOIN process_instance i ON i.key = f.process_instance_key \
             JOIN process_definition d ON d.key = i.definition_key \
             WHERE f.process_instance_key = ",
        );
        sql.bind(process_instance_key);
        statement::of_tenants("d.tenant_id", tenants, &mut sql);
        sql.push(" ORDER BY m.element_id");
        self.read(|connection| {
            query(connection, &sql, |row| {
                Ok(SequenceFlow {
                    element_id: row.get(0)?,
                    process_instance_key: row.get(1)?,
                    root_process_instance_key: row.get(2)?,
                    process_definition_key: row.get(3)?,
                    process_definition_id: row.get(4)?,
                    tenant_id: row.get(5)?,
                })
            })
        })
    }
}
