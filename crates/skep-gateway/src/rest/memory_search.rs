//! Orders and pages of what a search has found in memory.

use std::cmp::Ordering;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use skep_api::rest::{SearchPage, SearchResult, SearchResultPage, SearchSort};

use crate::problem::Problem;

/// Items of a page whose request names no limit.
const LIMIT_DEFAULT: i64 = 100;
/// Most items of a page.
const LIMIT_MAX: i64 = 10_000;
/// Most steps of an order.
const SORT_MAX: usize = 10;

/// Something that can be found.
pub(super) trait Found {
    /// Names of the attributes that it can be ordered by.
    const FIELDS: &'static [&'static str];

    /// Compares by one of [`Found::FIELDS`].
    fn compare(&self, other: &Self, field: &str) -> Ordering;

    /// What no other has: it orders what is equal otherwise, and is what a cursor names.
    fn identity(&self) -> (i64, i64);
}

/// The part of `found` that is asked for, in the order that is asked for.
///
/// # Errors
/// 400: an order or a page that cannot be.
///
/// Source: camunda/camunda-docs: docs/apis-tools/orchestration-cluster-api-rest/orchestration-cluster-api-rest-data-fetching.md
pub(super) fn page_of<T: Found>(
    mut found: Vec<T>,
    has_more: bool,
    sort: &[SearchSort],
    page: Option<SearchPage>,
) -> Result<SearchResult<T>, Problem> {
    let steps = steps::<T>(sort)?;
    found.sort_by(|a, b| {
        let by_steps = steps.iter().map(|(field, is_descending)| {
            let order = a.compare(b, field);
            if *is_descending { order.reverse() } else { order }
        });
        let unequal = by_steps.into_iter().find(|order| order.is_ne());
        unequal.unwrap_or_else(|| a.identity().cmp(&b.identity()))
    });
    let total_items = found.len() as u64;
    let range = range(&found, page.unwrap_or_default())?;
    let items: Vec<T> = found.drain(range).collect();
    let cursor = |item: Option<&T>| item.map(|item| cursor_of(item.identity()));
    let page = SearchResultPage {
        total_items,
        has_more_total_items: has_more,
        start_cursor: cursor(items.first()),
        end_cursor: cursor(items.last()),
    };
    Ok(SearchResult { items, page })
}

fn steps<T: Found>(sort: &[SearchSort]) -> Result<Vec<(&str, bool)>, Problem> {
    if sort.len() > SORT_MAX {
        return Err(Problem::invalid_argument(format!("sort may have {SORT_MAX} items at most")));
    }
    let step = |(n, step): (usize, &'_ SearchSort)| -> Result<bool, Problem> {
        if !T::FIELDS.contains(&step.field.as_str()) {
            return Err(Problem::invalid_argument(format!(
                "Unexpected value '{}' for sort[{n}].field; use one of {:?}",
                step.field,
                T::FIELDS
            )));
        }
        match step.order.as_deref() {
            None | Some("ASC" | "asc") => Ok(false),
            Some("DESC" | "desc") => Ok(true),
            Some(other) => Err(Problem::invalid_argument(format!(
                "Unexpected value '{other}' for sort[{n}].order; use ASC or DESC"
            ))),
        }
    };
    let steps = sort.iter().enumerate();
    steps.map(|(n, one)| Ok((one.field.as_str(), step((n, one))?))).collect()
}

fn range<T: Found>(found: &[T], page: SearchPage) -> Result<std::ops::Range<usize>, Problem> {
    let limit = page.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::invalid_argument(format!(
            "The value for page.limit is '{limit}' but must be from 1 to {LIMIT_MAX}"
        )));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let (from, after, before) = (page.from, page.after, page.before);
    let (start, end) = match (from, after, before) {
        (None, None, None) => (0, limit),
        (Some(from), None, None) => {
            let from = usize::try_from(from).map_err(|_| {
                Problem::invalid_argument(format!(
                    "The value for page.from is '{from}' but must be not negative"
                ))
            })?;
            (from, from.saturating_add(limit))
        }
        (None, Some(after), None) => {
            let start = place(found, "after", &after)? + 1;
            (start, start.saturating_add(limit))
        }
        (None, None, Some(before)) => {
            let end = place(found, "before", &before)?;
            (end.saturating_sub(limit), end)
        }
        _ => {
            return Err(Problem::invalid_argument(
                "Only one of [page.from, page.after, page.before] is allowed",
            ));
        }
    };
    let end = end.min(found.len());
    Ok(start.min(end)..end)
}

fn cursor_of((first, second): (i64, i64)) -> String {
    STANDARD.encode(format!("[\"{first}\",\"{second}\"]"))
}

fn place<T: Found>(found: &[T], name: &str, cursor: &str) -> Result<usize, Problem> {
    found.iter().position(|item| cursor_of(item.identity()) == cursor).ok_or_else(|| {
        Problem::invalid_argument(format!(
            "The value for page.{name} is no cursor of this search, or of something that is not \
             there any more: search again from the beginning"
        ))
    })
}
