//! Intended starts, on time.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

/// Starts that are closer together than this come as one wake-up, so that a high rate costs no
/// more wake-ups than a low one.
const STEP: Duration = Duration::from_micros(500);

/// How long the thread sleeps without looking whether it should stop.
const NAP: Duration = Duration::from_millis(100);

/// Sends the intended start of each instance when it is due: `rate` a second in `from..until`.
///
/// A thread, because the timer of the runtime counts whole milliseconds, too coarse for
/// latencies of two; a sleeping thread is exact to some ten microseconds.
///
/// # Errors
/// When the thread cannot be started.
pub(super) fn start(
    rate: f64,
    from: Instant,
    until: Instant,
    stop: Arc<AtomicBool>,
) -> io::Result<mpsc::UnboundedReceiver<Instant>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let interval = Duration::from_secs_f64(1.0 / rate);
    let step = if interval < STEP { STEP } else { Duration::ZERO };
    let pace = move || {
        let mut n_sent: u32 = 0;
        while !stop.load(Ordering::Relaxed) {
            let now = Instant::now();
            loop {
                let due = from + Duration::from_secs_f64(f64::from(n_sent) / rate);
                if due >= until {
                    return;
                }
                if due > now {
                    thread::sleep(due.max(now + step).saturating_duration_since(now).min(NAP));
                    break;
                }
                if sender.send(due).is_err() {
                    return;
                }
                n_sent += 1;
            }
        }
    };
    thread::Builder::new().name("bench-pace".to_owned()).spawn(pace)?;
    Ok(receiver)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(rate: f64, for_ms: u64) -> Vec<Duration> {
        let from = Instant::now();
        let until = from + Duration::from_millis(for_ms);
        let mut receiver = start(rate, from, until, Arc::default()).unwrap();
        let mut starts = Vec::new();
        while let Some(due) = receiver.blocking_recv() {
            assert!(Instant::now() >= due, "a start came early");
            starts.push(due - from);
        }
        starts
    }

    #[test]
    fn every_start_is_intended_at_its_own_time() {
        let slow = starts(100.0, 95);
        let expected: Vec<_> = (0..10).map(|n| Duration::from_millis(n * 10)).collect();
        assert_eq!(slow, expected);
        let fast = starts(10_000.0, 50);
        assert_eq!(fast.len(), 500);
        assert_eq!(fast[499], Duration::from_secs_f64(499.0 / 10_000.0));
    }

    #[test]
    fn it_stops_when_told() {
        let stop = Arc::new(AtomicBool::new(true));
        let until = Instant::now() + Duration::from_secs(3_600);
        let mut receiver = start(1.0, Instant::now(), until, stop).unwrap();
        assert_eq!(receiver.blocking_recv(), None);
    }
}
