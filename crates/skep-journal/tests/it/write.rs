use std::sync::Arc;

use skep_journal::{AppendError, FRAME_BYTES_MAX, Journal, JournalConfig, JournalError, OsDisk};

use crate::rig::{Rig, SEGMENT_BYTES, bodies_to, body, commit, config, read_all};

#[test]
fn committed_frames_come_back_after_reopening() {
    let rig = Rig::new();
    let mut journal = rig.open();
    commit(&mut journal, 1..=3);
    commit(&mut journal, 4..=4);
    assert_eq!(journal.last_position(), 4);
    drop(journal);

    let (journal, recovery) = rig.try_open().unwrap();
    assert_eq!(read_all(&journal), bodies_to(4));
    assert!(!recovery.created);
    assert_eq!((recovery.first_position, recovery.last_position, recovery.n_frames), (1, 4, 4));
    assert_eq!(recovery.torn_tail, None);
}

#[test]
fn frames_that_were_not_committed_are_not_durable() {
    let rig = Rig::new();
    let mut journal = rig.open();
    commit(&mut journal, 1..=1);
    journal.append(2, 2, b"never committed").unwrap();
    assert_eq!(read_all(&journal), bodies_to(1));
    drop(journal);
    assert_eq!(rig.bodies(), bodies_to(1));
}

#[test]
fn frames_cross_segments_in_order() {
    let rig = Rig::new();
    let mut journal = rig.open();
    for group in 0..40 {
        commit(&mut journal, group * 10 + 1..=group * 10 + 10);
    }
    assert!(rig.segments().len() >= 5, "{:?}", rig.segments());
    assert_eq!(read_all(&journal), bodies_to(400));
    drop(journal);
    assert_eq!(rig.bodies(), bodies_to(400));
}

#[test]
fn one_commit_may_be_longer_than_a_segment() {
    let rig = Rig::new();
    let mut journal = rig.open();
    commit(&mut journal, 1..=500);
    assert!(rig.segments().len() > 3);
    drop(journal);
    assert_eq!(rig.bodies(), bodies_to(500));
}

#[test]
fn a_frame_longer_than_a_segment_gets_one_of_its_own() {
    let rig = Rig::new();
    let mut journal = rig.open();
    let long = vec![9; 100_000];
    commit(&mut journal, 1..=2);
    journal.append(3, 9, &long).unwrap();
    journal.append(10, 10, b"after").unwrap();
    journal.commit().unwrap();
    drop(journal);
    let bodies = rig.bodies();
    assert_eq!(bodies, [body(1), body(2), long, b"after".to_vec()]);
}

#[test]
fn frames_after_a_long_one_are_in_a_segment_that_can_be_found() {
    let rig = Rig::new();
    // Without a thread, whatever is prepared is there at the worst moment.
    let config = JournalConfig { background: false, ..config(Arc::new(OsDisk)) };
    let (mut journal, _) = Journal::open(rig.path(), config).unwrap();
    let long = vec![7; usize::try_from(2 * SEGMENT_BYTES).unwrap()];
    commit(&mut journal, 1..=1);
    journal.reserve(2 * SEGMENT_BYTES).unwrap();
    journal.append(2, 2, &long).unwrap();
    commit(&mut journal, 3..=3);
    drop(journal);
    assert_eq!(rig.bodies(), [body(1), long, body(3)]);
}

#[test]
fn positions_must_follow_each_other() {
    let rig = Rig::new();
    let mut journal = rig.open();
    commit(&mut journal, 1..=2);
    for (first, last) in [(2, 2), (4, 4), (0, 0), (3, 2), (3, u64::MAX)] {
        let error = journal.append(first, last, b"x").unwrap_err();
        assert!(matches!(error, AppendError::OutOfOrder { .. }), "{first} to {last}: {error}");
    }
    journal.append(3, 5, b"three records").unwrap();
    journal.append(6, 6, b"one").unwrap();
    journal.commit().unwrap();
    assert_eq!(journal.last_position(), 6);
}

#[test]
fn a_frame_has_a_largest_size() {
    let rig = Rig::new();
    let mut journal = rig.open();
    let too_long = vec![0; FRAME_BYTES_MAX as usize + 1];
    let error = journal.append(1, 1, &too_long).unwrap_err();
    assert!(matches!(error, AppendError::TooLarge { .. }), "{error}");
    assert_eq!(journal.pending_bytes(), 0);
    journal.append(1, 1, b"fine").unwrap();
    journal.commit().unwrap();
}

#[test]
fn an_empty_commit_writes_nothing() {
    let rig = Rig::new();
    let mut journal = rig.open();
    assert_eq!(journal.commit().unwrap().n_bytes, 0);
    assert_eq!(journal.last_position(), 0);
}

#[test]
fn trimming_removes_whole_segments_below_a_position() {
    let rig = Rig::new();
    let mut journal = rig.open();
    for position in 1..=400 {
        commit(&mut journal, position..=position);
    }
    let before = rig.segments().len();
    let removed = journal.trim_below(200);
    assert!(removed > 0 && removed < before - 1);
    assert!(journal.first_position() > 1 && journal.first_position() <= 200);
    // What is asked for is there, although the files go in the background.
    let kept: Vec<_> = journal.read_from(200).unwrap().map(|f| f.unwrap().payload).collect();
    assert_eq!(kept, bodies_to(400)[199..]);
    drop(journal);

    assert_eq!(rig.segments().len(), before - removed);
    let (mut journal, recovery) = rig.try_open().unwrap();
    assert!(recovery.first_position > 1);
    assert_eq!(recovery.last_position, 400);
    assert_eq!(journal.trim_below(u64::MAX), before - removed - 1, "the newest stays");
    commit(&mut journal, 401..=402);
}

#[test]
fn epochs_count_the_openings() {
    let rig = Rig::new();
    for position in 1..=3 {
        commit(&mut rig.open(), position..=position);
    }
    let epochs: Vec<_> = rig.open().read_from(1).unwrap().map(|f| f.unwrap().epoch).collect();
    assert_eq!(epochs, [1, 2, 3]);
}

#[test]
fn a_spare_left_behind_is_used_or_removed() {
    let rig = Rig::new();
    drop(rig.open());
    std::fs::write(rig.path().join("spare.tmp"), b"half filled").unwrap();
    std::fs::write(rig.path().join("spare.skj"), b"wrong size").unwrap();
    let mut journal = rig.open();
    commit(&mut journal, 1..=300);
    drop(journal);
    assert_eq!(rig.bodies(), bodies_to(300));
}

#[test]
fn segments_smaller_than_two_blocks_are_refused() {
    let rig = Rig::new();
    let config = JournalConfig { segment_bytes: 4096, ..JournalConfig::default() };
    let error = Journal::open(rig.path(), config).unwrap_err();
    assert!(matches!(error, JournalError::Config(_)), "{error}");
}
