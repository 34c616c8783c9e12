//! Full disks pass, failing syncs do not.

use std::sync::Arc;

use skep_journal::{
    AppendError, CommitError, Disk, Journal, JournalError, Snapshots, fault::FaultDisk,
};

use crate::rig::{Rig, bodies_to, body, commit, read_all, write_snapshot};

/// Commits until there is no room, and says up to where it went.
fn fill_up(journal: &mut Journal, mut last: u64) -> u64 {
    loop {
        match journal.reserve(4096) {
            Ok(()) => commit(journal, last + 1..=last + 3),
            Err(CommitError::NoRoom(_)) => return last,
            Err(other) => panic!("{other}"),
        }
        last += 3;
        assert!(last < 10_000, "the limit does not bite");
    }
}

#[test]
fn a_full_disk_refuses_before_anything_is_appended_and_recovers() {
    let rig = Rig::new();
    let disk = FaultDisk::new();
    let mut journal = rig.open_on(disk.clone());
    disk.limit_room(Some(20 << 10));
    let last = fill_up(&mut journal, 0);
    assert!(last > 0);
    assert!(matches!(journal.reserve(4096), Err(CommitError::NoRoom(_))));
    assert_eq!(read_all(&journal), bodies_to(last));

    disk.limit_room(None);
    journal.reserve(4096).unwrap();
    commit(&mut journal, last + 1..=last + 200);
    drop(journal);
    assert_eq!(rig.bodies(), bodies_to(last + 200));
}

#[test]
fn frames_wait_for_room_in_order() {
    let rig = Rig::new();
    let disk = FaultDisk::new();
    let mut journal = rig.open_on(disk.clone());
    commit(&mut journal, 1..=2);
    disk.refuse_writes(true);
    journal.append(3, 3, &body(3)).unwrap();
    assert!(matches!(journal.commit(), Err(CommitError::NoRoom(_))));
    assert_eq!(journal.last_position(), 2);
    journal.append(4, 4, &body(4)).unwrap();
    assert!(matches!(journal.commit(), Err(CommitError::NoRoom(_))));
    disk.refuse_writes(false);
    assert_eq!(journal.commit().unwrap().last_position, 4);
    drop(journal);
    assert_eq!(rig.bodies(), bodies_to(4));
}

#[test]
fn room_that_runs_out_inside_a_commit_tears_nothing() {
    let rig = Rig::new();
    let disk = FaultDisk::new();
    let mut journal = rig.open_on(disk.clone());
    disk.limit_room(Some(20 << 10));
    // Longer than the first segment and the one spare together.
    for position in 1..=400 {
        journal.append(position, position, &body(position)).unwrap();
    }
    assert!(matches!(journal.commit(), Err(CommitError::NoRoom(_))));
    let partly = rig.copy();
    disk.limit_room(None);
    assert_eq!(journal.commit().unwrap().last_position, 400);
    drop(journal);
    assert_eq!(rig.bodies(), bodies_to(400));
    // A crash before there was room: a part of the commit, in order, is fine.
    let (journal, recovery) = partly.try_open().unwrap();
    assert_eq!(read_all(&journal), bodies_to(recovery.last_position));
}

#[test]
fn a_failed_sync_closes_the_journal_for_ever() {
    let rig = Rig::new();
    let disk = FaultDisk::new();
    let mut journal = rig.open_on(disk.clone());
    commit(&mut journal, 1..=2);
    disk.fail_syncs(true);
    journal.append(3, 3, &body(3)).unwrap();
    let error = journal.commit().unwrap_err();
    assert!(matches!(error, CommitError::Poisoned(_)), "{error}");
    assert!(error.to_string().contains("injected sync failure"), "{error}");

    disk.fail_syncs(false);
    assert!(matches!(journal.commit(), Err(CommitError::Poisoned(_))), "a retry must not pass");
    assert!(matches!(journal.reserve(1), Err(CommitError::Poisoned(_))));
    assert!(matches!(journal.append(4, 4, b"x"), Err(AppendError::Poisoned(_))));
    drop(journal);
    let reopened = rig.open();
    assert!(reopened.last_position() >= 2);
    assert_eq!(read_all(&reopened), bodies_to(reopened.last_position()));
}

#[test]
fn one_commit_costs_one_sync() {
    let rig = Rig::new();
    let disk = FaultDisk::new();
    let mut journal = rig.open_on(disk.clone());
    // The spare being filled in the background syncs too: wait for it.
    journal.reserve(u64::MAX).unwrap();
    let before = disk.n_syncs();
    commit(&mut journal, 1..=20);
    assert_eq!(disk.n_syncs(), before + 1);
}

#[test]
fn a_disk_too_full_for_an_empty_journal_says_so() {
    let rig = Rig::new();
    let disk = FaultDisk::new();
    disk.limit_room(Some(1000));
    let error = Journal::open(rig.path(), crate::rig::config(disk.clone())).unwrap_err();
    assert!(error.is_disk_full(), "{error}");
    assert!(matches!(error, JournalError::Io { .. }));
    disk.limit_room(None);
    commit(&mut rig.open_on(disk), 1..=1);
}

#[test]
fn a_snapshot_that_finds_no_room_leaves_the_old_ones() {
    let rig = Rig::new();
    let disk = FaultDisk::new();
    let snapshots = Snapshots::open(rig.path(), 7, Arc::clone(&disk) as Arc<dyn Disk>).unwrap();
    write_snapshot(&snapshots, 5, b"five").unwrap();
    disk.limit_room(Some(10));
    let error = write_snapshot(&snapshots, 9, &[1; 5000]).unwrap_err();
    assert!(error.is_disk_full(), "{error}");
    let (loaded, passed_over) = snapshots.read_newest().unwrap();
    assert_eq!(loaded.unwrap().position(), 5);
    assert!(passed_over.is_empty());
    disk.limit_room(None);
    assert_eq!(write_snapshot(&snapshots, 9, &[1; 5000]).unwrap().older, Some(5));
}
