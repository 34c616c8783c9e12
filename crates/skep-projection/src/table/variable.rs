//! Variables. Those of ended scopes stay: no record says that a variable is gone, so that a store
//! of the past shows what it was last.
//!
//! Source: camunda/camunda: zeebe/protocol, `VariableIntent` (CREATED, UPDATED and MIGRATED)

mod items;

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension as _, params};
use skep_record::{ListItemValue, VariableEntry, VariableIntent, VariableValue};

use self::items::with_items;
use super::process_instance;
use crate::projector::At;

pub(crate) const SCHEMA: &str = "
CREATE TABLE variable (
    key INTEGER PRIMARY KEY,
    process_instance_key INTEGER NOT NULL,
    -- NULL for the process instance's own scope, which most variables have.
    scope_key INTEGER,
    name TEXT NOT NULL,
    -- JSON, of a long value its beginning.
    value TEXT NOT NULL,
    -- JSON of a long value, but for what variable_item has.
    whole_value TEXT
);
CREATE INDEX variable_by_scope ON variable (process_instance_key, scope_key);
CREATE INDEX variable_by_value ON variable (name, substr(value, 1, 40), process_instance_key);
-- Items of long lists that have changed since the list was written.
CREATE TABLE variable_item (
    variable_key INTEGER NOT NULL,
    place INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (variable_key, place)
) WITHOUT ROWID;
";

/// Longest value that is kept in one piece, in UTF-16 units. Of a longer one this much can be
/// searched.
///
/// Source: camunda/camunda-docs: `variableSizeThreshold` of the exporters
pub(crate) const PREVIEW_UNITS: usize = 8191;

/// Last place of a list that its preview can show: each item takes two units at least.
const SHOWN_ITEMS_MAX: u32 = 4095;

/// What has happened to a variable since the last flush.
#[derive(Debug)]
struct Change {
    process_instance_key: i64,
    scope_key: i64,
    /// A new value, and whether it is the first one.
    entry: Option<(VariableEntry, bool)>,
    /// New items of the list that it is, later than `entry`.
    items: BTreeMap<u32, VariableEntry>,
}

/// Variables that have changed. None is kept longer: a record has all that its row needs.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    changes: HashMap<i64, Change>,
    /// Keys of `changes`, in order.
    changed: Vec<i64>,
}

/// `VARIABLE:…`
pub(crate) fn changed(
    at: &mut At<'_>,
    intent: VariableIntent,
    value: &VariableValue,
) -> rusqlite::Result<()> {
    let Some(instance) = at.instance(value.instance) else { return Ok(()) };
    // The variables of a new instance come before its first step.
    process_instance::ensure(at, instance)?;
    let change =
        at.tables.variables.change(at.key, instance.process_instance_key.0, value.scope_key.0);
    let was_new = change.entry.as_ref().is_some_and(|(_, is_new)| *is_new);
    change.entry = Some((value.entry.clone(), was_new || intent == VariableIntent::Created));
    change.items.clear();
    Ok(())
}

/// `VARIABLE:UPDATED`, of one item of a list.
pub(crate) fn item_changed(at: &mut At<'_>, value: &ListItemValue) {
    let Some(instance) = at.instance(value.instance) else { return };
    let change =
        at.tables.variables.change(at.key, instance.process_instance_key.0, value.scope_key.0);
    change.items.insert(value.index, value.entry.clone());
}

impl Variables {
    fn change(&mut self, key: i64, process_instance_key: i64, scope_key: i64) -> &mut Change {
        let changed = &mut self.changed;
        self.changes.entry(key).or_insert_with(|| {
            changed.push(key);
            Change { process_instance_key, scope_key, entry: None, items: BTreeMap::new() }
        })
    }

    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut write = connection.prepare_cached(
            "INSERT INTO variable (key, process_instance_key, scope_key, name, value, \
             whole_value) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (key) DO UPDATE SET value = excluded.value, \
             whole_value = excluded.whole_value",
        )?;
        for key in self.changed.drain(..) {
            let Some(change) = self.changes.remove(&key) else { continue };
            let items = change.items.iter().map(|(place, item)| (*place, item.value_json()));
            let items: BTreeMap<u32, String> = items.collect();
            let Some((entry, is_new)) = &change.entry else {
                change_items(connection, key, &items)?;
                continue;
            };
            let json = with_all(entry.value_json(), &items);
            let is_own = change.scope_key == change.process_instance_key;
            let preview = preview(&json);
            write.execute(params![
                key,
                change.process_instance_key,
                (!is_own).then_some(change.scope_key),
                entry.name(),
                preview,
                (preview.len() < json.len()).then_some(&json),
            ])?;
            if !is_new {
                forget_items(connection, key)?;
            }
        }
        Ok(())
    }
}

/// As much of a value as can be searched.
fn preview(json: &str) -> &str {
    // No character has more units than bytes.
    if json.len() <= PREVIEW_UNITS {
        return json;
    }
    let mut n_units = 0;
    let mut chars = json.char_indices();
    let end = chars.find(|(_, c)| {
        n_units += c.len_utf16();
        n_units > PREVIEW_UNITS
    });
    end.map_or(json, |(at, _)| &json[..at])
}

fn forget_items(connection: &Connection, key: i64) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("DELETE FROM variable_item WHERE variable_key = ?1")?;
    statement.execute([key])?;
    Ok(())
}

/// Changes items of a list that is in the file. A short list is written anew; of a long one only
/// what is new, for it may change item by item from its beginning to its end.
fn change_items(
    connection: &Connection,
    key: i64,
    items: &BTreeMap<u32, String>,
) -> rusqlite::Result<()> {
    let mut statement = connection
        .prepare_cached("SELECT value, whole_value IS NOT NULL FROM variable WHERE key = ?1")?;
    let known: Option<(String, bool)> =
        statement.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((value, is_long)) = known else { return Ok(()) };
    if !is_long {
        return set_value(connection, key, &with_all(value, items));
    }
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO variable_item (variable_key, place, value) VALUES (?1, ?2, ?3)",
    )?;
    for (place, item) in items {
        insert.execute(params![key, place, item])?;
    }
    if items.first_key_value().is_none_or(|(first, _)| *first > SHOWN_ITEMS_MAX) {
        return Ok(());
    }
    let Some(whole) = whole(connection, key)? else { return Ok(()) };
    let changed = items_of(connection, key, SHOWN_ITEMS_MAX)?;
    let (shown, is_all) = with_items(&whole, &changed, PREVIEW_UNITS);
    if is_all {
        forget_items(connection, key)?;
        return set_value(connection, key, &shown);
    }
    let mut update = connection.prepare_cached("UPDATE variable SET value = ?2 WHERE key = ?1")?;
    update.execute(params![key, preview(&shown)])?;
    Ok(())
}

fn with_all(json: String, items: &BTreeMap<u32, String>) -> String {
    if items.is_empty() { json } else { with_items(&json, items, usize::MAX).0 }
}

fn set_value(connection: &Connection, key: i64, json: &str) -> rusqlite::Result<()> {
    let mut statement = connection
        .prepare_cached("UPDATE variable SET value = ?2, whole_value = ?3 WHERE key = ?1")?;
    let preview = preview(json);
    let whole = (preview.len() < json.len()).then_some(json);
    statement.execute(params![key, preview, whole])?;
    Ok(())
}

fn whole(connection: &Connection, key: i64) -> rusqlite::Result<Option<String>> {
    let mut statement =
        connection.prepare_cached("SELECT whole_value FROM variable WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?.flatten())
}

fn items_of(
    connection: &Connection,
    key: i64,
    last: u32,
) -> rusqlite::Result<BTreeMap<u32, String>> {
    let mut statement = connection.prepare_cached(
        "SELECT place, value FROM variable_item WHERE variable_key = ?1 AND place <= ?2",
    )?;
    let items = statement.query_map(params![key, last], |row| Ok((row.get(0)?, row.get(1)?)))?;
    items.collect()
}

/// The whole of a value whose beginning alone is in its row.
pub(crate) fn whole_value(connection: &Connection, key: i64) -> rusqlite::Result<Option<String>> {
    let Some(whole) = whole(connection, key)? else { return Ok(None) };
    Ok(Some(with_all(whole, &items_of(connection, key, u32::MAX)?)))
}

#[cfg(test)]
mod tests {
    use skep_record::Document;

    use super::*;

    fn entry(json: &str) -> VariableEntry {
        let document = Document::from_json(&format!("{{\"list\": {json}}}")).unwrap();
        document.variables().next().unwrap().to_entry()
    }

    struct List(Connection);

    impl List {
        fn new(json: &str) -> Self {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(SCHEMA).unwrap();
            let list = Self(connection);
            let mut variables = Variables::default();
            variables.change(7, 1, 2).entry = Some((entry(json), true));
            variables.flush(&list.0).unwrap();
            list
        }

        fn set(&self, items: &[(u32, &str)]) {
            let mut variables = Variables::default();
            for (place, item) in items {
                variables.change(7, 1, 2).items.insert(*place, entry(item));
            }
            variables.flush(&self.0).unwrap();
        }

        /// Preview, the whole if that is longer, and how many items wait to be read into it.
        fn row(&self) -> (String, Option<String>, i64) {
            let preview = self.0.query_row("SELECT value FROM variable", [], |row| row.get(0));
            let n = self.0.query_row("SELECT count(*) FROM variable_item", [], |row| row.get(0));
            (preview.unwrap(), whole_value(&self.0, 7).unwrap(), n.unwrap())
        }
    }

    fn list(items: &[&str]) -> String {
        format!("[{}]", items.join(","))
    }

    #[test]
    fn a_short_list_is_written_anew() {
        let short = List::new("[null,null]");
        short.set(&[(1, "1")]);
        assert_eq!(short.row(), ("[null,1]".into(), None, 0));
        let long = format!("\"{}\"", "x".repeat(PREVIEW_UNITS));
        short.set(&[(0, &long)]);
        let whole = list(&[&long, "1"]);
        assert_eq!(short.row(), (whole[..PREVIEW_UNITS].into(), Some(whole), 0));
    }

    #[test]
    fn of_a_long_list_items_are_kept_apart() {
        let mut items = vec!["null"; 10_000];
        let long = List::new(&list(&items));
        for (n, place, item) in [(1, 9_999, "1"), (2, 4_096, "2"), (3, 0, "3"), (3, 9_999, "4")] {
            long.set(&[(place, item)]);
            items[usize::try_from(place).unwrap()] = item;
            let whole = list(&items);
            assert_eq!(long.row(), (whole[..PREVIEW_UNITS].into(), Some(whole), n));
        }
        // Beyond the end.
        long.set(&[(10_000, "5")]);
        assert_eq!(long.row().1.unwrap(), list(&items));
    }

    #[test]
    fn a_list_can_get_short_again() {
        let long = format!("\"{}\"", "x".repeat(PREVIEW_UNITS));
        let kept = List::new(&list(&["0", &long, &long]));
        kept.set(&[(2, "2")]);
        let whole = list(&["0", &long, "2"]);
        assert_eq!(kept.row(), (whole[..PREVIEW_UNITS].into(), Some(whole), 1));
        kept.set(&[(1, "1")]);
        assert_eq!(kept.row(), ("[0,1,2]".into(), None, 0));
    }

    #[test]
    fn what_is_new_as_a_whole_has_no_items_of_before() {
        let items = vec!["null"; 5_000];
        let kept = List::new(&list(&items));
        kept.set(&[(4_999, "1")]);
        let mut variables = Variables::default();
        let change = variables.change(7, 1, 2);
        change.entry = Some((entry(&list(&items)), false));
        change.items.insert(4_998, entry("2"));
        variables.flush(&kept.0).unwrap();
        let mut expected = items;
        expected[4_998] = "2";
        let whole = list(&expected);
        assert_eq!(kept.row(), (whole[..PREVIEW_UNITS].into(), Some(whole), 0));
    }
}
