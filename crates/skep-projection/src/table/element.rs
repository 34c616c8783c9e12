//! Elements of process definitions, so that each of their instances need not repeat id and name.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

pub(crate) const SCHEMA: &str = "
CREATE TABLE element (
    no INTEGER PRIMARY KEY,
    definition_key INTEGER NOT NULL,
    element_id TEXT NOT NULL,
    element_type INTEGER NOT NULL,
    name TEXT
);
CREATE UNIQUE INDEX element_by_id ON element (definition_key, element_id, element_type);
";

/// Numbers kept in memory.
const KEPT_MAX: usize = 64 << 10;

/// An element and what the model calls it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NamedElement<'m> {
    pub(crate) element_id: &'m str,
    pub(crate) element_type: i64,
    pub(crate) name: Option<&'m str>,
}

#[derive(Debug)]
struct NewElement {
    no: i64,
    definition_key: i64,
    element_id: String,
    element_type: i64,
    name: Option<String>,
}

/// The numbers of elements.
#[derive(Debug, Default)]
pub(crate) struct Elements {
    /// By definition and type, then by id.
    numbers: HashMap<(i64, i64), HashMap<String, i64>>,
    n_kept: usize,
    new: Vec<NewElement>,
    last_no: Option<i64>,
}

impl Elements {
    /// The number of an element, which gets one if it has none.
    pub(crate) fn add(
        &mut self,
        connection: &Connection,
        definition_key: i64,
        element: &NamedElement<'_>,
    ) -> rusqlite::Result<i64> {
        let place = (definition_key, element.element_type);
        if let Some(no) = self.numbers.get(&place).and_then(|ids| ids.get(element.element_id)) {
            return Ok(*no);
        }
        let mut statement = connection.prepare_cached(
            "SELECT no FROM element WHERE definition_key = ?1 AND element_id = ?2 AND \
             element_type = ?3",
        )?;
        let known = statement
            .query_row(params![definition_key, element.element_id, element.element_type], |row| {
                row.get(0)
            })
            .optional()?;
        let no = match known {
            Some(no) => no,
            None => {
                let no = self.next_no(connection)?;
                self.new.push(NewElement {
                    no,
                    definition_key,
                    element_id: element.element_id.to_owned(),
                    element_type: element.element_type,
                    name: element.name.map(str::to_owned),
                });
                no
            }
        };
        self.numbers.entry(place).or_default().insert(element.element_id.to_owned(), no);
        self.n_kept += 1;
        Ok(no)
    }

    fn next_no(&mut self, connection: &Connection) -> rusqlite::Result<i64> {
        let last = match self.last_no {
            Some(last) => last,
            None => {
                connection
                    .query_row("SELECT coalesce(max(no), 0) FROM element", [], |row| row.get(0))?
            }
        };
        self.last_no = Some(last + 1);
        Ok(last + 1)
    }

    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO element (no, definition_key, element_id, element_type, name) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for new in self.new.drain(..) {
            statement.execute(params![
                new.no,
                new.definition_key,
                new.element_id,
                new.element_type,
                new.name
            ])?;
        }
        if self.n_kept > KEPT_MAX {
            self.numbers.clear();
            self.n_kept = 0;
        }
        Ok(())
    }
}
