//! Cost of appending and committing, with real syncs: `cargo bench -p skep-journal`.

#![expect(clippy::expect_used, reason = "a measurement that cannot go on stops")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use skep_journal::{Journal, JournalConfig};

/// About what one command of a one-task process writes.
const FRAME_BYTES: usize = 700;

fn append(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (mut journal, _) = Journal::open(dir.path(), JournalConfig::default()).expect("journal");
    let body = [7; FRAME_BYTES];
    let mut position = 0;
    for n_frames in [1, 8, 32, 128] {
        let mut group = c.benchmark_group("journal");
        group.throughput(Throughput::Elements(n_frames));
        group.bench_function(format!("append {n_frames} and commit"), |b| {
            b.iter(|| {
                for _ in 0..n_frames {
                    position += 1;
                    journal.append(position, position, black_box(&body)).expect("append");
                }
                journal.commit().expect("commit");
                journal.trim_below(position);
            });
        });
        group.finish();
    }
}

fn read(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (mut journal, _) = Journal::open(dir.path(), JournalConfig::default()).expect("journal");
    for position in 1..=50_000 {
        journal.append(position, position, &[7; FRAME_BYTES]).expect("append");
    }
    journal.commit().expect("commit");
    let mut group = c.benchmark_group("journal");
    group.throughput(Throughput::Elements(50_000));
    group.sample_size(10);
    group.bench_function("read 50000 frames", |b| {
        b.iter_batched(
            || journal.read_from(1).expect("reader"),
            |reader| reader.map(|frame| frame.expect("frame").payload.len()).sum::<usize>(),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, append, read);
criterion_main!(benches);
