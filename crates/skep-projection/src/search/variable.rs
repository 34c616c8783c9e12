//! Variables.

use std::fmt;

use rusqlite::{Connection, types::Value};
use skep_record::{AuthorizedTenants, Test, TextTest, VariableCondition};

use super::{Column, Entity, Found, Search, TableInfo, statement};
use crate::{error::HistoryError, history::History, sql::Sql, table::variable};

/// Characters of a value that are in the index: a UUID in quotes is as a whole.
const INDEXED_CHARS: usize = 40;
/// Scopes in each other that are looked through; the engine has a lower limit.
const DEPTH_MAX: i64 = 10_000;
/// Bytes of all values of a page, where they are asked for as a whole.
const WHOLE_BYTES_MAX: usize = 64 << 20;

/// A variable of a scope, which may have ended.
#[derive(Clone, PartialEq)]
pub struct Variable {
    /// Its key.
    pub key: i64,
    /// Its process instance.
    pub process_instance_key: i64,
    /// The instance that nobody called, at the root of the call hierarchy.
    pub root_process_instance_key: i64,
    /// The element instance or process instance that owns it.
    pub scope_key: i64,
    /// Its name.
    pub name: String,
    /// Its value as JSON text, of a long one the beginning unless the whole was asked for.
    pub value: String,
    /// Whether its value is so long that only the beginning can be searched.
    pub is_long: bool,
    /// Its tenant.
    pub tenant_id: String,
}

/// Shows no value.
impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variable")
            .field("key", &self.key)
            .field("scope_key", &self.scope_key)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What a variable can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VariableField {
    /// Its key.
    Key,
    /// Its process instance.
    ProcessInstanceKey,
    /// The element instance or process instance that owns it; filtered by
    /// [`VariableTest::Scope`].
    ScopeKey,
    /// Its name.
    Name,
    /// Its value as JSON text, of a long one the beginning; filtered by [`VariableTest::Value`].
    Value,
    /// Whether its value is so long that only the beginning can be searched.
    IsLong,
    /// Its tenant.
    TenantId,
}

/// What holds for a variable.
#[derive(Clone, PartialEq)]
pub enum VariableTest {
    /// About its value as JSON text, of a long one about the beginning.
    Value(TextTest),
    /// About the element instance or process instance that owns it.
    Scope(Test<i64>),
    /// It is of this element instance or of what that runs in.
    Around(i64),
    /// As `Around`, and nothing further inside has a variable of the same name.
    VisibleFrom(i64),
}

/// Shows no value.
impl fmt::Debug for VariableTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(_) => f.write_str("Value(..)"),
            Self::Scope(test) => f.debug_tuple("Scope").field(test).finish(),
            Self::Around(key) => f.debug_tuple("Around").field(key).finish(),
            Self::VisibleFrom(key) => f.debug_tuple("VisibleFrom").field(key).finish(),
        }
    }
}

impl Entity for Variable {
    type Field = VariableField;
    type Condition = VariableTest;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "v.key, v.process_instance_key, \
                  coalesce(i.root_process_instance_key, v.process_instance_key), \
                  coalesce(v.scope_key, v.process_instance_key), v.name, v.value, \
                  v.whole_value IS NOT NULL, d.tenant_id",
        from: "variable v \
               LEFT JOIN process_instance i ON i.key = v.process_instance_key \
               LEFT JOIN process_definition d ON d.key = i.definition_key",
        key: VariableField::Key,
        tenant: "d.tenant_id",
    };

    fn column(field: VariableField) -> Column {
        match field {
            VariableField::Key => Column::new("v.key"),
            VariableField::ProcessInstanceKey => Column::new("v.process_instance_key"),
            VariableField::ScopeKey => Column::new("coalesce(v.scope_key, v.process_instance_key)"),
            VariableField::Name => Column::new("v.name"),
            VariableField::Value => Column::new("v.value"),
            VariableField::IsLong => Column::new("v.whole_value IS NOT NULL"),
            VariableField::TenantId => Column::new("d.tenant_id"),
        }
    }

    fn condition(condition: &VariableTest, sql: &mut Sql) {
        match condition {
            VariableTest::Value(test) => value(test, sql),
            VariableTest::Scope(test) => scope(test, sql),
            VariableTest::Around(key) => around(*key, "", sql),
            VariableTest::VisibleFrom(key) => around(*key, " WHERE place = 1", sql),
        }
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            process_instance_key: row.get(1)?,
            root_process_instance_key: row.get(2)?,
            scope_key: row.get(3)?,
            name: row.get(4)?,
            value: row.get(5)?,
            is_long: row.get(6)?,
            tenant_id: row.get(7)?,
        })
    }
}

/// Appends a comparison of the value of a variable `v`, which an index helps with.
fn value(test: &TextTest, sql: &mut Sql) {
    let indexed: Vec<String> = match test {
        TextTest::Is(Test::Equals(wanted)) => vec![beginning(wanted)],
        TextTest::Is(Test::OneOf(wanted)) => wanted.iter().map(|text| beginning(text)).collect(),
        TextTest::Is(_) => return statement::text("v.value", test, sql),
        TextTest::Like(pattern) => return like(pattern, test, sql),
    };
    // What is shorter is as a whole in the index.
    let is_all = indexed.iter().all(|text| text.chars().nth(INDEXED_CHARS - 1).is_none());
    sql.push("(substr(v.value, 1, 40) IN ").bind_all(indexed);
    if !is_all {
        sql.push(" AND ");
        statement::text("v.value", test, sql);
    }
    sql.push(")");
}

fn beginning(text: &str) -> String {
    text.chars().take(INDEXED_CHARS).collect()
}

/// Appends a comparison with a pattern, whose beginning an index helps with if it is exact.
fn like(pattern: &str, test: &TextTest, sql: &mut Sql) {
    let (exact, rest) = exact_beginning(pattern);
    if exact.is_empty() {
        return statement::text("v.value", test, sql);
    }
    sql.push("(substr(v.value, 1, 40) >= ").bind(exact.clone());
    if let Some(above) = first_above(&exact) {
        sql.push(" AND substr(v.value, 1, 40) < ").bind(above);
    }
    if rest != "*" {
        sql.push(" AND ");
        statement::text("v.value", test, sql);
    }
    sql.push(")");
}

/// How all texts begin that a pattern fits, as far as the index has it, and the pattern behind it.
fn exact_beginning(pattern: &str) -> (String, &str) {
    let (mut exact, mut rest) = (String::new(), pattern);
    for _ in 0..INDEXED_CHARS {
        let mut chars = rest.chars();
        match chars.next() {
            None | Some('*' | '?') => break,
            // One at the end stands for itself.
            Some('\\') => exact.push(chars.next().unwrap_or('\\')),
            Some(other) => exact.push(other),
        }
        rest = chars.as_str();
    }
    (exact, rest)
}

/// The first text behind all that begin like this one, if there is one.
fn first_above(text: &str) -> Option<String> {
    let mut chars: Vec<char> = text.chars().collect();
    while let Some(last) = chars.pop() {
        // Between the two there are no characters.
        let next = if last == '\u{d7ff}' {
            '\u{e000}'
        } else {
            char::from_u32(u32::from(last) + 1).unwrap_or(last)
        };
        if next != last {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

/// Whether few enough have a value like this that they lead to what has them.
fn is_selective(test: &TextTest) -> bool {
    match test {
        TextTest::Is(test) => matches!(test, Test::Equals(_) | Test::OneOf(_)),
        // All texts begin with a quote.
        TextTest::Like(pattern) => exact_beginning(pattern).0.chars().nth(2).is_some(),
    }
}

/// Appends a comparison of the scope of a variable `v`, in which the index begins with the
/// process instance.
fn scope(test: &Test<i64>, sql: &mut Sql) {
    let wanted: Vec<Value> = match test {
        Test::Equals(key) => vec![Value::Integer(*key)],
        Test::OneOf(keys) => keys.iter().map(|key| Value::Integer(*key)).collect(),
        Test::Differs(_)
        | Test::Exists(_)
        | Test::Above(_)
        | Test::AtLeast(_)
        | Test::Below(_)
        | Test::AtMost(_)
        | Test::NoneOf(_) => {
            return statement::number(Variable::column(VariableField::ScopeKey).sql, test, sql);
        }
    };
    sql.push("((v.scope_key IS NULL AND v.process_instance_key IN ").bind_all(wanted.clone());
    sql.push(") OR (v.process_instance_key IN (SELECT process_instance_key FROM element_instance WHERE key IN ");
    sql.bind_all(wanted.clone());
    sql.push(") AND v.scope_key IN ").bind_all(wanted);
    sql.push("))");
}

/// Appends that a variable `v` is one of those of an element instance and of what that runs in,
/// where `place` is 1 for the innermost of its name.
fn around(element_instance: i64, wanted: &str, sql: &mut Sql) {
    // What runs in nothing is a process instance, of which there is no such row.
    sql.push("v.key IN (WITH RECURSIVE scope (key, depth) AS (SELECT ");
    sql.bind(element_instance);
    sql.push(
        ", 0 UNION ALL SELECT e.flow_scope_key, scope.depth + 1 FROM scope \
         JOIN element_instance e ON e.key = scope.key WHERE scope.depth < ",
    );
    sql.bind(DEPTH_MAX).push(
        ") SELECT key FROM (SELECT w.key, row_number() OVER (PARTITION BY w.name \
         ORDER BY scope.depth) AS place FROM scope JOIN variable w ON \
         (w.process_instance_key = scope.key AND w.scope_key IS NULL) OR \
         (w.process_instance_key = (SELECT process_instance_key FROM element_instance \
         WHERE key = ",
    );
    sql.bind(element_instance).push(") AND w.scope_key = scope.key))").push(wanted).push(")");
}

/// Where variables of which something else tells must be.
pub(super) struct Place {
    /// What the other thing says.
    outer: &'static str,
    /// The same of a variable `v`.
    inner: &'static str,
    /// What else holds for `v`, behind ` AND `.
    and: &'static str,
    /// That `v` is in its place, from the process instance on.
    is_there: &'static str,
}

/// Of a process instance `i`, in any scope of it.
pub(super) const OF_INSTANCE: Place = Place {
    outer: "i.key",
    inner: "v.process_instance_key",
    and: "",
    is_there: "v.process_instance_key = i.key",
};

/// Of the process instance of a user task `u`, in its own scope.
pub(super) const AROUND_USER_TASK: Place = Place {
    outer: "u.process_instance_key",
    inner: "v.process_instance_key",
    and: " AND v.scope_key IS NULL",
    is_there: "v.process_instance_key = u.process_instance_key AND v.scope_key IS NULL",
};

/// Of the element instance of a user task `u`.
pub(super) const OF_USER_TASK: Place = Place {
    outer: "u.element_instance_key",
    inner: "v.scope_key",
    and: "",
    is_there: "v.process_instance_key = u.process_instance_key AND \
               v.scope_key = u.element_instance_key",
};

/// Appends that there is a variable of this name for which all tests hold or, with
/// `Exists(false)`, none.
pub(super) fn exists(place: &Place, wanted: &VariableCondition, sql: &mut Sql) {
    let absent = TextTest::Is(Test::Exists(false));
    let is_absent = wanted.tests.contains(&absent);
    if !is_absent && wanted.tests.iter().any(is_selective) {
        // The few that have this value lead to their instances.
        sql.push(place.outer).push(" IN (SELECT ").push(place.inner);
        sql.push(" FROM variable v WHERE v.name = ").bind(wanted.name.clone()).push(place.and);
    } else {
        // Each one is asked: most have a variable of this name.
        sql.push(if is_absent { "NOT EXISTS" } else { "EXISTS" });
        sql.push(" (SELECT 1 FROM variable v WHERE ").push(place.is_there);
        sql.push(" AND +v.name = ").bind(wanted.name.clone());
    }
    for test in wanted.tests.iter().filter(|_| !is_absent) {
        sql.push(" AND ");
        value(test, sql);
    }
    sql.push(")");
}

impl History {
    /// As [`History::search`], with values as a whole.
    ///
    /// # Errors
    /// As [`History::search`], and [`HistoryError::TooMuch`].
    pub fn search_whole_variables(
        &self,
        search: &Search<Variable>,
        tenants: &AuthorizedTenants,
    ) -> Result<Found<Variable>, HistoryError> {
        self.read(|connection| {
            let transaction = snapshot(connection)?;
            let mut found = super::run(&transaction, search, tenants)?;
            let mut n_bytes = 0;
            for variable in &mut found.items {
                complete(&transaction, variable)?;
                n_bytes += variable.value.len();
                if n_bytes > WHOLE_BYTES_MAX {
                    return Err(HistoryError::TooMuch { mib: WHOLE_BYTES_MAX >> 20 });
                }
            }
            Ok(found)
        })
    }

    /// As [`History::get`], with the value as a whole.
    ///
    /// # Errors
    /// As [`History::get`].
    pub fn whole_variable(
        &self,
        key: i64,
        tenants: &AuthorizedTenants,
    ) -> Result<Option<Variable>, HistoryError> {
        self.read(|connection| {
            let transaction = snapshot(connection)?;
            let mut found = super::get::<Variable>(&transaction, key, tenants)?;
            if let Some(variable) = &mut found {
                complete(&transaction, variable)?;
            }
            Ok(found)
        })
    }
}

/// A long value is read in several steps, between which it must not change.
fn snapshot(connection: &Connection) -> Result<rusqlite::Transaction<'_>, HistoryError> {
    connection.unchecked_transaction().map_err(HistoryError::database("search"))
}

fn complete(connection: &Connection, variable: &mut Variable) -> Result<(), HistoryError> {
    if variable.is_long {
        let whole = variable::whole_value(connection, variable.key);
        if let Some(whole) = whole.map_err(HistoryError::database("search"))? {
            variable.value = whole;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{
        Condition, ProcessInstance, ProcessInstanceCondition, UserTask, UserTaskCondition,
        plan::{assert_found_by, plan},
    };

    fn is(text: &str) -> TextTest {
        TextTest::Is(Test::Equals(text.into()))
    }

    const BY_VALUE: &str = "INDEX variable_by_value (name=? AND <expr>=?)";

    #[test]
    fn a_name_and_a_value_are_found_by_index() {
        for value in ["\"red\"", &"x".repeat(100)] {
            let name = Condition::Text(VariableField::Name, is("colour"));
            let value = Condition::Of(VariableTest::Value(is(value)));
            let plan = plan::<Variable>(vec![name, value], Vec::new());
            assert_found_by(&plan, BY_VALUE);
        }
    }

    #[test]
    fn a_pattern_is_found_by_its_beginning() {
        let name = Condition::Text(VariableField::Name, is("colour"));
        let value = Condition::Of(VariableTest::Value(TextTest::Like("\"re?*".into())));
        let plan_of_variables = plan::<Variable>(vec![name, value], Vec::new());
        let index = "INDEX variable_by_value (name=? AND <expr>>? AND <expr><?)";
        assert_found_by(&plan_of_variables, index);
        let tests = vec![TextTest::Like("\"re*".into())];
        let wanted = VariableCondition { name: "colour".into(), tests };
        let has = Condition::Of(ProcessInstanceCondition::Variable(wanted));
        assert_found_by(&plan::<ProcessInstance>(vec![has], Vec::new()), index);

        for (pattern, exact, rest) in [
            ("", "", ""),
            ("*a", "", "*a"),
            ("ab*", "ab", "*"),
            ("ab", "ab", ""),
            ("a\\*b?", "a*b", "?"),
            ("a\\", "a\\", ""),
        ] {
            assert_eq!(exact_beginning(pattern), (exact.to_owned(), rest), "{pattern}");
        }
        let long = format!("{}*", "x".repeat(50));
        assert_eq!(exact_beginning(&long), ("x".repeat(40), &long[40..]));
        for (text, above) in [
            ("ab", Some("ac")),
            ("a\u{d7ff}", Some("a\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
        ] {
            assert_eq!(first_above(text).as_deref(), above);
        }
    }

    #[test]
    fn variables_of_a_scope_are_found_by_index() {
        let scope = Condition::Of(VariableTest::Scope(Test::Equals(7)));
        let plan = plan::<Variable>(vec![scope], Vec::new());
        assert_found_by(&plan, "variable_by_scope (process_instance_key=? AND scope_key=?)");
    }

    #[test]
    fn a_variable_leads_to_its_user_tasks() {
        for of in [UserTaskCondition::InstanceVariable, UserTaskCondition::LocalVariable] {
            let wanted = VariableCondition { name: "colour".into(), tests: vec![is("\"red\"")] };
            let plan = plan(vec![Condition::<UserTask>::Of(of(wanted))], Vec::new());
            assert_found_by(&plan, BY_VALUE);
        }
    }

    #[test]
    fn variables_around_an_element_instance_are_found_by_index() {
        for test in [VariableTest::Around(7), VariableTest::VisibleFrom(7)] {
            let plan = plan::<Variable>(vec![Condition::Of(test)], Vec::new());
            assert!(plan.contains("SEARCH v USING INTEGER PRIMARY KEY"), "{plan}");
            assert!(plan.contains("SEARCH w USING INDEX variable_by_scope"), "{plan}");
            assert!(!plan.contains("SCAN w") && !plan.contains("SCAN v"), "{plan}");
        }
    }

    #[test]
    fn a_variable_leads_to_its_instances() {
        let has = |name: &str, value: &str| {
            let wanted = VariableCondition { name: name.into(), tests: vec![is(value)] };
            Condition::<ProcessInstance>::Of(ProcessInstanceCondition::Variable(wanted))
        };
        assert_found_by(&plan(vec![has("colour", "\"red\"")], Vec::new()), BY_VALUE);
        let any = vec![vec![has("colour", "\"red\"")], vec![has("n", "1")]];
        assert_found_by(&plan(Vec::new(), any), BY_VALUE);
    }
}
