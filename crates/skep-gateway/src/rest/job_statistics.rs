//! Statistics of jobs.

use jiff::Span;
use serde::Deserialize;
use skep_api::rest::{
    GlobalJobStatistics, JobErrorStatistics, JobErrorStatisticsFilter, JobStatisticsRequest,
    JobTimeSeriesStatistics, JobTimeSeriesStatisticsFilter, JobTypeStatistics,
    JobTypeStatisticsFilter, JobWorkerStatistics, JobWorkerStatisticsFilter, PropertyFilter,
    SearchPage, SearchResult, StatusMetric,
};
use skep_projection::{
    Condition, EventCount, Found, Job, JobCounts, JobField as Field, JobGroup, JobGrouping,
    JobStatistics, Search,
};
use skep_record::{Test, Timestamp};

use super::{
    batch_operation::date_time,
    body::{Answer, Keys, OptionalBody, UrlQuery, required},
    filter::{TEXTS, text_tests},
    process_definition_statistics::check_page,
    search::{self, Conditions, milliseconds},
};
use crate::{call::Call, problem::Problem};

const MINUTE_MS: i64 = 60_000;
/// Steps of a time series whose resolution is the server's choice, at most.
const STEPS_MAX: i64 = 1000;
/// What the server chooses from, in minutes.
const RESOLUTIONS: [i64; 5] = [1, 5, 15, 60, 360];
/// The coarsest.
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// `POST /v2/jobs/statistics/by-types` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn by_types(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<JobStatisticsRequest<JobTypeStatisticsFilter>>,
) -> Result<Answer<SearchResult<JobTypeStatistics>>, Problem> {
    let filter = given(body.filter)?;
    let wanted = wanted((filter.from, filter.to), filter.job_type, body.page)?;
    let found = groups(&call, JobGrouping::Type, wanted).await?;
    let written = |JobGroup { name, counts, .. }| JobTypeStatistics {
        job_type: name,
        created: metric(counts.created),
        completed: metric(counts.completed),
        failed: metric(counts.failed),
        workers: counts.workers,
    };
    Ok(Answer(keys, search::result(found, written)))
}

/// `POST /v2/jobs/statistics/by-workers` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn by_workers(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<JobStatisticsRequest<JobWorkerStatisticsFilter>>,
) -> Result<Answer<SearchResult<JobWorkerStatistics>>, Problem> {
    let filter = given(body.filter)?;
    let job_type = required("filter.jobType", filter.job_type)?;
    let wanted = wanted((filter.from, filter.to), Some(job_type.into()), body.page)?;
    let found = groups(&call, JobGrouping::Worker, wanted).await?;
    let written = |JobGroup { name, counts, .. }| JobWorkerStatistics {
        worker: name,
        created: metric(counts.created),
        completed: metric(counts.completed),
        failed: metric(counts.failed),
    };
    Ok(Answer(keys, search::result(found, written)))
}

/// `POST /v2/jobs/statistics/time-series` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn time_series(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<JobStatisticsRequest<JobTimeSeriesStatisticsFilter>>,
) -> Result<Answer<SearchResult<JobTimeSeriesStatistics>>, Problem> {
    let filter = given(body.filter)?;
    let job_type = required("filter.jobType", filter.job_type)?;
    let wanted = wanted((filter.from, filter.to), Some(job_type.into()), body.page)?;
    let step = match filter.resolution {
        Some(text) => resolution(&text)?,
        None => chosen_resolution(wanted.to.0.saturating_sub(wanted.from.0)),
    };
    let found = groups(&call, JobGrouping::Time(step), wanted).await?;
    let written = |JobGroup { at, counts, .. }| JobTimeSeriesStatistics {
        time: date_time(at),
        created: metric(counts.created),
        completed: metric(counts.completed),
        failed: metric(counts.failed),
    };
    Ok(Answer(keys, search::result(found, written)))
}

/// Which jobs are counted all together.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Totals {
    from: Option<String>,
    to: Option<String>,
    job_type: Option<String>,
}

/// `GET /v2/jobs/statistics/global` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn global(
    call: Call,
    Keys(keys): Keys,
    UrlQuery(query): UrlQuery<Totals>,
) -> Result<Answer<GlobalJobStatistics>, Problem> {
    let (from, to) = (required("from", query.from)?, required("to", query.to)?);
    let (from, to) = (milliseconds("from", &from)?, milliseconds("to", &to)?);
    let job_type = query.job_type.map(PropertyFilter::from);
    let wanted = of_time((from, to), job_type, SearchPage::default())?;
    let found = call.read(move |history, tenants| history.job_totals(&wanted, tenants)).await?;
    let JobCounts { created, completed, failed, workers: _ } = found;
    let answer = GlobalJobStatistics {
        created: metric(created),
        completed: metric(completed),
        failed: metric(failed),
        is_incomplete: false,
    };
    Ok(Answer(keys, answer))
}

/// `POST /v2/jobs/statistics/errors` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn errors(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<JobStatisticsRequest<JobErrorStatisticsFilter>>,
) -> Result<Answer<SearchResult<JobErrorStatistics>>, Problem> {
    let filter = given(body.filter)?;
    let job_type = required("filter.jobType", filter.job_type)?;
    let (from, to) = time(filter.from, filter.to)?;
    let mut conditions = Conditions::<Job>::new("filter");
    conditions.text_is(Field::Type, Some(job_type));
    for test in [Test::AtLeast(from), Test::AtMost(to)] {
        conditions.0.push(Condition::Number(Field::UpdatedAt, test));
    }
    conditions.text("errorCode", Field::ErrorCode, filter.error_code)?;
    conditions.text("errorMessage", Field::ErrorMessage, filter.error_message)?;
    check_forward(body.page.as_ref())?;
    let wanted: Search<Job> = search::search(&[], conditions.0, None, body.page)?;
    let found = call.read(move |history, tenants| history.job_errors(&wanted, tenants)).await?;
    let written = |found: skep_projection::JobError| JobErrorStatistics {
        error_code: found.error_code,
        error_message: found.error_message,
        workers: found.workers,
    };
    Ok(Answer(keys, search::result(found, written)))
}

fn given<F>(filter: Option<F>) -> Result<F, Problem> {
    filter.ok_or_else(|| Problem::invalid_argument("No filter provided"))
}

/// From when to when, in milliseconds since the Unix epoch.
fn time(from: Option<String>, to: Option<String>) -> Result<(i64, i64), Problem> {
    let (from, to) = (required("filter.from", from)?, required("filter.to", to)?);
    Ok((milliseconds("filter.from", &from)?, milliseconds("filter.to", &to)?))
}

fn wanted(
    (from, to): (Option<String>, Option<String>),
    job_type: Option<PropertyFilter<String>>,
    page: Option<SearchPage>,
) -> Result<JobStatistics, Problem> {
    let time = time(from, to)?;
    check_forward(page.as_ref())?;
    of_time(time, job_type, page.unwrap_or_default())
}

fn of_time(
    (from, to): (i64, i64),
    job_type: Option<PropertyFilter<String>>,
    page: SearchPage,
) -> Result<JobStatistics, Problem> {
    let job_type = job_type.map(|job_type| text_tests("filter.jobType", job_type, TEXTS));
    let part: Search<Job> = search::search(&[], Vec::new(), None, Some(page))?;
    Ok(JobStatistics {
        from: Timestamp(from),
        to: Timestamp(to),
        job_type: job_type.transpose()?.unwrap_or_default(),
        page: part.page,
        limit: part.limit,
    })
}

/// Pages go forward only.
///
/// Source: camunda/camunda: zeebe/gateway-protocol/src/main/proto/rest-api.yaml,
/// `CursorForwardPagination`
fn check_forward(page: Option<&SearchPage>) -> Result<(), Problem> {
    check_page(page.map(|page| [("from", page.from.is_some()), ("before", page.before.is_some())]))
}

async fn groups(
    call: &Call,
    by: JobGrouping,
    wanted: JobStatistics,
) -> Result<Found<JobGroup>, Problem> {
    call.read(move |history, tenants| history.job_statistics(by, &wanted, tenants)).await
}

/// A step of whole minutes, in milliseconds.
fn resolution(text: &str) -> Result<i64, Problem> {
    let bad = || {
        Problem::invalid_argument(format!(
            "The value for filter.resolution is '{text}' but must be an ISO 8601 duration of one \
             or more whole minutes, such as PT1M, PT1H or P1D"
        ))
    };
    // The library also reads durations in words.
    let span: Span =
        text.starts_with('P').then(|| text.parse()).ok_or_else(bad)?.map_err(|_| bad())?;
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    let step = span.to_duration(days).map_err(|_| bad())?.as_millis();
    match i64::try_from(step) {
        Ok(step) if step >= MINUTE_MS && step % MINUTE_MS == 0 => Ok(step),
        _ => Err(bad()),
    }
}

/// The finest step that leads to few enough of them, in milliseconds.
fn chosen_resolution(length_ms: i64) -> i64 {
    let fine = RESOLUTIONS.into_iter().map(|minutes| minutes * MINUTE_MS);
    let mut fine = fine.filter(|step| length_ms / step < STEPS_MAX);
    fine.next().unwrap_or(DAY_MS)
}

fn metric(event: EventCount) -> StatusMetric {
    StatusMetric { count: event.count, last_updated_at: event.last_at.map(date_time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolution_is_whole_minutes() {
        for (text, minutes) in [("PT1M", 1), ("PT90M", 90), ("PT1H", 60), ("P1D", 1440)] {
            assert_eq!(resolution(text).unwrap(), minutes * MINUTE_MS, "{text}");
        }
        for text in ["", "1m", "PT30S", "PT90S", "PT0M", "-PT1M", "P1M"] {
            assert!(resolution(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_server_chooses_no_more_steps_than_it_should() {
        for (hours, minutes) in [(0, 1), (1, 1), (24, 5), (24 * 7, 15), (24 * 365, 1440)] {
            let chosen = chosen_resolution(hours * 60 * MINUTE_MS);
            assert_eq!(chosen, minutes * MINUTE_MS, "{hours} h");
        }
    }
}
