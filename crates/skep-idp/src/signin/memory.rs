//! What must be counted: failed passwords, redeemed codes, waiting devices.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Semaphore;
use uuid::Uuid;

use super::DeviceFlows;

/// Wrong passwords in a row before a user is locked, and for how long.
const FAILURES_MAX: u32 = 10;
const LOCKED_S: i64 = 60;
/// Codes that are remembered as redeemed; each is forgotten when it would have expired.
const CODES_MAX: usize = 10_000;
/// Passwords checked at once: each takes a core for a tenth of a second.
const PASSWORD_CHECKS_MAX: usize = 2;

/// A server's memory.
pub(crate) struct Memory {
    failures: Mutex<HashMap<Uuid, Failures>>,
    redeemed: Mutex<HashMap<Uuid, i64>>,
    devices: Mutex<DeviceFlows>,
    pub(crate) password_checks: Semaphore,
}

#[derive(Clone, Copy, Default)]
struct Failures {
    n: u32,
    locked_until_s: i64,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            failures: Mutex::default(),
            redeemed: Mutex::default(),
            devices: Mutex::default(),
            password_checks: Semaphore::new(PASSWORD_CHECKS_MAX),
        }
    }

    /// Whether the user has to wait before another attempt.
    pub(crate) fn is_locked(&self, user: Uuid, now_s: i64) -> bool {
        lock(&self.failures).get(&user).is_some_and(|failures| failures.locked_until_s > now_s)
    }

    /// Counts an attempt. Only users of the directory are counted, so the map is bounded.
    pub(crate) fn record_attempt(&self, user: Uuid, succeeded: bool, now_s: i64) {
        let mut failures = lock(&self.failures);
        if succeeded {
            failures.remove(&user);
            return;
        }
        let entry = failures.entry(user).or_default();
        entry.n += 1;
        if entry.n >= FAILURES_MAX {
            *entry = Failures { n: 0, locked_until_s: now_s + LOCKED_S };
        }
    }

    /// Marks a code as redeemed; false when it was before.
    pub(crate) fn redeem(&self, code: Uuid, expires_s: i64, now_s: i64) -> bool {
        let mut redeemed = lock(&self.redeemed);
        if redeemed.contains_key(&code) {
            return false;
        }
        if redeemed.len() >= CODES_MAX {
            redeemed.retain(|_, expires| *expires > now_s);
        }
        // With every remembered code still alive, refusing one is safer than forgetting one.
        if redeemed.len() >= CODES_MAX {
            return false;
        }
        redeemed.insert(code, expires_s);
        true
    }

    /// The devices that wait for a sign-in.
    pub(crate) fn devices(&self) -> MutexGuard<'_, DeviceFlows> {
        lock(&self.devices)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while it was held leaves a map that is at worst one entry short.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_lock_for_a_minute_and_a_success_resets() {
        let (memory, user) = (Memory::new(), Uuid::new_v4());
        for _ in 0..9 {
            memory.record_attempt(user, false, 0);
        }
        memory.record_attempt(user, true, 0);
        for _ in 0..9 {
            memory.record_attempt(user, false, 0);
        }
        assert!(!memory.is_locked(user, 0));
        memory.record_attempt(user, false, 0);
        assert!(memory.is_locked(user, 59));
        assert!(!memory.is_locked(user, 60));
    }

    #[test]
    fn a_code_is_redeemed_once_and_full_memory_forgets_only_expired_ones() {
        let memory = Memory::new();
        let code = Uuid::new_v4();
        assert!(memory.redeem(code, 10, 0));
        assert!(!memory.redeem(code, 10, 0));
        for _ in 1..CODES_MAX {
            assert!(memory.redeem(Uuid::new_v4(), 10, 0));
        }
        assert!(!memory.redeem(Uuid::new_v4(), 10, 5), "full of codes that still live");
        assert!(memory.redeem(Uuid::new_v4(), 30, 20));
    }
}
