//! Texts of which there are few and which many rows have, such as types of jobs and names of
//! workers.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

pub(crate) const SCHEMA: &str = "
CREATE TABLE label (
    no INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);
";

/// Numbers kept in memory.
const KEPT_MAX: usize = 16 << 10;

/// The numbers of texts.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    numbers: HashMap<String, i64>,
    new: Vec<(i64, String)>,
    last_no: Option<i64>,
}

impl Labels {
    /// The number of a text, which gets one if it has none.
    pub(crate) fn add(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        if let Some(no) = self.numbers.get(text) {
            return Ok(*no);
        }
        let mut statement = connection.prepare_cached("SELECT no FROM label WHERE text = ?1")?;
        let known = statement.query_row([text], |row| row.get(0)).optional()?;
        let no = match known {
            Some(no) => no,
            None => {
                let no = self.next_no(connection)?;
                self.new.push((no, text.to_owned()));
                no
            }
        };
        self.numbers.insert(text.to_owned(), no);
        Ok(no)
    }

    fn next_no(&mut self, connection: &Connection) -> rusqlite::Result<i64> {
        let last = match self.last_no {
            Some(last) => last,
            None => connection
                .query_row("SELECT coalesce(max(no), 0) FROM label", [], |row| row.get(0))?,
        };
        self.last_no = Some(last + 1);
        Ok(last + 1)
    }

    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement =
            connection.prepare_cached("INSERT INTO label (no, text) VALUES (?1, ?2)")?;
        for (no, text) in self.new.drain(..) {
            statement.execute(params![no, text])?;
        }
        if self.numbers.len() > KEPT_MAX {
            self.numbers.clear();
        }
        Ok(())
    }
}
