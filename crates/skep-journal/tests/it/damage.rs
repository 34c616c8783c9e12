//! Damage stops the opening, says where, and is told apart.

use std::fs;

use proptest::prelude::*;
use skep_journal::{Damage, DamageKind, Journal, JournalConfig, JournalError, verify};

use crate::rig::{Rig, SEGMENT_BYTES, bodies_to, commit, flip_bit, overwrite};

/// Three full segments and a part of a fourth.
fn filled() -> (Rig, u64) {
    let rig = Rig::new();
    let mut journal = rig.open();
    let mut last = 0;
    while rig.segments().len() < 4 {
        commit(&mut journal, last + 1..=last + 3);
        last += 3;
    }
    commit(&mut journal, last + 1..=last + 6);
    journal.close().unwrap();
    (rig, last + 6)
}

fn damage(rig: &Rig) -> Damage {
    let before = snapshot_of(rig);
    let damage = match rig.try_open() {
        Err(JournalError::Damaged(damage)) => damage,
        other => panic!("expected damage, got {other:?}"),
    };
    assert_eq!(snapshot_of(rig), before, "opening a damaged journal must not change it");
    let report = verify(rig.path()).unwrap();
    assert_eq!(report.damage.first(), Some(&damage), "verify and open must agree");
    damage
}

fn snapshot_of(rig: &Rig) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    rig.segments().into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Offset and first position of every frame of a segment.
fn frames(rig: &Rig, index: usize) -> Vec<(u64, u64)> {
    let path = rig.segments()[index].clone();
    rig.open()
        .read_from(0)
        .unwrap()
        .map(Result::unwrap)
        .filter(|frame| *frame.file == *path)
        .map(|frame| (frame.offset, frame.first_position))
        .collect()
}

#[test]
fn a_flipped_bit_in_a_body_names_file_offset_and_position() {
    let (rig, _) = filled();
    let (offset, position) = frames(&rig, 1)[2];
    let path = rig.segments()[1].clone();
    flip_bit(&path, offset + 41, 3);
    let damage = damage(&rig);
    assert_eq!(damage, Damage { file: path, offset, position, kind: DamageKind::Checksum });
    let text = damage.to_string();
    assert!(text.contains(&format!("byte {offset}, position {position}:")), "{text}");
}

#[test]
fn a_flipped_bit_in_the_very_last_frame_is_damage_and_no_torn_tail() {
    let (rig, last) = filled();
    let (offset, position) = *frames(&rig, 3).last().unwrap();
    flip_bit(&rig.segments()[3], offset + 44, 0);
    let damage = damage(&rig);
    assert_eq!((damage.offset, damage.position), (offset, position));
    assert_eq!((damage.kind, position), (DamageKind::Checksum, last));
}

#[test]
fn without_the_mark_a_later_commit_still_proves_damage() {
    let (rig, _) = filled();
    let newest = frames(&rig, 3);
    let path = rig.segments()[3].clone();
    fs::remove_file(rig.path().join("durable.mark")).unwrap();
    flip_bit(&path, newest[1].0 + 42, 0);
    assert_eq!(damage(&rig).kind, DamageKind::Checksum);
}

#[test]
fn zeroed_frames_in_the_middle_are_a_hole() {
    let (rig, _) = filled();
    let found = frames(&rig, 0);
    let ((from, position), (to, _)) = (found[4], found[7]);
    let n = usize::try_from(to - from).unwrap();
    overwrite(&rig.segments()[0], from, &vec![0; n]);
    let damage = damage(&rig);
    assert_eq!((damage.offset, damage.position, damage.kind), (from, position, DamageKind::Hole));
}

#[test]
fn zeroed_frames_at_the_end_are_a_hole_when_they_were_durable() {
    let (rig, _) = filled();
    let (offset, _) = *frames(&rig, 3).last().unwrap();
    overwrite(&rig.segments()[3], offset, &[0; 400]);
    assert_eq!(damage(&rig).kind, DamageKind::Hole);
}

#[test]
fn a_missing_segment_is_named() {
    let (rig, _) = filled();
    fs::remove_file(&rig.segments()[1]).unwrap();
    let damage = damage(&rig);
    assert_eq!(damage.kind, DamageKind::MissingSegment(2));
    assert_eq!(damage.file, rig.path());
}

#[test]
fn the_newest_segment_missing_is_noticed_by_the_mark() {
    let (rig, _) = filled();
    fs::remove_file(&rig.segments()[3]).unwrap();
    assert_eq!(damage(&rig).kind, DamageKind::MissingSegment(4));
}

#[test]
fn all_segments_missing_is_not_an_empty_journal() {
    let (rig, last) = filled();
    for path in rig.segments() {
        fs::remove_file(path).unwrap();
    }
    let damage = damage(&rig);
    assert_eq!((damage.kind, damage.position), (DamageKind::MissingSegment(4), last));
}

#[test]
fn swapped_segments_are_told_from_damaged_ones() {
    let (rig, _) = filled();
    let paths = rig.segments();
    let aside = rig.path().join("aside");
    fs::rename(&paths[0], &aside).unwrap();
    fs::rename(&paths[1], &paths[0]).unwrap();
    fs::rename(&aside, &paths[1]).unwrap();
    assert_eq!(damage(&rig).kind, DamageKind::WrongSegment { named: 1, found: 2 });
}

#[test]
fn a_truncated_segment_says_how_long_it_should_be() {
    let (rig, _) = filled();
    let path = rig.segments()[2].clone();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(9000).unwrap();
    let kind = DamageKind::TruncatedSegment { expected: SEGMENT_BYTES, found: 9000 };
    assert_eq!(damage(&rig).kind, kind);
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(10).unwrap();
    let kind = DamageKind::TruncatedSegment { expected: 4096, found: 10 };
    assert_eq!(damage(&rig).kind, kind);
}

#[test]
fn a_foreign_file_is_no_segment() {
    let (rig, _) = filled();
    fs::write(&rig.segments()[1], vec![b'x'; 16 << 10]).unwrap();
    assert_eq!(damage(&rig).kind, DamageKind::ForeignFile);
}

#[test]
fn a_segment_of_another_journal_is_refused() {
    let (rig, _) = filled();
    let (other, _) = filled();
    fs::copy(&other.segments()[2], &rig.segments()[2]).unwrap();
    let kind = damage(&rig).kind;
    assert!(matches!(kind, DamageKind::ForeignJournal { .. }), "{kind}");
}

#[test]
fn the_journal_of_another_stream_is_refused() {
    let (rig, _) = filled();
    let config = JournalConfig { stream_id: 8, segment_bytes: SEGMENT_BYTES, ..Default::default() };
    let Err(JournalError::Damaged(damage)) = Journal::open(rig.path(), config) else {
        panic!("opened another stream's journal");
    };
    let kind = damage.kind;
    assert!(
        matches!(kind, DamageKind::ForeignJournal { found_stream: 7, expected_stream: 8, .. }),
        "{kind}"
    );
}

#[test]
fn a_newer_format_is_refused_without_being_called_damaged() {
    let (rig, _) = filled();
    let path = rig.segments()[0].clone();
    let mut head = fs::read(&path).unwrap()[..60].to_vec();
    head[8] = 2;
    let sum = crc32c::crc32c(&head);
    overwrite(&path, 0, &[head, sum.to_le_bytes().to_vec()].concat());
    assert_eq!(damage(&rig).kind, DamageKind::NewerVersion(2));
}

#[test]
fn a_damaged_header_is_told_from_a_foreign_file() {
    let (rig, _) = filled();
    flip_bit(&rig.segments()[1], 30, 1);
    assert_eq!(damage(&rig).kind, DamageKind::Header);
}

#[test]
fn a_frame_from_elsewhere_breaks_the_chain() {
    let (rig, _) = filled();
    // The same positions and lengths, written by another journal with other content.
    let other = Rig::new();
    let mut journal = other.open();
    for position in 1..=3 {
        let mut body = crate::rig::body(position);
        body[0] ^= 0x55;
        journal.append(position, position, &body).unwrap();
    }
    journal.commit().unwrap();
    drop(journal);
    let found = frames(&rig, 0);
    let (from, to) = (found[1].0, found[2].0);
    let range = usize::try_from(from).unwrap()..usize::try_from(to).unwrap();
    let strange = fs::read(&other.segments()[0]).unwrap()[range].to_vec();
    overwrite(&rig.segments()[0], from, &strange);
    let damage = damage(&rig);
    assert_eq!(damage.kind, DamageKind::BrokenChain { found: 2 });
    assert_eq!(damage.position, 2);
}

#[test]
fn stray_bytes_in_an_unused_rest_lose_nothing() {
    let (rig, last) = filled();
    let path = rig.segments()[0].clone();
    overwrite(&path, SEGMENT_BYTES - 16, &[1]);
    assert_eq!(rig.bodies(), bodies_to(last));
}

#[test]
fn verify_goes_on_after_damage() {
    let (rig, last) = filled();
    let (offset, _) = frames(&rig, 0)[1];
    flip_bit(&rig.segments()[0], offset + 41, 0);
    fs::remove_file(&rig.segments()[2]).unwrap();
    fs::write(rig.path().join("notes.txt"), b"?").unwrap();
    let report = verify(rig.path()).unwrap();
    let kinds: Vec<_> = report.damage.iter().map(|damage| damage.kind.clone()).collect();
    assert_eq!(kinds, [DamageKind::Checksum, DamageKind::MissingSegment(3)]);
    assert_eq!(report.unknown_files, ["notes.txt"]);
    assert_eq!(report.segments.last().unwrap().last_position, last);
}

#[test]
fn verify_of_a_good_journal_counts_everything() {
    let (rig, last) = filled();
    let report = verify(rig.path()).unwrap();
    assert_eq!((report.damage.len(), report.torn_tail), (0, None));
    assert_eq!(report.segments.len(), 4);
    assert_eq!(report.segments.iter().map(|s| s.n_frames).sum::<u64>(), last);
    assert_eq!(report.segments[3].last_position, last);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever single bit is flipped in the used part of any segment: it is found.
    #[test]
    fn any_flipped_bit_is_found(segment in 0_usize..4, place in any::<u32>(), bit in 0_u8..8) {
        let (rig, _) = filled();
        let found = frames(&rig, segment);
        let (last, _) = *found.last().unwrap();
        // Up to the header of the last frame; the unused rest of the header block is left out.
        let used = last + 40 - 4096;
        let offset = 4096 + u64::from(place) % used;
        flip_bit(&rig.segments()[segment], offset, bit);
        // A flip in a frame's padding changes nothing that is read.
        match rig.try_open() {
            Err(JournalError::Damaged(_)) => (),
            Ok((journal, _)) => {
                let padding = found.windows(2).any(|pair| {
                    let body = crate::rig::body(pair[0].1).len() as u64;
                    (pair[0].0 + 40 + body..pair[1].0).contains(&offset)
                });
                prop_assert!(padding, "a flip at {} of segment {} went unnoticed", offset, segment);
                drop(journal);
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
