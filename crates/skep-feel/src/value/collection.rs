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
    ///
    /// Behind the last value nothing is read, so it need not be stepped over.
    fn value_at(&self, offset: usize, is_last: bool) -> Option<(Val<'a>, usize)> {
        match self {
            Self::Borrowed(bytes) if is_last => Some((msgpack::view(bytes.get(offset..)?), 0)),
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

    fn size(&self) -> Size {
        // What may follow the value is not part of it.
        Size { depth: 1, units: 1 + exact(self.bytes()).len() / UNIT_BYTES }
    }

    fn walk_cost(&self) -> usize {
        1 + msgpack::walk_cost(self.bytes()) / UNIT_BYTES
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

/// What was built by an evaluation.
struct Built<T> {
    items: Vec<T>,
    size: Size,
}

/// How deep a value nests, and how many units of [`UNIT_BYTES`] it would take if nothing in it
/// were shared: doubling a list costs little memory, but whoever writes it writes all of it.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) depth: usize,
    pub(crate) units: usize,
}

/// Why a value cannot be built.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Excess {
    /// It nests too deep.
    Depth,
    /// Written out it would be too long.
    Units,
}

/// Bytes that count as one unit.
pub(crate) const UNIT_BYTES: usize = 32;

/// Units of one value, 128 MiB of them.
const UNITS_MAX: usize = 4 << 20;

impl Size {
    /// A value that can hold others and holds none.
    pub(crate) const EMPTY: Self = Self { depth: 1, units: 1 };

    /// With one more item inside.
    pub(crate) fn with(self, item: Self) -> Result<Self, Excess> {
        let depth = self.depth.max(item.depth + 1);
        let units = self.units.saturating_add(item.units);
        if depth > NESTING_MAX {
            return Err(Excess::Depth);
        }
        if units > UNITS_MAX { Err(Excess::Units) } else { Ok(Self { depth, units }) }
    }
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

    /// A list of `items`; `None` when it would nest too deep or be too long.
    #[must_use]
    pub fn new(items: Vec<Val<'a>>) -> Option<Self> {
        Self::build(items).ok()
    }

    pub(crate) fn build(items: Vec<Val<'a>>) -> Result<Self, Excess> {
        let size = items.iter().try_fold(Size::EMPTY, |size, item| size.with(item.size()))?;
        Ok(Self(ListRepr::Built(Arc::new(Built { items, size }))))
    }

    /// An empty list to push to.
    pub(crate) fn empty() -> Self {
        Self(ListRepr::Built(Arc::new(Built { items: Vec::new(), size: Size::EMPTY })))
    }

    /// Appends an item, in place where nobody else holds the list.
    pub(crate) fn push(&mut self, item: Val<'a>) -> Result<(), Excess> {
        let size = self.size().with(item.size())?;
        if let ListRepr::Built(built) = &mut self.0
            && let Some(built) = Arc::get_mut(built)
        {
            built.items.push(item);
            built.size = size;
            return Ok(());
        }
        let mut items = Vec::with_capacity(self.len() + 8);
        items.extend(self.iter());
        items.push(item);
        self.0 = ListRepr::Built(Arc::new(Built { items, size }));
        Ok(())
    }

    pub(crate) fn size(&self) -> Size {
        match &self.0 {
            ListRepr::Packed(packed) => packed.size(),
            ListRepr::Built(built) => built.size,
        }
    }

    /// What a recursive walk costs, in units.
    pub(crate) fn walk_cost(&self) -> usize {
        match &self.0 {
            ListRepr::Packed(packed) => packed.walk_cost(),
            ListRepr::Built(built) => built.size.units,
        }
    }

    /// Bytes that a look at the items steps over, at most.
    pub(crate) fn packed_len(&self) -> usize {
        if let ListRepr::Packed(packed) = &self.0 { packed.bytes().len() } else { 0 }
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
        self.look_up(index).0
    }

    /// The item at `index`, and how many units were stepped over to find it.
    pub(crate) fn look_up(&self, index: usize) -> (Option<Val<'a>>, usize) {
        let packed = match &self.0 {
            ListRepr::Packed(packed) => packed,
            ListRepr::Built(built) => return (built.items.get(index).cloned(), 0),
        };
        let (len, first) = packed.open();
        let bytes = packed.bytes();
        let mut rest = bytes.get(first..).filter(|_| index < len);
        for _ in 0..index {
            rest = rest.and_then(msgpack::skip);
        }
        let Some(rest) = rest else { return (None, bytes.len() / UNIT_BYTES) };
        let offset = bytes.len() - rest.len();
        (packed.value_at(offset, true).map(|(value, _)| value), offset / UNIT_BYTES)
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
                let size = built.size;
                let items = match Arc::try_unwrap(built) {
                    Ok(built) => built.items.into_iter().map(Val::into_owned).collect(),
                    Err(built) => built.items.iter().cloned().map(Val::into_owned).collect(),
                };
                ListRepr::Built(Arc::new(Built { items, size }))
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
            ListRepr::Packed(packed) => match packed.value_at(self.offset, self.remaining == 0) {
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
    /// their place; `None` when it would nest too deep or be too long.
    #[must_use]
    pub fn new(entries: Vec<(Text<'a>, Val<'a>)>) -> Option<Self> {
        Self::build(entries).ok()
    }

    pub(crate) fn build(entries: Vec<(Text<'a>, Val<'a>)>) -> Result<Self, Excess> {
        let items = without_duplicates(entries);
        let size = items.iter().try_fold(Size::EMPTY, |size, (key, value)| {
            let own = value.size();
            size.with(Size { units: own.units + 1 + key.len() / UNIT_BYTES, ..own })
        })?;
        Ok(Self(ContextRepr::Built(Arc::new(Built { items, size }))))
    }

    pub(crate) fn size(&self) -> Size {
        match &self.0 {
            ContextRepr::Packed(packed) => packed.size(),
            ContextRepr::Built(built) => built.size,
        }
    }

    /// What a recursive walk costs, in units.
    pub(crate) fn walk_cost(&self) -> usize {
        match &self.0 {
            ContextRepr::Packed(packed) => packed.walk_cost(),
            ContextRepr::Built(built) => built.size.units,
        }
    }

    /// Bytes that a look at the entries steps over, at most.
    pub(crate) fn packed_len(&self) -> usize {
        if let ContextRepr::Packed(packed) = &self.0 { packed.bytes().len() } else { 0 }
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
        self.look_up(key).0
    }

    /// The entry named `key`, and how many units were stepped over to find it.
    pub(crate) fn look_up(&self, key: &str) -> (Option<Val<'a>>, usize) {
        let cost = |bytes: &[u8], found: Option<&[u8]>| {
            (bytes.len() - found.map_or(0, <[u8]>::len)) / UNIT_BYTES
        };
        match &self.0 {
            ContextRepr::Packed(Packed::Borrowed(bytes)) => {
                let found = msgpack::find(bytes, key);
                (found.map(msgpack::view), cost(bytes, found))
            }
            ContextRepr::Packed(Packed::Shared(bytes)) => {
                let found = msgpack::find(bytes, key);
                (found.map(|bytes| msgpack::view(bytes).into_owned()), cost(bytes, found))
            }
            ContextRepr::Built(built) => {
                let place = built.items.iter().position(|(name, _)| **name == *key);
                match place {
                    Some(place) => (Some(built.items[place].1.clone()), place / UNIT_BYTES),
                    None => (None, built.items.len() / UNIT_BYTES),
                }
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
                let size = built.size;
                let own =
                    |(key, value): (Text<'a>, Val<'a>)| (key.into_owned(), value.into_owned());
                let items = match Arc::try_unwrap(built) {
                    Ok(built) => built.items.into_iter().map(own).collect(),
                    Err(built) => built.items.iter().cloned().map(own).collect(),
                };
                ContextRepr::Built(Arc::new(Built { items, size }))
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
                    let value = packed.value_at(offset, self.remaining == 0);
                    value.map(|(value, offset)| (key, value, offset))
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
