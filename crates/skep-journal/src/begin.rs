//! Beginning a journal, and beginning a segment.

use std::{
    hash::{BuildHasher, RandomState},
    io,
    path::Path,
    sync::atomic::AtomicBool,
};

use crate::{
    JournalError, Recovery,
    disk::Disk,
    filler::{Spare, make_spare},
    journal::{JournalConfig, Segment},
    recover::Recovered,
    scan::Chain,
    segment::{self, DATA_OFFSET, LONG, SPARE, SegmentHeader},
};

/// The first segment is small, so that an empty journal is there at once.
const FIRST_SEGMENT_BYTES_MAX: u64 = 4 << 20;

/// Makes an empty journal.
pub(crate) fn create(
    disk: &dyn Disk,
    dir: &Path,
    config: &JournalConfig,
) -> Result<Recovered, JournalError> {
    let file_bytes = config.segment_bytes.min(FIRST_SEGMENT_BYTES_MAX);
    let header = SegmentHeader {
        stream_id: config.stream_id,
        journal_id: new_journal_id(),
        number: 1,
        first_position: 1,
        file_bytes,
        previous: 0,
        epoch: 0,
    };
    let never = AtomicBool::new(false);
    let made = make_spare(disk, dir, SPARE, file_bytes, &never)
        .and_then(|spare| Ok((activate(disk, dir, &spare, &header)?, spare.file)));
    let (segment, file) = made.map_err(JournalError::io("create a journal in", dir))?;
    let report =
        Recovery { created: true, first_position: 1, n_segments: 1, ..Recovery::default() };
    Ok(Recovered {
        report,
        journal_id: header.journal_id,
        segments: vec![segment],
        file,
        offset: DATA_OFFSET,
        chain: Chain { position: 0, checksum: 0, epoch: 0 },
    })
}

/// Turns the spare into the segment that `header` describes; durable when this returns.
pub(crate) fn activate(
    disk: &dyn Disk,
    dir: &Path,
    spare: &Spare,
    header: &SegmentHeader,
) -> io::Result<Segment> {
    spare.file.write_all_at(&header.encode(), 0)?;
    spare.file.sync_data()?;
    let path = dir.join(segment::file_name(header.number));
    disk.rename(&spare.path, &path)?;
    disk.sync_dir(dir)?;
    let SegmentHeader { number, first_position, file_bytes, .. } = *header;
    Ok(Segment { number, path, first_position, file_bytes })
}

/// A spare left by an earlier run, if it can be used; else removes what is left of one.
pub(crate) fn existing_spare(
    disk: &dyn Disk,
    dir: &Path,
    file_bytes_max: u64,
) -> Result<Option<Spare>, JournalError> {
    let names = disk.file_names(dir).map_err(JournalError::io("list", dir))?;
    let mut spare = None;
    let left_over = [SPARE, LONG].concat();
    for name in names.iter().filter(|name| left_over.contains(&name.as_str())) {
        let path = dir.join(name);
        if name == SPARE[1] {
            let file = disk.open(&path, true).map_err(JournalError::io("open", &path))?;
            let mut head = vec![0; usize::try_from(DATA_OFFSET).unwrap_or(0)];
            let n = file.read_full_at(&mut head, 0).map_err(JournalError::io("read", &path))?;
            let length = file.length().map_err(JournalError::io("read", &path))?;
            // A header in it is that of a segment that was never begun.
            let unused = n == head.len() && head.iter().all(|byte| *byte == 0);
            if unused && length > DATA_OFFSET && length <= file_bytes_max {
                spare = Some(Spare { file, file_bytes: length, path });
                continue;
            }
        }
        disk.remove(&path).map_err(JournalError::io("remove", &path))?;
    }
    Ok(spare)
}

/// A random number for a new journal: the standard library seeds its hash maps from the
/// system's random source.
fn new_journal_id() -> u64 {
    RandomState::new().hash_one(std::time::SystemTime::now())
}
