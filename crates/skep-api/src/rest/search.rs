//! Searches: what they ask for, and pages of what they find.

use serde::{Deserialize, Serialize};

/// The body of a search.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SearchRequest<F> {
    /// What it must fulfil.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<F>,
    /// In which order, the first counting most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<Vec<SearchSort>>,
    /// Which part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<SearchPage>,
}

impl<F> Default for SearchRequest<F> {
    fn default() -> Self {
        Self { filter: None, sort: None, page: None }
    }
}

/// One step of an order.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SearchSort {
    /// Name of an attribute.
    pub field: String,
    /// `ASC`, also if absent, or `DESC`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

/// A part of what is found: by number, or by a cursor.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SearchPage {
    /// How many to leave out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// How many to give at most; 100 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// What comes after the `endCursor` of a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// What comes before the `startCursor` of a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// A part of what was found.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchResult<T> {
    /// The part.
    pub items: Vec<T>,
    /// Where it is in the whole.
    pub page: SearchResultPage,
}

/// Where a part is in the whole.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchResultPage {
    /// How many were found.
    pub total_items: u64,
    /// Whether there are even more.
    pub has_more_total_items: bool,
    /// Names the first item of the part.
    pub start_cursor: Option<String>,
    /// Names the last item of the part.
    pub end_cursor: Option<String>,
}
