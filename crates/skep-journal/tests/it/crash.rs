//! What a crash leaves: every committed frame, and nothing that was never written.

use std::fs;

use proptest::prelude::*;
use skep_journal::fault::FaultDisk;

use crate::rig::{Rig, bodies_to, body, commit, overwrite};

/// The last segment's file, and where its frames begin and end.
fn last_commit_of(rig: &Rig, n_first: u64, n_last: u64) -> (std::path::PathBuf, u64, u64) {
    let mut journal = rig.open();
    commit(&mut journal, 1..=n_first);
    let start = end_of_frames(&journal);
    commit(&mut journal, n_first + 1..=n_last);
    let end = end_of_frames(&journal);
    drop(journal);
    (rig.segments().pop().unwrap(), start, end)
}

fn end_of_frames(journal: &skep_journal::Journal) -> u64 {
    let last = journal.read_from(0).unwrap().last().unwrap().unwrap();
    last.offset + (40 + last.payload.len() as u64).next_multiple_of(8)
}

#[test]
fn a_crash_at_any_byte_of_the_last_commit_loses_only_that_commit() {
    let rig = Rig::new();
    let (segment, start, end) = last_commit_of(&rig, 5, 8);
    // The mark of the last commit was never written: the crash came before.
    fs::remove_file(rig.path().join("durable.mark")).unwrap();
    let content = fs::read(&segment).unwrap();
    let padding = (8 - body(8).len() as u64 % 8) % 8;
    for cut in start..=end {
        let crashed = rig.copy();
        let n = usize::try_from(content.len() as u64 - cut).unwrap();
        let segment = crashed.segments().pop().unwrap();
        overwrite(&segment, cut, &vec![0; n]);
        let (mut journal, recovery) = crashed.try_open().unwrap();
        let last = recovery.last_position;
        assert!((5..=8).contains(&last), "cut at {cut}: {recovery:?}");
        assert_eq!(last == 8, cut >= end - padding, "cut at {cut}: {recovery:?}");
        assert_eq!(crate::rig::read_all(&journal), bodies_to(last));
        commit(&mut journal, last + 1..=last + 3);
        drop(journal);
        assert_eq!(crashed.bodies(), bodies_to(last + 3), "cut at {cut}");
    }
}

#[test]
fn garbage_after_the_last_commit_is_cut_off_and_reported() {
    let rig = Rig::new();
    let (segment, _, end) = last_commit_of(&rig, 5, 8);
    overwrite(&segment, end, &[0xAB; 500]);
    let (journal, recovery) = rig.try_open().unwrap();
    let torn = recovery.torn_tail.unwrap();
    assert_eq!((torn.file.as_path(), torn.offset, torn.n_bytes), (segment.as_path(), end, 500));
    assert_eq!(crate::rig::read_all(&journal), bodies_to(8));
    drop(journal);
    assert_eq!(rig.try_open().unwrap().1.torn_tail, None, "cut off for good");
}

#[test]
fn a_torn_commit_whose_later_sectors_survived_is_cut_off() {
    let rig = Rig::new();
    // Two frames of one commit; the first is lost, the second is whole on disk.
    let (segment, start, _) = last_commit_of(&rig, 5, 7);
    fs::remove_file(rig.path().join("durable.mark")).unwrap();
    let first_bytes = (40 + body(6).len()).next_multiple_of(8);
    overwrite(&segment, start, &vec![0; first_bytes]);
    let (mut journal, recovery) = rig.try_open().unwrap();
    assert_eq!(recovery.last_position, 5);
    assert!(recovery.torn_tail.is_some());
    commit(&mut journal, 6..=6);
    drop(journal);
    assert_eq!(rig.bodies(), bodies_to(6));
}

#[test]
fn a_crash_between_segments_loses_nothing() {
    let rig = Rig::new();
    let mut journal = rig.open();
    let mut position = 0;
    while rig.segments().len() < 2 {
        position += 1;
        commit(&mut journal, position..=position);
    }
    drop(journal);
    // The new segment is there and its first frame is not.
    fs::remove_file(rig.path().join("durable.mark")).unwrap();
    overwrite(&rig.segments()[1], 4096, &[0; 1000]);
    let (mut journal, recovery) = rig.try_open().unwrap();
    assert_eq!(recovery.last_position, position - 1);
    commit(&mut journal, position..=position + 5);
    drop(journal);
    assert_eq!(rig.bodies(), bodies_to(position + 5));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Runs of commits, each ended by a power loss in the middle of one: sectors that were not
    /// synced survive or not as the coin falls.
    #[test]
    fn committed_frames_survive_power_losses(
        runs in prop::collection::vec(
            (prop::collection::vec(1_u64..30, 0..12), 1_u64..30, any::<u64>()),
            1..5,
        ),
    ) {
        let rig = Rig::new();
        let mut durable = 0;
        for (commits, lost, mut coin) in runs {
            let disk = FaultDisk::new();
            let mut journal = rig.open_on(disk.clone());
            let found = journal.last_position();
            prop_assert!(found >= durable, "lost acknowledged frames: {found} < {durable}");
            prop_assert_eq!(crate::rig::read_all(&journal), bodies_to(found));
            durable = found;
            for n in commits {
                commit(&mut journal, durable + 1..=durable + n);
                durable += n;
            }
            for position in durable + 1..=durable + lost {
                journal.append(position, position, &body(position)).unwrap();
            }
            // The write happens, its sync does not.
            disk.fail_syncs(true);
            prop_assert!(journal.commit().is_err());
            disk.cut_power(|| {
                coin ^= coin << 13;
                coin ^= coin >> 7;
                coin ^= coin << 17;
                coin % 2 == 0
            });
        }
        let found = rig.open().last_position();
        prop_assert!(found >= durable);
        prop_assert_eq!(rig.bodies(), bodies_to(found));
    }
}
