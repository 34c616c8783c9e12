//! Strings that are cheap to clone.

use std::ops::Deref;
use std::sync::Arc;

/// A string that borrows from a stored variable, or is shared.
#[derive(Clone)]
pub struct Text<'a>(Repr<'a>);

#[derive(Clone)]
enum Repr<'a> {
    Borrowed(&'a str),
    Shared(Arc<str>),
}

impl Text<'_> {
    /// The same string, not borrowing.
    #[must_use]
    pub fn into_owned(self) -> Text<'static> {
        Text(Repr::Shared(match self.0 {
            Repr::Borrowed(text) => text.into(),
            Repr::Shared(text) => text,
        }))
    }
}

impl Text<'_> {
    /// Bytes that [`Text::into_owned`] copies.
    pub(crate) fn borrowed_bytes(&self) -> usize {
        match &self.0 {
            Repr::Borrowed(text) => text.len(),
            Repr::Shared(_) => 0,
        }
    }

    pub(crate) fn to_arc(&self) -> Arc<str> {
        match &self.0 {
            Repr::Borrowed(text) => Arc::from(*text),
            Repr::Shared(text) => text.clone(),
        }
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Repr::Borrowed(text) => text,
            Repr::Shared(text) => text,
        }
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Repr::Borrowed(text))
    }
}

impl From<Arc<str>> for Text<'_> {
    fn from(text: Arc<str>) -> Self {
        Self(Repr::Shared(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Repr::Shared(text.into()))
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text<'_> {}
