//! Faults on demand: what a client must survive, made to happen.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    error::{BoxError, Error},
    storage::{DirLock, Document, SharedFile},
};

/// Longest that an answer is held back.
const LATENCY_MAX: Duration = Duration::from_secs(60);

/// Faults of the token endpoints, until others are set.
///
/// They are counted, not drawn, so that a test knows which request meets which.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Faults {
    /// Every answer is held back this long, at most a minute.
    pub latency: Duration,
    /// This many requests are answered with 429 before anything is looked at.
    pub throttle_next: u32,
    /// `Retry-After` of those answers, in seconds; the real service sends 60.
    pub retry_after_s: u32,
    /// After those, this many requests are answered with 503.
    pub fail_next: u32,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    None,
    Throttled { retry_after_s: u32 },
    Unavailable,
}

/// Faults that another process has set, for those that serve.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct OrderedFaults {
    /// Another one each time: the same faults may be ordered twice.
    order: Uuid,
    faults: Faults,
}

impl Document for OrderedFaults {
    type View = ();

    fn view(&self) -> Result<(), BoxError> {
        if self.faults.latency > LATENCY_MAX {
            return Err(format!("a latency of more than {} s", LATENCY_MAX.as_secs()).into());
        }
        Ok(())
    }
}

/// Opens the orders of `dir`.
pub(crate) fn open(lock: &DirLock, dir: &Path) -> Result<Arc<SharedFile<OrderedFaults>>, Error> {
    let file = SharedFile::open(lock, dir.join("faults.json"), || Ok(OrderedFaults::default()))?;
    Ok(Arc::new(file))
}

/// Orders faults from whoever serves the directory.
pub(crate) fn store(file: &SharedFile<OrderedFaults>, faults: Faults) -> Result<(), Error> {
    if faults.latency > LATENCY_MAX {
        let limit_s = LATENCY_MAX.as_secs();
        return Err(Error::Invalid(format!("the latency must be at most {limit_s} s")));
    }
    file.update(|ordered| {
        *ordered = OrderedFaults { order: Uuid::new_v4(), faults };
        Ok(())
    })
}

/// The faults that are left.
#[derive(Debug)]
pub(crate) struct FaultPlan {
    ordered: Arc<SharedFile<OrderedFaults>>,
    left: Mutex<OrderedFaults>,
}

impl FaultPlan {
    /// A plan without faults: what was ordered before has been served by others.
    pub(crate) fn new(ordered: Arc<SharedFile<OrderedFaults>>) -> Self {
        let order = ordered.current().document.order;
        let left = Mutex::new(OrderedFaults { order, faults: Faults::default() });
        Self { ordered, left }
    }

    pub(crate) fn set(&self, faults: Faults) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).faults = faults;
    }

    /// Takes what is next in line for a request.
    pub(crate) fn next(&self) -> (Duration, Fault) {
        let ordered = self.ordered.current();
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if left.order != ordered.document.order {
            *left = ordered.document.clone();
        }
        let faults = &mut left.faults;
        let fault = if faults.throttle_next > 0 {
            faults.throttle_next -= 1;
            Fault::Throttled { retry_after_s: faults.retry_after_s }
        } else if faults.fail_next > 0 {
            faults.fail_next -= 1;
            Fault::Unavailable
        } else {
            Fault::None
        };
        (faults.latency, fault)
    }
}
