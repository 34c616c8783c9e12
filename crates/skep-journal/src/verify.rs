//! Checking a journal and its snapshots without changing anything.

use std::path::{Path, PathBuf};

use crate::{
    Damage, DamageKind, JournalError, SnapshotError, Snapshots, TornTail,
    disk::{Disk, DiskFile, OsDisk},
    mark::{MARK, Mark},
    recover::Walk,
    scan::{Scanner, Tail},
    segment::{self, LONG, SPARE, SegmentHeader},
};

/// What a check of a journal found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct VerifyReport {
    /// The segments, oldest first.
    pub segments: Vec<SegmentReport>,
    /// Everything that is wrong; empty in a good journal.
    pub damage: Vec<Damage>,
    /// Remains of a commit that a crash, or the reader's being too early, cut short. Harmless.
    pub torn_tail: Option<TornTail>,
    /// Files that do not belong to a journal.
    pub unknown_files: Vec<String>,
}

/// One segment of a journal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SegmentReport {
    /// The file.
    pub file: PathBuf,
    /// Position of its first record.
    pub first_position: u64,
    /// Position of its last record; one less than the first when there is none.
    pub last_position: u64,
    /// How many frames it holds.
    pub n_frames: u64,
    /// Bytes of those frames.
    pub n_bytes: u64,
}

/// One snapshot and whether it can be read.
#[derive(Debug)]
pub struct SnapshotReport {
    /// Position of the last record in it.
    pub position: u64,
    /// Length of its body, or what is wrong with it.
    pub state: Result<u64, SnapshotError>,
}

/// Reads and checks all of the journal in `dir`, going on after damage as far as possible.
///
/// # Errors
/// [`JournalError::Io`]: a file cannot be read at all.
pub fn verify(dir: impl AsRef<Path>) -> Result<VerifyReport, JournalError> {
    let dir = dir.as_ref();
    let disk = OsDisk;
    // Before the segments: a running writer moves it forward.
    let mark = Mark::read(&disk, dir)?;
    let names = disk.file_names(dir).map_err(JournalError::io("list", dir))?;
    let mut report = VerifyReport::default();
    let known = [SPARE.as_slice(), &LONG, &[MARK]].concat();
    report.unknown_files = names
        .iter()
        .filter(|name| segment::number_of(name).is_none() && !known.contains(&name.as_str()))
        .cloned()
        .collect();
    let files = segment::list(dir, &names);
    if let (None, Some(mark)) = (files.last(), mark) {
        let kind = DamageKind::MissingSegment(mark.segment);
        let (file, position) = (dir.to_owned(), mark.position);
        report.damage.push(Damage { file, offset: 0, position, kind });
    }
    let mut walk = Walk::new(0);
    for (index, (number, path)) in files.iter().enumerate() {
        let newest = index + 1 == files.len();
        let file = disk.open(path, false).map_err(JournalError::io("open", path))?;
        if walk.stream_id == 0 {
            // Nobody said which stream this is: the first good segment does.
            walk.stream_id = segment::read_header(&*file, path, *number).map_or(0, |h| h.stream_id);
        }
        let mut entered = walk.enter(dir, path, &*file, *number);
        if let Err(JournalError::Damaged(damage)) = &entered
            && damage.file != *path
        {
            // What is wrong before this segment says nothing about the segment.
            report.damage.push(damage.clone());
            walk = Walk::new(walk.stream_id);
            entered = walk.enter(dir, path, &*file, *number);
        }
        let checked =
            entered.and_then(|header| frames(&mut walk, (dir, path), (file, header), newest, mark));
        match checked {
            Ok((segment, torn_tail)) => {
                report.segments.push(segment);
                report.torn_tail = torn_tail;
            }
            Err(JournalError::Damaged(damage)) => {
                report.damage.push(damage);
                walk = Walk::new(walk.stream_id);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(report)
}

/// Reads the frames of one segment, and judges what follows them in the newest.
fn frames(
    walk: &mut Walk,
    (dir, path): (&Path, &Path),
    (file, header): (Box<dyn DiskFile>, SegmentHeader),
    newest: bool,
    mark: Option<Mark>,
) -> Result<(SegmentReport, Option<TornTail>), JournalError> {
    let mut scanner = Scanner::new(file, &header);
    let (n_frames, n_bytes) = (walk.report.n_frames, walk.report.n_bytes);
    let bad = walk.frames(path, &mut scanner)?;
    let mut torn_tail = None;
    if newest {
        let durable_to = walk.durable_to(dir, &scanner, header.number, mark)?;
        torn_tail = settled_tail(walk, path, &mut scanner, bad, durable_to)?;
    } else {
        walk.leave(path, &scanner, bad);
    }
    let report = SegmentReport {
        file: path.to_owned(),
        first_position: header.first_position,
        last_position: scanner.chain.position,
        n_frames: walk.report.n_frames - n_frames,
        n_bytes: walk.report.n_bytes - n_bytes,
    };
    Ok((report, torn_tail))
}

/// Judges the end of the newest segment, which a running writer may be moving on: only an end
/// that stays where it is can be damaged.
fn settled_tail(
    walk: &mut Walk,
    path: &Path,
    scanner: &mut Scanner,
    bad: Option<DamageKind>,
    durable_to: u64,
) -> Result<Option<TornTail>, JournalError> {
    let mut bad = bad;
    loop {
        let offset = scanner.offset;
        let judged = scanner.judge_tail(path, bad, durable_to);
        if judged.is_err() {
            scanner.refresh();
            bad = walk.frames(path, scanner)?;
            if scanner.offset != offset {
                continue;
            }
        }
        return judged.map(|tail| match tail {
            Tail::Clean => None,
            Tail::Torn { end } => {
                Some(TornTail { file: path.to_owned(), offset, n_bytes: end - offset })
            }
        });
    }
}

/// Reads and checks the snapshots in `dir`, newest first.
///
/// # Errors
/// [`SnapshotError::Io`]: the folder cannot be listed.
pub fn verify_snapshots(dir: impl AsRef<Path>) -> Result<Vec<SnapshotReport>, SnapshotError> {
    let snapshots = Snapshots::read_only(dir.as_ref());
    let report = |position| SnapshotReport {
        position,
        state: snapshots.read(position).map(|snapshot| snapshot.n_left()),
    };
    Ok(snapshots.positions()?.into_iter().map(report).collect())
}
