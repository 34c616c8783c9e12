//! The element instances of one process instance.

use std::collections::{BTreeMap, btree_map};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use skep_record::ElementInstanceKey;

use crate::state::instance::ElementInstance;

/// From how many on they are in a tree, where each comes and goes without moving the others.
const MANY: usize = 64;
/// Down to how few they stay there.
const FEW: usize = 16;

type Tree = BTreeMap<ElementInstanceKey, Box<ElementInstance>>;

/// Element instances by key; the process itself is the first.
///
/// Most process instances have one or two for most of their time.
#[derive(Clone, Debug)]
pub(crate) enum ElementTable {
    One(Box<ElementInstance>),
    Two([Box<ElementInstance>; 2]),
    #[expect(clippy::vec_box, reason = "boxes go from one way of keeping them to another")]
    Few(Vec<Box<ElementInstance>>),
    Many(Box<Tree>),
}

impl Default for ElementTable {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
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
        Self::One(Box::new(root))
    }

    /// The elements as a slice, if they are few.
    fn few(&self) -> Result<&[Box<ElementInstance>], &Tree> {
        match self {
            Self::One(element) => Ok(std::slice::from_ref(element)),
            Self::Two(elements) => Ok(elements),
            Self::Few(elements) => Ok(elements),
            Self::Many(elements) => Err(elements),
        }
    }

    fn len(&self) -> usize {
        self.few().map_or_else(|many| many.len(), |few| few.len())
    }

    pub(crate) fn iter(&self) -> Iter<'_> {
        self.from(ElementInstanceKey(i64::MIN))
    }

    /// Those with this key and larger ones.
    pub(crate) fn from(&self, key: ElementInstanceKey) -> Iter<'_> {
        match self.few() {
            Ok(elements) => {
                let at = elements.partition_point(|known| known.key < key);
                Iter::Few(elements[at..].iter())
            }
            Err(elements) => Iter::Many(elements.range(key..)),
        }
    }

    pub(crate) fn get(&self, key: ElementInstanceKey) -> Option<&ElementInstance> {
        match self.few() {
            Ok(elements) => position(elements, key).ok().map(|at| &*elements[at]),
            Err(elements) => elements.get(&key).map(|element| &**element),
        }
    }

    /// Adds the element instance, in place of the one with its key.
    pub(crate) fn insert(&mut self, element: Box<ElementInstance>) {
        if let Some(known) = self.slot(element.key) {
            *known = element;
            return;
        }
        *self = match std::mem::take(self) {
            Self::One(one) if one.key < element.key => Self::Two([one, element]),
            Self::One(one) => Self::Two([element, one]),
            Self::Two(two) => Self::Few(inserted(two.into(), element)),
            Self::Few(few) if few.len() + 1 < MANY => Self::Few(inserted(few, element)),
            Self::Few(few) => Self::many(inserted(few, element)),
            Self::Many(mut many) => {
                many.insert(element.key, element);
                Self::Many(many)
            }
        };
    }

    fn slot(&mut self, key: ElementInstanceKey) -> Option<&mut Box<ElementInstance>> {
        let few = match self {
            Self::One(element) => std::slice::from_mut(element),
            Self::Two(elements) => &mut elements[..],
            Self::Few(elements) => &mut elements[..],
            Self::Many(elements) => return elements.get_mut(&key),
        };
        let at = position(few, key).ok()?;
        few.get_mut(at)
    }

    pub(crate) fn get_mut(&mut self, key: ElementInstanceKey) -> Option<&mut ElementInstance> {
        self.slot(key).map(|element| &mut **element)
    }

    pub(crate) fn remove(&mut self, key: ElementInstanceKey) -> Option<Box<ElementInstance>> {
        self.get(key)?;
        let (rest, removed) = match std::mem::take(self) {
            Self::One(one) => (Self::default(), Some(one)),
            Self::Two([one, other]) if one.key == key => (Self::One(other), Some(one)),
            Self::Two([one, other]) => (Self::One(one), Some(other)),
            Self::Few(mut few) => {
                let removed = position(&few, key).ok().map(|at| few.remove(at));
                (Self::few_of(few), removed)
            }
            Self::Many(mut many) => {
                let removed = many.remove(&key);
                let is_few = many.len() <= FEW;
                (
                    if is_few {
                        Self::few_of(many.into_values().collect())
                    } else {
                        Self::Many(many)
                    },
                    removed,
                )
            }
        };
        *self = rest;
        removed
    }

    #[expect(clippy::vec_box, reason = "that is how few of them are kept")]
    fn few_of(elements: Vec<Box<ElementInstance>>) -> Self {
        if elements.len() > 2 {
            return Self::Few(elements);
        }
        let mut elements = elements.into_iter();
        match (elements.next(), elements.next()) {
            (Some(one), Some(other)) => Self::Two([one, other]),
            (Some(one), None) => Self::One(one),
            (None, _) => Self::default(),
        }
    }

    #[expect(clippy::vec_box, reason = "that is how few of them are kept")]
    fn many(elements: Vec<Box<ElementInstance>>) -> Self {
        Self::Many(Box::new(elements.into_iter().map(|element| (element.key, element)).collect()))
    }
}

/// The elements with one more, whose key is new.
#[expect(clippy::vec_box, reason = "that is how few of them are kept")]
fn inserted(
    mut elements: Vec<Box<ElementInstance>>,
    element: Box<ElementInstance>,
) -> Vec<Box<ElementInstance>> {
    let at = elements.partition_point(|known| known.key < element.key);
    elements.insert(at, element);
    elements
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
        Ok(if elements.len() < MANY { Self::few_of(elements) } else { Self::many(elements) })
    }
}
