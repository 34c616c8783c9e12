//! The store through its trait.

use std::{collections::BTreeMap, fs, path::Path};

use skep_record::ProcessInstanceKey;
use tempfile::TempDir;

use super::*;

/// So little that images are written after a few dozen.
const SHARE: u64 = 4096;

fn dir() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cold");
    (dir, path)
}

fn open(dir: &Path) -> FjallStore {
    FjallStore::open(dir, SHARE).unwrap()
}

fn key(n: u64) -> ProcessInstanceKey {
    ProcessInstanceKey(PartitionId(1).key(n))
}

/// An image that tells the key and the version, and does not compress away.
fn image(n: u64, version: u64) -> Vec<u8> {
    let mut state = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (version << 17) | 1;
    let mut image = format!("{n} v{version} ").into_bytes();
    for _ in 0..40 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        image.extend(state.to_le_bytes());
    }
    image
}

fn is_missing(answer: &Result<Vec<u8>, ColdError>, n: u64) -> bool {
    matches!(answer, Err(ColdError::Missing(missing)) if *missing == key(n))
}

/// Puts others until everything before is on disk.
fn push_to_disk(store: &mut FjallStore) {
    for n in 1_000_000..1_000_400 {
        store.put(key(n), &image(n, 0)).unwrap();
    }
}

#[test]
fn what_is_put_is_there_and_what_is_removed_is_not() {
    let (_dir, path) = dir();
    let mut store = open(&path);
    assert!(is_missing(&store.get(key(1)), 1), "it is empty");
    store.remove(key(1)).unwrap();
    for round in 0..2 {
        store.put(key(1), b"one").unwrap();
        store.put(key(2), b"").unwrap();
        store.put(key(3), b"three").unwrap();
        store.put(key(3), b"three again").unwrap();
        store.remove(key(1)).unwrap();
        if round == 1 {
            push_to_disk(&mut store);
        }
        assert!(is_missing(&store.get(key(1)), 1));
        assert_eq!(store.get(key(2)).unwrap(), b"");
        assert_eq!(store.get(key(3)).unwrap(), b"three again");
    }
    store.put(key(1), b"back").unwrap();
    store.remove(key(3)).unwrap();
    push_to_disk(&mut store);
    assert_eq!(store.get(key(1)).unwrap(), b"back");
    assert!(is_missing(&store.get(key(3)), 3));
}

#[test]
fn a_store_that_is_not_needed_makes_no_folder_and_no_thread() {
    let (_dir, path) = dir();
    let mut store = FjallStore::open(&path, 64 << 20).unwrap();
    for n in 0..100 {
        store.put(key(n), &image(n, 0)).unwrap();
    }
    assert!(!path.exists());
    assert!(format!("{store:?}").contains("writer: None"), "{store:?}");
    assert_eq!(store.get(key(7)).unwrap(), image(7, 0));
}

/// Random puts, replacements and removals, beside what they must lead to.
#[test]
fn views_stay_as_they_were_while_the_store_goes_on() {
    let (_dir, path) = dir();
    let mut store = open(&path);
    let mut expected: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    let mut views = Vec::new();
    let mut coin: u64 = 0x9E37_79B9_7F4A_7C15;
    const N_KEYS: u64 = 500;
    for step in 0..6000_u64 {
        coin ^= coin << 13;
        coin ^= coin >> 7;
        coin ^= coin << 17;
        let n = coin % N_KEYS;
        if coin >> 32 & 3 == 0 {
            store.remove(key(n)).unwrap();
            expected.remove(&n);
        } else {
            store.put(key(n), &image(n, step)).unwrap();
            expected.insert(n, image(n, step));
        }
        if step % 701 == 0 {
            views.push((store.view(), expected.clone()));
        }
        if step % 1499 == 0 {
            views.remove(0);
        }
    }
    views.push((store.view(), expected));
    assert!(views.len() > 3);
    // On another thread, and after the store itself is gone.
    drop(store);
    let checked = std::thread::spawn(move || {
        for (view, expected) in &views {
            for n in 0..N_KEYS {
                match expected.get(&n) {
                    Some(image) => assert_eq!(&view.get(key(n)).unwrap(), image),
                    None => assert!(is_missing(&view.get(key(n)), n)),
                }
            }
        }
    });
    checked.join().unwrap();
    assert!(!path.exists() || fs::read_dir(&path).unwrap().next().is_none());
}

#[test]
fn instances_that_come_and_go_do_not_fill_the_disk() {
    let (_dir, path) = dir();
    let mut store = open(&path);
    for n in 0..10_000 {
        store.put(key(n), &image(n, 0)).unwrap();
        if n >= 1000 {
            store.remove(key(n - 1000)).unwrap();
        }
    }
    // 3 MB went through, of which 330 kB are left; merging may lag.
    let n_bytes = size_of(&path);
    assert!(n_bytes < 2 << 20, "{n_bytes}");
    assert!(is_missing(&store.get(key(8_999)), 8_999));
    assert_eq!(store.get(key(9_001)).unwrap(), image(9_001, 0));
}

/// What the tables of a store take.
fn size_of(dir: &Path) -> u64 {
    let size = |entry: io::Result<fs::DirEntry>| {
        let Ok(entry) = entry else { return 0 };
        // A file may have been merged away meanwhile.
        let Ok(metadata) = entry.metadata() else { return 0 };
        let is_journal = entry.path().extension().is_some_and(|extension| extension == "jnl");
        match metadata.is_dir() {
            true => size_of(&entry.path()),
            // Its length is set ahead, and nothing is written to it.
            false if is_journal => 0,
            false => metadata.len(),
        }
    };
    fs::read_dir(dir).map_or(0, |entries| entries.map(size).sum())
}

/// Puts images until one is refused.
fn refusal(store: &mut FjallStore) -> ColdError {
    (0..100_000).find_map(|n| store.put(key(n), &image(n, 0)).err()).expect("it cannot be written")
}

#[test]
fn a_store_whose_folder_is_removed_says_so() {
    let (_dir, path) = dir();
    let mut store = open(&path);
    push_to_disk(&mut store);
    // Renamed, since the store's thread may be adding a file while a folder is being emptied.
    fs::rename(&path, path.with_extension("gone")).unwrap();
    let error = refusal(&mut store);
    assert!(matches!(error, ColdError::Store(_)), "{error:?}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("cannot be written"), "{cause}");
    // What is removed is noted for a while: the partition may live on with what is in memory.
    store.remove(key(1)).unwrap();
    assert!(is_missing(&store.get(key(1)), 1));
    assert!((0..100_000).any(|n| store.remove(key(n)).is_err()), "but not for ever");
}

#[test]
fn writing_is_tried_again() {
    let (dir, _) = dir();
    let folder = dir.path().join("folder");
    let mut store = FjallStore::open(folder.join("cold"), SHARE).unwrap();
    // No folder can be made where a file is.
    fs::write(&folder, "").unwrap();
    refusal(&mut store);
    assert_eq!(store.get(key(3)).unwrap(), image(3, 0), "what was taken is there");
    assert!(store.put(key(500_000), b"more").is_err());
    fs::remove_file(&folder).unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while store.put(key(500_000), b"more").is_err() {
        assert!(std::time::Instant::now() < deadline, "it stays broken");
        std::thread::yield_now();
    }
    push_to_disk(&mut store);
    assert_eq!(store.get(key(3)).unwrap(), image(3, 0));
    assert_eq!(store.get(key(500_000)).unwrap(), b"more");
}

#[test]
fn what_a_killed_process_left_is_removed() {
    let (_dir, path) = dir();
    let mut store = open(&path);
    store.put(key(1), b"one").unwrap();
    push_to_disk(&mut store);
    // As after a kill: nothing is closed, and the files stay.
    std::mem::forget(store);
    assert!(path.exists());
    fs::write(path.join("anything"), "else").unwrap();

    let mut store = open(&path);
    assert!(!path.exists());
    assert!(is_missing(&store.get(key(1)), 1));
    store.put(key(2), b"two").unwrap();
    push_to_disk(&mut store);
    assert!(is_missing(&store.get(key(1)), 1));
    assert_eq!(store.get(key(2)).unwrap(), b"two");
    drop(store);
    assert!(!path.exists());
}

#[test]
fn a_second_store_in_the_same_folder_mixes_nothing_up() {
    let (_dir, path) = dir();
    let mut first = open(&path);
    for n in 0..1000 {
        first.put(key(n), &image(n, 1)).unwrap();
    }
    let mut second = open(&path);
    for n in 0..1000 {
        second.put(key(n), &image(n, 2)).unwrap();
    }
    for n in 0..1000 {
        // It has lost its files, but never reads those of the other.
        if let Ok(found) = first.get(key(n)) {
            assert_eq!(found, image(n, 1));
        }
        assert_eq!(second.get(key(n)).unwrap(), image(n, 2));
    }
    refusal(&mut first);
    drop(first);
    assert_eq!(second.get(key(7)).unwrap(), image(7, 2));
}

#[test]
fn no_image_is_shown_in_debug_output() {
    let (_dir, path) = dir();
    let mut store = open(&path);
    store.put(key(1), b"secret").unwrap();
    push_to_disk(&mut store);
    store.put(key(2), b"secret").unwrap();
    let shown = format!("{store:?} {:?}", store.view());
    assert!(!shown.contains("secret") && !shown.contains("115, 101, 99"), "{shown}");
}
