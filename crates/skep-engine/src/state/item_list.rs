//! A long list whose items change one at a time.

use std::sync::{Arc, OnceLock};

use skep_record::{VariableEntry, list_header};

/// Items of a leaf, and children of a branch.
const FAN_OUT: usize = 32;

/// The output collection of a multi-instance body with many instances: a tree whose leaves are
/// short lists, so that neither a new item nor a copy for taking it back costs the whole list.
#[derive(Clone, Debug)]
pub(crate) struct ItemList {
    name: Arc<str>,
    len: usize,
    /// Branches above each leaf.
    height: u32,
    root: Node,
    /// All of it, once somebody has asked.
    whole: OnceLock<VariableEntry>,
}

#[derive(Clone, Debug)]
enum Node {
    /// The MessagePack value of a list.
    Leaf(Arc<[u8]>),
    Branch(Arc<[Self]>),
}

impl ItemList {
    /// `None` if the variable is no list, or an empty one.
    pub(crate) fn new(entry: &VariableEntry) -> Option<Self> {
        let value = entry.value();
        let items: Vec<_> = skep_record::list_items(value)?.collect();
        let leaf = |items: &[std::ops::Range<usize>]| {
            let mut bytes = list_header(items.len());
            bytes.extend_from_slice(&value[items[0].start..items[items.len() - 1].end]);
            Node::Leaf(bytes.into())
        };
        let mut nodes: Vec<Node> = items.chunks(FAN_OUT).map(leaf).collect();
        let mut height = 0;
        while nodes.len() > 1 {
            nodes = nodes.chunks(FAN_OUT).map(|children| Node::Branch(children.into())).collect();
            height += 1;
        }
        let root = nodes.pop()?;
        let whole = OnceLock::new();
        Some(Self { name: entry.name().into(), len: items.len(), height, root, whole })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The item at the place `index`.
    pub(crate) fn item(&self, index: usize) -> Option<&[u8]> {
        if index >= self.len {
            return None;
        }
        let mut height = self.height;
        let mut node = &self.root;
        while let Node::Branch(children) = node {
            node = children.get(place(index, height))?;
            height = height.checked_sub(1)?;
        }
        let Node::Leaf(bytes) = node else { return None };
        bytes.get(skep_record::list_items(bytes)?.nth(place(index, 0))?)
    }

    /// The same list with another item at the place `index`; `None` if it is not so long.
    pub(crate) fn with_item(&self, index: usize, item: &[u8]) -> Option<Self> {
        let root = if index < self.len {
            self.root.with_item(self.height, index, item)?
        } else {
            return None;
        };
        let (name, whole) = (Arc::clone(&self.name), OnceLock::new());
        Some(Self { name, len: self.len, height: self.height, root, whole })
    }

    /// The variable in one piece.
    pub(crate) fn whole(&self) -> &VariableEntry {
        self.whole.get_or_init(|| {
            let mut value = list_header(self.len);
            self.root.append_items(&mut value);
            VariableEntry::new(&self.name, &value)
        })
    }
}

/// Which child of a branch of this height leads to the item at `index`.
fn place(index: usize, height: u32) -> usize {
    index / FAN_OUT.pow(height) % FAN_OUT
}

impl Node {
    fn with_item(&self, height: u32, index: usize, item: &[u8]) -> Option<Self> {
        let at = place(index, height);
        match self {
            Self::Branch(children) => {
                let child = children.get(at)?.with_item(height.checked_sub(1)?, index, item)?;
                let mut children: Vec<Self> = children.to_vec();
                children[at] = child;
                Some(Self::Branch(children.into()))
            }
            Self::Leaf(bytes) => {
                let former = skep_record::list_items(bytes)?.nth(at)?;
                let mut changed = Vec::with_capacity(bytes.len() + item.len());
                changed.extend_from_slice(&bytes[..former.start]);
                changed.extend_from_slice(item);
                changed.extend_from_slice(&bytes[former.end..]);
                Some(Self::Leaf(changed.into()))
            }
        }
    }

    fn append_items(&self, out: &mut Vec<u8>) {
        match self {
            Self::Branch(children) => children.iter().for_each(|child| child.append_items(out)),
            Self::Leaf(bytes) => {
                let first = skep_record::list_items(bytes).and_then(|mut items| items.next());
                out.extend(first.map_or(&[][..], |first| &bytes[first.start..]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(n: usize) -> VariableEntry {
        let mut value = list_header(n);
        value.resize(value.len() + n, 0xc0);
        VariableEntry::new("results", &value)
    }

    #[test]
    fn each_item_can_be_changed_at_any_length() {
        for n in [1, 15, 16, 31, 32, 33, 1024, 1025, 40_000] {
            let entry = list(n);
            let mut tree = ItemList::new(&entry).unwrap();
            assert_eq!(tree.whole(), &entry);
            let mut flat = entry;
            for index in [0, n / 3, n / 2, n - 1] {
                let text = [0xa2, b'o', b'k'];
                tree = tree.with_item(index, &text).unwrap();
                flat = flat.with_item(u32::try_from(index).unwrap(), &text).unwrap();
                assert_eq!(tree.item(index), Some(&text[..]));
                assert_eq!(tree.whole(), &flat, "item {index} of {n}");
            }
            assert_eq!(tree.item(n), None);
            assert!(tree.with_item(n, &[1]).is_none());
        }
    }

    #[test]
    fn what_is_no_list_or_has_no_items_stays_whole() {
        assert!(ItemList::new(&VariableEntry::new("n", &[7])).is_none());
        assert!(ItemList::new(&list(0)).is_none());
    }
}
