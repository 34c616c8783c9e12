//! The table of process instances, changed in place and with undo.

use std::sync::Arc;

use skep_model::ElementIndex;
use skep_record::{ElementInstanceKey, ProcessDefinitionKey, ProcessInstanceKey};
use thin_vec::ThinVec;

use crate::{
    ColdError, EncodeError, Spill,
    state::{
        definition::Definition,
        dense::Dense,
        element_table::ElementTable,
        instance::{ElementInstance, ElementState, InstanceDetails, ProcessInstance},
        slots::{FrozenSlots, Slots},
        snapshot::Output,
    },
};

/// All process instances of a partition.
///
/// An element instance is copied to the undo list the first time a batch touches it; its stamp
/// tells. What the batch itself created needs no copy. A frozen view shares the aggregates, and
/// the first change after it copies one aggregate and its page, not the table.
///
/// Most events of a batch are about the same instance: the last one is found without a look
/// into the tree.
#[derive(Debug)]
pub(crate) struct Instances {
    /// Index: where each instance is.
    places: Dense<ProcessInstanceKey, u32>,
    slots: Slots,
    last: (ProcessInstanceKey, u32),
    undo: Vec<Undo>,
    /// Number of the current batch; what was restored has 0, and the first batch 1.
    stamp: u64,
}

/// All process instances as they were.
#[derive(Debug)]
pub(crate) struct FrozenInstances {
    places: Dense<ProcessInstanceKey, u32>,
    slots: FrozenSlots,
}

impl FrozenInstances {
    /// Writes how many there are, and their images, by key.
    pub(crate) fn write(&self, out: &mut Output<'_>) -> Result<(), EncodeError> {
        out.put(&self.places.len())?;
        let mut places = self.places.iter();
        places
            .try_for_each(|(key, slot)| out.put_bytes(|bytes| self.slots.write(*slot, *key, bytes)))
    }
}

/// No instance has this key.
const NO_INSTANCE: (ProcessInstanceKey, u32) = (ProcessInstanceKey(-1), 0);

impl Default for Instances {
    fn default() -> Self {
        Self {
            places: Dense::default(),
            slots: Slots::default(),
            last: NO_INSTANCE,
            undo: Vec::new(),
            stamp: 1,
        }
    }
}

#[derive(Debug)]
enum Undo {
    Created(ProcessInstanceKey),
    Removed(Arc<ProcessInstance>),
    Element(ProcessInstanceKey, ElementInstanceKey, Option<Box<ElementInstance>>),
    Definition(ProcessInstanceKey, Arc<Definition>),
    Details(ProcessInstanceKey, Option<Box<InstanceDetails>>),
}

impl Instances {
    /// Adds an instance that was restored, as its bytes.
    pub(crate) fn insert_image(
        &mut self,
        key: ProcessInstanceKey,
        bytes: &[u8],
        definition: &Arc<Definition>,
    ) {
        let slot = self.slots.insert_image(bytes, definition);
        self.places.insert(key, slot);
    }

    pub(crate) fn set_spill(&mut self, spill: Spill) {
        self.slots.set_spill(spill);
    }

    /// Puts idle instances where they take less memory, some at a time; not within a batch.
    pub(crate) fn tidy(&mut self, ready_max: usize) -> Result<(), ColdError> {
        self.slots.tidy(ready_max)
    }

    /// Why an instance could not be brought back. What was decided since is void.
    pub(crate) fn take_failure(&mut self) -> Option<ColdError> {
        self.slots.take_failure()
    }

    /// All instances, by key. It brings all of them back.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<ProcessInstance>> {
        self.places.iter().filter_map(|(key, slot)| self.slots.get(*slot, *key))
    }

    /// How many instances of a definition there are.
    pub(crate) fn count(&self, definition: ProcessDefinitionKey) -> u64 {
        self.slots.count(definition)
    }

    /// Key of the first instance after this key.
    pub(crate) fn next_key(&self, key: ProcessInstanceKey) -> Option<ProcessInstanceKey> {
        self.places.from(&key).map(|(next, _)| *next).find(|next| *next > key)
    }

    /// All of it as it is now, shared and not copied.
    pub(crate) fn freeze(&self) -> FrozenInstances {
        FrozenInstances { places: self.places.clone(), slots: self.slots.freeze() }
    }

    fn slot(&self, key: ProcessInstanceKey) -> Option<u32> {
        if self.last.0 == key { Some(self.last.1) } else { self.places.get(&key).copied() }
    }

    pub(crate) fn shared(&self, key: ProcessInstanceKey) -> Option<&Arc<ProcessInstance>> {
        self.slots.get(self.slot(key)?, key)
    }

    pub(crate) fn get(&self, key: ProcessInstanceKey) -> Option<&ProcessInstance> {
        self.shared(key).map(|instance| &**instance)
    }

    pub(crate) fn element(
        &self,
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
    ) -> Option<&ElementInstance> {
        self.get(instance)?.element(key)
    }

    fn put(&mut self, instance: Arc<ProcessInstance>) {
        let key = instance.key;
        let slot = self.slots.insert(instance);
        self.places.insert(key, slot);
        self.last = (key, slot);
    }

    fn take(&mut self, key: ProcessInstanceKey) -> Option<Arc<ProcessInstance>> {
        let slot = self.places.remove(&key)?;
        self.last = NO_INSTANCE;
        self.slots.take(slot, key)
    }

    /// Makes the instance with its process element, unless it exists; answers whether it is new.
    pub(crate) fn ensure(&mut self, key: ProcessInstanceKey, definition: &Arc<Definition>) -> bool {
        if self.slot(key).is_some() {
            return false;
        }
        let stamp = self.stamp;
        self.undo.push(Undo::Created(key));
        let root = ElementInstance {
            stamp,
            ..ElementInstance::new(
                key.into(),
                ElementInstanceKey(-1),
                ElementIndex::PROCESS,
                ElementState::New,
            )
        };
        self.put(Arc::new(ProcessInstance {
            key,
            definition: Arc::clone(definition),
            elements: ElementTable::new(root),
            details: None,
            stamp,
        }));
        true
    }

    /// The aggregate for a change that needs no undo of its own, and whether this batch made it.
    fn instance_mut(&mut self, key: ProcessInstanceKey) -> Option<(&mut ProcessInstance, bool)> {
        let slot = self.slot(key)?;
        self.last = (key, slot);
        let instance = self.slots.get_mut(slot, key)?;
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
        if aggregate.elements.get(key).is_none() {
            aggregate.elements.insert(Box::new(ElementInstance { stamp, ..element }));
            if !is_new {
                self.undo.push(Undo::Element(instance, key, None));
            }
        }
    }

    pub(crate) fn remove_element(&mut self, instance: ProcessInstanceKey, key: ElementInstanceKey) {
        let stamp = self.stamp;
        let Some((aggregate, is_new)) = self.instance_mut(instance) else { return };
        if let Some(element) = aggregate.elements.remove(key) {
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
        let slot = self.slot(instance)?;
        self.last = (instance, slot);
        let aggregate = self.slots.get_mut(slot, instance)?;
        let element = aggregate.elements.get_mut(key)?;
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

    /// Lets the instance run another definition.
    pub(crate) fn set_definition(&mut self, key: ProcessInstanceKey, to: &Arc<Definition>) {
        let Some((aggregate, is_new)) = self.instance_mut(key) else { return };
        let former = std::mem::replace(&mut aggregate.definition, Arc::clone(to));
        if !is_new {
            self.undo.push(Undo::Definition(key, former));
        }
    }

    pub(crate) fn remove(&mut self, key: ProcessInstanceKey) {
        if let Some(instance) = self.take(key)
            && instance.stamp != self.stamp
        {
            self.undo.push(Undo::Removed(instance));
        }
    }

    pub(crate) fn commit(&mut self) {
        self.slots.put_back();
        self.undo.clear();
        self.stamp += 1;
    }

    pub(crate) fn rollback(&mut self) {
        while let Some(step) = self.undo.pop() {
            match step {
                Undo::Created(key) => drop(self.take(key)),
                Undo::Removed(instance) => self.put(instance),
                Undo::Element(instance, key, former) => self.restore_element(instance, key, former),
                Undo::Definition(key, former) => {
                    if let Some((aggregate, _)) = self.instance_mut(key) {
                        aggregate.definition = former;
                    }
                }
                Undo::Details(key, former) => {
                    if let Some((aggregate, _)) = self.instance_mut(key) {
                        aggregate.details = former;
                    }
                }
            }
        }
        self.slots.put_back();
        self.stamp += 1;
    }

    fn restore_element(
        &mut self,
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
        former: Option<Box<ElementInstance>>,
    ) {
        let Some((aggregate, _)) = self.instance_mut(instance) else { return };
        match former {
            Some(element) => aggregate.elements.insert(element),
            None => drop(aggregate.elements.remove(key)),
        }
    }
}

/// Makes room for one more; most of these vectors stay very small, and there are many.
pub(crate) fn grow_sparingly<T>(items: &mut ThinVec<T>) {
    if items.len() == items.capacity() && items.len() < 4 {
        items.reserve_exact(1);
    }
}
