//! What all searches of the history have in common: orders, pages, and the conditions of filters.

use jiff::Timestamp;
use skep_api::rest::{
    Key, PropertyFilter, SearchPage, SearchRequest, SearchResult, SearchResultPage, SearchSort,
};
use skep_projection::{Condition, Cursor, Entity, Found, Order, Page, Search};
use skep_record::{Test, TextTest};

use super::filter::{
    DATES, ENUMS, KEYS, LIST_MAX, NUMBERS, Operators, TEXTS, check_enum, check_length, tests,
    text_tests,
};
use crate::{call::Call, problem::Problem};

/// Items of a page whose request names no limit.
const LIMIT_DEFAULT: i64 = 100;
/// Most items of a page.
const LIMIT_MAX: i64 = 10_000;
/// Most steps of an order.
const SORT_MAX: usize = 10;

/// The order and the part that a request asks for, of what fulfils these conditions.
///
/// # Errors
/// 400: an order or a page that cannot be.
///
/// Source: camunda/camunda-docs: docs/apis-tools/orchestration-cluster-api-rest/orchestration-cluster-api-rest-data-fetching.md
pub(super) fn search<E: Entity>(
    fields: &[(&str, E::Field)],
    conditions: Vec<Condition<E>>,
    sort: Option<Vec<SearchSort>>,
    page: Option<SearchPage>,
) -> Result<Search<E>, Problem> {
    let page = page.unwrap_or_default();
    let limit = page.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::invalid_argument(format!(
            "The value for page.limit is '{limit}' but must be from 1 to {LIMIT_MAX}"
        )));
    }
    Ok(Search {
        all: conditions,
        any: Vec::new(),
        order: order::<E>(fields, sort.unwrap_or_default())?,
        page: part(page)?,
        limit: u32::try_from(limit).unwrap_or(u32::MAX),
    })
}

fn order<E: Entity>(
    fields: &[(&str, E::Field)],
    sort: Vec<SearchSort>,
) -> Result<Vec<(E::Field, Order)>, Problem> {
    if sort.len() > SORT_MAX {
        return Err(Problem::invalid_argument(format!("sort may have {SORT_MAX} items at most")));
    }
    let step = |(n, step): (usize, SearchSort)| {
        let Some((_, field)) = fields.iter().find(|(name, _)| *name == step.field) else {
            let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
            return Err(Problem::invalid_argument(format!(
                "Unexpected value '{}' for sort[{n}].field; use one of {names:?}",
                step.field,
            )));
        };
        match step.order.as_deref() {
            None | Some("ASC" | "asc") => Ok((*field, Order::Ascending)),
            Some("DESC" | "desc") => Ok((*field, Order::Descending)),
            Some(other) => Err(Problem::invalid_argument(format!(
                "Unexpected value '{other}' for sort[{n}].order; use ASC or DESC"
            ))),
        }
    };
    sort.into_iter().enumerate().map(step).collect()
}

fn part(page: SearchPage) -> Result<Page, Problem> {
    let cursor = |name: &str, text: String| {
        Cursor::parse(&text).ok_or_else(|| {
            Problem::invalid_argument(format!(
                "The value for page.{name} is no cursor of a search in this order"
            ))
        })
    };
    match (page.from, page.after, page.before) {
        (None, None, None) => Ok(Page::From(0)),
        (Some(from), None, None) => u64::try_from(from).map(Page::From).map_err(|_| {
            Problem::invalid_argument(format!(
                "The value for page.from is '{from}' but must be not negative"
            ))
        }),
        (None, Some(after), None) => cursor("after", after).map(Page::After),
        (None, None, Some(before)) => cursor("before", before).map(Page::Before),
        _ => Err(Problem::invalid_argument(
            "Only one of [page.from, page.after, page.before] is allowed",
        )),
    }
}

/// What was found, as it is written.
pub(super) fn result<E, T>(found: Found<E>, written: impl FnMut(E) -> T) -> SearchResult<T> {
    SearchResult {
        items: found.items.into_iter().map(written).collect(),
        page: SearchResultPage {
            total_items: found.total,
            has_more_total_items: found.has_more,
            start_cursor: found.start.map(|cursor| cursor.to_string()),
            end_cursor: found.end.map(|cursor| cursor.to_string()),
        },
    }
}

/// Reads a request, searches, and writes what is found: all that most searches do.
///
/// # Errors
/// 400, and those of [`Call::search`].
pub(super) async fn answer<E, F, T>(
    call: &Call,
    body: SearchRequest<F>,
    fields: &[(&str, E::Field)],
    read: impl FnOnce(F, &mut Conditions<'_, E>) -> Result<(), Problem>,
    written: impl FnMut(E) -> T,
) -> Result<SearchResult<T>, Problem>
where
    E: Entity + Send + 'static,
    E::Field: Send,
    E::Condition: Send,
    F: Default,
{
    let mut conditions = Conditions::new("filter");
    read(body.filter.unwrap_or_default(), &mut conditions)?;
    let search = search::<E>(fields, conditions.0, body.sort, body.page)?;
    Ok(result(call.search(search).await?, written))
}

/// The conditions of a filter, read attribute by attribute; what is absent adds none.
pub(super) struct Conditions<'p, E: Entity>(pub(super) Vec<Condition<E>>, &'p str);

impl<'p, E: Entity> Conditions<'p, E> {
    pub(super) fn new(path: &'p str) -> Self {
        Self(Vec::new(), path)
    }

    fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.1)
    }

    fn numbers<T>(
        &mut self,
        name: &str,
        field: E::Field,
        property: Option<PropertyFilter<T>>,
        operators: Operators,
        number: impl Fn(T) -> i64,
    ) -> Result<(), Problem> {
        if let Some(property) = property {
            let tests = tests(&self.path(name), property, operators, number)?;
            self.0.extend(tests.into_iter().map(|test| Condition::Number(field, test)));
        }
        Ok(())
    }

    /// About a key.
    pub(super) fn key(
        &mut self,
        name: &str,
        field: E::Field,
        property: Option<PropertyFilter<Key>>,
    ) -> Result<(), Problem> {
        self.numbers(name, field, property, KEYS, |key| key.raw)
    }

    /// About a key of something else.
    pub(super) fn key_of(
        &mut self,
        name: &str,
        property: Option<PropertyFilter<Key>>,
        condition: impl Fn(Test<i64>) -> E::Condition,
    ) -> Result<(), Problem> {
        if let Some(property) = property {
            let tests = tests(&self.path(name), property, KEYS, |key| key.raw)?;
            self.0.extend(tests.into_iter().map(|test| Condition::Of(condition(test))));
        }
        Ok(())
    }

    /// About a number.
    pub(super) fn number(
        &mut self,
        name: &str,
        field: E::Field,
        property: Option<PropertyFilter<i32>>,
    ) -> Result<(), Problem> {
        self.numbers(name, field, property, NUMBERS, i64::from)
    }

    /// About a number of something else.
    pub(super) fn number_of(
        &mut self,
        name: &str,
        property: Option<PropertyFilter<i32>>,
        condition: impl Fn(Test<i64>) -> E::Condition,
    ) -> Result<(), Problem> {
        if let Some(property) = property {
            let tests = tests(&self.path(name), property, NUMBERS, i64::from)?;
            self.0.extend(tests.into_iter().map(|test| Condition::Of(condition(test))));
        }
        Ok(())
    }

    /// About a date and time.
    pub(super) fn time(
        &mut self,
        name: &str,
        field: E::Field,
        property: Option<PropertyFilter<String>>,
    ) -> Result<(), Problem> {
        let Some(property) = property else { return Ok(()) };
        let path = self.path(name);
        let property = property.try_map(|text| milliseconds(&path, &text))?;
        self.numbers(name, field, Some(property), DATES, |at| at)
    }

    /// About a text.
    pub(super) fn text(
        &mut self,
        name: &str,
        field: E::Field,
        property: Option<PropertyFilter<String>>,
    ) -> Result<(), Problem> {
        self.texts(name, field, property, TEXTS)
    }

    /// About one of a few names.
    pub(super) fn one_of(
        &mut self,
        name: &str,
        field: E::Field,
        property: Option<PropertyFilter<String>>,
        names: &[&str],
    ) -> Result<(), Problem> {
        if let Some(property) = &property {
            check_enum(&self.path(name), property, names)?;
        }
        self.texts(name, field, property, ENUMS)
    }

    /// About one of a few names, or all others.
    pub(super) fn one_of_or_none(
        &mut self,
        name: &str,
        field: E::Field,
        property: Option<PropertyFilter<String>>,
        names: &[&str],
    ) -> Result<(), Problem> {
        if let Some(property) = &property {
            check_enum(&self.path(name), property, names)?;
        }
        self.texts(name, field, property, TEXTS)
    }

    /// About a text that is compared as keys are.
    pub(super) fn id(
        &mut self,
        name: &str,
        field: E::Field,
        property: Option<PropertyFilter<String>>,
    ) -> Result<(), Problem> {
        self.texts(name, field, property, KEYS)
    }

    fn texts(
        &mut self,
        name: &str,
        field: E::Field,
        property: Option<PropertyFilter<String>>,
        operators: Operators,
    ) -> Result<(), Problem> {
        if let Some(property) = property {
            let tests = text_tests(&self.path(name), property, operators)?;
            self.0.extend(tests.into_iter().map(|test| Condition::Text(field, test)));
        }
        Ok(())
    }

    /// About texts that are not in a column of their own.
    pub(super) fn text_of(
        &mut self,
        name: &str,
        property: Option<PropertyFilter<String>>,
        condition: impl Fn(TextTest) -> E::Condition,
    ) -> Result<(), Problem> {
        if let Some(property) = property {
            let tests = text_tests(&self.path(name), property, TEXTS)?;
            self.0.extend(tests.into_iter().map(|test| Condition::Of(condition(test))));
        }
        Ok(())
    }

    /// Tags, all of which it has.
    pub(super) fn tags(
        &mut self,
        tags: Option<Vec<String>>,
        condition: impl FnOnce(Vec<String>) -> E::Condition,
    ) -> Result<(), Problem> {
        let tags = tags.unwrap_or_default();
        check_length(&self.path("tags"), tags.len(), LIST_MAX)?;
        if !tags.is_empty() {
            self.0.push(Condition::Of(condition(tags)));
        }
        Ok(())
    }

    /// About what is true or false.
    pub(super) fn is(&mut self, field: E::Field, wanted: Option<bool>) {
        self.0.extend(wanted.map(|wanted| Condition::Is(field, wanted)));
    }

    /// About something else.
    pub(super) fn of(&mut self, condition: E::Condition) {
        self.0.push(Condition::Of(condition));
    }

    /// A text that must be the same.
    pub(super) fn text_is(&mut self, field: E::Field, wanted: Option<String>) {
        let same = |text| Condition::Text(field, TextTest::Is(Test::Equals(text)));
        self.0.extend(wanted.map(same));
    }

    /// A number that must be the same.
    pub(super) fn same(&mut self, field: E::Field, wanted: Option<i64>) {
        self.0.extend(wanted.map(|wanted| Condition::Number(field, Test::Equals(wanted))));
    }
}

/// A date and time with offset, in milliseconds since the Unix epoch.
///
/// # Errors
/// 400: it is none.
pub(super) fn milliseconds(path: &str, text: &str) -> Result<i64, Problem> {
    let time = text.parse::<Timestamp>().map_err(|_| {
        Problem::invalid_argument(format!(
            "The provided {path} '{text}' cannot be parsed as a date according to RFC 3339, \
             section 5.6"
        ))
    })?;
    Ok(time.as_millisecond())
}
