//! The table of process instances, changed in place and with undo.

use std::{collections::BTreeMap, sync::Arc};

use skep_model::ElementIndex;
use skep_record::{ElementInstanceKey, ProcessInstanceKey};

use crate::state::{
    definition::Definition,
    instance::{ElementInstance, ElementState, InstanceDetails, ProcessInstance},
};

/// All process instances of a partition.
///
/// An element instance is copied to the undo list the first time a batch touches it; its stamp
/// tells. What the batch itself created needs no copy. A frozen view shares the aggregates, and
/// the first change after it copies one aggregate, not the table.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    by_key: BTreeMap<ProcessInstanceKey, Arc<ProcessInstance>>,
    undo: Vec<Undo>,
    /// Number of the current batch; what was restored has 0, and the first batch after it 1.
    stamp: u64,
}

#[derive(Debug)]
enum Undo {
    Created(ProcessInstanceKey),
    Removed(Arc<ProcessInstance>),
    Element(ProcessInstanceKey, ElementInstanceKey, Option<Box<ElementInstance>>),
    Details(ProcessInstanceKey, Option<Box<InstanceDetails>>),
}

impl Instances {
    pub(crate) fn from_entries(by_key: BTreeMap<ProcessInstanceKey, Arc<ProcessInstance>>) -> Self {
        Self { by_key, undo: Vec::new(), stamp: 1 }
    }

    pub(crate) fn get(&self, key: ProcessInstanceKey) -> Option<&ProcessInstance> {
        self.by_key.get(&key).map(|instance| &**instance)
    }

    pub(crate) fn entries(&self) -> &BTreeMap<ProcessInstanceKey, Arc<ProcessInstance>> {
        &self.by_key
    }

    pub(crate) fn element(
        &self,
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
    ) -> Option<&ElementInstance> {
        self.by_key.get(&instance)?.element(key)
    }

    /// Makes the instance with its process element, unless it exists.
    pub(crate) fn ensure(&mut self, key: ProcessInstanceKey, definition: &Arc<Definition>) {
        let stamp = self.stamp;
        let undo = &mut self.undo;
        self.by_key.entry(key).or_insert_with(|| {
            undo.push(Undo::Created(key));
            let root = ElementInstance {
                stamp,
                ..ElementInstance::new(
                    key.into(),
                    ElementInstanceKey(-1),
                    ElementIndex::PROCESS,
                    ElementState::New,
                )
            };
            Arc::new(ProcessInstance {
                key,
                definition: Arc::clone(definition),
                elements: vec![Box::new(root)],
                details: None,
                stamp,
            })
        });
    }

    /// The aggregate for a change that needs no undo of its own, and whether this batch made it.
    fn instance_mut(&mut self, key: ProcessInstanceKey) -> Option<(&mut ProcessInstance, bool)> {
        let instance = Arc::make_mut(self.by_key.get_mut(&key)?);
        let is_new = instance.stamp == self.stamp;
        Some((instance, is_new))
    }

    pub(crate) fn insert_element(
        &mut self,
        instance: ProcessInstanceKey,
        element: ElementInstance,
    ) {
        let stamp = self.stamp;
        let key = element.key;
        let Some((aggregate, is_new)) = self.instance_mut(instance) else { return };
        if let Err(at) = aggregate.position(key) {
            grow_sparingly(&mut aggregate.elements);
            aggregate.elements.insert(at, Box::new(ElementInstance { stamp, ..element }));
            if !is_new {
                self.undo.push(Undo::Element(instance, key, None));
            }
        }
    }

    pub(crate) fn remove_element(&mut self, instance: ProcessInstanceKey, key: ElementInstanceKey) {
        let stamp = self.stamp;
        let Some((aggregate, is_new)) = self.instance_mut(instance) else { return };
        if let Ok(at) = aggregate.position(key) {
            let element = aggregate.elements.remove(at);
            // An element that this batch touched is in the undo list as it was before.
            if !is_new && element.stamp != stamp {
                self.undo.push(Undo::Element(instance, key, Some(element)));
            }
        }
    }

    /// The element instance, to be changed.
    pub(crate) fn element_mut(
        &mut self,
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
    ) -> Option<&mut ElementInstance> {
        let aggregate = Arc::make_mut(self.by_key.get_mut(&instance)?);
        let at = aggregate.position(key).ok()?;
        let element = &mut *aggregate.elements[at];
        if element.stamp != self.stamp {
            self.undo.push(Undo::Element(instance, key, Some(Box::new(element.clone()))));
            element.stamp = self.stamp;
        }
        Some(element)
    }

    /// Changes what few instances have.
    pub(crate) fn update_details(
        &mut self,
        key: ProcessInstanceKey,
        change: impl FnOnce(&mut InstanceDetails),
    ) {
        let Some((aggregate, is_new)) = self.instance_mut(key) else { return };
        let former = if is_new { None } else { Some(aggregate.details.clone()) };
        change(aggregate.details.get_or_insert_with(Box::default));
        if let Some(former) = former {
            self.undo.push(Undo::Details(key, former));
        }
    }

    pub(crate) fn remove(&mut self, key: ProcessInstanceKey) {
        if let Some(instance) = self.by_key.remove(&key)
            && instance.stamp != self.stamp
        {
            self.undo.push(Undo::Removed(instance));
        }
    }

    pub(crate) fn commit(&mut self) {
        self.undo.clear();
        self.stamp += 1;
    }

    pub(crate) fn rollback(&mut self) {
        while let Some(step) = self.undo.pop() {
            match step {
                Undo::Created(key) => drop(self.by_key.remove(&key)),
                Undo::Removed(instance) => drop(self.by_key.insert(instance.key, instance)),
                Undo::Element(instance, key, former) => self.restore_element(instance, key, former),
                Undo::Details(key, former) => {
                    if let Some((aggregate, _)) = self.instance_mut(key) {
                        aggregate.details = former;
                    }
                }
            }
        }
        self.stamp += 1;
    }

    fn restore_element(
        &mut self,
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
        former: Option<Box<ElementInstance>>,
    ) {
        let Some((aggregate, _)) = self.instance_mut(instance) else { return };
        match (aggregate.position(key), former) {
            (Ok(at), Some(element)) => aggregate.elements[at] = element,
            (Ok(at), None) => drop(aggregate.elements.remove(at)),
            (Err(at), Some(element)) => aggregate.elements.insert(at, element),
            (Err(_), None) => (),
        }
    }
}

/// Makes room for one more; most of these vectors stay very small, and there are many.
pub(crate) fn grow_sparingly<T>(items: &mut Vec<T>) {
    if items.len() == items.capacity() && items.len() < 4 {
        items.reserve_exact(1);
    }
}
