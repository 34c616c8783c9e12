//! Statistics of jobs.

use rusqlite::types::Value;
use skep_record::{AuthorizedTenants, TextTest, Timestamp};

use super::{Cursor, Entity as _, Found, Job, Page, Search, query, statement};
use crate::{error::HistoryError, history::History, sql::Sql, table::job_count::MINUTE_MS};

/// How often something happened.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct EventCount {
    /// How often.
    pub count: u64,
    /// When it happened last.
    pub last_at: Option<Timestamp>,
}

/// What happened to jobs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct JobCounts {
    /// They were created.
    pub created: EventCount,
    /// They were completed.
    pub completed: EventCount,
    /// An attempt has failed.
    pub failed: EventCount,
    /// How many workers had them.
    pub workers: u64,
}

/// What jobs are counted by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JobGrouping {
    /// Their type.
    Type,
    /// The worker; the empty text for what happened before one had the job.
    Worker,
    /// The time, in steps of this many milliseconds since the Unix epoch; at least a minute.
    Time(i64),
}

/// Which jobs are counted, and what is shown.
#[derive(Clone, Debug)]
pub struct JobStatistics {
    /// From this time on: from the beginning of its minute.
    pub from: Timestamp,
    /// Up to this time: to the end of its minute.
    pub to: Timestamp,
    /// What must hold for their type.
    pub job_type: Vec<TextTest>,
    /// Which part: from a number, or after a cursor.
    pub page: Page,
    /// How many groups at most.
    pub limit: u32,
}

/// Jobs of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct JobGroup {
    /// Their type or worker; empty where they are counted by time.
    pub name: String,
    /// When their time begins, where they are counted by time.
    pub at: Timestamp,
    /// What happened to them.
    pub counts: JobCounts,
}

/// An error that workers tell of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JobError {
    /// Code of the BPMN error; empty for none.
    pub error_code: String,
    /// What the workers said.
    pub error_message: String,
    /// How many workers tell of it.
    pub workers: u64,
}

const COUNTS: &str = "sum(c.n_created), max(c.created_at), sum(c.n_completed), \
                      max(c.completed_at), sum(c.n_failed), max(c.failed_at), \
                      count(DISTINCT nullif(c.worker_no, 0))";

impl History {
    /// What happened to jobs in a time, by group. Blocks the thread.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn job_statistics(
        &self,
        by: JobGrouping,
        wanted: &JobStatistics,
        tenants: &AuthorizedTenants,
    ) -> Result<Found<JobGroup>, HistoryError> {
        let group = match by {
            JobGrouping::Type => "t.text".to_owned(),
            JobGrouping::Worker => "coalesce(w.text, '')".to_owned(),
            JobGrouping::Time(step) => {
                let step = step.max(MINUTE_MS);
                format!("(c.minute / {step} * {step})")
            }
        };
        let mut count = Sql::new(format!("SELECT count(DISTINCT {group})"));
        counted(wanted, tenants, &mut count);
        let mut page = Sql::new(format!("SELECT {group}, {COUNTS}"));
        counted(wanted, tenants, &mut page);
        part(&[&group], &wanted.page, wanted.limit, &mut page)?;
        self.groups(&count, &page, 1, |row| {
            let (name, at) = match by {
                JobGrouping::Type | JobGrouping::Worker => (row.get(0)?, Timestamp(0)),
                JobGrouping::Time(_) => (String::new(), Timestamp(row.get(0)?)),
            };
            Ok(JobGroup { name, at, counts: counts(row, 1)? })
        })
    }

    /// What happened to jobs in a time, all together; the page does not matter. Blocks the thread.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn job_totals(
        &self,
        wanted: &JobStatistics,
        tenants: &AuthorizedTenants,
    ) -> Result<JobCounts, HistoryError> {
        let mut sql = Sql::new(format!("SELECT {COUNTS}"));
        counted(wanted, tenants, &mut sql);
        let found = self.read(|connection| query(connection, &sql, |row| counts(row, 0)))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// What workers said last about those of the wanted jobs that have failed or thrown an error;
    /// the order does not matter. Blocks the thread.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn job_errors(
        &self,
        wanted: &Search<Job>,
        tenants: &AuthorizedTenants,
    ) -> Result<Found<JobError>, HistoryError> {
        let group = ["coalesce(j.error_code, '')", "coalesce(j.error_message, '')"];
        let [code, message] = group;
        let mut count =
            Sql::new(format!("SELECT count(*) FROM (SELECT DISTINCT {code}, {message}"));
        failing(wanted, tenants, &mut count);
        count.push(")");
        let mut page = Sql::new(format!("SELECT {code}, {message}, count(DISTINCT j.worker_no)"));
        failing(wanted, tenants, &mut page);
        part(&group, &wanted.page, wanted.limit, &mut page)?;
        self.groups(&count, &page, group.len(), |row| {
            Ok(JobError {
                error_code: row.get(0)?,
                error_message: row.get(1)?,
                workers: row.get::<_, i64>(2)?.unsigned_abs(),
            })
        })
    }

    /// Groups whose first columns order them.
    fn groups<T>(
        &self,
        count: &Sql,
        page: &Sql,
        n_columns: usize,
        mut read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Found<T>, HistoryError> {
        self.read(|connection| {
            let total = query(connection, count, |row| row.get::<_, i64>(0))?.pop().unwrap_or(0);
            let found = query(connection, page, |row| {
                let values = (0..n_columns).map(|at| row.get::<_, Value>(at));
                Ok((read(row)?, Cursor(values.collect::<rusqlite::Result<_>>()?)))
            })?;
            let cursor = |item: Option<&(T, Cursor)>| item.map(|(_, cursor)| cursor.clone());
            let (start, end) = (cursor(found.first()), cursor(found.last()));
            let items = found.into_iter().map(|(item, _)| item).collect();
            Ok(Found { items, total: total.unsigned_abs(), has_more: false, start, end })
        })
    }
}

/// Appends what is counted.
fn counted(wanted: &JobStatistics, tenants: &AuthorizedTenants, sql: &mut Sql) {
    sql.push(
        " FROM job_count c JOIN label t ON t.no = c.type_no \
         JOIN label n ON n.no = c.tenant_no LEFT JOIN label w ON w.no = c.worker_no \
         WHERE c.minute >= ",
    );
    sql.bind(wanted.from.0 - wanted.from.0.rem_euclid(MINUTE_MS));
    sql.push(" AND c.minute <= ").bind(wanted.to.0);
    for test in &wanted.job_type {
        sql.push(" AND ");
        statement::text("t.text", test, sql);
    }
    statement::of_tenants("n.text", tenants, sql);
}

/// Appends the wanted jobs about which a worker has told an error.
fn failing(wanted: &Search<Job>, tenants: &AuthorizedTenants, sql: &mut Sql) {
    sql.push(" FROM ").push(Job::TABLE.from);
    statement::conditions(wanted, tenants, sql);
    // As in the index.
    sql.push(" AND coalesce(j.error_code, j.error_message) IS NOT NULL");
}

/// Appends the groups, their order, and which part of them is wanted.
fn part(group: &[&str], page: &Page, limit: u32, sql: &mut Sql) -> Result<(), HistoryError> {
    let group_columns = group.join(", ");
    let mut offset = 0;
    match page {
        Page::From(from) => offset = *from,
        Page::After(Cursor(values)) if values.len() == group.len() => {
            sql.push(" AND (").push(&group_columns).push(") > ");
            sql.bind_all(values.iter().cloned());
        }
        Page::After(_) => return Err(HistoryError::Cursor("after")),
        Page::Before(_) => return Err(HistoryError::Cursor("before")),
    }
    sql.push(" GROUP BY ").push(&group_columns).push(" ORDER BY ").push(&group_columns);
    sql.push(" LIMIT ").bind(i64::from(limit)).push(" OFFSET ");
    sql.bind(i64::try_from(offset).unwrap_or(i64::MAX));
    Ok(())
}

/// The counts in the columns from `at` on; sums over nothing are null.
fn counts(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<JobCounts> {
    let number = |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.unwrap_or(0));
    let event = |at: usize| {
        let last_at = Some(Timestamp(number(at + 1)?)).filter(|last_at| last_at.0 > 0);
        Ok::<_, rusqlite::Error>(EventCount { count: number(at)?.unsigned_abs(), last_at })
    };
    Ok(JobCounts {
        created: event(at)?,
        completed: event(at + 2)?,
        failed: event(at + 4)?,
        workers: number(at + 6)?.unsigned_abs(),
    })
}

#[cfg(test)]
mod tests {
    use skep_record::Test;

    use super::*;
    use crate::{
        schema,
        search::{Condition, JobField},
    };

    #[test]
    fn only_what_is_of_the_time_is_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let connection = schema::open_writer(&dir.path().join("history.db")).unwrap();
        let tenants = AuthorizedTenants::Only(["<default>".into()].into());
        let job_type = TextTest::Is(Test::Equals("work".to_owned()));
        let wanted = JobStatistics {
            from: Timestamp(0),
            to: Timestamp(1),
            job_type: vec![job_type.clone()],
            page: Page::From(0),
            limit: 1,
        };
        let mut sql = Sql::new("SELECT t.text");
        counted(&wanted, &tenants, &mut sql);
        let plan = statement::plan(&connection, &sql);
        assert!(plan.contains("SEARCH c USING PRIMARY KEY (minute>? AND minute<?)"), "{plan}");

        let all = vec![
            Condition::Text(JobField::Type, job_type),
            Condition::Number(JobField::UpdatedAt, Test::AtLeast(0)),
            Condition::Number(JobField::UpdatedAt, Test::AtMost(1)),
        ];
        let mut sql = Sql::new("SELECT 1");
        failing(&Search { all, ..Search::default() }, &tenants, &mut sql);
        let plan = statement::plan(&connection, &sql);
        assert!(plan.contains("INDEX job_with_error (type_no=? AND updated_at>?"), "{plan}");
    }
}
