//! Slots as they were, to be written on another thread.

use std::sync::Arc;

use skep_record::ProcessInstanceKey;

use super::{PAGE, Page};
use crate::{ColdError, ColdView, state::image};

/// Process instances in their slots, as they were.
#[derive(Debug)]
pub(crate) struct FrozenSlots {
    pages: Vec<Arc<Page>>,
    stored: Option<Box<dyn ColdView>>,
}

impl FrozenSlots {
    pub(super) fn new(pages: Vec<Arc<Page>>, stored: Option<Box<dyn ColdView>>) -> Self {
        Self { pages, stored }
    }

    /// Adds the image of the instance `key`, which is in the slot `at`.
    pub(crate) fn write(
        &self,
        at: u32,
        key: ProcessInstanceKey,
        mut out: Vec<u8>,
    ) -> Result<Vec<u8>, ColdError> {
        let page = self.pages.get(at as usize / PAGE);
        let slot = page.and_then(|page| page.get(at as usize % PAGE));
        let slot = slot.ok_or(ColdError::Missing(key))?;
        if let Some(image) = &slot.image {
            out.extend_from_slice(image);
        } else if let Some(instance) = slot.ready.get() {
            out = image::write(instance, out);
        } else {
            let stored = self.stored.as_ref().ok_or(ColdError::Missing(key))?;
            out.extend_from_slice(&stored.get(key)?);
        }
        Ok(out)
    }
}
