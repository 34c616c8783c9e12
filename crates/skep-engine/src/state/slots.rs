//! Where process instances are kept: ready to be worked on, packed, or in a store.
//!
//! An instance that is worked on is an aggregate of many small parts, about four times as large
//! as its image, the bytes that a snapshot has of it. Most instances wait most of the time, so
//! those beyond the youngest few thousand are kept as their images; and beyond a budget the images
//! go to a store. Reading brings an aggregate back, and changing it makes its image void.
//! Nothing that the engine decides depends on where an instance is.

mod frozen;

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Arc, OnceLock},
};

use skep_record::{ProcessDefinitionKey, ProcessInstanceKey};

pub(crate) use self::frozen::FrozenSlots;
use crate::{
    ColdError, Spill,
    state::{
        definition::Definition,
        image::{self, Image},
        instance::ProcessInstance,
    },
};

/// Slots in a page.
const PAGE: usize = 128;
/// How many instances are looked at in one call of [`Slots::tidy`].
const TIDY_STEPS: usize = 256;
/// How many go to the store in one call of [`Slots::tidy`].
const SPILL_STEPS: usize = 32;

/// Slots that are copied together, the first time one of them changes after a freeze.
type Page = Vec<Slot>;

/// One instance, or nothing.
///
/// Reading fills `ready` through a shared reference: it changes where the instance is, not what
/// it is.
#[derive(Clone, Default)]
struct Slot {
    ready: OnceLock<Arc<ProcessInstance>>,
    /// The instance as bytes, unless it has changed since or they are in the store.
    image: Option<Arc<[u8]>>,
    /// Whether the store has its image, and it has not changed since.
    is_stored: bool,
    /// Whether it was changed since it was last found idle.
    was_touched: bool,
    /// Of an empty slot: it is still among those that are to be packed.
    is_listed: bool,
}

/// Without the image, which has variables in it.
impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("ready", &self.ready.get())
            .field("image_bytes", &self.image.as_ref().map(|image| image.len()))
            .field("is_stored", &self.is_stored)
            .finish_non_exhaustive()
    }
}

impl Slot {
    fn has_image(&self) -> bool {
        self.is_stored || self.image.is_some()
    }
}

/// How an attempt to pack an instance ended.
enum Packing {
    /// It is not ready any more.
    Done,
    /// It was changed lately.
    NotIdle,
    /// A frozen view shares its page, which is not copied for the sake of order.
    NotNow,
}

/// Process instances in numbered slots.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    pages: Vec<Arc<Page>>,
    n: u32,
    free: Vec<u32>,
    /// The slots of all instances that are ready, in the order in which they are to be packed,
    /// each once; among them some that are empty now.
    ready: RefCell<VecDeque<u32>>,
    /// Bytes of the images in memory.
    images_bytes: usize,
    /// The definitions of those that have images, and how many of each there are.
    definitions: BTreeMap<ProcessDefinitionKey, (Arc<Definition>, u64)>,
    /// The instance that is being changed, which is not in its slot meanwhile: a slot costs an
    /// atomic step to be changed, because a frozen view may share it.
    taken: Option<(u32, Arc<ProcessInstance>)>,
    spill: Option<Spill>,
    /// Where to look for the next one to spill.
    hand: u32,
    failure: OnceLock<ColdError>,
}

impl Slots {
    pub(crate) fn set_spill(&mut self, spill: Spill) {
        self.spill = Some(spill);
    }

    /// Why an instance could not be brought back. What was decided since is void.
    pub(crate) fn take_failure(&mut self) -> Option<ColdError> {
        self.failure.take()
    }

    fn slot(&self, at: u32) -> Option<&Slot> {
        self.pages.get(at as usize / PAGE)?.get(at as usize % PAGE)
    }

    fn slot_mut(&mut self, at: u32) -> Option<&mut Slot> {
        Arc::make_mut(self.pages.get_mut(at as usize / PAGE)?).get_mut(at as usize % PAGE)
    }

    /// The instance `key`, which is in the slot `at`.
    pub(crate) fn get(&self, at: u32, key: ProcessInstanceKey) -> Option<&Arc<ProcessInstance>> {
        if let Some((taken, instance)) = &self.taken
            && *taken == at
        {
            return Some(instance);
        }
        let slot = self.slot(at)?;
        if slot.ready.get().is_none() && slot.has_image() {
            let instance = self.keep_failure(self.unpack(slot, key))?;
            self.ready.borrow_mut().push_back(at);
            return Some(slot.ready.get_or_init(|| Arc::new(instance)));
        }
        slot.ready.get()
    }

    fn keep_failure<T>(&self, result: Result<T, ColdError>) -> Option<T> {
        // Only the first failure is of interest: the engine is not used after it.
        result.map_err(|error| self.failure.get_or_init(|| error)).ok()
    }

    fn unpack(&self, slot: &Slot, key: ProcessInstanceKey) -> Result<ProcessInstance, ColdError> {
        let stored;
        let bytes = match (&slot.image, &self.spill) {
            (Some(image), _) => &**image,
            (None, Some(spill)) => {
                stored = spill.store.get(key)?;
                &stored
            }
            (None, None) => return Err(ColdError::Missing(key)),
        };
        let (image, _) = Image::read(bytes).map_err(|source| ColdError::Damaged { key, source })?;
        let (definition, _) =
            self.definitions.get(&image.definition()).ok_or(ColdError::Missing(key))?;
        Ok(image.into_instance(Arc::clone(definition)))
    }

    /// The instance `key`, which is in the slot `at`, to be changed.
    pub(crate) fn get_mut(
        &mut self,
        at: u32,
        key: ProcessInstanceKey,
    ) -> Option<&mut ProcessInstance> {
        if self.taken.as_ref().is_none_or(|(taken, _)| *taken != at) {
            self.put_back();
            self.get(at, key)?;
            self.void_image(at, key);
            let slot = self.slot_mut(at)?;
            slot.was_touched = true;
            self.taken = slot.ready.take().map(|instance| (at, instance));
        }
        self.taken.as_mut().map(|(_, instance)| Arc::make_mut(instance))
    }

    /// Puts the instance that was changed last where it belongs; to be called after each batch.
    pub(crate) fn put_back(&mut self) {
        if let Some((at, instance)) = self.taken.take()
            && let Some(slot) = self.slot_mut(at)
        {
            slot.ready = instance.into();
        }
    }

    /// The image, if there is one, is no longer what the instance is, which is ready.
    fn void_image(&mut self, at: u32, key: ProcessInstanceKey) {
        if !self.slot(at).is_some_and(Slot::has_image) {
            return;
        }
        let Some(slot) = self.slot_mut(at) else { return };
        let (image, is_stored) = (slot.image.take(), std::mem::take(&mut slot.is_stored));
        if let Some(definition) = slot.ready.get().map(|instance| instance.definition.key)
            && let Some((_, n)) = self.definitions.get_mut(&definition)
        {
            *n -= 1;
            if *n == 0 {
                self.definitions.remove(&definition);
            }
        }
        self.images_bytes -= image.map_or(0, |image| image.len());
        if let (true, Some(spill)) = (is_stored, &mut self.spill) {
            let removed = spill.store.remove(key);
            self.keep_failure(removed);
        }
    }

    /// Puts an instance into a slot; answers which.
    pub(crate) fn insert(&mut self, instance: Arc<ProcessInstance>) -> u32 {
        let slot = Slot { ready: instance.into(), was_touched: true, ..Slot::default() };
        let (at, was_listed) = self.fill(slot);
        if !was_listed {
            self.ready.get_mut().push_back(at);
        }
        at
    }

    /// Puts the image of an instance into a slot; answers which.
    pub(crate) fn insert_image(&mut self, bytes: &[u8], definition: &Arc<Definition>) -> u32 {
        self.count_image(bytes.len(), definition);
        self.fill(Slot { image: Some(bytes.into()), ..Slot::default() }).0
    }

    fn count_image(&mut self, len_bytes: usize, definition: &Arc<Definition>) {
        self.images_bytes += len_bytes;
        self.definitions.entry(definition.key).or_insert_with(|| (Arc::clone(definition), 0)).1 +=
            1;
    }

    /// Answers where the slot is now, and whether the one it takes the place of is listed.
    fn fill(&mut self, slot: Slot) -> (u32, bool) {
        if let Some(at) = self.free.pop() {
            let place = self.slot_mut(at);
            let former = place.map(|place| std::mem::replace(place, slot));
            return (at, former.is_some_and(|former| former.is_listed));
        }
        match self.pages.last_mut() {
            Some(page) if page.len() < PAGE => Arc::make_mut(page).push(slot),
            _ => {
                let mut page = Vec::with_capacity(PAGE);
                page.push(slot);
                self.pages.push(Arc::new(page));
            }
        }
        // Four billion instances do not fit any machine's memory.
        self.n += 1;
        (self.n - 1, false)
    }

    /// Takes the instance `key` out of the slot `at`.
    pub(crate) fn take(
        &mut self,
        at: u32,
        key: ProcessInstanceKey,
    ) -> Option<Arc<ProcessInstance>> {
        self.put_back();
        self.get(at, key)?;
        self.void_image(at, key);
        let slot = self.slot_mut(at)?;
        slot.is_listed = true;
        let instance = slot.ready.take();
        self.free.push(at);
        instance
    }

    /// How many instances of a definition there are.
    pub(crate) fn count(&self, definition: ProcessDefinitionKey) -> u64 {
        let with_image = self.definitions.get(&definition).map_or(0, |(_, n)| *n);
        let without = self.pages.iter().flat_map(|page| page.iter()).filter(|slot| {
            let ready = slot.ready.get().filter(|_| !slot.has_image());
            ready.is_some_and(|instance| instance.definition.key == definition)
        });
        let taken = self.taken.iter().filter(|(_, taken)| taken.definition.key == definition);
        with_image + (without.count() + taken.count()) as u64
    }

    /// Packs the oldest of those that are ready beyond `ready_max`, and brings to the store what
    /// is beyond the budget; some of them at a time.
    ///
    /// An error means that the store took nothing, and that all is as it was.
    pub(crate) fn tidy(&mut self, ready_max: usize) -> Result<(), ColdError> {
        for _ in 0..TIDY_STEPS {
            let ready = self.ready.get_mut();
            if ready.len() <= ready_max {
                break;
            }
            let Some(at) = ready.pop_front() else { break };
            match self.pack(at) {
                Packing::Done => (),
                Packing::NotIdle => self.ready.get_mut().push_back(at),
                Packing::NotNow => {
                    self.ready.get_mut().push_front(at);
                    break;
                }
            }
        }
        self.spill_some()
    }

    fn pack(&mut self, at: u32) -> Packing {
        let slot = self.pages.get_mut(at as usize / PAGE).and_then(Arc::get_mut);
        let Some(slot) = slot.and_then(|page| page.get_mut(at as usize % PAGE)) else {
            return Packing::NotNow;
        };
        slot.is_listed = false;
        let Some(instance) = slot.ready.get() else { return Packing::Done };
        if std::mem::take(&mut slot.was_touched) {
            return Packing::NotIdle;
        }
        let Some(instance) = (if slot.has_image() { None } else { Some(Arc::clone(instance)) })
        else {
            slot.ready.take();
            return Packing::Done;
        };
        let bytes = image::write(&instance, Vec::new());
        slot.image = Some(bytes.as_slice().into());
        slot.ready.take();
        self.count_image(bytes.len(), &instance.definition);
        Packing::Done
    }

    fn spill_some(&mut self) -> Result<(), ColdError> {
        let Some(spill) = &mut self.spill else { return Ok(()) };
        let mut n_spilled = 0;
        for _ in 0..TIDY_STEPS.min(self.n as usize) {
            if self.images_bytes <= spill.images_bytes_max || n_spilled == SPILL_STEPS {
                break;
            }
            let at = self.hand as usize;
            self.hand = (self.hand + 1) % self.n;
            let slot = self.pages.get_mut(at / PAGE).and_then(Arc::get_mut);
            let Some(slot) = slot.and_then(|page| page.get_mut(at % PAGE)) else { continue };
            if slot.ready.get().is_some() {
                continue;
            }
            let Some(image) = &slot.image else { continue };
            let key = image::key(image);
            let key =
                key.map_err(|source| ColdError::Damaged { key: ProcessInstanceKey(-1), source })?;
            spill.store.put(key, image)?;
            self.images_bytes -= image.len();
            slot.image = None;
            slot.is_stored = true;
            n_spilled += 1;
        }
        Ok(())
    }

    /// All of it as it is now; pages are shared, not copied.
    pub(crate) fn freeze(&self) -> FrozenSlots {
        debug_assert!(self.taken.is_none(), "within a batch");
        let view = self.spill.as_ref().map(|spill| spill.store.view());
        FrozenSlots::new(self.pages.clone(), view)
    }
}
