//! A variable in its scope.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use skep_record::{VariableEntry, VariableKey};

use crate::state::item_list::ItemList;

/// From how many bytes on a list is taken apart when one of its items changes.
const LONG_BYTES: usize = 1024;

/// A variable in its scope.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) key: VariableKey,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Whole(VariableEntry),
    Items(Arc<ItemList>),
}

impl Variable {
    pub(crate) fn new(key: VariableKey, entry: VariableEntry) -> Self {
        Self { key, content: Content::Whole(entry) }
    }

    pub(crate) fn name(&self) -> &str {
        match &self.content {
            Content::Whole(entry) => entry.name(),
            Content::Items(list) => list.name(),
        }
    }

    pub(crate) fn entry(&self) -> &VariableEntry {
        match &self.content {
            Content::Whole(entry) => entry,
            Content::Items(list) => list.whole(),
        }
    }

    /// The MessagePack value.
    pub(crate) fn value(&self) -> &[u8] {
        self.entry().value()
    }

    /// The item at the place `index` of a list.
    pub(crate) fn item(&self, index: u32) -> Option<&[u8]> {
        match &self.content {
            Content::Whole(entry) => entry.item(index),
            Content::Items(list) => list.item(index as usize),
        }
    }

    /// Puts `item` at the place `index`; `None` if the value is no list, or none so long.
    pub(crate) fn set_item(&mut self, index: u32, item: &[u8]) -> Option<()> {
        let changed = match &self.content {
            Content::Whole(entry) if entry.len_bytes() < LONG_BYTES => {
                Content::Whole(entry.with_item(index, item)?)
            }
            Content::Whole(entry) => {
                Content::Items(Arc::new(ItemList::new(entry)?.with_item(index as usize, item)?))
            }
            Content::Items(list) => Content::Items(Arc::new(list.with_item(index as usize, item)?)),
        };
        self.content = changed;
        Some(())
    }

    /// Whether both have the same content, as far as can be told without a look at the values.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (&self.content, &other.content) {
            (Content::Whole(one), Content::Whole(other)) => one.is_same(other),
            (Content::Items(one), Content::Items(other)) => Arc::ptr_eq(one, other),
            (Content::Whole(_), Content::Items(_)) | (Content::Items(_), Content::Whole(_)) => {
                false
            }
        }
    }
}

impl PartialEq for Variable {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.entry() == other.entry()
    }
}

impl Serialize for Variable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.key, self.entry()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Variable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (key, entry) = Deserialize::deserialize(deserializer)?;
        Ok(Self::new(key, entry))
    }
}

#[cfg(test)]
mod tests {
    use skep_record::list_header;

    use super::*;

    #[test]
    fn a_changed_item_leaves_the_same_bytes_however_the_list_is_kept() {
        for n in [20, 5_000] {
            let mut value = list_header(n);
            value.resize(value.len() + n, 0xc0);
            let mut whole = VariableEntry::new("results", &value);
            let mut variable = Variable::new(VariableKey(1), whole.clone());
            let before = variable.clone();
            for (index, item) in [(7, 1), (19, 2)] {
                whole = whole.with_item(index, &[item]).unwrap();
                variable.set_item(index, &[item]).unwrap();
            }
            assert_eq!(variable, Variable::new(VariableKey(1), whole.clone()));
            assert_eq!(variable.item(7), Some(&[1][..]));
            assert!(!variable.is_same(&before));
            assert!(variable.is_same(&variable.clone()));
            assert_eq!(before.value(), value);
            let bytes = postcard::to_allocvec(&variable).unwrap();
            assert_eq!(bytes, postcard::to_allocvec(&(VariableKey(1), &whole)).unwrap());
            assert_eq!(postcard::from_bytes::<Variable>(&bytes).unwrap(), variable);
            assert!(variable.set_item(u32::try_from(n).unwrap(), &[1]).is_none());
        }
    }

    #[test]
    fn two_variables_take_no_more_room_than_two_entries_and_keys() {
        assert_eq!(size_of::<Variable>(), 24);
    }
}
