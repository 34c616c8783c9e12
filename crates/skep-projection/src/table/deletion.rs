//! What is forgotten: all rows of process instances, and of evaluations of decisions, by whose key
//! they are asked for.

use rusqlite::Connection;

/// Tables with rows of process instances, and which rows those are, by the instance's key. What
/// batch operations have worked on stays with them.
const OF_PROCESS_INSTANCES: &[(&str, &str)] = &[
    ("correlated_message", "process_instance_key = ?1"),
    ("decision_instance", "process_instance_key = ?1"),
    ("element_instance", "process_instance_key = ?1"),
    ("incident", "process_instance_key = ?1"),
    ("job", "process_instance_key = ?1"),
    ("message_subscription", "process_instance_key = ?1"),
    ("process_instance", "key = ?1"),
    ("sequence_flow", "process_instance_key = ?1"),
    ("user_task", "process_instance_key = ?1"),
    // Before the variables that these are parts of.
    ("variable_item", "variable_key IN (SELECT key FROM variable WHERE process_instance_key = ?1)"),
    ("variable", "process_instance_key = ?1"),
];

/// The same of evaluations of decisions.
const OF_DECISION_EVALUATIONS: &[(&str, &str)] = &[("decision_instance", "evaluation_key = ?1")];

/// What is to be deleted with the next flush.
#[derive(Debug, Default)]
pub(crate) struct Deletions {
    process_instances: Vec<i64>,
    decision_evaluations: Vec<i64>,
}

impl Deletions {
    pub(crate) fn process_instance(&mut self, key: i64) {
        self.process_instances.push(key);
    }

    pub(crate) fn decision_evaluation(&mut self, key: i64) {
        self.decision_evaluations.push(key);
    }

    /// After all that is new was written: what has ended never changes again, so that rows of it
    /// that are kept in memory do no harm.
    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        for key in self.process_instances.drain(..) {
            process_instance(connection, key)?;
        }
        for key in self.decision_evaluations.drain(..) {
            decision_evaluation(connection, key)?;
        }
        Ok(())
    }
}

/// Deletes all rows of a process instance.
pub(crate) fn process_instance(connection: &Connection, key: i64) -> rusqlite::Result<()> {
    rows(connection, OF_PROCESS_INSTANCES, key)
}

/// Deletes all rows of an evaluation.
pub(crate) fn decision_evaluation(connection: &Connection, key: i64) -> rusqlite::Result<()> {
    rows(connection, OF_DECISION_EVALUATIONS, key)
}

fn rows(connection: &Connection, of: &[(&str, &str)], key: i64) -> rusqlite::Result<()> {
    for (table, condition) in of {
        let sql = format!("DELETE FROM {table} WHERE {condition}");
        connection.prepare_cached(&sql)?.execute([key])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::SCHEMAS;

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&SCHEMAS.concat()).unwrap();
        connection
    }

    #[test]
    fn every_table_with_rows_of_process_instances_is_listed() {
        let connection = database();
        let mut named = connection
            .prepare(
                "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
                 WHERE t.type = 'table' AND c.name = 'process_instance_key'",
            )
            .unwrap();
        let named = named.query_map([], |row| row.get(0)).unwrap();
        for table in named.map(Result::<String, _>::unwrap) {
            let is_listed = OF_PROCESS_INSTANCES.iter().any(|(listed, _)| *listed == table);
            assert!(is_listed || table == "batch_operation_item", "{table} is not listed");
        }
    }

    #[test]
    fn nothing_is_read_as_a_whole_to_delete_from_it() {
        let connection = database();
        for (table, condition) in OF_PROCESS_INSTANCES.iter().chain(OF_DECISION_EVALUATIONS) {
            let sql = format!("EXPLAIN QUERY PLAN DELETE FROM {table} WHERE {condition}");
            let mut plan = connection.prepare(&sql).unwrap();
            let steps = plan.query_map([1], |row| row.get(3)).unwrap();
            for step in steps.map(Result::<String, _>::unwrap) {
                assert!(!step.starts_with("SCAN"), "{table}: {step}");
            }
        }
    }
}
