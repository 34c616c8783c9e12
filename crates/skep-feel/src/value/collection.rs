//! Lists and contexts, packed or built.

use std::sync::Arc;

use super::{NESTING_MAX, Text, Val};
use crate::msgpack;

/// MessagePack of a list or context, its header included.
#[derive(Clone)]
enum Packed<'a> {
    Borrowed(&'a [u8]),
    Shared(Arc<[u8]>),
}

impl<'a> Packed<'a> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }

    fn into_owned(self) -> Packed<'static> {
        match self {
            Self::Borrowed(bytes) => Packed::Shared(exact(bytes).into()),
            Self::Shared(bytes) => Packed::Shared(bytes),
        }
    }

    /// Bytes that [`Packed::into_owned`] copies.
    fn borrowed_bytes(&self) -> usize {
        match self {
            Self::Borrowed(bytes) => exact(bytes).len(),
            Self::Shared(_) => 0,
        }
    }

    /// The value at an offset; it borrows what the packed data borrows.
    fn value_at(&self, offset: usize) -> Option<(Val<'a>, usize)> {
        match self {
            Self::Borrowed(bytes) => {
                let (value, rest) = msgpack::read(bytes.get(offset..)?)?;
                Some((value, bytes.len() - rest.len()))
            }
            Self::Shared(bytes) => {
                let (value, rest) = msgpack::read(bytes.get(offset..)?)?;
                Some((value.into_owned(), bytes.len() - rest.len()))
            }
        }
    }

    fn key_at(&self, offset: usize) -> Option<(Text<'a>, usize)> {
        match self {
            Self::Borrowed(bytes) => {
                let (key, rest) = msgpack::read_key(bytes.get(offset..)?)?;
                Some((Text::from(key), bytes.len() - rest.len()))
            }
            Self::Shared(bytes) => {
                let (key, rest) = msgpack::read_key(bytes.get(offset..)?)?;
                Some((Text::from(key).into_owned(), bytes.len() - rest.len()))
            }
        }
    }

    /// Number of elements and the offset of the first.
    fn open(&self) -> (usize, usize) {
        let bytes = self.bytes();
        let (len, rest) = msgpack::open(bytes);
        (len, bytes.len() - rest.len())
    }
}

/// Without what may follow the value.
fn exact(bytes: &[u8]) -> &[u8] {
    match msgpack::skip(bytes) {
        Some(rest) => &bytes[..bytes.len() - rest.len()],
        None => &[],
    }
}

/// What was built by an evaluation, with its depth.
struct Built<T> {
    items: Vec<T>,
    depth: usize,
}

/// A list.
#[derive(Clone)]
pub struct List<'a>(ListRepr<'a>);

#[derive(Clone)]
enum ListRepr<'a> {
    Packed(Packed<'a>),
    Built(Arc<Built<Val<'a>>>),
}

impl<'a> List<'a> {
    pub(crate) fn packed(bytes: &'a [u8]) -> Self {
        Self(ListRepr::Packed(Packed::Borrowed(bytes)))
    }

    /// A list of `items`; `None` when it would nest too deep.
    #[must_use]
    pub fn new(items: Vec<Val<'a>>) -> Option<Self> {
        let depth = 1 + items.iter().map(Val::depth).max().unwrap_or(0);
        (depth <= NESTING_MAX).then(|| Self(ListRepr::Built(Arc::new(Built { items, depth }))))
    }

    /// Appends an item in place where nobody else holds the list; `None` when it nests too deep.
    pub(crate) fn push(&mut self, item: Val<'a>) -> Option<()> {
        let depth = 1 + item.depth();
        if depth > NESTING_MAX {
            return None;
        }
        if let ListRepr::Built(built) = &mut self.0
            && let Some(built) = Arc::get_mut(built)
        {
            built.items.push(item);
            built.depth = built.depth.max(depth);
            return Some(());
        }
        let mut items = Vec::with_capacity(self.len() + 8);
        items.extend(self.iter());
        items.push(item);
        let depth = depth.max(self.depth());
        self.0 = ListRepr::Built(Arc::new(Built { items, depth }));
        Some(())
    }

    pub(super) fn depth(&self) -> usize {
        match &self.0 {
            ListRepr::Packed(_) => 1,
            ListRepr::Built(built) => built.depth,
        }
    }

    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            ListRepr::Packed(packed) => packed.open().0,
            ListRepr::Built(built) => built.items.len(),
        }
    }

    /// Whether it has no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The items, decoded one by one.
    pub fn iter(&self) -> Items<'_, 'a> {
        let (remaining, offset) = match &self.0 {
            ListRepr::Packed(packed) => packed.open(),
            ListRepr::Built(built) => (built.items.len(), 0),
        };
        Items { list: self, remaining, offset }
    }

    /// The item at `index`, from 0.
    #[must_use]
    pub fn item(&self, index: usize) -> Option<Val<'a>> {
        match &self.0 {
            ListRepr::Packed(packed) => {
                let (len, mut offset) = packed.open();
                if index >= len {
                    return None;
                }
                let bytes = packed.bytes();
                for _ in 0..index {
                    offset = bytes.len() - msgpack::skip(bytes.get(offset..)?)?.len();
                }
                packed.value_at(offset).map(|(value, _)| value)
            }
            ListRepr::Built(built) => built.items.get(index).cloned(),
        }
    }

    pub(super) fn borrowed_bytes(&self) -> usize {
        match &self.0 {
            ListRepr::Packed(packed) => packed.borrowed_bytes(),
            ListRepr::Built(built) => built.items.iter().map(Val::borrowed_bytes).sum(),
        }
    }

    pub(super) fn into_owned(self) -> List<'static> {
        List(match self.0 {
            ListRepr::Packed(packed) => ListRepr::Packed(packed.into_owned()),
            ListRepr::Built(built) => {
                let depth = built.depth;
                let items = match Arc::try_unwrap(built) {
                    Ok(built) => built.items.into_iter().map(Val::into_owned).collect(),
                    Err(built) => built.items.iter().cloned().map(Val::into_owned).collect(),
                };
                ListRepr::Built(Arc::new(Built { items, depth }))
            }
        })
    }

    pub(super) fn write_msgpack(&self, out: &mut Vec<u8>) {
        match &self.0 {
            ListRepr::Packed(packed) => out.extend_from_slice(exact(packed.bytes())),
            ListRepr::Built(built) => {
                msgpack::write_array(built.items.len(), out);
                built.items.iter().for_each(|item| item.write_msgpack(out));
            }
        }
    }
}

/// The items of a [`List`].
pub struct Items<'l, 'a> {
    list: &'l List<'a>,
    remaining: usize,
    /// Into the packed bytes, or the index of a built item.
    offset: usize,
}

impl<'a> Iterator for Items<'_, 'a> {
    type Item = Val<'a>;

    fn next(&mut self) -> Option<Val<'a>> {
        if self.remaining == 0 {
            return None;
        }
        self.remaining -= 1;
        match &self.list.0 {
            ListRepr::Packed(packed) => match packed.value_at(self.offset) {
                Some((value, offset)) => {
                    self.offset = offset;
                    Some(value)
                }
                None => {
                    self.remaining = 0;
                    None
                }
            },
            ListRepr::Built(built) => {
                self.offset += 1;
                built.items.get(self.offset - 1).cloned()
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

impl ExactSizeIterator for Items<'_, '_> {}

/// A context: names with values, in their order.
#[derive(Clone)]
pub struct Context<'a>(ContextRepr<'a>);

#[derive(Clone)]
enum ContextRepr<'a> {
    Packed(Packed<'a>),
    Built(Arc<Built<(Text<'a>, Val<'a>)>>),
}

impl<'a> Context<'a> {
    pub(crate) fn packed(bytes: &'a [u8]) -> Self {
        Self(ContextRepr::Packed(Packed::Borrowed(bytes)))
    }

    /// A context of `entries`, of which later ones replace earlier ones of the same name in
    /// their place; `None` when it would nest too deep.
    #[must_use]
    pub fn new(entries: Vec<(Text<'a>, Val<'a>)>) -> Option<Self> {
        let depth = 1 + entries.iter().map(|(_, value)| value.depth()).max().unwrap_or(0);
        let items = without_duplicates(entries);
        (depth <= NESTING_MAX).then(|| Self(ContextRepr::Built(Arc::new(Built { items, depth }))))
    }

    pub(super) fn depth(&self) -> usize {
        match &self.0 {
            ContextRepr::Packed(_) => 1,
            ContextRepr::Built(built) => built.depth,
        }
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            ContextRepr::Packed(packed) => packed.open().0,
            ContextRepr::Built(built) => built.items.len(),
        }
    }

    /// Whether it has no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry named `key`.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<Val<'a>> {
        match &self.0 {
            ContextRepr::Packed(Packed::Borrowed(bytes)) => {
                msgpack::find(bytes, key).map(msgpack::view)
            }
            ContextRepr::Packed(Packed::Shared(bytes)) => {
                msgpack::find(bytes, key).map(|bytes| msgpack::view(bytes).into_owned())
            }
            ContextRepr::Built(built) => {
                built.items.iter().find(|(name, _)| **name == *key).map(|(_, value)| value.clone())
            }
        }
    }

    /// The entries, decoded one by one.
    pub fn iter(&self) -> Entries<'_, 'a> {
        let (remaining, offset) = match &self.0 {
            ContextRepr::Packed(packed) => packed.open(),
            ContextRepr::Built(built) => (built.items.len(), 0),
        };
        Entries { context: self, remaining, offset }
    }

    pub(super) fn borrowed_bytes(&self) -> usize {
        match &self.0 {
            ContextRepr::Packed(packed) => packed.borrowed_bytes(),
            ContextRepr::Built(built) => {
                let bytes = |(key, value): &(Text<'_>, Val<'_>)| {
                    key.borrowed_bytes() + value.borrowed_bytes()
                };
                built.items.iter().map(bytes).sum()
            }
        }
    }

    pub(crate) fn into_owned(self) -> Context<'static> {
        Context(match self.0 {
            ContextRepr::Packed(packed) => ContextRepr::Packed(packed.into_owned()),
            ContextRepr::Built(built) => {
                let depth = built.depth;
                let own =
                    |(key, value): (Text<'a>, Val<'a>)| (key.into_owned(), value.into_owned());
                let items = match Arc::try_unwrap(built) {
                    Ok(built) => built.items.into_iter().map(own).collect(),
                    Err(built) => built.items.iter().cloned().map(own).collect(),
                };
                ContextRepr::Built(Arc::new(Built { items, depth }))
            }
        })
    }

    pub(super) fn write_msgpack(&self, out: &mut Vec<u8>) {
        match &self.0 {
            ContextRepr::Packed(packed) => out.extend_from_slice(exact(packed.bytes())),
            ContextRepr::Built(built) => {
                msgpack::write_map(built.items.len(), out);
                for (key, value) in &built.items {
                    msgpack::write_text(key, out);
                    value.write_msgpack(out);
                }
            }
        }
    }
}

/// Keeps the place of the first and the value of the last entry of each name.
fn without_duplicates<'a>(entries: Vec<(Text<'a>, Val<'a>)>) -> Vec<(Text<'a>, Val<'a>)> {
    let mut places = std::collections::BTreeMap::<String, usize>::new();
    let small = entries.len() <= 16;
    let mut kept: Vec<(Text<'a>, Val<'a>)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let place = if small {
            kept.iter().position(|(name, _)| *name == key)
        } else {
            let next = kept.len();
            let place = *places.entry((*key).to_owned()).or_insert(next);
            (place < next).then_some(place)
        };
        match place {
            Some(place) => kept[place].1 = value,
            None => kept.push((key, value)),
        }
    }
    kept
}

/// The entries of a [`Context`].
pub struct Entries<'c, 'a> {
    context: &'c Context<'a>,
    remaining: usize,
    offset: usize,
}

impl<'a> Iterator for Entries<'_, 'a> {
    type Item = (Text<'a>, Val<'a>);

    fn next(&mut self) -> Option<(Text<'a>, Val<'a>)> {
        if self.remaining == 0 {
            return None;
        }
        self.remaining -= 1;
        match &self.context.0 {
            ContextRepr::Packed(packed) => {
                let entry = packed.key_at(self.offset).and_then(|(key, offset)| {
                    packed.value_at(offset).map(|(value, offset)| (key, value, offset))
                });
                match entry {
                    Some((key, value, offset)) => {
                        self.offset = offset;
                        Some((key, value))
                    }
                    None => {
                        self.remaining = 0;
                        None
                    }
                }
            }
            ContextRepr::Built(built) => {
                self.offset += 1;
                built.items.get(self.offset - 1).cloned()
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

impl ExactSizeIterator for Entries<'_, '_> {}

impl<'l, 'a> IntoIterator for &'l List<'a> {
    type Item = Val<'a>;
    type IntoIter = Items<'l, 'a>;

    fn into_iter(self) -> Items<'l, 'a> {
        self.iter()
    }
}

impl<'c, 'a> IntoIterator for &'c Context<'a> {
    type Item = (Text<'a>, Val<'a>);
    type IntoIter = Entries<'c, 'a>;

    fn into_iter(self) -> Entries<'c, 'a> {
        self.iter()
    }
}
