//! Names that many entries have.

use std::{collections::BTreeSet, sync::Arc};

/// How many names there are at least before those that nothing has any more are looked for.
const SWEEP_MIN: usize = 1024;

/// Names by their text, so that each is in memory once however often it is read from a journal
/// or a snapshot.
///
/// This is no state: it makes no difference to anything but memory.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: BTreeSet<Arc<str>>,
    sweep_at: usize,
}

impl Names {
    /// The one piece of memory with this text.
    pub(crate) fn share(&mut self, name: &Arc<str>) -> Arc<str> {
        if let Some(known) = self.known.get(name) {
            return Arc::clone(known);
        }
        // Names can be computed, so those of long ago must not stay for ever.
        if self.known.len() >= self.sweep_at.max(SWEEP_MIN) {
            self.known.retain(|known| Arc::strong_count(known) > 1);
            self.sweep_at = 2 * self.known.len();
        }
        self.known.insert(Arc::clone(name));
        Arc::clone(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_one_and_unused_ones_go() {
        let mut names = Names::default();
        let kept = names.share(&"kept".into());
        assert!(Arc::ptr_eq(&kept, &names.share(&"kept".into())));
        for n in 0..10 * SWEEP_MIN {
            names.share(&format!("name {n}").into());
        }
        assert!(names.known.len() <= SWEEP_MIN, "{}", names.known.len());
        assert!(Arc::ptr_eq(&kept, &names.share(&"kept".into())));
    }
}
