//! Decisions and the graphs they belong to. They stay when they are deleted: evaluations of the
//! past name them.

use std::fmt;

use rusqlite::{Connection, params};
use skep_record::{DecisionRequirementsValue, DecisionValue};

pub(crate) const SCHEMA: &str = "
CREATE TABLE decision_requirements (
    key INTEGER PRIMARY KEY,
    decision_requirements_id TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    tenant_id TEXT NOT NULL,
    resource_name TEXT NOT NULL,
    file BLOB
);
CREATE TABLE decision (
    key INTEGER PRIMARY KEY,
    decision_id TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    tenant_id TEXT NOT NULL,
    requirements_key INTEGER NOT NULL
);
CREATE INDEX decision_by_id ON decision (decision_id, tenant_id, version);
";

/// What was deployed since the last flush, once for each partition.
#[derive(Default)]
pub(crate) struct Decisions {
    graphs: Vec<DecisionRequirementsValue>,
    decisions: Vec<DecisionValue>,
}

impl fmt::Debug for Decisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = (self.graphs.len(), self.decisions.len());
        write!(f, "Decisions({} graphs, {} decisions)", n.0, n.1)
    }
}

impl Decisions {
    /// `DECISION_REQUIREMENTS:CREATED`
    pub(crate) fn graph_created(&mut self, graph: &DecisionRequirementsValue) {
        self.graphs.push(graph.clone());
    }

    /// `DECISION:CREATED`
    pub(crate) fn created(&mut self, decision: &DecisionValue) {
        self.decisions.push(decision.clone());
    }

    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT OR IGNORE INTO decision_requirements (key, decision_requirements_id, name, \
             version, tenant_id, resource_name, file) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for graph in self.graphs.drain(..) {
            statement.execute(params![
                graph.key.0,
                graph.decision_requirements_id.to_string(),
                graph.name,
                graph.version,
                graph.tenant_id.to_string(),
                graph.resource_name,
                graph.resource.as_deref(),
            ])?;
        }
        let mut statement = connection.prepare_cached(
            "INSERT OR IGNORE INTO decision (key, decision_id, name, version, tenant_id, \
             requirements_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for decision in self.decisions.drain(..) {
            statement.execute(params![
                decision.key.0,
                decision.decision_id.to_string(),
                decision.name,
                decision.version,
                decision.tenant_id.to_string(),
                decision.decision_requirements_key.0,
            ])?;
        }
        Ok(())
    }
}
