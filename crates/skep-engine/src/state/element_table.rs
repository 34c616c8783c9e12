//! The element instances of one process instance.

use std::collections::{BTreeMap, btree_map};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use skep_record::ElementInstanceKey;

use crate::state::{instance::ElementInstance, instances::grow_sparingly};

/// From how many on they are in a tree, where each comes and goes without moving the others.
const MANY: usize = 64;
/// Down to how few they stay there.
const FEW: usize = 16;

/// Element instances by key; the process itself is the first.
#[derive(Clone, Debug)]
pub(crate) enum ElementTable {
    #[expect(
        clippy::vec_box,
        reason = "most instances have two: room for four unboxed ones would be wasted"
    )]
    Few(Vec<Box<ElementInstance>>),
    #[expect(clippy::box_collection, reason = "a vector and a choice take no more room than one")]
    Many(Box<BTreeMap<ElementInstanceKey, Box<ElementInstance>>>),
}

/// Iterates over element instances, by key.
pub(crate) enum Iter<'t> {
    Few(std::slice::Iter<'t, Box<ElementInstance>>),
    Many(btree_map::Range<'t, ElementInstanceKey, Box<ElementInstance>>),
}

impl<'t> Iterator for Iter<'t> {
    type Item = &'t ElementInstance;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Few(elements) => elements.next().map(|element| &**element),
            Self::Many(elements) => elements.next().map(|(_, element)| &**element),
        }
    }
}

impl ElementTable {
    pub(crate) fn new(root: ElementInstance) -> Self {
        Self::Few(vec![Box::new(root)])
    }

    fn len(&self) -> usize {
        match self {
            Self::Few(elements) => elements.len(),
            Self::Many(elements) => elements.len(),
        }
    }

    pub(crate) fn iter(&self) -> Iter<'_> {
        self.from(ElementInstanceKey(i64::MIN))
    }

    /// Those with this key and larger ones.
    pub(crate) fn from(&self, key: ElementInstanceKey) -> Iter<'_> {
        match self {
            Self::Few(elements) => {
                let at = elements.partition_point(|known| known.key < key);
                Iter::Few(elements[at..].iter())
            }
            Self::Many(elements) => Iter::Many(elements.range(key..)),
        }
    }

    pub(crate) fn get(&self, key: ElementInstanceKey) -> Option<&ElementInstance> {
        match self {
            Self::Few(elements) => position(elements, key).ok().map(|at| &*elements[at]),
            Self::Many(elements) => elements.get(&key).map(|element| &**element),
        }
    }

    pub(crate) fn get_mut(&mut self, key: ElementInstanceKey) -> Option<&mut ElementInstance> {
        match self {
            Self::Few(elements) => {
                let at = position(elements, key).ok()?;
                Some(&mut *elements[at])
            }
            Self::Many(elements) => elements.get_mut(&key).map(|element| &mut **element),
        }
    }

    /// Adds the element instance, in place of the one with its key.
    pub(crate) fn insert(&mut self, element: Box<ElementInstance>) {
        match self {
            Self::Few(elements) => match position(elements, element.key) {
                Ok(at) => elements[at] = element,
                Err(at) => {
                    grow_sparingly(elements);
                    elements.insert(at, element);
                    if elements.len() >= MANY {
                        let all = std::mem::take(elements);
                        *self = Self::many(all);
                    }
                }
            },
            Self::Many(elements) => drop(elements.insert(element.key, element)),
        }
    }

    pub(crate) fn remove(&mut self, key: ElementInstanceKey) -> Option<Box<ElementInstance>> {
        match self {
            Self::Few(elements) => {
                let at = position(elements, key).ok()?;
                Some(elements.remove(at))
            }
            Self::Many(elements) => {
                let removed = elements.remove(&key)?;
                if elements.len() <= FEW {
                    *self = Self::Few(std::mem::take(&mut **elements).into_values().collect());
                }
                Some(removed)
            }
        }
    }

    #[expect(clippy::vec_box, reason = "that is how few of them are kept")]
    fn many(elements: Vec<Box<ElementInstance>>) -> Self {
        Self::Many(Box::new(elements.into_iter().map(|element| (element.key, element)).collect()))
    }
}

fn position(elements: &[Box<ElementInstance>], key: ElementInstanceKey) -> Result<usize, usize> {
    // The process and the youngest element are asked for most.
    match elements.last() {
        Some(last) if last.key == key => Ok(elements.len() - 1),
        Some(last) if last.key < key => Err(elements.len()),
        _ => elements.binary_search_by(|element| element.key.cmp(&key)),
    }
}

impl<'t> IntoIterator for &'t ElementTable {
    type Item = &'t ElementInstance;
    type IntoIter = Iter<'t>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Serialize for ElementTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut seq = serializer.serialize_seq(Some(self.len()))?;
        for element in self {
            seq.serialize_element(element)?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for ElementTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let elements = Vec::<Box<ElementInstance>>::deserialize(deserializer)?;
        Ok(if elements.len() < MANY { Self::Few(elements) } else { Self::many(elements) })
    }
}
