//! Indexes of jobs; the jobs themselves are in the aggregates of their instances.

use std::collections::{BTreeMap, BTreeSet};

use skep_record::{ElementInstanceKey, JobKey, JobType, ProcessInstanceKey, TenantId, Timestamp};

use crate::state::undo::{Set, Table};

/// Where to find a job, and which jobs are waiting for what.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    owners: Table<JobKey, JobOwner>,
    activatable: BTreeMap<(JobType, TenantId), BTreeSet<JobKey>>,
    activatable_undo: Vec<(JobType, TenantId, JobKey, bool)>,
    /// When locks end.
    pub(crate) deadlines: Set<(Timestamp, JobKey)>,
    /// When failed jobs become activatable again.
    pub(crate) backoffs: Set<(Timestamp, JobKey)>,
}

/// The element instance that has a job or a user task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JobOwner {
    pub(crate) process_instance_key: ProcessInstanceKey,
    pub(crate) element_instance_key: ElementInstanceKey,
}

impl Jobs {
    pub(crate) fn owner(&self, key: JobKey) -> Option<JobOwner> {
        self.owners.get(&key).copied()
    }

    pub(crate) fn insert(&mut self, key: JobKey, owner: JobOwner) {
        self.owners.insert(key, owner);
    }

    pub(crate) fn remove(&mut self, key: JobKey) {
        self.owners.remove(&key);
    }

    /// Activatable jobs of a type, oldest first.
    pub(crate) fn activatable(
        &self,
        job_type: &JobType,
        tenant: &TenantId,
    ) -> impl Iterator<Item = JobKey> {
        self.activatable.get(&(job_type.clone(), tenant.clone())).into_iter().flatten().copied()
    }

    pub(crate) fn add_activatable(&mut self, job_type: &JobType, tenant: &TenantId, key: JobKey) {
        if self.put(job_type, tenant, key) {
            self.activatable_undo.push((job_type.clone(), tenant.clone(), key, false));
        }
    }

    pub(crate) fn remove_activatable(
        &mut self,
        job_type: &JobType,
        tenant: &TenantId,
        key: JobKey,
    ) {
        if self.take(job_type, tenant, key) {
            self.activatable_undo.push((job_type.clone(), tenant.clone(), key, true));
        }
    }

    fn put(&mut self, job_type: &JobType, tenant: &TenantId, key: JobKey) -> bool {
        self.activatable.entry((job_type.clone(), tenant.clone())).or_default().insert(key)
    }

    fn take(&mut self, job_type: &JobType, tenant: &TenantId, key: JobKey) -> bool {
        let id = (job_type.clone(), tenant.clone());
        let Some(keys) = self.activatable.get_mut(&id) else { return false };
        let was_in = keys.remove(&key);
        // Job types can be computed, so a type without jobs must not stay for ever.
        if keys.is_empty() {
            self.activatable.remove(&id);
        }
        was_in
    }

    pub(crate) fn indexes(&self) -> String {
        format!(
            "{:?} {:?} {:?} {:?}",
            self.owners.entries(),
            self.activatable,
            self.deadlines.entries(),
            self.backoffs.entries()
        )
    }

    pub(crate) fn commit(&mut self) {
        self.owners.commit();
        self.activatable_undo.clear();
        self.deadlines.commit();
        self.backoffs.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.owners.rollback();
        while let Some((job_type, tenant, key, was_in)) = self.activatable_undo.pop() {
            if was_in {
                self.put(&job_type, &tenant, key);
            } else {
                self.take(&job_type, &tenant, key);
            }
        }
        self.deadlines.rollback();
        self.backoffs.rollback();
    }
}
