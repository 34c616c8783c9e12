use std::{fs, path::Path, sync::Arc};

use skep_journal::{OsDisk, SnapshotError, Snapshots, verify_snapshots};

use crate::rig::flip_bit;

fn open(dir: &Path) -> Snapshots {
    Snapshots::open(dir, 3, Arc::new(OsDisk)).unwrap()
}

fn file(dir: &Path, position: u64) -> std::path::PathBuf {
    dir.join(format!("snapshot-{position:020}.sks"))
}

#[test]
fn the_newest_is_loaded_and_two_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = open(dir.path());
    assert!(snapshots.load_newest().unwrap().0.is_none());
    assert_eq!(snapshots.write(10, b"ten").unwrap(), None);
    assert_eq!(snapshots.write(20, b"twenty").unwrap(), Some(10));
    assert_eq!(snapshots.write(30, b"").unwrap(), Some(20));
    assert_eq!(snapshots.positions().unwrap(), [30, 20]);
    let (loaded, passed_over) = open(dir.path()).load_newest().unwrap();
    let loaded = loaded.unwrap();
    assert_eq!((loaded.position, loaded.body), (30, Vec::new()));
    assert!(passed_over.is_empty());
}

#[test]
fn a_damaged_newest_is_passed_over_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = open(dir.path());
    snapshots.write(10, b"ten").unwrap();
    snapshots.write(20, &[5; 3_000_000]).unwrap();
    flip_bit(&file(dir.path(), 20), 1_500_000, 2);
    let (loaded, passed_over) = snapshots.load_newest().unwrap();
    assert_eq!(loaded.unwrap().body, b"ten");
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
    snapshots.write(10, b"the body").unwrap();
    let path = file(dir.path(), 10);
    let good = fs::read(&path).unwrap();
    for byte in 0..good.len() {
        flip_bit(&path, byte as u64, 0);
        assert!(snapshots.load_newest().unwrap().0.is_none(), "byte {byte}");
        fs::write(&path, &good).unwrap();
    }
    for length in 0..good.len() {
        fs::write(&path, &good[..length]).unwrap();
        assert!(snapshots.load_newest().unwrap().0.is_none(), "length {length}");
    }
    fs::write(&path, [&good[..], b"x"].concat()).unwrap();
    assert!(snapshots.load_newest().unwrap().0.is_none());
    fs::write(&path, &good).unwrap();
    assert!(snapshots.load_newest().unwrap().0.is_some());
}

#[test]
fn a_snapshot_of_another_stream_or_position_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).write(10, b"x").unwrap();
    let other = Snapshots::open(dir.path(), 4, Arc::new(OsDisk)).unwrap();
    assert!(other.load_newest().unwrap().0.is_none());
    fs::rename(file(dir.path(), 10), file(dir.path(), 11)).unwrap();
    assert!(open(dir.path()).load_newest().unwrap().0.is_none());
}

#[test]
fn an_unfinished_file_is_no_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = open(dir.path());
    snapshots.write(10, b"ten").unwrap();
    fs::write(dir.path().join("snapshot.tmp"), b"half").unwrap();
    assert_eq!(snapshots.load_newest().unwrap().0.unwrap().position, 10);
    snapshots.write(20, b"twenty").unwrap();
    assert_eq!(snapshots.load_newest().unwrap().0.unwrap().position, 20);
}

#[test]
fn verify_reports_each() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = open(dir.path());
    snapshots.write(10, b"ten").unwrap();
    snapshots.write(20, b"twenty").unwrap();
    flip_bit(&file(dir.path(), 10), 0, 0);
    let reports = verify_snapshots(dir.path()).unwrap();
    assert_eq!(*reports[0].state.as_ref().unwrap(), 6);
    assert!(reports[1].state.is_err());
    assert_eq!((reports[0].position, reports[1].position), (20, 10));
}
