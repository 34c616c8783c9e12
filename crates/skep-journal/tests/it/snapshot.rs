use std::{
    fs,
    io::{Read, Write},
    path::Path,
    sync::Arc,
};

use skep_journal::{
    OsDisk, SnapshotError, SnapshotReader, Snapshots, WrittenSnapshot, verify_snapshots,
};

use crate::rig::{flip_bit, write_snapshot};

fn open(dir: &Path) -> Snapshots {
    Snapshots::open(dir, 3, Arc::new(OsDisk)).unwrap()
}

fn file(dir: &Path, position: u64) -> std::path::PathBuf {
    dir.join(format!("snapshot-{position:020}.sks"))
}

fn body(mut snapshot: SnapshotReader) -> Vec<u8> {
    let mut body = Vec::new();
    snapshot.read_to_end(&mut body).unwrap();
    body
}

#[test]
fn a_body_is_written_and_read_in_pieces_of_any_size() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = open(dir.path());
    let expected: Vec<u8> = (0..10_000_000_u32).map(|n| (n % 251) as u8).collect();
    let mut pieces = Vec::new();
    for n in (1..).scan(0, |from, n: usize| Some(std::mem::replace(from, *from + n * n)..*from)) {
        if n.start >= expected.len() {
            break;
        }
        pieces.push(&expected[n.start..n.end.min(expected.len())]);
    }
    let written =
        snapshots.write(10, |out| pieces.iter().try_for_each(|piece| out.write_all(piece)));
    assert_eq!(written.unwrap(), WrittenSnapshot { n_bytes: 10_000_000, older: None });
    write_snapshot(&snapshots, 20, &expected).unwrap();
    assert!(body(snapshots.read(10).unwrap()) == expected);
    let [one, other] = [10, 20].map(|position| fs::read(file(dir.path(), position)).unwrap());
    assert!(one[64..] == other[64..]);
}

#[test]
fn a_body_that_cannot_be_made_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = open(dir.path());
    let written = snapshots.write(10, |out| {
        out.write_all(&[1; 3_000_000])?;
        Err(std::io::Error::other("no more"))
    });
    assert!(matches!(written, Err(SnapshotError::Io { .. })), "{written:?}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn the_newest_is_loaded_and_two_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = open(dir.path());
    assert!(snapshots.read_newest().unwrap().0.is_none());
    assert_eq!(write_snapshot(&snapshots, 10, b"ten").unwrap().older, None);
    assert_eq!(write_snapshot(&snapshots, 20, b"twenty").unwrap().older, Some(10));
    assert_eq!(write_snapshot(&snapshots, 30, b"").unwrap().older, Some(20));
    assert_eq!(snapshots.positions().unwrap(), [30, 20]);
    let (loaded, passed_over) = open(dir.path()).read_newest().unwrap();
    let loaded = loaded.unwrap();
    assert_eq!((loaded.position(), body(loaded)), (30, Vec::new()));
    assert!(passed_over.is_empty());
}

#[test]
fn a_damaged_newest_is_passed_over_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = open(dir.path());
    write_snapshot(&snapshots, 10, b"ten").unwrap();
    write_snapshot(&snapshots, 20, &[5; 3_000_000]).unwrap();
    flip_bit(&file(dir.path(), 20), 1_500_000, 2);
    let (loaded, passed_over) = snapshots.read_newest().unwrap();
    assert_eq!(body(loaded.unwrap()), b"ten");
    let [error @ SnapshotError::Damaged { path, .. }] = passed_over.as_slice() else {
        panic!("{passed_over:?}");
    };
    assert_eq!(*path, file(dir.path(), 20));
    assert!(error.to_string().contains("checksum"), "{error}");
}

#[test]
fn every_kind_of_damage_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = open(dir.path());
    write_snapshot(&snapshots, 10, b"the body").unwrap();
    let path = file(dir.path(), 10);
    let good = fs::read(&path).unwrap();
    for byte in 0..good.len() {
        flip_bit(&path, byte as u64, 0);
        assert!(snapshots.read_newest().unwrap().0.is_none(), "byte {byte}");
        fs::write(&path, &good).unwrap();
    }
    for length in 0..good.len() {
        fs::write(&path, &good[..length]).unwrap();
        assert!(snapshots.read_newest().unwrap().0.is_none(), "length {length}");
    }
    fs::write(&path, [&good[..], b"x"].concat()).unwrap();
    assert!(snapshots.read_newest().unwrap().0.is_none());
    fs::write(&path, &good).unwrap();
    assert!(snapshots.read_newest().unwrap().0.is_some());
}

#[test]
fn a_snapshot_of_another_stream_or_position_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    write_snapshot(&open(dir.path()), 10, b"x").unwrap();
    let other = Snapshots::open(dir.path(), 4, Arc::new(OsDisk)).unwrap();
    assert!(other.read_newest().unwrap().0.is_none());
    fs::rename(file(dir.path(), 10), file(dir.path(), 11)).unwrap();
    assert!(open(dir.path()).read_newest().unwrap().0.is_none());
}

#[test]
fn an_unfinished_file_is_no_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = open(dir.path());
    write_snapshot(&snapshots, 10, b"ten").unwrap();
    fs::write(dir.path().join("snapshot.tmp"), b"half").unwrap();
    assert_eq!(snapshots.read_newest().unwrap().0.unwrap().position(), 10);
    write_snapshot(&snapshots, 20, b"twenty").unwrap();
    assert_eq!(snapshots.read_newest().unwrap().0.unwrap().position(), 20);
}

#[test]
fn verify_reports_each() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = open(dir.path());
    write_snapshot(&snapshots, 10, b"ten").unwrap();
    write_snapshot(&snapshots, 20, b"twenty").unwrap();
    flip_bit(&file(dir.path(), 10), 0, 0);
    let reports = verify_snapshots(dir.path()).unwrap();
    assert_eq!(*reports[0].state.as_ref().unwrap(), 6);
    assert!(reports[1].state.is_err());
    assert_eq!((reports[0].position, reports[1].position), (20, 10));
}
