use std::time::Duration;

use skep_journal::{Reader, verify};

use crate::rig::{Rig, bodies_to, body, commit};

fn positions(reader: Reader) -> Vec<u64> {
    reader.map(|frame| frame.unwrap().first_position).collect()
}

#[test]
fn reading_starts_at_the_frame_that_holds_the_position() {
    let rig = Rig::new();
    let mut journal = rig.open();
    journal.append(1, 4, b"one to four").unwrap();
    journal.append(5, 5, b"five").unwrap();
    journal.append(6, 9, b"six to nine").unwrap();
    journal.commit().unwrap();
    for (from, expected) in [(0, vec![1, 5, 6]), (4, vec![1, 5, 6]), (5, vec![5, 6]), (9, vec![6])]
    {
        assert_eq!(positions(journal.read_from(from).unwrap()), expected, "from {from}");
    }
    assert!(positions(journal.read_from(10).unwrap()).is_empty());
}

#[test]
fn reading_skips_segments_that_lie_before() {
    let rig = Rig::new();
    let mut journal = rig.open();
    for position in 1..=400 {
        commit(&mut journal, position..=position);
    }
    assert!(rig.segments().len() > 3);
    for from in [1, 57, 200, 399, 400] {
        let found = positions(journal.read_from(from).unwrap());
        assert_eq!(found, (from..=400).collect::<Vec<_>>());
    }
}

#[test]
fn a_reader_beside_a_running_writer_sees_whole_frames_only() {
    let rig = Rig::new();
    let mut journal = rig.open();
    commit(&mut journal, 1..=1);
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            for position in 2..=1500 {
                commit(&mut journal, position..=position);
            }
        });
        let mut seen = 0;
        while seen < 1500 {
            let mut reader = Reader::open(rig.path(), seen + 1).unwrap();
            for frame in &mut reader {
                let frame = frame.unwrap();
                assert_eq!(frame.first_position, seen + 1);
                assert_eq!(frame.payload, body(seen + 1));
                seen += 1;
            }
            let report = verify(rig.path()).unwrap();
            assert!(report.damage.is_empty(), "{:?}", report.damage);
            std::thread::yield_now();
        }
        writer.join().unwrap();
    });
}

#[test]
fn a_reader_can_be_asked_again_for_what_came_since() {
    let rig = Rig::new();
    let mut journal = rig.open();
    commit(&mut journal, 1..=3);
    let mut reader = Reader::open(rig.path(), 1).unwrap();
    assert_eq!(reader.by_ref().count(), 3);
    commit(&mut journal, 4..=200);
    // It read ahead, so what it hands out now may lag but must be right.
    let later: Vec<_> = reader.map(|frame| frame.unwrap().payload).collect();
    assert!(bodies_to(200)[3..].starts_with(&later));
}

#[test]
fn an_empty_folder_has_no_frames() {
    let rig = Rig::new();
    assert!(positions(Reader::open(rig.path(), 0).unwrap()).is_empty());
    assert!(verify(rig.path()).unwrap().segments.is_empty());
    assert!(Reader::open(rig.path().join("absent"), 0).is_err());
}

#[test]
fn an_empty_journal_is_there_at_once() {
    let rig = Rig::new();
    let started = std::time::Instant::now();
    let config = skep_journal::JournalConfig::default();
    drop(skep_journal::Journal::open(rig.path(), config).unwrap());
    // A segment of 64 MB filled before the start would take longer on most disks.
    assert!(started.elapsed() < Duration::from_secs(10));
    let first = std::fs::metadata(&rig.segments()[0]).unwrap().len();
    assert!(first <= 4 << 20, "{first}");
}

#[test]
fn a_tail_does_not_lead_behind_what_is_committed() {
    let rig = Rig::new();
    let mut journal = rig.open();
    for position in 1..=4 {
        commit(&mut journal, position..=position);
    }
    // The writer has written four, and has told of two.
    let mut reader = Reader::open(rig.path(), 3).unwrap();
    assert_eq!(reader.tail(2).unwrap(), None);
    assert_eq!(reader.tail(3).unwrap().unwrap().first_position, 3);
    assert_eq!(reader.tail(3).unwrap(), None);
    assert_eq!(reader.tail(4).unwrap().unwrap().first_position, 4);
    assert_eq!(reader.tail(9).unwrap(), None);
    commit(&mut journal, 5..=5);
    assert_eq!(reader.tail(5).unwrap().unwrap().first_position, 5);
}
