//! The end of a simulation: no more faults, everybody does what is expected, all must come to
//! an end.

use std::collections::{BTreeMap, BTreeSet};

use skep_record::{
    BatchOperationAction, ElementInstanceKey, PartitionId, ProcessInstanceKey, Timestamp,
};

use crate::{
    clients::{
        FIRST, activate, activate_ad_hoc, broadcast, cancel, complete, complete_user_task,
        control_batch, document, last_result, publish, resolve, set_variables, update_retries,
    },
    model::{JOB_TYPES, SIGNALS, first_id, renamed},
    world::World,
};

/// How often the incidents of an element instance were resolved.
type Attempts = BTreeMap<ElementInstanceKey, usize>;

/// Most turns until everything that can be done at once is done.
const TURNS_MAX: usize = 2_000;
/// Most times that everything is tried.
const ROUNDS_MAX: usize = 150;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Most times that the incidents of one element instance are resolved. Some come again: nothing
/// catches an error that is thrown.
const ATTEMPTS_MAX: usize = 3;
/// What incidents that can be resolved are resolved with.
const GOOD_VARIABLES: &str = r#"{"key":"order-1","choice":9,"n":1000,"list":[1]}"#;

impl World {
    /// Lets everything come to an end, and says what does not.
    pub(crate) fn heal(&mut self) -> Result<(), String> {
        self.say(|_| "no more faults from here on".to_owned());
        self.clients.streams.clear();
        self.disk.cut_in(None);
        self.disk.fail_sync_in(None);
        self.stores.heal();
        for model in self.clients.models.clone() {
            self.submit(FIRST, crate::clients::deploy(&model))?;
            self.settle()?;
        }
        let mut attempts = Attempts::new();
        for round in 1..=ROUNDS_MAX {
            self.settle()?;
            if self.unfinished(&attempts).is_empty() {
                return self.finish();
            }
            self.resolve_incidents(&mut attempts)?;
            self.work()?;
            self.set_what_conditions_wait_for()?;
            self.activate_what_is_awaited()?;
            self.send_what_is_awaited()?;
            // New work may always be due soon: what is due much later needs a longer step.
            self.pass_time(if round % 10 == 0 { DAY_MS } else { 1_000 })?;
        }
        let stuck = self.unfinished(&attempts);
        Err(format!("{} instances neither finish nor show an incident: {stuck:?}", stuck.len()))
    }

    /// Instances that live on without an incident that cannot be resolved.
    fn unfinished(&self, attempts: &Attempts) -> BTreeSet<ProcessInstanceKey> {
        let mut hopeless: BTreeSet<_> = self
            .facts
            .incidents
            .values()
            .filter(|incident| {
                let n = attempts.get(&incident.element_instance_key);
                n.is_some_and(|n| *n >= ATTEMPTS_MAX)
            })
            .map(|incident| incident.process_instance_key)
            .collect();
        hopeless.extend(&self.facts.modified);
        // Who calls somebody who does not come to an end does not either.
        for (called, caller) in self.facts.callers.iter().rev() {
            if hopeless.contains(called) && self.facts.live.contains(called) {
                hopeless.insert(*caller);
            }
        }
        self.facts.live.difference(&hopeless).copied().collect()
    }

    /// Lets commands arrive and partitions work until all is quiet.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        for _ in 0..TURNS_MAX {
            for sent in std::mem::take(&mut self.wire) {
                if !self.broker()?.deliver(sent.clone()) {
                    self.wire.push(sent);
                }
            }
            let busy: Vec<PartitionId> = self.broker()?.busy().collect();
            if busy.is_empty() && self.wire.is_empty() {
                return Ok(());
            }
            for id in busy {
                self.turn(id)?;
            }
        }
        Err("the partitions never come to rest".to_owned())
    }

    fn resolve_incidents(&mut self, attempts: &mut Attempts) -> Result<(), String> {
        let open: Vec<_> = self.facts.incidents.iter().map(|(key, open)| (*key, *open)).collect();
        for (key, incident) in open {
            let n = attempts.entry(incident.element_instance_key).or_default();
            if *n >= ATTEMPTS_MAX {
                continue;
            }
            *n += 1;
            let instance = incident.process_instance_key;
            self.submit(FIRST, set_variables(instance, document(GOOD_VARIABLES), false))?;
            if let Some(job) = incident.job_key {
                self.submit(FIRST, update_retries(job))?;
            }
            self.settle()?;
            self.submit(FIRST, resolve(key))?;
            self.settle()?;
        }
        Ok(())
    }

    /// Completes every job there is.
    fn work(&mut self) -> Result<(), String> {
        let user_tasks = "io.camunda.zeebe:userTask";
        for id in 1..=self.n_partitions() {
            for job_type in JOB_TYPES.iter().chain([&user_tasks]) {
                self.clients.jobs.clear();
                self.submit(PartitionId(id), activate(job_type, 25, 60_000))?;
                self.settle()?;
                for job in std::mem::take(&mut self.clients.jobs) {
                    let result = self.facts.job_kinds.get(&job).copied().and_then(last_result);
                    self.submit(FIRST, complete(job, document("{}"), result))?;
                    self.settle()?;
                }
            }
        }
        for task in self.facts.user_tasks.clone() {
            self.submit(FIRST, complete_user_task(task, document("{}")))?;
            self.settle()?;
        }
        Ok(())
    }

    /// An ad-hoc subprocess whose condition does not hold asks for one more activity.
    fn activate_what_is_awaited(&mut self) -> Result<(), String> {
        for (key, (process, id)) in self.facts.ad_hoc.clone() {
            let model = self.clients.models.iter().find(|model| model.id == process);
            let activity = model.and_then(|model| {
                let asked = model.asking.get(first_id(&id))?;
                Some(if first_id(&id) == id { asked.clone() } else { renamed(asked) })
            });
            if let Some(activity) = activity {
                self.submit(FIRST, activate_ad_hoc(key, &activity, false))?;
                self.settle()?;
            }
        }
        Ok(())
    }

    fn set_what_conditions_wait_for(&mut self) -> Result<(), String> {
        let waiting: BTreeSet<_> = self.facts.conditions.values().copied().collect();
        for instance in waiting {
            self.submit(FIRST, set_variables(instance, document(r#"{"choice":9}"#), true))?;
            self.settle()?;
        }
        Ok(())
    }

    fn send_what_is_awaited(&mut self) -> Result<(), String> {
        // Each process takes a message once, however many of its element instances wait for it:
        // one message in each round would be too few where signals bring more of them.
        let awaited: Vec<(String, String)> = self.facts.waiting.values().cloned().collect();
        for (name, key) in awaited {
            self.submit(FIRST, publish(&name, &key, 0, String::new(), document("{}")))?;
            self.settle()?;
        }
        if self.facts.n_signal_subscriptions > 0 {
            for name in SIGNALS {
                self.submit(FIRST, broadcast(name))?;
                self.settle()?;
            }
        }
        Ok(())
    }

    /// Moves the clock to what is due next, but at least so far.
    fn pass_time(&mut self, at_least_ms: i64) -> Result<(), String> {
        let due = self.next_due()?;
        let ms = due.map_or(0, |due| due.0.saturating_sub(self.now().0)).max(at_least_ms);
        self.clock.advance_ms(ms);
        self.settle()
    }

    pub(crate) fn next_due(&self) -> Result<Option<Timestamp>, String> {
        Ok(self.broker()?.engines().filter_map(skep_engine::Engine::next_due).min())
    }

    fn cancel_all(&mut self) -> Result<(), String> {
        for _ in 0..ROUNDS_MAX {
            for key in self.facts.live.clone() {
                // What is called ends with what calls it.
                if !self.facts.callers.contains_key(&key) {
                    self.submit(FIRST, cancel(key))?;
                    self.settle()?;
                }
            }
            if self.facts.live.is_empty() {
                return Ok(());
            }
            // Listeners of the end of user tasks have their turn; a worker may have their jobs.
            self.resolve_incidents(&mut Attempts::new())?;
            self.work()?;
            self.pass_time(HOUR_MS)?;
        }
        Err(format!("instances cannot be cancelled: {:?}", self.facts.live))
    }

    /// With everything finished, nothing may be left over.
    fn finish(&mut self) -> Result<(), String> {
        self.cancel_all()?;
        // A request to open that comes late opens a subscription again, and that to close it may
        // have been lost: the next message closes it. It may also start an instance.
        for (name, key) in self.facts.subscribed.clone().into_values() {
            self.submit(FIRST, publish(&name, &key, 0, String::new(), document("{}")))?;
            self.settle()?;
        }
        self.cancel_all()?;
        // Those that go on refuse it.
        for key in self.facts.batches.alive() {
            self.submit(FIRST, control_batch(key, BatchOperationAction::Resume))?;
            self.settle()?;
        }
        let mut n = 0;
        while self.next_due()?.is_some() {
            // What was sent before the clock jumped back is due again only when it has caught up.
            self.pass_time(if n % 10 == 9 { DAY_MS } else { 1_000 })?;
            self.cancel_all()?;
            n += 1;
            if n > ROUNDS_MAX {
                return Err("something stays due for ever, though no instance is left".to_owned());
            }
        }
        if let Some(key) = self.facts.batches.alive().first() {
            return Err(format!("batch operation {key} never ends"));
        }
        if !self.facts.waiting.is_empty() {
            return Err(format!("subscriptions are left over: {:?}", self.facts.waiting));
        }
        if !self.facts.subscribed.is_empty() {
            return Err(format!(
                "a message's partition still has subscriptions: {:?}",
                self.facts.subscribed
            ));
        }
        if self.facts.n_signal_subscriptions > 0 {
            return Err("signal subscriptions are left over".to_owned());
        }
        if !self.facts.conditions.is_empty() {
            return Err("conditional subscriptions are left over".to_owned());
        }
        if !self.facts.user_tasks.is_empty() {
            return Err(format!("user tasks are left over: {:?}", self.facts.user_tasks));
        }
        self.restart()
    }
}
